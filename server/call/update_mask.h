/* What can be wrong with the update_mask of a patch. */
#ifndef SERVER_CALL_UPDATE_MASK_H
#define SERVER_CALL_UPDATE_MASK_H

#include "server/call/call.h"

/* The paths of the mask of the call's request, UpdateTunedModelRequest, UpdatePermissionRequest or
 * UpdateModelRequest; none of any other. The count; the array lives in the call's arena. */
size_t update_mask_read(const struct call *call, struct text **ret_paths);

/* Why this path of it is refused; if it is empty, why there must be one. */
struct text update_mask_problem(const struct call *call, struct text path);

/* Answers with that. */
enum call_state update_mask_fail(struct call *call, struct text path);

#endif
