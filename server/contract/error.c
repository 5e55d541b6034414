#include "server/contract/error.h"

#include <assert.h>

#include "base/array.h"
#include "base/buf.h"
#include "server/contract/limits.h"

static const struct status statuses[] = {
#define STATUS(id, number, http) [number] = {#id, number, http},
#include "server/contract/errors.def"
};

enum { STATUS_COUNT = ARRAY_COUNT(statuses) };

const struct error errors[ERROR_COUNT] = {
#define ERROR(id, name, status, text, details, reason)                                             \
    [ERROR_##id] = {name, text, reason, STATUS_##status, DETAILS_##details},
#include "server/contract/errors.def"
};

const struct status *status_find(int number)
{
    if (number < 0 || number >= STATUS_COUNT)
        return NULL;
    return &statuses[number];
}

const struct status *status_parse(struct text text)
{
    int64_t number;
    if (!text_parse_int64(text, &number)) {
        for (int i = 0; i < STATUS_COUNT; i++)
            if (text_equals_ignoring_case(text, text_of(statuses[i].name)))
                return &statuses[i];
        return NULL;
    }
    if (number >= 0 && number < STATUS_COUNT)
        return status_find((int)number);
    /* Several statuses share an HTTP code; the one that this API uses for it comes first. */
    static const enum status_code preferred[] = {
        STATUS_INVALID_ARGUMENT, STATUS_INTERNAL, STATUS_ALREADY_EXISTS};
    for (size_t i = 0; i < ARRAY_COUNT(preferred); i++)
        if (statuses[preferred[i]].http == number)
            return &statuses[preferred[i]];
    for (int i = 0; i < STATUS_COUNT; i++)
        if (statuses[i].http == number)
            return &statuses[i];
    return NULL;
}

const struct status *status_parse_code(struct text text)
{
    int64_t number;
    const struct status *status = status_parse(text);
    bool is_other = text_parse_int64(text, &number) && number >= STATUS_COUNT;
    return status && status->number != STATUS_OK && !is_other ? status : NULL;
}

const struct error *error_by_name(struct text name)
{
    for (int i = 0; i < ERROR_COUNT; i++)
        if (text_equals_string(name, errors[i].name))
            return &errors[i];
    return NULL;
}

static const struct text argument_names[] = {
#define ARGUMENT(id, name) [ARGUMENT_##id] = TEXT_INIT(name),
#include "server/contract/errors.def"
};

bool error_next_hole(struct text text, size_t from, struct error_hole *ret_hole)
{
    for (size_t begin = from; begin < text.len; begin++) {
        if (text.bytes[begin] != '{')
            continue;
        struct text rest = text_slice(text, begin + 1, text.len);
        struct text name = text_slice(rest, 0, text_find_byte(rest, '}'));
        size_t argument = text_find_name(name, argument_names, ARGUMENT_COUNT);
        if (name.len == rest.len || argument == ARGUMENT_COUNT)
            continue;
        size_t end = begin + 1 + name.len + 1;
        *ret_hole = (struct error_hole){begin, end, (enum error_argument)argument};
        return true;
    }
    return false;
}

/* True for a text that is a hole and nothing else. */
static bool error_is_argument(struct text template)
{
    struct error_hole hole;
    return error_next_hole(template, 0, &hole) && hole.begin == 0 && hole.end == template.len;
}

struct text error_text(
    struct arena *arena, enum error_id id, const struct text *arguments, size_t argument_count)
{
    struct text template = text_of(errors[id].text);
    struct buf text = BUF_INIT;
    struct error_hole hole;
    size_t used = 0, at = 0;
    /* An argument that is all of the text was put together by someone who knows its length. */
    size_t argument_len_max = error_is_argument(template) ? SIZE_MAX : QUOTE_BYTES_MAX;
    while (error_next_hole(template, at, &hole)) {
        assert(used < argument_count);
        buf_add_text(&text, text_slice(template, at, hole.begin));
        buf_add_text(&text, arena_shortened(arena, arguments[used++], argument_len_max));
        at = hole.end;
    }
    assert(used == argument_count);
    buf_add_text(&text, text_slice(template, at, template.len));
    struct text filled = arena_text(arena, buf_text(&text));
    buf_release(&text);
    return filled;
}
