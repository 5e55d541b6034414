#include "base/timefmt.h"
#include "tests/lib/unit.h"

#include "base/buf.h"
#include "server/call/call.h"
#include "server/contract/limits.h"
#include "server/door.h"
#include "tests/lib/loopback.h"

#define BASE_MODEL "/v1beta/models/gemini-1.5-flash:generateContent"

static void start(struct loopback *loopback)
{
    loopback_start(loopback, FIDELITY_COMPAT, AUTH_OPEN);
}

/* Sends `count` times `item`, with `start` before and `end` behind. */
static void send_many(struct loopback *loopback, const char *target, const char *start,
    const char *item, size_t count, const char *end)
{
    struct buf body = BUF_INIT;
    buf_add_string(&body, start);
    for (size_t i = 0; i < count; i++)
        buf_add_string(&body, item);
    buf_add_string(&body, end);
    loopback_send_bytes(loopback, "POST", target, buf_text(&body));
    buf_release(&body);
}

static void a_create_of_100000_examples_passes(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    send_many(&loopback, "/v1beta/tunedModels?tunedModelId=x",
        "{\"displayName\":\"x\",\"baseModel\":\"models/"
        "gemini-1.5-flash-001-tuning\",\"tuningTask\":"
        "{\"hyperparameters\":{\"epochCount\":1,\"batchSize\":64},\"trainingData\":"
        "{\"examples\":{\"examples\":[",
        "{\"textInput\":\"1\",\"output\":\"2\"},", 100000, "]}}}}");
    assert_status(&loopback, 200);
    loopback_stop(&loopback);
}

static void a_body_of_too_many_values_is_400_wherever_it_goes(void **state)
{
    (void)state;
    static const struct {
        const char *target, *start, *end;
    } rows[] = {
        {BASE_MODEL, "{\"contents\":[", "]}"},
        {"/v1beta/models/gemini-1.5-flash:batchGenerateContent", "{\"batch\":[", "]}"},
        {"/v1beta/tunedModels", "{\"nonsense\":[", "]}"},
        {"/emulator/v1/faults", "[", "]"},
    };
    struct loopback loopback;
    start(&loopback);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        send_many(&loopback, rows[i].target, rows[i].start, "{},", BODY_VALUES_MAX, rows[i].end);
        assert_status(&loopback, 400);
        assert_json_path(&loopback, "error.status", "INVALID_ARGUMENT");
        assert_json_path(&loopback, "error.message",
            "Request payload has more than 400000 JSON values (objects, lists and scalars).");
    }
    loopback_stop(&loopback);
}

static void a_body_that_would_take_too_much_memory_is_400(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    send_many(&loopback, "/v1beta/models/gemini-1.5-flash:batchGenerateContent", "{\"batch\":\"",
        "<<<<<<<<", 1000000, "\"}");
    assert_status(&loopback, 400);
    assert_json_path(&loopback, "error.message",
        "Request payload takes more than 157286400 bytes of memory when it is read.");
    loopback_stop(&loopback);
}

static void what_bodies_take_together_is_bounded_and_given_back(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    struct budget *budget = &loopback.app.decoded_bytes;
    static const char *const targets[] = {BASE_MODEL, "/emulator/v1/faults"};
    for (size_t i = 0; i < ARRAY_COUNT(targets); i++) {
        assert_true(budget_take(budget, BODIES_DECODED_BYTES_MAX));
        send_many(&loopback, targets[i], "{\"contents\":[", "{},", 100000, "]}");
        assert_status(&loopback, 400);
        assert_json_path(&loopback, "error.message",
            "Request payload was not read: others take all of the 268435456 bytes of memory that "
            "are set aside for payloads at this moment. Please try again.");
        assert_header(&loopback, "Retry-After", "1");
        /* Ordinary requests do not notice. */
        loopback_send(
            &loopback, "POST", BASE_MODEL, "{\"contents\":[{\"parts\":[{\"text\":\"a\"}]}]}");
        assert_status(&loopback, 200);
        budget_give(budget, BODIES_DECODED_BYTES_MAX);
        send_many(&loopback, targets[i], "{\"contents\":[", "{},", 100000, "]}");
        assert_status(&loopback, 400); /* for what it says */
        loopback_send(&loopback, "GET", "/health", NULL);
        assert_int_equal(budget_used(budget), 0);
    }
    send_many(&loopback, BASE_MODEL, "{\"contents\":[", "{},", 100000, "]}");
    assert_true(budget_used(budget) > 0);
    loopback_send(&loopback, "GET", "/health", NULL);
    assert_int_equal(budget_used(budget), 0);
    loopback_stop(&loopback);
}

