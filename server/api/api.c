/*
 * The door. The order of the checks is the real service's (contract 4.1): route, credentials, JSON,
 * and then whatever the handler finds.
 */
#include "server/api/api.h"

#include <assert.h>
#include <string.h>

#include "base/timefmt.h"
#include "server/api/call.h"
#include "server/api/callers.h"
#include "server/api/discovery.h"
#include "server/api/fail.h"
#include "server/api/handlers.h"
#include "server/api/query.h"
#include "server/contract/limits.h"
#include "server/control/control.h"
#include "server/control/faults.h"

/*
 * What every answer carries. In compat that is what clients read: "Vary" is one line, and the
 * headers that only browsers' pages mind are strict's. A header costs 1,300 to 1,800 instructions,
 * of the 39,000 of a get and the 67,000 of a generateContent; see the README.
 */
static void api_add_headers(struct app *app, struct exchange *exchange, int64_t now_ns)
{
    struct reply *reply = &exchange->reply;
    char *date = arena_alloc(&exchange->arena, TIME_TEXT_MAX);
    size_t date_len = time_format_http(now_ns, date);

    if (app->settings.fidelity == FIDELITY_STRICT) {
        reply_add_header(reply, "Vary", TEXT("X-Origin"));
        reply_add_header(reply, "Vary", TEXT("Referer"));
        reply_add_header(reply, "Vary", TEXT("Origin,Accept-Encoding"));
    } else {
        reply_add_header(reply, "Vary", TEXT("X-Origin,Referer,Origin,Accept-Encoding"));
    }
    reply_add_header(reply, "Date", (struct text){date, date_len});
    reply_add_header(reply, "Server", TEXT("scaffolding on HTTPServer2"));
    if (app->settings.fidelity == FIDELITY_STRICT) {
        reply_add_header(reply, "Cache-Control", TEXT("private"));
        reply_add_header(reply, "X-XSS-Protection", TEXT("0"));
        reply_add_header(reply, "X-Frame-Options", TEXT("SAMEORIGIN"));
        reply_add_header(reply, "X-Content-Type-Options", TEXT("nosniff"));
        reply_add_header(reply, "Server-Timing", TEXT("gfet4t7; dur=1"));
        reply_add_header(reply, "Accept-Ranges", TEXT("none"));
        /* libmicrohttpd would send an end of chunks after a HEAD. */
        if (!text_equals_string(exchange->request.verb, "HEAD"))
            reply_add_header(reply, "Transfer-Encoding", TEXT("chunked"));
    }
    struct text origin = exchange->request.headers[HEADER_ORIGIN];
    if (origin.bytes) {
        reply_add_header(reply, "Access-Control-Allow-Origin", origin);
        reply_add_header(reply, "Access-Control-Expose-Headers",
            TEXT("vary,vary,vary,content-encoding,date,server,content-length"));
        if (app->settings.fidelity == FIDELITY_COMPAT)
            reply_add_header(
                reply, "Access-Control-Expose-Headers", TEXT("x-emulator-answer,x-emulator-hint"));
    }
}

/* CORS preflight (contract 3.6). */
static void api_answer_preflight(struct exchange *exchange)
{
    struct reply *reply = &exchange->reply;
    struct text asked = exchange->request.headers[HEADER_ACCESS_CONTROL_REQUEST_HEADERS];
    reply_add_header(
        reply, "Access-Control-Allow-Methods", TEXT("DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"));
    if (asked.bytes)
        reply_add_header(reply, "Access-Control-Allow-Headers", asked);
    reply_add_header(reply, "Access-Control-Max-Age", TEXT("3600"));
    reply->status = 200;
    reply->content_type = "text/html; charset=UTF-8";
}

/* Clients whose URL would be too long send its query, or the rest of it, as a form. */
static void api_take_query_of_body(struct request *request, struct arena *arena)
{
    struct text type = request->headers[HEADER_CONTENT_TYPE];
    /* Of one that is too long, no more is copied than tells so. */
    struct text form = text_slice(request->body, 0, QUERY_BYTES_MAX + 1);
    bool is_form =
        text_equals_ignoring_case(text_trim(text_slice(type, 0, text_find_byte(type, ';'))),
            TEXT("application/x-www-form-urlencoded"));
    if (text_is_empty(request->raw_query)) {
        request->raw_query = arena_text(arena, form);
    } else if (is_form && !text_is_empty(form)) {
        struct buf query = BUF_INIT;
        buf_add_text(&query, request->raw_query);
        buf_add_byte(&query, '&');
        buf_add_text(&query, form);
        request->raw_query = arena_text(arena, buf_text(&query));
        buf_release(&query);
    }
    request->body = TEXT("");
}

