#include "server/api/prompt_check.h"

#include <inttypes.h>

#include "base/array.h"
#include "server/api/part_check.h"
#include "server/api/sampling_check.h"
#include "server/state/content.h"

static struct text prompt_number(struct generation *generation, size_t number)
{
    return arena_printf(generation->call->arena, "%zu", number);
}

/* Each service has its own words for what no prompt can be without. */
struct prompt_words {
    enum error_id contents, parts;
};

static const struct prompt_words *prompt_words_of(const struct generation *generation)
{
    static const struct prompt_words gemini = {ERROR_GEN_CONTENTS, ERROR_GEN_PARTS};
    static const struct prompt_words vertex = {ERROR_VX_CONTENTS, ERROR_VX_PARTS};
    return generation->kind->is_of_vertex_ai ? &vertex : &gemini;
}

/* Checks one part. False if the call was answered. */
static bool prompt_check_part(
    struct generation *generation, const struct message *part, const struct part_place *place)
{
    struct call *call = generation->call;
    if (generation->kind->is_of_vertex_ai)
        return part_check_for_vertex(call, part);
    return part_check_filled(call, part, place) &&
           (generation->kind->is_text_only
                   ? part_check_for_tuned(call, part, place, generation->subject)
                   : part_check_for_base(call, part));
}

/* Until 2024 results of functions were turns of a role of their own. Guides to Vertex AI write
 * roles in capitals. */
static bool prompt_is_role(const struct generation *generation, struct text role)
{
    if (generation->kind->is_of_vertex_ai && (text_equals_ignoring_case(role, TEXT("user")) ||
                                                 text_equals_ignoring_case(role, TEXT("model"))))
        return true;
    bool has_function = !generation->kind->is_text_only &&
                        generation->call->app->settings.fidelity == FIDELITY_COMPAT;
    return text_is_empty(role) || text_equals_string(role, "user") ||
           text_equals_string(role, "model") ||
           (has_function && text_equals_string(role, "function"));
}

/* The tokens of the prompt's text; for a base model, and in Vertex AI, as countTokens counts them.
 */
static void prompt_count_tokens(struct generation *generation)
{
    const struct message *in = generation->call->in;
    const struct message *system = message_child(in, GenerateContentRequest_system_instruction);
    const struct generation_kind *kind = generation->kind;
    int64_t tokens = kind->is_text_only || kind->is_of_vertex_ai
                         ? content_tokens_of_texts(in, GenerateContentRequest_contents,
                               kind->is_text_only ? NULL : system)
                         : content_tokens_of_prompt(in, GenerateContentRequest_contents, system);
    generation->out.prompt_token_count = tokens < INT32_MAX ? (int32_t)tokens : INT32_MAX;
}

/* Checks contents and reads the prompt. False if the call was answered. */
static bool prompt_check_contents(struct generation *generation)
{
    struct call *call = generation->call;
    size_t count = message_count(call->in, GenerateContentRequest_contents);
    size_t characters = 0;
    const struct message *last = NULL; /* of the user */
    size_t last_index = 0;
    if (count == 0) {
        call_fail(call, prompt_words_of(generation)->contents);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct message *content =
            message_child_at(call->in, GenerateContentRequest_contents, i);
        struct text role = message_text(content, Content_role);
        size_t part_count = message_count(content, Content_parts);
        if (part_count == 0 || !prompt_is_role(generation, role)) {
            call_fail(call, part_count == 0 ? prompt_words_of(generation)->parts : ERROR_GEN_ROLE);
            return false;
        }
        for (size_t k = 0; k < part_count; k++) {
            struct part_place place = {TEXT("GenerateContentRequest"), i, k};
            if (!prompt_check_part(generation, message_child_at(content, Content_parts, k), &place))
                return false;
        }
        characters += content_characters(content);
        if (!text_equals_string(role, "model")) {
            last = content;
            last_index = i;
        }
    }
    if (generation->kind->is_text_only && characters > PROMPT_CHARACTERS_MAX) {
        struct text arguments[] = {prompt_number(generation, PROMPT_CHARACTERS_MAX),
            prompt_number(generation, characters)};
        call_fail_with(call, ERROR_GEN_PROMPT_LONG, 2, arguments);
        return false;
    }
    generation->prompt = (struct prompt){.forms = {TEXT("")}, .form_count = 1};
    if (last && generation->kind->is_of_examples) {
        generation->prompt = content_prompt(last, call->arena);
        generation->prompt.context = content_context(call->in, GenerateContentRequest_contents,
            last_index, message_child(call->in, GenerateContentRequest_system_instruction));
        call->prompt = generation->prompt.forms[0];
    }
    prompt_count_tokens(generation);
    return true;
}

