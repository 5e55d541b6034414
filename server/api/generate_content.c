/* generateContent and streamGenerateContent, on tuned and on base models. */
#include "server/api/access.h"
#include "server/api/answer_stream.h"
#include "server/api/candidates.h"
#include "server/api/generation.h"
#include "server/api/handlers.h"
#include "server/api/prompt_check.h"

static enum call_state generate_whole(struct generation *generation)
{
    struct message *response = call_new_answer(generation->call);
    if (generation->out.block) {
        generation->out.text_token_count = 0;
        candidates_add_blocked(&generation->out, response);
    } else {
        candidates_add(&generation->out, response, generation->out.text, true);
    }
    candidates_add_usage(&generation->out, response, true);
    return call_answer(generation->call, response);
}

/* Finds, checks and answers. False if the call was answered with an error. */
static bool generate_for_tuned(struct generation *generation)
{
    return generation_find_tuned(generation) && prompt_check(generation) &&
           generation_check_ready(generation, "generateContent") && generation_run(generation);
}

enum call_state tuned_models_generate_content(struct call *call)
{
    struct generation generation = {.call = call};
    return generate_for_tuned(&generation) ? generate_whole(&generation) : CALL_DONE;
}

enum call_state tuned_models_stream_generate_content(struct call *call)
{
    struct generation generation = {.call = call};
    return generate_for_tuned(&generation) ? answer_stream(&generation) : CALL_DONE;
}

static bool generate_for_base(struct generation *generation)
{
    struct call *call = generation->call;
    generation->subject = arena_joined(call->arena, TEXT("models/"), call->ids[0]);
    generation->base = access_find_base(call, call->ids[0], "generateContent", "generateContent");
    return generation->base && prompt_check(generation) && generation_run(generation);
}

enum call_state models_generate_content(struct call *call)
{
    struct generation generation = {.call = call};
    return generate_for_base(&generation) ? generate_whole(&generation) : CALL_DONE;
}

enum call_state models_stream_generate_content(struct call *call)
{
    struct generation generation = {.call = call};
    return generate_for_base(&generation) ? answer_stream(&generation) : CALL_DONE;
}

enum call_state generate_unimplemented(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}
