#include "server/control/control.h"

#include <inttypes.h>

#include "base/array.h"
#include "base/timefmt.h"
#include "base/version.h"
#include "server/api/fail.h"
#include "server/control/faults.h"
#include "server/control/guard.h"
#include "server/sim/trainer.h"

/* One call of the control API. */
struct control_call {
    struct app *app;
    struct exchange *exchange;
    int64_t now_ns; /* emulated */
    struct text id; /* what the path has for the star of its route; decoded */
};

typedef void control_handler(struct control_call *call);

struct control_route {
    struct text path; /* a star at the end is one segment that is not empty */
    control_handler *handle;
    enum http_verb verb;
    bool is_for_any_host; /* probes come by names that the host's own network gives it */
};

/* A text of the request for an error: bytes that are no UTF-8 cannot be shown. */
static struct text control_shown(struct text text)
{
    return text_is_utf8(text, NULL) ? text : TEXT("(bytes that are no UTF-8)");
}

static void control_fail(struct control_call *call, enum error_id error,
    const struct decode_problems *problems, struct text argument)
{
    struct arena *arena = &call->exchange->arena;
    struct error_hole hole;
    size_t argument_count = error_next_hole(text_of(errors[error].text), 0, &hole);
    struct failure failure = {
        .error = error,
        .text = error_text(arena, error, &argument, argument_count),
        .version = VERSION_V1BETA,
        .problems = problems,
        .retry_after_ns = fail_retry_ns(error),
    };
    fail_reply(&failure, JSON_PRETTY, arena, &call->exchange->reply);
}

static struct message *control_new_message(struct control_call *call, enum message_id id)
{
    return message_new(&call->exchange->arena, id, VERSION_V1BETA);
}

static void control_answer(struct control_call *call, const struct message *message)
{
    struct reply *reply = &call->exchange->reply;
    const struct json_style style = {.layout = JSON_PRETTY, .share = &reply->share};
    reply->status = 200;
    reply_begin_json(reply, TEXT(""));
    json_write(&reply->body, message, &style);
    reply_end_json(reply, TEXT(""));
}

static void control_answer_status(struct control_call *call, int status, const char *name)
{
    struct reply *reply = &call->exchange->reply;
    reply->status = status;
    reply_begin_json(reply, TEXT(""));
    buf_printf(&reply->body, "{\"status\":\"%s\"}", name);
    reply_end_json(reply, TEXT(""));
}

static void control_health(struct control_call *call)
{
    control_answer_status(call, 200, "ok");
}

static void control_ready(struct control_call *call)
{
    bool is_ready = call->app->is_ready;
    control_answer_status(call, is_ready ? 200 : 503, is_ready ? "ready" : "starting");
}

/* --step-time: a duration, or "real". */
static struct text info_step_time(int64_t step_ns, struct arena *arena)
{
    if (step_ns == TRAINING_STEP_REAL)
        return TEXT("real");
    char *text = arena_alloc(arena, TIME_TEXT_MAX);
    return (struct text){text, duration_format(step_ns, text)};
}

static void control_info(struct control_call *call)
{
    const struct app_settings *settings = &call->app->settings;
    struct arena *arena = &call->exchange->arena;
    struct message *info = control_new_message(call, MESSAGE_Info);
    /* The way on which the client came is open to it, also through a port that a container maps;
     * the guard knows the host. */
    struct text host = call->exchange->request.headers[HEADER_HOST];
    bool is_strict = settings->fidelity == FIDELITY_STRICT;
    bool is_required = settings->auth == AUTH_REQUIRED;
    message_set_text(info, Info_name, TEXT("tunemock"));
    message_set_text(info, Info_version, TEXT(TUNEMOCK_VERSION));
    message_set_text(info, Info_url, arena_printf(arena, "http://%.*s", TEXT_ARGS(host)));
    message_set_int(info, Info_time, call->now_ns);
    message_set_text(info, Info_fidelity, is_strict ? TEXT("strict") : TEXT("compat"));
    message_set_text(info, Info_auth, is_required ? TEXT("required") : TEXT("open"));
    message_set_text(info, Info_step_time, info_step_time(settings->step_ns, arena));
    message_set_int(info, Info_stream_delay, settings->stream_delay_ns);
    message_set_text(info, Info_seed, arena_printf(arena, "%" PRIu64, settings->seed));
    message_set_int(info, Info_max_body, (int64_t)settings->body_bytes_max);
    control_answer(call, info);
}

/* Reads the body into `message`. False if the call was answered with an error. */
static bool control_read_body(struct control_call *call, struct message *message)
{
    struct request *request = &call->exchange->request;
    struct arena *arena = &call->exchange->arena;
    struct text encoding = request->headers[HEADER_CONTENT_ENCODING];
    if (request->is_body_too_large) {
        control_fail(call, ERROR_BODY_TOO_LARGE, NULL,
            arena_printf(arena, "%zu", call->app->settings.body_bytes_max));
        return false;
    }
    if (encoding.len && !text_equals_ignoring_case(encoding, TEXT("identity"))) {
        control_fail(call, ERROR_BODY_ENCODING, NULL, control_shown(encoding));
        return false;
    }

    struct decode_problems problems;
    decode_problems_init(&problems, arena);
    problems.limits = &call->app->body_limits;
    decode_body(request->body, message, TEXT(""), &problems);
    request->decoded_budget = problems.limits->budget;
    request->decoded_bytes = problems.held_bytes;
    if (!decode_problems_any(&problems))
        return true;
    struct text argument;
    enum error_id error = fail_problems_error(&problems, &argument);
    control_fail(call, error, &problems, argument);
    return false;
}

