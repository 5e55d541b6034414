#include "tests/lib/unit.h"

#include <stdio.h>

#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/json/write.h"
#include "server/space/faults.h"
#include "tests/lib/loopback.h"

#define FAULTS "/emulator/v1/faults"
#define LIST "/v1beta/tunedModels"
#define GET "/v1beta/tunedModels/x"
#define STREAM "/v1beta/tunedModels/x:streamGenerateContent"

static void start(struct loopback *loopback)
{
    loopback_start(loopback, FIDELITY_COMPAT, AUTH_OPEN);
}

static void set_fault(struct loopback *loopback, const char *body)
{
    loopback_send(loopback, "POST", FAULTS, body);
    assert_status(loopback, 200);
}

static int get(struct loopback *loopback, const char *target)
{
    loopback_send(loopback, "GET", target, NULL);
    return loopback->status;
}

static void a_fault_is_for_calls_that_match(void **state)
{
    (void)state;
    static const struct {
        const char *match, *target, *key, *body;
        bool is_met;
    } rows[] = {
        {"{}", LIST, NULL, NULL, true},
        {"{\"model\":\"tunedModels/x\"}", GET, NULL, NULL, true},
        {"{\"model\":\"tunedModels/x\"}", "/v1beta/tunedModels/y", NULL, NULL, false},
        {"{\"model\":\"tunedModels/x\"}", LIST, NULL, NULL, false},
        {"{\"model\":{\"regex\":\"^models/.*flash\"}}", "/v1beta/models/gemini-1.5-flash", NULL,
            NULL, true},
        {"{\"model\":\"tunedModels/x\"}", "/v1beta/tunedModels/x/permissions", NULL, NULL, true},
        {"{\"caller\":\"anonymous\"}", LIST, NULL, NULL, true},
        {"{\"caller\":\"anonymous\"}", LIST, "some-key", NULL, false},
        {"{\"caller\":{\"regex\":\"^key-[0-9a-f]{8}$\"}}", LIST, "some-key", NULL, true},
        {"{\"body\":{\"contains\":\"weather\"}}", STREAM, NULL, "the weather", true},
        {"{\"body\":{\"contains\":\"weather\"}}", STREAM, NULL, "the wether", false},
        {"{\"body\":\"\"}", LIST, NULL, NULL, true},
        {"{\"body\":{\"regex\":\"w.*r$\"},\"model\":\"tunedModels/x\"}", STREAM, NULL,
            "the weather", true},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct loopback loopback;
        char fault[200];
        start(&loopback);
        snprintf(fault, sizeof(fault), "{\"status\":\"DATA_LOSS\",\"match\":%s}", rows[i].match);
        set_fault(&loopback, fault);
        loopback_set_header(&loopback, HEADER_X_GOOG_API_KEY, rows[i].key);
        loopback_send(&loopback, rows[i].body ? "POST" : "GET", rows[i].target, rows[i].body);
        bool is_met = loopback_header(&loopback, "X-Emulator-Answer").bytes != NULL;
        if (is_met != rows[i].is_met)
            fail_msg("%s", rows[i].match);
        loopback_stop(&loopback);
    }
}

/* What does not match is neither let by nor drawn. */
static void only_calls_that_match_are_counted(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    set_fault(&loopback, "{\"status\":\"DATA_LOSS\",\"match\":{\"model\":\"tunedModels/x\"},"
                         "\"after\":1,\"times\":2}");
    assert_int_equal(get(&loopback, LIST), 200);
    assert_int_equal(get(&loopback, GET), 404);
    assert_int_equal(get(&loopback, GET), 500);
    get(&loopback, FAULTS);
    assert_json_path(&loopback, "faults.0.after", "0");
    assert_json_path(&loopback, "faults.0.times", "1");
    assert_json_path(&loopback, "faults.0.hits", "1");
    loopback_stop(&loopback);
}

static void all_that_has_a_value_is_shown(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    set_fault(&loopback, "{\"id\":\"7\",\"hits\":3,\"draws\":\"5\",\"status\":503}");
    assert_body(&loopback, "{\n  \"id\": \"1\",\n  \"method\": \"*\",\n  \"status\": \"503\",\n  "
                           "\"kind\": \"status\",\n  \"after\": 0,\n  \"probability\": 1,\n  "
                           "\"delay\": \"0s\",\n  \"retryAfter\": \"0s\",\n  \"message\": \"\",\n  "
                           "\"match\": {},\n  \"hits\": 0\n}\n");
    loopback_stop(&loopback);
}

static void all_regular_expressions_have_a_limit(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    for (int i = 0; i < 10; i++)
        set_fault(&loopback, "{\"status\":\"503\",\"method\":\"tunedModels.get\",\"match\":"
                             "{\"body\":{\"regex\":\"(a{200}){9}\"}}}");
    loopback_send(&loopback, "POST", FAULTS,
        "{\"status\":\"503\",\"match\":{\"body\":{\"regex\":\"(a{200}){10}\"}}}");
    assert_status(&loopback, 400);
    loopback_send(&loopback, "POST", FAULTS,
        "{\"status\":\"503\",\"match\":{\"body\":{\"regex\":\"(a{200}){9}\"},"
        "\"model\":{\"regex\":\"(a{200}){2}\"}}}");
    assert_status(&loopback, 400);
    assert_json_path(&loopback, "error.message",
        "match: all regular expressions together are too large: delete some faults");
    set_fault(&loopback, "{\"status\":\"503\",\"match\":{\"body\":\"x\"}}");
    loopback_stop(&loopback);
}

