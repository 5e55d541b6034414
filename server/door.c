/*
 * The order of the checks is the real service's (contract 4.1): route, credentials, JSON, and then
 * whatever the handler finds. Calls of the control API take the same way, behind their guard.
 */
#include "server/door.h"

#include <assert.h>
#include <string.h>

#include "base/timefmt.h"
#include "server/call/body.h"
#include "server/call/call.h"
#include "server/call/caller.h"
#include "server/call/facts.h"
#include "server/call/fault.h"
#include "server/call/guard.h"
#include "server/call/headers.h"
#include "server/call/metrics.h"
#include "server/call/namespace.h"
#include "server/call/pacing.h"
#include "server/call/query.h"
#include "server/call/record.h"
#include "server/call/request_id.h"
#include "server/call/root.h"
#include "server/call/tell_write.h"
#include "server/call/tuning_files.h"
#include "server/contract/limits.h"
#include "server/handlers.h"
#include "server/ui/ui.h"

/* A look at a space that is to become ready is due when it tells; this is in case that it never
 * does. */
#define DOOR_EARLY_NS (30 * NS_PER_SECOND)

/* Before a snapshot is taken, so that it has all that ended before (struct store_condition). */
static void door_look_at_space(struct call *call)
{
    call->epoch = atomic_load(&call->space->epoch);
    call->now_ns = clock_now_ns(&call->space->clock);
    call->dials = dials_get(&call->space->dials);
}

static struct call *door_new_call(struct app *app, int worker, struct exchange *exchange)
{
    struct call *call = arena_alloc(&exchange->arena, sizeof(*call));
    call->app = app;
    call->space = spaces_default(app->spaces);
    call->arena = &exchange->arena;
    call->request = &exchange->request;
    call->is_page = !app->settings.is_without_page && ui_is_asked(call->request) &&
                    !root_is_asked(call->request);
    call->is_control = call->is_page || route_is_control(call->request->raw_path);
    call->reply = &exchange->reply;
    call->counts = metrics_of_worker(app->metrics, worker);
    call->kept = app->kept[worker];
    call->reader = store_get_reader(app->store, worker);
    call->match_steps_left = MATCH_STEPS_MAX;
    call->version = VERSION_V1BETA;
    call->style.share = &exchange->reply.share;
    request_id_read(call);
    exchange->state = call;
    return call;
}

/* --- before the handler; each function gives false if the call was answered, or is early --- */

/* What is refused at once does not wait. */
static bool door_is_early(struct call *call)
{
    if (namespace_has_begun(call) || call->is_last_look || call->request->is_body_too_large)
        return false;
    watches_see(&call->space->watches, &call->watch, TEXT(""));
    call->is_early = !namespace_has_begun(call);
    return call->is_early;
}

static void door_set_route(struct call *call, const struct route *route)
{
    call->method_id = route->method;
    call->method = &methods[route->method];
    call->version = route->version;
    call->messages = method_messages(call->method, route->version, call->app->settings.fidelity);
    memcpy(call->ids, route->ids, sizeof(call->ids));
    call->project = route->project;
    call->location = route->location;
    call->in = message_new(call->arena, call->method->request, call->messages);
    call->in->called = call->method->flags & METHOD_VERTEX ? call->messages : call->version;
    decode_problems_init(&call->problems, call->arena);
}

