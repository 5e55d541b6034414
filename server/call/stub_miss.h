/* What a call gets that no stub is for. */
#ifndef SERVER_CALL_STUB_MISS_H
#define SERVER_CALL_STUB_MISS_H

#include "server/call/call.h"
#include "server/space/match.h"

/*
 * Answers a call of these facts, for which no stub was found, with a 404 that says which stubs came
 * nearest, if the dial onNoMatch wants that, and the call is to be generated for. False: it goes on
 * as without stubs.
 */
bool stub_miss_answer(struct call *call, const struct match_facts *facts);

#endif
