/*
 * From a stored tuning job to the resources that clients of Vertex AI see: its state at a given
 * time, the TuningJob, and the names of what it makes. As tuned_model.h, whose plan, orders and
 * data set are a job's, too.
 *
 * `base` is the job's base model in the catalogue, which the caller looks up once; NULL: it is in
 * none.
 */
#ifndef SERVER_STATE_TUNING_JOB_H
#define SERVER_STATE_TUNING_JOB_H

#include "server/json/message.h"
#include "store/store.h"

struct base_model;

/* A store_model_check, of tuned models, too: what tuned_model_problem says, and of a job more. */
const char *tuning_job_row_problem(const struct store_model *row, bool is_deep);

enum JobState tuning_job_state(
    const struct store_model *job, const struct base_model *base, int64_t now_ns);

/* True if the registry has the model version that the job makes: it was trained to the end, also if
 * its deployment failed, and nobody has deleted it. */
bool tuning_job_model_is_there(
    const struct store_model *job, const struct base_model *base, int64_t now_ns);

/* True if the job has made its model version, deleted since or not, or may make it yet. */
bool tuning_job_may_make_model(
    const struct store_model *job, const struct base_model *base, int64_t now_ns);

/* True if a checkpoint of it is deployed: the job succeeded, and nobody has deleted it. */
bool tuning_job_endpoint_is_there(const struct store_model *job, const struct base_model *base,
    int64_t now_ns, uint32_t checkpoint);

/* The checkpoints of a job are 1 to checkpoint_count; one that exports the last alone has none to
 * choose from, and its endpoint is that of number 0. */
uint32_t tuning_job_default_checkpoint(const struct store_model *job);
/* How many epochs, and steps, a checkpoint has behind it. */
int64_t tuning_job_checkpoint_epoch(const struct store_model *job, uint32_t checkpoint);
int64_t tuning_job_checkpoint_step(const struct store_model *job, uint32_t checkpoint);

/* When the job began to run, and when it ended; STORE_NO_TIME if it has not. */
int64_t tuning_job_start_ns(
    const struct store_model *job, const struct base_model *base, int64_t now_ns);
int64_t tuning_job_end_ns(
    const struct store_model *job, const struct base_model *base, int64_t now_ns);

/* The row's id of a job with this number. */
struct text tuning_job_row_id(uint64_t number, struct arena *arena);
/* The number of a row, from its id. */
uint64_t tuning_job_number(const struct store_model *job);

/* Full names, "projects/.../tuningJobs/{job}", in the arena. */
struct text tuning_job_name(const struct store_model *job, struct arena *arena);
/* Of the model with or without its version, "projects/.../models/{model}@{version}". */
struct text tuning_job_model_name(
    const struct store_model *job, bool has_version, struct arena *arena);
struct text tuning_job_endpoint_name(
    const struct store_model *job, uint32_t checkpoint, struct arena *arena);
/* Of the operation that deleted a part of what it made: tuning_removal.h. */
struct text tuning_job_operation_name(
    const struct store_model *job, uint32_t part, struct arena *arena);
/* Of the experiment that it writes its metrics to. */
struct text tuning_job_experiment_name(const struct store_model *job, struct arena *arena);

/* What is kept of the TuningJob that is asked for: JSON without what is only given, in the arena.
 */
struct text tuning_job_asked_text(const struct message *asked, struct arena *arena);
/* That as a TuningJob again, in the arena. */
struct message *tuning_job_asked(
    const struct store_model *job, enum api_version version, struct arena *arena);

/* The TuningJob as it is at this time, in the arena; `is_first` for the answer of create itself,
 * which tells of none of its progress. `ret_next_ns` gets when it will be another by itself,
 * INT64_MAX if it never will; NULL: nobody asks. */
struct message *tuning_job_message(const struct store_model *job, const struct base_model *base,
    int64_t now_ns, enum api_version version, bool is_first, struct arena *arena,
    int64_t *ret_next_ns);

#endif
