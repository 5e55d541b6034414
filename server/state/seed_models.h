/* The tuned models of a seed: those with a state, with a job, and those that are to be created. */
#ifndef SERVER_STATE_SEED_MODELS_H
#define SERVER_STATE_SEED_MODELS_H

#include "server/state/seed_plan.h"

/* Adds one of the file's list. False with a problem. */
bool seed_models_add(struct seed_plan *plan, size_t index);

/*
 * Makes the model that an operation or a permission belongs to, if there is none: `known` is what
 * is said of it; if that is NULL or has no state, the model has its name and `state` only. So a
 * recorded operation can be seeded without its model. `place` and index are what needs it. False
 * with a problem.
 */
bool seed_models_need(struct seed_plan *plan, struct text id, const struct message *known,
    enum TunedModel_State state, const char *place, size_t index);

#endif
