/*
 * One request and its answer on a connection: what libmicrohttpd's callbacks share. Made when the
 * request line is read, and used again by its worker for a later request, so that the steady state
 * allocates nothing. All of it belongs to the worker's thread, except what is marked.
 */
#ifndef SERVER_HTTP_TRANSACTION_H
#define SERVER_HTTP_TRANSACTION_H

#include "base/budget.h"
#include "server/call/exchange.h"
#include "server/http/connections.h"
#include "server/http/framing.h"
#include "server/http/pace.h"
#include "server/http/worker.h"

struct MHD_Connection;

enum transaction_phase {
    TRANSACTION_HEAD,      /* the request line is read, the headers are not */
    TRANSACTION_BODY,      /* the body arrives */
    TRANSACTION_PENDING,   /* the door waits for a write */
    TRANSACTION_WATCHING,  /* the door waits for something to change */
    TRANSACTION_DELAYED,   /* the reply is complete and waits for its time */
    TRANSACTION_ANSWERING, /* the reply was handed to libmicrohttpd, or the connection broken off */
};

struct transaction {
    struct exchange exchange;
    struct worker *worker;
    struct http_connection *connection;
    struct MHD_Connection *mhd;
    enum transaction_phase phase;
    int references; /* one for the request, one for the response that borrows its buffers, and one
                       for whoever is to wake it, since a client may leave before */
    int64_t started_ns;
    struct arena_mark line; /* the exchange's arena behind the request line, which is logged */

    struct framing framing;  /* until the head is read */
    struct buf body;         /* of the request */
    uint64_t content_length; /* as announced; 0 if it was not */
    size_t head_bytes;       /* of memory that the headers take beside their text */
    uint64_t discarded_bytes;
    struct share held; /* of the memory for bodies, for the buffer of this one */

    struct buf piece;          /* of a paced reply: what the generator made last */
    size_t piece_sent_bytes;   /* how much of it libmicrohttpd has taken */
    struct reply_piece ending; /* what the generator said of it */
    bool is_pausing;           /* the timer runs until the next piece is due */
    uint64_t sent_bytes;       /* of the whole answer's body */

    struct pace_timer timer;
    struct worker_waiter waiter;
    bool is_suspended;               /* libmicrohttpd has set the connection aside */
    struct transaction *next_unused; /* the worker's unused ones */
};

/* Takes an unused one, or makes one, with one reference. */
struct transaction *transaction_take(
    struct worker *worker, struct http_connection *connection, struct MHD_Connection *mhd);

/* Appends to the body and counts its buffer as held. False if all requests now hold too much. */
bool transaction_add_body(struct transaction *transaction, struct text part);

/* The door has read the body: a large one is freed, whoever else may be waited for. */
void transaction_end_body(struct transaction *transaction);

/* Frees the body, of which nothing is held any more. */
void transaction_release_body(struct transaction *transaction);

/*
 * The door has made the answer: gives back what only the request needed, since the answer's reader
 * may take its time. The request line stays; the values of the reply's headers do not, unless
 * reply_keep_headers was called or libmicrohttpd has copied them.
 */
void transaction_forget_request(struct transaction *transaction);

/*
 * How a request waits (base/wait.h). The worker's thread begins the exchange's wait with
 * transaction_begin_wait, tells those who may end it, and returns to libmicrohttpd; each time its
 * callback is called again, transaction_wait returns true if the wait is over, and otherwise
 * suspends the connection. transaction_take_cause then gives why.
 *
 * Suspending at the second call only is deliberate: libmicrohttpd reads from a connection that was
 * suspended at the first one before it asks for the answer, and would drop the request of a client
 * that has shut down its sending side. Before the second call the client may be gone and the
 * request completed; the wait's own reference keeps the transaction until it is woken.
 */
void transaction_begin_wait(struct transaction *transaction);
bool transaction_wait(struct transaction *transaction);
enum wait_cause transaction_take_cause(struct transaction *transaction);

/* Begins a wait that ends after a time, or before. */
void transaction_begin_pause(
    struct transaction *transaction, enum pace_kind kind, int64_t delay_ns);

/* Drops one reference; with the last one it goes back to its worker, which then has one less in
 * answering_count if the door was asked. */
void transaction_drop(struct transaction *transaction);

/* Frees the unused ones of a worker, on its thread or after its end. */
void transactions_free(struct worker *worker);

#endif
