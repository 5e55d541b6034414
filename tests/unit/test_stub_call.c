/* Where in a call's way its stub answers, and what it then is. What clients see of it over a socket
 * is in tests/http/test_stubs.py. */
#include "tests/lib/unit.h"

#include <stdio.h>

#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "tests/lib/loopback.h"

#define GENERATE ":generateContent"
#define PROMPT "{\"contents\": [{\"parts\": [{\"text\": \"Hi \\\"you\\\"\"}]}]}"

static void start(struct loopback *loopback)
{
    loopback_start(loopback, FIDELITY_COMPAT, AUTH_OPEN);
}

/* A stub for all that generate. */
static void set_reply(struct loopback *loopback, const char *reply)
{
    char body[600];
    snprintf(body, sizeof(body), "{\"match\": {}, \"reply\": %s}", reply);
    loopback_send(loopback, "POST", "/emulator/v1/stubs", body);
    assert_status(loopback, 200);
}

static void add(struct loopback *loopback, const char *stub)
{
    loopback_send(loopback, "POST", "/emulator/v1/stubs", stub);
    assert_status(loopback, 200);
}

static void assert_hits(struct loopback *loopback, const char *expected)
{
    loopback_send(loopback, "GET", "/emulator/v1/stubs", NULL);
    assert_json_path(loopback, "stubs.0.hits", expected);
}

static void a_stub_needs_no_model_and_no_rights(void **state)
{
    (void)state;
    static const char *const paths[] = {"/v1beta/tunedModels/x" GENERATE,
        "/v1/tunedModels/x" GENERATE, "/v1beta/models/tunedModels/x" GENERATE,
        "/v1beta/models/none" GENERATE};
    for (enum auth_mode auth = AUTH_OPEN; auth <= AUTH_REQUIRED; auth++) {
        struct loopback loopback;
        loopback_start(&loopback, FIDELITY_COMPAT, auth);
        set_reply(&loopback, "{\"text\": \"Hello.\"}");
        for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
            loopback_set_header(&loopback, HEADER_X_GOOG_API_KEY, "a-key-of-nobody");
            loopback_send(&loopback, "POST", paths[i], PROMPT);
            assert_status(&loopback, 200);
            assert_json_path(&loopback, "candidates.0.content.parts.0.text", "Hello.");
            assert_header(&loopback, "X-Emulator-Answer", "stub:1");
        }
        loopback_stop(&loopback);
    }
}

static void whoever_may_not_call_at_all_gets_no_stub(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_REQUIRED);
    set_reply(&loopback, "{\"text\": \"Hello.\"}");
    loopback_send(&loopback, "POST", "/v1beta/tunedModels/x" GENERATE, PROMPT);
    assert_status(&loopback, 403);
    assert_hits(&loopback, "0");
    loopback_stop(&loopback);
}

static void what_no_stub_is_for_is_as_without_stubs(void **state)
{
    (void)state;
    static const char *const paths[] = {"/v1beta/tunedModels/none" GENERATE,
        "/v1beta/models/none" GENERATE, "/v1beta/tunedModels/none:streamGenerateContent",
        "/v1beta/tunedModels/none:countTokens", "/v1beta/models/none:countTokens"};
    struct loopback loopback;
    start(&loopback);
    add(&loopback, "{\"match\": {\"model\": \"tunedModels/other\"}, \"reply\": {\"text\": \"\"}}");
    for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
        loopback_send(&loopback, "POST", paths[i], PROMPT);
        assert_status(&loopback, 404);
        assert_header(&loopback, "X-Emulator-Answer", NULL);
    }
    loopback_send(&loopback, "POST", "/v1beta/models/none:embedContent",
        "{\"content\": {\"parts\": [{\"text\": \"a\"}]}}");
    assert_status(&loopback, 404);
    loopback_send(&loopback, "POST", "/v1beta/models/gemini-1.5-flash" GENERATE, PROMPT);
    assert_status(&loopback, 200);
    assert_header(&loopback, "X-Emulator-Answer", "base");
    assert_hits(&loopback, "0");
    loopback_stop(&loopback);
}

static void an_error_of_a_stub_is_that_of_a_fault(void **state)
{
    (void)state;
    static const char *const errors[] = {"\"status\": \"NOT_FOUND\"", "\"status\": 429",
        "\"preset\": \"quota\"", "\"status\": \"UNAVAILABLE\", \"message\": \"Not now.\"",
        "\"status\": \"quota.2025\", \"retryAfter\": \"5s\""};
    for (size_t i = 0; i < ARRAY_COUNT(errors); i++) {
        struct loopback loopback;
        char fault[200], reply[200];
        start(&loopback);
        snprintf(fault, sizeof(fault), "{%s, \"times\": 1}", errors[i]);
        snprintf(reply, sizeof(reply), "{\"error\": {%s}}", errors[i]);
        loopback_send(&loopback, "POST", "/emulator/v1/faults", fault);
        assert_status(&loopback, 200);
        set_reply(&loopback, reply);
        loopback_send(&loopback, "POST", "/v1beta/tunedModels/x" GENERATE, PROMPT);
        assert_header(&loopback, "X-Emulator-Answer", "fault:1");
        int status = loopback.status;
        char *of_fault = loopback_json(&loopback, "error");
        loopback_send(&loopback, "POST", "/v1beta/tunedModels/x" GENERATE, PROMPT);
        assert_header(&loopback, "X-Emulator-Answer", "stub:1");
        assert_status(&loopback, status);
        assert_json_path(&loopback, "error", of_fault);
        free(of_fault);
        loopback_stop(&loopback);
    }
}

