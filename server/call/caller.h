/*
 * Who calls. With --auth open there is one caller, who owns everything; with --auth required each
 * credential is a caller of its own, known by an e-mail address: the one that a seed's `callers`
 * gives it, or one made from the credential.
 */
#ifndef SERVER_CALL_CALLER_H
#define SERVER_CALL_CALLER_H

#include "server/call/call.h"

/*
 * Finds the caller of a request from its headers and system parameters (contract 3.7, 4.5), and
 * sets call->caller. A token counts before a key. False if the call was answered with an error.
 */
bool caller_identify(struct call *call);

/* The credential that counts, wherever the request has it, be it good or not. */
enum credential_kind caller_credential(const struct call *call, struct text *ret_credential);

/* The address that a seed lists the credential with; NULL if none does. */
const struct text *caller_listed_email(
    const struct call *call, enum credential_kind kind, struct text credential);

#endif
