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

/* True if the request comes from a page of an origin that is allowed as such: it may read the
 * answers, too. */
bool guard_is_allowed_origin(const struct request *request, const struct allowed_origins *allowed);

/*
 * True if a browser did not send the request, or did for a page of this server or of an origin that
 * is allowed: Origin is one of them or missing, Sec-Fetch-Site is not cross-site, and Host is known
 * (unless any will do). Otherwise `ret_reason` (in the arena) names the header.
 */
bool guard_allows(const struct request *request, const struct app_settings *settings,
    bool is_any_host_good, struct arena *arena, struct text *ret_reason);

/* The same for the page, but that a link of another one may lead to it: it shows nothing until its
 * own code asks. */
bool guard_shows_page(const struct request *request, const struct app_settings *settings,
    struct arena *arena, struct text *ret_reason);

/* True if the request has the token, or none is needed. How long it takes does not tell how much of
 * a wrong one was right. */
bool guard_knows_token(const struct request *request, struct text token);

#endif
