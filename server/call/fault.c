#include "server/call/fault.h"

#include <assert.h>
#include <inttypes.h>

#include "base/array.h"
#include "base/timefmt.h"
#include "server/call/facts.h"
#include "server/call/fail.h"
#include "server/call/fault_text.h"
#include "server/contract/limits.h"
#include "server/space/answer_cut.h"
#include "server/space/faults.h"

/* When a row of the table below holds. */
enum fault_condition {
    FOR_ANY_CALL,
    FOR_A_TUNED_MODEL,
    FOR_A_BASE_MODEL,
    FOR_AN_OPERATION,
    FOR_A_PERMISSION,
    FOR_A_NEW_MODEL,
    FOR_A_NEW_PERMISSION,
    WITH_RETRY_AFTER
};

static bool fault_path_has(const struct call *call, struct text part)
{
    struct text path = text_of(call->method->path);
    return text_find(path, part) < path.len;
}

static bool fault_condition_holds(
    enum fault_condition condition, const struct fault_answer *answer, const struct call *call)
{
    switch (condition) {
    case FOR_ANY_CALL:
        return true;
    case FOR_A_TUNED_MODEL:
        return method_subject(call->method) == SUBJECT_TUNED_MODEL;
    case FOR_A_BASE_MODEL:
        return method_subject(call->method) == SUBJECT_BASE_MODEL;
    case FOR_AN_OPERATION:
        return fault_path_has(call, TEXT("operations/*"));
    case FOR_A_PERMISSION:
        return fault_path_has(call, TEXT("permissions/*"));
    case FOR_A_NEW_MODEL:
        return call->method_id == METHOD_TUNED_MODELS_CREATE;
    case FOR_A_NEW_PERMISSION:
        return call->method_id == METHOD_PERMISSIONS_CREATE;
    case WITH_RETRY_AFTER:
        return answer->retry_after_ns > 0;
    }
    return false;
}

/*
 * The error by which the real service has a status; the first row that holds. Statuses without a
 * row have no text of their own.
 */
static enum error_id fault_choose_error(const struct fault_answer *answer, const struct call *call)
{
    static const struct {
        enum status_code status;
        enum fault_condition condition;
        enum error_id error;
    } rows[] = {
        {STATUS_RESOURCE_EXHAUSTED, WITH_RETRY_AFTER, ERROR_QUOTA_2025},
        {STATUS_RESOURCE_EXHAUSTED, FOR_ANY_CALL, ERROR_QUOTA_SHORT},
        {STATUS_UNAVAILABLE, FOR_ANY_CALL, ERROR_SRV_OVERLOAD},
        {STATUS_INTERNAL, FOR_ANY_CALL, ERROR_SRV_INTERNAL},
        {STATUS_DEADLINE_EXCEEDED, FOR_ANY_CALL, ERROR_SRV_DEADLINE},
        {STATUS_NOT_FOUND, FOR_AN_OPERATION, ERROR_OP_MISSING},
        {STATUS_NOT_FOUND, FOR_A_PERMISSION, ERROR_PERM_MISSING},
        {STATUS_NOT_FOUND, FOR_A_NEW_MODEL, ERROR_TM_BASE_INVALID},
        {STATUS_NOT_FOUND, FOR_A_TUNED_MODEL, ERROR_TM_MISSING},
        {STATUS_NOT_FOUND, FOR_A_BASE_MODEL, ERROR_TM_BASE_RETIRED},
        {STATUS_ALREADY_EXISTS, FOR_A_NEW_MODEL, ERROR_TM_EXISTS},
        {STATUS_ALREADY_EXISTS, FOR_A_NEW_PERMISSION, ERROR_PERM_EXISTS},
        {STATUS_PERMISSION_DENIED, FOR_A_TUNED_MODEL, ERROR_TM_FORBIDDEN},
        {STATUS_PERMISSION_DENIED, FOR_ANY_CALL, ERROR_AUTH_SCOPE},
        {STATUS_UNAUTHENTICATED, FOR_ANY_CALL, ERROR_AUTH_TOKEN_BAD},
        {STATUS_FAILED_PRECONDITION, FOR_ANY_CALL, ERROR_AUTH_LOCATION},
        {STATUS_UNIMPLEMENTED, FOR_ANY_CALL, ERROR_METHOD_UNIMPLEMENTED},
    };
    if (answer->error != ERROR_COUNT)
        return answer->error;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (rows[i].status == (enum status_code)answer->status->number &&
            fault_condition_holds(rows[i].condition, answer, call))
            return rows[i].error;
    return ERROR_FAULT;
}

static void fault_give_status(const struct fault_answer *answer, struct call *call)
{
    enum error_id error = fault_choose_error(answer, call);
    if (error == ERROR_ROUTE_UNKNOWN) {
        call_fail_unknown_route(call);
        return;
    }
    struct fault_subject subject;
    fault_subject_init(
        &subject, call, answer->status ? answer->status->name : NULL, answer->retry_after_ns);
    struct text text =
        text_is_empty(answer->message) ? fault_text(&subject, error) : answer->message;
    /* An error with violations has one, whatever was wrong with the request. */
    struct decode_problems problems;
    decode_problems_init(&problems, call->arena);
    decode_problems_add(&problems, TEXT(""), text);
    struct failure failure = {
        .error = error,
        .text = text,
        .status = answer->status,
        .problems = &problems,
        .retry_after_ns = answer->retry_after_ns,
    };
    if (errors[error].details == DETAILS_QUOTA)
        failure.quota_model = fault_subject_quota_model(&subject);
    if (store_has_failed(subject.result))
        call_fail_store(call, subject.result);
    else
        call_fail_as(call, &failure);
}

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
        fault_give_status(answer, call);
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
    struct match_facts facts = {
        .method = (int)call->method_id,
        .model = facts_model(call),
        .caller = facts_caller(call),
        .body = call->request->body,
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
