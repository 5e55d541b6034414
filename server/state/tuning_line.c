#include "server/state/tuning_line.h"

#include "base/buf.h"
#include "server/contract/limits.h"
#include "server/json/read.h"
#include "server/json/write.h"
#include "server/state/content.h"

/* A line that is being read. */
struct line_reader {
    struct arena *arena;
    struct tuning_line *line;
    struct message *message;
    bool is_preference;
    const char *list; /* the turns' name: "contents", or "messages" in the older form */
};

/* Always false. */
static bool line_fail(struct line_reader *reader, struct text problem)
{
    reader->line->problem = problem;
    return false;
}

#define line_fail_with(reader, ...) line_fail(reader, arena_printf((reader)->arena, __VA_ARGS__))

/* --- JSON ---------------------------------------------------------------------------------------
 */

/* The reader's own words for it show the line below, and the place in it. */
static bool line_fail_syntax(struct line_reader *reader, const struct decode_problems *problems)
{
    struct text prefix = TEXT("Invalid JSON payload received. ");
    struct text text = problems->syntax;
    if (text_starts_with(text, prefix))
        text = text_slice(text, prefix.len, text.len);
    text = text_slice(text, 0, text_find_byte(text, '\n'));
    return line_fail_with(
        reader, "is no JSON: column %zu: %.*s", problems->syntax_column, TEXT_ARGS(text));
}

static bool line_fail_violation(struct line_reader *reader, struct text description)
{
    struct text prefix = TEXT("Invalid JSON payload received. ");
    if (text_starts_with(description, prefix))
        description = text_slice(description, prefix.len, description.len);
    return line_fail(reader, description);
}

static bool line_fail_decoded(struct line_reader *reader, const struct decode_problems *problems)
{
    switch (problems->excess) {
    case DECODE_NO_ROOM:
        reader->line->is_busy = true;
        return line_fail(reader, TEXT("found no room beside the other bodies of this moment"));
    case DECODE_TOO_LARGE:
        return line_fail(reader, TEXT("is too large"));
    case DECODE_TOO_MANY_VALUES:
        return line_fail(reader, TEXT("has too many values"));
    case DECODE_FITS:
        break;
    }
    return problems->syntax.len ? line_fail_syntax(reader, problems)
                                : line_fail_violation(reader, problems->violations[0].description);
}

static bool line_decode(
    struct line_reader *reader, struct text text, const struct decode_limits *limits)
{
    size_t bad_offset;
    struct decode_problems problems;
    if (!text_is_utf8(text, &bad_offset))
        return line_fail_with(reader, "is no UTF-8: byte %zu", bad_offset + 1);
    decode_problems_init(&problems, reader->arena);
    problems.limits = limits;
    decode_body(text, reader->message, TEXT(""), &problems);
    if (problems.held_bytes)
        budget_give(limits->budget, problems.held_bytes);
    return !decode_problems_any(&problems) || line_fail_decoded(reader, &problems);
}

/* --- the older form -----------------------------------------------------------------------------
 */

static void line_add_content(struct message *content, const char *role, struct text text)
{
    if (role)
        message_set_text(content, Content_role, text_of(role));
    message_set_text(message_add_child(content, Content_parts), Part_text, text);
}

/* Turns a message into a content, or the system instruction. */
static bool line_take_message(struct line_reader *reader, size_t index)
{
    const struct message *given = message_child_at(reader->message, TuningDataLine_messages, index);
    struct text role = message_text(given, TuningDataLine_Message_role);
    struct text text = message_text(given, TuningDataLine_Message_content);
    if (text_is_empty(text))
        return line_fail_with(reader, "messages[%zu].content: must not be empty", index);
    if (text_equals_ignoring_case(role, TEXT("system"))) {
        if (index > 0)
            return line_fail_with(
                reader, "messages[%zu].role: \"system\" must be that of the first message", index);
        line_add_content(
            message_make_child(reader->message, TuningDataLine_system_instruction), NULL, text);
        return true;
    }
    bool is_model = text_equals_ignoring_case(role, TEXT("model"));
    if (!is_model && !text_equals_ignoring_case(role, TEXT("user")))
        return line_fail_with(
            reader, "messages[%zu].role: must be \"system\", \"user\" or \"model\"", index);
    line_add_content(message_add_child(reader->message, TuningDataLine_contents),
        is_model ? "model" : "user", text);
    return true;
}

