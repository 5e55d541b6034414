#include "server/call/tell_write.h"

#include "server/space/tell.h"
#include "server/state/catalogue.h"
#include "server/state/training_watch.h"
#include "server/state/tuned_model.h"
#include "server/state/tuning_job.h"

static enum TunedModel_State tell_write_state(
    const struct call *call, const struct store_model *model)
{
    return tuned_model_state(model, catalogue_find(call->app->catalogue, model->base_model),
        clock_now_ns(&call->space->clock));
}

/* As the service calls it, of a tuning job, too. */
static struct text tell_write_state_name(const struct call *call, const struct store_model *model)
{
    const struct base_model *base = catalogue_find(call->app->catalogue, model->base_model);
    int64_t now_ns = clock_now_ns(&call->space->clock);
    return model->kind == (int32_t)STORE_TUNING_JOB
               ? enum_type_find_number(
                     &enum_types[ENUM_JobState], tuning_job_state(model, base, now_ns))
                     ->name
               : enum_type_find_number(
                     &enum_types[ENUM_TunedModel_State], tuned_model_state(model, base, now_ns))
                     ->name;
}

static void tell_write_model(struct call *call, const char *change, const struct store_model *model)
{
    bool is_job = model->kind == (int32_t)STORE_TUNING_JOB;
    struct told_model told = {
        .name = is_job ? tuning_job_name(model, call->arena)
                       : arena_joined(call->arena, TEXT("tunedModels/"), model->id),
        .display_name = model->display_name,
        .base_model = model->base_model};
    /* Of a row that could not be read before it was deleted only the id is known. */
    if (model->seq != 0)
        told.state = tell_write_state_name(call, model);
    tell_model(&call->space->events, change, &told);
}

static void tell_write_created(struct call *call, const struct store_model *model)
{
    tell_write_model(call, "created", model);
    if (tell_write_state(call, model) == TunedModel_State_CREATING)
        training_watch_put(call->space, call->app->catalogue, model, 0);
    else
        trainings_skip(&call->space->trainings, model->seq);
}

/* A training that goes on is told by its new name. */
static void tell_write_patched(struct call *call, const struct store_model *model)
{
    tell_write_model(call, "updated", model);
    if (!model->fixed_state && tell_write_state(call, model) == TunedModel_State_CREATING)
        training_watch_put(call->space, call->app->catalogue, model, TRAINING_TOLD_SINCE);
}

/* Somebody moved it, or ended it. Its steps come first, and if they may not be told yet, or the
 * next ones are sooner than was thought, who listens has to look again. */
static void tell_write_training(struct call *call, const struct store_model *model)
{
    struct space *space = call->space;
    bool has_ended = tell_write_state(call, model) != TunedModel_State_CREATING;
    if (training_watch_put(space, call->app->catalogue, model, 0)) {
        trainings_tick(&space->trainings, true);
        events_look_soon(&space->events);
    } else if (has_ended) {
        tell_write_model(call, "state", model);
    }
    /* That it stands, or goes on, no step tells. */
    bool is_halt =
        call->method_id == METHOD_JOB_STALL || call->method_id == METHOD_TUNING_JOB_STALL ||
        call->method_id == METHOD_JOB_RESUME || call->method_id == METHOD_TUNING_JOB_RESUME;
    if (is_halt && !has_ended)
        tell_write_model(call, "updated", model);
}

struct text tell_write_changed(const struct store_write *write)
{
    switch (write->kind) {
    case STORE_CREATE_MODEL:
    case STORE_PATCH_MODEL:
    case STORE_DELETE_MODEL:
    case STORE_CHANGE_TRAINING:
        return write->model.id;
    case STORE_CREATE_OPERATION:
    case STORE_DELETE_OPERATION:
    case STORE_CREATE_PERMISSION:
    case STORE_PATCH_PERMISSION:
    case STORE_DELETE_PERMISSION:
    case STORE_TRANSFER_OWNERSHIP:
    case STORE_CLEAR_NAMESPACE: /* of many; whoever clears tells of it, as of the next two */
    case STORE_DROP_NAMESPACE:
    case STORE_COPY_NAMESPACE:
        break;
    }
    return TEXT("");
}

void tell_write(struct call *call, const struct store_write *write)
{
    if (!events_are_wanted(&call->space->events))
        return;
    switch (write->kind) {
    case STORE_CREATE_MODEL:
        tell_write_created(call, &write->model);
        break;
    case STORE_PATCH_MODEL:
        tell_write_patched(call, write->ret_model);
        break;
    case STORE_CHANGE_TRAINING:
        tell_write_training(call, write->ret_model);
        break;
    case STORE_DELETE_MODEL:
        trainings_remove(&call->space->trainings, write->model.id);
        tell_write_model(call, "deleted", &write->model);
        break;
    case STORE_CREATE_OPERATION:
    case STORE_DELETE_OPERATION:
    case STORE_CREATE_PERMISSION:
    case STORE_PATCH_PERMISSION:
    case STORE_DELETE_PERMISSION:
    case STORE_TRANSFER_OWNERSHIP:
    case STORE_CLEAR_NAMESPACE: /* who replaces or deletes a space tells of these */
    case STORE_COPY_NAMESPACE:
    case STORE_DROP_NAMESPACE:
        break;
    }
}

void tell_write_keep_model(struct call *call, struct store_write *write)
{
    struct store_model model;
    if (events_are_wanted(&call->space->events) &&
        store_find_model(call->reader, call->space->number, write->model.id, call->arena, &model) ==
            STORE_OK)
        write->model = model;
}
