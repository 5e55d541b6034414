/* Gives a call the error that a script has for it: a fault, or a stub's reply. */
#ifndef SERVER_CALL_FAULT_STATUS_H
#define SERVER_CALL_FAULT_STATUS_H

#include "server/call/call.h"
#include "server/space/fault_answer.h"

/*
 * Answers the call with the status, error, message and retryAfter of a FAULT_STATUS: with the error
 * by which the service has such a status, and its text, as far as the script says no other. The
 * text may need the store: the call must not be reading (call_end_read).
 */
void fault_status_give(const struct fault_answer *answer, struct call *call);

#endif
