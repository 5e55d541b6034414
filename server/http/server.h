/*
 * The HTTP server: own listeners, one accept thread that looks at the first bytes of every
 * connection, and a pool of libmicrohttpd workers. The only folder that knows libmicrohttpd.
 */
#ifndef SERVER_HTTP_SERVER_H
#define SERVER_HTTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "server/call/app.h"
#include "server/http/listeners.h"

struct http_server;

struct http_options {
    const char *host; /* NULL: loopback, 127.0.0.1 and ::1 on the same port; else a literal address
                         or a name such as "localhost" or "0.0.0.0" */
    uint16_t port;    /* 0: any free port (the same for both loopbacks) */
    int worker_count; /* threads; the app must have as many store readers */
};

/*
 * Binds, listens, sets the app's root_url, and starts answering. The server without an IPv6
 * loopback is no error (one log line). Signals that main waits for must be blocked before. On
 * failure `ret_message` (in the arena) says what to do.
 */
enum http_start http_server_start(const struct http_options *options, struct app *app,
    struct arena *arena, struct http_server **ret_server, struct text *ret_message);

/* "http://127.0.0.1:8863"; lives as long as the server. */
const char *http_server_url(const struct http_server *server);

/* The longest that http_server_drain takes: the two times of server.c. */
#define HTTP_DRAIN_NS_MAX INT64_C(2250000000)

/*
 * Stops accepting, and lets requests under way finish: those that were received whole within 2 s,
 * those that are arriving within 250 ms of the last answer. Comes back at once where there are
 * none.
 */
void http_server_drain(struct http_server *server);

/* Closes everything, after http_server_drain if that was not called; takes milliseconds, unless a
 * write of the store's does not end. */
void http_server_stop(struct http_server *server);

#endif