/* The delays of the first calls. */
static void draw_delays(uint64_t seed, int64_t ret_ns[8])
{
    struct loopback loopback;
    start(&loopback);
    loopback_space(&loopback)->dials.now.seed = seed;
    set_fault(&loopback, "{\"kind\":\"slow\",\"delay\":{\"uniform\":[\"50ms\",\"200ms\"]}}");
    set_fault(&loopback, "{\"preset\":\"quota\",\"method\":\"tunedModels.list\",\"delay\":"
                         "{\"lognormal\":{\"median\":\"1s\",\"p99\":\"2s\"}}}");
    for (int i = 0; i < 8; i++) {
        get(&loopback, i % 2 ? LIST : GET);
        ret_ns[i] = loopback.exchange.reply.delay_ns;
        assert_true(ret_ns[i] >= 50 * NS_PER_MS);
    }
    loopback_stop(&loopback);
}

static void delays_are_drawn_from_the_seed(void **state)
{
    (void)state;
    int64_t first[8], again[8], other[8];
    draw_delays(1, first);
    draw_delays(1, again);
    draw_delays(2, other);
    assert_memory_equal(first, again, sizeof(first));
    assert_memory_not_equal(first, other, sizeof(first));
    assert_true(first[0] != first[2]);
    assert_in_range(first[0], 50 * NS_PER_MS, 200 * NS_PER_MS);
}

static void a_seed_that_is_set_draws_anew(void **state)
{
    (void)state;
    int64_t first[4], again[4];
    struct loopback loopback;
    start(&loopback);
    set_fault(&loopback, "{\"kind\":\"slow\",\"delay\":{\"uniform\":[\"0s\",\"1s\"]}}");
    for (int i = 0; i < 4; i++) {
        get(&loopback, LIST);
        first[i] = loopback.exchange.reply.delay_ns;
    }
    loopback_send(&loopback, "PATCH", "/emulator/v1/config", "{\"seed\":\"1\"}");
    assert_status(&loopback, 200);
    for (int i = 0; i < 4; i++) {
        get(&loopback, LIST);
        again[i] = loopback.exchange.reply.delay_ns;
    }
    assert_memory_equal(first, again, sizeof(first));
    loopback_stop(&loopback);
}

/* Which of so many calls a fault answers, and what is shown of it in the end. */
static struct text draw_on(
    struct faults *faults, int count, struct arena *arena, uint64_t *ret_drawn)
{
    struct match_facts facts = {.method = METHOD_TUNED_MODELS_LIST};
    for (int i = 0; i < count; i++) {
        struct fault_match match;
        *ret_drawn = *ret_drawn << 1 | faults_match(faults, &facts, 1, arena, &match);
    }
    struct message *list = message_new(arena, MESSAGE_ListFaultsResponse, VERSION_V1BETA);
    faults_list(faults, list);
    return json_text(list, arena);
}

static void a_fault_goes_on_elsewhere_where_it_was(void **state)
{
    (void)state;
    struct arena arena;
    struct text problem;
    uint64_t drawn = 0, drawn_here = 0, drawn_there = 0;
    arena_init(&arena);
    struct faults *here = faults_new(NULL), *there = faults_new(NULL);
    struct message *fault = message_new(&arena, MESSAGE_Fault, VERSION_V1BETA);
    message_set_text(fault, Fault_preset, TEXT("quota"));
    message_set_double(fault, Fault_probability, 0.5);
    message_set_int(fault, Fault_times, 40);
    for (int i = 0; i < 3; i++)
        assert_true(faults_add(here, fault, &problem));
    faults_remove(here, TEXT("1"));
    draw_on(here, 20, &arena, &drawn);
    struct message *list = message_new(&arena, MESSAGE_ListFaultsResponse, VERSION_V1BETA);
    faults_list(here, list);
    for (size_t i = 0; i < 2; i++)
        assert_true(
            faults_restore(there, message_child_at(list, ListFaultsResponse_faults, i), &problem));
    struct text shown_here = draw_on(here, 20, &arena, &drawn_here);
    struct text shown_there = draw_on(there, 20, &arena, &drawn_there);
    assert_true(drawn_here == drawn_there);
    assert_true(text_equals(shown_here, shown_there));
    assert_true(text_starts_with(shown_here, TEXT("{\"faults\":[{\"id\":\"2\",")));
    /* One whose id is taken gets the next. */
    message_set_text(fault, Fault_id, TEXT("2"));
    assert_true(faults_restore(there, fault, &problem));
    assert_text(message_text(fault, Fault_id), "4");
    faults_free(here);
    faults_free(there);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_is_for_calls_that_match),
        cmocka_unit_test(only_calls_that_match_are_counted),
        cmocka_unit_test(all_that_has_a_value_is_shown),
        cmocka_unit_test(all_regular_expressions_have_a_limit),
        cmocka_unit_test(delays_are_drawn_from_the_seed),
        cmocka_unit_test(a_seed_that_is_set_draws_anew),
        cmocka_unit_test(a_fault_goes_on_elsewhere_where_it_was),
    };
    return cmocka_run_group_tests_name("faults_match", tests, NULL, NULL);
}
