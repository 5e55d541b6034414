/* Keeps web pages away from the control API. */
#ifndef SERVER_CALL_GUARD_H
#define SERVER_CALL_GUARD_H

#include "server/call/app.h"
#include "server/call/exchange.h"

/*
 * True for a host, of an absolute target or else of the Host header, by which no page of the web
 * can have come here through a name of its own (DNS rebinding): an IP literal, localhost,
 * *.localhost, a name without a dot, host.docker.internal, or one that is allowed; with or without
 * a port or a final dot. A name is made of labels of letters, digits, - and _.
 */
bool guard_is_known_host(struct text host, const struct allowed_hosts *allowed);

/*
 * True if a browser did not send the request, or did for a page of this server: Origin is that of
 * Host or missing, Sec-Fetch-Site is not cross-site, and Host is known (unless any will do).
 * Otherwise `ret_reason` (in the arena) names the header.
 */
bool guard_allows(const struct request *request, const struct allowed_hosts *allowed,
    bool is_any_host_good, struct arena *arena, struct text *ret_reason);

#endif
