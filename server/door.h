/*
 * The door: bytes in, bytes out. Everything behind it is reachable without a socket.
 */
#ifndef SERVER_DOOR_H
#define SERVER_DOOR_H

#include "server/call/app.h"
#include "server/call/exchange.h"

enum door_result {
    DOOR_DONE,    /* the reply is complete */
    DOOR_PENDING, /* begin exchange->wait, then call door_submit, and door_finish when it is over */
    DOOR_WATCHING, /* begin exchange->wait, have it end after watch_ns, then call door_watch, and
                      door_look_again when it is over */
    DOOR_EARLY     /* the same, and the request's body is needed still */
};

/*
 * Answers exchange->request into exchange->reply. The request's body is not needed afterwards,
 * unless it is too early.
 * `worker` (0 to app->worker_count - 1) says whose store reader is used. Any bytes get an answer;
 * nothing in a request can make it fail.
 */
enum door_result door_handle(struct app *app, int worker, struct exchange *exchange);

/* Queues the write of a pending exchange; its commit ends the wait. */
void door_submit(struct app *app, struct exchange *exchange);
/* The second half of a pending exchange, on any thread; the reply is complete afterwards. */
void door_finish(struct app *app, int worker, struct exchange *exchange);

/* Has changes end the exchange's wait. */
void door_watch(struct exchange *exchange);
/* One more look, on any thread. After WAIT_CUT the reply is complete. */
enum door_result door_look_again(
    struct app *app, int worker, struct exchange *exchange, enum wait_cause cause);
/* Instead of it, if nobody wants the reply any more. */
void door_forget(struct exchange *exchange);

/* Nothing more will be sent, be it that all was or that the client has left. */
void door_end(struct exchange *exchange);

#endif
