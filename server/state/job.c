#include "server/state/job.h"

#include <inttypes.h>

#include "base/array.h"
#include "server/contract/limits.h"
#include "server/contract/version.h"
#include "server/sim/trainer.h"
#include "server/sim/training_moves.h"
#include "server/state/fixed_model.h"
#include "server/state/identity.h"
#include "server/state/tuned_model.h"
#include "server/state/tuning_job.h"

/* By enum training_end. */
static const struct text job_end_names[] = {
    [TRAINING_END_NONE] = TEXT_INIT(""),
    [TRAINING_END_CANCELLED] = TEXT_INIT("cancelled"),
    [TRAINING_END_FAILED] = TEXT_INIT("failed"),
    [TRAINING_END_COMPLETED] = TEXT_INIT("completed"),
};

/* What moved it and where it stands still, unless time alone did. */
static void job_add_moves(struct message *job, const struct store_model *model, struct arena *arena)
{
    struct training_pacing pacing = {(enum training_by)model->pacing, model->polls};
    if (pacing.by != TRAINING_BY_TIME)
        message_set_text(job, Job_progress, training_pacing_text(pacing, arena));
    if (pacing.by == TRAINING_BY_POLLS)
        message_set_int(job, Job_looks, model->looks);
    if (model->has_stall_step)
        message_set_int(job, Job_stalled_at_step, model->stall_step);
    for (size_t i = 0; i < training_moves_count(model->moves); i++) {
        struct training_move move = training_moves_at(model->moves, i);
        struct message *message = message_add_child(job, Job_moves);
        message_set_int(message, Job_Move_time, move.at_ns);
        message_set_int(message, Job_Move_from_step, move.from_step);
        message_set_int(message, Job_Move_to_step, move.to_step);
    }
}

/* One that is planned has a step, and no time. */
static void job_fill_end_message(struct message *end, const struct store_model *model)
{
    message_set_text(end, Job_End_kind, job_end_names[model->end]);
    if (!model->has_end_step)
        message_set_int(end, Job_End_time, model->end_ns);
    message_set_int(end, Job_End_code, model->end_code);
    message_set_text_if(end, Job_End_message, model->end_message);
    if (model->has_end_step)
        message_set_int(end, Job_End_at_step, model->end_step);
}

struct message *job_message(
    const struct store_model *model, struct text operation_id, struct arena *arena)
{
    struct message *job = message_new(arena, MESSAGE_Job, VERSION_V1BETA);
    struct text name = model->kind == (int32_t)STORE_TUNING_JOB
                           ? tuning_job_name(model, arena)
                           : arena_joined(arena, TEXT("tunedModels/"), model->id);
    message_set_text(job, Job_name, name);
    if (operation_id.len)
        message_set_text(job, Job_operation,
            arena_printf(arena, "%.*s/operations/%.*s", TEXT_ARGS(name), TEXT_ARGS(operation_id)));
    message_set_text(job, Job_version, text_of(api_version_name((enum api_version)model->version)));
    message_set_int(job, Job_start_time, model->start_ns);
    message_set_text(job, Job_step_time, training_step_text(model->step_ns, arena));
    message_set_text(job, Job_noise_seed, arena_printf(arena, "%" PRIu64, model->noise_seed));
    message_set_double(job, Job_plan_learning_rate, model->plan_learning_rate);
    job_add_moves(job, model, arena);
    if (model->end != TRAINING_END_NONE)
        job_fill_end_message(message_make_child(job, Job_end), model);
    return job;
}

/* False for a version on which nothing is tuned. */
static bool job_read_version(
    const struct store_model *model, struct text text, enum api_version *ret_version)
{
    if (!api_version_parse(text, ret_version))
        return false;
    bool is_of_vertex = *ret_version == VERSION_V1 || *ret_version == VERSION_V1BETA1;
    return model->kind == (int32_t)STORE_TUNING_JOB
               ? is_of_vertex
               : !is_of_vertex && *ret_version != VERSION_V1BETA2;
}

static const char *job_fill_end(struct store_model *model, const struct message *end)
{
    size_t kind =
        text_find_name(message_text(end, Job_End_kind), job_end_names, ARRAY_COUNT(job_end_names));
    int64_t code = message_int(end, Job_End_code);
    if (kind == ARRAY_COUNT(job_end_names) || kind == TRAINING_END_NONE)
        return "end.kind: must be \"cancelled\", \"failed\" or \"completed\"";
    bool has_step = message_has(end, Job_End_at_step);
    int64_t step = message_int(end, Job_End_at_step);
    if (has_step && kind != TRAINING_END_FAILED)
        return "end.atStep: is for \"failed\" alone";
    if (step < 0 || step > model->total_steps)
        return "end.atStep: must be a step that the model has, or 0";
    if (!has_step && !message_has(end, Job_End_time))
        return "end.time: is needed, or end.atStep";
    if (code < 0 || code > STORE_END_CODE_MAX)
        return "end.code: must be a code of google.rpc.Code";
    if (message_text(end, Job_End_message).len > SEED_TEXT_BYTES_MAX)
        return "end.message: is more than 1 MiB";
    model->end = (int32_t)kind;
    model->end_ns = has_step ? 0 : message_int(end, Job_End_time);
    model->has_end_step = has_step;
    model->end_step = (int32_t)step;
    model->end_code = (int32_t)code;
    model->end_message = message_text(end, Job_End_message);
    return NULL;
}

