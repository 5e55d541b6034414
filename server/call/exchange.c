#include "server/call/exchange.h"

#include <assert.h>
#include <string.h>

#include "server/space/space.h"

void exchange_init(struct exchange *exchange)
{
    memset(exchange, 0, sizeof(*exchange));
    arena_init(&exchange->arena);
    buf_init(&exchange->reply.body);
    arena_init(&exchange->reply.arena);
}

void exchange_give_back(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    if (request->decoded_bytes > 0)
        budget_give(request->decoded_budget, request->decoded_bytes);
    request->decoded_bytes = 0;
}

void exchange_leave_space(struct exchange *exchange)
{
    if (!exchange->space)
        return;
    space_use(exchange->space, exchange->ended_ns);
    space_drop(exchange->space);
    exchange->space = NULL;
}

void exchange_release(struct exchange *exchange)
{
    exchange_give_back(exchange);
    reply_release(&exchange->reply); /* whose generator may have something of the space */
    exchange_leave_space(exchange);
    arena_release(&exchange->arena);
}

void reply_keep_headers(struct reply *reply)
{
    for (int i = 0; i < reply->header_count; i++)
        reply->headers[i].value = arena_text(&reply->arena, reply->headers[i].value);
}

void reply_end(struct reply *reply)
{
    void (*end)(void *state) = reply->end;
    reply->end = NULL;
    if (end)
        end(reply->generate_state);
}

void reply_release(struct reply *reply)
{
    reply_end(reply);
    buf_release(&reply->body);
    arena_release(&reply->arena);
    share_release(&reply->share);
    share_release(&reply->stall);
    reply->generate = NULL;
    reply->listen = NULL;
    reply->generate_state = NULL;
}

void reply_add_header(struct reply *reply, const char *name, struct text value)
{
    assert(reply->header_count < REPLY_HEADERS_MAX);
    reply->headers[reply->header_count++] = (struct reply_header){name, value};
}

void reply_set_request_id(struct reply *reply, struct text id)
{
    assert(id.len <= REQUEST_ID_BYTES_MAX);
    memcpy(reply->request_id, id.bytes, id.len);
    reply->request_id_len = id.len;
}

struct text reply_request_id(const struct reply *reply)
{
    return (struct text){reply->request_id, reply->request_id_len};
}

void reply_show_request_id(struct reply *reply)
{
    reply_add_header(reply, "X-Request-Id", reply_request_id(reply));
}

void reply_begin_json(struct reply *reply, struct text callback)
{
    reply->content_type = CONTENT_TYPE_JSON;
    if (text_is_empty(callback))
        return;
    reply->content_type = "text/javascript; charset=UTF-8";
    buf_printf(&reply->body, "// API callback\n%.*s(", TEXT_ARGS(callback));
}

void reply_end_json(struct reply *reply, struct text callback)
{
    buf_add_string(&reply->body, text_is_empty(callback) ? "\n" : ");\n");
}