static void a_data_set_counts_with_its_body_until_it_is_written(void **state)
{
    (void)state;
    enum { EXAMPLES = 30, INPUT_BYTES = 30000 };
    struct loopback loopback;
    start(&loopback);
    struct buf body = BUF_INIT;
    buf_add_string(&body, "{\"baseModel\": \"models/gemini-1.5-flash-001-tuning\", \"tuningTask\": "
                          "{\"trainingData\": {\"examples\": {\"examples\": [");
    for (int i = 0; i < EXAMPLES; i++) {
        buf_printf(&body, "%s{\"textInput\": \"%d", i > 0 ? "," : "", i);
        buf_add_repeated(&body, 'a', INPUT_BYTES);
        buf_add_string(&body, "\", \"output\": \"b\"}");
    }
    buf_add_string(&body, "]}}}}");
    loopback_send(&loopback, "POST", "/v1beta/tunedModels", body.data);
    buf_release(&body);
    assert_status(&loopback, 200);
    struct budget *budget = &loopback.app.decoded_bytes;
    assert_true(budget_used(budget) > (size_t)2 * EXAMPLES * INPUT_BYTES);
    loopback_send(&loopback, "GET", "/health", NULL);
    assert_int_equal(budget_used(budget), 0);
    loopback_stop(&loopback);
}

/* Of what is read a second time, after the body as a whole: conversations, and what a scripted
 * error speaks of. */
static void what_is_read_again_is_bounded_and_given_back(void **state)
{
    (void)state;
    static const char start_of_create[] =
        "{\"baseModel\":\"models/gemini-1.5-flash-001-tuning\",\"tuningTask\":{\"trainingData\":"
        "{\"multiturnExamples\":[";
    const char *target = "/v1beta/tunedModels?tunedModelId=x";
    struct loopback loopback;
    start(&loopback);
    struct budget *budget = &loopback.app.decoded_bytes;
    send_many(
        &loopback, target, start_of_create, "{\"contents\":[{\"parts\":[{}]}]},", 20000, "]}}}");
    assert_status(&loopback, 200);
    assert_true(budget_used(budget) > 0);
    loopback_send(&loopback, "GET", "/health", NULL);
    assert_int_equal(budget_used(budget), 0);

    loopback_set_header(&loopback, HEADER_X_EMULATOR_STATUS, "tm.exists");
    send_many(&loopback, "/v1beta/tunedModels", start_of_create,
        "{\"contents\":[{\"parts\":[{}]}]},", 20000, "]}}}");
    assert_status(&loopback, 409);
    assert_true(budget_used(budget) > 0);
    loopback_send(&loopback, "GET", "/health", NULL);
    assert_int_equal(budget_used(budget), 0);

    /* As much as is enough for a patch, which reads the body once, and then finds no model. */
    size_t *bytes_max = &loopback.app.body_limits.bytes_max;
    *bytes_max = 0;
    do {
        *bytes_max += 100000;
        loopback_set_header(&loopback, HEADER_X_HTTP_METHOD_OVERRIDE, "PATCH");
        send_many(&loopback, "/v1beta/tunedModels/none?updateMask=displayName", start_of_create,
            "{\"contents\":[{\"parts\":[{}]}]},", 20000, "]}}}");
    } while (loopback.status == 400);
    assert_status(&loopback, 404);
    send_many(
        &loopback, target, start_of_create, "{\"contents\":[{\"parts\":[{}]}]},", 20000, "]}}}");
    assert_status(&loopback, 400);
    char *message = loopback_json(&loopback, "error.message");
    assert_non_null(strstr(message, "bytes of memory when it is read."));
    free(message);
    loopback_send(&loopback, "GET", "/health", NULL);
    assert_int_equal(budget_used(budget), 0);
    loopback_stop(&loopback);
}

