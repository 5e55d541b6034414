/* generateContent, streamGenerateContent and generateText, on tuned and on base models. */
#include "server/api/access.h"
#include "server/api/generation.h"
#include "server/api/handlers.h"
#include "server/state/tuned_model.h"

static bool is_strict(const struct call *call)
{
    return call->app->settings.fidelity == FIDELITY_STRICT;
}

/* Finds the tuned model of the path. False if the call was answered. */
static bool find_tuned(struct generation *generation)
{
    struct call *call = generation->call;
    generation->is_tuned = true;
    generation->subject = arena_joined(call->arena, TEXT("tunedModels/"), call->ids[0]);
    if (!call_check_model_name(call) ||
        !access_find_model(call, call->ids[0], ACCESS_READ, &generation->model))
        return false;
    generation->base = catalogue_find(call->app->catalogue, generation->model.base_model);
    return true;
}

/* What depends on the model's state comes after the checks of fields. A tuned model has the methods
 * that its base has. */
static bool check_tuned_ready(struct generation *generation, const char *method)
{
    struct call *call = generation->call;
    if (!access_check_active(call, &generation->model))
        return false;
    /* A seed may have a model without a base; one that is not in the catalogue is gone. */
    struct text base_model = generation->model.base_model;
    bool is_gone = base_model.len && (!generation->base || generation->base->is_retired);
    bool is_without = generation->base && !base_model_supports(generation->base, method);
    bool is_off = base_model.len && access_is_switched_off(call, generation->base);
    if (is_without || is_off || (is_strict(call) && is_gone)) {
        call_fail_unsupported(call, base_model, method);
        return false;
    }
    return true;
}

static enum call_state answer_whole(struct generation *generation)
{
    struct message *response = call_new_answer(generation->call);
    if (generation->out.block) {
        generation->out.text_token_count = 0;
        generation_add_blocked(&generation->out, response);
    } else {
        generation_add_candidates(&generation->out, response, generation->out.text, true);
    }
    generation_add_usage(&generation->out, response, true);
    return call_answer(generation->call, response);
}

/* Finds, checks and answers. False if the call was answered with an error. */
static bool generate_for_tuned(struct generation *generation)
{
    return find_tuned(generation) && generation_check(generation) &&
           check_tuned_ready(generation, "generateContent") && generation_run(generation);
}

enum call_state generate_tuned(struct call *call)
{
    struct generation generation = {.call = call};
    return generate_for_tuned(&generation) ? answer_whole(&generation) : CALL_DONE;
}

enum call_state generate_tuned_stream(struct call *call)
{
    struct generation generation = {.call = call};
    return generate_for_tuned(&generation) ? generation_stream(&generation) : CALL_DONE;
}

static bool generate_for_base(struct generation *generation)
{
    struct call *call = generation->call;
    generation->subject = arena_joined(call->arena, TEXT("models/"), call->ids[0]);
    generation->base = access_find_base(call, call->ids[0], "generateContent", "generateContent");
    return generation->base && generation_check(generation) && generation_run(generation);
}

enum call_state generate_base(struct call *call)
{
    struct generation generation = {.call = call};
    return generate_for_base(&generation) ? answer_whole(&generation) : CALL_DONE;
}

enum call_state generate_base_stream(struct call *call)
{
    struct generation generation = {.call = call};
    return generate_for_base(&generation) ? generation_stream(&generation) : CALL_DONE;
}

/* The six PaLM categories that rate a text completion. */
static void completion_rate(struct message *completion)
{
    for (int category = HarmCategory_HARM_CATEGORY_DEROGATORY;
         category <= HarmCategory_HARM_CATEGORY_DANGEROUS; category++) {
        struct message *rating = message_add_child(completion, TextCompletion_safety_ratings);
        message_set_int(rating, SafetyRating_category, category);
        message_set_int(rating, SafetyRating_probability, SafetyRating_HarmProbability_NEGLIGIBLE);
    }
}

/* What PaLM's answers had instead of a completion that was blocked. */
static enum call_state answer_text_blocked(struct call *call)
{
    const struct answer_block *block = call->block;
    struct message *response = call_new_answer(call);
    bool is_safety =
        block->finish_reason == Candidate_FinishReason_SAFETY ||
        block->block_reason == GenerateContentResponse_PromptFeedback_BlockReason_SAFETY;
    if (block->finish_reason != Candidate_FinishReason_STOP)
        message_set_int(message_add_child(response, GenerateTextResponse_filters),
            ContentFilter_reason,
            is_safety ? ContentFilter_BlockedReason_SAFETY : ContentFilter_BlockedReason_OTHER);
    return call_answer(call, response);
}

static bool check_text_request(struct generation *generation)
{
    struct call *call = generation->call;
    struct message *prompt = message_child(call->in, GenerateTextRequest_prompt);
    struct text request_name = call_request_name(call);
    struct text text = prompt ? message_text(prompt, TextPrompt_text) : TEXT("");
    if (text_is_empty(text)) {
        struct text arguments[] = {request_name, TEXT("prompt.text"), TEXT("text")};
        call_fail_with(call, ERROR_TM_REQUIRED, 3, arguments);
        return false;
    }
    generation->prompt = prompt_of_parts(&text, 1, call->arena);
    size_t characters = text_code_points(text);
    if (characters > PROMPT_CHARACTERS_MAX) {
        struct text arguments[] = {request_name, TEXT("prompt.text"),
            arena_printf(call->arena, "%d", PROMPT_CHARACTERS_MAX),
            arena_printf(call->arena, "%zu", characters)};
        call_fail_with(call, ERROR_TM_EXAMPLE_LONG, 4, arguments);
        return false;
    }
    struct field_lines lines;
    call_begin_lines(call, &lines);
    generation_check_sampling(&lines, call->in);
    if (lines.count)
        call_fail_lines(call, &lines);
    return lines.count == 0;
}

enum call_state generate_tuned_text(struct call *call)
{
    struct generation generation = {.call = call};
    if (!find_tuned(&generation) || !check_text_request(&generation) ||
        !check_tuned_ready(&generation, "generateText"))
        return CALL_DONE;
    if (!generation_run(&generation))
        return CALL_DONE;
    if (call->block)
        return answer_text_blocked(call);
    generation_cut(&generation, call->in, GenerateTextRequest_stop_sequences,
        (int32_t)message_int(call->in, GenerateTextRequest_max_output_tokens));

    struct message *response = call_new_answer(call);
    int64_t count = message_int(call->in, GenerateTextRequest_candidate_count);
    for (int64_t i = 0; i < (count ? count : 1); i++) {
        struct message *completion = message_add_child(response, GenerateTextResponse_candidates);
        message_set_text(completion, TextCompletion_output, generation.out.text);
        completion_rate(completion);
    }
    return call_answer(call, response);
}

enum call_state generate_unimplemented(struct call *call)
{
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}
