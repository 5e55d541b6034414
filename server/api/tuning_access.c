#include "server/api/tuning_access.h"

#include "server/call/vertex_name.h"
#include "server/state/tuning_job.h"
#include "server/state/vertex_number.h"

enum call_state tuning_access_fail(struct call *call)
{
    return call_fail_text(call, ERROR_VX_MISSING, vertex_kind(call->method));
}

bool tuning_access_is_here(const struct call *call, const struct store_model *job)
{
    return text_equals(job->project, call->project) && text_equals(job->location, call->location);
}

const struct base_model *tuning_access_base(const struct call *call, const struct store_model *job)
{
    return catalogue_find(call->app->catalogue, job->base_model);
}

/* Answers unless something was found that is here. */
static bool tuning_access_check(
    struct call *call, enum store_result result, const struct store_model *job)
{
    if (result == STORE_OK && tuning_access_is_here(call, job))
        return true;
    if (result == STORE_OK || result == STORE_NOT_FOUND)
        tuning_access_fail(call);
    else
        call_fail_store(call, result);
    return false;
}

bool tuning_access_find_maker(struct call *call, uint64_t job_number, struct store_model *ret_job)
{
    enum store_result result = store_find_model(call->reader, call->space->number,
        tuning_job_row_id(job_number, call->arena), call->arena, ret_job);
    return tuning_access_check(call, result, ret_job);
}

/* A number of this kind in the path. */
static bool tuning_access_parse(
    struct call *call, enum vertex_kind kind, struct vertex_number *ret_number)
{
    if (vertex_number_parse(call->ids[0], ret_number) && ret_number->kind == kind)
        return true;
    tuning_access_fail(call);
    return false;
}

bool tuning_access_find_job(struct call *call, struct store_model *ret_job)
{
    struct vertex_number number;
    return tuning_access_parse(call, VERTEX_JOB, &number) &&
           tuning_access_find_maker(call, number.job, ret_job);
}

bool tuning_access_parse_model(struct text id, uint64_t *ret_model_number, int32_t *ret_version)
{
    struct text rest = id, digits = text_split(&rest, '@');
    struct vertex_number number;
    int64_t version = 0;
    bool has_version = rest.bytes && !text_equals_string(rest, "default");
    if (!vertex_number_parse(digits, &number) || number.kind != VERTEX_MODEL)
        return false;
    if (has_version && (!text_parse_int64(rest, &version) || version < 1 || version > INT32_MAX))
        return false;
    *ret_model_number = number.job;
    *ret_version = (int32_t)version;
    return true;
}

struct tuning_versions tuning_access_versions(const struct call *call)
{
    return (struct tuning_versions){.reader = call->reader,
        .namespace_id = call->space->number,
        .catalogue = call->app->catalogue,
        .now_ns = call->now_ns,
        .arena = call->arena};
}

bool tuning_access_find_model(struct call *call, struct store_model *ret_job)
{
    uint64_t model_number;
    int32_t version;
    if (!tuning_access_parse_model(call->ids[0], &model_number, &version)) {
        tuning_access_fail(call);
        return false;
    }
    struct tuning_versions versions = tuning_access_versions(call);
    return tuning_access_check(
        call, tuning_versions_find(&versions, model_number, version, ret_job), ret_job);
}

bool tuning_access_is_newest(const struct call *call, const struct store_model *job)
{
    struct tuning_versions versions = tuning_access_versions(call);
    struct store_model newest;
    return tuning_versions_find(&versions, job->model_number, 0, &newest) == STORE_OK &&
           newest.seq == job->seq;
}

bool tuning_access_find_endpoint(
    struct call *call, struct store_model *ret_job, uint32_t *ret_checkpoint)
{
    struct vertex_number number;
    if (!tuning_access_parse(call, VERTEX_ENDPOINT, &number) ||
        !tuning_access_find_maker(call, number.job, ret_job))
        return false;
    *ret_checkpoint = number.part;
    if (tuning_job_endpoint_is_there(
            ret_job, tuning_access_base(call, ret_job), call->now_ns, number.part))
        return true;
    tuning_access_fail(call);
    return false;
}
