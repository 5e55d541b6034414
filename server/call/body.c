#include "server/call/body.h"

void body_decode(struct call *call, struct decode_problems *problems)
{
    int body = call->method->body;
    problems->limits = &call->app->body_limits;
    call->is_body_read = true;
    if (body == METHOD_BODY_ALL) {
        decode_body(call->request->body, call->in, TEXT(""), problems);
    } else if (body != METHOD_BODY_NONE) {
        const struct field *field = &call->in->type->fields[body];
        decode_body(call->request->body, message_make_child(call->in, (unsigned)body),
            field->proto_name, problems);
    }
    call_hold_decoded(call, problems);
}

/* False, with the call answered, if the bytes were too many or are encoded in some way. */
static bool body_check(struct call *call)
{
    struct text encoding = call->request->headers[HEADER_CONTENT_ENCODING];
    if (call->request->is_body_too_large) {
        call_fail_text(call, ERROR_BODY_TOO_LARGE,
            arena_printf(call->arena, "%zu", call->app->settings.body_bytes_max));
        return false;
    }
    if (encoding.len && !text_equals_ignoring_case(encoding, TEXT("identity"))) {
        bool is_text = text_is_utf8(encoding, NULL);
        call_fail_text(call, ERROR_BODY_ENCODING, is_text ? encoding : TEXT("unknown"));
        return false;
    }
    return true;
}

bool body_read(struct call *call)
{
    if (!body_check(call))
        return false;
    body_decode(call, &call->problems);
    if (!decode_problems_any(&call->problems))
        return true;
    call_fail_problems(call, &call->problems);
    return false;
}