static void variables_stand_in_a_message_and_in_a_response(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    set_reply(&loopback, "{\"error\": {\"status\": 400, \"message\": \"{{count}}: {{prompt}}\"}}");
    loopback_send(&loopback, "POST", "/v1beta/tunedModels/x" GENERATE, PROMPT);
    assert_status(&loopback, 400);
    assert_json_path(&loopback, "error.message", "1: Hi \"you\"");
    add(&loopback, "{\"match\": {}, \"priority\": 1, \"reply\": {\"response\": "
                   "{\"modelVersion\": \"{{model}} {{prompt}} {{now}}\"}}}");
    loopback_send(&loopback, "POST", "/v1beta/tunedModels/x" GENERATE, PROMPT);
    assert_status(&loopback, 200);
    assert_json_path(&loopback, "modelVersion", "tunedModels/x Hi \"you\" 2024-07-20T18:23:29Z");
    loopback_stop(&loopback);
}

static void a_text_that_its_variables_make_too_long_is_an_error_that_says_so(void **state)
{
    (void)state;
    struct loopback loopback;
    struct buf body = BUF_INIT;
    start(&loopback);
    set_reply(&loopback, "{\"text\": \"{{prompt}}{{prompt}}\"}");
    buf_add_string(&body, "{\"contents\": [{\"parts\": [{\"text\": \"");
    for (int i = 0; i < STUB_TEXT_BYTES_MAX / 2 + 1; i++)
        buf_add_byte(&body, 'a');
    buf_add_string(&body, "\"}]}]}");
    loopback_send_bytes(
        &loopback, "POST", "/v1beta/models/gemini-1.5-flash" GENERATE, buf_text(&body));
    assert_status(&loopback, 400);
    struct text problem = TEXT("stub 1: with its variables it has more than ");
    char *message = loopback_json(&loopback, "error.message");
    assert_true(text_starts_with(text_of(message), problem));
    free(message);
    buf_release(&body);
    loopback_stop(&loopback);
}

static void delays_are_the_replys_and_a_pace_is_the_streams(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    add(&loopback, "{\"match\": {}, \"delay\": \"2s\", \"reply\": {\"text\": \"one two three\"},"
                   "\"pace\": {\"firstToken\": \"300ms\", \"betweenTokens\": \"40ms\"}}");
    loopback_send(&loopback, "POST", "/v1beta/tunedModels/x" GENERATE, PROMPT);
    assert_int_equal(loopback.exchange.reply.delay_ns, 2 * NS_PER_SECOND);
    loopback_send(&loopback, "POST", "/v1beta/tunedModels/x:streamGenerateContent", PROMPT);
    assert_int_equal(loopback.exchange.reply.delay_ns, 2 * NS_PER_SECOND);
    assert_int_equal(loopback.paced_ns, 340 * NS_PER_MS);
    /* The header is for this request alone. */
    loopback_set_header(&loopback, HEADER_X_EMULATOR_STREAM_DELAY, "7ms");
    loopback_send(&loopback, "POST", "/v1beta/tunedModels/x:streamGenerateContent", PROMPT);
    assert_int_equal(loopback.paced_ns, 7 * NS_PER_MS);
    loopback_stop(&loopback);
}

static void a_fault_that_cuts_a_stream_cuts_what_a_stub_says(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    set_reply(&loopback, "{\"text\": \"one two three\"}");
    loopback_send(
        &loopback, "POST", "/emulator/v1/faults", "{\"kind\": \"truncate\", \"times\": 1}");
    loopback_send(&loopback, "POST", "/v1beta/tunedModels/x:streamGenerateContent?alt=sse", PROMPT);
    assert_status(&loopback, 200);
    assert_true(loopback.is_broken);
    assert_header(&loopback, "X-Emulator-Answer", "fault:1");
    struct text chunk = TEXT("data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"one");
    assert_true(text_starts_with(loopback.answer, chunk));
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stub_needs_no_model_and_no_rights),
        cmocka_unit_test(whoever_may_not_call_at_all_gets_no_stub),
        cmocka_unit_test(what_no_stub_is_for_is_as_without_stubs),
        cmocka_unit_test(an_error_of_a_stub_is_that_of_a_fault),
        cmocka_unit_test(variables_stand_in_a_message_and_in_a_response),
        cmocka_unit_test(a_text_that_its_variables_make_too_long_is_an_error_that_says_so),
        cmocka_unit_test(delays_are_the_replys_and_a_pace_is_the_streams),
        cmocka_unit_test(a_fault_that_cuts_a_stream_cuts_what_a_stub_says),
    };
    return cmocka_run_group_tests_name("stub_call", tests, NULL, NULL);
}