static void what_a_call_takes_beside_its_body_is_held_or_refused(void **state)
{
    (void)state;
    enum { BYTES = BODY_DECODED_FREE_BYTES + 1 };
    struct budget budget;
    struct exchange exchange;
    budget_init(&budget, BYTES);
    exchange_init(&exchange);
    exchange.request.decoded_budget = &budget;
    struct call call = {.arena = &exchange.arena,
        .request = &exchange.request,
        .reply = &exchange.reply,
        .version = VERSION_V1BETA};
    decode_problems_init(&call.problems, &exchange.arena);
    assert_true(call_hold_bytes(&call, BODY_DECODED_FREE_BYTES));
    assert_int_equal(budget_used(&budget), 0);
    assert_true(call_hold_bytes(&call, BYTES));
    assert_int_equal(budget_used(&budget), BYTES);
    assert_false(call_hold_bytes(&call, BYTES));
    assert_int_equal(exchange.reply.status, 400);
    assert_int_equal(budget_used(&budget), BYTES);
    exchange_release(&exchange);
    assert_int_equal(budget_used(&budget), 0);
}

static void a_larger_max_body_raises_the_other_bounds(void **state)
{
    (void)state;
    static const struct {
        size_t body_bytes_max, values_max, bytes_max, all_bytes_max;
    } rows[] = {
        {1024, BODY_VALUES_MAX, BODY_DECODED_BYTES_MAX, BODIES_DECODED_BYTES_MAX},
        {BODY_BYTES_MAX, BODY_VALUES_MAX, BODY_DECODED_BYTES_MAX, BODIES_DECODED_BYTES_MAX},
        {(size_t)5 * BODY_BYTES_MAX, (size_t)5 * BODY_VALUES_MAX,
            (size_t)5 * BODY_DECODED_BYTES_MAX, (size_t)5 * BODY_DECODED_BYTES_MAX},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct app app;
        struct text message;
        struct app_settings settings = {.body_bytes_max = rows[i].body_bytes_max};
        assert_true(app_init(&app, &settings, NULL, 1, &message));
        assert_int_equal(app.body_limits.values_max, rows[i].values_max);
        assert_int_equal(app.body_limits.bytes_max, rows[i].bytes_max);
        assert_int_equal(app.decoded_bytes.max, rows[i].all_bytes_max);
        app_release(&app);
    }
}

static void a_query_has_a_bound_also_as_a_form(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    loopback_set_header(&loopback, HEADER_X_HTTP_METHOD_OVERRIDE, "GET");
    send_many(&loopback, "/v1beta/models", "pageSize=1", "&", QUERY_BYTES_MAX - 10, "");
    assert_status(&loopback, 200);
    loopback_set_header(&loopback, HEADER_X_HTTP_METHOD_OVERRIDE, "GET");
    send_many(&loopback, "/v1beta/models", "pageSize=1", "&", QUERY_BYTES_MAX, "");
    assert_status(&loopback, 400);
    assert_json_path(&loopback, "error.message", "Request query exceeds the limit: 65536 bytes.");
    /* As many unknown names as fit take little. */
    loopback_set_header(&loopback, HEADER_X_HTTP_METHOD_OVERRIDE, "GET");
    send_many(&loopback, "/v1beta/models", "", "a&", QUERY_BYTES_MAX / 2, "");
    assert_status(&loopback, 400);
    assert_true(loopback.exchange.arena.used_bytes < (size_t)1024 * 1024);
    loopback_stop(&loopback);
}

