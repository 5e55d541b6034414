#include "server/call/fault.h"

#include <assert.h>
#include <inttypes.h>

#include "base/timefmt.h"
#include "server/call/facts.h"
#include "server/call/fault_status.h"
#include "server/contract/limits.h"
#include "server/space/answer_cut.h"
#include "server/space/faults.h"

/* The beginning of an answer as the method would give it, cut off within a string. */
static struct text fault_cut_answer(struct call *call)
{
    bool is_stream = call->method->flags & METHOD_STREAMING;
    call->reply->status = 200;
    call->reply->content_type = CONTENT_TYPE_JSON;
    if (is_stream)
        call_set_stream_headers(call);
    if (is_stream && call->system.is_sse)
        return TEXT("data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"The");
    if (is_stream)
        return TEXT("[{\n  \"candidates\": [\n    {\n      \"content\": {\n        \"parts\": [\n"
                    "          {\n            \"text\": \"The");
    return TEXT("{\n  \"name\": \"tunedModels/");
}

/* A body that is begun and not ended. In the reply's arena. */
struct fault_cut {
    struct text text; /* what comes of it; of constants */
    bool is_stalled;
};

static struct reply_piece fault_cut_next(void *state, struct buf *out)
{
    struct fault_cut *cut = state;
    bool is_stalled = cut->is_stalled;
    buf_add_text(out, cut->text);
    if (!is_stalled)
        return (struct reply_piece){.is_broken = true};
    /* What is asked once more has waited long enough. */
    *cut = (struct fault_cut){.text = TEXT("")};
    return (struct reply_piece){.is_stalled = true, .gap_ns = STALL_SECONDS_MAX * NS_PER_SECOND};
}

/* True if the answer may be stalled; else there are too many already, and it breaks off. */
static bool fault_may_stall(struct call *call)
{
    struct share *stall = &call->reply->stall;
    stall->budget = &call->app->stalls;
    if (share_grow(stall, 1))
        return true;
    call_hint(call, "this answer breaks off, since as many as there may be are stalled already");
    return false;
}

/* A stream stalls between two chunks, here before the first; a body in its middle. */
static void fault_give_cut(struct call *call, bool is_stalled)
{
    struct fault_cut *cut = arena_alloc(&call->reply->arena, sizeof(*cut));
    cut->text = fault_cut_answer(call);
    cut->is_stalled = is_stalled && fault_may_stall(call);
    if (cut->is_stalled && call->method->flags & METHOD_STREAMING)
        cut->text = TEXT("");
    call->reply->generate = fault_cut_next;
    call->reply->generate_state = cut;
}

static void fault_give_malformed(struct call *call)
{
    buf_add_text(&call->reply->body, fault_cut_answer(call));
    /* A client reads an event once its end is there. */
    if (call->method->flags & METHOD_STREAMING && call->system.is_sse)
        buf_add_string(&call->reply->body, "\r\n\r\n");
}

static void fault_give(const struct fault_answer *answer, struct call *call)
{
    switch (answer->kind) {
    case FAULT_STATUS:
        fault_status_give(answer, call);
        break;
    case FAULT_RESET:
        call->reply->is_reset = true;
        break;
    case FAULT_TRUNCATE:
    case FAULT_STALL:
        fault_give_cut(call, answer->kind == FAULT_STALL);
        break;
    case FAULT_MALFORMED:
        fault_give_malformed(call);
        break;
    case FAULT_EMPTY:
        fault_cut_answer(call);
        break;
    case FAULT_SLOW:
    case FAULT_BLOCKED:
    case FAULT_RETIRED:
        /* Left to the handler. */
        assert(answer->kind == FAULT_STATUS);
        break;
    }
}

/* True if the call's handler is to answer, as fault_guide tells it. */
static bool fault_is_guide(const struct fault_answer *answer, const struct call *call)
{
    switch (answer->kind) {
    case FAULT_BLOCKED:
    case FAULT_RETIRED:
        return true;
    case FAULT_TRUNCATE:
    case FAULT_STALL:
        return call->method->flags & METHOD_STREAMING && answer->after_chunks > 0;
    case FAULT_STATUS:
    case FAULT_RESET:
    case FAULT_MALFORMED:
    case FAULT_EMPTY:
    case FAULT_SLOW:
        return false;
    }
    return false;
}

/* Has the call's handler answer as the fault says; `name` is that of X-Emulator-Answer. */
static void fault_guide(const struct fault_answer *answer, struct text name, struct call *call)
{
    if (answer->kind == FAULT_RETIRED) {
        call->retirement = name;
    } else if (answer->kind == FAULT_BLOCKED) {
        struct answer_block *block = arena_alloc(call->arena, sizeof(*block));
        *block = answer->block;
        block->answer = name;
        call->block = block;
    } else {
        struct answer_cut *cut = arena_alloc(call->arena, sizeof(*cut));
        cut->after_chunks = answer->after_chunks;
        cut->is_stalled = answer->kind == FAULT_STALL && fault_may_stall(call);
        cut->answer = name;
        call->cut = cut;
    }
}

/* The header is for its own request only, so it goes before what stands for several. */
static bool fault_apply_header(struct call *call, struct text header)
{
    struct fault_answer answer = {.kind = FAULT_STATUS, .message = TEXT("")};
    if (!fault_answer_parse_status(header, &answer)) {
        call_fail_text(
            call, ERROR_CONTROL_INVALID, TEXT("X-Emulator-Status: " FAULT_STATUS_ALLOWED));
        return true;
    }
    reply_add_header(call->reply, "X-Emulator-Answer", TEXT("fault:header"));
    fault_give(&answer, call);
    return true;
}

static bool fault_find(struct call *call, struct fault_match *ret_match)
{
    struct text model_forms[FACTS_MODEL_FORMS_MAX];
    struct match_facts facts = {
        .method = (int)call->method_id,
        .model = facts_model(call),
        .model_forms = model_forms,
        .model_form_count = facts_model_forms(call, model_forms),
        .caller = facts_caller(call),
        .body = call->request->body,
        .steps_left = &call->match_steps_left,
    };
    return faults_match(call->space->faults, &facts, call->dials.seed, call->arena, ret_match);
}

bool fault_apply(struct call *call)
{
    struct text header = text_trim(call->request->headers[HEADER_X_EMULATOR_STATUS]);
    if (!text_is_empty(header))
        return fault_apply_header(call, header);
    if (faults_is_empty(call->space->faults))
        return false;
    struct fault_match match;
    bool is_found = fault_find(call, &match);
    call->reply->delay_ns += match.slow_ns;
    if (facts_fail_spent(call, "faults"))
        return true;
    if (!is_found)
        return false;
    call->reply->delay_ns += match.delay_ns;
    struct text name = arena_printf(call->arena, "fault:%" PRIu64, match.number);
    if (fault_is_guide(&match.answer, call)) {
        fault_guide(&match.answer, name, call);
        return false;
    }
    reply_add_header(call->reply, "X-Emulator-Answer", name);
    fault_give(&match.answer, call);
    return true;
}
