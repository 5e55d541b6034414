/*
 * Who calls. With --auth open there is one caller, who owns everything; with --auth required each
 * credential is a caller of its own, known by an e-mail address: the one that a seed's `callers`
 * gives it, or one made from the credential.
 */
#ifndef SERVER_CALL_CALLERS_H
#define SERVER_CALL_CALLERS_H

#include "server/call/call.h"

/* The one caller of --auth open, and the owner of what it creates. */
#define CALLERS_OPEN_EMAIL "owner@example.com"

struct callers;

struct callers *callers_new(struct arena *arena);

/* Adds a listed credential; key or token is empty. Copies nothing: the texts must live as long. */
void callers_add(struct callers *callers, struct text key, struct text token, struct text email);

/*
 * Finds the caller of a request from its headers and system parameters (contract 3.7, 4.5), and
 * sets call->caller. A token counts before a key. False if the call was answered with an error.
 */
bool callers_identify(const struct callers *callers, struct call *call);

#endif
