#include "server/space/stub_text.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/regex.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/json/write.h"

#define STUB_TEXT_OPEN TEXT("{{")
#define STUB_TEXT_CLOSE TEXT("}}")
/* Of the name of a variable that there is not, as an error repeats it. */
enum { STUB_TEXT_SHOWN_BYTES = 64 };

enum stub_variable {
    VARIABLE_PROMPT,
    VARIABLE_MODEL,
    VARIABLE_COUNT,
    VARIABLE_NOW,
    VARIABLE_GROUP,
    VARIABLE_UNKNOWN
};

static const struct text stub_variable_names[] = {
    [VARIABLE_PROMPT] = TEXT_INIT("prompt"),
    [VARIABLE_MODEL] = TEXT_INIT("model"),
    [VARIABLE_COUNT] = TEXT_INIT("count"),
    [VARIABLE_NOW] = TEXT_INIT("now"),
};

/* What a text is made of: something that stands for itself, and then a variable, unless the text
 * ends there. */
struct stub_piece {
    struct text plain;
    struct text form; /* "{{prompt}}"; empty: there is none */
    struct text name; /* "prompt" */
    bool is_quoted;   /* two more braces are in front of it */
};

static size_t stub_text_skip_blanks(struct text text, size_t at)
{
    while (at < text.len && text.bytes[at] == ' ')
        at++;
    return at;
}

static bool stub_text_is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '.' || byte == '_';
}

/* True if the text begins with the form of a variable. */
static bool stub_text_begins_with_form(struct text text, struct stub_piece *ret_piece)
{
    if (!text_starts_with(text, STUB_TEXT_OPEN))
        return false;
    size_t start = stub_text_skip_blanks(text, STUB_TEXT_OPEN.len), end = start;
    while (end < text.len && stub_text_is_name_byte(text.bytes[end]))
        end++;
    size_t close = stub_text_skip_blanks(text, end);
    if (end == start || !text_starts_with(text_slice(text, close, text.len), STUB_TEXT_CLOSE))
        return false;
    ret_piece->name = text_slice(text, start, end);
    ret_piece->form = text_slice(text, 0, close + STUB_TEXT_CLOSE.len);
    return true;
}

/* Takes the next piece off the rest of a text, which is not empty. */
static struct stub_piece stub_text_next(struct text *rest)
{
    struct stub_piece piece = {.form = TEXT("")};
    struct text text = *rest, open = STUB_TEXT_OPEN;
    size_t at = text_find(text, open);
    for (; at < text.len; at++) {
        struct text here = text_slice(text, at, text.len);
        if (stub_text_begins_with_form(here, &piece))
            break;
        struct text behind = text_slice(here, open.len, here.len);
        piece.is_quoted =
            text_starts_with(here, open) && stub_text_begins_with_form(behind, &piece);
        if (piece.is_quoted)
            break;
    }
    piece.plain = text_slice(text, 0, at);
    size_t taken = at + (piece.is_quoted ? open.len : 0) + piece.form.len;
    *rest = text_slice(text, taken, text.len);
    return piece;
}

/* `ret_group` is set for a group. */
static enum stub_variable stub_variable_find(struct text name, size_t *ret_group)
{
    int64_t group;
    struct text match = TEXT("match.");
    size_t index = text_find_name(name, stub_variable_names, ARRAY_COUNT(stub_variable_names));
    if (index < ARRAY_COUNT(stub_variable_names))
        return (enum stub_variable)index;
    if (!text_starts_with(name, match) ||
        !text_parse_int64(text_slice(name, match.len, name.len), &group) || group < 0)
        return VARIABLE_UNKNOWN;
    *ret_group = (size_t)group;
    return VARIABLE_GROUP;
}

static struct text stub_text_unknown(
    const struct stub_piece *piece, struct text path, struct arena *arena)
{
    struct text name = arena_shortened(arena, piece->name, STUB_TEXT_SHOWN_BYTES);
    return arena_printf(arena,
        "%.*s: there is no variable {{%.*s}}, only {{prompt}}, {{model}}, {{match.1}}, {{count}} "
        "and {{now}}; the text itself is written {{{{%.*s}}",
        TEXT_ARGS(path), TEXT_ARGS(name), TEXT_ARGS(name));
}

