#include "server/call/order.h"

#include "server/state/catalogue.h"

/* An order on its way to the writer; the call's context. */
struct order {
    struct tuned_model_order asked;
    bool is_decided;
    int64_t now_ns;
    enum training_answer answer;
};

bool order_is_possible(const struct call *call, const struct store_model *model)
{
    const struct base_model *base = catalogue_find(call->app->catalogue, model->base_model);
    return !model->fixed_state &&
           tuned_model_state(model, base, call->now_ns) == TunedModel_State_CREATING;
}

/* The condition of the write. The time of the request may be long past. */
static bool order_holds(const struct store_model *model, void *context)
{
    struct call *call = context;
    struct order *order = call->context;
    order->is_decided = true;
    order->now_ns = clock_now_ns(&call->space->clock);
    order->answer =
        tuned_model_follow(model, catalogue_find(call->app->catalogue, model->base_model),
            &order->asked, order->now_ns, &call->write->model, call->arena);
    return order->answer == TRAINING_OBEYS;
}

void order_write(
    struct call *call, const struct store_model *model, const struct tuned_model_order *order)
{
    struct order *kept = arena_alloc(call->arena, sizeof(*kept));
    *kept = (struct order){.asked = *order};
    call->context = kept;
    struct store_write *write = call_new_write(call, STORE_CHANGE_TRAINING);
    write->model.id = model->id;
    write->ret_model = arena_alloc(call->arena, sizeof(*write->ret_model));
    write->arena = call->arena;
    write->condition.model_seq = model->seq;
    write->condition.holds = order_holds;
    write->condition.context = call;
}

bool order_write_look(struct call *call, const struct store_model *model)
{
    static const struct tuned_model_order look = {.training = {.kind = TRAINING_LOOK}};
    if (model->pacing != TRAINING_BY_POLLS || !order_is_possible(call, model))
        return false;
    order_write(call, model, &look);
    return true;
}

int64_t order_time(const struct call *call)
{
    const struct order *order = call->context;
    return order->is_decided ? order->now_ns : clock_now_ns(&call->space->clock);
}

enum training_answer order_answer(const struct call *call)
{
    const struct order *order = call->context;
    return order->answer;
}
