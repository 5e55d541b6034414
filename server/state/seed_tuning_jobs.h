/* The tuning jobs of a seed: those with a job, which go on from there, and those that are to be
 * created. */
#ifndef SERVER_STATE_SEED_TUNING_JOBS_H
#define SERVER_STATE_SEED_TUNING_JOBS_H

#include "server/state/seed_plan.h"

/* Adds one of the file's list. False with a problem. */
bool seed_tuning_jobs_add(struct seed_plan *plan, size_t index);

#endif
