#include "server/api/vertex_candidates.h"

#include "base/array.h"

/* What stands beside an answer that was blocked for its safety: the categories in the recorded
 * order, with numbers in the range of those that were recorded. */
static const struct vertex_candidates_rating {
    enum VertexHarmCategory category;
    float probability, severity;
} vertex_candidates_ratings[] = {
    {VertexHarmCategory_HARM_CATEGORY_HATE_SPEECH, 0.11027937F, 0.08487435F},
    {VertexHarmCategory_HARM_CATEGORY_DANGEROUS_CONTENT, 0.95422274F, 0.43398145F},
    {VertexHarmCategory_HARM_CATEGORY_HARASSMENT, 0.11085559F, 0.19027223F},
    {VertexHarmCategory_HARM_CATEGORY_SEXUALLY_EXPLICIT, 0.02290175F, 0.09089675F},
};

/* All negligible, but the one for which it was blocked. */
static void vertex_candidates_add_ratings(struct message *message, unsigned field)
{
    for (size_t i = 0; i < ARRAY_COUNT(vertex_candidates_ratings); i++) {
        const struct vertex_candidates_rating *row = &vertex_candidates_ratings[i];
        bool is_high = row->category == VertexHarmCategory_HARM_CATEGORY_DANGEROUS_CONTENT;
        struct message *rating = message_add_child(message, field);
        message_set_int(rating, VertexSafetyRating_category, row->category);
        message_set_int(rating, VertexSafetyRating_probability,
            is_high ? SafetyRating_HarmProbability_HIGH : SafetyRating_HarmProbability_NEGLIGIBLE);
        if (is_high)
            message_set_bool(rating, VertexSafetyRating_blocked, true);
        message_set_float(rating, VertexSafetyRating_probability_score, row->probability);
        message_set_int(rating, VertexSafetyRating_severity,
            is_high ? VertexSafetyRating_HarmSeverity_HARM_SEVERITY_MEDIUM
                    : VertexSafetyRating_HarmSeverity_HARM_SEVERITY_NEGLIGIBLE);
        message_set_float(rating, VertexSafetyRating_severity_score, row->severity);
    }
}

/* Both services have the names, with numbers of their own; what only the other has is OTHER. */
static void vertex_candidates_set_reason(
    struct message *candidate, enum Candidate_FinishReason reason)
{
    const struct enum_value *theirs =
        enum_type_find_number(&enum_types[ENUM_Candidate_FinishReason], reason);
    const struct enum_value *ours =
        theirs ? enum_type_find(
                     &enum_types[ENUM_VertexCandidate_FinishReason], VERSION_V1BETA1, theirs->name)
               : NULL;
    message_set_int(candidate, VertexCandidate_finish_reason,
        ours ? ours->number : VertexCandidate_FinishReason_OTHER);
    if (reason == Candidate_FinishReason_SAFETY)
        vertex_candidates_add_ratings(candidate, VertexCandidate_safety_ratings);
}

static struct message *vertex_candidates_add_one(struct message *response, int32_t index)
{
    struct message *candidate =
        message_add_child(response, VertexGenerateContentResponse_candidates);
    message_set_int(candidate, VertexCandidate_index, index);
    return candidate;
}

static void vertex_candidates_add(
    const struct generated *out, struct message *response, struct text text, bool is_last)
{
    for (int32_t i = 0; i < out->candidate_count; i++) {
        struct message *candidate = vertex_candidates_add_one(response, i);
        struct message *content = message_make_child(candidate, VertexCandidate_content);
        message_set_text(content, VertexContent_role, TEXT("model"));
        message_set_text(message_add_child(content, VertexContent_parts), Part_text, text);
        if (!is_last)
            continue;
        vertex_candidates_set_reason(candidate, out->finish_reason);
        message_set_double(candidate, VertexCandidate_avg_logprobs, out->avg_logprobs);
    }
}

static void vertex_candidates_add_blocked(const struct generated *out, struct message *response)
{
    const struct answer_block *block = out->block;
    if (block->block_reason) {
        struct message *feedback =
            message_make_child(response, VertexGenerateContentResponse_prompt_feedback);
        message_set_int(feedback, VertexGenerateContentResponse_PromptFeedback_block_reason,
            block->block_reason);
        if (block->block_reason == GenerateContentResponse_PromptFeedback_BlockReason_SAFETY)
            vertex_candidates_add_ratings(
                feedback, VertexGenerateContentResponse_PromptFeedback_safety_ratings);
        return;
    }
    for (int32_t i = 0; i < out->candidate_count; i++)
        vertex_candidates_set_reason(vertex_candidates_add_one(response, i), block->finish_reason);
}

