#include "server/control/handlers.h"
#include "server/space/space.h"
#include "server/state/state_file.h"

enum call_state control_state_get(struct call *call)
{
    enum store_result result;
    const struct message *file = state_file_encode(call->space, call->app->store, call->reader,
        call->app->catalogue, call->now_ns, &call->reply->share, call->arena, &result);
    if (file)
        return call_answer(call, file);
    return result == STORE_OK ? call_fail(call, ERROR_SRV_ANSWERS_FULL)
                              : call_fail_store(call, result);
}