/* The verb that counts: X-HTTP-Method-Override on a POST replaces it. */
static enum http_verb api_verb(struct request *request, struct arena *arena)
{
    enum http_verb verb = http_verb_parse(request->verb);
    struct text override = text_trim(request->headers[HEADER_X_HTTP_METHOD_OVERRIDE]);
    if (verb != VERB_POST || text_is_empty(override))
        return verb;
    verb = http_verb_parse(override);
    if (verb == VERB_GET)
        api_take_query_of_body(request, arena);
    return verb;
}

/* Decodes the body into call->in. False if the call was answered with an error. */
static bool api_read_body(struct call *call)
{
    int body = call->method->body;
    struct text encoding = call->request->headers[HEADER_CONTENT_ENCODING];
    if (encoding.len && !text_equals_ignoring_case(encoding, TEXT("identity"))) {
        bool is_text = text_is_utf8(encoding, NULL);
        call_fail_text(call, ERROR_BODY_ENCODING, is_text ? encoding : TEXT("unknown"));
        return false;
    }
    call->problems.limits = &call->app->body_limits;
    if (body == METHOD_BODY_ALL) {
        decode_body(call->request->body, call->in, TEXT(""), &call->problems);
    } else if (body != METHOD_BODY_NONE) {
        const struct field *field = &call->in->type->fields[body];
        decode_body(call->request->body, message_make_child(call->in, (unsigned)body),
            field->proto_name, &call->problems);
    }
    call_hold_decoded(call, &call->problems);
    return true;
}

static bool api_read_fields(struct call *call)
{
    struct text fields = call->system.fields;
    if (text_is_empty(fields))
        fields = call->request->headers[HEADER_X_GOOG_FIELDMASK];
    if (text_is_empty(fields))
        return true;
    struct text problem;
    if (!text_is_utf8(fields, NULL)) {
        call_fail(call, ERROR_QUERY_MALFORMED);
        return false;
    }
    if (json_mask_parse(fields, &message_types[call->method->response], call->messages, call->arena,
            &call->style.mask, &problem))
        return true;
    decode_problems_add(&call->problems, fields, problem);
    call_fail(call, ERROR_FIELDS_MASK);
    return false;
}

static bool api_report_problems(struct call *call)
{
    if (!decode_problems_any(&call->problems))
        return true;
    call_fail_problems(call, &call->problems);
    return false;
}

/* Everything before the handler. False if the call was answered. */
static bool api_prepare(struct call *call)
{
    struct app *app = call->app;
    struct request *request = call->request;
    call->in = message_new(call->arena, call->method->request, call->messages);
    call->in->called = call->version;
    decode_problems_init(&call->problems, call->arena);

    if (!query_read(call, request->raw_query) || faults_apply(app->faults, call) ||
        !callers_identify(app->callers, call))
        return false;
    if (request->is_body_too_large) {
        call_fail_text(call, ERROR_BODY_TOO_LARGE,
            arena_printf(call->arena, "%zu", app->settings.body_bytes_max));
        return false;
    }
    return api_read_body(call) && api_report_problems(call) && api_read_fields(call);
}

static enum call_state api_run(struct call *call)
{
    enum store_result result = store_read_begin(call->reader);
    if (result != STORE_OK)
        return call_fail_store(call, result);
    call->is_reading = true;
    enum call_state state = method_handlers[call->method_id].handle(call);
    call_end_read(call);
    return state;
}

/* Names of the latest schema mean nothing to the service of 2025. Those that do here have hints of
 * their own. */
static void api_hint_latest(struct call *call)
{
    const struct decode_problems *problems = &call->problems;
    struct text names = TEXT("");
    for (size_t i = 0; i < problems->latest_count; i++) {
        struct text name = problems->latest[i]->json_name;
        if (!text_equals_string(name, "multiturnExamples"))
            names = arena_printf(call->arena, "%.*s%s%.*s", TEXT_ARGS(names), names.len ? ", " : "",
                TEXT_ARGS(name));
    }
    if (names.len && call->reply->status == 200)
        call_hint_text(call,
            arena_printf(call->arena,
                "ignored, since they are newer than the emulated service: %.*s", TEXT_ARGS(names)));
}

static void api_write_done(struct store_write *write)
{
    struct exchange *exchange = write->context;
    exchange->wake(exchange);
}

/* A call of a method of the emulated service. */
static enum api_result api_handle_call(
    struct app *app, int worker, struct exchange *exchange, int64_t now_ns)
{
    struct arena *arena = &exchange->arena;
    struct request *request = &exchange->request;
    enum http_verb verb = api_verb(request, arena);
    struct call *call = arena_alloc(arena, sizeof(*call));
    *call = (struct call){.app = app,
        .arena = arena,
        .request = request,
        .reply = &exchange->reply,
        .reader = store_get_reader(app->store, worker),
        .now_ns = now_ns,
        .style = {.share = &exchange->reply.share}};
    exchange->state = call;

