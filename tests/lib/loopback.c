#include "tests/lib/loopback.h"

#include <pthread.h>

#include <cjson/cJSON.h>

#include "base/memory.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"

static bool loopback_try(struct loopback *loopback, enum fidelity fidelity, enum auth_mode auth,
    const char *path, struct text *ret_message)
{
    struct app_settings settings = {
        .fidelity = fidelity,
        .auth = auth,
        .body_bytes_max = BODY_BYTES_MAX,
        .namespaces_max = NAMESPACES_MAX,
        .space = {.dials = {.step_ns = 300 * NS_PER_MS, .seed = 1}, .journal_max = 1000},
    };
    memset(loopback, 0, sizeof(*loopback));
    exchange_init(&loopback->exchange);
    buf_init(&loopback->body);
    assert_true(clock_setting_parse(TEXT("frozen@" LOOPBACK_TIME), &settings.space.clock));
    loopback->app.is_ready =
        app_init(&loopback->app, &settings, path, LOOPBACK_WORKERS, ret_message);
    return loopback->app.is_ready;
}

void loopback_start(struct loopback *loopback, enum fidelity fidelity, enum auth_mode auth)
{
    struct text message = TEXT("");
    if (!loopback_try(loopback, fidelity, auth, NULL, &message))
        fail_msg("the emulator does not start: %.*s", TEXT_ARGS(message));
}

bool loopback_start_file(struct loopback *loopback, const char *path)
{
    struct text message = TEXT("");
    if (loopback_try(loopback, FIDELITY_COMPAT, AUTH_OPEN, path, &message))
        return true;
    assert_true(message.len > 0);
    loopback_stop(loopback);
    return false;
}

void loopback_stop(struct loopback *loopback)
{
    exchange_release(&loopback->exchange);
    buf_release(&loopback->body);
    app_release(&loopback->app);
}

struct space *loopback_space(struct loopback *loopback)
{
    return spaces_default(loopback->app.spaces);
}

void loopback_advance(struct loopback *loopback, int64_t duration_ns)
{
    assert_true(clock_advance(&loopback_space(loopback)->clock, duration_ns));
}

void loopback_set_header(struct loopback *loopback, enum request_header header, const char *value)
{
    loopback->headers[header] = value;
}

void loopback_fill_request(
    struct request *request, const char *verb, const char *target, struct text body)
{
    struct text rest = text_of(target);
    request->verb = text_of(verb);
    request->raw_path = text_split(&rest, '?');
    request->raw_query = rest;
    request->body = body;
    request->headers[HEADER_HOST] = TEXT("localhost");
}

/* What loopback_handle waits with. */
/* All requests of all threads share it; few wait at a time. */
static pthread_mutex_t loopback_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t loopback_condition = PTHREAD_COND_INITIALIZER;

static void loopback_wake(struct wait *wait)
{
    pthread_mutex_lock(&loopback_mutex);
    wait_arrive(wait);
    pthread_cond_broadcast(&loopback_condition);
    pthread_mutex_unlock(&loopback_mutex);
}

static enum wait_cause loopback_wait(struct wait *wait)
{
    pthread_mutex_lock(&loopback_mutex);
    while (!wait_is_over(wait))
        pthread_cond_wait(&loopback_condition, &loopback_mutex);
    pthread_mutex_unlock(&loopback_mutex);
    return wait_take(wait);
}

/* Real time does not pass in here: if nothing has changed already, the time has come. But a space
 * is waited for. */
static enum wait_cause loopback_watch(struct exchange *exchange, bool is_early)
{
    wait_begin(&exchange->wait);
    door_watch(exchange);
    if (!is_early && wait_end(&exchange->wait, WAIT_TIME))
        wait_wake(&exchange->wait);
    return loopback_wait(&exchange->wait);
}

void loopback_handle(struct app *app, int worker, struct exchange *exchange)
{
    exchange->wait.wake = loopback_wake;
    enum door_result result = door_handle(app, worker, exchange);
    while (result == DOOR_WATCHING || result == DOOR_EARLY)
        result =
            door_look_again(app, worker, exchange, loopback_watch(exchange, result == DOOR_EARLY));
    if (result == DOOR_DONE)
        return;
    wait_begin(&exchange->wait);
    door_submit(app, exchange);
    loopback_wait(&exchange->wait);
    door_finish(app, worker, exchange);
}

/* Pulls the pieces of a paced reply, without waiting: of a stream of events, what there is. */
static void loopback_read_pieces(struct loopback *loopback)
{
    struct reply *reply = &loopback->exchange.reply;
    struct reply_piece piece = {.is_last = false};
    while (!piece.is_last && !piece.is_broken && !piece.is_stalled) {
        struct buf out = BUF_INIT;
        piece = reply->generate(reply->generate_state, &out);
        bool is_idle = piece.is_waiting && out.len == 0;
        buf_add_text(&loopback->body, buf_text(&out));
        buf_release(&out);
        loopback->piece_count++;
        loopback->paced_ns += piece.gap_ns;
        if (is_idle)
            break;
    }
    loopback->is_broken = piece.is_broken;
    loopback->is_stalled = piece.is_stalled;
}

