#include "server/http/stream.h"

#include <microhttpd.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/http/transaction.h"

enum {
    /* Only answers to HTTP/1.0 use this buffer; chunks are written into the connection's own. */
    STREAM_BLOCK_BYTES = 4096
};

/* A piece without bytes and without a pause would be asked for again and again without end. */
#define STREAM_EMPTY_GAP_NS (10 * NS_PER_MS)

static bool stream_has_bytes(const struct transaction *transaction)
{
    return transaction->piece_sent_bytes < transaction->piece.len;
}

static ssize_t stream_take_bytes(struct transaction *transaction, char *room, size_t room_bytes)
{
    size_t left = transaction->piece.len - transaction->piece_sent_bytes;
    size_t taken = left < room_bytes ? left : room_bytes;
    memcpy(room, transaction->piece.data + transaction->piece_sent_bytes, taken);
    transaction->piece_sent_bytes += taken;
    transaction->sent_bytes += taken;
    return (ssize_t)taken;
}

static void stream_make_piece(struct transaction *transaction)
{
    struct reply *reply = &transaction->exchange.reply;
    buf_clear(&transaction->piece);
    transaction->piece_sent_bytes = 0;
    transaction->ending = reply->generate(reply->generate_state, &transaction->piece);
    if (transaction->piece.len == 0 && transaction->ending.gap_ns == 0)
        transaction->ending.gap_ns = STREAM_EMPTY_GAP_NS;
}

/* After the last bytes of a piece: pauses before the next one is made. */
static void stream_begin_pause(struct transaction *transaction)
{
    int64_t gap_ns = transaction->ending.gap_ns;
    struct reply *reply = &transaction->exchange.reply;
    bool is_idle = transaction->ending.is_stalled || transaction->ending.is_waiting;
    enum pace_kind kind = is_idle ? PACE_WATCH : PACE_ANSWER;
    transaction->ending.gap_ns = 0;
    transaction->is_pausing = true;
    connection_set_deadline(transaction->connection, CONNECTION_NO_DEADLINE);
    transaction_begin_pause(transaction, kind, gap_ns);
    if (transaction->ending.is_waiting && reply->listen)
        reply->listen(reply->generate_state, &transaction->exchange.wait);
}

/*
 * Ends the connection without a proper end of the body. Telling libmicrohttpd of an error would do,
 * but 0.9.75 then forgets the connection without closing it; a failing write it notices.
 */
static ssize_t stream_break(struct transaction *transaction, char *room)
{
    shutdown(transaction->connection->descriptor, SHUT_RDWR);
    room[0] = '\0';
    return 1;
}

/* libmicrohttpd's content reader: 0 only with the connection suspended. */
static ssize_t stream_read(void *context, uint64_t position, char *room, size_t room_bytes)
{
    (void)position;
    struct transaction *transaction = context;
    transaction->worker->has_progressed = true;
    while (!stream_has_bytes(transaction)) {
        if (transaction->ending.is_broken)
            return stream_break(transaction, room);
        if (transaction->ending.is_last)
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (!transaction->is_pausing && transaction->ending.gap_ns > 0)
            stream_begin_pause(transaction);
        if (transaction->is_pausing && !transaction_wait(transaction))
            return 0;
        if (transaction->is_pausing && transaction_take_cause(transaction) == WAIT_CUT)
            return transaction->ending.is_waiting ? MHD_CONTENT_READER_END_OF_STREAM
                                                  : stream_break(transaction, room);
        transaction->is_pausing = false;
        stream_make_piece(transaction);
    }
    connection_set_deadline(
        transaction->connection, clock_monotonic_ns() + CONNECTION_IDLE_SECONDS * NS_PER_SECOND);
    return stream_take_bytes(transaction, room, room_bytes);
}

static void stream_destroyed(void *context)
{
    struct transaction *transaction = context;
    atomic_fetch_sub(&transaction->worker->app->stream_count, 1);
    transaction_drop(transaction);
}

/* What a reader that is stuck has on the way is the system's memory: it need not grow with how much
 * there is to tell. */
static void stream_bound_buffer(struct transaction *transaction)
{
    int bytes = STREAM_SEND_BUFFER_BYTES;
    setsockopt(transaction->connection->descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

struct MHD_Response *stream_response(struct transaction *transaction)
{
    transaction->waiter.is_patient = transaction->exchange.reply.listen;
    if (transaction->waiter.is_patient)
        stream_bound_buffer(transaction);
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, stream_read, transaction, stream_destroyed);
    if (response)
        atomic_fetch_add(&transaction->worker->app->stream_count, 1);
    return response;
}
