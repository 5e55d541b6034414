#include "server/call/ending.h"

#include "server/state/catalogue.h"
#include "server/state/tuned_model.h"

static bool ending_trains(const struct call *call, const struct store_model *model, int64_t now_ns)
{
    const struct base_model *base = catalogue_find(call->app->catalogue, model->base_model);
    return tuned_model_state(model, base, now_ns) == TunedModel_State_CREATING;
}

bool ending_is_possible(const struct call *call, const struct store_model *model)
{
    return !model->fixed_state && ending_trains(call, model, call->now_ns);
}

/* The condition of the write. The time of the request may be long past. */
static bool ending_holds(const struct store_model *model, void *context)
{
    struct call *call = context;
    int64_t now_ns = clock_now_ns(&call->space->clock);
    call->write->model.end_ns = now_ns;
    return ending_trains(call, model, now_ns);
}

void ending_write(struct call *call, const struct store_model *model, enum training_end end,
    int32_t code, struct text message)
{
    struct store_write *write = call_new_write(call, STORE_CHANGE_TRAINING);
    write->model.id = model->id;
    write->model.end = (int32_t)end;
    write->model.end_code = code;
    write->model.end_message = message;
    write->condition.model_seq = model->seq;
    write->condition.holds = ending_holds;
    write->condition.context = call;
}
