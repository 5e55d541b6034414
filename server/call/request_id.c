#include "server/call/request_id.h"

#include <stdatomic.h>

void request_id_read(struct call *call)
{
    struct text sent = text_trim(call->request->headers[HEADER_X_REQUEST_ID]);
    bool is_good = sent.len <= REQUEST_ID_BYTES_MAX;
    for (size_t i = 0; i < sent.len && is_good; i++)
        is_good = sent.bytes[i] > ' ' && sent.bytes[i] <= '~';
    call->sent_id = is_good ? sent : TEXT("");
}

void request_id_begin(struct call *call)
{
    if (!call->no_space.len && !call->is_control && text_is_empty(call->sent_id))
        call->request_number = atomic_fetch_add(&call->space->last_request_id, 1) + 1;
}

/* Each call of the service has one made; printf would take ten times as long. */
static struct text request_id_made(struct call *call, struct text kind, uint64_t number)
{
    char digits[TEXT_INT64_BYTES];
    return arena_joined(call->arena, kind, text_of_int64((int64_t)number, digits));
}

struct text request_id(struct call *call)
{
    if (call->reply->request_id_len > 0)
        return reply_request_id(call->reply);
    if (!text_is_empty(call->sent_id))
        return call->sent_id;
    if (call->request_number > 0)
        return request_id_made(call, TEXT("req-"), call->request_number);
    uint64_t number = atomic_fetch_add(&call->space->last_control_id, 1) + 1;
    return request_id_made(call, TEXT("control-"), number);
}

void request_id_answer(struct call *call)
{
    struct reply *reply = call->reply;
    bool is_strict = call->app->settings.fidelity == FIDELITY_STRICT;
    bool is_shown = call->sent_id.len > 0 || (!is_strict && reply->status >= 400);
    if (!is_shown && call->request_number == 0)
        return;
    reply_set_request_id(reply, request_id(call));
    if (!is_shown)
        return;
    reply_show_request_id(reply);
    if (!is_strict && call->request->headers[HEADER_ORIGIN].bytes && !call->is_control)
        reply_add_header(reply, "Access-Control-Expose-Headers", TEXT("x-request-id"));
}
