/* The route that the sender of a path which has none may have meant. */
#ifndef SERVER_CONTRACT_SUGGESTION_H
#define SERVER_CONTRACT_SUGGESTION_H

#include "server/contract/method.h"

/*
 * "POST /v1beta/tunedModels/{id}:generateContent" for POST /v1beta/tunedModels/x:generateContents.
 * The version is that of the path, or v1beta if that has none or not the route. In the arena; the
 * empty text if nothing comes near.
 */
struct text route_suggestion(
    enum http_verb verb, struct text raw_path, enum fidelity fidelity, struct arena *arena);

#endif
