/*
 * The versions of a model of the registry. Each is made by a tuning job of its own; those of the
 * second and all later ones have numbers that follow from the first's, so that they are found one
 * after the other without an index. A job that fails has made none, and the next takes its place.
 */
#ifndef SERVER_STATE_TUNING_VERSIONS_H
#define SERVER_STATE_TUNING_VERSIONS_H

#include "server/state/catalogue.h"
#include "store/store.h"

/* The number of the job that is the attempt at a version of this model, from 1. */
uint64_t tuning_versions_job(uint64_t model_number, int32_t attempt);

/* Where they are looked for, and when; inside of a read. */
struct tuning_versions {
    struct store_reader *reader;
    int64_t namespace_id;
    const struct catalogue *catalogue;
    int64_t now_ns;
    struct arena *arena; /* where what is found lives */
};

/* Goes on to the next attempt at a version of the model. `attempt` is that before, 0 to begin
 * with, and is moved. STORE_NOT_FOUND behind the last. */
enum store_result tuning_versions_next(const struct tuning_versions *versions,
    uint64_t model_number, int32_t *attempt, struct store_model *ret_job);

/* The job of a version that is there; of version 0 the newest of these. */
enum store_result tuning_versions_find(const struct tuning_versions *versions,
    uint64_t model_number, int32_t version, struct store_model *ret_job);

/* How many attempts there were, and the highest version that one has made or may make yet. */
enum store_result tuning_versions_count(const struct tuning_versions *versions,
    uint64_t model_number, int32_t *ret_attempts, int32_t *ret_last_version);

#endif
