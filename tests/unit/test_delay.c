#include "tests/lib/unit.h"

#include <math.h>

#include "base/hash.h"
#include "server/json/decode.h"
#include "server/json/write.h"
#include "server/space/delay.h"

static struct message *read(struct arena *arena, const char *json)
{
    struct decode_problems problems;
    struct message *message = message_new(arena, MESSAGE_Fault, VERSION_V1BETA);
    decode_problems_init(&problems, arena);
    decode_body(text_of(json), message, TEXT(""), &problems);
    assert_false(decode_problems_any(&problems));
    return message_child(message, Fault_delay);
}

static struct delay parse(struct arena *arena, const char *text)
{
    struct delay delay;
    struct text problem;
    assert_true(delay_parse(text_of(text), arena, &delay, &problem));
    return delay;
}

static void delays_are_read_and_written_back(void **state)
{
    static const struct {
        const char *json, *shown;
        struct delay delay;
    } rows[] = {
        {"{\"delay\":\"200ms\"}", "{\"fixed\":\"0.200s\"}", {DELAY_FIXED, 200 * NS_PER_MS, 0}},
        {"{\"delay\":{\"fixed\":\"1h\"}}", "{\"fixed\":\"3600s\"}", {DELAY_FIXED, DELAY_MAX_NS, 0}},
        {"{\"delay\":\"0s\"}", "{\"fixed\":\"0s\"}", {DELAY_FIXED, 0, 0}},
        {"{\"delay\":{\"uniform\":[\"50ms\",\"0.2s\"]}}", "{\"uniform\":[\"0.050s\",\"0.200s\"]}",
            {DELAY_UNIFORM, 50 * NS_PER_MS, 200 * NS_PER_MS}},
        {"{\"delay\":{\"lognormal\":{\"median\":\"200ms\",\"p99\":\"800ms\"}}}",
            "{\"lognormal\":{\"median\":\"0.200s\",\"p99\":\"0.800s\"}}",
            {DELAY_LOGNORMAL, 200 * NS_PER_MS, 800 * NS_PER_MS}},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct delay delay;
        struct text problem;
        struct message *shown = message_new(*state, MESSAGE_Delay, VERSION_V1BETA);
        assert_true(
            delay_read(read(*state, rows[i].json), TEXT("delay"), *state, &delay, &problem));
        assert_int_equal(delay.kind, rows[i].delay.kind);
        assert_int_equal(delay.low_ns, rows[i].delay.low_ns);
        assert_int_equal(delay.high_ns, rows[i].delay.high_ns);
        delay_write(&delay, shown);
        assert_text(json_text(shown, *state), rows[i].shown);
    }
}

static void no_message_is_no_delay(void **state)
{
    struct delay delay;
    struct text problem;
    assert_true(delay_read(NULL, TEXT("delay"), *state, &delay, &problem));
    assert_true(delay_is_zero(&delay));
    assert_int_equal(delay_draw(&delay, 7), 0);
}

#define ALLOWED                                                                                    \
    "must be a duration (\"200ms\"), {\"uniform\":[\"50ms\",\"200ms\"]} or "                       \
    "{\"lognormal\":{\"median\":\"200ms\",\"p99\":\"800ms\"}}"

