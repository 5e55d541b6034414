/* Vertex AI's operations: of what was deleted. */
#include "server/api/handlers.h"

enum call_state vertex_operations_list(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}

enum call_state vertex_operations_get(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}

enum call_state vertex_operations_wait(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}

enum call_state vertex_operations_delete(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}

enum call_state vertex_operations_cancel(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}
