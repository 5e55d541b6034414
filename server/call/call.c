#include "server/call/call.h"

#include <assert.h>

#include "base/log.h"
#include "server/call/fail.h"
#include "server/contract/limits.h"
#include "server/contract/suggestion.h"

void call_end_read(struct call *call)
{
    if (call->is_reading)
        store_read_end(call->reader);
    call->is_reading = false;
}

struct text call_row_id(const struct call *call)
{
    return method_subject(call->method) == SUBJECT_TUNING_JOB
               ? arena_joined(call->arena, TEXT("tuningJobs/"), call->ids[0])
               : call->ids[0];
}

struct text call_request_name(const struct call *call)
{
    return text_of(message_types[call->method->request].name);
}

static struct message *call_new_message(struct call *call, enum message_id id)
{
    return message_new(call->arena, id, call->messages);
}

struct message *call_new_answer(struct call *call)
{
    return call_new_message(call, call->method->response);
}

struct buf *call_begin_answer(struct call *call)
{
    call_end_read(call);
    call->reply->status = 200;
    reply_begin_json(call->reply, call->system.callback);
    return &call->reply->body;
}

enum call_state call_end_answer(struct call *call)
{
    reply_end_json(call->reply, call->system.callback);
    return CALL_DONE;
}

enum call_state call_answer(struct call *call, const struct message *answer)
{
    json_write(call_begin_answer(call), answer, &call->style);
    return call_end_answer(call);
}

enum call_state call_answer_empty(struct call *call)
{
    return call_answer(call, call_new_message(call, MESSAGE_Empty));
}

void call_set_stream_headers(struct call *call)
{
    call->reply->content_type = call->system.is_sse ? "text/event-stream" : CONTENT_TYPE_JSON;
    if (call->app->settings.fidelity == FIDELITY_STRICT)
        reply_add_header(call->reply, "Content-Disposition", TEXT("attachment"));
}

enum call_state call_fail_as(struct call *call, struct failure *failure)
{
    bool is_strict_stream = call->method && call->method->flags & METHOD_STREAMING &&
                            call->app->settings.fidelity == FIDELITY_STRICT;
    failure->method = call->method;
    failure->version = call->version;
    failure->is_legacy = call->system.is_xgafv_1;
    failure->callback = call->system.callback;
    /* The real service wraps errors of streams in an array; see docs/differences.md. */
    failure->is_array = is_strict_stream && !call->system.is_sse;
    call->error = failure->text;
    call->error_status = fail_status(failure)->name;
    fail_reply(failure, call->style.layout, call->arena, call->reply);
    /* The form is that of an error, whatever the headers say. */
    if (is_strict_stream)
        call_set_stream_headers(call);
    return CALL_DONE;
}

enum call_state call_fail_with(
    struct call *call, enum error_id id, size_t argument_count, const struct text *arguments)
{
    struct failure failure = {
        .error = id,
        .text = error_text(call->arena, id, arguments, argument_count),
        .problems = &call->problems,
        .retry_after_ns = fail_retry_ns(id),
    };
    return call_fail_as(call, &failure);
}

enum call_state call_fail(struct call *call, enum error_id id)
{
    return call_fail_with(call, id, 0, NULL);
}

enum call_state call_fail_text(struct call *call, enum error_id id, struct text argument)
{
    return call_fail_with(call, id, 1, &argument);
}

enum call_state call_fail_problems(struct call *call, const struct decode_problems *problems)
{
    struct text argument;
    enum error_id error = fail_problems_error(problems, &argument);
    struct failure failure = {
        .error = error,
        .text = error_text(call->arena, error, &argument, 1),
        .problems = problems,
        .retry_after_ns = fail_retry_ns(error),
    };
    return call_fail_as(call, &failure);
}

void call_hold_decoded(struct call *call, const struct decode_problems *problems)
{
    call->request->decoded_budget = call->app->body_limits.budget;
    call->request->decoded_bytes += problems->held_bytes;
}

bool call_reserve_answer(struct call *call, size_t bytes)
{
    return bytes <= ANSWER_FREE_BYTES || share_grow(&call->reply->share, bytes);
}

bool call_hold_bytes(struct call *call, size_t bytes)
{
    struct request *request = call->request;
    if (!request->decoded_budget || bytes <= BODY_DECODED_FREE_BYTES)
        return true;
    if (budget_take(request->decoded_budget, bytes)) {
        request->decoded_bytes += bytes;
        return true;
    }
    struct text bound = arena_printf(call->arena, "%zu", request->decoded_budget->max);
    call_fail_text(call, ERROR_BODY_BUSY, bound);
    return false;
}

