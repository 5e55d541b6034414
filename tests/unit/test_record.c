/* What the journal has of calls; tests/http/cases/control.json looks at most of it. */
#include "tests/lib/unit.h"

#include <stdlib.h>

#include "server/contract/limits.h"
#include "server/space/journal.h"
#include "tests/lib/loopback.h"

#define CREATE                                                                                     \
    "{\"baseModel\":\"models/gemini-1.5-flash-001-tuning\",\"tuningTask\":{\"trainingData\":"      \
    "{\"examples\":{\"examples\":[{\"textInput\":\"1\",\"output\":\"2\"}]}}}}"
#define PROMPT(text) "{\"contents\":[{\"parts\":[{\"text\":\"" text "\"}]}]}"

static int start(void **state)
{
    static struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    *state = &loopback;
    return 0;
}

static int stop(void **state)
{
    loopback_stop(*state);
    return 0;
}

static void make_model(struct loopback *loopback)
{
    loopback_send(loopback, "POST", "/v1beta/tunedModels?tunedModelId=one", CREATE);
    loopback_send(loopback, "POST", "/emulator/v1/tunedModels/one:complete", NULL);
    assert_status(loopback, 200);
    loopback_send(loopback, "DELETE", "/emulator/v1/requests", NULL);
}

/* Looks at the newest entry. */
static void read_newest(struct loopback *loopback)
{
    loopback_send(loopback, "GET", "/emulator/v1/requests?pageSize=1", NULL);
    assert_status(loopback, 200);
}

#define assert_newest(loopback, field, expected)                                                   \
    assert_json_path(loopback, "requests.0." field, expected)

static size_t count_entries(struct loopback *loopback)
{
    struct arena arena;
    struct journal_view view;
    arena_init(&arena);
    journal_view_open(loopback_space(loopback)->journal, &arena, &view);
    size_t count = view.count;
    journal_view_close(&view);
    arena_release(&arena);
    return count;
}

static void calls_of_the_control_api_are_not_recorded(void **state)
{
    struct loopback *loopback = *state;
    static const char *const paths[] = {"/health", "/ready", "/emulator/v1/info",
        "/emulator/v1/requests", "/emulator/v1/nothing", "//emulator/v1/clock"};
    for (size_t i = 0; i < ARRAY_COUNT(paths); i++)
        loopback_send(loopback, "GET", paths[i], NULL);
    loopback_send(loopback, "OPTIONS", "/v1beta/tunedModels", NULL);
    assert_int_equal(count_entries(loopback), 0);
    loopback_send(loopback, "GET", "/$discovery/rest", NULL);
    read_newest(loopback);
    assert_newest(loopback, "method", "discovery.rest");
    assert_newest(loopback, "isCut", "true");
}

static void a_made_model_is_known(void **state)
{
    struct loopback *loopback = *state;
    loopback_send(loopback, "POST", "/v1beta/tunedModels", CREATE);
    assert_status(loopback, 200);
    char *made = loopback_json(loopback, "metadata.tunedModel");
    read_newest(loopback);
    assert_newest(loopback, "method", "tunedModels.create");
    assert_newest(loopback, "model", made);
    assert_newest(loopback, "status", "200");
    assert_int_equal(count_entries(loopback), 1);
    free(made);
}

static void a_stream_has_its_answer_at_its_end(void **state)
{
    struct loopback *loopback = *state;
    make_model(loopback);
    loopback_send(
        loopback, "POST", "/v1beta/tunedModels/one:streamGenerateContent?alt=sse", PROMPT("1"));
    assert_status(loopback, 200);
    struct text answer = loopback->answer;
    char *text = arena_copy(&loopback->exchange.arena, answer.bytes, answer.len);
    struct text kept = {strdup(text), answer.len};
    read_newest(loopback);
    assert_newest(loopback, "method", "tunedModels.streamGenerateContent");
    assert_newest(loopback, "status", "200");
    assert_newest(loopback, "answer", "example:0");
    assert_newest(loopback, "responseBody", kept.bytes);
    assert_newest(loopback, "error", "");
    free((void *)(uintptr_t)kept.bytes);
}

/* Asks the door for a stream, and reads so many pieces of it. */
static void begin_stream(struct loopback *loopback, struct exchange *exchange, int piece_count)
{
    struct buf piece = BUF_INIT;
    exchange_init(exchange);
    loopback_fill_request(&exchange->request, "POST",
        "/v1beta/tunedModels/one:streamGenerateContent", TEXT(PROMPT("1")));
    assert_int_equal(door_handle(&loopback->app, 0, exchange), DOOR_DONE);
    assert_non_null(exchange->reply.generate);
    for (int i = 0; i < piece_count; i++)
        exchange->reply.generate(exchange->reply.generate_state, &piece);
    buf_release(&piece);
}

