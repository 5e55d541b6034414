/* What is counted of calls; tests/http/test_metrics.py looks at the rest of /metrics. */
#include "tests/lib/unit.h"

#include "base/timefmt.h"
#include "server/call/metrics.h"
#include "server/contract/error.h"
#include "tests/lib/loopback.h"

#define CREATE                                                                                     \
    "{\"baseModel\":\"models/gemini-1.5-flash-001-tuning\",\"tuningTask\":{\"trainingData\":"      \
    "{\"examples\":{\"examples\":[{\"textInput\":\"1\",\"output\":\"2\"}]}}}}"
#define PROMPT "{\"contents\":[{\"parts\":[{\"text\":\"1\"}]}]}"

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

static int status_index(int status)
{
    for (int i = 0; metrics_status(i) >= 0; i++)
        if (metrics_status(i) == status)
            return i;
    fail_msg("there is no count of %d", status);
    return -1;
}

static uint64_t count(const struct loopback *loopback, int kind, int status)
{
    struct metrics_sum sum;
    metrics_add_up(loopback->app.metrics, kind, &sum);
    return sum.statuses[status_index(status)];
}

static uint64_t count_all(const struct loopback *loopback)
{
    uint64_t all = 0;
    struct metrics_sum sum;
    for (int kind = 0; kind < METRICS_KIND_COUNT; kind++)
        if (metrics_add_up(loopback->app.metrics, kind, &sum))
            for (int i = 0; i < METRICS_BUCKET_COUNT; i++)
                all += sum.buckets[i];
    return all;
}

static void every_status_of_the_tables_has_a_count(void **state)
{
    (void)state;
    for (int number = 0; status_find(number); number++)
        assert_true(status_index(status_find(number)->http) >= 0);
    for (int i = 0; metrics_status(i) >= 0; i++)
        assert_int_equal(status_index(metrics_status(i)), i);
}

static void the_control_api_is_the_last_part_of_the_table(void **state)
{
    (void)state;
    for (int id = 0; id < METHOD_COUNT; id++)
        assert_int_equal(id >= METRICS_CONTROL, (methods[id].flags & METHOD_CONTROL) != 0);
}

static void calls_are_counted_by_what_they_are_of_and_how_they_were_answered(void **state)
{
    static const struct {
        const char *verb, *target, *body;
        int kind, status;
    } rows[] = {
        {"POST", "/v1beta/tunedModels?tunedModelId=one", CREATE, METHOD_TUNED_MODELS_CREATE, 200},
        {"POST", "/v1beta/tunedModels?tunedModelId=one", CREATE, METHOD_TUNED_MODELS_CREATE, 409},
        {"GET", "/v1beta/tunedModels/one", NULL, METHOD_TUNED_MODELS_GET, 200},
        {"HEAD", "/v1/tunedModels/one", NULL, METHOD_TUNED_MODELS_GET, 200},
        {"GET", "/v1beta/models/tunedModels/one", NULL, METHOD_TUNED_MODELS_GET, 200},
        {"GET", "/v1beta/tunedModels/two", NULL, METHOD_TUNED_MODELS_GET, 404},
        {"PATCH", "/v1beta/tunedModels/one", "[", METHOD_TUNED_MODELS_PATCH, 400},
        {"POST", "/emulator/v1/tunedModels/one:complete", "{}", METRICS_CONTROL, 200},
        {"POST", "/v1/tunedModels/one:generateContent", PROMPT,
            METHOD_TUNED_MODELS_GENERATE_CONTENT, 200},
        {"POST", "/v1beta/models/tunedModels%2Fone:generateContent", PROMPT,
            METHOD_TUNED_MODELS_GENERATE_CONTENT, 200},
        {"POST", "/v1/tunedModels/one:streamGenerateContent", PROMPT,
            METHOD_TUNED_MODELS_STREAM_GENERATE_CONTENT, 200},
        {"GET", "/$discovery/rest?version=v1", NULL, METHOD_DISCOVERY_GET, 200},
        {"GET", "/metrics", NULL, METRICS_CONTROL, 200},
        {"GET", "//health", NULL, METRICS_CONTROL, 200},
        {"GET", "/emulator/v1/nothing", NULL, METRICS_CONTROL, 404},
        {"GET", "/v1beta/nothing", NULL, METRICS_UNKNOWN, 404},
        {"DELETE", "/metrics/x", NULL, METRICS_UNKNOWN, 404},
        {"OPTIONS", "/v1beta/tunedModels", NULL, METRICS_UNKNOWN, 200},
    };
    struct loopback *loopback = *state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        uint64_t before = count(loopback, rows[i].kind, rows[i].status);
        loopback_send(loopback, rows[i].verb, rows[i].target, rows[i].body);
        if (count(loopback, rows[i].kind, rows[i].status) != before + 1)
            fail_msg("%s %s is not counted", rows[i].verb, rows[i].target);
        assert_int_equal(count_all(loopback), i + 1);
    }
}

