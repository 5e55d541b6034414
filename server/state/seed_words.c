#include "server/state/seed_words.h"

#include "base/array.h"
#include "base/ascii.h"
#include "base/buf.h"

/* A problem of a caller without what may be a credential: a value, or a name that is none of its
 * fields, as in {"the-key": "its owner"}. */
static struct text seed_problem_of_caller(struct text line, struct arena *arena)
{
    static const struct text unknown_name = TEXT_INIT("Unknown name ");
    size_t name_at = text_find(line, unknown_name) + unknown_name.len;
    size_t place_at = text_find(line, TEXT("\" at 'callers"));
    if (name_at < place_at && place_at < line.len)
        return arena_printf(arena, "%.*s%.*s", TEXT_ARGS(text_slice(line, 0, name_at)),
            TEXT_ARGS(text_slice(line, place_at + sizeof("\" ") - 1, line.len)));
    /* "Invalid value at 'callers[0].key' (TYPE_STRING), 123" */
    size_t value_at = text_find(line, TEXT("), "));
    return value_at < line.len ? text_slice(line, 0, value_at + 1) : line;
}

/* True if the file seems to have credentials; broken ones may have them anywhere. */
static bool seed_may_have_credentials(struct text file)
{
    static const struct text signs[] = {TEXT_INIT("callers"), TEXT_INIT("key"), TEXT_INIT("token")};
    for (size_t i = 0; i < ARRAY_COUNT(signs); i++)
        if (text_find(file, signs[i]) < file.len)
            return true;
    return false;
}

struct text seed_words_of_decoding(
    const struct decode_problems *problems, struct text file, struct arena *arena)
{
    struct text all = decode_problems_text(problems);
    if (problems->syntax.len)
        return seed_may_have_credentials(file) ? text_slice(all, 0, text_find_byte(all, '\n'))
                                               : all;
    struct text shown = TEXT("");
    while (all.bytes) {
        struct text line = text_split(&all, '\n');
        if (text_find(line, TEXT("'callers")) < line.len)
            line = seed_problem_of_caller(line, arena);
        shown = arena_printf(arena, "%.*s%.*s\n", TEXT_ARGS(shown), TEXT_ARGS(line));
    }
    return text_trim(shown);
}

/* A line of an error of create, or one that is a whole error, without what only a request has. */
static struct text seed_line(struct text line, struct arena *arena)
{
    static const struct {
        struct text said, meant;
    } rows[] = {
        {TEXT_INIT(".model_input: required oneof field 'model_input' must have one initialized "
                   "field"),
            TEXT_INIT(": needs a textInput")},
        {TEXT_INIT(": output is not specified"), TEXT_INIT(": is needed")},
        {TEXT_INIT("* CreateTunedModelRequest.tuned_model_id: must match"),
            TEXT_INIT("name: the id must match")},
        {TEXT_INIT("Either tuned_model_id or display_name must be set."),
            TEXT_INIT("needs a name or a displayName")},
        {TEXT_INIT(" is not found for CREATE TUNED MODEL at API version v1beta."),
            TEXT_INIT(" is no base model that can be tuned")},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        size_t at = text_find(line, rows[i].said);
        if (at < line.len)
            return arena_printf(arena, "%.*s%.*s%.*s", TEXT_ARGS(text_slice(line, 0, at)),
                TEXT_ARGS(rows[i].meant),
                TEXT_ARGS(text_slice(line, at + rows[i].said.len, line.len)));
    }
    return line;
}

/*
 * An error of create in the words of a seed: paths of the request begin at the model, and their
 * names are those of JSON. "* CreateTunedModelRequest.tuned_model.top_p: must ..." is "topP: must
 * ..." here.
 */
struct text seed_words_of_create(struct text error, struct arena *arena)
{
    struct text prefix = TEXT("* CreateTunedModelRequest.tuned_model.");
    struct buf words = BUF_INIT;
    struct text rest = text_trim(error);
    while (rest.bytes) {
        struct text line = seed_line(text_split(&rest, '\n'), arena);
        size_t path_end = 0;
        if (text_starts_with(line, prefix)) {
            line = text_slice(line, prefix.len, line.len);
            path_end = text_find_byte(line, ':');
        }
        buf_add_string(&words, words.len ? "\n" : "");
        for (size_t i = 0; i < line.len; i++) {
            bool is_joint =
                i + 1 < path_end && line.bytes[i] == '_' && ascii_is_lower(line.bytes[i + 1]);
            if (is_joint)
                buf_add_byte(&words, (char)(line.bytes[++i] - 'a' + 'A'));
            else
                buf_add_byte(&words, line.bytes[i]);
        }
    }
    struct text text = arena_text(arena, buf_text(&words));
    buf_release(&words);
    return text;
}
