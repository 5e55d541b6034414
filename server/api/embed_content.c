/* embedContent and batchEmbedContents: of base models only. */
#include "server/api/access.h"
#include "server/api/handlers.h"
#include "server/contract/limits.h"
#include "server/sim/embed.h"
#include "server/sim/tokens.h"
#include "server/state/catalogue.h"

/* The one embedding model whose vectors cannot be shortened (comment of the request's proto). */
#define MODEL_OF_FIXED_DIMENSIONS "models/embedding-001"

/* Adds a line for a field that is missing; the last name of its path says what. */
static void embed_require(struct field_lines *lines, struct text path)
{
    const char *dot = memrchr(path.bytes, '.', path.len);
    struct text name = dot ? text_slice(path, (size_t)(dot - path.bytes) + 1, path.len) : path;
    field_lines_add(lines, ERROR_TM_REQUIRED, path, 1, &name);
}

/* `prefix` is where the request stands in the body: empty, or "requests[3]." */
static void embed_check_content(
    struct field_lines *lines, const struct message *request, struct text prefix)
{
    struct arena *arena = lines->arena;
    const struct message *content = message_child(request, EmbedContentRequest_content);
    if (!content) {
        embed_require(lines, arena_printf(arena, "%.*scontent", TEXT_ARGS(prefix)));
        return;
    }
    size_t part_count = message_count(content, Content_parts);
    if (part_count == 0)
        embed_require(lines, arena_printf(arena, "%.*scontent.parts", TEXT_ARGS(prefix)));
    for (size_t i = 0; i < part_count && lines->count < VIOLATIONS_MAX; i++) {
        const struct message *part = message_child_at(content, Content_parts, i);
        if (text_is_empty(message_text(part, Part_text)))
            embed_require(
                lines, arena_printf(arena, "%.*scontent.parts[%zu].text", TEXT_ARGS(prefix), i));
    }
}

static int32_t embed_dimensions(const struct base_model *base)
{
    return base->has_large_embeddings ? EMBED_DIMENSIONS_MAX : EMBED_DIMENSIONS;
}

static void embed_check_dimensions(struct field_lines *lines, const struct base_model *base,
    const struct message *request, struct text prefix)
{
    if (!message_has(request, EmbedContentRequest_output_dimensionality))
        return;
    struct arena *arena = lines->arena;
    int64_t asked = message_int(request, EmbedContentRequest_output_dimensionality);
    struct text model = message_text(base->model, Model_name);
    struct text bound;
    if (text_equals_string(model, MODEL_OF_FIXED_DIMENSIONS))
        bound = arena_printf(arena, "unset for %.*s", TEXT_ARGS(model));
    else if (asked < 1 || asked > embed_dimensions(base))
        bound = arena_printf(arena, "in the range 1 to %d", embed_dimensions(base));
    else
        return;
    field_lines_add(lines, ERROR_TM_HYPER_RANGE,
        arena_printf(arena, "%.*soutput_dimensionality", TEXT_ARGS(prefix)), 1, &bound);
}

/* Adds what still fits into the model's input. */
static void embed_add_bounded(struct embedding *embedding, struct text text, int32_t *token_budget)
{
    text = text_slice(text, 0, tokens_prefix_bytes(text, *token_budget));
    *token_budget -= tokens_estimate(text);
    embed_add(embedding, text);
}

/*
 * Fills a ContentEmbedding with the embedding of a request that was checked. Its task type changes
 * nothing, so that questions and documents can be compared. Fewer dimensions are the first ones,
 * not scaled again, as the request's reference says.
 */
static void embed_fill(
    const struct base_model *base, const struct message *request, struct message *result)
{
    int64_t limit = message_int(base->model, Model_input_token_limit);
    int32_t token_budget =
        limit > 0 && limit < EMBED_INPUT_TOKENS_MAX ? (int32_t)limit : EMBED_INPUT_TOKENS_MAX;
    struct embedding embedding;
    embed_init(&embedding, (unsigned)embed_dimensions(base));
    embed_add_bounded(&embedding, message_text(request, EmbedContentRequest_title), &token_budget);
    const struct message *content = message_child(request, EmbedContentRequest_content);
    for (size_t i = 0; i < message_count(content, Content_parts) && token_budget > 0; i++) {
        const struct message *part = message_child_at(content, Content_parts, i);
        embed_add_bounded(&embedding, message_text(part, Part_text), &token_budget);
    }

    float values[EMBED_DIMENSIONS_MAX];
    embed_finish(&embedding, values);
    int64_t count = message_has(request, EmbedContentRequest_output_dimensionality)
                        ? message_int(request, EmbedContentRequest_output_dimensionality)
                        : embed_dimensions(base);
    for (int64_t i = 0; i < count; i++)
        message_add_float(result, ContentEmbedding_values, values[i]);
}

enum call_state models_embed_content(struct call *call)
{
    const struct base_model *base =
        access_find_base(call, call->ids[0], "embedContent", "embedContent");
    if (!base)
        return CALL_DONE;
    call_end_read(call);
    struct field_lines lines;
    call_begin_lines(call, &lines);
    embed_check_content(&lines, call->in, TEXT(""));
    embed_check_dimensions(&lines, base, call->in, TEXT(""));
    if (lines.count)
        return call_fail_lines(call, &lines);

    struct message *answer = call_new_answer(call);
    embed_fill(base, call->in, message_make_child(answer, EmbedContentResponse_embedding));
    return call_answer(call, answer);
}

/* One request of a batch: its model must be that of the path. */
static void embed_check_item(
    struct field_lines *lines, const struct base_model *base, const struct message *item, size_t i)
{
    struct arena *arena = lines->arena;
    struct text prefix = arena_printf(arena, "requests[%zu].", i);
    struct text model = message_text(base->model, Model_name);
    if (!text_equals(message_text(item, EmbedContentRequest_model), model)) {
        struct text reason =
            arena_printf(arena, "must be %.*s, the model of the batch", TEXT_ARGS(model));
        field_lines_add(lines, ERROR_PERM_INVALID,
            arena_printf(arena, "%.*smodel", TEXT_ARGS(prefix)), 1, &reason);
    }
    embed_check_content(lines, item, prefix);
    embed_check_dimensions(lines, base, item, prefix);
}

enum call_state models_batch_embed_contents(struct call *call)
{
    const struct base_model *base =
        access_find_base(call, call->ids[0], "embedContent", "batchEmbedContents");
    if (!base)
        return CALL_DONE;
    call_end_read(call);
    size_t count = message_count(call->in, BatchEmbedContentsRequest_requests);
    struct field_lines lines;
    call_begin_lines(call, &lines);
    if (count == 0)
        embed_require(&lines, TEXT("requests"));
    if (count > EMBED_REQUESTS_MAX) {
        struct text reason = arena_printf(
            call->arena, "at most %d requests can be in one batch", EMBED_REQUESTS_MAX);
        field_lines_add(&lines, ERROR_PERM_INVALID, TEXT("requests"), 1, &reason);
    } else {
        for (size_t i = 0; i < count; i++)
            embed_check_item(
                &lines, base, message_child_at(call->in, BatchEmbedContentsRequest_requests, i), i);
    }
    if (lines.count)
        return call_fail_lines(call, &lines);

    struct message *answer = call_new_answer(call);
    for (size_t i = 0; i < count; i++)
        embed_fill(base, message_child_at(call->in, BatchEmbedContentsRequest_requests, i),
            message_add_child(answer, BatchEmbedContentsResponse_embeddings));
    return call_answer(call, answer);
}