_Static_assert(SEED_TEXT_BYTES_MAX == 1024 * 1024, "1 MiB");

static const char *job_fill_moves(
    struct store_model *model, const struct message *job, struct arena *arena)
{
    size_t count = message_count(job, Job_moves);
    if (count > TRAINING_MOVES_MAX)
        return "moves: must be at most 1000";
    for (size_t i = 0; i < count; i++) {
        const struct message *message = message_child_at(job, Job_moves, i);
        struct training_move move = {message_int(message, Job_Move_time),
            (int32_t)message_int(message, Job_Move_from_step),
            (int32_t)message_int(message, Job_Move_to_step)};
        if (!message_has(message, Job_Move_time))
            return "moves: each needs a time";
        model->moves = training_moves_add(model->moves, i, move, arena);
    }
    return NULL;
}

_Static_assert(TRAINING_MOVES_MAX == 1000, "1000");

/* What moves it, how it was moved, and where it stands still. */
static const char *job_fill_progress(
    struct store_model *model, const struct message *job, struct arena *arena)
{
    struct training_pacing pacing = {TRAINING_BY_TIME, 0};
    struct text progress = message_text(job, Job_progress);
    int64_t looks = message_int(job, Job_looks), stall = message_int(job, Job_stalled_at_step);
    if (progress.len && !training_pacing_parse(progress, &pacing))
        return "progress: must be \"time\", \"manual\" or \"polls:N\", N being 1 to 100000";
    if (looks < 0 || looks > pacing.polls)
        return "looks: must be at most the N of \"polls:N\", else 0";
    if (stall < 0 || stall > model->total_steps)
        return "stalledAtStep: must be a step that the model has, or 0";
    model->pacing = (int32_t)pacing.by;
    model->polls = pacing.polls;
    model->looks = (int32_t)looks;
    model->has_stall_step = message_has(job, Job_stalled_at_step);
    model->stall_step = (int32_t)stall;
    return job_fill_moves(model, job, arena);
}

_Static_assert(TRAINING_POLLS_MAX == 100000, "100000");

static const char *job_fill_plan(
    struct store_model *model, const struct message *job, struct arena *arena)
{
    enum api_version version;
    const struct message *end = message_child(job, Job_end);
    if (model->epoch_count < 1 || model->batch_size < 1)
        return "the model needs an epochCount and a batchSize of at least 1";
    if (!job_read_version(model, message_text(job, Job_version), &version))
        return model->kind == (int32_t)STORE_TUNING_JOB
                   ? "version: must be v1 or v1beta1"
                   : "version: must be v1beta, v1beta3 or v1alpha";
    if (!message_has(job, Job_start_time))
        return "startTime: is needed";
    if (!training_step_parse(message_text(job, Job_step_time), &model->step_ns))
        return "stepTime: must be a duration or \"real\"";
    if (!text_parse_uint64(message_text(job, Job_noise_seed), &model->noise_seed))
        return "noiseSeed: must be a number";
    model->version = (int32_t)version;
    model->start_ns = message_int(job, Job_start_time);
    model->plan_learning_rate = message_double(job, Job_plan_learning_rate);
    model->total_steps =
        training_total_steps(model->example_count, model->epoch_count, model->batch_size);
    const char *problem = job_fill_progress(model, job, arena);
    return !problem && end ? job_fill_end(model, end) : problem;
}

const char *job_fill_tuning_job(
    struct store_model *model, const struct message *job, struct arena *arena)
{
    const char *problem = job_fill_plan(model, job, arena);
    if (problem)
        return problem;
    return message_text(job, Job_operation).len ? "operation: is for tuned models alone"
                                                : tuning_job_row_problem(model, true);
}

const char *job_fill(struct store_write *write, const struct message *tuned_model,
    const struct message *job, struct arena *arena)
{
    struct store_model *model = &write->model;
    struct text model_id = model->id, operation = message_text(job, Job_operation);
    fixed_model_fill(write, tuned_model, arena);
    model->fixed_state = 0;
    model->fixed_complete_ns = 0;
    model->fixed_task = TEXT("");
    if (model->create_ns == STORE_NO_TIME || model->update_ns == STORE_NO_TIME)
        return "the model needs createTime and updateTime";
    const char *problem = job_fill_plan(model, job, arena);
    if (problem)
        return problem;
    if (operation.len &&
        !identity_split_child(operation, "operations", &model_id, &write->operation.id))
        return "operation: must be of the form tunedModels/{id}/operations/{id}";
    if (operation.len && !text_equals(model_id, model->id))
        return "operation: is another model's";
    write->operation.model_id = model->id;
    return tuned_model_problem(model, true);
}
