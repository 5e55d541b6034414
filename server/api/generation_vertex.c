#include "server/api/generation_vertex.h"

#include "base/timefmt.h"
#include "server/sim/logprobs.h"
#include "server/state/identity.h"

void generation_vertex_describe(struct generation *generation)
{
    struct call *call = generation->call;
    struct generated *out = &generation->out;
    struct text base = generation->base ? message_text(generation->base->model, Model_name)
                                        : generation->model.base_model;
    out->model_version = text_starts_with(base, TEXT("models/"))
                             ? text_slice(base, TEXT("models/").len, base.len)
                             : base;
    out->create_ns = call->now_ns - call->now_ns % NS_PER_US;
    /* No ids are drawn from this series, so no answer changes that of a model. */
    out->response_id =
        identity_response_id(call->arena, out->create_ns, dials_draw(&call->space->dials));
    out->avg_logprobs = logprobs_average(&generation->answer);
}
