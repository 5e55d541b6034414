/*
 * A worker: one thread of libmicrohttpd with its own epoll set, and the connections it was given.
 * Every connection stays with its worker, so most of what a request touches needs no lock. A
 * daemon of its own for each worker, instead of libmicrohttpd's pool, lets the acceptor choose the
 * worker with the fewest connections and tells every callback which store reader is its own.
 */
#ifndef SERVER_HTTP_WORKER_H
#define SERVER_HTTP_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "server/api/app.h"
#include "server/http/connections.h"

struct MHD_Daemon;
struct pace;
struct transaction;

struct worker {
    struct app *app;
    struct pace *pace;
    const atomic_bool *is_draining; /* the server's: answers say "Connection: close" */
    int index;                      /* of the store reader */
    struct MHD_Daemon *daemon;
    struct connections connections;
    atomic_int connection_count; /* given to it and not yet closed */

    struct transaction *unused; /* the worker's thread only */
    int unused_count;

    /* How many requests are under way; written by the worker's thread only. */
    atomic_int receiving_count; /* their head is being read, or their body */
    atomic_int answering_count; /* from the call of the door until the answer is sent */

    _Atomic(struct transaction *) woken; /* a stack of those to be resumed */
    atomic_int waker_count;              /* threads inside worker_wake */
};

/* False if the thread cannot be started; nothing is left behind then. */
bool worker_start(struct worker *worker, struct app *app, struct pace *pace,
    const atomic_bool *is_draining, int index, int connections_max);

/* Takes the descriptor, whose first bytes have arrived. From the accept thread. */
void worker_add_connection(struct worker *worker, int descriptor);

/*
 * Closes all connections and ends the thread. None may be suspended: libmicrohttpd aborts
 * the process otherwise.
 */
void worker_stop(struct worker *worker);

/* Adds to one of the counters that only the worker's thread writes: so it needs no lock prefix. */
void worker_count(atomic_int *counter, int change);

/*
 * How a request waits. On the worker's thread: set transaction->wait to WAIT_NONE, hand the
 * transaction to someone who will call worker_wake once, return to libmicrohttpd; and when its
 * callback is called again, worker_wait returns true if the wait is over and otherwise suspends the
 * connection.
 *
 * Suspending at the second callback only is deliberate: libmicrohttpd reads from a connection that
 * was suspended at the first one before it asks for the answer, and would drop the request of a
 * client that has shut down its sending side.
 */
bool worker_wait(struct transaction *transaction);

/*
 * Ends a wait, from any thread. The wakings of one commit are grouped: the first one resumes its
 * connection, and the worker then resumes the others, so that the waker makes one system call.
 */
void worker_wake(struct transaction *transaction);

#endif
