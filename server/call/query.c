#include "server/call/query.h"

#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "server/contract/limits.h"

/* Of every call of the control API. */
#define QUERY_NAMESPACE TEXT("namespace")

enum system_parameter {
    SYSTEM_ALT,
    SYSTEM_KEY,
    SYSTEM_TOKEN,
    SYSTEM_FIELDS,
    SYSTEM_PRETTY_PRINT,
    SYSTEM_CALLBACK,
    SYSTEM_ERROR_FORMAT,
    SYSTEM_IGNORED
};

static const struct {
    struct text name;
    enum system_parameter parameter;
} system_parameters[] = {
    {TEXT_INIT("key"), SYSTEM_KEY},
    {TEXT_INIT("alt"), SYSTEM_ALT},
    {TEXT_INIT("$alt"), SYSTEM_ALT},
    {TEXT_INIT("fields"), SYSTEM_FIELDS},
    {TEXT_INIT("$fields"), SYSTEM_FIELDS},
    {TEXT_INIT("prettyPrint"), SYSTEM_PRETTY_PRINT},
    {TEXT_INIT("$prettyPrint"), SYSTEM_PRETTY_PRINT},
    {TEXT_INIT("access_token"), SYSTEM_TOKEN},
    {TEXT_INIT("oauth_token"), SYSTEM_TOKEN},
    {TEXT_INIT("callback"), SYSTEM_CALLBACK},
    {TEXT_INIT("$callback"), SYSTEM_CALLBACK},
    {TEXT_INIT("$.xgafv"), SYSTEM_ERROR_FORMAT},
    {TEXT_INIT("quotaUser"), SYSTEM_IGNORED},
    {TEXT_INIT("uploadType"), SYSTEM_IGNORED},
    {TEXT_INIT("upload_protocol"), SYSTEM_IGNORED},
};

/* "json;enum-encoding=int" or "sse"; unknown forms count as json. */
static void query_set_alt(struct call *call, struct text value)
{
    while (value.bytes) {
        struct text option = text_split(&value, ';');
        if (text_equals_string(option, "sse"))
            call->system.is_sse = true;
        else if (text_equals_string(option, "enum-encoding=int"))
            call->style.enums_as_numbers = true;
    }
}

static void query_set_system(struct call *call, enum system_parameter parameter, struct text value)
{
    switch (parameter) {
    case SYSTEM_ALT:
        query_set_alt(call, value);
        break;
    case SYSTEM_KEY:
        call->system.key = value;
        break;
    case SYSTEM_TOKEN:
        call->system.token = value;
        break;
    case SYSTEM_FIELDS:
        call->system.fields = value;
        break;
    case SYSTEM_PRETTY_PRINT:
        call->style.layout =
            text_equals_ignoring_case(value, TEXT("false")) || text_equals_string(value, "0")
                ? JSON_COMPACT
                : JSON_PRETTY;
        break;
    case SYSTEM_CALLBACK:
        /* It becomes part of a script: a path of JavaScript names and indices is what it may be. */
        if (text_is_alphanumeric(value, "_$.[]"))
            call->system.callback = value;
        break;
    case SYSTEM_ERROR_FORMAT:
        call->system.is_xgafv_1 = text_equals_string(value, "1");
        break;
    case SYSTEM_IGNORED:
        break;
    }
}

/* The row of a system parameter; past the last if it is none. */
static size_t query_find_system(struct text name)
{
    size_t row = 0;
    while (row < ARRAY_COUNT(system_parameters) && !text_equals(name, system_parameters[row].name))
        row++;
    return row;
}

/* Those that say how an answer is written. */
static bool query_is_for_control(enum system_parameter parameter)
{
    return parameter == SYSTEM_FIELDS || parameter == SYSTEM_PRETTY_PRINT;
}

/* Calls of the control API have few system parameters, but clients of the service add some to every
 * request: the others mean nothing. What such a call takes in its body comes from there alone. */
static void query_set(struct call *call, struct text name, struct text value)
{
    bool is_control = call->method->flags & METHOD_CONTROL;
    bool is_for_body = is_control && call->method->body == METHOD_BODY_ALL;
    size_t row = query_find_system(name);
    bool is_system = row < ARRAY_COUNT(system_parameters);
    if (is_control && text_equals(name, QUERY_NAMESPACE))
        return; /* it was read ahead */
    if (is_system && (!is_control || query_is_for_control(system_parameters[row].parameter))) {
        query_set_system(call, system_parameters[row].parameter, value);
        return;
    }
    if (call->problems.violation_count == VIOLATIONS_MAX)
        return;
    if (!is_for_body && decode_parameter(name, value, call->in, &call->problems))
        return;
    if (is_system)
        return;
    struct text arguments[] = {name, name};
    decode_problems_add(
        &call->problems, TEXT(""), error_text(call->arena, ERROR_JSON_UNKNOWN_QUERY, arguments, 2));
}