static void a_stream_whose_client_leaves_says_so(void **state)
{
    struct loopback *loopback = *state;
    struct exchange exchange;
    make_model(loopback);
    begin_stream(loopback, &exchange, 0);
    read_newest(loopback);
    assert_newest(loopback, "status", "0");
    assert_newest(loopback, "prompt", "1");
    assert_newest(loopback, "responseBytes", "0");
    door_end(&exchange);
    read_newest(loopback);
    assert_newest(loopback, "status", "200");
    assert_newest(loopback, "error", "The client left before the end of the answer.");
    exchange_release(&exchange);

    begin_stream(loopback, &exchange, 1);
    door_end(&exchange);
    door_end(&exchange);
    read_newest(loopback);
    assert_newest(loopback, "id", "3");
    assert_newest(loopback, "error", "");
    exchange_release(&exchange);
}

static void a_write_whose_client_leaves_is_there(void **state)
{
    struct loopback *loopback = *state;
    struct exchange exchange;
    exchange_init(&exchange);
    loopback_fill_request(
        &exchange.request, "POST", "/v1beta/tunedModels?tunedModelId=left", TEXT(CREATE));
    assert_int_equal(door_handle(&loopback->app, 0, &exchange), DOOR_PENDING);
    read_newest(loopback);
    assert_newest(loopback, "model", "tunedModels/left");
    assert_newest(loopback, "status", "0");
    assert_newest(loopback, "requestBody", CREATE);
    door_end(&exchange);
    read_newest(loopback);
    assert_newest(loopback, "status", "0");
    assert_newest(loopback, "error", "The client left before the end of the answer.");
    exchange_release(&exchange);
}

static void faults_and_refusals_keep_the_prompt(void **state)
{
    struct loopback *loopback = *state;
    make_model(loopback);
    loopback_set_header(loopback, HEADER_X_EMULATOR_STATUS, "UNAVAILABLE");
    loopback_send(loopback, "POST", "/v1beta/tunedModels/one:generateContent", PROMPT("again"));
    assert_status(loopback, 503);
    read_newest(loopback);
    assert_newest(loopback, "prompt", "again");
    assert_newest(loopback, "status", "503");
    assert_newest(loopback, "answer", "fault:header");
    assert_newest(loopback, "error", "The model is overloaded. Please try again later.");

    loopback_send(loopback, "POST", "/emulator/v1/faults", "{\"kind\":\"reset\",\"times\":1}");
    loopback_send(loopback, "POST", "/v1beta/tunedModels/one:generateContent", PROMPT("once more"));
    assert_true(loopback->is_reset);
    read_newest(loopback);
    assert_newest(loopback, "prompt", "once more");
    assert_newest(loopback, "status", "0");
    assert_newest(loopback, "answer", "fault:1");
    assert_newest(loopback, "error", "The connection was closed without an answer.");

    loopback_send(loopback, "POST", "/emulator/v1/faults", "{\"kind\":\"truncate\",\"times\":1}");
    loopback_send(loopback, "POST", "/v1beta/tunedModels/one:generateContent", PROMPT("cut"));
    assert_true(loopback->is_broken);
    read_newest(loopback);
    assert_newest(loopback, "error", "The connection was closed within the answer.");
    assert_newest(loopback, "status", "200");
}

static void no_credential_is_kept(void **state)
{
    struct loopback *loopback = *state;
    static const struct {
        enum request_header header;
        const char *value, *target, *body;
    } rows[] = {
        {HEADER_X_GOOG_API_KEY, "SECRET-1234", "/v1beta/tunedModels/one:generateContent",
            PROMPT("SECRET-1234")},
        {HEADER_AUTHORIZATION, "Bearer SECRET-1234", "/v1beta/tunedModels/one:generateContent",
            PROMPT("a SECRET-1234 b")},
        {HEADER_COUNT, NULL, "/v1beta/tunedModels/one:generateContent?key=SECRET-1234",
            PROMPT("SECRET-1234")},
        {HEADER_COUNT, NULL, "/v1beta/tunedModels/one:generateContent?access_token=SECRET-1234",
            PROMPT("SECRET-1234")},
        {HEADER_COUNT, NULL, "/v1beta/tunedModels&key=SECRET-1234", ""},
        {HEADER_COUNT, NULL, "/v1beta/tunedModels%3Fkey%3DSECRET-1234", ""},
        {HEADER_COUNT, NULL, "/nothing?key=SECRET-1234", ""},
        {HEADER_COUNT, NULL, "/v1beta/tunedModels?page_token=x?key=SECRET-1234", "{}"},
        {HEADER_COUNT, NULL, "/v1beta/tunedModels/one:generateContent",
            PROMPT("AIzaSECRET-12345678901234567890123456789")},
        {HEADER_COUNT, NULL, "/v1beta/tunedModels/AIza%53ECRET-12345678901234567890123456789", ""},
        {HEADER_COUNT, NULL,
            "/v1beta/tunedModels/AIzaSECRET-12345678901234567890123456789:generateContent", ""},
        {HEADER_COUNT, NULL, "/v1beta/tunedModels/key=SECRET-1234:generateContent", ""},
        {HEADER_COUNT, NULL, "/v1beta/tunedModels/token:SECRET-1234:generateContent", ""},
        {HEADER_COUNT, NULL, "/v1beta/tunedModels/key%3DSECRET-1234:generateContent", ""},
        {HEADER_COUNT, NULL, "/v1beta//tunedModels/one:SECRET-1234@host/permissions", "{}"},
        {HEADER_COUNT, NULL, "/v1beta/tunedModels/one:SECRET-1234?key=SECRET-1234", ""},
        {HEADER_COUNT, NULL, "/v1beta/SECRET-1234?key=%53ECRET-1234", ""},
        {HEADER_X_REQUEST_ID, "AIzaSECRET-12345678901234567890123456789", "/v1beta/tunedModels",
            CREATE},
        {HEADER_X_EMULATOR_TOKEN, "SECRET-1234", "/v1beta/tunedModels/one:generateContent",
            PROMPT("SECRET-1234")},
        {HEADER_X_GOOG_API_KEY, "SECRET-1234", "/v1beta/tunedModels?tunedModelId=SECRET-1234",
            CREATE},
        {HEADER_X_GOOG_API_KEY, "SECRET-1234", "/v1beta/tunedModels/one:streamGenerateContent",
            PROMPT("SECRET-1234")},
    };
    make_model(loopback);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        if (rows[i].value)
            loopback_set_header(loopback, rows[i].header, rows[i].value);
        loopback_send(loopback, "POST", rows[i].target, rows[i].body);
        read_newest(loopback);
        if (text_find(loopback->answer, TEXT("SECRET-1234")) < loopback->answer.len)
            fail_msg("row %zu: %.*s", i, TEXT_ARGS(loopback->answer));
    }
    assert_int_equal(count_entries(loopback), ARRAY_COUNT(rows));
}

