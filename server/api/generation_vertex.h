/* What all answers of Vertex AI have in common. */
#ifndef SERVER_API_GENERATION_VERTEX_H
#define SERVER_API_GENERATION_VERTEX_H

#include "server/api/generation.h"

/* A generation_kind's `describe`. The version of a model is the id of its base, of a tuned one, too
 * (no recording shows what that is). */
void generation_vertex_describe(struct generation *generation);

#endif
