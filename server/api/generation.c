#include "server/api/generation.h"

#include "server/call/stub_call.h"
#include "server/sim/tokens.h"
#include "server/sim/unicode.h"
#include "server/space/answer_cut.h"

bool generation_find(struct generation *generation)
{
    return generation->kind->find(generation);
}

static void generation_take_said(struct generation *generation, const struct stub_said *said)
{
    generation->stub = said->name;
    generation->answer.text = said->text;
    generation->response = said->message;
    generation->is_whole = said->finish_reason != 0;
    generation->out.block = said->block;
    generation->out.finish_reason = said->finish_reason;
}

bool generation_ask_stub(struct generation *generation)
{
    struct stub_said said;
    if (!generation->is_model_open)
        return true;
    switch (stub_call_take(generation->call, &said)) {
    case STUB_CALL_NONE:
        return true;
    case STUB_CALL_ANSWERED:
        return false;
    case STUB_CALL_SAYS:
        generation_take_said(generation, &said);
        return true;
    }
    return true;
}

bool generation_check_ready(struct generation *generation, const char *method)
{
    const struct generation_kind *kind = generation->kind;
    if (!text_is_empty(generation->stub))
        return true;
    return (!generation->is_model_open || kind->check_model(generation)) &&
           (!kind->check_state || kind->check_state(generation, method));
}

/* What comes before a stop sequence. One that begins inside a character, at an accent say, takes
 * the whole character away, for no answer ends with half of one. */
static struct text generation_before(struct text text, struct text stop)
{
    return stop.len ? text_slice(text, 0, unicode_boundary(text, text_find(text, stop))) : text;
}

void generation_cut(struct generation *generation, const struct message *stops, unsigned stop_field,
    int32_t token_max)
{
    struct text text = generation->answer.text;
    size_t stop_count = stops ? message_count(stops, stop_field) : 0;
    if (generation->is_whole) {
        generation->out.text = text;
        generation->out.text_token_count = tokens_estimate(text);
        return;
    }
    for (size_t i = 0; i < stop_count; i++)
        text = generation_before(text, message_text_at(stops, stop_field, i));
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

/* Who says what is answered. */
static struct text generation_source(const struct generation *generation)
{
    const struct call *call = generation->call;
    if (call->block)
        return call->block->answer;
    if (call->cut)
        return call->cut->answer;
    if (!text_is_empty(generation->stub))
        return generation->stub;
    return answer_source_name(&generation->answer, call->arena);
}

static bool generation_find_answer(struct generation *generation)
{
    if (!text_is_empty(generation->stub))
        return true;
    generation->out.block = generation->call->block;
    return generation->kind->answer(generation);
}

bool generation_run(struct generation *generation)
{
    struct call *call = generation->call;
    if (!generation_find_answer(generation))
        return false;
    reply_add_header(call->reply, "X-Emulator-Answer", generation_source(generation));
    const struct message *config = generation->config;
    generation_cut(generation, config, GenerationConfig_stop_sequences,
        config ? (int32_t)message_int(config, GenerationConfig_max_output_tokens) : 0);
    if (generation->kind->describe)
        generation->kind->describe(generation);
    return true;
}
