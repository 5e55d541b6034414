#include "server/http/transaction.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"

enum {
    /* What the unused ones of a worker may hold on to: hundreds of ordinary ones, or some that had
     * a long list to answer. */
    UNUSED_BYTES_MAX = 2 * 1024 * 1024,
    /* Bigger buffers are given back, so that one large request is not remembered for ever. */
    KEPT_BUFFER_BYTES_MAX = 128 * 1024,
    /* The block that a cleared arena keeps, about. */
    KEPT_ARENA_BYTES = 8 * 1024,
    /* A body of no more than this stays with its request until the answer is read. */
    KEPT_BODY_BYTES_MAX = 4 * 1024
};

static struct buf transaction_kept_buffer(struct buf buf)
{
    if (buf.capacity > KEPT_BUFFER_BYTES_MAX)
        buf_release(&buf);
    buf_clear(&buf);
    return buf;
}

/* Forgets a request and keeps its memory for the next. */
static void transaction_reset(struct transaction *transaction)
{
    struct arena arena = transaction->exchange.arena;
    arena_clear(&arena);
    share_release(&transaction->exchange.reply.share);
    arena_release(&transaction->exchange.reply.arena);
    struct buf reply_body = transaction_kept_buffer(transaction->exchange.reply.body);
    struct buf body = transaction_kept_buffer(transaction->body);
    struct buf piece = transaction_kept_buffer(transaction->piece);
    memset(transaction, 0, sizeof(*transaction));
    transaction->exchange.arena = arena;
    transaction->exchange.reply.body = reply_body;
    transaction->body = body;
    transaction->piece = piece;
}

static size_t transaction_kept_bytes(const struct transaction *transaction)
{
    return sizeof(*transaction) + KEPT_ARENA_BYTES + transaction->exchange.reply.body.capacity +
           transaction->body.capacity + transaction->piece.capacity;
}

static struct transaction *transaction_make(void)
{
    struct transaction *transaction = memory_alloc_zeroed(1, sizeof(*transaction));
    exchange_init(&transaction->exchange);
    buf_init(&transaction->body);
    buf_init(&transaction->piece);
    return transaction;
}

static void transaction_free(struct transaction *transaction)
{
    exchange_release(&transaction->exchange);
    buf_release(&transaction->body);
    buf_release(&transaction->piece);
    free(transaction);
}

/* What happened on another thread is told on the worker's. */
static void transaction_end_wait(struct wait *wait)
{
    char *start = (char *)wait - offsetof(struct transaction, exchange.wait);
    struct transaction *transaction = (struct transaction *)(void *)start;
    worker_wake(transaction->worker, &transaction->waiter);
}

static void transaction_woken(struct worker_waiter *waiter)
{
    char *start = (char *)waiter - offsetof(struct transaction, waiter);
    struct transaction *transaction = (struct transaction *)(void *)start;
    /* Its own end the pacer knows of. */
    if (transaction->exchange.wait.cause == WAIT_EVENT)
        pace_disarm(transaction->worker->pace, &transaction->timer);
    wait_arrive(&transaction->exchange.wait);
    if (transaction->is_suspended)
        MHD_resume_connection(transaction->mhd);
    transaction_drop(transaction);
}

struct transaction *transaction_take(
    struct worker *worker, struct http_connection *connection, struct MHD_Connection *mhd)
{
    struct transaction *transaction = worker->unused;
    if (transaction) {
        worker->unused = transaction->next_unused;
        worker->unused_bytes -= transaction_kept_bytes(transaction);
    } else {
        transaction = transaction_make();
    }
    transaction->worker = worker;
    transaction->connection = connection;
    transaction->mhd = mhd;
    transaction->references = 1;
    transaction->held.budget = &worker->app->bodies;
    transaction->started_ns = clock_monotonic_ns();
    transaction->exchange.request.received_ns = clock_system_ns();
    transaction->waiter.wake = transaction_woken;
    transaction->exchange.wait.wake = transaction_end_wait;
    transaction->timer.wait = &transaction->exchange.wait;
    transaction->timer.descriptor = connection->descriptor;
    return transaction;
}