void loopback_send_bytes(
    struct loopback *loopback, const char *verb, const char *target, struct text body)
{
    struct exchange *exchange = &loopback->exchange;
    exchange_release(exchange);
    exchange_init(exchange);
    buf_clear(&loopback->body);
    loopback->piece_count = 0;
    loopback->paced_ns = 0;
    loopback->is_broken = false;
    loopback->is_stalled = false;

    loopback_fill_request(&exchange->request, verb, target, body);
    for (int i = 0; i < HEADER_COUNT; i++) {
        const char *value = loopback->headers[i];
        if (value && i == HEADER_HOST && !*value)
            exchange->request.headers[i] = (struct text){NULL, 0};
        else if (value)
            exchange->request.headers[i] = text_of(value);
        loopback->headers[i] = NULL;
    }
    loopback_handle(&loopback->app, 0, exchange);

    if (exchange->reply.generate)
        loopback_read_pieces(loopback);
    loopback->status = exchange->reply.status;
    loopback->is_reset = exchange->reply.is_reset;
    loopback->content_type = exchange->reply.content_type;
    loopback->answer = buf_text(exchange->reply.generate ? &loopback->body : &exchange->reply.body);
}

void loopback_send(
    struct loopback *loopback, const char *verb, const char *target, const char *body)
{
    loopback_send_bytes(loopback, verb, target, text_of(body));
}

void loopback_send_in(struct loopback *loopback, const char *name, const char *verb,
    const char *target, const char *body)
{
    loopback_set_header(loopback, HEADER_X_EMULATOR_NAMESPACE, name);
    loopback_send(loopback, verb, target, body);
}

struct text loopback_header(const struct loopback *loopback, const char *name)
{
    const struct reply *reply = &loopback->exchange.reply;
    for (int i = 0; i < reply->header_count; i++)
        if (text_equals_ignoring_case(text_of(reply->headers[i].name), text_of(name)))
            return reply->headers[i].value;
    return (struct text){NULL, 0};
}

static char *loopback_copy(struct text text)
{
    char *copy = memory_alloc(text.len + 1);
    if (text.len)
        memcpy(copy, text.bytes, text.len);
    copy[text.len] = '\0';
    return copy;
}

/* The member or item that one part of a path names. */
static const cJSON *loopback_json_step(const cJSON *json, struct text part)
{
    int64_t index;
    if (cJSON_IsArray(json))
        return text_parse_int64(part, &index) ? cJSON_GetArrayItem(json, (int)index) : NULL;
    char *name = loopback_copy(part);
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(json, name);
    free(name);
    return found;
}

char *loopback_json(const struct loopback *loopback, const char *path)
{
    cJSON *root = cJSON_ParseWithLength(loopback->answer.bytes, loopback->answer.len);
    const cJSON *json = root;
    struct text rest = text_of(path);
    while (json && rest.bytes)
        json = loopback_json_step(json, text_split(&rest, '.'));
    char *text = NULL;
    if (json)
        text = cJSON_IsString(json) ? memory_copy_text(json->valuestring)
                                    : cJSON_PrintUnformatted(json);
    cJSON_Delete(root);
    return text;
}

static void loopback_fail(const struct loopback *loopback, const char *file, int line)
{
    print_error("HTTP %d, %s\n%.*s\n", loopback->status,
        loopback->content_type ? loopback->content_type : "no type", TEXT_ARGS(loopback->answer));
    _fail(file, line);
}

void loopback_assert_status(
    const struct loopback *loopback, int expected, const char *file, int line)
{
    if (loopback->status == expected)
        return;
    print_error("status is not %d\n", expected);
    loopback_fail(loopback, file, line);
}

void loopback_assert_body(
    const struct loopback *loopback, const char *expected, const char *file, int line)
{
    if (text_equals_string(loopback->answer, expected))
        return;
    print_error("body is not\n%s\nbut\n", expected);
    loopback_fail(loopback, file, line);
}

void loopback_assert_json_path(const struct loopback *loopback, const char *path,
    const char *expected, const char *file, int line)
{
    char *actual = loopback_json(loopback, path);
    bool is_equal = actual && expected ? strcmp(actual, expected) == 0 : actual == expected;
    if (!is_equal)
        print_error("%s is %s, not %s\n", path, actual ? actual : "nothing",
            expected ? expected : "nothing");
    free(actual);
    if (!is_equal)
        loopback_fail(loopback, file, line);
}

void loopback_assert_header(const struct loopback *loopback, const char *name, const char *expected,
    const char *file, int line)
{
    struct text actual = loopback_header(loopback, name);
    if (expected ? actual.bytes && text_equals_string(actual, expected) : !actual.bytes)
        return;
    print_error("header %s is \"%.*s\", not %s\n", name, TEXT_ARGS(actual),
        expected ? expected : "missing");
    loopback_fail(loopback, file, line);
}
