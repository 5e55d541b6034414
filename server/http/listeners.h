/* The listening sockets: one for each address of the host, all on the same port. */
#ifndef SERVER_HTTP_LISTENERS_H
#define SERVER_HTTP_LISTENERS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

/* "localhost" has two addresses; names with more than this many are served on the first ones. */
enum { LISTENERS_MAX = 8 };

struct listeners {
    int sockets[LISTENERS_MAX];
    int count;
    uint16_t port;
    bool is_open; /* other machines may reach one of them */
};

enum http_start {
    HTTP_STARTED,
    HTTP_PORT_TAKEN, /* another process listens there */
    HTTP_FAILED      /* bad address, no permission, no descriptors: see the message */
};

/*
 * Binds and listens; the sockets do not block. `host` and `port` are as in struct http_options
 * (server.h). An address that this machine does not have (no IPv6, most often) is left out with a
 * log line if another one remains. On failure nothing is open and `ret_message` (in the arena) says
 * why.
 */
enum http_start listeners_open(struct listeners *listeners, const char *host, uint16_t port,
    struct arena *arena, struct text *ret_message);

/* Closes them; new connections are refused from now on. */
void listeners_close(struct listeners *listeners);

/* The URL under which a client on this machine reaches `host`; in the arena. */
struct text listeners_url(const char *host, uint16_t port, struct arena *arena);

#endif
