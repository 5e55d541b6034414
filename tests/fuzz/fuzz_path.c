/*
 * Paths, queries and masks as they come off the wire: the first line is a raw path, the second a
 * raw query, the third a fields= expression, the rest an update mask. Nothing crashes; what a route
 * binds is text that can be put into an answer.
 */
#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "server/call/query.h"
#include "server/contract/method.h"
#include "server/json/mask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_route(struct text raw_path, struct arena *arena)
{
    for (int verb = 0; verb <= VERB_OTHER; verb++) {
        for (int fidelity = FIDELITY_COMPAT; fidelity <= FIDELITY_STRICT; fidelity++) {
            struct route route;
            if (route_find((enum http_verb)verb, raw_path, (enum fidelity)fidelity, arena,
                    &route) != ROUTE_FOUND)
                continue;
            assert(route.method < METHOD_COUNT && route.version < VERSION_COUNT);
            for (int i = 0; i < 2; i++) {
                assert(text_is_utf8(route.ids[i], NULL));
                assert(!memchr(route.ids[i].bytes, '\0', route.ids[i].len));
            }
        }
    }
}

static void fuzz_query(struct text raw_query, struct arena *arena)
{
    struct app app = {.settings = {.fidelity = FIDELITY_COMPAT}};
    struct exchange exchange;
    exchange_init(&exchange);
    struct call call = {.app = &app,
        .arena = arena,
        .request = &exchange.request,
        .reply = &exchange.reply,
        .method = &methods[METHOD_TUNED_MODELS_LIST],
        .version = VERSION_V1BETA,
        .messages = VERSION_V1BETA};
    call.in = message_new(arena, MESSAGE_ListTunedModelsRequest, VERSION_V1BETA);
    decode_problems_init(&call.problems, arena);
    if (!query_read(&call, raw_query))
        assert(exchange.reply.status == 400);
    assert(text_is_utf8(message_text(call.in, ListTunedModelsRequest_filter), NULL));
    exchange_release(&exchange);
}

static void fuzz_masks(struct text fields, struct text update_mask, struct arena *arena)
{
    const struct json_mask *mask = NULL;
    struct text problem = TEXT("");
    struct text *paths = NULL;
    /* The front end passes on valid UTF-8 only. */
    if (!text_is_utf8(fields, NULL) || !text_is_utf8(update_mask, NULL))
        return;
    if (!json_mask_parse(
            fields, &message_types[MESSAGE_TunedModel], VERSION_V1BETA, arena, &mask, &problem))
        assert(problem.len > 0 && text_is_utf8(problem, NULL));
    size_t count = update_mask_paths(update_mask, arena, &paths);
    for (size_t i = 0; i < count; i++)
        assert(paths[i].len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text rest = {size ? (const char *)data : "", size};
    struct text lines[3] = {TEXT_INIT(""), TEXT_INIT(""), TEXT_INIT("")};
    struct arena arena;
    arena_init(&arena);
    for (int i = 0; i < 3 && rest.bytes; i++)
        lines[i] = text_split(&rest, '\n');
    if (!rest.bytes)
        rest = TEXT("");
    fuzz_route(lines[0], &arena);
    fuzz_query(lines[1], &arena);
    fuzz_masks(lines[2], rest, &arena);
    arena_release(&arena);
    return 0;
}