/* True if the config asks for JSON or another constrained output. */
static bool prompt_wants_json(const struct message *config)
{
    struct text mime = message_text(config, GenerationConfig_response_mime_type);
    return (mime.len && !text_equals_string(mime, "text/plain")) ||
           message_has(config, GenerationConfig_response_schema) ||
           message_has(config, GenerationConfig_response_json_schema) ||
           message_has(config, GenerationConfig_response_json_schema_ordered);
}

static bool prompt_is_known_mime(struct text mime)
{
    static const char *const known[] = {
        "", "text/plain", "application/json", "application/xml", "application/yaml", "text/x.enum"};
    for (size_t i = 0; i < ARRAY_COUNT(known); i++)
        if (text_equals_string(mime, known[i]))
            return true;
    return false;
}

static bool prompt_check_safety(struct generation *generation)
{
    struct call *call = generation->call;
    size_t count = message_count(call->in, GenerateContentRequest_safety_settings);
    for (size_t i = 0; i < count; i++) {
        const struct message *setting =
            message_child_at(call->in, GenerateContentRequest_safety_settings, i);
        int64_t category = message_int(setting, SafetySetting_category);
        /* Clients that send numbers send those of Vertex AI, which begin at 1. */
        int64_t first = generation->kind->is_of_vertex_ai
                            ? (int64_t)VertexHarmCategory_HARM_CATEGORY_HATE_SPEECH
                            : HarmCategory_HARM_CATEGORY_HARASSMENT;
        if (category >= first && category <= HarmCategory_HARM_CATEGORY_CIVIC_INTEGRITY)
            continue;
        call_fail_text(call, ERROR_GEN_SAFETY, prompt_number(generation, i));
        return false;
    }
    return true;
}

/* True if any of the modalities is not text, all that is answered here. */
static bool prompt_wants_other_modalities(const struct message *config)
{
    for (size_t i = 0; i < message_count(config, GenerationConfig_response_modalities); i++)
        if (message_int_at(config, GenerationConfig_response_modalities, i) !=
            GenerationConfig_Modality_TEXT)
            return true;
    return false;
}

/* A feature that a request asks for and that its model does not have. */
struct missing_feature {
    bool is_asked;
    enum error_id error; /* of strict */
    const char *hint;    /* of compat */
};

/* Refuses in strict the first that is asked for; in compat it is ignored with a hint. False if the
 * call was answered. */
static bool prompt_check_features(
    struct generation *generation, const struct missing_feature *features, size_t count)
{
    struct call *call = generation->call;
    for (size_t i = 0; i < count; i++) {
        if (!features[i].is_asked)
            continue;
        if (call->app->settings.fidelity == FIDELITY_STRICT) {
            struct error_hole hole;
            bool has_subject = error_next_hole(text_of(errors[features[i].error].text), 0, &hole);
            call_fail_with(call, features[i].error, has_subject, &generation->subject);
            return false;
        }
        call_hint(call, features[i].hint);
    }
    return true;
}

/* What no model has here. */
static bool prompt_check_support(struct generation *generation)
{
    const struct message *in = generation->call->in;
    const struct missing_feature features[] = {
        {message_text(in, GenerateContentRequest_cached_content).len > 0, ERROR_GEN_CACHED_CONTENT,
            "cachedContent is ignored: there are no cached contents"},
    };
    return prompt_check_features(generation, features, ARRAY_COUNT(features));
}