/* Probes may carry what they like. */
static bool query_is_ignored(const struct call *call)
{
    return call->method->flags & METHOD_ANY_HOST;
}

/* Splits the next pair off. The published quickstart's "?key=" in a value begins another. */
static struct text query_take_pair(struct call *call, struct text *rest)
{
    struct text pair = text_split(rest, '&');
    size_t key_at = text_find(pair, TEXT("?key="));
    if (key_at == pair.len)
        return pair;
    call->system.key = percent_decode(text_slice(pair, key_at + 5, pair.len), true, call->arena);
    return text_slice(pair, 0, key_at);
}

static struct text query_decode_name(struct call *call, struct text pair)
{
    return percent_decode(text_slice(pair, 0, text_find_byte(pair, '=')), true, call->arena);
}

static struct text query_decode_value(struct call *call, struct text pair)
{
    return percent_decode(
        text_slice(pair, text_find_byte(pair, '=') + 1, pair.len), true, call->arena);
}

void query_read_ahead(struct call *call)
{
    struct text raw_query = call->request->raw_query;
    struct text rest = raw_query.len ? raw_query : (struct text){NULL, 0};
    while (rest.bytes && raw_query.len <= QUERY_BYTES_MAX) {
        struct text pair = query_take_pair(call, &rest);
        struct text name = query_decode_name(call, pair);
        size_t row = query_find_system(name);
        if (row < ARRAY_COUNT(system_parameters) &&
            (system_parameters[row].parameter == SYSTEM_KEY ||
                system_parameters[row].parameter == SYSTEM_TOKEN))
            query_set_system(
                call, system_parameters[row].parameter, query_decode_value(call, pair));
        else if (text_equals(name, QUERY_NAMESPACE))
            call->system.namespace = query_decode_value(call, pair);
    }
}

bool query_read(struct call *call, struct text raw_query)
{
    struct text rest = raw_query.len ? raw_query : (struct text){NULL, 0};
    if (query_is_ignored(call))
        return true;
    if (raw_query.len > QUERY_BYTES_MAX) {
        call_fail_text(call, ERROR_QUERY_LONG, arena_printf(call->arena, "%d", QUERY_BYTES_MAX));
        return false;
    }
    /* With no room for more problems, the rest is not looked at. */
    while (rest.bytes && call->problems.violation_count < VIOLATIONS_MAX) {
        struct text pair = query_take_pair(call, &rest);
        if (pair.len == 0)
            continue;
        struct text name = query_decode_name(call, pair);
        struct text value = query_decode_value(call, pair);
        if (!text_is_utf8(name, NULL) || !text_is_utf8(value, NULL) ||
            memchr(name.bytes, '\0', name.len) || memchr(value.bytes, '\0', value.len)) {
            call_fail(call, ERROR_QUERY_MALFORMED);
            return false;
        }
        query_set(call, name, value);
    }
    return true;
}

/* Clients whose URL would be too long send its query, or the rest of it, as a form. */
static void query_take_body(struct request *request, struct arena *arena)
{
    struct text type = request->headers[HEADER_CONTENT_TYPE];
    /* Of one that is too long, no more is copied than tells so. */
    struct text form = text_slice(request->body, 0, QUERY_BYTES_MAX + 1);
    bool is_form =
        text_equals_ignoring_case(text_trim(text_slice(type, 0, text_find_byte(type, ';'))),
            TEXT("application/x-www-form-urlencoded"));
    if (text_is_empty(request->raw_query)) {
        request->raw_query = arena_text(arena, form);
    } else if (is_form && !text_is_empty(form)) {
        struct buf query = BUF_INIT;
        buf_add_text(&query, request->raw_query);
        buf_add_byte(&query, '&');
        buf_add_text(&query, form);
        request->raw_query = arena_text(arena, buf_text(&query));
        buf_release(&query);
    }
    request->body = TEXT("");
}

enum http_verb query_verb(struct call *call)
{
    struct request *request = call->request;
    enum http_verb verb = http_verb_parse(request->verb);
    struct text override = text_trim(request->headers[HEADER_X_HTTP_METHOD_OVERRIDE]);
    if (verb != VERB_POST || text_is_empty(override))
        return verb;
    verb = http_verb_parse(override);
    if (verb == VERB_GET)
        query_take_body(request, call->arena);
    return verb;
}
