/* The kinds of models that generate. */
#ifndef SERVER_API_GENERATION_KINDS_H
#define SERVER_API_GENERATION_KINDS_H

#include "server/api/generation.h"

extern const struct generation_kind generation_of_tuned;     /* tunedModels/x */
extern const struct generation_kind generation_of_base;      /* models/x */
extern const struct generation_kind generation_of_publisher; /* publishers/google/models/x */
extern const struct generation_kind generation_of_endpoint;  /* endpoints/1, a tuning job's */

/* The answer of a base model, whoever publishes it. */
bool generation_base_answer(struct generation *generation);

#endif
