#include "server/call/query.h"

#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "server/contract/limits.h"

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

static void query_set(struct call *call, struct text name, struct text value)
{
    bool is_control = call->method->flags & METHOD_CONTROL;
    for (size_t i = 0; !is_control && i < ARRAY_COUNT(system_parameters); i++)
        if (text_equals(name, system_parameters[i].name)) {
            query_set_system(call, system_parameters[i].parameter, value);
            return;
        }
    if (call->problems.violation_count == VIOLATIONS_MAX)
        return;
    /* What a call of the control API takes in its body comes from there alone. */
    bool is_for_body = is_control && call->method->body == METHOD_BODY_ALL;
    if (!is_for_body && decode_parameter(name, value, call->in, &call->problems))
        return;
    struct text arguments[] = {name, name};
    decode_problems_add(
        &call->problems, TEXT(""), error_text(call->arena, ERROR_JSON_UNKNOWN_QUERY, arguments, 2));
}

/* Calls of the control API have no system parameters. Probes may carry what they like. */
static bool query_is_ignored(const struct call *call)
{
    return call->method->flags & METHOD_ANY_HOST;
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
        struct text pair = text_split(&rest, '&');
        size_t key_at = text_find(pair, TEXT("?key="));
        if (key_at < pair.len) {
            call->system.key =
                percent_decode(text_slice(pair, key_at + 5, pair.len), true, call->arena);
            pair = text_slice(pair, 0, key_at);
        }
        if (pair.len == 0)
            continue;
        size_t equals = text_find_byte(pair, '=');
        struct text name = percent_decode(text_slice(pair, 0, equals), true, call->arena);
        struct text value =
            percent_decode(text_slice(pair, equals + 1, pair.len), true, call->arena);
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
