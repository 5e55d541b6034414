#include "server/space/dials_message.h"

#include "tests/lib/unit.h"

static const struct dials some = {
    .seed = UINT64_MAX,
    .step_ns = TRAINING_STEP_REAL,
    .progress = {TRAINING_BY_POLLS, 3},
    .latency = {DELAY_UNIFORM, 5, 7},
    .stream_pace = {{DELAY_UNIFORM, 8, 9}, {DELAY_LOGNORMAL, 20, 30}, true},
    .on_no_match = NO_MATCH_ERROR,
};

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct message *message = message_new(&arena, MESSAGE_Config, VERSION_V1BETA);
    struct dials dials;
    unsigned which;
    struct text problem;
    dials_message_fill(message, &some);
    assert_true(dials_message_read(message, &arena, &dials, &which, &problem));
    assert_int_equal(which, DIALS_ALL);
    assert_true(dials.seed == some.seed);
    assert_int_equal(dials.step_ns, some.step_ns);
    assert_int_equal(dials.progress.by, some.progress.by);
    assert_int_equal(dials.progress.polls, 3);
    assert_int_equal(dials.latency.kind, DELAY_UNIFORM);
    assert_int_equal(dials.latency.high_ns, 7);
    assert_int_equal(dials.stream_pace.between_tokens.kind, DELAY_LOGNORMAL);
    assert_int_equal(dials.stream_pace.between_tokens.low_ns, 20);
    assert_int_equal(dials.stream_pace.first_token.high_ns, 9);
    assert_true(dials.stream_pace.has_parts);
    assert_int_equal(dials.on_no_match, NO_MATCH_ERROR);
    arena_release(&arena);
}

static void what_is_not_given_is_not_turned(void **state)
{
    (void)state;
    static const unsigned dial_of[Config_FIELD_COUNT] = {
        [Config_step_time] = DIAL_STEP,
        [Config_progress] = DIAL_PROGRESS,
        [Config_latency] = DIAL_LATENCY,
        [Config_stream_delay] = DIAL_STREAM_DELAY,
        [Config_on_no_match] = DIAL_NO_MATCH,
        [Config_seed] = DIAL_SEED,
    };
    struct arena arena;
    arena_init(&arena);
    for (unsigned given = 0; given < 1U << Config_FIELD_COUNT; given++) {
        struct message *message = message_new(&arena, MESSAGE_Config, VERSION_V1BETA);
        struct dials dials;
        unsigned which, expected = 0;
        struct text problem;
        dials_message_fill(message, &some);
        for (unsigned field = 0; field < Config_FIELD_COUNT; field++)
            if (given & 1U << field)
                expected |= dial_of[field];
            else
                message_clear(message, field);
        assert_true(dials_message_read(message, &arena, &dials, &which, &problem));
        assert_int_equal(which, expected);
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(what_is_not_given_is_not_turned),
    };
    return cmocka_run_group_tests_name("dials message", tests, NULL, NULL);
}
