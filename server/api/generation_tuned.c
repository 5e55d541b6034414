/* Tuned models of the Gemini API. */
#include "server/api/access.h"
#include "server/api/generation_examples.h"
#include "server/api/generation_kinds.h"
#include "server/state/tuned_model.h"

static bool generation_tuned_check_model(struct generation *generation)
{
    struct call *call = generation->call;
    return access_check_found(call, call->ids[0], ACCESS_READ, generation->found);
}

static bool generation_tuned_find(struct generation *generation)
{
    struct call *call = generation->call;
    generation->subject = arena_joined(call->arena, TEXT("tunedModels/"), call->ids[0]);
    if (!call_check_model_name(call))
        return false;
    call->model = generation->subject;
    generation->model.base_model = TEXT("");
    generation->found = store_find_tuned_model(
        call->reader, call->space->number, call->ids[0], call->arena, &generation->model);
    if (generation->found == STORE_OK)
        generation->base = catalogue_find(call->app->catalogue, generation->model.base_model);
    generation->is_model_open = access_is_open(call, generation->model.base_model);
    return generation->is_model_open || generation_tuned_check_model(generation);
}

static bool generation_tuned_check_state(struct generation *generation, const char *method)
{
    struct call *call = generation->call;
    if (!access_check_active(call, &generation->model, generation->base))
        return false;
    bool is_strict = call->app->settings.fidelity == FIDELITY_STRICT;
    /* A seed may have a model without a base; one that is not in the catalogue is gone. */
    struct text base_model = generation->model.base_model;
    bool is_gone = base_model.len && (!generation->base || generation->base->is_retired);
    bool is_without = generation->base && !base_model_supports(generation->base, method);
    bool is_off = base_model.len && access_is_switched_off(call, generation->base);
    if (is_without || is_off || (is_strict && is_gone)) {
        call_fail_unsupported(call, base_model, method);
        return false;
    }
    return true;
}

static bool generation_tuned_answer(struct generation *generation)
{
    return generation_examples_answer(generation,
        tuned_model_seen_examples(&generation->model, generation->base, generation->call->now_ns));
}

const struct generation_kind generation_of_tuned = {
    .flavour = &gemini_candidates,
    .is_of_examples = true,
    .is_text_only = true,
    .find = generation_tuned_find,
    .check_model = generation_tuned_check_model,
    .check_state = generation_tuned_check_state,
    .answer = generation_tuned_answer,
};
