/* generateText of PaLM, on tuned models only. */
#include "server/api/generation_kinds.h"
#include "server/api/handlers.h"
#include "server/api/sampling_check.h"

/* The six PaLM categories that rate a text completion. */
static void generate_text_rate(struct message *completion)
{
    for (int category = HarmCategory_HARM_CATEGORY_DEROGATORY;
         category <= HarmCategory_HARM_CATEGORY_DANGEROUS; category++) {
        struct message *rating = message_add_child(completion, TextCompletion_safety_ratings);
        message_set_int(rating, SafetyRating_category, category);
        message_set_int(rating, SafetyRating_probability, SafetyRating_HarmProbability_NEGLIGIBLE);
    }
}

/* What PaLM's answers had of a completion that was blocked. */
static void generate_text_add_filter(const struct answer_block *block, struct message *response)
{
    bool is_safety =
        block->finish_reason == Candidate_FinishReason_SAFETY ||
        block->block_reason == GenerateContentResponse_PromptFeedback_BlockReason_SAFETY;
    if (block->finish_reason != Candidate_FinishReason_STOP)
        message_set_int(message_add_child(response, GenerateTextResponse_filters),
            ContentFilter_reason,
            is_safety ? ContentFilter_BlockedReason_SAFETY : ContentFilter_BlockedReason_OTHER);
}

static void generate_text_add_candidates(
    const struct generation *generation, struct message *response)
{
    int64_t count = message_int(generation->call->in, GenerateTextRequest_candidate_count);
    for (int64_t i = 0; i < (count ? count : 1); i++) {
        struct message *completion = message_add_child(response, GenerateTextResponse_candidates);
        message_set_text(completion, TextCompletion_output, generation->out.text);
        generate_text_rate(completion);
    }
}

static bool generate_text_check(struct generation *generation)
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
    sampling_check(&lines, call->in);
    if (lines.count)
        call_fail_lines(call, &lines);
    return lines.count == 0;
}

enum call_state tuned_models_generate_text(struct call *call)
{
    struct generation generation = {.call = call, .kind = &generation_of_tuned};
    if (!generation_find(&generation) || !generate_text_check(&generation) ||
        !generation_ask_stub(&generation) || !generation_check_ready(&generation, "generateText") ||
        !generation_run(&generation))
        return CALL_DONE;
    generation_cut(&generation, call->in, GenerateTextRequest_stop_sequences,
        (int32_t)message_int(call->in, GenerateTextRequest_max_output_tokens));

    if (generation.response)
        return call_answer(call, generation.response);
    const struct answer_block *block = generation.out.block;
    struct message *response = call_new_answer(call);
    if (!block || generation.is_whole)
        generate_text_add_candidates(&generation, response);
    if (block)
        generate_text_add_filter(block, response);
    return call_answer(call, response);
}