static void control_faults_create(struct control_call *call)
{
    struct message *fault = control_new_message(call, MESSAGE_Fault);
    struct text problem;
    if (!control_read_body(call, fault))
        return;
    if (faults_add(call->app->faults, fault, &problem))
        control_answer(call, fault);
    else
        control_fail(call, ERROR_CONTROL_INVALID, NULL, problem);
}

static void control_faults_list(struct control_call *call)
{
    struct message *answer = control_new_message(call, MESSAGE_ListFaultsResponse);
    faults_list(call->app->faults, answer);
    control_answer(call, answer);
}

static void control_faults_clear(struct control_call *call)
{
    faults_remove(call->app->faults, TEXT(""));
    control_answer(call, control_new_message(call, MESSAGE_Empty));
}

static void control_faults_delete(struct control_call *call)
{
    struct text shown = control_shown(call->id);
    if (faults_remove(call->app->faults, call->id))
        control_answer(call, control_new_message(call, MESSAGE_Empty));
    else
        control_fail(call, ERROR_CONTROL_UNKNOWN, NULL,
            arena_printf(&call->exchange->arena, "fault %.*s", TEXT_ARGS(shown)));
}

static const struct control_route control_routes[] = {
    {TEXT_INIT("/health"), control_health, VERB_GET, true},
    {TEXT_INIT("/ready"), control_ready, VERB_GET, true},
    {TEXT_INIT("/emulator/v1/info"), control_info, VERB_GET, false},
    {TEXT_INIT("/emulator/v1/faults"), control_faults_list, VERB_GET, false},
    {TEXT_INIT("/emulator/v1/faults"), control_faults_create, VERB_POST, false},
    {TEXT_INIT("/emulator/v1/faults"), control_faults_clear, VERB_DELETE, false},
    {TEXT_INIT("/emulator/v1/faults/*"), control_faults_delete, VERB_DELETE, false},
};

enum { ROUTE_COUNT = ARRAY_COUNT(control_routes) };

bool control_is_path(struct text raw_path)
{
    struct text path = path_skip_slashes(raw_path);
    return text_equals_string(path, "/health") || text_equals_string(path, "/ready") ||
           text_equals_string(path, "/emulator") || text_starts_with(path, TEXT("/emulator/"));
}

/* True if the path is the route's; `ret_id` is what it has for the star, still encoded. */
static bool control_route_matches(
    const struct control_route *route, struct text path, struct text *ret_id)
{
    struct text pattern = route->path;
    *ret_id = TEXT("");
    if (!text_ends_with(pattern, TEXT("*")))
        return text_equals(path, pattern);
    pattern.len--;
    *ret_id = text_slice(path, pattern.len, path.len);
    return text_starts_with(path, pattern) && ret_id->len > 0 &&
           text_find_byte(*ret_id, '/') == ret_id->len;
}

/* The route of verb and path; NULL if there is none. `ret_verbs` lists the verbs that the path has,
 * ", " before each. */
static const struct control_route *control_find_route(
    struct control_call *call, struct text path, struct text *ret_verbs)
{
    enum http_verb verb = http_verb_parse(call->exchange->request.verb);
    if (verb == VERB_HEAD)
        verb = VERB_GET;
    *ret_verbs = TEXT("");
    for (int i = 0; i < ROUTE_COUNT; i++) {
        struct text id;
        if (!control_route_matches(&control_routes[i], path, &id))
            continue;
        if (control_routes[i].verb == verb) {
            call->id = percent_decode(id, false, &call->exchange->arena);
            return &control_routes[i];
        }
        *ret_verbs = arena_printf(&call->exchange->arena, "%.*s, %s", TEXT_ARGS(*ret_verbs),
            http_verb_name(control_routes[i].verb));
    }
    return NULL;
}

static void control_fail_unknown(struct control_call *call, struct text path, struct text verbs)
{
    struct text verb = control_shown(call->exchange->request.verb);
    path = control_shown(path);
    control_fail(call, ERROR_CONTROL_UNKNOWN, NULL,
        arena_printf(&call->exchange->arena, "%.*s %.*s%s%.*s", TEXT_ARGS(verb), TEXT_ARGS(path),
            verbs.len ? ", only" : "", TEXT_ARGS(text_slice(verbs, 1, verbs.len))));
}

void control_handle(struct app *app, struct exchange *exchange, int64_t now_ns)
{
    struct control_call call = {.app = app, .exchange = exchange, .now_ns = now_ns};
    char *date = arena_alloc(&exchange->arena, TIME_TEXT_MAX);
    size_t date_len = time_format_http(now_ns, date);
    reply_add_header(&exchange->reply, "Date", (struct text){date, date_len});
    reply_add_header(&exchange->reply, "Cache-Control", TEXT("no-store"));

    struct text path = path_skip_slashes(exchange->request.raw_path), verbs, reason;
    const struct control_route *route = control_find_route(&call, path, &verbs);
    bool is_for_any_host = route && route->is_for_any_host;
    if (!guard_allows(&exchange->request, &app->settings.allowed_hosts, is_for_any_host,
            &exchange->arena, &reason))
        control_fail(&call, ERROR_CONTROL_FORBIDDEN, NULL, reason);
    else if (!route)
        control_fail_unknown(&call, path, verbs);
    else
        route->handle(&call);
}
