/*
 * A worker: one thread, one daemon of libmicrohttpd without threads of its own, and the connections
 * that it was given. Everything of libmicrohttpd, and most of what a request touches, stays on that
 * thread and needs no lock; what comes from other threads goes through the worker's inbox.
 *
 * libmicrohttpd's own threads are not used. Its 0.9.75 waits for ever when exactly as many
 * connections are ready as it looks at in one turn (128), as clients in step can bring about. Its
 * pool of threads also shares the connections out unevenly, and does not say which thread a
 * callback runs on.
 */
#ifndef SERVER_HTTP_WORKER_H
#define SERVER_HTTP_WORKER_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "server/call/app.h"
#include "server/http/connections.h"

struct pace;
struct transaction;
struct worker;

/* New connections for a worker. */
struct arrivals {
    int *descriptors;
    int count, capacity;
};

/* Who waits for something that another thread sees to. */
struct worker_waiter {
    void (*wake)(struct worker_waiter *waiter); /* once per worker_wake, on the worker's thread */
    /* Many of these may be woken by one event: some are in each turn, so that nobody else waits for
     * all of them. */
    bool is_patient;
    struct worker_waiter *next; /* in the worker's inbox, under its mutex */
};

/* What the worker's thread calls: libmicrohttpd's callbacks, whose context is the worker, and what
 * gives back all that is kept for later requests. */
struct worker_calls {
    MHD_NotifyConnectionCallback connection;
    void *(*request_line)(void *context, const char *target, struct MHD_Connection *mhd);
    MHD_AccessHandlerCallback access;
    MHD_RequestCompletedCallback completed;
    void (*tidy)(struct worker *worker);
};

/* What other threads leave for a worker. The first of several wakes it: one system call for all. */
struct inbox {
    pthread_mutex_t mutex; /* guards all below */
    int event;             /* an eventfd, which the worker waits for */
    bool is_signalled;
    bool is_stopping;
    bool is_tidying;               /* the worker is to give back what it keeps for later requests */
    struct worker_waiter *woken;   /* whose wait is over */
    struct worker_waiter *patient; /* as well; those that are */
    struct arrivals arrivals;
};

/* What all workers of a server share. */
struct worker_shared {
    atomic_bool is_draining; /* answers say "Connection: close" */
};

struct worker {
    const struct worker_calls *calls;
    struct app *app;
    struct pace *pace;
    struct worker_shared *shared;
    int index; /* of the store reader */
    pthread_t thread;
    struct MHD_Daemon *daemon;
    struct connections connections;
    struct inbox inbox;

    /* The worker's thread only. */
    struct arrivals arrivals;      /* taken out of the inbox; empty but while they are given on */
    struct worker_waiter *patient; /* taken out of the inbox, and not woken yet */
    bool has_patient;              /* there are some, or more in the inbox */
    struct transaction *unused;
    size_t unused_bytes;
    bool has_progressed;   /* libmicrohttpd has called us since this was last looked at */
    int futile_turn_count; /* its turns since then that led to nothing and left it with work */

    /* For the acceptor and for a stop. */
    atomic_int connection_count; /* given to it and not yet closed */
    atomic_int receiving_count;  /* requests whose head or body is being read, and connections
                                    whose first request has not begun */
    atomic_size_t freed_bytes;   /* in large pieces since the start; see worker_count_freed */
    atomic_int answering_count;  /* from the call of the door until nobody needs the transaction */
};

/* False if the system gives no thread or descriptors; nothing is left behind then. `calls` is
 * borrowed until the stop. */
bool worker_start(struct worker *worker, const struct worker_calls *calls, struct app *app,
    struct pace *pace, struct worker_shared *shared, int index, int connections_max);

/* Less is not worth counting: an ordinary request frees no more, and frees it for the next. */
enum { WORKER_FREED_BYTES_MIN = 64 * 1024 };

/* Counts bytes that are about to be freed and that a flood, not the ordinary course of things, had
 * taken: the acceptor has the C library give them back to the system when the flood is over. On the
 * worker's thread. */
static inline void worker_count_freed(struct worker *worker, size_t bytes)
{
    if (bytes >= WORKER_FREED_BYTES_MIN)
        atomic_fetch_add_explicit(&worker->freed_bytes, bytes, memory_order_relaxed);
}

/* Has the worker free what it keeps for later requests. From any thread. */
void worker_tidy(struct worker *worker);

/* Takes the descriptor, whose first bytes have arrived. From any thread. */
void worker_add_connection(struct worker *worker, int descriptor);

/*
 * Ends the thread and closes all connections. None may be waiting: libmicrohttpd aborts the process
 * otherwise.
 */
void worker_stop(struct worker *worker);

/* Has the worker's thread wake the waiter, which must not be among those to be woken already. From
 * any thread. */
void worker_wake(struct worker *worker, struct worker_waiter *waiter);

#endif
