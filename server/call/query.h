/*
 * The query of a request: system parameters (contract 3.4) and fields of the request message.
 */
#ifndef SERVER_CALL_QUERY_H
#define SERVER_CALL_QUERY_H

#include "server/call/call.h"

/*
 * Reads `raw_query` into call->system, call->style and the fields of call->in; names that are
 * neither are added to call->problems. Pairs are split at '&' and at the first '=' before anything
 * is decoded. "?key=" inside a value ends it and starts a key, since the published quickstart
 * writes page_token=TOKEN?key=KEY. False if the call was answered with an error.
 */
bool query_read(struct call *call, struct text raw_query);

/*
 * Reads what tells the namespace of a call, before its method is known: its credentials and
 * `namespace`, into call->system.
 */
void query_read_ahead(struct call *call);

/*
 * The verb that counts: X-HTTP-Method-Override on a POST replaces the request's own, and the body
 * of what is a GET then is a query or the rest of one, which is taken from it (contract 1.2).
 */
enum http_verb query_verb(struct call *call);

#endif
