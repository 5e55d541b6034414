/*
 * The query of a request: system parameters (contract 3.4) and fields of the request message.
 */
#ifndef SERVER_API_QUERY_H
#define SERVER_API_QUERY_H

#include "server/api/call.h"

/*
 * Reads `raw_query` into call->system, call->style and the fields of call->in; names that are
 * neither are added to call->problems. Pairs are split at '&' and at the first '=' before anything
 * is decoded. "?key=" inside a value ends it and starts a key, since the published quickstart
 * writes page_token=TOKEN?key=KEY. False if the call was answered with an error.
 */
bool query_read(struct call *call, struct text raw_query);

#endif
