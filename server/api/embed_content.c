/* embedContent and batchEmbedContents: of base models only. */
#include "server/api/access.h"
#include "server/api/handlers.h"
#include "server/call/stub_call.h"
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

/* What embeds. */
struct embedder {
    struct call *call;
    const char *method;
    struct text name;              /* of the path: "models/x" */
    const struct base_model *base; /* NULL: whether there is such a model is checked last */
    bool is_open;                  /* that is so, since a stub may answer */
};

/* Finds the model of the path. A stub answers whether or not there is one. False if the call was
 * answered. */
static bool embedder_init(struct embedder *embedder, struct call *call, const char *method)
{
    *embedder = (struct embedder){.call = call, .method = method};
    embedder->name = arena_joined(call->arena, TEXT("models/"), call->ids[0]);
    if (!call_check_model_name(call))
        return false;
    embedder->is_open = access_is_open(call, embedder->name);
    if (embedder->is_open)
        embedder->base = catalogue_find(call->app->catalogue, embedder->name);
    else
        embedder->base = access_find_base(call, call->ids[0], "embedContent", method);
    call_end_read(call);
    return embedder->is_open || embedder->base;
}

/* After the request was checked. False if a stub has answered the call, or there is no such model.
 */
static bool embedder_check(struct embedder *embedder)
{
    struct call *call = embedder->call;
    if (!embedder->is_open)
        return true;
    if (stub_call_answer(call))
        return false;
    embedder->base = access_find_base(call, call->ids[0], "embedContent", embedder->method);
    return embedder->base;
}

/* The most that any model has, of one that is not there. */
static int32_t embed_dimensions(const struct base_model *base)
{
    return !base || base->has_large_embeddings ? EMBED_DIMENSIONS_MAX : EMBED_DIMENSIONS;
}

static void embed_check_dimensions(struct field_lines *lines, const struct embedder *embedder,
    const struct message *request, struct text prefix)
{
    if (!message_has(request, EmbedContentRequest_output_dimensionality))
        return;
    struct arena *arena = lines->arena;
    int64_t asked = message_int(request, EmbedContentRequest_output_dimensionality);
    struct text model = embedder->name;
    int32_t dimensions = embed_dimensions(embedder->base);
    struct text bound;
    if (text_equals_string(model, MODEL_OF_FIXED_DIMENSIONS))
        bound = arena_printf(arena, "unset for %.*s", TEXT_ARGS(model));
    else if (asked < 1 || asked > dimensions)
        bound = arena_printf(arena, "in the range 1 to %d", dimensions);
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
    struct embedder embedder;
    if (!embedder_init(&embedder, call, "embedContent"))
        return CALL_DONE;
    struct field_lines lines;
    call_begin_lines(call, &lines);
    embed_check_content(&lines, call->in, TEXT(""));
    embed_check_dimensions(&lines, &embedder, call->in, TEXT(""));
    if (lines.count)
        return call_fail_lines(call, &lines);
    if (!embedder_check(&embedder))
        return CALL_DONE;

    struct message *answer = call_new_answer(call);
    embed_fill(embedder.base, call->in, message_make_child(answer, EmbedContentResponse_embedding));
    return call_answer(call, answer);
}

/* One request of a batch: its model must be that of the path. */
static void embed_check_item(struct field_lines *lines, const struct embedder *embedder,
    const struct message *item, size_t i)
{
    struct arena *arena = lines->arena;
    struct text prefix = arena_printf(arena, "requests[%zu].", i);
    struct text model = embedder->name;
    if (!text_equals(message_text(item, EmbedContentRequest_model), model)) {
        struct text reason =
            arena_printf(arena, "must be %.*s, the model of the batch", TEXT_ARGS(model));
        field_lines_add(lines, ERROR_PERM_INVALID,
            arena_printf(arena, "%.*smodel", TEXT_ARGS(prefix)), 1, &reason);
    }
    embed_check_content(lines, item, prefix);
    embed_check_dimensions(lines, embedder, item, prefix);
}

enum call_state models_batch_embed_contents(struct call *call)
{
    struct embedder embedder;
    if (!embedder_init(&embedder, call, "batchEmbedContents"))
        return CALL_DONE;
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
            embed_check_item(&lines, &embedder,
                message_child_at(call->in, BatchEmbedContentsRequest_requests, i), i);
    }
    if (lines.count)
        return call_fail_lines(call, &lines);
    if (!embedder_check(&embedder))
        return CALL_DONE;

    struct message *answer = call_new_answer(call);
    for (size_t i = 0; i < count; i++)
        embed_fill(embedder.base, message_child_at(call->in, BatchEmbedContentsRequest_requests, i),
            message_add_child(answer, BatchEmbedContentsResponse_embeddings));
    return call_answer(call, answer);
}
