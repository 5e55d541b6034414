/*
 * The door: bytes in, bytes out. Everything behind it is reachable without a socket.
 */
#ifndef SERVER_API_API_H
#define SERVER_API_API_H

#include "server/api/app.h"
#include "server/api/exchange.h"

enum api_result {
    API_DONE,   /* the reply is complete */
    API_PENDING /* a write is queued: exchange->wake will be called, then call api_finish */
};

/*
 * Answers exchange->request into exchange->reply. The request's body is not needed afterwards.
 * `worker` (0 to app->worker_count - 1) says whose store reader is used. Any bytes get an answer;
 * nothing in a request can make it fail.
 */
enum api_result api_handle(struct app *app, int worker, struct exchange *exchange);

/* The second half of a pending exchange, on any thread; the reply is complete afterwards. */
void api_finish(struct app *app, int worker, struct exchange *exchange);

#endif
