#include "server/api/sampling_check.h"

/* Texts below name these. */
_Static_assert(CANDIDATES_MAX == 8, "[1, 8]");
_Static_assert(STOP_SEQUENCES_MAX == 5, "5 sequences");

/* Where a message has its parameters of sampling, and what differs in their bounds. */
struct sampling {
    const char *prefix; /* of their paths */
    unsigned candidate_count, stop_sequences, max_output_tokens, temperature, top_p, top_k;
    float temperature_max;
    const char *temperature_range;
};

static const struct sampling config_sampling = {"generation_config.",
    GenerationConfig_candidate_count, GenerationConfig_stop_sequences,
    GenerationConfig_max_output_tokens, GenerationConfig_temperature, GenerationConfig_top_p,
    GenerationConfig_top_k, 2.0F, "in the range [0.0, 2.0]"};

/* Comment of GenerateTextRequest.temperature: up to 1. */
static const struct sampling text_sampling = {"", GenerateTextRequest_candidate_count,
    GenerateTextRequest_stop_sequences, GenerateTextRequest_max_output_tokens,
    GenerateTextRequest_temperature, GenerateTextRequest_top_p, GenerateTextRequest_top_k, 1.0F,
    "in the range [0.0, 1.0]"};

static void sampling_check_range(struct field_lines *lines, const struct sampling *sampling,
    const char *name, bool is_good, const char *allowed)
{
    struct text argument = text_of(allowed);
    if (!is_good)
        field_lines_add(lines, ERROR_GEN_RANGE,
            arena_printf(lines->arena, "%s%s", sampling->prefix, name), 1, &argument);
}

void sampling_check(struct field_lines *lines, const struct message *message)
{
    const struct sampling *sampling =
        message_is(message, MESSAGE_GenerationConfig) ? &config_sampling : &text_sampling;
    int64_t candidates = message_int(message, sampling->candidate_count);
    float temperature = message_float(message, sampling->temperature);
    float top_p = message_float(message, sampling->top_p);
    sampling_check_range(lines, sampling, "candidate_count",
        !message_has(message, sampling->candidate_count) ||
            (candidates >= 1 && candidates <= CANDIDATES_MAX),
        "in the range [1, 8]");
    sampling_check_range(lines, sampling, "stop_sequences",
        message_count(message, sampling->stop_sequences) <= STOP_SEQUENCES_MAX,
        "at most 5 sequences");
    sampling_check_range(lines, sampling, "max_output_tokens",
        !message_has(message, sampling->max_output_tokens) ||
            message_int(message, sampling->max_output_tokens) >= 1,
        "at least 1");
    sampling_check_range(lines, sampling, "temperature",
        temperature >= 0.0F && temperature <= sampling->temperature_max,
        sampling->temperature_range);
    sampling_check_range(
        lines, sampling, "top_p", top_p >= 0.0F && top_p <= 1.0F, "in the range [0.0, 1.0]");
    sampling_check_range(
        lines, sampling, "top_k", message_int(message, sampling->top_k) >= 0, "at least 0");
}
