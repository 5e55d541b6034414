#include "server/api/generation.h"

#include "base/array.h"
#include "server/sim/tokens.h"

/* The four ratings of every candidate, in the recorded order (contract 6). */
static const enum HarmCategory rated_categories[] = {
    HarmCategory_HARM_CATEGORY_SEXUALLY_EXPLICIT,
    HarmCategory_HARM_CATEGORY_HATE_SPEECH,
    HarmCategory_HARM_CATEGORY_HARASSMENT,
    HarmCategory_HARM_CATEGORY_DANGEROUS_CONTENT,
};

void generation_cut(struct generation *generation, const struct message *stops, unsigned stop_field,
    int32_t token_max)
{
    struct text text = generation->answer.text;
    size_t stop_count = stops ? message_count(stops, stop_field) : 0;
    for (size_t i = 0; i < stop_count; i++) {
        struct text stop = message_text_at(stops, stop_field, i);
        if (stop.len)
            text = text_slice(text, 0, text_find(text, stop));
    }
    generation->out.finish_reason = Candidate_FinishReason_STOP;
    if (token_max > 0) {
        size_t len = tokens_prefix_bytes(text, token_max);
        if (len < text.len)
            generation->out.finish_reason = Candidate_FinishReason_MAX_TOKENS;
        text = text_slice(text, 0, len);
    }
    generation->out.text = text;
    generation->out.text_token_count = tokens_estimate(text);
}

/* A base model has no weights here; in JSON mode its sentence is a JSON string. */
static void generation_run_base(struct generation *generation)
{
    struct arena *arena = generation->call->arena;
    generation->answer = (struct answer){.source = ANSWER_FROM_BASE,
        .text = TEXT("This is a base model of an emulator: it has nothing to answer from.")};
    const struct message *config = generation->config;
    if (!config || !text_equals_string(message_text(config, GenerationConfig_response_mime_type),
                       "application/json"))
        return;
    struct buf json = BUF_INIT;
    json_write_string(&json, generation->answer.text);
    generation->answer.text = arena_text(arena, buf_text(&json));
    buf_release(&json);
}

/* Answers that the model's data set is not what was written. Always false, to be returned. */
static bool generation_fail_damaged(struct generation *generation, const char *problem)
{
    store_report_damage("data_set", generation->model.data_set, problem);
    call_fail_store(generation->call, STORE_DAMAGED);
    return false;
}

/* Answers inside the store's read: of a data set of megabytes only the answer is copied. Without an
 * answer the bytes are no data set. */
static void generation_look_up(void *context, struct text bytes)
{
    struct generation *generation = context;
    struct arena *arena = generation->call->arena;
    struct examples examples;
    if (!examples_open(bytes, &examples))
        return;
    generation->answer =
        answer_prompt(&examples, &generation->prompt, generation->model.noise_seed, arena);
    generation->answer.text = arena_text(arena, generation->answer.text);
}

static bool generation_run_tuned(struct generation *generation)
{
    struct call *call = generation->call;
    const struct store_model *model = &generation->model;
    if (model->data_set.len == 0) {
        generation->answer =
            answer_prompt(NULL, &generation->prompt, model->noise_seed, call->arena);
        return true;
    }
    generation->answer.text = (struct text){NULL, 0};
    enum store_result result =
        store_look_at_data_set(call->reader, model->data_set, generation_look_up, generation);
    if (result == STORE_NOT_FOUND)
        return generation_fail_damaged(generation, "a model needs it, and it is not there");
    if (result != STORE_OK) {
        call_fail_store(call, result);
        return false;
    }
    if (!generation->answer.text.bytes)
        return generation_fail_damaged(generation, "its bytes are no examples");
    /* All of the texts would be too many to look at for each answer. */
    return text_is_utf8(generation->answer.text, NULL) ||
           generation_fail_damaged(generation, "an example's output is no UTF-8");
}

bool generation_run(struct generation *generation)
{
    struct call *call = generation->call;
    if (!generation->is_tuned)
        generation_run_base(generation);
    else if (!generation_run_tuned(generation))
        return false;
    reply_add_header(call->reply, "X-Emulator-Answer",
        call->block ? call->block->answer : answer_source_name(&generation->answer, call->arena));
    generation->out.block = call->block;
    const struct message *config = generation->config;
    generation_cut(generation, config, GenerationConfig_stop_sequences,
        config ? (int32_t)message_int(config, GenerationConfig_max_output_tokens) : 0);
    return true;
}

/* Adds the four ratings: all negligible, but the last high if something was blocked for it. */
static void ratings_add(struct message *message, unsigned field, bool is_blocked)
{
    for (size_t i = 0; i < ARRAY_COUNT(rated_categories); i++) {
        struct message *rating = message_add_child(message, field);
        bool is_high = is_blocked && i == ARRAY_COUNT(rated_categories) - 1;
        message_set_int(rating, SafetyRating_category, rated_categories[i]);
        message_set_int(rating, SafetyRating_probability,
            is_high ? SafetyRating_HarmProbability_HIGH : SafetyRating_HarmProbability_NEGLIGIBLE);
    }
}

static void candidate_finish(const struct generated *out, struct message *candidate)
{
    message_set_int(candidate, Candidate_finish_reason, out->finish_reason);
    ratings_add(candidate, Candidate_safety_ratings, false);
}

void generation_add_candidates(
    const struct generated *out, struct message *response, struct text text, bool is_last)
{
    for (int32_t i = 0; i < out->candidate_count; i++) {
        struct message *candidate = message_add_child(response, GenerateContentResponse_candidates);
        struct message *content = message_make_child(candidate, Candidate_content);
        message_set_text(message_add_child(content, Content_parts), Part_text, text);
        message_set_text(content, Content_role, TEXT("model"));
        message_set_int(candidate, Candidate_index, i);
        if (is_last)
            candidate_finish(out, candidate);
    }
}

/* Ratings came with what was blocked for them, and not with the other reasons. */
void generation_add_blocked(const struct generated *out, struct message *response)
{
    const struct answer_block *block = out->block;
    if (block->block_reason) {
        struct message *feedback =
            message_make_child(response, GenerateContentResponse_prompt_feedback);
        message_set_int(
            feedback, GenerateContentResponse_PromptFeedback_block_reason, block->block_reason);
        if (block->block_reason == GenerateContentResponse_PromptFeedback_BlockReason_SAFETY)
            ratings_add(feedback, GenerateContentResponse_PromptFeedback_safety_ratings, true);
        return;
    }
    for (int32_t i = 0; i < out->candidate_count; i++) {
        struct message *candidate = message_add_child(response, GenerateContentResponse_candidates);
        message_set_int(candidate, Candidate_finish_reason, block->finish_reason);
        message_set_int(candidate, Candidate_index, i);
        if (block->finish_reason == Candidate_FinishReason_SAFETY)
            ratings_add(candidate, Candidate_safety_ratings, true);
    }
}

void generation_add_usage(const struct generated *out, struct message *response, bool is_last)
{
    struct message *usage = message_make_child(response, GenerateContentResponse_usage_metadata);
    int32_t answer = is_last ? out->text_token_count * out->candidate_count : 0;
    message_set_int(
        usage, GenerateContentResponse_UsageMetadata_prompt_token_count, out->prompt_token_count);
    message_set_int(usage, GenerateContentResponse_UsageMetadata_candidates_token_count, answer);
    message_set_int(usage, GenerateContentResponse_UsageMetadata_total_token_count,
        (int64_t)out->prompt_token_count + answer);
}