static struct text stub_text_no_group(
    const struct stub_piece *piece, struct text path, size_t group_count, struct arena *arena)
{
    struct text name = arena_shortened(arena, piece->name, STUB_TEXT_SHOWN_BYTES);
    if (group_count > REGEX_GROUPS_MAX)
        return arena_printf(arena, "%.*s: {{%.*s}} cannot be had, only the first %d groups can",
            TEXT_ARGS(path), TEXT_ARGS(name), REGEX_GROUPS_MAX);
    if (group_count == 0)
        return arena_printf(arena, "%.*s: {{%.*s}} needs a regex as match.prompt", TEXT_ARGS(path),
            TEXT_ARGS(name));
    return arena_printf(arena,
        "%.*s: {{%.*s}} needs as many groups, (...), in the regex of match.prompt; it has %zu",
        TEXT_ARGS(path), TEXT_ARGS(name), group_count - 1);
}

bool stub_text_check(struct text text, struct text path, size_t group_count, struct arena *arena,
    struct text *ret_problem)
{
    size_t group = 0;
    while (text.len > 0) {
        struct stub_piece piece = stub_text_next(&text);
        if (text_is_empty(piece.form) || piece.is_quoted)
            continue;
        enum stub_variable variable = stub_variable_find(piece.name, &group);
        if (variable == VARIABLE_UNKNOWN) {
            *ret_problem = stub_text_unknown(&piece, path, arena);
            return false;
        }
        if (variable == VARIABLE_GROUP && group >= group_count) {
            *ret_problem = stub_text_no_group(&piece, path, group_count, arena);
            return false;
        }
    }
    return true;
}

bool stub_text_needs_groups(struct text text)
{
    size_t group = 0;
    while (text.len > 0) {
        struct stub_piece piece = stub_text_next(&text);
        if (!piece.is_quoted && stub_variable_find(piece.name, &group) == VARIABLE_GROUP)
            return true;
    }
    return false;
}

/* What stands for a variable; numbers and times are written to `room`. */
static struct text stub_variable_value(
    struct text name, const struct stub_values *values, char room[TIME_TEXT_MAX])
{
    size_t group = 0;
    switch (stub_variable_find(name, &group)) {
    case VARIABLE_PROMPT:
        return values->prompt;
    case VARIABLE_MODEL:
        return values->model;
    case VARIABLE_COUNT:
        return text_of_int64(values->count, room);
    case VARIABLE_NOW:
        return (struct text){room, time_format(values->now_ns, room)};
    case VARIABLE_GROUP:
        return group < values->group_count ? values->groups[group] : TEXT("");
    case VARIABLE_UNKNOWN:
        break;
    }
    return TEXT("");
}
_Static_assert((int)TEXT_INT64_BYTES <= (int)TIME_TEXT_MAX, "a count fits in the room for a time");

/* False if it does not fit. */
static bool stub_text_add_piece(
    struct buf *out, const struct stub_piece *piece, const struct stub_values *values, bool is_json)
{
    char room[TIME_TEXT_MAX];
    buf_add_text(out, piece->plain);
    struct text value = piece->form;
    bool is_variable = !piece->is_quoted && !text_is_empty(piece->form);
    if (is_variable)
        value = stub_variable_value(piece->name, values, room);
    if (out->len + value.len > STUB_TEXT_BYTES_MAX)
        return false;
    if (is_variable && is_json)
        json_write_escaped(out, value);
    else
        buf_add_text(out, value);
    return out->len <= STUB_TEXT_BYTES_MAX;
}

bool stub_text_expand(struct text text, const struct stub_values *values, bool is_json,
    struct arena *arena, struct text *ret_text)
{
    struct buf out;
    if (text_find(text, STUB_TEXT_OPEN) == text.len) {
        *ret_text = text;
        return true;
    }
    bool fits = true;
    buf_init(&out);
    while (text.len > 0 && fits) {
        struct stub_piece piece = stub_text_next(&text);
        fits = stub_text_add_piece(&out, &piece, values, is_json);
    }
    if (fits)
        *ret_text = arena_text(arena, buf_text(&out));
    buf_release(&out);
    return fits;
}

struct text stub_text_escape(struct text text, struct arena *arena)
{
    struct buf out;
    if (text_find(text, STUB_TEXT_OPEN) == text.len)
        return text;
    buf_init(&out);
    while (text.len > 0) {
        struct stub_piece piece = stub_text_next(&text);
        buf_add_text(&out, piece.plain);
        if (!text_is_empty(piece.form))
            buf_add_text(&out, STUB_TEXT_OPEN);
        if (piece.is_quoted)
            buf_add_text(&out, STUB_TEXT_OPEN);
        buf_add_text(&out, piece.form);
    }
    struct text escaped = arena_text(arena, buf_text(&out));
    buf_release(&out);
    return escaped;
}
