#include "server/http/answer.h"

#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/http/stream.h"
#include "server/http/transaction.h"

static void answer_body_sent(void *context)
{
    transaction_drop(context);
}

static struct MHD_Response *answer_whole(struct transaction *transaction)
{
    struct buf *body = &transaction->exchange.reply.body;
    bool is_head = text_equals(transaction->exchange.request.verb, TEXT(MHD_HTTP_METHOD_HEAD));
    transaction->sent_bytes = is_head ? 0 : body->len;
    connection_set_deadline(
        transaction->connection, clock_monotonic_ns() + ANSWER_SECONDS * NS_PER_SECOND);
    return MHD_create_response_from_buffer_with_free_callback_cls(
        body->len, body->data, answer_body_sent, transaction);
}

static void answer_add_header(
    struct MHD_Response *response, struct arena *arena, const struct reply_header *header)
{
    struct text value = arena_text(arena, header->value);
    if (value.len > HEADER_VALUE_BYTES_MAX ||
        MHD_add_response_header(response, header->name, value.bytes) != MHD_YES) {
        log_write(
            LOG_WARNING, "left out the response header %s: its value cannot be one", header->name);
    }
}

static void answer_add_headers(struct MHD_Response *response, struct transaction *transaction)
{
    struct reply *reply = &transaction->exchange.reply;
    if (reply->content_type)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->content_type);
    for (int i = 0; i < reply->header_count; i++)
        answer_add_header(response, &transaction->exchange.arena, &reply->headers[i]);
    /* Between chunks libmicrohttpd takes a bare LF for the end of a line, and folded trailers: what
     * follows them is nobody's next request. */
    bool is_chunked = transaction->framing.coding_count > 0;
    if (is_chunked ||
        atomic_load_explicit(&transaction->worker->shared->is_draining, memory_order_relaxed))
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
}

/* Dissolving the association sends the reset at once; closing would first send an end of stream. */
static void answer_reset(const struct transaction *transaction)
{
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    (void)connect(transaction->connection->descriptor, &nobody, sizeof(nobody));
}

enum MHD_Result answer_send(struct transaction *transaction)
{
    const struct reply *reply = &transaction->exchange.reply;
    if (reply->is_reset) {
        answer_reset(transaction);
        return MHD_NO;
    }
    struct MHD_Response *response =
        reply->generate ? stream_response(transaction) : answer_whole(transaction);
    if (!response)
        return MHD_NO; /* out of memory */
    transaction->references++;
    answer_add_headers(response, transaction);
    enum MHD_Result result =
        MHD_queue_response(transaction->mhd, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return result;
}
