/* Vertex AI's registry of models: what tuning jobs have made. */
#include "server/api/handlers.h"

enum call_state vertex_models_list(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}

enum call_state vertex_models_get(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}

enum call_state vertex_models_patch(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}

enum call_state vertex_models_delete(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}

enum call_state vertex_models_list_versions(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}
