#include "server/state/tuning_versions.h"

#include "base/hash.h"
#include "server/state/tuning_job.h"
#include "server/state/vertex_number.h"

uint64_t tuning_versions_job(uint64_t model_number, int32_t attempt)
{
    return attempt == 1 ? model_number
                        : vertex_number_draw(hash_mix(model_number, (uint64_t)attempt));
}

enum store_result tuning_versions_next(const struct tuning_versions *versions,
    uint64_t model_number, int32_t *attempt, struct store_model *ret_job)
{
    while (*attempt < INT32_MAX) { /* the first that is not there ends it */
        uint64_t number = tuning_versions_job(model_number, ++*attempt);
        enum store_result result = store_find_model(versions->reader, versions->namespace_id,
            tuning_job_row_id(number, versions->arena), versions->arena, ret_job);
        /* Another model's job may have a number that would be one's. */
        if (result != STORE_OK || ret_job->model_number == model_number)
            return result;
    }
    return STORE_NOT_FOUND;
}

static bool tuning_versions_is_there(
    const struct tuning_versions *versions, const struct store_model *job)
{
    return tuning_job_model_is_there(
        job, catalogue_find(versions->catalogue, job->base_model), versions->now_ns);
}

enum store_result tuning_versions_find(const struct tuning_versions *versions,
    uint64_t model_number, int32_t version, struct store_model *ret_job)
{
    enum store_result result = STORE_OK;
    struct store_model job;
    int32_t attempt = 0;
    bool is_found = false;
    for (;;) {
        result = tuning_versions_next(versions, model_number, &attempt, &job);
        if (result != STORE_OK)
            break;
        bool is_one = (version == 0 || job.model_version == version) &&
                      tuning_versions_is_there(versions, &job);
        if (is_one)
            *ret_job = job;
        is_found = is_found || is_one;
    }
    return result == STORE_NOT_FOUND && is_found ? STORE_OK : result;
}

enum store_result tuning_versions_count(const struct tuning_versions *versions,
    uint64_t model_number, int32_t *ret_attempts, int32_t *ret_last_version)
{
    enum store_result result;
    struct store_model job;
    int32_t attempt = 0;
    *ret_attempts = *ret_last_version = 0;
    while ((result = tuning_versions_next(versions, model_number, &attempt, &job)) == STORE_OK) {
        bool may_be = tuning_job_may_make_model(
            &job, catalogue_find(versions->catalogue, job.base_model), versions->now_ns);
        *ret_attempts = attempt;
        if (may_be && job.model_version > *ret_last_version)
            *ret_last_version = job.model_version;
    }
    return result == STORE_NOT_FOUND ? STORE_OK : result;
}
