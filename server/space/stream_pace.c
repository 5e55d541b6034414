#include "server/space/stream_pace.h"

/* delay.c reads and writes the first fields of a Pace. */
_Static_assert((int)Pace_fixed == (int)Delay_fixed, "a pace begins with the fields of a delay");
_Static_assert((int)Pace_uniform == (int)Delay_uniform, "a pace begins with the fields of a delay");
_Static_assert(
    (int)Pace_lognormal == (int)Delay_lognormal, "a pace begins with the fields of a delay");
_Static_assert((int)Pace_first_token == (int)Delay_FIELD_COUNT, "the parts come behind these");

#define PACE_ALLOWED                                                                               \
    "must be a duration (\"40ms\"), {\"uniform\":[\"20ms\",\"80ms\"]}, "                           \
    "{\"lognormal\":{\"median\":\"40ms\",\"p99\":\"200ms\"}} or "                                  \
    "{\"firstToken\":\"300ms\",\"betweenTokens\":\"40ms\"}"

static bool pace_fail(struct arena *arena, struct text path, struct text *ret_problem)
{
    *ret_problem =
        arena_printf(arena, "%.*s%s%s", TEXT_ARGS(path), path.len ? ": " : "", PACE_ALLOWED);
    return false;
}

static bool pace_read_part(const struct message *message, unsigned field, struct text path,
    struct arena *arena, struct delay *ret_delay, struct text *ret_problem)
{
    struct text name = message->type->fields[field].json_name;
    if (path.len)
        name = arena_printf(arena, "%.*s.%.*s", TEXT_ARGS(path), TEXT_ARGS(name));
    return delay_read(message_child(message, field), name, arena, ret_delay, ret_problem);
}

bool stream_pace_read(const struct message *message, struct text path, struct arena *arena,
    struct stream_pace *ret_pace, struct text *ret_problem)
{
    *ret_pace = (struct stream_pace){.has_parts = false};
    if (!message)
        return true;
    bool has_first = message_has(message, Pace_first_token);
    bool has_between = message_has(message, Pace_between_tokens);
    uint64_t of_delay = message->set & ((UINT64_C(1) << Pace_first_token) - 1);
    ret_pace->has_parts = has_first || has_between;
    if (ret_pace->has_parts == (of_delay != 0) || of_delay & (of_delay - 1))
        return pace_fail(arena, path, ret_problem);
    if (!ret_pace->has_parts)
        return delay_read(message, path, arena, &ret_pace->between_tokens, ret_problem);
    return pace_read_part(
               message, Pace_first_token, path, arena, &ret_pace->first_token, ret_problem) &&
           pace_read_part(
               message, Pace_between_tokens, path, arena, &ret_pace->between_tokens, ret_problem);
}

bool stream_pace_parse(
    struct text text, struct arena *arena, struct stream_pace *ret_pace, struct text *ret_problem)
{
    const struct message *message = delay_parse_message(text, MESSAGE_Pace, arena);
    *ret_pace = (struct stream_pace){.has_parts = false};
    if (!message)
        return pace_fail(arena, TEXT(""), ret_problem);
    return stream_pace_read(message, TEXT(""), arena, ret_pace, ret_problem);
}

bool stream_pace_is_fixed(const struct stream_pace *pace)
{
    return pace->first_token.kind == DELAY_FIXED && pace->between_tokens.kind == DELAY_FIXED;
}

void stream_pace_write(const struct stream_pace *pace, struct message *message)
{
    if (!pace->has_parts && delay_is_zero(&pace->first_token)) {
        delay_write(&pace->between_tokens, message);
        return;
    }
    delay_write(&pace->first_token, message_make_child(message, Pace_first_token));
    delay_write(&pace->between_tokens, message_make_child(message, Pace_between_tokens));
}
