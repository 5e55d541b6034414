/*
 * Which namespace a call is about: a call of the control API that of ?namespace=; else it is that
 * of X-Emulator-Namespace; else, with --isolate key, that of the project, if the path is Vertex
 * AI's and names one, or of the credential; else the default one. One that is not there is made.
 */
#ifndef SERVER_CALL_NAMESPACE_H
#define SERVER_CALL_NAMESPACE_H

#include "server/call/call.h"

/*
 * Finds call->space, which the exchange keeps until it is released. If the name is none, or there
 * are too many namespaces, call->no_space is set.
 */
void namespace_enter(struct call *call, struct exchange *exchange);

/*
 * With --namespace-idle, deletes the namespaces that nobody has used for so long: neither a call,
 * nor who waits in one or reads a stream. Looks once a second at most. Before one is taken, so that
 * these make room for others.
 */
void namespace_let_idle_go(struct app *app);

/* Whether the space is ready, or never will be. Until then a call waits, watching it. */
bool namespace_has_begun(const struct call *call);

/* False, with the call answered, if it has no space, or one that is not ready, or is gone. */
bool namespace_check(struct call *call);

/* What a call is told that needs one more than there may be. */
struct text namespace_full(struct call *call);

/* Answers that the space is gone, or not ready. */
void namespace_fail(struct call *call);

#endif
