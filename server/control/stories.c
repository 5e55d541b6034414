#include "server/space/stories.h"

#include "server/control/handlers.h"

enum call_state control_stories_create(struct call *call)
{
    struct text problem;
    if (!stories_add(call->space->stories, call->in, &problem))
        return call_fail_text(call, ERROR_CONTROL_INVALID, problem);
    return call_answer(call, call->in);
}

enum call_state control_stories_list(struct call *call)
{
    struct message *answer = call_new_answer(call);
    stories_list(call->space->stories, answer);
    return call_answer(call, answer);
}

enum call_state control_stories_clear(struct call *call)
{
    stories_remove(call->space->stories, TEXT(""));
    return call_answer_empty(call);
}

enum call_state control_stories_delete(struct call *call)
{
    struct text id = call->ids[0];
    if (stories_remove(call->space->stories, id))
        return call_answer_empty(call);
    return call_fail_text(call, ERROR_CONTROL_UNKNOWN,
        arena_printf(call->arena, "story %.*s", TEXT_ARGS(call_shown(id))));
}
