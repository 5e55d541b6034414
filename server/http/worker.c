#include "server/http/worker.h"

#include <assert.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "server/contract/limits.h"
#include "server/http/handler.h"
#include "server/http/transaction.h"

/* libmicrohttpd's own complaints are about what clients do; they matter when one looks for them. */
static void worker_log(void *context, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
static void worker_log(void *context, const char *format, va_list args)
{
    (void)context;
    struct buf line = BUF_INIT;
    buf_vprintf(&line, format, args);
    struct text text = text_trim(buf_text(&line));
    log_write(LOG_DEBUG, "%.*s", TEXT_ARGS(text));
    buf_release(&line);
}

/* Paths reach the door as they were sent: decoding before routing would make a%2Fb a path. */
static size_t worker_unescape_nothing(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return text_of(text).len;
}

bool worker_start(struct worker *worker, struct app *app, struct pace *pace,
    const atomic_bool *is_draining, int index, int connections_max)
{
    *worker = (struct worker){.app = app, .pace = pace, .is_draining = is_draining, .index = index};
    connections_init(&worker->connections);
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC |
                     MHD_ALLOW_SUSPEND_RESUME | MHD_USE_SUPPRESS_DATE_NO_CLOCK | MHD_USE_TURBO |
                     MHD_USE_ERROR_LOG;
    /*
     * The acceptor keeps the limit of connections; libmicrohttpd, whose count lags behind, would
     * close one over its own limit without telling anybody.
     */
    const struct MHD_OptionItem limits[] = {
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY_BYTES, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, 2 * (intptr_t)connections_max, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    const struct MHD_OptionItem callbacks[] = {
        {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)worker_unescape_nothing, NULL},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)handler_request_line, worker},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)handler_completed, worker},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)handler_connection, worker},
        {MHD_OPTION_END, 0, NULL},
    };
    worker->daemon = MHD_start_daemon(flags, 0, NULL, NULL, handler_access, worker,
        MHD_OPTION_EXTERNAL_LOGGER, worker_log, NULL, MHD_OPTION_ARRAY, limits, MHD_OPTION_ARRAY,
        callbacks, MHD_OPTION_END);
    if (!worker->daemon) {
        connections_release(&worker->connections);
    }
    return worker->daemon != NULL;
}

void worker_add_connection(struct worker *worker, int descriptor)
{
    /* libmicrohttpd wants an address; nobody asks it for this one. */
    struct sockaddr_in unused = {.sin_family = AF_INET};
    atomic_fetch_add(&worker->connection_count, 1);
    if (MHD_add_connection(
            worker->daemon, descriptor, (struct sockaddr *)&unused, sizeof(unused)) != MHD_YES) {
        /* Out of memory; the descriptor is closed. */
        atomic_fetch_sub(&worker->connection_count, 1);
    }
}

void worker_stop(struct worker *worker)
{
    /* Whoever woke the last request may still be in libmicrohttpd's code, signalling the thread. */
    while (atomic_load(&worker->waker_count) > 0) {
        sched_yield();
    }
    MHD_stop_daemon(worker->daemon);
    transactions_free(worker);
    connections_release(&worker->connections);
}

void worker_count(atomic_int *counter, int change)
{
    int count = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, count + change, memory_order_release);
}

/* Resumes all that were woken meanwhile, but for those whose waker does it. */
static void worker_resume_woken(struct worker *worker)
{
    struct transaction *woken = atomic_exchange(&worker->woken, NULL);
    while (woken) {
        struct transaction *transaction = woken;
        woken = transaction->next_woken;
        if (!transaction->is_resumed_by_waker) {
            MHD_resume_connection(transaction->mhd);
        }
    }
}

bool worker_wait(struct transaction *transaction)
{
    struct worker *worker = transaction->worker;
    if (transaction->is_suspended) {
        transaction->is_suspended = false;
        worker_resume_woken(worker);
    }
    if (atomic_load(&transaction->wait) == WAIT_OVER) {
        return true;
    }
    transaction->is_suspended = true;
    MHD_suspend_connection(transaction->mhd);
    enum transaction_wait expected = WAIT_NONE;
    if (!atomic_compare_exchange_strong(&transaction->wait, &expected, WAIT_SUSPENDED)) {
        /* It was woken since the look above; nobody else will resume it. */
        assert(expected == WAIT_OVER);
        MHD_resume_connection(transaction->mhd);
    }
    return false;
}

void worker_wake(struct transaction *transaction)
{
    struct worker *worker = transaction->worker;
    atomic_fetch_add(&worker->waker_count, 1);
    if (atomic_exchange(&transaction->wait, WAIT_OVER) == WAIT_SUSPENDED) {
        struct MHD_Connection *mhd = transaction->mhd;
        struct transaction *top = atomic_load(&worker->woken);
        bool is_first;
        do {
            is_first = top == NULL;
            transaction->next_woken = top;
            transaction->is_resumed_by_waker = is_first;
        } while (!atomic_compare_exchange_weak(&worker->woken, &top, transaction));
        /* From here on the worker may have finished with the transaction, unless it is the first.
         */
        if (is_first) {
            MHD_resume_connection(mhd);
        }
    }
    atomic_fetch_sub(&worker->waker_count, 1);
}
