/* One training: of tunedModels/{id}, or of tuningJobs/{id}. */
#include "base/clock.h"
#include "base/timefmt.h"
#include "server/call/order.h"
#include "server/contract/limits.h"
#include "server/control/handlers.h"
#include "server/sim/training_moves.h"
#include "server/state/catalogue.h"
#include "server/state/tuning_job.h"

static bool job_is_of_vertex(const struct call *call)
{
    return method_subject(call->method) == SUBJECT_TUNING_JOB;
}

/* "tunedModels/x", "tuningJobs/1": what the path names. */
static struct text job_name(const struct call *call)
{
    return arena_joined(call->arena,
        job_is_of_vertex(call) ? TEXT("tuningJobs/") : TEXT("tunedModels/"),
        call_shown(call->ids[0]));
}

static enum call_state job_fail_unknown(struct call *call)
{
    return call_fail_text(call, ERROR_CONTROL_UNKNOWN, job_name(call));
}

/* Answers that what the path names is as the text says behind its name. */
static enum call_state job_fail_state(struct call *call, const char *is)
{
    return call_fail_text(call, ERROR_CONTROL_STATE,
        arena_printf(call->arena, "%.*s %s.", TEXT_ARGS(job_name(call)), is));
}

/* Finds the row that the path names; false if the call was answered. */
static bool job_find(struct call *call, struct store_model *ret_model)
{
    enum store_kind kind = job_is_of_vertex(call) ? STORE_TUNING_JOB : STORE_TUNED_MODEL;
    enum store_result result = store_find_model(
        call->reader, call->space->number, call_row_id(call), call->arena, ret_model);
    if (result == STORE_OK && ret_model->kind != (int32_t)kind)
        result = STORE_NOT_FOUND;
    if (result == STORE_NOT_FOUND)
        job_fail_unknown(call);
    else if (result != STORE_OK)
        call_fail_store(call, result);
    return result == STORE_OK;
}

static const struct base_model *job_base(const struct call *call, const struct store_model *model)
{
    return catalogue_find(call->app->catalogue, model->base_model);
}

static enum call_state job_answer(struct call *call, const struct store_model *model,
    const struct base_model *base, int64_t now_ns)
{
    if (job_is_of_vertex(call))
        return call_answer(call,
            tuning_job_message(model, base, now_ns, call->messages, false, call->arena, NULL));
    return call_answer(call,
        tuned_model_shown(model, base, now_ns, call->messages, call->kept, call->arena, NULL));
}

static bool job_has_ended(
    const struct call *call, const struct store_model *model, const struct base_model *base)
{
    return tuned_model_state(model, base, call->now_ns) != TunedModel_State_CREATING;
}

static enum call_state job_fail_ended(struct call *call)
{
    return job_fail_state(call, "trains no more");
}

/* Why a training fails of which nobody says why. That of a tuning job which was trained to its end
 * has a model, and no endpoint, as recorded. */
static struct text job_failure(
    const struct call *call, const struct store_model *model, const struct training_order *training)
{
    bool is_trained = training->has_step && training->step == model->total_steps;
    return job_is_of_vertex(call) && is_trained
               ? TEXT("Failed to create endpoint. Tuned model is uploaded and can be accessed "
                      "through Model Registry.")
               : TEXT("The training failed.");
}

/* Asks something of the training of the model that the path names. */
static enum call_state job_order(struct call *call, const struct tuned_model_order *order)
{
    struct store_model model;
    if (!job_find(call, &model))
        return CALL_DONE;
    if (model.fixed_state && !job_has_ended(call, &model, NULL))
        /* It is taken as it is, and trains for ever. */
        return job_fail_state(call, "stays in the state that a seed gave it");
    if (!order_is_possible(call, &model))
        return job_fail_ended(call);
    const struct training_order *training = &order->training;
    bool is_at_step = training->kind == TRAINING_FAIL || training->kind == TRAINING_STALL;
    if (is_at_step && (training->step < 0 || training->step > model.total_steps))
        return call_fail_text(call, ERROR_CONTROL_INVALID,
            arena_printf(call->arena,
                "atStep: must be in the range [0, %d], as the training has %d steps",
                (int)model.total_steps, (int)model.total_steps));
    struct tuned_model_order asked = *order;
    if (training->kind == TRAINING_FAIL && !asked.message.bytes)
        asked.message = job_failure(call, &model, training);
    order_write(call, &model, &asked);
    return call_submit(call);
}

static enum call_state job_fail_moved(struct call *call)
{
    struct text is = arena_printf(call->arena,
        "was moved %d times, and more are not kept: it can only be ended", TRAINING_MOVES_MAX);
    return job_fail_state(call, is.bytes);
}

