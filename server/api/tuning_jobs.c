/* Vertex AI's tuning jobs (contract of Vertex AI, A.1 to A.6). */
#include "server/api/handlers.h"

enum call_state tuning_jobs_create(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}

enum call_state tuning_jobs_list(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}

enum call_state tuning_jobs_get(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}

enum call_state tuning_jobs_cancel(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}

enum call_state tuning_jobs_unsupported(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}
