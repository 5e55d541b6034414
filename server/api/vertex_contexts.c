/* Vertex AI's metadata: the experiment that belongs to a tuning job. */
#include "server/api/handlers.h"

enum call_state vertex_contexts_get(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}