void control_job_order_finish(struct call *call)
{
    const struct store_write *write = call->write;
    if (write->result == STORE_NOT_FOUND)
        job_fail_unknown(call);
    else if (order_answer(call) == TRAINING_MOVED_TOO_OFTEN)
        job_fail_moved(call);
    else if (write->result == STORE_REFUSED)
        job_fail_ended(call);
    else
        job_answer(call, write->ret_model, job_base(call, write->ret_model), order_time(call));
}

enum call_state control_job_complete(struct call *call)
{
    return job_order(call, &(struct tuned_model_order){.training = {.kind = TRAINING_COMPLETE}});
}

/* An order that may be for a step. */
static struct tuned_model_order job_order_at(
    const struct call *call, enum training_order_kind kind, unsigned field)
{
    return (struct tuned_model_order){.training = {.kind = kind,
                                          .has_step = message_has(call->in, field),
                                          .step = (int32_t)message_int(call->in, field)}};
}

enum call_state control_job_fail(struct call *call)
{
    const struct message *in = call->in;
    const struct status *status = status_find(STATUS_INTERNAL);
    struct tuned_model_order order =
        job_order_at(call, TRAINING_FAIL, FailTunedModelRequest_at_step);
    order.message = message_has(in, FailTunedModelRequest_message)
                        ? message_text(in, FailTunedModelRequest_message)
                        : (struct text){NULL, 0};
    if (message_has(in, FailTunedModelRequest_code))
        status = status_parse_code(message_text(in, FailTunedModelRequest_code));
    if (!status)
        return call_fail_text(call, ERROR_CONTROL_INVALID,
            TEXT("code: must be a code of google.rpc.Code but OK, by its number or its name"));
    if (text_code_points(order.message) > JOB_MESSAGE_CHARACTERS_MAX)
        return call_fail_text(call, ERROR_CONTROL_INVALID,
            arena_printf(call->arena, "message: must have at most %d characters",
                JOB_MESSAGE_CHARACTERS_MAX));
    order.code = status->number;
    return job_order(call, &order);
}

enum call_state control_job_stall(struct call *call)
{
    struct tuned_model_order order =
        job_order_at(call, TRAINING_STALL, StallTunedModelRequest_at_step);
    return job_order(call, &order);
}

enum call_state control_job_resume(struct call *call)
{
    return job_order(call, &(struct tuned_model_order){.training = {.kind = TRAINING_RESUME}});
}

enum call_state control_job_advance(struct call *call)
{
    struct tuned_model_order order =
        job_order_at(call, TRAINING_ADVANCE, AdvanceTunedModelRequest_steps);
    if (!order.training.has_step)
        order.training.step = 1;
    if (order.training.step < 1)
        return call_fail_text(call, ERROR_CONTROL_INVALID, TEXT("steps: must be at least 1"));
    return job_order(call, &order);
}

/* False if the call was answered. */
static bool job_read_timeout(struct call *call, int64_t *ret_timeout_ns)
{
    const struct message *in = call->in;
    *ret_timeout_ns = CONTROL_WAIT_SECONDS * NS_PER_SECOND;
    if (message_has(in, WaitTunedModelRequest_timeout))
        *ret_timeout_ns = message_int(in, WaitTunedModelRequest_timeout);
    if (*ret_timeout_ns >= 0 && *ret_timeout_ns <= CONTROL_WAIT_SECONDS_MAX * NS_PER_SECOND)
        return true;
    call_fail_text(call, ERROR_CONTROL_INVALID,
        arena_printf(call->arena, "timeout: must be at most %ds", CONTROL_WAIT_SECONDS_MAX));
    return false;
}

enum call_state control_job_wait(struct call *call)
{
    struct store_model model;
    int64_t timeout_ns;
    if (!job_read_timeout(call, &timeout_ns) || !job_find(call, &model))
        return CALL_DONE;
    const struct base_model *base = job_base(call, &model);
    if (job_has_ended(call, &model, base))
        return job_answer(call, &model, base, call->now_ns);
    int64_t left_ns = timeout_ns - (clock_monotonic_ns() - call->asked_ns);
    if (left_ns <= 0 || call->is_last_look)
        return call_fail_text(call, ERROR_CONTROL_TIMEOUT,
            arena_printf(call->arena, "%.*s still trains.", TEXT_ARGS(job_name(call))));
    int64_t end_ns = clock_real_until(&call->space->clock, tuned_model_end_ns(&model, base));
    return call_watch(call, end_ns < left_ns ? end_ns : left_ns);
}
