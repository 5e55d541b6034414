/*
 * /health and /ready, answered by the accept thread: who asks whether the server lives must not
 * have to wait for a worker that is busy with a large request. Only requests that leave no question
 * are answered here, those of a connection of its own, whole, without a body and by no browser; all
 * others go to a worker, whose answer is the same.
 */
#ifndef SERVER_HTTP_PROBE_H
#define SERVER_HTTP_PROBE_H

#include "server/call/app.h"
#include "server/call/exchange.h"

/* The whole head of a probe: monitors send a few hundred bytes. */
enum { PROBE_HEAD_BYTES_MAX = 2048 };

enum probe {
    PROBE_NONE,       /* a request for a worker */
    PROBE_UNFINISHED, /* may become a probe */
    PROBE_WHOLE
};

/*
 * What the bytes are that a connection has begun with, PROBE_HEAD_BYTES_MAX at most. Of a whole
 * probe `ret_request` is filled as far as the door needs it; it borrows the bytes.
 */
enum probe probe_read(struct text bytes, struct request *ret_request);

/*
 * Answers the probe that waits to be read from the socket, and logs it. The descriptor
 * is to be closed then. Never waits. False, with nothing done, if what is there is no whole probe
 * (any more).
 */
bool probe_serve(struct app *app, int descriptor);

#endif
