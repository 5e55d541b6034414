/*
 * What "/" is to those who are no browsers: a client that looks for the machine's metadata, and one
 * of the service that has lost its path.
 */
#ifndef SERVER_CALL_ROOT_H
#define SERVER_CALL_ROOT_H

#include "server/call/call.h"

/* True if the request carries Metadata-Flavor: Google, which no page of the web does by itself. */
bool root_asks_metadata(const struct request *request);

/* True if the path is "/", and who asks no browser. */
bool root_is_asked(const struct request *request);

/* Answers such a request: 200 without a body to who asks for metadata (Google's servers do so, and
 * clients look for its header), else 404 with the variables that may be missing. */
void root_answer(struct call *call);

#endif
