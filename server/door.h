/*
 * The door: bytes in, bytes out. Everything behind it is reachable without a socket.
 */
#ifndef SERVER_DOOR_H
#define SERVER_DOOR_H

#include "server/call/app.h"
#include "server/call/exchange.h"

enum door_result {
    DOOR_DONE,   /* the reply is complete */
    DOOR_PENDING /* a write is queued: exchange->wake will be called, then call door_finish */
};

/*
 * Answers exchange->request into exchange->reply. The request's body is not needed afterwards.
 * `worker` (0 to app->worker_count - 1) says whose store reader is used. Any bytes get an answer;
 * nothing in a request can make it fail.
 */
enum door_result door_handle(struct app *app, int worker, struct exchange *exchange);

/* The second half of a pending exchange, on any thread; the reply is complete afterwards. */
void door_finish(struct app *app, int worker, struct exchange *exchange);

#endif
