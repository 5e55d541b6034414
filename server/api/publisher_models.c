/* Vertex AI's base models, which Google publishes. */
#include "server/api/handlers.h"

enum call_state publisher_models_list(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}

enum call_state publisher_models_get(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}

enum call_state publisher_models_generate_content(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}

enum call_state publisher_models_stream_generate_content(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}

enum call_state publisher_models_count_tokens(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}
