#include "tests/lib/unit.h"

#include "base/timefmt.h"
#include "tests/lib/loopback.h"

#define LIST "/v1beta/tunedModels"

#define ALLOWED                                                                                    \
    "must be a duration (\"200ms\"), {\"uniform\":[\"50ms\",\"200ms\"]} or "                       \
    "{\"lognormal\":{\"median\":\"200ms\",\"p99\":\"800ms\"}}"
#define PACE_ALLOWED                                                                               \
    "must be a duration (\"40ms\"), {\"uniform\":[\"20ms\",\"80ms\"]}, "                           \
    "{\"lognormal\":{\"median\":\"40ms\",\"p99\":\"200ms\"}} or "                                  \
    "{\"firstToken\":\"300ms\",\"betweenTokens\":\"40ms\"}"

static void start(struct loopback *loopback)
{
    loopback_start(loopback, FIDELITY_COMPAT, AUTH_OPEN);
}

/* How long the answer to a GET is held back. */
static int64_t get_delay(struct loopback *loopback, const char *target)
{
    loopback_send(loopback, "GET", target, NULL);
    return loopback->exchange.reply.delay_ns;
}

static void nothing_is_delayed_unless_asked_for(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    assert_int_equal(get_delay(&loopback, LIST), 0);
    loopback_stop(&loopback);
}

static void the_dial_delays_all_of_the_service_and_nothing_else(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    loopback_space(&loopback)->dials.now.latency.low_ns = 200 * NS_PER_MS;
    assert_int_equal(get_delay(&loopback, LIST), 200 * NS_PER_MS);
    assert_int_equal(get_delay(&loopback, LIST "/x"), 200 * NS_PER_MS);
    assert_int_equal(get_delay(&loopback, "/v1beta/nothing"), 200 * NS_PER_MS);
    assert_int_equal(get_delay(&loopback, "/emulator/v1/info"), 0);
    assert_int_equal(get_delay(&loopback, "/health"), 0);
    loopback_send(&loopback, "OPTIONS", LIST, NULL);
    assert_int_equal(loopback.exchange.reply.delay_ns, 0);
    loopback_stop(&loopback);
}

static void a_header_stands_for_the_dial(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    loopback_space(&loopback)->dials.now.latency.low_ns = NS_PER_SECOND;
    loopback_set_header(&loopback, HEADER_X_EMULATOR_LATENCY, " 20ms ");
    assert_int_equal(get_delay(&loopback, LIST), 20 * NS_PER_MS);
    loopback_set_header(&loopback, HEADER_X_EMULATOR_LATENCY, "0");
    assert_int_equal(get_delay(&loopback, LIST), 0);
    loopback_set_header(&loopback, HEADER_X_EMULATOR_LATENCY, "");
    assert_int_equal(get_delay(&loopback, LIST), NS_PER_SECOND);
    /* A control call has none to change. */
    loopback_set_header(&loopback, HEADER_X_EMULATOR_LATENCY, "never");
    assert_int_equal(get_delay(&loopback, "/emulator/v1/info"), 0);
    assert_status(&loopback, 200);
    loopback_stop(&loopback);
}

static void what_faults_add_comes_on_top(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    loopback_send(&loopback, "POST", "/emulator/v1/faults",
        "{\"kind\":\"slow\",\"delay\":\"1s\",\"times\":1}");
    loopback_set_header(&loopback, HEADER_X_EMULATOR_LATENCY, "20ms");
    assert_int_equal(get_delay(&loopback, LIST), NS_PER_SECOND + 20 * NS_PER_MS);
    loopback_set_header(&loopback, HEADER_X_EMULATOR_LATENCY, "20ms");
    loopback_set_header(&loopback, HEADER_X_EMULATOR_STATUS, "503");
    assert_int_equal(get_delay(&loopback, LIST), 20 * NS_PER_MS);
    assert_status(&loopback, 503);
    loopback_stop(&loopback);
}

static void the_same_seed_draws_the_same_latencies(void **state)
{
    (void)state;
    int64_t drawn[2][6];
    for (int run = 0; run < 2; run++) {
        struct loopback loopback;
        start(&loopback);
        for (int i = 0; i < 6; i++) {
            loopback_set_header(
                &loopback, HEADER_X_EMULATOR_LATENCY, "{\"uniform\":[\"50ms\",\"200ms\"]}");
            drawn[run][i] = get_delay(&loopback, LIST);
            assert_in_range(drawn[run][i], 50 * NS_PER_MS, 200 * NS_PER_MS);
        }
        loopback_stop(&loopback);
    }
    assert_memory_equal(drawn[0], drawn[1], sizeof(drawn[0]));
    assert_true(drawn[0][0] != drawn[0][1]);
}