static bool door_read_fields(struct call *call)
{
    if (text_is_empty(call->system.fields))
        call->system.fields = call->request->headers[HEADER_X_GOOG_FIELDMASK];
    struct text fields = call->system.fields, problem;
    if (text_is_empty(fields))
        return true;
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

static bool door_find_emulated(struct call *call)
{
    struct route route;
    enum fidelity fidelity = call->app->settings.fidelity;
    struct text path = call->request->raw_path;
    enum http_verb verb = query_verb(call);
    enum route_result found = fidelity == FIDELITY_COMPAT
                                  ? route_find_lenient(verb, path, fidelity, call->arena, &route)
                                  : route_find(verb, path, fidelity, call->arena, &route);
    if (found == ROUTE_FOUND && methods[route.method].flags & METHOD_METADATA &&
        !root_asks_metadata(call->request))
        found = ROUTE_UNKNOWN;
    if (found == ROUTE_FOUND)
        door_set_route(call, &route);
    else if (found == ROUTE_MALFORMED)
        call_fail(call, ERROR_ROUTE_MALFORMED);
    else if (root_is_asked(call->request))
        root_answer(call);
    else
        call_fail_unknown_route(call);
    return found == ROUTE_FOUND;
}

static bool door_answer_preflight(struct call *call)
{
    door_look_at_space(call);
    headers_add_emulated(call);
    headers_answer_preflight(call);
    return false;
}

static bool door_admit_emulated(struct call *call, struct exchange *exchange)
{
    /* A browser asks without the headers that it will send. */
    if (text_equals_string(call->request->verb, "OPTIONS"))
        return door_answer_preflight(call);
    namespace_enter(call, exchange);
    if (door_is_early(call))
        return false;
    door_look_at_space(call);
    request_id_begin(call);
    headers_add_emulated(call);
    if (!namespace_check(call) || !pacing_apply(call) || !door_find_emulated(call))
        return false;
    if (call->method->flags & METHOD_PUBLIC)
        return true;
    return query_read(call, call->request->raw_query) && !fault_apply(call) &&
           caller_identify(call) && body_read(call) && door_read_fields(call);
}

static bool door_find_control(struct call *call, bool is_found)
{
    if (is_found)
        return true;
    struct text path = path_skip_slashes(call->request->raw_path);
    struct text verbs = route_control_verbs(path, call->arena);
    call_fail_text(call, ERROR_CONTROL_UNKNOWN,
        arena_printf(call->arena, "%.*s %.*s%s%.*s", TEXT_ARGS(call_shown(call->request->verb)),
            TEXT_ARGS(call_shown(path)), verbs.len ? ", only " : "", TEXT_ARGS(verbs)));
    return false;
}

/* A probe needs no token, as it needs no name; a browser's preflight cannot bring one. */
static bool door_check_token(struct call *call, bool is_probe)
{
    struct text token = call->app->settings.control_token;
    if (is_probe || guard_knows_token(call->request, token))
        return true;
    bool is_missing = call->request->headers[HEADER_X_EMULATOR_TOKEN].bytes == NULL;
    call_fail_text(
        call, ERROR_CONTROL_TOKEN, is_missing ? TEXT("it is missing") : TEXT("it is another"));
    return false;
}

/* A path of no call is in a namespace, as those of the service are: its answer has a date and an
 * id. A preflight, which names none, is not. */
static bool door_is_of_process(const struct call *call)
{
    return call->method ? call->method->flags & METHOD_PROCESS
                        : text_equals_string(call->request->verb, "OPTIONS");
}

static bool door_enter_control(struct call *call, struct exchange *exchange)
{
    if (door_is_of_process(call))
        return true;
    namespace_enter(call, exchange);
    if (door_is_early(call))
        return false;
    door_look_at_space(call);
    headers_renew_date(call);
    return namespace_check(call);
}

static bool door_admit_control(struct call *call, struct exchange *exchange)
{
    const struct app_settings *settings = &call->app->settings;
    struct route route;
    struct text reason;
    door_look_at_space(call); /* at the default one, until it may have another */
    headers_add_control(call);
    /* No id of a malformed one exists; its handler says so. */
    bool is_found = route_find(http_verb_parse(call->request->verb), call->request->raw_path,
                        FIDELITY_COMPAT, call->arena, &route) != ROUTE_UNKNOWN;
    if (is_found)
        door_set_route(call, &route);
    bool is_probe = is_found && call->method->flags & METHOD_ANY_HOST;
    if (!guard_allows(call->request, settings, is_probe, call->arena, &reason)) {
        call_fail_text(call, ERROR_CONTROL_FORBIDDEN, reason);
        return false;
    }
    if (text_equals_string(call->request->verb, "OPTIONS") &&
        guard_is_allowed_origin(call->request, &settings->allowed_origins)) {
        headers_answer_preflight(call);
        return false;
    }
    return door_check_token(call, is_probe) && door_enter_control(call, exchange) &&
           door_find_control(call, is_found) && query_read(call, call->request->raw_query) &&
           body_read(call) && door_read_fields(call);
}

/* A file of the page is the same for everybody, and answered here: it needs no token, with which
 * the page asks for what it shows, and links of other pages may lead to it. */
static bool door_answer_page(struct call *call)
{
    struct text reason;
    door_look_at_space(call);
    headers_add_page(call);
    if (guard_shows_page(call->request, &call->app->settings, call->arena, &reason))
        ui_answer(call);
    else
        call_fail_text(call, ERROR_CONTROL_FORBIDDEN, reason);
    return false;
}

/* What is no HTTP gets an answer all the same; http/ closes the connection after it. */
static bool door_check_http(struct call *call)
{
    if (!call->request->malformed)
        return true;
    door_look_at_space(call);
    request_id_begin(call);
    call_fail_text(call, ERROR_REQUEST_MALFORMED, text_of(call->request->malformed));
    return false;
}

static bool door_admit(struct call *call, struct exchange *exchange)
{
    if (!door_check_http(call))
        return false;
    if (call->is_page)
        return door_answer_page(call);
    return call->is_control ? door_admit_control(call, exchange)
                            : door_admit_emulated(call, exchange);
}

/* --- the handler --- */

static bool door_begin_read(struct call *call)
{
    if (call->method->flags & METHOD_NO_STORE)
        return true;
    enum store_result result = store_read_begin(call->reader);
    call->is_reading = result == STORE_OK;
    if (!call->is_reading)
        call_fail_store(call, result);
    return call->is_reading;
}

/* The same for a first half, which looks at the clock as it was when the rows were. */
static bool door_begin_first_read(struct call *call)
{
    if (!door_begin_read(call))
        return false;
    if (call->epoch != atomic_load(&call->space->epoch)) {
        door_look_at_space(call);
        headers_renew_date(call);
    }
    return true;
}

/* Names of the latest schema mean nothing to the service of 2025. Those that do here have hints of
 * their own. */
static void door_hint_latest(struct call *call)
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

static void door_end_wait(struct exchange *exchange)
{
    if (wait_end(&exchange->wait, WAIT_COMMIT))
        wait_wake(&exchange->wait);
}

static void door_write_done(struct store_write *write)
{
    struct exchange *exchange = write->context;
    struct call *call = exchange->state;
    struct text changed = tell_write_changed(write);
    if (call->settle)
        call->settle(call);
    if (write->result == STORE_OK && changed.len)
        watches_notify(&call->space->watches, changed);
    if (write->result == STORE_OK)
        tell_write(call, write);
    door_end_wait(exchange);
}

static void door_batch_done(struct store_batch *batch)
{
    door_end_wait(batch->context);
}

/* Before the snapshot is taken: what changes from now on will be told of. */
static void door_begin_look(struct call *call)
{
    if (!(call->method->flags & METHOD_WATCHES))
        return;
    if (call->asked_ns == 0) {
        call->asked_ns = clock_monotonic_ns();
        call->look = arena_mark(call->arena);
    }
    watches_see(&call->space->watches, &call->watch, call_row_id(call));
}

/* Runs the first half, and once more if what it read in pieces, as long lists do, is not of one
 * space any more. */
static enum call_state door_handle_whole(struct call *call)
{
    enum { TRIES = 8 };
    int header_count = call->reply->header_count;
    for (int i = 1;; i++) {
        enum call_state state = method_handlers[call->method_id].handle(call);
        call_end_read(call);
        if (state != CALL_DONE || call->method->verb != VERB_GET ||
            call->epoch == atomic_load(&call->space->epoch) || i == TRIES)
            return state;
        reply_release(call->reply);
        call->reply->header_count = header_count;
        if (!door_begin_first_read(call))
            return CALL_DONE;
    }
}

/* Has an answer say that the space is gone, if it is: what was read of it may have been read after
 * its rows went. `header_count` are those that the answer had before. */
static void door_check_gone(struct call *call, int header_count)
{
    if (!atomic_load(&call->space->is_gone))
        return;
    reply_release(call->reply);
    call->reply->header_count = header_count;
    namespace_fail(call);
}

static enum door_result door_run(struct call *call, struct exchange *exchange)
{
    door_begin_look(call);
    if (!door_begin_first_read(call))
        return DOOR_DONE;
    int header_count = call->reply->header_count;
    enum call_state state = door_handle_whole(call);
    switch (state) {
    case CALL_DONE:
        door_check_gone(call, header_count);
        door_hint_latest(call);
        return DOOR_DONE;
    case CALL_PENDING:
        return DOOR_PENDING;
    case CALL_WATCHING:
        exchange->watch_ns = call->watch_ns;
        return DOOR_WATCHING;
    }
    return DOOR_DONE;
}

static void door_run_finish(struct call *call)
{
    call_finisher *finish = method_handlers[call->method_id].finish;
    assert(finish);
    enum store_result result = call->batch ? call->batch->result : call->write->result;
    bool is_gone = result != STORE_OK && atomic_load(&call->space->is_gone);
    if (is_gone || store_has_failed(result)) {
        if (call->give_up)
            call->give_up(call);
        if (is_gone)
            namespace_fail(call);
        else
            call_fail_store(call, result);
        return;
    }
    if (!door_begin_read(call))
        return;
    int header_count = call->reply->header_count;
    finish(call);
    call_end_read(call);
    door_check_gone(call, header_count);
    door_hint_latest(call);
}

/* --- the answer --- */

/* What a complete reply holds until it is read, as far as it is counted. */
static size_t door_held_bytes(const struct reply *reply)
{
    /* A piece that waits is a small part of the text, but every byte of it may be escaped. */
    if (reply->generate)
        return STREAM_BYTES + reply->arena.used_bytes + reply->arena.used_bytes / 4;
    return reply->body.len > ANSWER_FREE_BYTES ? reply->body.capacity : 0;
}

/* Has the reply's share of memory be what the reply holds, or refuses it. */
static void door_count_reply(struct call *call)
{
    struct reply *reply = call->reply;
    buf_shrink(&reply->body);
    size_t held_bytes = door_held_bytes(reply);
    if (share_grow(&reply->share, held_bytes)) {
        share_shrink(&reply->share, held_bytes);
        return;
    }
    reply_release(reply);
    call_fail(call, ERROR_SRV_ANSWERS_FULL);
}

static int door_kind(const struct call *call)
{
    if (!call->method)
        return call->is_control ? METRICS_CONTROL : METRICS_UNKNOWN;
    return call->method->flags & METHOD_CONTROL ? METRICS_CONTROL : facts_method(call);
}

/* Counts a call whose answer is about to be sent, with the time since it began to come, and that
 * for which the answer is kept back; of a stream that is the time until it begins. Status 0: there
 * is no answer, because a fault says so or the client has left. */
static void door_count(struct call *call, int status, int64_t now_ns)
{
    int64_t started_ns = call->request->started_ns;
    int64_t duration_ns = started_ns ? now_ns - started_ns : 0;
    if (status != 0)
        duration_ns += call->reply->delay_ns;
    metrics_count(call->counts, door_kind(call), status, duration_ns);
}

/* The reply is complete. */
static void door_settle(struct call *call, struct exchange *exchange)
{
    exchange->state = NULL;
    tuning_files_end(call);
    door_count_reply(call);
    request_id_answer(call);
    int64_t now_ns = clock_monotonic_ns();
    record_reply(call, exchange, now_ns);
    door_count(call, call->reply->is_reset ? 0 : call->reply->status, now_ns);
}

static enum door_result door_begin(struct call *call, struct exchange *exchange)
{
    enum door_result result = door_admit(call, exchange) ? door_run(call, exchange) : DOOR_DONE;
    if (call->is_early) {
        exchange->watch_ns = DOOR_EARLY_NS;
        return DOOR_EARLY;
    }
    if (result == DOOR_DONE)
        door_settle(call, exchange);
    else
        record_begin(call, exchange);
    return result;
}

enum door_result door_handle(struct app *app, int worker, struct exchange *exchange)
{
    exchange->reply.share.budget = &app->answers;
    return door_begin(door_new_call(app, worker, exchange), exchange);
}

/* Begins once more, once the space is ready: nobody has been told of the call yet. */
static enum door_result door_begin_again(struct call *call, struct exchange *exchange)
{
    call->is_early = false;
    call->reply->header_count = 0;
    return door_begin(call, exchange);
}

void door_submit(struct app *app, struct exchange *exchange)
{
    struct call *call = exchange->state;
    if (call->batch) {
        call->batch->done = door_batch_done;
        call->batch->context = exchange;
        store_submit_batch(app->store, call->batch);
        return;
    }
    call->write->done = door_write_done;
    call->write->context = exchange;
    store_submit(app->store, call->write);
}

void door_finish(struct app *app, int worker, struct exchange *exchange)
{
    struct call *call = exchange->state;
    call->reader = store_get_reader(app->store, worker);
    door_run_finish(call);
    door_settle(call, exchange);
}

void door_watch(struct exchange *exchange)
{
    struct call *call = exchange->state;
    call->watch.wait = &exchange->wait;
    watches_add(&call->space->watches, &call->watch);
}

static enum door_result door_answer_gone(struct call *call, struct exchange *exchange)
{
    namespace_fail(call);
    door_settle(call, exchange);
    return DOOR_DONE;
}

enum door_result door_look_again(
    struct app *app, int worker, struct exchange *exchange, enum wait_cause cause)
{
    struct call *call = exchange->state;
    watches_remove(&call->space->watches, &call->watch);
    call->reader = store_get_reader(app->store, worker);
    call->is_last_look = cause == WAIT_CUT;
    if (call->is_early)
        return door_is_early(call) ? DOOR_EARLY : door_begin_again(call, exchange);
    arena_rewind(call->arena, call->look);
    door_look_at_space(call);
    headers_renew_date(call);
    if (atomic_load(&call->space->is_gone))
        return door_answer_gone(call, exchange);
    enum door_result result = door_run(call, exchange);
    if (result == DOOR_DONE)
        door_settle(call, exchange);
    return result;
}

void door_forget(struct exchange *exchange)
{
    struct call *call = exchange->state;
    watches_remove(&call->space->watches, &call->watch);
}

void door_end(struct exchange *exchange)
{
    if (exchange->state) {
        tuning_files_end(exchange->state);
        door_count(exchange->state, 0, clock_monotonic_ns());
    }
    record_end(exchange);
    reply_end(&exchange->reply);
}
