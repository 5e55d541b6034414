/* countTokens, on models of all kinds. */
#include "server/api/access.h"
#include "server/api/generation_kinds.h"
#include "server/api/handlers.h"
#include "server/api/part_check.h"
#include "server/call/stub_call.h"
#include "server/state/catalogue.h"
#include "server/state/content.h"

static bool count_is_model_name(struct text name)
{
    return text_starts_with(name, TEXT("models/")) || text_starts_with(name, TEXT("tunedModels/"));
}

/* Checks a request whose prompt is either `contents` or a whole GenerateContentRequest. False if
 * the call was answered. */
static bool count_check(struct call *call)
{
    const struct message *whole =
        message_child(call->in, CountTokensRequest_generate_content_request);
    bool has_contents = message_count(call->in, CountTokensRequest_contents) > 0;
    struct field_lines lines;
    call_begin_lines(call, &lines);
    struct text name = TEXT("contents");
    struct text both = TEXT("must not be set together with generate_content_request");
    if (whole && has_contents)
        field_lines_add(&lines, ERROR_PERM_INVALID, name, 1, &both);
    else if (!whole && !has_contents)
        field_lines_add(&lines, ERROR_TM_REQUIRED, name, 1, &name);
    if (lines.count) {
        call_fail_lines(call, &lines);
        return false;
    }

    const struct message *prompt = whole ? whole : call->in;
    struct text request = whole ? TEXT("GenerateContentRequest") : call_request_name(call);
    unsigned contents =
        whole ? (unsigned)GenerateContentRequest_contents : (unsigned)CountTokensRequest_contents;
    if (!part_check_contents(call, prompt, contents, request))
        return false;
    bool is_named =
        !whole || count_is_model_name(message_text(whole, GenerateContentRequest_model));
    if (!is_named)
        call_fail_with(call, ERROR_GEN_MODEL_NAME, 2,
            (struct text[]){TEXT("GenerateContentRequest"), TEXT("model")});
    else if (message_count(prompt, contents) == 0)
        call_fail(call, ERROR_GEN_CONTENTS);
    return is_named && message_count(prompt, contents) > 0;
}

static enum call_state count_answer(struct call *call)
{
    const struct message *whole =
        message_child(call->in, CountTokensRequest_generate_content_request);
    const struct message *system =
        whole ? message_child(whole, GenerateContentRequest_system_instruction) : NULL;
    int64_t count = whole ? content_tokens_of_prompt(whole, GenerateContentRequest_contents, system)
                          : content_tokens_of_prompt(call->in, CountTokensRequest_contents, NULL);
    struct message *answer = call_new_answer(call);
    message_set_int(
        answer, CountTokensResponse_total_tokens, count < INT32_MAX ? count : INT32_MAX);
    return call_answer(call, answer);
}

/* A stub answers whether or not there is such a model, of this base; `check_model` is false if the
 * call was answered. */
static enum call_state count_tokens(
    struct call *call, struct text base_model, bool check_model(struct call *call))
{
    if (!call_check_model_name(call))
        return CALL_DONE;
    bool is_open = access_is_open(call, base_model);
    if (!is_open && !check_model(call))
        return CALL_DONE;
    if (!is_open)
        call_end_read(call);
    if (!count_check(call) || (is_open && (stub_call_answer(call) || !check_model(call))))
        return CALL_DONE;
    return count_answer(call);
}

static bool count_check_base(struct call *call)
{
    return access_find_base(call, call->ids[0], "countTokens", "countTokens");
}

static bool count_check_tuned(struct call *call)
{
    struct store_model model;
    if (!access_find_model(call, call->ids[0], ACCESS_READ, &model))
        return false;
    const struct base_model *base = catalogue_find(call->app->catalogue, model.base_model);
    if (!base || base_model_supports(base, "countTokens"))
        return true;
    call_fail_unsupported(call, model.base_model, "countTokens");
    return false;
}

enum call_state models_count_tokens(struct call *call)
{
    return count_tokens(
        call, arena_joined(call->arena, TEXT("models/"), call->ids[0]), count_check_base);
}

enum call_state tuned_models_count_tokens(struct call *call)
{
    return count_tokens(call, TEXT(""), count_check_tuned);
}

/* --- Vertex AI --- */

static bool count_check_vertex(struct call *call)
{
    size_t count = message_count(call->in, CountTokensRequest_contents);
    if (count == 0) {
        call_fail(call, ERROR_VX_CONTENTS);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct message *content = message_child_at(call->in, CountTokensRequest_contents, i);
        size_t part_count = message_count(content, Content_parts);
        if (part_count == 0) {
            call_fail(call, ERROR_VX_PARTS);
            return false;
        }
        for (size_t k = 0; k < part_count; k++)
            if (!part_check_for_vertex(call, message_child_at(content, Content_parts, k)))
                return false;
    }
    return true;
}

static enum call_state count_answer_vertex(struct call *call)
{
    const struct message *system = message_child(call->in, CountTokensRequest_system_instruction);
    int64_t tokens = content_tokens_of_texts(call->in, CountTokensRequest_contents, system);
    int64_t characters = system ? content_billable_characters(system) : 0;
    for (size_t i = 0; i < message_count(call->in, CountTokensRequest_contents); i++)
        characters +=
            content_billable_characters(message_child_at(call->in, CountTokensRequest_contents, i));
    tokens = tokens < INT32_MAX ? tokens : INT32_MAX;
    struct message *answer = call_new_answer(call);
    message_set_int(answer, VertexCountTokensResponse_total_tokens, tokens);
    message_set_int(answer, VertexCountTokensResponse_total_billable_characters,
        characters < INT32_MAX ? characters : INT32_MAX);
    if (tokens > 0) {
        struct message *detail =
            message_add_child(answer, VertexCountTokensResponse_prompt_tokens_details);
        message_set_int(detail, ModalityTokenCount_modality, Modality_TEXT);
        message_set_int(detail, ModalityTokenCount_token_count, tokens);
    }
    return call_answer(call, answer);
}

static enum call_state count_vertex(struct call *call, const struct generation_kind *kind)
{
    struct generation generation = {.call = call, .kind = kind};
    if (!generation_find(&generation) || !count_check_vertex(call))
        return CALL_DONE;
    if (generation.is_model_open && (stub_call_answer(call) || !kind->check_model(&generation)))
        return CALL_DONE;
    return count_answer_vertex(call);
}

enum call_state publisher_models_count_tokens(struct call *call)
{
    return count_vertex(call, &generation_of_publisher);
}

enum call_state vertex_endpoints_count_tokens(struct call *call)
{
    return count_vertex(call, &generation_of_endpoint);
}
