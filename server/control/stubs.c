#include "server/space/stubs.h"

#include "server/control/handlers.h"

enum call_state control_stubs_create(struct call *call)
{
    struct text problem;
    if (!stubs_add(call->space->stubs, call->in, &problem))
        return call_fail_text(call, ERROR_CONTROL_INVALID, problem);
    return call_answer(call, call->in);
}

enum call_state control_stubs_list(struct call *call)
{
    struct message *answer = call_new_answer(call);
    stubs_list(call->space->stubs, answer);
    return call_answer(call, answer);
}

enum call_state control_stubs_clear(struct call *call)
{
    stubs_remove(call->space->stubs, TEXT(""));
    return call_answer_empty(call);
}

enum call_state control_stubs_delete(struct call *call)
{
    struct text id = call->ids[0];
    if (stubs_remove(call->space->stubs, id))
        return call_answer_empty(call);
    return call_fail_text(call, ERROR_CONTROL_UNKNOWN,
        arena_printf(call->arena, "stub %.*s", TEXT_ARGS(call_shown(id))));
}
