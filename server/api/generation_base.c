/* Base models, which have no weights here: they all say the same. */
#include "server/api/access.h"
#include "server/api/generation_kinds.h"

static bool generation_base_check_model(struct generation *generation)
{
    struct call *call = generation->call;
    generation->base = access_find_base(call, call->ids[0], "generateContent", "generateContent");
    return generation->base;
}

static bool generation_base_find(struct generation *generation)
{
    struct call *call = generation->call;
    generation->subject = arena_joined(call->arena, TEXT("models/"), call->ids[0]);
    if (!call_check_model_name(call))
        return false;
    generation->is_model_open = access_is_open(call, generation->subject);
    return generation->is_model_open || generation_base_check_model(generation);
}

/* In JSON mode the sentence is a JSON string. */
bool generation_base_answer(struct generation *generation)
{
    struct arena *arena = generation->call->arena;
    generation->answer = (struct answer){.source = ANSWER_FROM_BASE,
        .text = TEXT("This is a base model of an emulator: it has nothing to answer from.")};
    const struct message *config = generation->config;
    if (!config || !text_equals_string(message_text(config, GenerationConfig_response_mime_type),
                       "application/json"))
        return true;
    struct buf json = BUF_INIT;
    json_write_string(&json, generation->answer.text);
    generation->answer.text = arena_text(arena, buf_text(&json));
    buf_release(&json);
    return true;
}

const struct generation_kind generation_of_base = {
    .flavour = &gemini_candidates,
    .find = generation_base_find,
    .check_model = generation_base_check_model,
    .answer = generation_base_answer,
};
