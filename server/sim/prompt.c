#include "server/sim/prompt.h"

#include "base/buf.h"
#include "base/hash.h"
#include "server/sim/unicode.h"

/* "41" of "input: 41"; the text itself if it does not begin with that label. */
static struct text prompt_without_leading_label(struct text text)
{
    struct text label = TEXT("input");
    struct text trimmed = unicode_trim(text);
    if (!text_equals_ignoring_case(text_slice(trimmed, 0, label.len), label))
        return text;
    struct text rest = unicode_trim(text_slice(trimmed, label.len, trimmed.len));
    return text_starts_with(rest, TEXT(":")) ? text_slice(rest, 1, rest.len) : text;
}

/* True if the text ends in a word that a label would continue. */
static bool prompt_ends_in_word(struct text text)
{
    if (text_is_empty(text))
        return false;
    size_t offset = text.len;
    uint32_t last = unicode_previous(text, &offset);
    return unicode_is_letter(last) || unicode_class_of(last) == UNICODE_MARK;
}

/* "41" of "41 output:"; the text itself if it does not end with that label. */
static struct text prompt_without_trailing_label(struct text text)
{
    struct text label = TEXT("output");
    struct text rest = unicode_trim(text);
    if (!text_ends_with(rest, TEXT(":")))
        return text;
    rest = unicode_trim(text_slice(rest, 0, rest.len - 1));
    size_t start = rest.len > label.len ? rest.len - label.len : 0;
    bool has_label = text_equals_ignoring_case(text_slice(rest, start, rest.len), label);
    struct text before = text_slice(rest, 0, start);
    return has_label && !prompt_ends_in_word(before) ? before : text;
}

static bool prompt_is_blank(struct text text)
{
    return text_is_empty(unicode_trim(text));
}

static struct text prompt_join(const struct text *parts, size_t part_count, struct arena *arena)
{
    if (part_count == 1)
        return parts[0];
    struct buf joined = BUF_INIT;
    for (size_t i = 0; i < part_count; i++)
        buf_add_text(&joined, parts[i]);
    struct text text = arena_text(arena, buf_text(&joined));
    buf_release(&joined);
    return text;
}

static void prompt_add_form(struct prompt *prompt, struct text form)
{
    if (prompt_is_blank(form))
        return;
    for (size_t i = 0; i < prompt->form_count; i++)
        if (text_equals(prompt->forms[i], form))
            return;
    prompt->forms[prompt->form_count++] = form;
}

/* "41" of "input: 1\noutput: 2\ninput: 41"; the text itself if no line begins with that label. */
static struct text prompt_last_input(struct text text)
{
    struct text rest = text;
    size_t last = text.len;
    while (rest.bytes) {
        size_t start = (size_t)(rest.bytes - text.bytes);
        struct text line = text_split(&rest, '\n');
        if (!text_equals(prompt_without_leading_label(line), line))
            last = start;
    }
    return last < text.len ? prompt_without_leading_label(text_slice(text, last, text.len)) : text;
}

enum prompt_labels { LABEL_LEADING = 1, LABEL_TRAILING = 2, LABELS_BOTH = 3 };

/* The parts that have text, without the labels before the first and behind the last. */
static size_t prompt_take_labels_off(
    const struct text *parts, size_t part_count, enum prompt_labels labels, struct text *ret_parts)
{
    size_t count = 0;
    for (size_t i = 0; i < part_count; i++) {
        bool is_first = count == 0 && labels & LABEL_LEADING;
        struct text part = is_first ? prompt_without_leading_label(parts[i]) : parts[i];
        if (!prompt_is_blank(part))
            ret_parts[count++] = part;
    }
    while (count > 0 && labels & LABEL_TRAILING) {
        struct text last = prompt_without_trailing_label(ret_parts[count - 1]);
        ret_parts[count - 1] = last;
        if (!prompt_is_blank(last))
            break;
        count--;
    }
    return count;
}

struct prompt prompt_of_parts(const struct text *parts, size_t part_count, struct arena *arena)
{
    struct prompt prompt = {.forms = {prompt_join(parts, part_count, arena)}, .form_count = 1};
    struct text *bare = arena_array(arena, part_count, sizeof(*bare));
    size_t bare_count = prompt_take_labels_off(parts, part_count, LABELS_BOTH, bare);
    if (bare_count == 0)
        return prompt;
    struct text without = prompt_join(bare, bare_count, arena);
    struct text last = bare[bare_count - 1];
    prompt.has_labels = !text_equals(without, prompt.forms[0]);
    if (prompt.has_labels) {
        bare_count = prompt_take_labels_off(parts, part_count, LABEL_TRAILING, bare);
        prompt_add_form(&prompt, prompt_join(bare, bare_count, arena));
        bare_count = prompt_take_labels_off(parts, part_count, LABEL_LEADING, bare);
        prompt_add_form(&prompt, prompt_join(bare, bare_count, arena));
    }
    prompt_add_form(&prompt, without);
    struct text last_input = prompt_last_input(last);
    prompt.has_labels |= !text_equals(last_input, last);
    prompt_add_form(&prompt, last_input);
    return prompt;
}

uint64_t prompt_context_add(uint64_t context, enum prompt_speaker speaker, struct text text)
{
    struct text trimmed = unicode_trim(text);
    if (text_is_empty(trimmed))
        return context;
    uint64_t sum = hash_text(hash_mix(context, speaker), trimmed);
    return sum ? sum : 1;
}
