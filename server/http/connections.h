/*
 * The open connections of one worker, and the time until which each may go on as it is: sending its
 * request, idling between two, reading its answer. libmicrohttpd's own time-out is renewed by every
 * byte, so that a byte a minute would hold a connection for ever (and it costs a lock per read).
 */
#ifndef SERVER_HTTP_CONNECTIONS_H
#define SERVER_HTTP_CONNECTIONS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* One TCP connection. Belongs to its worker's thread, except that the sweep reads it. */
struct http_connection {
    int descriptor;
    _Atomic int64_t
        deadline_ns;          /* monotonic; CONNECTION_NO_DEADLINE while the server has the turn */
    atomic_bool is_unwatched; /* the end of what the client sends may have gone unnoticed */
    bool is_receiving;        /* a request's body; for the worker's thread alone, like the next */
    int unread_count;         /* looks in a row that found bytes which nobody reads */
    bool is_silent;           /* no request has begun on it; for the worker's thread alone */
    struct http_connection *next; /* the list, under its mutex */
    struct http_connection *previous;
};

#define CONNECTION_NO_DEADLINE INT64_MAX

struct connections {
    pthread_mutex_t mutex; /* guards the list; a descriptor in the list is open */
    struct http_connection *first;
};

void connections_init(struct connections *connections);
/* All connections must have been removed. */
void connections_release(struct connections *connections);

/* Allocates; connections_remove frees. */
struct http_connection *connections_add(
    struct connections *connections, int descriptor, int64_t deadline_ns);
/* To be called before the descriptor is closed. */
void connections_remove(struct connections *connections, struct http_connection *connection);

static inline void connection_set_deadline(struct http_connection *connection, int64_t deadline_ns)
{
    atomic_store_explicit(&connection->deadline_ns, deadline_ns, memory_order_relaxed);
}

/* After each answer and each part of a body: has the next sweep look whether the client has closed
 * its side. */
static inline void connection_set_unwatched(struct http_connection *connection)
{
    atomic_store_explicit(&connection->is_unwatched, true, memory_order_relaxed);
}

/* Whether a body is awaited. Each part of one that comes is to be told as well. */
static inline void connection_set_receiving(struct http_connection *connection, bool is_receiving)
{
    connection->is_receiving = is_receiving;
    connection->unread_count = 0;
}

/*
 * Shuts down the connections that are to send a body and whose bytes are not read: at the second
 * look that finds them so, with no part of a body between. To be called by the worker's thread when
 * libmicrohttpd claims to have work and does none: 0.9.75 neither refuses nor drops a chunk's size
 * line that is longer than its buffer. Gives the number of those it shut down.
 */
int connections_shut_unread(struct connections *connections);

/* Whether one of them has bytes that its worker has not come to read yet. From any thread. */
bool connections_have_unread(struct connections *connections);

/*
 * Shuts down, in both directions, the connections whose deadline has passed: their worker sees that
 * and closes them. With CONNECTION_NO_DEADLINE as the time, all. From any thread.
 *
 * Also wakes the worker for clients that closed their side together with what they sent last:
 * libmicrohttpd 0.9.75 loses that event, and would keep the connection until its deadline.
 */
void connections_sweep(struct connections *connections, int64_t now_ns);

#endif