static void what_is_wrong_with_a_message_is_named(void **state)
{
    static const struct {
        const char *json, *problem;
    } rows[] = {
        {"{}", "delay: " ALLOWED},
        {"{\"fixed\":\"1s\",\"uniform\":[\"1s\",\"2s\"]}", "delay: " ALLOWED},
        {"{\"fixed\":\"3600.000000001s\"}", "delay: must be at most 1h"},
        {"{\"uniform\":[]}", "delay: " ALLOWED},
        {"{\"uniform\":[\"1s\"]}",
            "delay.uniform: must have two durations, the least and the most"},
        {"{\"uniform\":[\"1s\",\"2s\",\"3s\"]}",
            "delay.uniform: must have two durations, the least and the most"},
        {"{\"uniform\":[\"2s\",\"1s\"]}", "delay.uniform: must begin with the least"},
        {"{\"uniform\":[\"1s\",\"2h\"]}", "delay.uniform: must be at most 1h"},
        {"{\"lognormal\":{}}", "delay.lognormal: needs median and p99"},
        {"{\"lognormal\":{\"median\":\"1s\"}}", "delay.lognormal: needs median and p99"},
        {"{\"lognormal\":{\"median\":\"0s\",\"p99\":\"1s\"}}",
            "delay.lognormal: needs a median above 0"},
        {"{\"lognormal\":{\"median\":\"2s\",\"p99\":\"1s\"}}",
            "delay.lognormal: needs a p99 that is not below the median"},
        {"{\"lognormal\":{\"median\":\"2s\",\"p99\":\"2h\"}}",
            "delay.lognormal: must be at most 1h"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct delay delay;
        struct text problem = TEXT("");
        struct text json = arena_printf(*state, "{\"delay\":%s}", rows[i].json);
        assert_false(delay_read(read(*state, json.bytes), TEXT("delay"), *state, &delay, &problem));
        assert_text(problem, rows[i].problem);
    }
}

static void options_are_durations_or_json(void **state)
{
    struct delay delay = parse(*state, " 200ms ");
    assert_int_equal(delay.low_ns, 200 * NS_PER_MS);
    delay = parse(*state, "0");
    assert_true(delay_is_zero(&delay));
    delay = parse(*state, "{uniform: ['50ms', '200ms']}");
    assert_int_equal(delay.kind, DELAY_UNIFORM);
    delay = parse(*state, "{\"fixed\": \"1s\"}");
    assert_int_equal(delay.low_ns, NS_PER_SECOND);
    static const struct {
        struct text text;
        const char *problem;
    } rows[] = {
        {TEXT_INIT(""), ALLOWED},
        {TEXT_INIT("soon"), ALLOWED},
        {TEXT_INIT("5"), ALLOWED},
        {TEXT_INIT("-1s"), ALLOWED},
        {TEXT_INIT("1s\0"), ALLOWED},
        {TEXT_INIT("\xFF"), ALLOWED},
        {TEXT_INIT("{"), ALLOWED},
        {TEXT_INIT("{}"), ALLOWED},
        {TEXT_INIT("{\"unifrm\":[]}"), ALLOWED},
        {TEXT_INIT("{\"fixed\":\"-1s\"}"), ALLOWED},
        {TEXT_INIT("2h"), "must be at most 1h"},
        {TEXT_INIT("{\"uniform\":[\"2s\",\"1s\"]}"), "must begin with the least"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text problem = TEXT("");
        assert_false(delay_parse(rows[i].text, *state, &delay, &problem));
        assert_text(problem, rows[i].problem);
    }
}

static void draws_stay_within_bounds_and_repeat(void **state)
{
    struct delay uniform = parse(*state, "{\"uniform\":[\"50ms\",\"200ms\"]}");
    struct delay even = parse(*state, "{\"uniform\":[\"50ms\",\"50ms\"]}");
    struct delay wide =
        parse(*state, "{\"lognormal\":{\"median\":\"0.000000001s\",\"p99\":\"1h\"}}");
    for (uint64_t i = 0; i < 10000; i++) {
        uint64_t random = hash_mix(1, i);
        int64_t ns = delay_draw(&uniform, random);
        assert_true(ns >= 50 * NS_PER_MS && ns <= 200 * NS_PER_MS);
        assert_int_equal(ns, delay_draw(&uniform, random));
        assert_int_equal(delay_draw(&even, random), 50 * NS_PER_MS);
        ns = delay_draw(&wide, random);
        assert_true(ns >= 0 && ns <= DELAY_MAX_NS);
    }
    assert_in_range(delay_draw(&uniform, 0), 50 * NS_PER_MS, 200 * NS_PER_MS);
    assert_in_range(delay_draw(&uniform, UINT64_MAX), 50 * NS_PER_MS, 200 * NS_PER_MS);
    assert_in_range(delay_draw(&wide, UINT64_MAX), 0, DELAY_MAX_NS);
}

/* How many of 100,000 draws are at most `ns`. */
static int count_below(const struct delay *delay, int64_t ns)
{
    int count = 0;
    for (uint64_t i = 0; i < 100000; i++)
        count += delay_draw(delay, hash_mix(7, i)) <= ns;
    return count;
}

static void draws_are_spread_as_was_said(void **state)
{
    struct delay uniform = parse(*state, "{\"uniform\":[\"0s\",\"200ms\"]}");
    struct delay lognormal =
        parse(*state, "{\"lognormal\":{\"median\":\"200ms\",\"p99\":\"800ms\"}}");
    assert_in_range(count_below(&uniform, 50 * NS_PER_MS), 24500, 25500);
    assert_in_range(count_below(&lognormal, 200 * NS_PER_MS), 49500, 50500);
    assert_in_range(count_below(&lognormal, 800 * NS_PER_MS), 98800, 99200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(delays_are_read_and_written_back),
        unit_test_with_arena(no_message_is_no_delay),
        unit_test_with_arena(what_is_wrong_with_a_message_is_named),
        unit_test_with_arena(options_are_durations_or_json),
        unit_test_with_arena(draws_stay_within_bounds_and_repeat),
        unit_test_with_arena(draws_are_spread_as_was_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
