/*
 * What handlers of Vertex AI's tuning find: jobs, and what they have made, by the names of paths.
 * Who names no such thing is answered: 404. Of another project or location nothing is there.
 */
#ifndef SERVER_API_TUNING_ACCESS_H
#define SERVER_API_TUNING_ACCESS_H

#include "server/call/call.h"
#include "server/state/tuning_versions.h"

/* Answers that what the path names does not exist. */
enum call_state tuning_access_fail(struct call *call);

/* True if a job is of the project and the location of the call. */
bool tuning_access_is_here(const struct call *call, const struct store_model *job);

/* The job that the path names by its number. False if the call was answered, as below. */
bool tuning_access_find_job(struct call *call, struct store_model *ret_job);

/* The job that made what a number is of. */
bool tuning_access_find_maker(struct call *call, uint64_t job_number, struct store_model *ret_job);

/* A model of the registry, as "1234" or "1234@2" name it: its number, and the version, 0 if none is
 * named. False if it cannot be one; nobody is answered. */
bool tuning_access_parse_model(struct text id, uint64_t *ret_model_number, int32_t *ret_version);

/* Where versions of models are looked for, as the call sees them. */
struct tuning_versions tuning_access_versions(const struct call *call);

/* The job that made the model version that the path names, or the newest. */
bool tuning_access_find_model(struct call *call, struct store_model *ret_job);

/* True if no version of its model that is there is newer. */
bool tuning_access_is_newest(const struct call *call, const struct store_model *job);

/* The endpoint that the path names: its job, and the checkpoint. */
bool tuning_access_find_endpoint(
    struct call *call, struct store_model *ret_job, uint32_t *ret_checkpoint);

/* The base model of a job; NULL: it is in no catalogue. */
const struct base_model *tuning_access_base(const struct call *call, const struct store_model *job);

#endif
