/* How long a call of the service takes beyond what it needs: as its own headers say, else as the
 * dials of its space do. */
#ifndef SERVER_CALL_PACING_H
#define SERVER_CALL_PACING_H

#include "server/call/call.h"

/*
 * Delays the reply by X-Emulator-Latency, or the dial `latency`, and has X-Emulator-Stream-Delay
 * stand for the dial `streamDelay` in this call. A header takes what delay_parse does. False, with
 * the call answered, if it says something else. Nothing waits here: http/ does.
 */
bool pacing_apply(struct call *call);

#endif
