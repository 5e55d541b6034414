#include "server/space/clock_message.h"

#include "base/timefmt.h"
#include "tests/lib/unit.h"

static void what_is_given_is_read(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    for (unsigned given = 0; given < 8; given++) {
        struct message *message = message_new(&arena, MESSAGE_Clock, VERSION_V1BETA);
        struct clock_change change;
        struct text problem;
        if (given & 1)
            message_set_int(message, Clock_time, 5);
        if (given & 2)
            message_set_text(message, Clock_mode, TEXT("rate"));
        if (given & 4)
            message_set_double(message, Clock_rate, 60);
        assert_true(clock_message_read(message, &change, &problem));
        assert_int_equal(change.has_time, given & 1);
        assert_int_equal(change.has_mode, (given & 6) != 0);
        assert_int_equal(change.has_rate, (given & 4) != 0);
        if (change.has_time)
            assert_int_equal(change.time_ns, 5);
        if (change.has_mode)
            assert_int_equal(change.mode, CLOCK_MODE_RATE);
        if (change.has_rate)
            assert_true(change.rate == 60);
    }
    arena_release(&arena);
}

/* What a clock shows can be sent back to it, at the same moment. */
static void what_is_shown_can_be_asked_for(void **state)
{
    (void)state;
    static const struct clock_view views[] = {
        {CLOCK_MODE_REAL, 1, 7}, {CLOCK_MODE_FROZEN, 1, 0}, {CLOCK_MODE_RATE, 0.5, -7}};
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_COUNT(views); i++) {
        struct message *message = message_new(&arena, MESSAGE_Clock, VERSION_V1BETA);
        struct clock_change change;
        struct text problem;
        clock_message_fill(message, &views[i]);
        assert_true(clock_message_read(message, &change, &problem));
        assert_true(change.has_time && change.has_mode);
        assert_int_equal(change.time_ns, views[i].now_ns);
        assert_int_equal(change.mode, views[i].mode);
        assert_int_equal(change.has_rate, views[i].mode == CLOCK_MODE_RATE);
    }
    arena_release(&arena);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    static const struct {
        int64_t time_ns;
        const char *mode;
        double rate;
        const char *problem;
    } rows[] = {
        {TIME_MAX_NS, "real", 1, "time: "},
        {0, "fast", 1, "mode: must be real, frozen or rate"},
        {0, "", 1, "mode: "},
        {0, "rate", 0, "rate: must be above 0 and at most 1000000"},
        {0, "rate", -1, "rate: "},
        {0, "rate", 1000000.1, "rate: "},
        {0, "rate", __builtin_nan(""), "rate: "},
        {0, "rate", __builtin_inf(), "rate: "},
        {0, "frozen", 2, "rate: must be 1, or missing, unless mode is rate"},
        {0, "real", 60, "rate: "},
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct message *message = message_new(&arena, MESSAGE_Clock, VERSION_V1BETA);
        struct clock_change change;
        struct text problem;
        message_set_int(message, Clock_time, rows[i].time_ns);
        message_set_text(message, Clock_mode, text_of(rows[i].mode));
        message_set_double(message, Clock_rate, rows[i].rate);
        assert_false(clock_message_read(message, &change, &problem));
        if (!text_starts_with(problem, text_of(rows[i].problem)))
            fail_msg("%d: %.*s", (int)i, TEXT_ARGS(problem));
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_given_is_read),
        cmocka_unit_test(what_is_shown_can_be_asked_for),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests_name("clock message", tests, NULL, NULL);
}
