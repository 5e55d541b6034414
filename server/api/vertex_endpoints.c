/* Vertex AI's endpoints: those to which a tuning job deploys what it has made. */
#include "server/api/handlers.h"

enum call_state vertex_endpoints_list(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}

enum call_state vertex_endpoints_get(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}

enum call_state vertex_endpoints_delete(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}

/* What was the way to other models, whether or not there is such an endpoint. */
enum call_state vertex_endpoints_predict(struct call *call)
{
    return call_fail(call, ERROR_VX_PREDICT);
}
