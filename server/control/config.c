#include "server/control/handlers.h"
#include "server/space/dials_message.h"
#include "server/space/faults.h"
#include "server/space/stubs.h"

static enum call_state config_answer(struct call *call, const struct dials *dials)
{
    struct message *config = call_new_answer(call);
    dials_message_fill(config, dials);
    return call_answer(call, config);
}

enum call_state control_config_get(struct call *call)
{
    return config_answer(call, &call->dials);
}

enum call_state control_config_patch(struct call *call)
{
    struct dials dials;
    unsigned which;
    struct text problem;
    if (!dials_message_read(call->in, call->arena, &dials, &which, &problem))
        return call_fail_text(call, ERROR_CONTROL_INVALID, problem);
    dials_turn(&call->space->dials, &dials, which);
    if (which & DIAL_SEED) {
        store_restart_counter(call->app->store, call->space->number);
        faults_draw_anew(call->space->faults);
        stubs_draw_anew(call->space->stubs);
    }
    dials = dials_get(&call->space->dials);
    return config_answer(call, &dials);
}
