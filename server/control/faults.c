#include "server/space/faults.h"

#include "server/control/handlers.h"

enum call_state control_faults_create(struct call *call)
{
    struct text problem;
    if (!faults_add(call->space->faults, call->in, &problem))
        return call_fail_text(call, ERROR_CONTROL_INVALID, problem);
    return call_answer(call, call->in);
}

enum call_state control_faults_list(struct call *call)
{
    struct message *answer = call_new_answer(call);
    faults_list(call->space->faults, answer);
    return call_answer(call, answer);
}

enum call_state control_faults_clear(struct call *call)
{
    faults_remove(call->space->faults, TEXT(""));
    return call_answer_empty(call);
}

enum call_state control_faults_delete(struct call *call)
{
    struct text id = call->ids[0];
    if (faults_remove(call->space->faults, id))
        return call_answer_empty(call);
    return call_fail_text(call, ERROR_CONTROL_UNKNOWN,
        arena_printf(call->arena, "fault %.*s", TEXT_ARGS(call_shown(id))));
}
