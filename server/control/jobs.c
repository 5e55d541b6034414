/* One training job: tunedModels/{id}. */
#include "base/clock.h"
#include "base/timefmt.h"
#include "server/call/order.h"
#include "server/contract/limits.h"
#include "server/control/handlers.h"
#include "server/sim/training_moves.h"
#include "server/state/catalogue.h"

static enum call_state job_fail_unknown(struct call *call)
{
    return call_fail_text(call, ERROR_CONTROL_UNKNOWN,
        arena_printf(call->arena, "tunedModels/%.*s", TEXT_ARGS(call_shown(call->ids[0]))));
}

/* Finds the model that the path names; false if the call was answered. */
static bool job_find(struct call *call, struct store_model *ret_model)
{
    enum store_result result =
        store_find_model(call->reader, call->space->number, call->ids[0], call->arena, ret_model);
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
    return call_fail_text(call, ERROR_CONTROL_STATE,
        arena_printf(call->arena, "tunedModels/%.*s trains no more.", TEXT_ARGS(call->ids[0])));
}

/* Of a model that is taken as it is and trains, for ever. */
static enum call_state job_fail_fixed(struct call *call)
{
    return call_fail_text(call, ERROR_CONTROL_STATE,
        arena_printf(call->arena, "tunedModels/%.*s stays in the state that a seed gave it.",
            TEXT_ARGS(call->ids[0])));
}

/* Asks something of the training of the model that the path names. */
static enum call_state job_order(struct call *call, const struct tuned_model_order *order)
{
    struct store_model model;
    if (!job_find(call, &model))
        return CALL_DONE;
    if (model.fixed_state && !job_has_ended(call, &model, NULL))
        return job_fail_fixed(call);
    if (!order_is_possible(call, &model))
        return job_fail_ended(call);
    const struct training_order *training = &order->training;
    bool is_at_step = training->kind == TRAINING_FAIL || training->kind == TRAINING_STALL;
    if (is_at_step && (training->step < 0 || training->step > model.total_steps))
        return call_fail_text(call, ERROR_CONTROL_INVALID,
            arena_printf(call->arena,
                "atStep: must be in the range [0, %d], as the model has %d steps",
                (int)model.total_steps, (int)model.total_steps));
    order_write(call, &model, order);
    return call_submit(call);
}

static enum call_state job_fail_moved(struct call *call)
{
    return call_fail_text(call, ERROR_CONTROL_STATE,
        arena_printf(call->arena,
            "tunedModels/%.*s was moved %d times, and more are not kept: it can only be ended.",
            TEXT_ARGS(call->ids[0]), TRAINING_MOVES_MAX));
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
                        : TEXT("The training failed.");
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
            arena_printf(call->arena, "tunedModels/%.*s still trains.", TEXT_ARGS(call->ids[0])));
    int64_t end_ns = clock_real_until(&call->space->clock, tuned_model_end_ns(&model, base));
    return call_watch(call, end_ns < left_ns ? end_ns : left_ns);
}
