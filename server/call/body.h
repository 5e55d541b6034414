/* The body of a request, read into its message. */
#ifndef SERVER_CALL_BODY_H
#define SERVER_CALL_BODY_H

#include "server/call/call.h"

/*
 * Decodes the body into call->in, as far as the method has one; what is wrong with it is added to
 * the problems. What is read within app->body_limits stays counted until the exchange is over.
 */
void body_decode(struct call *call, struct decode_problems *problems);

/*
 * Reads the body: its size, its encoding, its JSON, its fields (contract 4.2, 4.3), and reports
 * what is wrong with them together with what the query's had wrong. False if the call was answered
 * with an error.
 */
bool body_read(struct call *call);

#endif
