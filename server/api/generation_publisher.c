/* Base models of Vertex AI: the same as those of the Gemini API, in its words. */
#include "server/api/access.h"
#include "server/api/generation_kinds.h"
#include "server/api/generation_vertex.h"
#include "server/api/vertex_candidates.h"
#include "server/call/facts.h"
#include "server/call/vertex_name.h"

static bool generation_publisher_check_model(struct generation *generation)
{
    struct call *call = generation->call;
    const struct base_model *base = generation->base;
    bool is_strict = call->app->settings.fidelity == FIDELITY_STRICT;
    if (base && base_model_supports(base, "generateContent") &&
        !(is_strict && !base->is_published) && !access_is_switched_off(call, base))
        return true;
    call_fail_text(call, ERROR_VX_PUBLISHER_MISSING, vertex_name(call));
    return false;
}

static bool generation_publisher_find(struct generation *generation)
{
    struct call *call = generation->call;
    generation->subject = call->model = facts_model(call);
    generation->base = catalogue_find_published(call->app->catalogue, call->ids[0], call->arena);
    generation->is_model_open = access_is_open(
        call, generation->base ? message_text(generation->base->model, Model_name) : TEXT(""));
    return generation->is_model_open || generation_publisher_check_model(generation);
}

const struct generation_kind generation_of_publisher = {
    .flavour = &vertex_candidates,
    .is_of_vertex_ai = true,
    .find = generation_publisher_find,
    .check_model = generation_publisher_check_model,
    .answer = generation_base_answer,
    .describe = generation_vertex_describe,
};