    struct route route;
    enum fidelity fidelity = app->settings.fidelity;
    enum route_result found =
        fidelity == FIDELITY_COMPAT
            ? route_find_lenient(verb, request->raw_path, fidelity, arena, &route)
            : route_find(verb, request->raw_path, fidelity, arena, &route);
    if (found != ROUTE_FOUND) {
        if (found == ROUTE_MALFORMED)
            call_fail(call, ERROR_ROUTE_MALFORMED);
        else
            call_fail_unknown_route(call);
        return API_DONE;
    }
    call->method_id = route.method;
    call->method = &methods[route.method];
    call->version = route.version;
    call->messages = api_version_of_messages(route.version, app->settings.fidelity);
    memcpy(call->ids, route.ids, sizeof(call->ids));

    if (!api_prepare(call))
        return API_DONE;
    if (api_run(call) == CALL_DONE) {
        api_hint_latest(call);
        return API_DONE;
    }
    call->write->done = api_write_done;
    call->write->context = exchange;
    store_submit(app->store, call->write);
    return API_PENDING;
}

/* What is no HTTP gets an answer all the same; http/ closes the connection after it. */
static void api_answer_malformed(struct exchange *exchange)
{
    struct text problem = text_of(exchange->request.malformed);
    struct failure failure = {
        .error = ERROR_REQUEST_MALFORMED,
        .text = error_text(&exchange->arena, ERROR_REQUEST_MALFORMED, &problem, 1),
        .version = VERSION_V1BETA,
    };
    fail_reply(&failure, JSON_PRETTY, &exchange->arena, &exchange->reply);
}

/* What a complete reply holds until it is read, as far as it is counted. */
static size_t api_held_bytes(const struct reply *reply)
{
    /* A piece that waits is a small part of the text, but every byte of it may be escaped. */
    if (reply->generate)
        return STREAM_BYTES + reply->arena.used_bytes + reply->arena.used_bytes / 4;
    return reply->body.len > ANSWER_FREE_BYTES ? reply->body.capacity : 0;
}

/* The reply is complete: has its share of memory be what it holds, or refuses it. */
static void api_settle(struct exchange *exchange)
{
    struct reply *reply = &exchange->reply;
    struct call *call = exchange->state;
    exchange->state = NULL;
    buf_shrink(&reply->body);
    size_t held_bytes = api_held_bytes(reply);
    if (share_grow(&reply->share, held_bytes)) {
        share_shrink(&reply->share, held_bytes);
        return;
    }
    reply_release(reply);
    if (call) {
        call_fail(call, ERROR_SRV_ANSWERS_FULL);
        return;
    }
    struct failure failure = {
        .error = ERROR_SRV_ANSWERS_FULL,
        .text = error_text(&exchange->arena, ERROR_SRV_ANSWERS_FULL, NULL, 0),
        .version = VERSION_V1BETA,
        .retry_after_ns = fail_retry_ns(ERROR_SRV_ANSWERS_FULL),
    };
    fail_reply(&failure, JSON_PRETTY, &exchange->arena, reply);
}

static enum api_result api_dispatch(
    struct app *app, int worker, struct exchange *exchange, int64_t now_ns)
{
    struct text path = exchange->request.raw_path;
    if (exchange->request.malformed) {
        api_answer_malformed(exchange);
        return API_DONE;
    }
    if (control_is_path(path)) {
        control_handle(app, exchange, now_ns);
        return API_DONE;
    }
    api_add_headers(app, exchange, now_ns);
    if (text_equals_string(exchange->request.verb, "OPTIONS")) {
        api_answer_preflight(exchange);
        return API_DONE;
    }
    if (discovery_is_path(path)) {
        discovery_handle(app, exchange);
        return API_DONE;
    }
    return api_handle_call(app, worker, exchange, now_ns);
}

enum api_result api_handle(struct app *app, int worker, struct exchange *exchange)
{
    exchange->reply.share.budget = &app->answers;
    /* Before a snapshot is taken, so that it has all that ended before (struct store_condition). */
    int64_t now_ns = clock_now_ns(&app->clock);
    enum api_result result = api_dispatch(app, worker, exchange, now_ns);
    if (result == API_DONE)
        api_settle(exchange);
    return result;
}

static void api_run_finish(struct call *call)
{
    call_finisher *finish = method_handlers[call->method_id].finish;
    assert(finish);
    enum store_result failure = call->write->result;
    if (store_has_failed(failure) || (failure = store_read_begin(call->reader)) != STORE_OK) {
        call_fail_store(call, failure);
        return;
    }
    call->is_reading = true;
    finish(call);
    call_end_read(call);
    api_hint_latest(call);
}

void api_finish(struct app *app, int worker, struct exchange *exchange)
{
    struct call *call = exchange->state;
    call->reader = store_get_reader(app->store, worker);
    api_run_finish(call);
    api_settle(exchange);
}