static bool line_take_messages(struct line_reader *reader)
{
    size_t count = message_count(reader->message, TuningDataLine_messages);
    if (count == 0)
        return true;
    if (message_has(reader->message, TuningDataLine_contents) ||
        message_has(reader->message, TuningDataLine_system_instruction))
        return line_fail(reader, TEXT("messages: must not stand beside contents"));
    reader->list = "messages";
    for (size_t i = 0; i < count; i++)
        if (!line_take_message(reader, i))
            return false;
    return true;
}

/* --- checks -------------------------------------------------------------------------------------
 */

static bool line_is_part(const struct message *part)
{
    return message_has(part, Part_text) || message_has(part, Part_inline_data) ||
           message_has(part, Part_function_call) || message_has(part, Part_function_response) ||
           message_has(part, Part_file_data) || message_has(part, Part_executable_code) ||
           message_has(part, Part_code_execution_result);
}

/* `path` names the content. */
static bool line_check_parts(
    struct line_reader *reader, struct text path, const struct message *content)
{
    size_t count = message_count(content, Content_parts);
    if (count == 0)
        return line_fail_with(reader, "%.*s.parts: must not be empty", TEXT_ARGS(path));
    for (size_t i = 0; i < count; i++)
        if (!line_is_part(message_child_at(content, Content_parts, i)))
            return line_fail_with(reader,
                "%.*s.parts[%zu]: must have a text, a file or a call of a function",
                TEXT_ARGS(path), i);
    return true;
}

static bool line_check_content(
    struct line_reader *reader, struct text path, const struct message *content)
{
    static const struct text roles[] = {
        TEXT_INIT("user"), TEXT_INIT("model"), TEXT_INIT("function")};
    struct text role = message_text(content, Content_role);
    if (text_find_word(role, roles, 3) == 3)
        return line_fail_with(reader, "%.*s.role: must be \"user\" or \"model\"", TEXT_ARGS(path));
    return line_check_parts(reader, path, content);
}

static bool line_check_contents(struct line_reader *reader)
{
    const struct message *message = reader->message;
    const struct message *system = message_child(message, TuningDataLine_system_instruction);
    size_t count = message_count(message, TuningDataLine_contents);
    if (system && !line_check_parts(reader, TEXT("systemInstruction"), system))
        return false;
    if (count == 0)
        return line_fail_with(reader, "%s: must not be empty", reader->list);
    for (size_t i = 0; i < count; i++) {
        struct text path = arena_printf(reader->arena, "contents[%zu]", i);
        if (!line_check_content(
                reader, path, message_child_at(message, TuningDataLine_contents, i)))
            return false;
    }
    return true;
}

static const struct message *line_content(const struct line_reader *reader, size_t index)
{
    return message_child_at(reader->message, TuningDataLine_contents, index);
}

/* --- texts --------------------------------------------------------------------------------------
 */

/* What the model says; where it calls a function instead, the call as JSON. */
static struct text line_output(struct line_reader *reader, const struct message *content)
{
    static const struct json_style style = {.layout = JSON_COMPACT};
    struct text text = content_text(content, reader->arena);
    if (text.len)
        return text;
    struct buf calls = BUF_INIT;
    for (size_t i = 0; i < message_count(content, Content_parts); i++) {
        const struct message *call =
            message_child(message_child_at(content, Content_parts, i), Part_function_call);
        if (call)
            json_write(&calls, call, &style);
    }
    text = arena_text(reader->arena, buf_text(&calls));
    buf_release(&calls);
    return text;
}

/* The user's last turn before `end`; false if there is none. */
static bool line_take_input(struct line_reader *reader, size_t end)
{
    struct tuning_line *line = reader->line;
    size_t index = end;
    while (index > 0 && content_is_of_model(line_content(reader, index - 1)))
        index--;
    if (index == 0)
        return line_fail_with(
            reader, "%s: must have a turn of the user before the model's", reader->list);
    line->input = content_text(line_content(reader, index - 1), reader->arena);
    line->context = content_context(reader->message, TuningDataLine_contents, index - 1,
        message_child(reader->message, TuningDataLine_system_instruction));
    return true;
}

