/* generateContent and streamGenerateContent, on tuned and on base models. */
#include "server/api/answer_stream.h"
#include "server/api/candidates.h"
#include "server/api/generation.h"
#include "server/api/handlers.h"
#include "server/api/prompt_check.h"

static enum call_state generate_whole(struct generation *generation)
{
    struct call *call = generation->call;
    if (generation->response)
        return call_answer(call, generation->response);
    if (candidates_are_usual(&generation->out, &call->style)) {
        candidates_write_usual(&generation->out, call_begin_answer(call));
        return call_end_answer(call);
    }
    struct message *response = call_new_answer(call);
    if (generation->out.block && !generation->is_whole) {
        generation->out.text_token_count = 0;
        candidates_add_blocked(&generation->out, response);
    } else {
        candidates_add(&generation->out, response, generation->out.text, true);
    }
    candidates_add_usage(&generation->out, response, true);
    return call_answer(call, response);
}

/* Checks and answers, once the model was looked for. False if the call was answered. */
static bool generate(struct generation *generation)
{
    return prompt_check(generation) && generation_ask_stub(generation) &&
           generation_check_ready(generation, "generateContent") && generation_run(generation);
}

static bool generate_for_tuned(struct generation *generation)
{
    return generation_find_tuned(generation) && generate(generation);
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
    return generation_find_base(generation) && generate(generation);
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
