/*
 * A tuning job as a seed or state file has it, a SeedTuningJob: what was asked for, and what only
 * its row tells. How far it is stands in a Job beside it (state/job.h).
 */
#ifndef SERVER_STATE_TUNING_JOB_FILE_H
#define SERVER_STATE_TUNING_JOB_FILE_H

#include "server/json/message.h"
#include "server/sim/examples.h"
#include "store/store.h"

/* All of a row but its examples and its training, in the arena. */
struct message *tuning_job_file_message(const struct store_model *job, struct arena *arena);

/* The example at an index, as one of a SeedTuningJob's; the texts are copied. */
void tuning_job_file_add_example(
    struct message *message, const struct examples *examples, uint32_t index);

/* What a file says of its examples, in the arena. `contexts` is NULL if none has any. */
struct tuning_job_file_examples {
    struct example *examples;
    uint64_t *contexts;
    size_t count;
};
/* NULL, or what is wrong with them. */
const char *tuning_job_file_read_examples(const struct message *asked, struct arena *arena,
    struct tuning_job_file_examples *ret_examples);

/* "projects/{project}/locations/{location}/tuningJobs/{number}": sets project, location and id of
 * the row. False if it is no such name. */
bool tuning_job_file_read_name(struct text name, struct store_model *job, struct arena *arena);

/* Fills all of a STORE_CREATE_MODEL whose name was read but what its Job says. NULL, or what is
 * wrong. */
const char *tuning_job_file_fill(
    struct store_write *write, const struct message *asked, struct arena *arena);

#endif
