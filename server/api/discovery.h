/* GET /$discovery/rest?version=...: the discovery document, made from the contract's tables. */
#ifndef SERVER_API_DISCOVERY_H
#define SERVER_API_DISCOVERY_H

#include "server/api/app.h"
#include "server/api/exchange.h"

/* True for "/$discovery/rest", its dollar sign raw or encoded. */
bool discovery_is_path(struct text raw_path);

/*
 * Answers with the document of the version that the query names (v1beta if it names none); its
 * rootUrl points at this server. Google API discovery service, version 1 of the format.
 */
void discovery_handle(struct app *app, struct exchange *exchange);

#endif
