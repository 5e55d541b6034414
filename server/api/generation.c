#include "server/api/generation.h"

#include "server/api/access.h"
#include "server/call/stub_call.h"
#include "server/sim/tokens.h"
#include "server/sim/unicode.h"
#include "server/space/answer_cut.h"
#include "server/state/tuned_model.h"

bool generation_find_tuned(struct generation *generation)
{
    struct call *call = generation->call;
    generation->is_tuned = true;
    generation->subject = arena_joined(call->arena, TEXT("tunedModels/"), call->ids[0]);
    if (!call_check_model_name(call))
        return false;
    call->model = generation->subject;
    generation->model.base_model = TEXT("");
    generation->found = store_find_model(
        call->reader, call->space->number, call->ids[0], call->arena, &generation->model);
    if (generation->found == STORE_OK)
        generation->base = catalogue_find(call->app->catalogue, generation->model.base_model);
    generation->is_model_open = access_is_open(call, generation->model.base_model);
    return generation->is_model_open ||
           access_check_found(call, call->ids[0], ACCESS_READ, generation->found);
}

static bool generation_check_base(struct generation *generation)
{
    struct call *call = generation->call;
    generation->base = access_find_base(call, call->ids[0], "generateContent", "generateContent");
    return generation->base;
}

bool generation_find_base(struct generation *generation)
{
    struct call *call = generation->call;
    generation->subject = arena_joined(call->arena, TEXT("models/"), call->ids[0]);
    if (!call_check_model_name(call))
        return false;
    generation->is_model_open = access_is_open(call, generation->subject);
    return generation->is_model_open || generation_check_base(generation);
}

/* What generation_find_... has left open. */
static bool generation_check_model(struct generation *generation)
{
    struct call *call = generation->call;
    if (!generation->is_model_open)
        return true;
    if (!generation->is_tuned)
        return generation_check_base(generation);
    return access_check_found(call, call->ids[0], ACCESS_READ, generation->found);
}

static bool generation_check_tuned(struct generation *generation, const char *method)
{
    struct call *call = generation->call;
    if (!access_check_active(call, &generation->model, generation->base))
        return false;
    bool is_strict = call->app->settings.fidelity == FIDELITY_STRICT;
    /* A seed may have a model without a base; one that is not in the catalogue is gone. */
    struct text base_model = generation->model.base_model;
    bool is_gone = base_model.len && (!generation->base || generation->base->is_retired);
    bool is_without = generation->base && !base_model_supports(generation->base, method);
    bool is_off = base_model.len && access_is_switched_off(call, generation->base);
    if (is_without || is_off || (is_strict && is_gone)) {
        call_fail_unsupported(call, base_model, method);
        return false;
    }
    return true;
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
    if (!text_is_empty(generation->stub))
        return true;
    return generation_check_model(generation) &&
           (!generation->is_tuned || generation_check_tuned(generation, method));
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

/* A base model has no weights here; in JSON mode its sentence is a JSON string. */
static void generation_run_base(struct generation *generation)
{
    struct arena *arena = generation->call->arena;
    generation->answer = (struct answer){.source = ANSWER_FROM_BASE,
        .text = TEXT("This is a base model of an emulator: it has nothing to answer from.")};
    const struct message *config = generation->config;
    if (!config || !text_equals_string(message_text(config, GenerationConfig_response_mime_type),
                       "application/json"))
        return;
    struct buf json = BUF_INIT;
    json_write_string(&json, generation->answer.text);
    generation->answer.text = arena_text(arena, buf_text(&json));
    buf_release(&json);
}

/* Answers that the model's data set is not what was written. Always false, to be returned. */
static bool generation_fail_damaged(struct generation *generation, const char *problem)
{
    store_report_damage("data_set", generation->model.data_set, problem);
    call_fail_store(generation->call, STORE_DAMAGED);
    return false;
}

/* Answers inside the store's read: of a data set of megabytes only the answer is copied. Without an
 * answer the bytes are no data set, or the example that answers is damaged. */
static void generation_look_up(void *context, struct text bytes)
{
    struct generation *generation = context;
    struct arena *arena = generation->call->arena;
    struct examples examples;
    if (!examples_open(bytes, &examples))
        return;
    int32_t seen =
        tuned_model_seen_examples(&generation->model, generation->base, generation->call->now_ns);
    if (seen >= 0)
        examples_see(&examples, (uint32_t)seen, arena);
    generation->answer =
        answer_prompt(&examples, &generation->prompt, generation->model.noise_seed, arena);
    if (generation->answer.text.bytes)
        generation->answer.text = arena_text(arena, generation->answer.text);
}

static bool generation_run_tuned(struct generation *generation)
{
    struct call *call = generation->call;
    const struct store_model *model = &generation->model;
    if (model->data_set.len == 0) {
        generation->answer =
            answer_prompt(NULL, &generation->prompt, model->noise_seed, call->arena);
        return true;
    }
    generation->answer.text = (struct text){NULL, 0};
    enum store_result result =
        store_look_at_data_set(call->reader, model->data_set, generation_look_up, generation);
    if (result == STORE_NOT_FOUND)
        return generation_fail_damaged(generation, "a model needs it, and it is not there");
    if (result != STORE_OK) {
        call_fail_store(call, result);
        return false;
    }
    if (!generation->answer.text.bytes)
        return generation_fail_damaged(generation, "its bytes are no examples");
    /* All of the texts would be too many to look at for each answer. */
    return text_is_utf8(generation->answer.text, NULL) ||
           generation_fail_damaged(generation, "an example's output is no UTF-8");
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
    if (generation->is_tuned)
        return generation_run_tuned(generation);
    generation_run_base(generation);
    return true;
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
    return true;
}