static void wrong_values_are_refused_by_the_name_of_the_header(void **state)
{
    (void)state;
    static const struct {
        enum request_header header;
        const char *value, *problem;
    } rows[] = {
        {HEADER_X_EMULATOR_LATENCY, "soon", "X-Emulator-Latency: " ALLOWED},
        {HEADER_X_EMULATOR_LATENCY, "5", "X-Emulator-Latency: " ALLOWED},
        {HEADER_X_EMULATOR_LATENCY, "\xFF", "X-Emulator-Latency: " ALLOWED},
        {HEADER_X_EMULATOR_LATENCY, "{}", "X-Emulator-Latency: " ALLOWED},
        {HEADER_X_EMULATOR_LATENCY, "2h", "X-Emulator-Latency: must be at most 1h"},
        {HEADER_X_EMULATOR_STREAM_DELAY, "-1s", "X-Emulator-Stream-Delay: " PACE_ALLOWED},
        {HEADER_X_EMULATOR_STREAM_DELAY, "{\"firstToken\":\"2h\"}",
            "X-Emulator-Stream-Delay: firstToken: must be at most 1h"},
        {HEADER_X_EMULATOR_STREAM_DELAY, "{\"uniform\":[\"2s\",\"1s\"]}",
            "X-Emulator-Stream-Delay: must begin with the least"},
    };
    struct loopback loopback;
    start(&loopback);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_set_header(&loopback, rows[i].header, rows[i].value);
        assert_int_equal(get_delay(&loopback, LIST), 0);
        assert_status(&loopback, 400);
        assert_json_path(&loopback, "error.message", rows[i].problem);
    }
    loopback_stop(&loopback);
}

/* The gaps of a stream. */
static int64_t get_gap(struct loopback *loopback, const char *header)
{
    loopback_set_header(loopback, HEADER_X_EMULATOR_STREAM_DELAY, header);
    loopback_send(loopback, "POST", "/v1beta/tunedModels/x:streamGenerateContent",
        "{\"contents\":[{\"parts\":[{\"text\":\"1\"}]}]}");
    assert_status(loopback, 200);
    return loopback->paced_ns;
}

/* A wait for the first chunk is a piece of its own, without bytes. */
static void assert_gap(
    struct loopback *loopback, const char *header, int piece_count, int64_t expected_ns)
{
    assert_int_equal(get_gap(loopback, header), expected_ns);
    assert_int_equal(loopback->piece_count, piece_count);
}

/* With a model whose answer has two chunks. */
static void start_with_model(struct loopback *loopback)
{
    start(loopback);
    loopback_send(loopback, "POST", LIST "?tunedModelId=x",
        "{\"baseModel\":\"models/gemini-1.5-flash-001-tuning\",\"tuningTask\":{\"trainingData\":"
        "{\"examples\":{\"examples\":[{\"textInput\":\"1\",\"output\":\"one two three\"}]}}}}");
    loopback_send(loopback, "POST", "/emulator/v1/tunedModels/x:complete", NULL);
}

static void the_same_seed_paces_the_same_streams(void **state)
{
    (void)state;
    enum { STREAMS = 6 };
    int64_t drawn[2][STREAMS];
    for (int run = 0; run < 2; run++) {
        struct loopback loopback;
        start_with_model(&loopback);
        for (int i = 0; i < STREAMS; i++) {
            drawn[run][i] = get_gap(&loopback,
                "{\"firstToken\":{\"lognormal\":{\"median\":\"1s\",\"p99\":\"2s\"}},"
                "\"betweenTokens\":{\"uniform\":[\"50ms\",\"200ms\"]}}");
            assert_true(i == 0 || drawn[run][i] != drawn[run][i - 1]);
        }
        loopback_stop(&loopback);
    }
    assert_memory_equal(drawn[0], drawn[1], sizeof(drawn[0]));
}

static void a_header_paces_a_stream(void **state)
{
    (void)state;
    struct loopback loopback;
    start_with_model(&loopback);
    loopback_space(&loopback)->dials.now.stream_pace.between_tokens.low_ns = NS_PER_SECOND;
    assert_gap(&loopback, NULL, 2, NS_PER_SECOND);
    assert_gap(&loopback, "30ms", 2, 30 * NS_PER_MS);
    assert_gap(&loopback, "0", 2, 0);
    assert_gap(
        &loopback, "{\"firstToken\":\"200ms\",\"betweenTokens\":\"30ms\"}", 3, 230 * NS_PER_MS);
    assert_gap(&loopback, "{\"firstToken\":\"200ms\"}", 3, 200 * NS_PER_MS);
    assert_gap(&loopback, "{\"betweenTokens\":\"30ms\"}", 2, 30 * NS_PER_MS);
    loopback_space(&loopback)->dials.now.stream_pace.first_token.low_ns = NS_PER_SECOND;
    assert_gap(&loopback, NULL, 3, 2 * NS_PER_SECOND);
    int64_t gap_ns = get_gap(&loopback, "{\"uniform\":[\"50ms\",\"200ms\"]}");
    assert_in_range(gap_ns, 50 * NS_PER_MS, 200 * NS_PER_MS);
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_delayed_unless_asked_for),
        cmocka_unit_test(the_dial_delays_all_of_the_service_and_nothing_else),
        cmocka_unit_test(a_header_stands_for_the_dial),
        cmocka_unit_test(what_faults_add_comes_on_top),
        cmocka_unit_test(the_same_seed_draws_the_same_latencies),
        cmocka_unit_test(wrong_values_are_refused_by_the_name_of_the_header),
        cmocka_unit_test(a_header_paces_a_stream),
        cmocka_unit_test(the_same_seed_paces_the_same_streams),
    };
    return cmocka_run_group_tests_name("pacing", tests, NULL, NULL);
}