void transaction_release_body(struct transaction *transaction)
{
    worker_count_freed(transaction->worker, transaction->body.capacity);
    share_release(&transaction->held);
    buf_release(&transaction->body);
    transaction->exchange.request.body = TEXT("");
}

void transaction_forget_request(struct transaction *transaction)
{
    struct exchange *exchange = &transaction->exchange;
    worker_count_freed(transaction->worker, exchange->arena.used_bytes);
    arena_rewind(&exchange->arena, transaction->line);
    exchange_give_back(exchange);
    exchange->request.raw_query = TEXT("");
    if (transaction->body.capacity > KEPT_BODY_BYTES_MAX)
        transaction_release_body(transaction);
}

/* What a body's buffer grows to: in doublings, but not beyond what can come. */
static size_t transaction_body_capacity(const struct transaction *transaction, size_t needed)
{
    size_t len_max = transaction->worker->app->settings.body_bytes_max;
    if (transaction->content_length > 0 && transaction->content_length < len_max)
        len_max = (size_t)transaction->content_length;
    size_t doubled = 2 * transaction->body.capacity;
    size_t capacity = doubled < len_max ? doubled : len_max;
    return capacity > needed ? capacity : needed;
}

bool transaction_add_body(struct transaction *transaction, struct text part)
{
    struct buf *body = &transaction->body;
    size_t needed = body->len + part.len;
    if (needed > body->capacity) {
        size_t capacity = transaction_body_capacity(transaction, needed);
        if (!share_grow(&transaction->held, capacity))
            return false;
        buf_set_capacity(body, capacity);
    }
    buf_add_text(body, part);
    return true;
}

void transaction_end_body(struct transaction *transaction)
{
    if (transaction->body.capacity > KEPT_BUFFER_BYTES_MAX)
        transaction_release_body(transaction);
}

void transaction_begin_wait(struct transaction *transaction)
{
    transaction->references++;
    wait_begin(&transaction->exchange.wait);
}

bool transaction_wait(struct transaction *transaction)
{
    if (wait_is_over(&transaction->exchange.wait))
        return true;
    if (!transaction->is_suspended) {
        transaction->is_suspended = true;
        MHD_suspend_connection(transaction->mhd);
    }
    return false;
}

enum wait_cause transaction_take_cause(struct transaction *transaction)
{
    transaction->is_suspended = false;
    return wait_take(&transaction->exchange.wait);
}

void transaction_begin_pause(struct transaction *transaction, enum pace_kind kind, int64_t delay_ns)
{
    transaction->timer.kind = kind;
    transaction_begin_wait(transaction);
    pace_arm(transaction->worker->pace, &transaction->timer, delay_ns);
}

void transaction_drop(struct transaction *transaction)
{
    if (--transaction->references > 0)
        return;
    struct worker *worker = transaction->worker;
    if (transaction->phase != TRANSACTION_HEAD && transaction->phase != TRANSACTION_BODY)
        atomic_fetch_sub(&worker->answering_count, 1);
    worker_count_freed(worker, transaction->exchange.reply.body.capacity);
    worker_count_freed(worker, transaction->body.capacity);
    share_release(&transaction->held);
    exchange_give_back(&transaction->exchange);
    exchange_leave_space(&transaction->exchange);
    transaction_reset(transaction);
    size_t bytes = transaction_kept_bytes(transaction);
    if (worker->unused_bytes + bytes > UNUSED_BYTES_MAX) {
        transaction_free(transaction);
        return;
    }
    transaction->next_unused = worker->unused;
    worker->unused = transaction;
    worker->unused_bytes += bytes;
}

void transactions_free(struct worker *worker)
{
    while (worker->unused) {
        struct transaction *transaction = worker->unused;
        worker->unused = transaction->next_unused;
        transaction_free(transaction);
    }
    worker->unused_bytes = 0;
}
