#include "server/state/content.h"

#include "base/buf.h"
#include "server/sim/tokens.h"
#include "server/sim/unicode.h"

enum {
    /* Counted beside the text: "count me" is 3, "count me again with a different result" 8. */
    CONTENT_TOKENS = 1,
    /* And once more for a system instruction: 9 for "You are a swashbuckling pirate." */
    CONTENT_TOKENS_SYSTEM = 2
};

static struct text content_part_text(const struct message *content, size_t index)
{
    return message_text(message_child_at(content, Content_parts, index), Part_text);
}

struct text content_text(const struct message *content, struct arena *arena)
{
    size_t count = message_count(content, Content_parts);
    if (count == 1)
        return content_part_text(content, 0);
    /* There may be millions. */
    struct buf joined = BUF_INIT;
    for (size_t i = 0; i < count; i++)
        buf_add_text(&joined, content_part_text(content, i));
    struct text text = arena_text(arena, buf_text(&joined));
    buf_release(&joined);
    return text;
}

bool content_is_of_model(const struct message *content)
{
    return text_equals_ignoring_case(message_text(content, Content_role), TEXT("model"));
}

size_t content_characters(const struct message *content)
{
    size_t characters = 0;
    for (size_t i = 0; i < message_count(content, Content_parts); i++)
        characters += text_code_points(content_part_text(content, i));
    return characters;
}

int64_t content_tokens_of_text(const struct message *content)
{
    int64_t count = 0;
    for (size_t i = 0; i < message_count(content, Content_parts); i++)
        count += tokens_estimate(content_part_text(content, i));
    return count;
}

int64_t content_tokens_of_prompt(
    const struct message *request, unsigned contents, const struct message *system_instruction)
{
    int64_t count = 0;
    if (system_instruction)
        count = content_tokens_of_text(system_instruction) + CONTENT_TOKENS_SYSTEM;
    for (size_t i = 0; i < message_count(request, contents); i++)
        count += content_tokens_of_text(message_child_at(request, contents, i)) + CONTENT_TOKENS;
    return count;
}

int64_t content_tokens_of_texts(
    const struct message *request, unsigned contents, const struct message *system_instruction)
{
    int64_t count = system_instruction ? content_tokens_of_text(system_instruction) : 0;
    for (size_t i = 0; i < message_count(request, contents); i++)
        count += content_tokens_of_text(message_child_at(request, contents, i));
    return count;
}

int64_t content_billable_characters(const struct message *content)
{
    int64_t count = 0;
    for (size_t i = 0; i < message_count(content, Content_parts); i++) {
        struct text text = content_part_text(content, i);
        for (size_t offset = 0; offset < text.len;)
            count += !unicode_is_space(text_next_code_point(text, &offset));
    }
    return count;
}

struct prompt content_prompt(const struct message *content, struct arena *arena)
{
    size_t count = message_count(content, Content_parts);
    struct text *texts = arena_array(arena, count, sizeof(*texts));
    for (size_t i = 0; i < count; i++)
        texts[i] = content_part_text(content, i);
    return prompt_of_parts(texts, count, arena);
}

static uint64_t content_context_add(
    uint64_t context, enum prompt_speaker speaker, const struct message *content)
{
    for (size_t i = 0; i < message_count(content, Content_parts); i++)
        context = prompt_context_add(context, speaker, content_part_text(content, i));
    return context;
}

uint64_t content_context(const struct message *message, unsigned contents, size_t count,
    const struct message *system_instruction)
{
    uint64_t context = 0;
    if (system_instruction)
        context = content_context_add(context, PROMPT_SYSTEM, system_instruction);
    for (size_t i = 0; i < count; i++) {
        const struct message *content = message_child_at(message, contents, i);
        context = content_context_add(
            context, content_is_of_model(content) ? PROMPT_MODEL : PROMPT_USER, content);
    }
    return context;
}
