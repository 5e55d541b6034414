#include "server/call/stub_call.h"

#include <assert.h>
#include <inttypes.h>

#include "server/call/facts.h"
#include "server/call/fault_status.h"
#include "server/call/stub_miss.h"
#include "server/contract/limits.h"
#include "server/space/stubs.h"

bool stub_call_is_possible(const struct call *call)
{
    bool is_asked =
        !stubs_is_empty(call->space->stubs) || call->dials.on_no_match != NO_MATCH_ANSWER;
    return is_asked && !call->block;
}

/* Forms of the model's name that are found are in `model_forms`. */
static struct match_facts stub_call_facts(
    struct call *call, const struct prompt *prompt, struct text model_forms[FACTS_MODEL_FORMS_MAX])
{
    return (struct match_facts){
        .method = facts_method(call),
        .model = facts_model(call),
        .model_forms = model_forms,
        .model_form_count = facts_model_forms(call, model_forms),
        .caller = facts_caller(call),
        .body = call->request->body,
        .prompt = prompt->forms[0],
        .prompt_forms = prompt->forms + 1,
        .prompt_form_count = prompt->form_count - 1,
        .steps_left = &call->match_steps_left,
        .prompt_has_labels = prompt->has_labels,
    };
}

/* Answers that the stub cannot be given. */
static enum stub_call_result stub_call_fail(
    struct call *call, const struct stub_taken *taken, struct text problem)
{
    call_fail_text(call, ERROR_CONTROL_INVALID,
        arena_printf(call->arena, "stub %" PRIu64 ": %.*s", taken->number, TEXT_ARGS(problem)));
    return STUB_CALL_ANSWERED;
}

/* As faults are answered, with the stub's own words. */
static enum stub_call_result stub_call_give_error(
    struct call *call, const struct stub_taken *taken, struct text name, struct text message)
{
    struct fault_answer error = taken->reply.error;
    error.message = message;
    call_end_read(call);
    reply_add_header(call->reply, "X-Emulator-Answer", name);
    fault_status_give(&error, call);
    return STUB_CALL_ANSWERED;
}

/* Of the latest schema, since the stub says what is answered, whatever the version of the path. */
static enum stub_call_result stub_call_read_response(
    struct call *call, const struct stub_taken *taken, struct text json, struct stub_said *ret_said)
{
    struct decode_problems problems;
    decode_problems_init(&problems, call->arena);
    struct message *message = message_new(call->arena, call->method->response, VERSION_LATEST);
    decode_body(json, message, TEXT("response"), &problems);
    ret_said->message = message;
    return decode_problems_any(&problems)
               ? stub_call_fail(call, taken, decode_problems_text(&problems))
               : STUB_CALL_SAYS;
}

/* A text that stops as any does has its reason; for other reasons a stream that has said all of it
 * is blocked. */
static enum stub_call_result stub_call_say(
    struct call *call, const struct stub_taken *taken, struct stub_said *ret_said)
{
    enum Candidate_FinishReason reason = taken->reply.block.finish_reason;
    bool has_text = ret_said->text.len > 0;
    bool is_blocked =
        taken->reply.kind == STUB_REPLY_BLOCK || (reason && reason != Candidate_FinishReason_STOP &&
                                                     reason != Candidate_FinishReason_MAX_TOKENS);
    if (has_text || !is_blocked)
        ret_said->finish_reason = reason;
    if (!is_blocked)
        return STUB_CALL_SAYS;
    struct answer_block *block = arena_alloc(call->arena, sizeof(*block));
    *block = taken->reply.block;
    block->after_chunks = has_text ? INT32_MAX : 0;
    block->answer = ret_said->name;
    ret_said->block = block;
    return STUB_CALL_SAYS;
}

/* A header of the request has said more of its pace than a stub for many. */
static void stub_call_pace(struct call *call, const struct stub_taken *taken)
{
    call->reply->delay_ns += taken->delay_ns;
    if (!taken->has_pace || call->pace)
        return;
    struct stream_pace *pace = arena_alloc(call->arena, sizeof(*pace));
    *pace = taken->pace;
    call->pace = pace;
}

/* What the stub says, with the values of its variables. */
static enum stub_call_result stub_call_give(
    struct call *call, struct stub_taken *taken, struct stub_said *ret_said)
{
    struct text text;
    bool is_json = taken->reply.kind == STUB_REPLY_RESPONSE;
    taken->values.now_ns = call->now_ns;
    if (!stub_text_expand(taken->reply.text, &taken->values, is_json, call->arena, &text))
        return stub_call_fail(call, taken,
            arena_printf(
                call->arena, "with its variables it has more than %d bytes", STUB_TEXT_BYTES_MAX));
    if (!call_hold_bytes(call, text.len))
        return STUB_CALL_ANSWERED;
    switch (taken->reply.kind) {
    case STUB_REPLY_TEXT:
    case STUB_REPLY_BLOCK:
        ret_said->text = text;
        return stub_call_say(call, taken, ret_said);
    case STUB_REPLY_RESPONSE:
        return stub_call_read_response(call, taken, text, ret_said);
    case STUB_REPLY_ERROR:
        return stub_call_give_error(call, taken, ret_said->name, text);
    }
    return STUB_CALL_NONE;
}

enum stub_call_result stub_call_take(struct call *call, struct stub_said *ret_said)
{
    struct stub_taken taken;
    struct prompt prompt = facts_prompt_forms(call);
    struct text model_forms[FACTS_MODEL_FORMS_MAX];
    struct match_facts facts = stub_call_facts(call, &prompt, model_forms);
    *ret_said = (struct stub_said){.text = TEXT("")};
    bool is_found = stubs_take(call->space->stubs, &facts, call->dials.seed, call->arena, &taken);
    if (facts_fail_spent(call, "stubs"))
        return STUB_CALL_ANSWERED;
    if (!is_found)
        return stub_miss_answer(call, &facts) ? STUB_CALL_ANSWERED : STUB_CALL_NONE;
    stub_call_pace(call, &taken);
    ret_said->name = arena_printf(call->arena, "stub:%" PRIu64, taken.number);
    return stub_call_give(call, &taken, ret_said);
}

bool stub_call_answer(struct call *call)
{
    struct stub_said said;
    enum stub_call_result result = stub_call_take(call, &said);
    if (result != STUB_CALL_SAYS)
        return result == STUB_CALL_ANSWERED;
    /* stubs.h: only methods that generate are given a text. */
    assert(said.message);
    reply_add_header(call->reply, "X-Emulator-Answer", said.name);
    call_answer(call, said.message);
    return true;
}
