#include "server/contract/error.h"

#include <assert.h>
#include <string.h>

#include "base/array.h"
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

const struct error *error_by_name(struct text name)
{
    for (int i = 0; i < ERROR_COUNT; i++)
        if (text_equals_string(name, errors[i].name))
            return &errors[i];
    return NULL;
}

struct text error_text(
    struct arena *arena, enum error_id id, const struct text *arguments, size_t argument_count)
{
    enum { ARGUMENTS_MAX = 8 };
    struct text template = text_of(errors[id].text);
    struct text shown[ARGUMENTS_MAX];
    size_t len = template.len;
    /* An argument that is all of the text was put together by someone who knows its length. */
    size_t argument_len_max = text_equals_string(template, "{}") ? SIZE_MAX : QUOTE_BYTES_MAX;
    assert(argument_count <= ARGUMENTS_MAX);
    for (size_t i = 0; i < argument_count; i++) {
        shown[i] = arena_shortened(arena, arguments[i], argument_len_max);
        len += shown[i].len;
    }

    char *bytes = arena_alloc(arena, len + 1);
    size_t written = 0, used = 0;
    for (size_t i = 0; i < template.len; i++) {
        bool is_hole = template.bytes[i] == '{' && template.bytes[i + 1] == '}';
        if (!is_hole) {
            bytes[written++] = template.bytes[i];
            continue;
        }
        assert(used < argument_count);
        memcpy(bytes + written, shown[used].bytes, shown[used].len);
        written += shown[used++].len;
        i++;
    }
    assert(used == argument_count);
    return (struct text){bytes, written};
}
