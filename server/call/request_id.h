/*
 * X-Request-Id: the name of a request in answers, log and journal. One that was sent comes back;
 * others are made of counters of their own, so that the same requests get the same names and no
 * name takes a number from anything else.
 */
#ifndef SERVER_CALL_REQUEST_ID_H
#define SERVER_CALL_REQUEST_ID_H

#include "server/call/call.h"

/* Sets call->sent_id: if one was sent that is 1 to REQUEST_ID_BYTES_MAX visible ASCII characters.
 */
void request_id_read(struct call *call);

/*
 * Takes the number of a call of the service that has no id of its own. Calls of the control API
 * take one of another counter, and only when they need it: probes come when they like, and must not
 * change the ids of what a test sends.
 */
void request_id_begin(struct call *call);

/*
 * The id of the call: the one that was sent, else "req-N", or "control-N", a new one each time.
 */
struct text request_id(struct call *call);

/*
 * Gives the complete answer its id: if one was sent, and on errors. The service has none: in strict
 * an error has one only if it was sent. Any other call of the service has its own in the log alone.
 */
void request_id_answer(struct call *call);

#endif