/* What tuned models do not have. */
static bool prompt_check_tuned_support(struct generation *generation)
{
    struct call *call = generation->call;
    const struct message *in = call->in, *config = generation->config;
    bool is_early = generation->base && generation->base->curve != TRAINING_CURVE_GEMINI_1_5_FLASH;
    const struct missing_feature features[] = {
        {message_has(in, GenerateContentRequest_system_instruction), ERROR_GEN_SYSTEM_INSTRUCTION,
            "systemInstruction is ignored: tuned models do not take one"},
        {message_count(in, GenerateContentRequest_tools) > 0 ||
                message_has(in, GenerateContentRequest_tool_config),
            ERROR_GEN_FUNCTION, "tools are ignored: tuned models do not call functions"},
        {config && message_has(config, GenerationConfig_thinking_config), ERROR_GEN_THINKING,
            "thinkingConfig is ignored: tuned models do not think"},
        {config && prompt_wants_other_modalities(config), ERROR_GEN_MODALITIES,
            "responseModalities are ignored: tuned models answer with text"},
        {config && message_has(config, GenerationConfig_image_config), ERROR_GEN_MODALITIES,
            "imageConfig is ignored: tuned models answer with text"},
        {config && message_has(config, GenerationConfig_speech_config), ERROR_GEN_SPEECH,
            "speechConfig is ignored: tuned models do not speak"},
        {config && message_bool(config, GenerationConfig_response_logprobs), ERROR_GEN_LOGPROBS,
            "responseLogprobs is ignored: tuned models give no logprobs"},
        {is_early && message_count(in, GenerateContentRequest_contents) > 1, ERROR_GEN_MULTITURN,
            "earlier turns are ignored: tuned models of this base answer the last prompt only"},
    };
    if (config && prompt_wants_json(config)) {
        call_fail_text(call, ERROR_GEN_JSON_MODE, generation->subject);
        return false;
    }
    return prompt_check_features(generation, features, ARRAY_COUNT(features));
}

/* Vertex AI bounds the tokens of an answer by what the model gives, and has its own words for it.
 * False if the call was answered. */
static bool prompt_check_output_tokens(struct generation *generation)
{
    const struct base_model *base = generation->base;
    int64_t asked = message_int(generation->config, GenerationConfig_max_output_tokens);
    int64_t limit = base ? message_int(base->model, Model_output_token_limit) : 0;
    if (!message_has(generation->config, GenerationConfig_max_output_tokens) || limit == 0 ||
        (asked >= 1 && asked <= limit))
        return true;
    struct arena *arena = generation->call->arena;
    struct text arguments[] = {
        arena_printf(arena, "%" PRId64, asked), arena_printf(arena, "%" PRId64, limit + 1)};
    call_fail_with(generation->call, ERROR_VX_OUTPUT_TOKENS, 2, arguments);
    return false;
}

/* The fields of GenerationConfig. False if the call was answered. */
static bool prompt_check_config(struct generation *generation)
{
    struct call *call = generation->call;
    const struct message *config = generation->config;
    struct field_lines lines;
    if (generation->kind->is_of_vertex_ai && !prompt_check_output_tokens(generation))
        return false;
    call_begin_lines(call, &lines);
    sampling_check(&lines, config);
    if (lines.count) {
        call_fail_lines(call, &lines);
        return false;
    }
    if (!prompt_is_known_mime(message_text(config, GenerationConfig_response_mime_type))) {
        call_fail(call, ERROR_GEN_MIME);
        return false;
    }
    if (message_has(config, GenerationConfig_logprobs) &&
        !message_bool(config, GenerationConfig_response_logprobs)) {
        call_fail(call, ERROR_GEN_LOGPROBS_ALONE);
        return false;
    }
    if (message_has(config, GenerationConfig_candidate_count))
        generation->out.candidate_count =
            (int32_t)message_int(config, GenerationConfig_candidate_count);
    return true;
}

bool prompt_check(struct generation *generation)
{
    struct call *call = generation->call;
    generation->config = message_child(call->in, GenerateContentRequest_generation_config);
    generation->out.candidate_count = 1;
    return prompt_check_contents(generation) && prompt_check_safety(generation) &&
           (!generation->config || prompt_check_config(generation)) &&
           prompt_check_support(generation) &&
           (!generation->kind->is_text_only || prompt_check_tuned_support(generation));
}
