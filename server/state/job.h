/*
 * A training as a state file tells of it: what the TunedModel beside it does not say, so that it
 * goes on from there (struct store_model without what is in the resource).
 */
#ifndef SERVER_STATE_JOB_H
#define SERVER_STATE_JOB_H

#include "server/json/message.h"
#include "store/store.h"

/* The Job of a model that is simulated; `operation_id` is empty if its operation was deleted. */
struct message *job_message(
    const struct store_model *model, struct text operation_id, struct arena *arena);

/* Sets what a Job says of a tuning job, all the rest of which is there. NULL, or what is wrong. */
const char *job_fill_tuning_job(
    struct store_model *model, const struct message *job, struct arena *arena);

/*
 * Fills all of a STORE_CREATE_MODEL but id and permission with what TunedModel and Job say. NULL,
 * or what is wrong with the job, in words.
 */
const char *job_fill(struct store_write *write, const struct message *tuned_model,
    const struct message *job, struct arena *arena);

#endif