static void a_malformed_request_is_400_whatever_it_asks_for(void **state)
{
    (void)state;
    static const char *const targets[] = {
        "/health", "/v1beta/models", "/nothing", "/emulator/v1/x"};
    struct loopback loopback;
    start(&loopback);
    for (size_t i = 0; i < ARRAY_COUNT(targets); i++) {
        struct exchange exchange;
        exchange_init(&exchange);
        loopback_fill_request(&exchange.request, "GET", targets[i], TEXT(""));
        exchange.request.malformed = "two Hosts";
        assert_int_equal(door_handle(&loopback.app, 0, &exchange), DOOR_DONE);
        assert_int_equal(exchange.reply.status, 400);
        struct text body = buf_text(&exchange.reply.body);
        assert_true(text_find(body, TEXT("\"Malformed HTTP request: two Hosts.\"")) < body.len);
        exchange_release(&exchange);
    }
    loopback_stop(&loopback);
}

static int64_t delay_of(struct loopback *loopback, const char *target)
{
    loopback_send(loopback, "GET", target, NULL);
    return loopback->exchange.reply.delay_ns;
}

static void latency_is_for_methods_of_the_service_whatever_they_answer(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    assert_int_equal(delay_of(&loopback, "/v1beta/models"), 0);
    loopback_send(&loopback, "PATCH", "/emulator/v1/config", "{\"latency\": \"200ms\"}");
    assert_status(&loopback, 200);
    assert_int_equal(loopback.exchange.reply.delay_ns, 0);
    assert_int_equal(delay_of(&loopback, "/v1beta/models"), 200 * NS_PER_MS);
    assert_int_equal(delay_of(&loopback, "/v1beta/tunedModels/none"), 200 * NS_PER_MS);
    assert_int_equal(delay_of(&loopback, "/v1beta/models?unknown=1"), 200 * NS_PER_MS);
    assert_int_equal(delay_of(&loopback, "/health"), 0);
    assert_int_equal(delay_of(&loopback, "/emulator/v1/clock"), 0);
    loopback_stop(&loopback);
}

static void latency_that_is_drawn_is_the_same_for_the_same_seed(void **state)
{
    (void)state;
    static const char *const turn =
        "{\"latency\": {\"uniform\": [\"1ms\", \"1s\"]}, \"seed\": \"7\"}";
    struct loopback loopback;
    int64_t first_ns[8];
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_send(&loopback, "PATCH", "/emulator/v1/config", turn);
    for (size_t i = 0; i < ARRAY_COUNT(first_ns); i++) {
        first_ns[i] = delay_of(&loopback, "/v1beta/models");
        assert_true(first_ns[i] >= NS_PER_MS && first_ns[i] <= NS_PER_SECOND);
        assert_true(i == 0 || first_ns[i] != first_ns[i - 1]);
    }
    loopback_send(&loopback, "PATCH", "/emulator/v1/config", turn);
    for (size_t i = 0; i < ARRAY_COUNT(first_ns); i++)
        assert_int_equal(delay_of(&loopback, "/v1beta/models"), first_ns[i]);
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latency_is_for_methods_of_the_service_whatever_they_answer),
        cmocka_unit_test(latency_that_is_drawn_is_the_same_for_the_same_seed),
        cmocka_unit_test(a_create_of_100000_examples_passes),
        cmocka_unit_test(a_body_of_too_many_values_is_400_wherever_it_goes),
        cmocka_unit_test(a_body_that_would_take_too_much_memory_is_400),
        cmocka_unit_test(what_bodies_take_together_is_bounded_and_given_back),
        cmocka_unit_test(a_data_set_counts_with_its_body_until_it_is_written),
        cmocka_unit_test(what_a_call_takes_beside_its_body_is_held_or_refused),
        cmocka_unit_test(what_is_read_again_is_bounded_and_given_back),
        cmocka_unit_test(a_larger_max_body_raises_the_other_bounds),
        cmocka_unit_test(a_query_has_a_bound_also_as_a_form),
        cmocka_unit_test(a_malformed_request_is_400_whatever_it_asks_for),
    };
    return cmocka_run_group_tests_name("door", tests, NULL, NULL);
}
