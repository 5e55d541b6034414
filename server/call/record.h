/*
 * What the journal of a call's space is told of it: once when a whole answer is there; of a call
 * that waits, or answers with a stream, when that begins, and again when it ends. Calls of the
 * control API, and what browsers ask before they send (CORS preflights), are not recorded.
 */
#ifndef SERVER_CALL_RECORD_H
#define SERVER_CALL_RECORD_H

#include "server/call/call.h"

/* The call is set aside, and its body is about to go. */
void record_begin(struct call *call, struct exchange *exchange);

/* The reply is complete, and nothing of it is sent yet; `now_ns` is monotonic. A stream is recorded
 * as it is made. */
void record_reply(struct call *call, struct exchange *exchange, int64_t now_ns);

/* The exchange is over: tells of one whose client has left before its end. */
void record_end(struct exchange *exchange);

#endif