static void a_connection_that_a_fault_closes_has_no_status(void **state)
{
    struct loopback *loopback = *state;
    loopback_send(loopback, "POST", "/emulator/v1/faults", "{\"kind\":\"reset\"}");
    assert_status(loopback, 200);
    loopback_send(loopback, "GET", "/v1beta/tunedModels", NULL);
    assert_true(loopback->is_reset);
    assert_int_equal(count(loopback, METHOD_TUNED_MODELS_LIST, 0), 1);
}

static void a_client_that_left_before_its_answer_is_counted(void **state)
{
    struct loopback *loopback = *state;
    struct exchange exchange;
    loopback_send(loopback, "POST", "/v1beta/tunedModels?tunedModelId=one", CREATE);
    exchange_init(&exchange);
    loopback_fill_request(&exchange.request, "GET", "/emulator/v1/tunedModels/one:wait", TEXT(""));
    assert_int_equal(door_handle(&loopback->app, 0, &exchange), DOOR_WATCHING);
    uint64_t before = count(loopback, METRICS_CONTROL, 0);
    door_watch(&exchange);
    door_forget(&exchange);
    door_end(&exchange);
    assert_int_equal(count(loopback, METRICS_CONTROL, 0), before + 1);
    exchange_release(&exchange);
}

static void a_duration_is_in_the_first_bucket_that_holds_it(void **state)
{
    (void)state;
    static const int64_t durations_ns[] = {
        0, 100 * NS_PER_US, 100 * NS_PER_US + 1, 5 * NS_PER_MS, 10 * NS_PER_SECOND + 1};
    static const int buckets[] = {0, 0, 1, 5, METRICS_BUCKET_COUNT - 1};
    enum { WORKERS = 2 };
    struct metrics *metrics = metrics_new(WORKERS);
    struct metrics_sum before, after;
    assert_false(metrics_add_up(metrics, METRICS_CONTROL, &before));
    for (size_t i = 0; i < ARRAY_COUNT(durations_ns); i++) {
        metrics_add_up(metrics, METRICS_CONTROL, &before);
        metrics_count(
            metrics_of_worker(metrics, (int)i % WORKERS), METRICS_CONTROL, 200, durations_ns[i]);
        assert_true(metrics_add_up(metrics, METRICS_CONTROL, &after));
        assert_int_equal(after.buckets[buckets[i]], before.buckets[buckets[i]] + 1);
        assert_int_equal(after.duration_ns, before.duration_ns + (uint64_t)durations_ns[i]);
    }
    for (int i = 1; i < METRICS_BUCKET_COUNT; i++)
        assert_true(metrics_bucket_ns(i) > metrics_bucket_ns(i - 1));
    metrics_free(metrics);
    metrics_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_of_the_tables_has_a_count),
        cmocka_unit_test(the_control_api_is_the_last_part_of_the_table),
        cmocka_unit_test_setup_teardown(
            calls_are_counted_by_what_they_are_of_and_how_they_were_answered, start, stop),
        cmocka_unit_test_setup_teardown(
            a_connection_that_a_fault_closes_has_no_status, start, stop),
        cmocka_unit_test_setup_teardown(
            a_client_that_left_before_its_answer_is_counted, start, stop),
        cmocka_unit_test(a_duration_is_in_the_first_bucket_that_holds_it),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
