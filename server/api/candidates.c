#include "server/api/candidates.h"

#include "base/array.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"

/* The four ratings of every candidate, in the recorded order (contract 6). */
static const enum HarmCategory rated_categories[] = {
    HarmCategory_HARM_CATEGORY_SEXUALLY_EXPLICIT,
    HarmCategory_HARM_CATEGORY_HATE_SPEECH,
    HarmCategory_HARM_CATEGORY_HARASSMENT,
    HarmCategory_HARM_CATEGORY_DANGEROUS_CONTENT,
};

/* Adds the four ratings: all negligible, but the last high if something was blocked for it. */
static void candidates_add_ratings(struct message *message, unsigned field, bool is_blocked)
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
    bool is_unsafe = out->finish_reason == Candidate_FinishReason_SAFETY;
    message_set_int(candidate, Candidate_finish_reason, out->finish_reason);
    candidates_add_ratings(candidate, Candidate_safety_ratings, is_unsafe);
}

static void candidates_add(
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
static void candidates_add_blocked(const struct generated *out, struct message *response)
{
    const struct answer_block *block = out->block;
    if (block->block_reason) {
        struct message *feedback =
            message_make_child(response, GenerateContentResponse_prompt_feedback);
        message_set_int(
            feedback, GenerateContentResponse_PromptFeedback_block_reason, block->block_reason);
        if (block->block_reason == GenerateContentResponse_PromptFeedback_BlockReason_SAFETY)
            candidates_add_ratings(
                feedback, GenerateContentResponse_PromptFeedback_safety_ratings, true);
        return;
    }
    for (int32_t i = 0; i < out->candidate_count; i++) {
        struct message *candidate = message_add_child(response, GenerateContentResponse_candidates);
        message_set_int(candidate, Candidate_finish_reason, block->finish_reason);
        message_set_int(candidate, Candidate_index, i);
        if (block->finish_reason == Candidate_FinishReason_SAFETY)
            candidates_add_ratings(candidate, Candidate_safety_ratings, true);
    }
}

static void candidates_add_usage(
    const struct generated *out, struct message *response, bool is_last)
{
    struct message *usage = message_make_child(response, GenerateContentResponse_usage_metadata);
    int32_t answer = is_last ? out->text_token_count * out->candidate_count : 0;
    message_set_int(
        usage, GenerateContentResponse_UsageMetadata_prompt_token_count, out->prompt_token_count);
    message_set_int(usage, GenerateContentResponse_UsageMetadata_candidates_token_count, answer);
    message_set_int(usage, GenerateContentResponse_UsageMetadata_total_token_count,
        (int64_t)out->prompt_token_count + answer);
}

static const struct candidates_piece candidates_usual[] = {
    {TEXT_INIT("{\n"
               "  \"candidates\": [\n"
               "    {\n"
               "      \"content\": {\n"
               "        \"parts\": [\n"
               "          {\n"
               "            \"text\": "),
        CANDIDATES_TEXT},
    {TEXT_INIT("\n"
               "          }\n"
               "        ],\n"
               "        \"role\": \"model\"\n"
               "      },\n"
               "      \"finishReason\": \"STOP\",\n"
               "      \"index\": 0,\n"
               "      \"safetyRatings\": [\n"
               "        {\n"
               "          \"category\": \"HARM_CATEGORY_SEXUALLY_EXPLICIT\",\n"
               "          \"probability\": \"NEGLIGIBLE\"\n"
               "        },\n"
               "        {\n"
               "          \"category\": \"HARM_CATEGORY_HATE_SPEECH\",\n"
               "          \"probability\": \"NEGLIGIBLE\"\n"
               "        },\n"
               "        {\n"
               "          \"category\": \"HARM_CATEGORY_HARASSMENT\",\n"
               "          \"probability\": \"NEGLIGIBLE\"\n"
               "        },\n"
               "        {\n"
               "          \"category\": \"HARM_CATEGORY_DANGEROUS_CONTENT\",\n"
               "          \"probability\": \"NEGLIGIBLE\"\n"
               "        }\n"
               "      ]\n"
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
    {TEXT_INIT("\n"
               "  }\n"
               "}"),
        CANDIDATES_NOTHING},
};

const struct candidates_flavour gemini_candidates = {
    .add = candidates_add,
    .add_blocked = candidates_add_blocked,
    .add_usage = candidates_add_usage,
    .usual = candidates_usual,
};

bool candidates_are_usual(const struct generated *out, const struct json_style *style)
{
    enum { ESCAPE_BYTES_MAX = 6 };
    size_t len_max =
        CANDIDATES_PIECES_BYTES_MAX + ESCAPE_BYTES_MAX * (out->text.len + out->model_version.len);
    bool is_style_usual = style->layout == JSON_PRETTY && !style->enums_as_numbers && !style->mask;
    return is_style_usual && !out->block && out->candidate_count == 1 &&
           out->finish_reason == Candidate_FinishReason_STOP && out->text_token_count > 0 &&
           out->prompt_token_count > 0 && len_max <= ANSWER_FREE_BYTES;
}

static void candidates_write_value(
    enum candidates_value value, const struct generated *out, struct buf *answer)
{
    switch (value) {
    case CANDIDATES_TEXT:
        json_write_string(answer, out->text);
        break;
    case CANDIDATES_PROMPT_TOKENS:
        buf_add_int64(answer, out->prompt_token_count);
        break;
    case CANDIDATES_ANSWER_TOKENS:
        buf_add_int64(answer, out->text_token_count);
        break;
    case CANDIDATES_ALL_TOKENS:
        buf_add_int64(answer, (int64_t)out->prompt_token_count + out->text_token_count);
        break;
    case CANDIDATES_AVG_LOGPROBS:
        json_write_double(answer, out->avg_logprobs);
        break;
    case CANDIDATES_MODEL_VERSION:
        json_write_string(answer, out->model_version);
        break;
    case CANDIDATES_CREATE_TIME:
        buf_reserve(answer, TIME_TEXT_MAX);
        answer->len += time_format(out->create_ns, answer->data + answer->len);
        break;
    case CANDIDATES_RESPONSE_ID:
        buf_add_text(answer, out->response_id);
        break;
    case CANDIDATES_NOTHING:
        break;
    }
}

void candidates_write_usual(
    const struct candidates_flavour *flavour, const struct generated *out, struct buf *answer)
{
    const struct candidates_piece *piece = flavour->usual;
    buf_reserve(answer, CANDIDATES_PIECES_BYTES_MAX + out->text.len);
    buf_add_text(answer, piece->text);
    for (; piece->value != CANDIDATES_NOTHING; piece++) {
        candidates_write_value(piece->value, out, answer);
        buf_add_text(answer, piece[1].text);
    }
}
