/* How long a call of the service takes beyond what it needs: as its own headers say, else as the
 * dials of its space do. */
#ifndef SERVER_CALL_PACING_H
#define SERVER_CALL_PACING_H

#include "server/call/call.h"

/*
 * Delays the reply by X-Emulator-Latency, or the dial `latency`, and sets call->pace to what
 * X-Emulator-Stream-Delay says, if it is there. The headers take what delay_parse and
 * stream_pace_parse do. False, with the call answered, if one says something else. Nothing waits
 * here: http/ does.
 */
bool pacing_apply(struct call *call);

#endif
