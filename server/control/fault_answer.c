#include "server/control/fault_answer.h"

#include <assert.h>

#include "base/array.h"
#include "base/timefmt.h"
#include "server/api/fail.h"
#include "server/control/fault_text.h"

static const struct text fault_kind_names[] = {
    [FAULT_STATUS] = TEXT_INIT("status"),
    [FAULT_RESET] = TEXT_INIT("reset"),
    [FAULT_TRUNCATE] = TEXT_INIT("truncate"),
    [FAULT_MALFORMED] = TEXT_INIT("malformed"),
    [FAULT_EMPTY] = TEXT_INIT("empty"),
    [FAULT_SLOW] = TEXT_INIT("slow"),
    [FAULT_BLOCKED] = TEXT_INIT("blocked"),
};

static const struct {
    const char *name;
    enum error_id error;
} fault_presets[] = {
    {"overloaded", ERROR_SRV_OVERLOAD},
    {"quota", ERROR_QUOTA_2025},
    {"internal", ERROR_SRV_INTERNAL},
};

/* Those of the kind "blocked". */
static const struct block_preset {
    struct text name;
    enum Candidate_FinishReason finish_reason;
} block_presets[] = {
    {TEXT_INIT("safety"), Candidate_FinishReason_SAFETY},
    {TEXT_INIT("recitation"), Candidate_FinishReason_RECITATION},
    {TEXT_INIT("no-content"), Candidate_FinishReason_STOP},
};

/* Texts below name these. */
_Static_assert(FAULT_SECONDS_MAX == 24 * 60 * 60, "24h");
_Static_assert(FAULT_MESSAGE_CHARACTERS_MAX == 4096, "4096 characters");

bool fault_answer_parse_status(struct text text, struct fault_answer *answer)
{
    answer->error = ERROR_COUNT;
    if (text.len > FAULT_STATUS_BYTES_MAX)
        return false;
    answer->status = status_parse(text);
    if (answer->status)
        return answer->status->number != STATUS_OK;
    const struct error *error = error_by_name(text);
    if (error)
        answer->error = (enum error_id)(error - errors);
    return error != NULL;
}

/* NULL if there is none of this name. */
static const struct block_preset *fault_find_block_preset(struct text name)
{
    for (size_t i = 0; i < ARRAY_COUNT(block_presets); i++)
        if (text_equals(name, block_presets[i].name))
            return &block_presets[i];
    return NULL;
}

static bool fault_read_kind(const struct message *message, enum fault_kind *ret_kind)
{
    struct text name = message_text(message, Fault_kind);
    struct text preset = message_text(message, Fault_preset);
    *ret_kind = FAULT_STATUS;
    if (message_has(message, Fault_finish_reason) || message_has(message, Fault_block_reason) ||
        fault_find_block_preset(preset))
        *ret_kind = FAULT_BLOCKED;
    if (text_is_empty(name))
        return true;
    size_t index = text_find_name(name, fault_kind_names, ARRAY_COUNT(fault_kind_names));
    if (index == ARRAY_COUNT(fault_kind_names))
        return false;
    *ret_kind = (enum fault_kind)index;
    return true;
}

static bool fault_read_preset(struct text name, struct fault_answer *answer)
{
    for (size_t i = 0; i < ARRAY_COUNT(fault_presets); i++)
        if (text_equals_string(name, fault_presets[i].name)) {
            answer->error = fault_presets[i].error;
            return true;
        }
    return false;
}

/* A value of the enum other than its first, which says nothing. */
static bool fault_read_reason(struct text name, enum enum_id id, int32_t *ret_number)
{
    const struct enum_value *value = enum_type_find(&enum_types[id], VERSION_LATEST, name);
    if (!value || value->number == 0)
        return false;
    *ret_number = value->number;
    return true;
}

/* How many chunks of a stream come first unless afterChunks says so: a prompt is blocked, and an
 * answer without content ends, before there is any. */
static int32_t fault_default_chunks(const struct call_block *block)
{
    bool is_first = block->block_reason || block->finish_reason == Candidate_FinishReason_STOP;
    return is_first ? 0 : 1;
}

/* NULL, or what is wrong with the fields that only a blocked answer has. */
static const char *fault_read_block(const struct message *message, struct call_block *block)
{
    struct text preset = message_text(message, Fault_preset);
    struct text finish = message_text(message, Fault_finish_reason);
    struct text reason = message_text(message, Fault_block_reason);
    int32_t number = 0;
    if ((preset.len > 0) + (finish.len > 0) + (reason.len > 0) != 1)
        return "finishReason: is needed, or else blockReason or preset, and one of them only";
    if (message_has(message, Fault_status) || message_has(message, Fault_message) ||
        message_has(message, Fault_retry_after))
        return "kind: status, message and retryAfter do not go with \"blocked\"";
    const struct block_preset *row = fault_find_block_preset(preset);
    if (preset.len && !row)
        return "preset: must be \"safety\", \"recitation\" or \"no-content\" for the kind "
               "\"blocked\"";
    if (row)
        block->finish_reason = row->finish_reason;
    if (finish.len && !fault_read_reason(finish, ENUM_Candidate_FinishReason, &number))
        return "finishReason: must be one that candidates have, such as \"SAFETY\" or \"OTHER\"";
    if (finish.len)
        block->finish_reason = (enum Candidate_FinishReason)number;
    if (reason.len && !fault_read_reason(
                          reason, ENUM_GenerateContentResponse_PromptFeedback_BlockReason, &number))
        return "blockReason: must be one that prompts have, such as \"SAFETY\" or "
               "\"PROHIBITED_CONTENT\"";
    if (reason.len)
        block->block_reason = (enum GenerateContentResponse_PromptFeedback_BlockReason)number;
    block->after_chunks = fault_default_chunks(block);
    if (message_has(message, Fault_after_chunks))
        block->after_chunks = (int32_t)message_int(message, Fault_after_chunks);
    return block->after_chunks < 0 ? "afterChunks: must not be negative" : NULL;
}

