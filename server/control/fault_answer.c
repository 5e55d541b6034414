#include "server/control/fault_answer.h"

#include <assert.h>
#include <string.h>

#include "base/array.h"
#include "base/timefmt.h"
#include "server/api/fail.h"

static const struct text fault_kind_names[] = {
    [FAULT_STATUS] = TEXT_INIT("status"),
    [FAULT_RESET] = TEXT_INIT("reset"),
    [FAULT_TRUNCATE] = TEXT_INIT("truncate"),
    [FAULT_MALFORMED] = TEXT_INIT("malformed"),
    [FAULT_EMPTY] = TEXT_INIT("empty"),
    [FAULT_SLOW] = TEXT_INIT("slow"),
};

static const struct {
    const char *name;
    enum error_id error;
} fault_presets[] = {
    {"overloaded", ERROR_SRV_OVERLOAD},
    {"quota", ERROR_QUOTA_2025},
    {"internal", ERROR_SRV_INTERNAL},
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

static bool fault_read_kind(const struct message *message, enum fault_kind *ret_kind)
{
    struct text name = message_text(message, Fault_kind);
    *ret_kind = FAULT_STATUS;
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
        return "kind: must be \"status\", \"reset\", \"truncate\", \"malformed\", \"empty\" or "
               "\"slow\"";
    ret_answer->delay_ns = message_int(message, Fault_delay);
    if (ret_answer->delay_ns < 0 || ret_answer->delay_ns > max_ns)
        return "delay: must be at most 24h";
    if (ret_answer->kind == FAULT_SLOW && ret_answer->delay_ns == 0)
        return "delay: is needed for the kind \"slow\"";
    const char *problem = fault_read_error(message, ret_answer);
    if (problem)
        return problem;
    if (ret_answer->retry_after_ns < 0 || ret_answer->retry_after_ns > max_ns)
        return "retryAfter: must be at most 24h";
    return NULL;
}

/* True if the path names a tuned model. */
static bool call_has_tuned_model(const struct call *call)
{
    return strstr(call->method->path, "tunedModels/*") != NULL;
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
        return call_has_tuned_model(call);
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

/* An id of the path, or what stands for one where the path has none. */
static struct text call_id(const struct call *call, int index)
{
    return text_is_empty(call->ids[index]) ? TEXT("example") : call->ids[index];
}

/* What the path names: "tunedModels/x", "models/x". */
static struct text call_resource(const struct call *call)
{
    bool is_base = !call_has_tuned_model(call) && strstr(call->method->path, "models/*");
    struct text id = call_id(call, 0);
    return arena_printf(call->arena, "%s/%.*s", is_base ? "models" : "tunedModels", TEXT_ARGS(id));
}

static struct text fault_duration(const struct fault_answer *answer, struct arena *arena)
{
    char *text = arena_alloc(arena, TIME_TEXT_MAX);
    int64_t ns = answer->retry_after_ns ? answer->retry_after_ns : QUOTA_RETRY_NS;
    return (struct text){text, duration_format(ns, text)};
}

enum fault_argument {
    ARGUMENT_AS_IT_IS,
    ARGUMENT_REQUEST,
    ARGUMENT_MODEL_ID,
    ARGUMENT_PERMISSION_ID,
    ARGUMENT_RESOURCE,
    ARGUMENT_VERSION,
    ARGUMENT_VERB,
    ARGUMENT_RETRY,
    ARGUMENT_BODY_LIMIT
};

/* What goes into a hole of an error's text follows from what stands before the hole. */
static const struct {
    struct text before;
    enum fault_argument argument;
    const char *as_it_is;
} fault_arguments[] = {
    {TEXT_INIT("* "), ARGUMENT_REQUEST, NULL},
    {TEXT_INIT("tunedModels/"), ARGUMENT_MODEL_ID, NULL},
    {TEXT_INIT("permissions/"), ARGUMENT_PERMISSION_ID, NULL},
    {TEXT_INIT("version "), ARGUMENT_VERSION, NULL},
    {TEXT_INIT("supported for "), ARGUMENT_VERB, NULL},
    {TEXT_INIT("enabled for "), ARGUMENT_RESOURCE, NULL},
    {TEXT_INIT("supported by "), ARGUMENT_RESOURCE, NULL},
    {TEXT_INIT("Operation "), ARGUMENT_RESOURCE, NULL},
    {TEXT_INIT("retry in "), ARGUMENT_RETRY, NULL},
    {TEXT_INIT("end of string. "), ARGUMENT_AS_IT_IS, "Expected a value."},
    {TEXT_INIT("{}\n"), ARGUMENT_AS_IT_IS, ""},
    {TEXT_INIT("state "), ARGUMENT_AS_IT_IS, "CREATING"},
    {TEXT_INIT("["), ARGUMENT_AS_IT_IS, "0"},
    {TEXT_INIT("exceeds the limit: "), ARGUMENT_BODY_LIMIT, NULL},
    {TEXT_INIT("at most "), ARGUMENT_AS_IT_IS, "40"},
    {TEXT_INIT("has "), ARGUMENT_AS_IT_IS, "41"},
    {TEXT_INIT("range "), ARGUMENT_AS_IT_IS, "[0.0, 1.0]"},
    {TEXT_INIT("must be "), ARGUMENT_AS_IT_IS, "greater than 0"},
};

static struct text fault_make_argument(
    const struct fault_answer *answer, const struct call *call, enum fault_argument argument)
{
    switch (argument) {
    case ARGUMENT_AS_IT_IS:
        break;
    case ARGUMENT_REQUEST:
        return call_request_name(call);
    case ARGUMENT_MODEL_ID:
        return call_id(call, 0);
    case ARGUMENT_PERMISSION_ID:
        return call_id(call, 1);
    case ARGUMENT_RESOURCE:
        return call_resource(call);
    case ARGUMENT_VERSION:
        return text_of(api_version_name(call->version));
    case ARGUMENT_VERB:
        return text_of(strrchr(call->method->name, '.') + 1);
    case ARGUMENT_RETRY:
        return fault_duration(answer, call->arena);
    case ARGUMENT_BODY_LIMIT:
        return arena_printf(call->arena, "%zu", call->app->settings.body_bytes_max);
    }
    return TEXT("example");
}

static struct text fault_find_argument(
    const struct fault_answer *answer, const struct call *call, struct text before)
{
    /* A text that begins with a hole begins with the resource. */
    if (text_is_empty(before))
        return call_resource(call);
    for (size_t i = 0; i < ARRAY_COUNT(fault_arguments); i++) {
        if (!text_ends_with(before, fault_arguments[i].before))
            continue;
        return fault_arguments[i].as_it_is
                   ? text_of(fault_arguments[i].as_it_is)
                   : fault_make_argument(answer, call, fault_arguments[i].argument);
    }
    return TEXT("example");
}

static struct text fault_status_name(const struct fault_answer *answer, enum error_id error)
{
    const struct status *status = answer->status;
    if (!status)
        status = status_find((int)errors[error].status);
    assert(status);
    return text_of(status->name);
}

/* The error's text, its holes filled from the call. */
static struct text fault_text(
    const struct fault_answer *answer, const struct call *call, enum error_id error)
{
    enum { HOLES_MAX = 8 };
    struct text arguments[HOLES_MAX];
    size_t count = 0;
    const char *template = errors[error].text;
    if (!text_is_empty(answer->message))
        return answer->message;
    /* A text that is nothing but a hole is worded by who finds the error. */
    if (strcmp(template, "{}") == 0)
        return fault_status_name(answer, error);
    for (const char *hole = strstr(template, "{}"); hole; hole = strstr(hole + 2, "{}")) {
        assert(count < HOLES_MAX);
        struct text before = {template, (size_t)(hole - template)};
        arguments[count++] = fault_find_argument(answer, call, before);
    }
    return error_text(call->arena, error, arguments, count);
}

static void fault_give_status(const struct fault_answer *answer, struct call *call)
{
    enum error_id error = fault_choose_error(answer, call);
    if (error == ERROR_ROUTE_UNKNOWN) {
        call_fail_unknown_route(call);
        return;
    }
    struct text text = fault_text(answer, call, error);
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
    call_fail_as(call, &failure);
}

/* The beginning of an answer as the method would give it, cut off within a string. */
static struct text fault_cut_answer(struct call *call)
{
    bool is_stream = call->method->flags & METHOD_STREAMING;
    call->reply->status = 200;
    call->reply->content_type = CONTENT_TYPE_JSON;
    if (is_stream && call->system.is_sse) {
        call->reply->content_type = "text/event-stream";
        return TEXT("data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"The");
    }
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
        assert(answer->kind != FAULT_SLOW);
        break;
    }
}