static void line_count_tokens(struct line_reader *reader)
{
    const struct message *system =
        message_child(reader->message, TuningDataLine_system_instruction);
    struct tuning_line *line = reader->line;
    line->turn_count = message_count(reader->message, TuningDataLine_contents);
    line->input_tokens = system ? content_tokens_of_text(system) : 0;
    for (size_t i = 0; i < line->turn_count; i++) {
        const struct message *content = line_content(reader, i);
        int64_t tokens = content_tokens_of_text(content);
        if (content_is_of_model(content) && !reader->is_preference)
            line->output_tokens += tokens;
        else
            line->input_tokens += tokens;
    }
}

static bool line_take_turns(struct line_reader *reader)
{
    size_t count = message_count(reader->message, TuningDataLine_contents);
    const struct message *last = line_content(reader, count - 1);
    if (message_count(reader->message, TuningDataLine_completions) > 0)
        return line_fail(reader, TEXT("completions: are for preference tuning"));
    if (!content_is_of_model(last))
        return line_fail_with(reader, "%s: the last turn must be the model's", reader->list);
    reader->line->output = line_output(reader, last);
    if (text_is_empty(reader->line->output))
        return line_fail_with(
            reader, "%s: the last turn must have a text, or call a function", reader->list);
    line_count_tokens(reader);
    return line_take_input(reader, count - 1);
}

/* --- preferences --------------------------------------------------------------------------------
 */

static const struct message *line_completion(const struct line_reader *reader, size_t index)
{
    return message_child_at(reader->message, TuningDataLine_completions, index);
}

static bool line_check_completion(struct line_reader *reader, size_t index)
{
    const struct message *completion = line_completion(reader, index);
    const struct message *content = message_child(completion, TuningDataLine_Completion_completion);
    if (!message_has(completion, TuningDataLine_Completion_score))
        return line_fail_with(reader, "completions[%zu].score: is missing", index);
    if (!content)
        return line_fail_with(reader, "completions[%zu].completion: is missing", index);
    struct text path = arena_printf(reader->arena, "completions[%zu].completion", index);
    if (!line_check_parts(reader, path, content))
        return false;
    reader->line->output_tokens += content_tokens_of_text(content);
    return true;
}

/* Of equal scores the first. */
static bool line_take_completions(struct line_reader *reader)
{
    size_t count = message_count(reader->message, TuningDataLine_completions);
    size_t best = 0;
    if (count < 2)
        return line_fail(reader, TEXT("completions: must be two, or more, with scores"));
    line_count_tokens(reader);
    for (size_t i = 0; i < count; i++) {
        if (!line_check_completion(reader, i))
            return false;
        if (message_float(line_completion(reader, i), TuningDataLine_Completion_score) >
            message_float(line_completion(reader, best), TuningDataLine_Completion_score))
            best = i;
    }
    reader->line->output = line_output(
        reader, message_child(line_completion(reader, best), TuningDataLine_Completion_completion));
    if (text_is_empty(reader->line->output))
        return line_fail_with(
            reader, "completions[%zu].completion: must have a text, or call a function", best);
    size_t turn_count = message_count(reader->message, TuningDataLine_contents);
    if (content_is_of_model(line_content(reader, turn_count - 1)))
        return line_fail_with(reader, "%s: the last turn must be the user's", reader->list);
    return line_take_input(reader, turn_count);
}

void tuning_line_read(struct text text, bool is_preference, const struct decode_limits *limits,
    struct arena *arena, struct tuning_line *ret_line)
{
    *ret_line = (struct tuning_line){.problem = TEXT("")};
    struct line_reader reader = {
        .arena = arena,
        .line = ret_line,
        .message = message_new(arena, MESSAGE_TuningDataLine, VERSION_V1BETA1),
        .is_preference = is_preference,
        .list = "contents",
    };
    ret_line->message = reader.message;
    if (line_decode(&reader, text, limits) && line_take_messages(&reader) &&
        line_check_contents(&reader))
        (void)(is_preference ? line_take_completions(&reader) : line_take_turns(&reader));
}
