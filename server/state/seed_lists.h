/* All that a seed holds, checked and made part of a plan. */
#ifndef SERVER_STATE_SEED_LISTS_H
#define SERVER_STATE_SEED_LISTS_H

#include "server/state/seed_plan.h"

/* Adds what a SeedFile holds. False with a problem. */
bool seed_lists_add(struct seed_plan *plan, const struct message *file);

#endif