enum call_state call_fail_store(struct call *call, enum store_result result)
{
    assert(store_has_failed(result));
    if (result == STORE_FULL)
        return call_fail(call, ERROR_SRV_STORAGE_FULL);
    if (result == STORE_BUSY)
        return call_fail(call, ERROR_SRV_STORAGE_BUSY);
    if (result == STORE_GONE)
        return call_fail(call, ERROR_SRV_STORAGE_GONE);
    return call_fail(call, ERROR_SRV_INTERNAL);
}

enum call_state call_fail_unsupported(struct call *call, struct text model_name, const char *use)
{
    struct text arguments[] = {model_name, text_of(api_version_name(call->version)), text_of(use)};
    return call_fail_with(call, ERROR_TM_BASE_RETIRED, 3, arguments);
}

static bool call_is_model_id(struct text id)
{
    for (size_t i = 0; i < id.len; i++)
        if ((unsigned char)id.bytes[i] <= ' ' || id.bytes[i] == '\x7f' || id.bytes[i] == '/')
            return false;
    return true;
}

bool call_check_model_name(struct call *call)
{
    if (call_is_model_id(call->ids[0]))
        return true;
    struct text arguments[] = {call_request_name(call), text_of(call->method->parameter)};
    call_fail_with(call, ERROR_GEN_MODEL_NAME, 2, arguments);
    return false;
}

struct text call_shown(struct text text)
{
    return text_is_utf8(text, NULL) ? text : TEXT("(bytes that are no UTF-8)");
}

struct store_write *call_new_write(struct call *call, enum store_write_kind kind)
{
    call->write = arena_alloc(call->arena, sizeof(*call->write));
    call->write->kind = kind;
    call->write->namespace_id = call->space->number;
    call->write->is_void = &call->space->is_gone;
    return call->write;
}

enum call_state call_submit(struct call *call)
{
    assert(call->write);
    return CALL_PENDING;
}

enum call_state call_submit_batch(struct call *call, struct store_batch *batch)
{
    call->batch = batch;
    return CALL_PENDING;
}

enum call_state call_watch(struct call *call, int64_t delay_ns)
{
    assert(call->method->flags & METHOD_WATCHES && !call->is_last_look);
    call->watch_ns = delay_ns;
    return CALL_WATCHING;
}

static void call_add_hint(struct call *call, const void *key, struct text hint)
{
    reply_add_header(call->reply, "X-Emulator-Hint", hint);
    log_write_kind(LOG_WARNING, key, "%s: %.*s", call->method->name, TEXT_ARGS(hint));
}

void call_hint_text(struct call *call, struct text hint)
{
    call_add_hint(call, call->method, hint);
}

void call_hint(struct call *call, const char *hint)
{
    call_add_hint(call, hint, text_of(hint));
}

void call_begin_lines(struct call *call, struct field_lines *lines)
{
    field_lines_begin(lines, call->arena, call_request_name(call));
}

enum call_state call_fail_lines(struct call *call, const struct field_lines *lines)
{
    assert(lines->count > 0);
    return call_fail_text(call, ERROR_TM_INVALID, lines->text);
}

/* The service's page names no other route; who uses the emulator is told the one nearby. */
static void call_hint_route(struct call *call)
{
    if (call->app->settings.fidelity == FIDELITY_STRICT)
        return;
    struct text route = route_suggestion(http_verb_parse(call->request->verb),
        call->request->raw_path, FIDELITY_COMPAT, call->arena);
    if (text_is_empty(route))
        return;
    struct text hint =
        arena_printf(call->arena, "no such route; did you mean %.*s?", TEXT_ARGS(route));
    reply_add_header(call->reply, "X-Emulator-Hint", hint);
    log_write_kind(LOG_WARNING, "no such route", "%.*s", TEXT_ARGS(hint));
}

enum call_state call_fail_unknown_route(struct call *call)
{
    call_hint_route(call);
    if (route_is_vertex(call->request->raw_path))
        return call_fail_text(call, ERROR_VX_ROUTE_UNKNOWN, call_shown(call->request->raw_path));
    call->error = TEXT("The path names no method.");
    call->error_status = status_find(STATUS_NOT_FOUND)->name;
    fail_reply_unknown_route(call->request->raw_path, call->reply);
    return CALL_DONE;
}