/* Counts tokens, and says of what they are, unless there are none. */
static void vertex_candidates_count(
    struct message *usage, unsigned count_field, unsigned details_field, int64_t count)
{
    if (count == 0)
        return;
    message_set_int(usage, count_field, count);
    struct message *detail = message_add_child(usage, details_field);
    message_set_int(detail, ModalityTokenCount_modality, Modality_TEXT);
    message_set_int(detail, ModalityTokenCount_token_count, count);
}

/* Chunks before the last one say no more of usage than how it is paid. */
static void vertex_candidates_add_usage(
    const struct generated *out, struct message *response, bool is_last)
{
    struct message *usage =
        message_make_child(response, VertexGenerateContentResponse_usage_metadata);
    int64_t answer = (int64_t)out->text_token_count * out->candidate_count;
    message_set_int(usage, VertexGenerateContentResponse_UsageMetadata_traffic_type,
        VertexGenerateContentResponse_UsageMetadata_TrafficType_ON_DEMAND);
    if (is_last) {
        vertex_candidates_count(usage,
            VertexGenerateContentResponse_UsageMetadata_prompt_token_count,
            VertexGenerateContentResponse_UsageMetadata_prompt_tokens_details,
            out->prompt_token_count);
        vertex_candidates_count(usage,
            VertexGenerateContentResponse_UsageMetadata_candidates_token_count,
            VertexGenerateContentResponse_UsageMetadata_candidates_tokens_details, answer);
        message_set_int(usage, VertexGenerateContentResponse_UsageMetadata_total_token_count,
            out->prompt_token_count + answer);
    }
    message_set_text(response, VertexGenerateContentResponse_model_version, out->model_version);
    message_set_int(response, VertexGenerateContentResponse_create_time, out->create_ns);
    message_set_text(response, VertexGenerateContentResponse_response_id, out->response_id);
}

static const struct candidates_piece vertex_candidates_usual[] = {
    {TEXT_INIT("{\n"
               "  \"candidates\": [\n"
               "    {\n"
               "      \"content\": {\n"
               "        \"role\": \"model\",\n"
               "        \"parts\": [\n"
               "          {\n"
               "            \"text\": "),
        CANDIDATES_TEXT},
    {TEXT_INIT("\n"
               "          }\n"
               "        ]\n"
               "      },\n"
               "      \"finishReason\": \"STOP\",\n"
               "      \"avgLogprobs\": "),
        CANDIDATES_AVG_LOGPROBS},
    {TEXT_INIT("\n"
               "    }\n"
               "  ],\n"
               "  \"usageMetadata\": {\n"
               "    \"promptTokenCount\": "),
        CANDIDATES_PROMPT_TOKENS},
    {TEXT_INIT(",\n"
               "    \"candidatesTokenCount\": "),
        CANDIDATES_ANSWER_TOKENS},
    {TEXT_INIT(",\n"
               "    \"totalTokenCount\": "),
        CANDIDATES_ALL_TOKENS},
    {TEXT_INIT(",\n"
               "    \"trafficType\": \"ON_DEMAND\",\n"
               "    \"promptTokensDetails\": [\n"
               "      {\n"
               "        \"modality\": \"TEXT\",\n"
               "        \"tokenCount\": "),
        CANDIDATES_PROMPT_TOKENS},
    {TEXT_INIT("\n"
               "      }\n"
               "    ],\n"
               "    \"candidatesTokensDetails\": [\n"
               "      {\n"
               "        \"modality\": \"TEXT\",\n"
               "        \"tokenCount\": "),
        CANDIDATES_ANSWER_TOKENS},
    {TEXT_INIT("\n"
               "      }\n"
               "    ]\n"
               "  },\n"
               "  \"modelVersion\": "),
        CANDIDATES_MODEL_VERSION},
    {TEXT_INIT(",\n"
               "  \"createTime\": \""),
        CANDIDATES_CREATE_TIME},
    {TEXT_INIT("\",\n"
               "  \"responseId\": \""),
        CANDIDATES_RESPONSE_ID},
    {TEXT_INIT("\"\n"
               "}"),
        CANDIDATES_NOTHING},
};

const struct candidates_flavour vertex_candidates = {
    .add = vertex_candidates_add,
    .add_blocked = vertex_candidates_add_blocked,
    .add_usage = vertex_candidates_add_usage,
    .usual = vertex_candidates_usual,
};
