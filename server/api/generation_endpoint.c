/* Endpoints of Vertex AI: each is a checkpoint of a tuning job, and answers from its data. */
#include "server/api/access.h"
#include "server/api/generation_examples.h"
#include "server/api/generation_kinds.h"
#include "server/api/generation_vertex.h"
#include "server/api/vertex_candidates.h"
#include "server/call/vertex_name.h"
#include "server/state/tuning_job.h"
#include "server/state/vertex_number.h"

/* Who asks too early is told so: the service itself has no other words for it. */
static void generation_endpoint_hint_state(struct generation *generation)
{
    struct call *call = generation->call;
    const struct store_model *job = &generation->model;
    enum JobState state = tuning_job_state(job, generation->base, call->now_ns);
    if (call->app->settings.fidelity == FIDELITY_COMPAT && state != JobState_JOB_STATE_SUCCEEDED)
        call_hint_text(call,
            arena_printf(call->arena, "%.*s is %s: only a job that has succeeded has endpoints",
                TEXT_ARGS(tuning_job_name(job, call->arena)),
                enum_type_find_number(&enum_types[ENUM_JobState], state)->name.bytes));
}

static void generation_endpoint_hint_checkpoint(struct generation *generation, uint32_t checkpoint)
{
    struct call *call = generation->call;
    const struct store_model *job = &generation->model;
    struct text name = tuning_job_model_name(job, true, call->arena);
    call_hint_text(call,
        arena_printf(call->arena, "checkpoint %u of %d of %.*s, which answers as the last one does",
            (unsigned)checkpoint, (int)job->checkpoint_count, TEXT_ARGS(name)));
}

/* Reads the row of the endpoint's job, if it is there, and the endpoint is at this time. */
static void generation_endpoint_read(struct generation *generation)
{
    struct call *call = generation->call;
    struct store_model *job = &generation->model;
    struct vertex_number number;
    generation->found = STORE_NOT_FOUND;
    if (!vertex_number_parse(call->ids[0], &number) || number.kind != VERTEX_ENDPOINT)
        return;
    generation->found = store_find_model(call->reader, call->space->number,
        tuning_job_row_id(number.job, call->arena), call->arena, job);
    if (generation->found != STORE_OK)
        return;
    generation->base = catalogue_find(call->app->catalogue, job->base_model);
    if (!text_equals(job->project, call->project) || !text_equals(job->location, call->location)) {
        generation->found = STORE_NOT_FOUND;
    } else if (!tuning_job_endpoint_is_there(job, generation->base, call->now_ns, number.part)) {
        generation->found = STORE_NOT_FOUND;
        generation_endpoint_hint_state(generation);
    } else if (number.part != tuning_job_default_checkpoint(job)) {
        generation_endpoint_hint_checkpoint(generation, number.part);
    }
}

static bool generation_endpoint_check_model(struct generation *generation)
{
    struct call *call = generation->call;
    if (generation->found == STORE_OK && !access_is_switched_off(call, generation->base))
        return true;
    if (store_has_failed(generation->found))
        call_fail_store(call, generation->found);
    else
        call_fail_text(call, ERROR_VX_ENDPOINT_MISSING, generation->subject);
    return false;
}

static bool generation_endpoint_find(struct generation *generation)
{
    struct call *call = generation->call;
    generation->model.base_model = TEXT("");
    generation->subject = call->model = vertex_name(call);
    generation_endpoint_read(generation);
    generation->is_model_open = access_is_open(call, generation->model.base_model);
    return generation->is_model_open || generation_endpoint_check_model(generation);
}

static bool generation_endpoint_answer(struct generation *generation)
{
    return generation_examples_answer(generation, -1);
}

const struct generation_kind generation_of_endpoint = {
    .flavour = &vertex_candidates,
    .is_of_examples = true,
    .is_of_vertex_ai = true,
    .find = generation_endpoint_find,
    .check_model = generation_endpoint_check_model,
    .answer = generation_endpoint_answer,
    .describe = generation_vertex_describe,
};
