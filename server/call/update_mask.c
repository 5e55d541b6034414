#include "server/call/update_mask.h"

#include "server/json/mask.h"

size_t update_mask_read(const struct call *call, struct text **ret_paths)
{
    struct text mask = TEXT("");
    if (message_is(call->in, MESSAGE_UpdateTunedModelRequest))
        mask = message_text(call->in, UpdateTunedModelRequest_update_mask);
    else if (message_is(call->in, MESSAGE_UpdatePermissionRequest))
        mask = message_text(call->in, UpdatePermissionRequest_update_mask);
    else if (message_is(call->in, MESSAGE_UpdateModelRequest))
        mask = message_text(call->in, UpdateModelRequest_update_mask);
    return update_mask_paths(mask, call->arena, ret_paths);
}

struct text update_mask_problem(const struct call *call, struct text path)
{
    if (text_is_empty(path))
        return TEXT("update_mask is not specified");
    if (message_is(call->in, MESSAGE_UpdatePermissionRequest))
        return arena_printf(
            call->arena, "\"%.*s\" cannot be updated, only \"role\" can", TEXT_ARGS(path));
    return arena_printf(call->arena, "'%.*s' is no field that can be updated", TEXT_ARGS(path));
}

enum call_state update_mask_fail(struct call *call, struct text path)
{
    struct text arguments[] = {call_request_name(call), update_mask_problem(call, path)};
    return call_fail_with(call, ERROR_TM_MASK, 2, arguments);
}
