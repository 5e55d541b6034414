/* Gives a call the scripted answer that is set for it. */
#ifndef SERVER_CALL_FAULT_H
#define SERVER_CALL_FAULT_H

#include "server/call/call.h"

/*
 * Lets the X-Emulator-Status header of the request, which takes what `status` of a fault does, or
 * else the first fault that fits (space/faults.h) answer the call; X-Emulator-Answer says which it
 * was. One that is blocked or retired, or a stream that is cut after some chunks, sets call->block,
 * call->retirement or call->cut and leaves the rest to the handler. True if
 * the call was answered.
 */
bool fault_apply(struct call *call);

#endif
