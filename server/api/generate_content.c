/* generateContent and streamGenerateContent, on models of all kinds. */
#include "server/api/answer_stream.h"
#include "server/api/candidates.h"
#include "server/api/generation_kinds.h"
#include "server/api/handlers.h"
#include "server/api/prompt_check.h"

static enum call_state generate_whole(struct generation *generation)
{
    struct call *call = generation->call;
    const struct candidates_flavour *flavour = generation->kind->flavour;
    struct generated *out = &generation->out;
    if (generation->response)
        return call_answer(call, generation->response);
    if (candidates_are_usual(out, &call->style)) {
        candidates_write_usual(flavour, out, call_begin_answer(call));
        return call_end_answer(call);
    }
    struct message *response = call_new_answer(call);
    if (out->block && !generation->is_whole) {
        out->text_token_count = 0;
        flavour->add_blocked(out, response);
    } else {
        flavour->add(out, response, out->text, true);
    }
    flavour->add_usage(out, response, true);
    return call_answer(call, response);
}

/* Finds the model, checks and answers. False if the call was answered. */
static bool generate(struct generation *generation)
{
    return generation_find(generation) && prompt_check(generation) &&
           generation_ask_stub(generation) &&
           generation_check_ready(generation, "generateContent") && generation_run(generation);
}

static enum call_state generate_content(struct call *call, const struct generation_kind *kind)
{
    struct generation generation = {.call = call, .kind = kind};
    return generate(&generation) ? generate_whole(&generation) : CALL_DONE;
}

static enum call_state generate_stream(struct call *call, const struct generation_kind *kind)
{
    struct generation generation = {.call = call, .kind = kind};
    return generate(&generation) ? answer_stream(&generation) : CALL_DONE;
}

enum call_state tuned_models_generate_content(struct call *call)
{
    return generate_content(call, &generation_of_tuned);
}

enum call_state tuned_models_stream_generate_content(struct call *call)
{
    return generate_stream(call, &generation_of_tuned);
}

enum call_state models_generate_content(struct call *call)
{
    return generate_content(call, &generation_of_base);
}

enum call_state models_stream_generate_content(struct call *call)
{
    return generate_stream(call, &generation_of_base);
}

enum call_state publisher_models_generate_content(struct call *call)
{
    return generate_content(call, &generation_of_publisher);
}

enum call_state publisher_models_stream_generate_content(struct call *call)
{
    return generate_stream(call, &generation_of_publisher);
}

enum call_state vertex_endpoints_generate_content(struct call *call)
{
    return generate_content(call, &generation_of_endpoint);
}

enum call_state vertex_endpoints_stream_generate_content(struct call *call)
{
    return generate_stream(call, &generation_of_endpoint);
}

enum call_state generate_unimplemented(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}