static void a_short_credential_in_an_id_is_not_shown(void **state)
{
    struct loopback *loopback = *state;
    loopback_send(loopback, "POST", "/v1beta/tunedModels/key=abc:generateContent", PROMPT("1"));
    read_newest(loopback);
    assert_newest(loopback, "path", "/v1beta/tunedModels/key=REDACTED");
}

static void any_bytes_come_out_as_json(void **state)
{
    struct loopback *loopback = *state;
    static const char bytes[] = "a\0b\x01\x7f\xff\xc3\xa4\xed\xa0\x80\"\\\n";
    loopback_send_bytes(loopback, "POST", "/v1beta/tunedModels/x:generateContent?a=%ff",
        (struct text){bytes, sizeof(bytes) - 1});
    read_newest(loopback);
    assert_newest(loopback, "requestBytes", "14");
    assert_newest(loopback, "query", "a=%ff");
    struct text shown = TEXT("\"requestBody\": \"a\\u0000b\\u0001\\u007f\xef\xbf\xbd\xc3\xa4"
                             "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\\\"\\\\\\n\"");
    if (text_find(loopback->answer, shown) == loopback->answer.len)
        fail_msg("%.*s", TEXT_ARGS(loopback->answer));
}

static void bodies_keep_their_beginning(void **state)
{
    struct loopback *loopback = *state;
    struct buf body = BUF_INIT;
    buf_add_string(&body, "{\"contents\":[{\"parts\":[{\"text\":\"");
    for (int i = 0; i < JOURNAL_TEXT_BYTES_MAX; i++)
        buf_add_string(&body, "\xc3\xa4");
    buf_add_string(&body, "\"}]}]}");
    loopback_send_bytes(loopback, "POST", "/v1beta/tunedModels/x:generateContent", buf_text(&body));
    read_newest(loopback);
    assert_newest(loopback, "isCut", "true");
    char *kept = loopback_json(loopback, "requests.0.requestBody");
    assert_in_range(strlen(kept), JOURNAL_TEXT_BYTES_MAX - 1, JOURNAL_TEXT_BYTES_MAX);
    assert_true(text_is_utf8(text_of(kept), NULL));
    assert_true(text_starts_with(buf_text(&body), text_of(kept)));
    free(kept);
    kept = loopback_json(loopback, "requests.0.prompt");
    assert_int_equal(strlen(kept), JOURNAL_TEXT_BYTES_MAX);
    free(kept);
    buf_release(&body);
}

static void the_head_of_an_answer_has_no_body(void **state)
{
    struct loopback *loopback = *state;
    loopback_send(loopback, "HEAD", "/v1beta/tunedModels", NULL);
    read_newest(loopback);
    assert_newest(loopback, "verb", "HEAD");
    assert_newest(loopback, "method", "tunedModels.list");
    assert_newest(loopback, "responseBody", "");
    assert_newest(loopback, "responseBytes", "0");
}

int main(void)
{
#define record_test(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        record_test(calls_of_the_control_api_are_not_recorded),
        record_test(a_made_model_is_known),
        record_test(a_stream_has_its_answer_at_its_end),
        record_test(a_stream_whose_client_leaves_says_so),
        record_test(a_write_whose_client_leaves_is_there),
        record_test(faults_and_refusals_keep_the_prompt),
        record_test(no_credential_is_kept),
        record_test(a_short_credential_in_an_id_is_not_shown),
        record_test(any_bytes_come_out_as_json),
        record_test(bodies_keep_their_beginning),
        record_test(the_head_of_an_answer_has_no_body),
    };
    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