/* NULL, or what is wrong with the fields that only an error has. */
static const char *fault_read_error(const struct message *message, struct fault_answer *answer)
{
    struct text status = message_text(message, Fault_status);
    struct text preset = message_text(message, Fault_preset);
    bool has_status = !text_is_empty(status), has_preset = !text_is_empty(preset);
    answer->message = message_text(message, Fault_message);
    answer->retry_after_ns = message_int(message, Fault_retry_after);
    if (answer->kind != FAULT_STATUS) {
        bool has_any = has_status || has_preset || answer->message.len || answer->retry_after_ns;
        return has_any ? "kind: only \"status\" goes with status, preset, message and retryAfter"
                       : NULL;
    }
    if (has_status == has_preset)
        return "status: is needed, or else preset, but not both";
    if (has_status && !fault_answer_parse_status(status, answer))
        return "status: " FAULT_STATUS_ALLOWED;
    if (has_preset && !fault_read_preset(preset, answer))
        return "preset: must be \"overloaded\", \"quota\" or \"internal\"";
    if (text_code_points(answer->message) > FAULT_MESSAGE_CHARACTERS_MAX)
        return "message: must have at most 4096 characters";
    return NULL;
}

const char *fault_answer_read(const struct message *message, struct fault_answer *ret_answer)
{
    const int64_t max_ns = FAULT_SECONDS_MAX * NS_PER_SECOND;
    *ret_answer = (struct fault_answer){.error = ERROR_COUNT, .message = TEXT("")};
    if (!fault_read_kind(message, &ret_answer->kind))
        return "kind: must be \"status\", \"reset\", \"truncate\", \"malformed\", \"empty\", "
               "\"slow\" or \"blocked\"";
    ret_answer->delay_ns = message_int(message, Fault_delay);
    if (ret_answer->delay_ns < 0 || ret_answer->delay_ns > max_ns)
        return "delay: must be at most 24h";
    if (ret_answer->kind == FAULT_SLOW && ret_answer->delay_ns == 0)
        return "delay: is needed for the kind \"slow\"";
    bool is_blocked = ret_answer->kind == FAULT_BLOCKED;
    if (!is_blocked &&
        (message_has(message, Fault_finish_reason) || message_has(message, Fault_block_reason) ||
            message_has(message, Fault_after_chunks)))
        return "kind: only \"blocked\" goes with finishReason, blockReason and afterChunks";
    const char *problem = is_blocked ? fault_read_block(message, &ret_answer->block)
                                     : fault_read_error(message, ret_answer);
    if (problem)
        return problem;
    if (ret_answer->retry_after_ns < 0 || ret_answer->retry_after_ns > max_ns)
        return "retryAfter: must be at most 24h";
    return NULL;
}

/* When a row of the table below holds. */
enum fault_condition { FOR_ANY_CALL, FOR_A_TUNED_MODEL, WITH_RETRY_AFTER };

static bool fault_condition_holds(
    enum fault_condition condition, const struct fault_answer *answer, const struct call *call)
{
    switch (condition) {
    case FOR_ANY_CALL:
        return true;
    case FOR_A_TUNED_MODEL:
        return method_subject(call->method) == SUBJECT_TUNED_MODEL;
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
        {STATUS_NOT_FOUND, FOR_A_TUNED_MODEL, ERROR_TM_MISSING},
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

static struct reply_piece fault_break_off(void *state, struct buf *out)
{
    const struct text *text = state;
    buf_add_text(out, *text);
    return (struct reply_piece){.is_last = true, .is_broken = true};
}

static void fault_give_truncated(struct call *call)
{
    struct text *text = arena_alloc(&call->reply->arena, sizeof(*text));
    *text = fault_cut_answer(call);
    call->reply->generate = fault_break_off;
    call->reply->generate_state = text;
}

static void fault_give_malformed(struct call *call)
{
    buf_add_text(&call->reply->body, fault_cut_answer(call));
    /* A client reads an event once its end is there. */
    if (call->method->flags & METHOD_STREAMING && call->system.is_sse)
        buf_add_string(&call->reply->body, "\r\n\r\n");
}

void fault_answer_give(const struct fault_answer *answer, struct call *call)
{
    call->reply->delay_ns += answer->delay_ns;
    switch (answer->kind) {
    case FAULT_STATUS:
        fault_give_status(answer, call);
        break;
    case FAULT_RESET:
        call->reply->is_reset = true;
        break;
    case FAULT_TRUNCATE:
        fault_give_truncated(call);
        break;
    case FAULT_MALFORMED:
        fault_give_malformed(call);
        break;
    case FAULT_EMPTY:
        fault_cut_answer(call);
        break;
    case FAULT_SLOW:
    case FAULT_BLOCKED:
        assert(answer->kind != FAULT_SLOW && answer->kind != FAULT_BLOCKED);
        break;
    }
}

void fault_answer_block(const struct fault_answer *answer, struct text name, struct call *call)
{
    struct call_block *block = arena_alloc(call->arena, sizeof(*block));
    *block = answer->block;
    block->answer = name;
    call->block = block;
    call->reply->delay_ns += answer->delay_ns;
}
