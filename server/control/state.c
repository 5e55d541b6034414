#include "server/contract/limits.h"
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
    if (result != STORE_OK)
        return call_fail_store(call, result);
    if (2 * call->arena->used_bytes > ANSWERS_BYTES_MAX)
        return call_fail_text(call, ERROR_CONTROL_STATE,
            TEXT("There is more than an answer can be: with --db, copy the database instead."));
    return call_fail(call, ERROR_SRV_ANSWERS_FULL);
}
