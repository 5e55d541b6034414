#include "tests/lib/unit.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/timefmt.h"

/* 2024-07-20T18:23:29Z */
#define JULY_NS (INT64_C(1721499809) * NS_PER_SECOND)

static const struct clock_setting real_setting = {.mode = CLOCK_MODE_REAL, .rate = 1};
static const struct clock_setting frozen_setting = {
    .mode = CLOCK_MODE_FROZEN, .has_start = true, .start_ns = JULY_NS, .rate = 1};
static const struct clock_setting rate_setting = {
    .mode = CLOCK_MODE_RATE, .has_start = true, .start_ns = JULY_NS, .rate = 60};

/* As if the system's clock had gone on by `duration_ns` since the clock was set. */
static void clock_pass(struct clock *clock, int64_t duration_ns)
{
    clock->origin_system_ns -= duration_ns;
}

static void settings_are_parsed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct clock_setting setting;
    } rows[] = {
        {"real", {CLOCK_MODE_REAL, false, 0, 1}},
        {"frozen", {CLOCK_MODE_FROZEN, false, 0, 1}},
        {"frozen@2024-07-20T18:23:29Z", {CLOCK_MODE_FROZEN, true, JULY_NS, 1}},
        {"frozen@1970-01-01T00:00:00Z", {CLOCK_MODE_FROZEN, true, 0, 1}},
        {"rate:60", {CLOCK_MODE_RATE, false, 0, 60}},
        {"rate:0.5", {CLOCK_MODE_RATE, false, 0, 0.5}},
        {"rate:1000000", {CLOCK_MODE_RATE, false, 0, 1000000}},
        {"REAL", {CLOCK_MODE_REAL, false, 0, 1}},
        {"Frozen", {CLOCK_MODE_FROZEN, false, 0, 1}},
        {"FROZEN@1970-01-01T00:00:00Z", {CLOCK_MODE_FROZEN, true, 0, 1}},
        {"Rate:60", {CLOCK_MODE_RATE, false, 0, 60}},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct clock_setting setting;
        assert_true(clock_setting_parse(text_of(rows[i].text), &setting));
        assert_int_equal(setting.mode, rows[i].setting.mode);
        assert_int_equal(setting.has_start, rows[i].setting.has_start);
        assert_int_equal(setting.start_ns, rows[i].setting.start_ns);
        assert_true(setting.rate == rows[i].setting.rate);
    }
}

static void what_is_no_setting_is_refused(void **state)
{
    (void)state;
    static const struct text rows[] = {
        {NULL, 0},
        TEXT_INIT(""),
        TEXT_INIT("real "),
        TEXT_INIT("real@2024-07-20T18:23:29Z"),
        TEXT_INIT("frozen@"),
        TEXT_INIT("frozen@now"),
        TEXT_INIT("frozen:2024-07-20T18:23:29Z"),
        TEXT_INIT("rate"),
        TEXT_INIT("rate:"),
        TEXT_INIT("rate:."),
        TEXT_INIT("rate:0"),
        TEXT_INIT("rate:0.0"),
        TEXT_INIT("rate:-1"),
        TEXT_INIT("rate:+1"),
        TEXT_INIT("rate: 1"),
        TEXT_INIT("rate:1 "),
        TEXT_INIT("rate:1x"),
        TEXT_INIT("rate:1.2.3"),
        TEXT_INIT("rate:1e3"),
        TEXT_INIT("rate:0x10"),
        TEXT_INIT("rate:inf"),
        TEXT_INIT("rate:nan"),
        TEXT_INIT("rate:1\0"),
        TEXT_INIT("rate:1000000.1"),
        TEXT_INIT("rate:00000000000000000000000000000000000000000001"),
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct clock_setting setting = {.start_ns = 77};
        if (clock_setting_parse(rows[i], &setting))
            fail_msg("%.*s", TEXT_ARGS(rows[i]));
        assert_int_equal(setting.start_ns, 77);
    }
}

static void real_clock_follows_the_system(void **state)
{
    (void)state;
    int64_t before_ns = clock_system_ns();
    struct clock clock;
    clock_init(&clock, &real_setting);
    assert_true(clock_now_ns(&clock) >= before_ns);
    clock_pass(&clock, 3600 * NS_PER_SECOND);
    assert_true(clock_now_ns(&clock) >= before_ns + 3600 * NS_PER_SECOND);
    assert_true(clock_advance(&clock, 7200 * NS_PER_SECOND));
    assert_true(clock_now_ns(&clock) >= before_ns + 10800 * NS_PER_SECOND);
    clock_release(&clock);
}

static void frozen_clock_moves_only_when_told(void **state)
{
    (void)state;
    struct clock clock;
    clock_init(&clock, &frozen_setting);
    assert_int_equal(clock_now_ns(&clock), JULY_NS);
    clock_pass(&clock, 3600 * NS_PER_SECOND);
    assert_int_equal(clock_now_ns(&clock), JULY_NS);
    assert_true(clock_advance(&clock, 300 * NS_PER_MS));
    assert_int_equal(clock_now_ns(&clock), JULY_NS + 300 * NS_PER_MS);
    assert_true(clock_advance(&clock, 4700 * NS_PER_MS));
    assert_int_equal(clock_now_ns(&clock), JULY_NS + 5 * NS_PER_SECOND);
    assert_true(clock_advance(&clock, 0));
    assert_int_equal(clock_now_ns(&clock), JULY_NS + 5 * NS_PER_SECOND);
    clock_release(&clock);
}

static void frozen_clock_without_a_start_stands_at_the_systems_time(void **state)
{
    (void)state;
    int64_t before_ns = clock_system_ns();
    struct clock clock;
    clock_init(&clock, &(struct clock_setting){.mode = CLOCK_MODE_FROZEN, .rate = 1});
    int64_t now_ns = clock_now_ns(&clock);
    assert_true(now_ns >= before_ns);
    assert_true(now_ns <= clock_system_ns());
    assert_int_equal(clock_now_ns(&clock), now_ns);
    clock_release(&clock);
}

static void rated_clock_runs_faster(void **state)
{
    (void)state;
    struct clock clock;
    clock_init(&clock, &rate_setting);
    clock_pass(&clock, 10 * NS_PER_SECOND);
    assert_true(clock_now_ns(&clock) >= JULY_NS + 600 * NS_PER_SECOND);
    /* The rate counts from the last move on, not from the start. */
    assert_true(clock_advance(&clock, 86400 * NS_PER_SECOND));
    clock_pass(&clock, NS_PER_SECOND);
    assert_true(clock_now_ns(&clock) >= JULY_NS + (600 + 86400 + 60) * NS_PER_SECOND);
    clock_release(&clock);
}

static void slow_clock_runs_slower(void **state)
{
    (void)state;
    struct clock_setting slow = rate_setting;
    slow.rate = 0.000001;
    struct clock clock;
    clock_init(&clock, &slow);
    clock_pass(&clock, 1000 * NS_PER_SECOND);
    int64_t now_ns = clock_now_ns(&clock);
    assert_true(now_ns >= JULY_NS + NS_PER_MS);
    /* Even a test that is held up for half an hour sees no more than this. */
    assert_true(now_ns < JULY_NS + 3 * NS_PER_MS);
    clock_release(&clock);
}

static void time_never_goes_back(void **state)
{
    (void)state;
    struct clock_setting fast_setting = rate_setting;
    fast_setting.rate = 1000000;
    const struct clock_setting *settings[] = {
        &real_setting, &frozen_setting, &rate_setting, &fast_setting};
    for (size_t i = 0; i < ARRAY_COUNT(settings); i++) {
        struct clock clock;
        clock_init(&clock, settings[i]);
        int64_t before_ns = clock_now_ns(&clock);
        clock_pass(&clock, -86400 * NS_PER_SECOND);
        assert_int_equal(clock_now_ns(&clock), before_ns);
        assert_false(clock_advance(&clock, -1));
        assert_false(clock_advance(&clock, INT64_MIN));
        assert_int_equal(clock_now_ns(&clock), before_ns);
        /* Moving on counts from what was last seen. */
        assert_true(clock_advance(&clock, 5));
        assert_true(clock_now_ns(&clock) >= before_ns + 5);
        clock_release(&clock);
    }
}

static void time_ends_at_its_bound(void **state)
{
    (void)state;
    struct clock clock;
    clock_init(&clock, &frozen_setting);
    assert_false(clock_advance(&clock, INT64_MAX));
    assert_false(clock_advance(&clock, TIME_MAX_NS - JULY_NS + 1));
    assert_int_equal(clock_now_ns(&clock), JULY_NS);
    assert_true(clock_advance(&clock, TIME_MAX_NS - JULY_NS));
    assert_int_equal(clock_now_ns(&clock), TIME_MAX_NS);
    assert_false(clock_advance(&clock, 1));
    clock_release(&clock);

    struct clock_setting fast = rate_setting;
    fast.rate = 1000000;
    clock_init(&clock, &fast);
    clock_pass(&clock, INT64_C(86400) * 365 * NS_PER_SECOND);
    assert_int_equal(clock_now_ns(&clock), TIME_MAX_NS);
    clock_release(&clock);
}

static void a_change_changes_what_it_names(void **state)
{
    (void)state;
    static const struct {
        struct clock_change change;
        bool is_allowed;
        struct clock_view after; /* of a clock that stood at July and has passed a second */
    } rows[] = {
        {{.has_mode = false}, true, {CLOCK_MODE_FROZEN, 1, JULY_NS}},
        {{.has_time = true, .time_ns = JULY_NS}, true, {CLOCK_MODE_FROZEN, 1, JULY_NS}},
        {{.has_time = true, .time_ns = JULY_NS + 5}, true, {CLOCK_MODE_FROZEN, 1, JULY_NS + 5}},
        {{.has_time = true, .time_ns = JULY_NS - 1}, false, {CLOCK_MODE_FROZEN, 1, JULY_NS}},
        {{.has_time = true, .time_ns = TIME_MAX_NS + 1}, false, {CLOCK_MODE_FROZEN, 1, JULY_NS}},
        {{.has_mode = true, .mode = CLOCK_MODE_RATE}, true, {CLOCK_MODE_RATE, 1, JULY_NS}},
        {{.has_mode = true, .mode = CLOCK_MODE_RATE, .has_rate = true, .rate = 60}, true,
            {CLOCK_MODE_RATE, 60, JULY_NS}},
        {{.has_mode = true,
             .mode = CLOCK_MODE_RATE,
             .has_rate = true,
             .rate = 60,
             .has_time = true,
             .time_ns = JULY_NS - 1},
            false, {CLOCK_MODE_FROZEN, 1, JULY_NS}},
        {{.has_mode = true, .mode = CLOCK_MODE_REAL, .has_time = true, .time_ns = JULY_NS + 7},
            true, {CLOCK_MODE_REAL, 1, JULY_NS + 7}},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct clock clock;
        struct clock_view view;
        clock_init(&clock, &frozen_setting);
        clock_pass(&clock, NS_PER_SECOND);
        assert_int_equal(clock_change(&clock, &rows[i].change, &view), rows[i].is_allowed);
        assert_int_equal(view.mode, rows[i].after.mode);
        assert_int_equal(view.now_ns, rows[i].after.now_ns);
        assert_true(view.rate == rows[i].after.rate);
        view = clock_look(&clock);
        assert_int_equal(view.mode, rows[i].after.mode);
        assert_true(view.rate == rows[i].after.rate);
        assert_true(view.now_ns >= rows[i].after.now_ns);
        clock_release(&clock);
    }
}

static void clock_set_mode(struct clock *clock, enum clock_mode mode)
{
    struct clock_view view;
    assert_true(clock_change(clock, &(struct clock_change){.has_mode = true, .mode = mode}, &view));
}

static void real_again_catches_up_with_the_system_and_keeps_a_lead(void **state)
{
    (void)state;
    struct clock clock;
    clock_init(&clock, &frozen_setting);
    int64_t system_ns = clock_system_ns();
    clock_set_mode(&clock, CLOCK_MODE_REAL);
    assert_true(clock_now_ns(&clock) >= system_ns);
    clock_set_mode(&clock, CLOCK_MODE_FROZEN);
    assert_true(clock_advance(&clock, 3600 * NS_PER_SECOND));
    int64_t ahead_ns = clock_now_ns(&clock);
    clock_set_mode(&clock, CLOCK_MODE_REAL);
    assert_true(clock_now_ns(&clock) >= ahead_ns);
    assert_true(clock_now_ns(&clock) >= system_ns + 3600 * NS_PER_SECOND);
    /* A lead that is there is not added once more. */
    clock_set_mode(&clock, CLOCK_MODE_REAL);
    assert_true(clock_now_ns(&clock) < ahead_ns + 3000 * NS_PER_SECOND);
    clock_release(&clock);
}

static void a_rate_is_remembered_while_the_clock_stands(void **state)
{
    (void)state;
    struct clock clock;
    clock_init(&clock, &rate_setting);
    clock_set_mode(&clock, CLOCK_MODE_FROZEN);
    assert_true(clock_look(&clock).rate == 1);
    clock_set_mode(&clock, CLOCK_MODE_RATE);
    assert_true(clock_look(&clock).rate == 60);
    clock_release(&clock);
}

/* A change drawn from the step's number; some are refused. */
static void clock_change_somehow(struct clock *clock, uint64_t random)
{
    static const int64_t leaps_ns[] = {-3600 * NS_PER_SECOND, -1, 0, 1, NS_PER_SECOND,
        3600 * NS_PER_SECOND, INT64_C(86400) * NS_PER_SECOND};
    static const double rates[] = {0.000001, 0.5, 1, 60, 1000000};
    struct clock_view before = clock_look(clock), view;
    int64_t leap_ns = leaps_ns[random / 64 % ARRAY_COUNT(leaps_ns)];
    struct clock_change change = {
        .has_time = random & 1,
        .has_mode = random & 2,
        .has_rate = random & 4,
        .time_ns = before.now_ns + leap_ns,
        .mode = (enum clock_mode)(random / 8 % 3),
        .rate = rates[random / 1024 % ARRAY_COUNT(rates)],
    };
    bool is_changed = clock_change(clock, &change, &view);
    assert_true(view.now_ns >= before.now_ns);
    if (change.has_time && leap_ns < 0 && before.mode == CLOCK_MODE_FROZEN)
        assert_false(is_changed);
    if (!is_changed)
        assert_int_equal(view.mode, before.mode);
    else if (change.has_time)
        assert_int_equal(view.now_ns, change.time_ns);
}

static void no_sequence_of_changes_takes_time_back(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct clock clock;
        clock_init(&clock, seed % 2 ? &frozen_setting : &real_setting);
        int64_t last_ns = clock_now_ns(&clock);
        for (uint64_t step = 0; step < 200; step++) {
            uint64_t random = hash_mix(seed, step);
            /* The system's clock goes on, or is set back. */
            clock_pass(&clock, (int64_t)(random >> 40) - (INT64_C(1) << 22));
            if (random >> 8 & 1)
                clock_change_somehow(&clock, random >> 16);
            else
                clock_advance(&clock, (int64_t)(random >> 16 & 0xffff) - 100);
            int64_t now_ns = clock_now_ns(&clock);
            if (now_ns < last_ns)
                fail_msg("seed %d, step %d", (int)seed, (int)step);
            last_ns = now_ns;
        }
        clock_release(&clock);
    }
}

static void a_reset_may_take_time_back(void **state)
{
    (void)state;
    struct clock clock;
    clock_init(&clock, &frozen_setting);
    assert_true(clock_advance(&clock, NS_PER_SECOND));
    clock_set_mode(&clock, CLOCK_MODE_RATE);
    clock_reset(&clock, &frozen_setting);
    struct clock_view view = clock_look(&clock);
    assert_int_equal(view.mode, CLOCK_MODE_FROZEN);
    assert_int_equal(view.now_ns, JULY_NS);
    clock_release(&clock);
}

static void *clock_user_run(void *clock)
{
    int64_t last_ns = 0;
    for (int i = 0; i < 2000; i++) {
        int64_t now_ns = clock_now_ns(clock);
        if (now_ns < last_ns || !clock_advance(clock, 1))
            return NULL;
        last_ns = now_ns;
    }
    return clock;
}

static void a_clock_goes_on_from_what_was_kept(void **state)
{
    (void)state;
    struct clock clock;
    struct clock_view view;
    const struct clock_change frozen = {.has_mode = true, .mode = CLOCK_MODE_FROZEN};
    const struct clock_change rated = {.has_mode = true, .mode = CLOCK_MODE_RATE};
    clock_init(&clock, &rate_setting);
    assert_true(clock_change(&clock, &frozen, &view));
    struct clock_setting kept = clock_keep(&clock);
    assert_true(clock_advance(&clock, NS_PER_SECOND));
    clock_reset(&clock, &kept);
    assert_int_equal(clock_now_ns(&clock), view.now_ns);
    /* With the rate that it will take once it runs. */
    assert_true(clock_change(&clock, &rated, &view));
    assert_true(view.rate == rate_setting.rate);
    /* A clock that runs keeps the time at which it was kept. */
    kept = clock_keep(&clock);
    clock_pass(&clock, 10 * NS_PER_SECOND);
    clock_reset(&clock, &kept);
    assert_true(clock_now_ns(&clock) < view.now_ns + 600 * NS_PER_SECOND);
    assert_true(clock_look(&clock).mode == CLOCK_MODE_RATE);
    clock_release(&clock);
}

static void threads_share_a_clock(void **state)
{
    (void)state;
    struct clock clock;
    clock_init(&clock, &frozen_setting);
    pthread_t threads[4];
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, clock_user_run, &clock), 0);
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, &clock);
    }
    assert_int_equal(clock_now_ns(&clock), JULY_NS + 4 * 2000);
    clock_release(&clock);
}

static void *clock_changer_run(void *clock)
{
    static const enum clock_mode modes[] = {CLOCK_MODE_REAL, CLOCK_MODE_FROZEN, CLOCK_MODE_RATE};
    int64_t last_ns = 0;
    for (size_t i = 0; i < 2000; i++) {
        struct clock_view view;
        struct clock_change change = {
            .has_mode = true, .mode = modes[i % 3], .has_rate = true, .rate = (double)(i + 1)};
        if (!clock_change(clock, &change, &view) || view.now_ns < last_ns)
            return NULL;
        last_ns = view.now_ns;
        view = clock_look(clock);
        if (view.now_ns < last_ns || clock_now_ns(clock) < view.now_ns)
            return NULL;
    }
    return clock;
}

static void threads_change_a_clock(void **state)
{
    (void)state;
    struct clock clock;
    clock_init(&clock, &frozen_setting);
    pthread_t threads[4];
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, clock_changer_run, &clock), 0);
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, &clock);
    }
    clock_release(&clock);
}

static void monotonic_time_does_not_go_back(void **state)
{
    (void)state;
    int64_t last_ns = clock_monotonic_ns();
    for (int i = 0; i < 1000; i++) {
        int64_t now_ns = clock_monotonic_ns();
        assert_true(now_ns >= last_ns);
        last_ns = now_ns;
    }
}

/* The condition may seem signalled without cause, but not for ever. */
static void a_wait_ends_on_the_monotonic_clock(void **state)
{
    (void)state;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition;
    clock_init_condition(&condition);
    pthread_mutex_lock(&mutex);
    int64_t until_ns = clock_monotonic_ns() + 2 * NS_PER_MS;
    int signalled_count = 0;
    while (clock_wait_until(&condition, &mutex, until_ns))
        assert_true(signalled_count++ < 1000);
    assert_true(clock_monotonic_ns() >= until_ns);
    pthread_mutex_unlock(&mutex);
    pthread_cond_destroy(&condition);
    pthread_mutex_destroy(&mutex);
}

struct signalled {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    bool is_set;
};

static void *signal_run(void *context)
{
    struct signalled *signalled = context;
    pthread_mutex_lock(&signalled->mutex);
    signalled->is_set = true;
    pthread_cond_signal(&signalled->condition);
    pthread_mutex_unlock(&signalled->mutex);
    return NULL;
}

static void a_signal_ends_a_wait_before_its_time(void **state)
{
    (void)state;
    struct signalled signalled = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    clock_init_condition(&signalled.condition);
    pthread_t thread;
    pthread_mutex_lock(&signalled.mutex);
    assert_int_equal(pthread_create(&thread, NULL, signal_run, &signalled), 0);
    int64_t until_ns = clock_monotonic_ns() + 3600 * NS_PER_SECOND;
    while (!signalled.is_set)
        assert_true(clock_wait_until(&signalled.condition, &signalled.mutex, until_ns));
    pthread_mutex_unlock(&signalled.mutex);
    pthread_join(thread, NULL);
    pthread_cond_destroy(&signalled.condition);
    pthread_mutex_destroy(&signalled.mutex);
}

static void entropy_differs_each_time(void **state)
{
    (void)state;
    assert_int_not_equal(clock_entropy(), clock_entropy());
}

static void real_time_until_an_emulated_one_follows_the_mode(void **state)
{
    (void)state;
    static const struct {
        struct clock_setting setting;
        int64_t min_ns, max_ns; /* until an hour later */
    } rows[] = {
        {{.mode = CLOCK_MODE_REAL, .rate = 1}, 3500 * NS_PER_SECOND, 3600 * NS_PER_SECOND},
        {{.mode = CLOCK_MODE_FROZEN, .rate = 1}, INT64_MAX, INT64_MAX},
        {{.mode = CLOCK_MODE_RATE, .rate = 10}, 350 * NS_PER_SECOND, 360 * NS_PER_SECOND},
        {{.mode = CLOCK_MODE_RATE, .rate = 1e-9}, INT64_MAX, INT64_MAX},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct clock clock;
        clock_init(&clock, &rows[i].setting);
        int64_t now_ns = clock_now_ns(&clock);
        assert_int_equal(clock_real_until(&clock, now_ns), 0);
        assert_int_equal(clock_real_until(&clock, 0), 0);
        int64_t until_ns = clock_real_until(&clock, now_ns + 3600 * NS_PER_SECOND);
        assert_true(until_ns >= rows[i].min_ns && until_ns <= rows[i].max_ns);
        clock_release(&clock);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_time_until_an_emulated_one_follows_the_mode),
        cmocka_unit_test(settings_are_parsed),
        cmocka_unit_test(what_is_no_setting_is_refused),
        cmocka_unit_test(real_clock_follows_the_system),
        cmocka_unit_test(frozen_clock_moves_only_when_told),
        cmocka_unit_test(frozen_clock_without_a_start_stands_at_the_systems_time),
        cmocka_unit_test(rated_clock_runs_faster),
        cmocka_unit_test(slow_clock_runs_slower),
        cmocka_unit_test(time_never_goes_back),
        cmocka_unit_test(time_ends_at_its_bound),
        cmocka_unit_test(a_change_changes_what_it_names),
        cmocka_unit_test(real_again_catches_up_with_the_system_and_keeps_a_lead),
        cmocka_unit_test(a_rate_is_remembered_while_the_clock_stands),
        cmocka_unit_test(no_sequence_of_changes_takes_time_back),
        cmocka_unit_test(a_reset_may_take_time_back),
        cmocka_unit_test(a_clock_goes_on_from_what_was_kept),
        cmocka_unit_test(threads_share_a_clock),
        cmocka_unit_test(threads_change_a_clock),
        cmocka_unit_test(monotonic_time_does_not_go_back),
        cmocka_unit_test(a_wait_ends_on_the_monotonic_clock),
        cmocka_unit_test(a_signal_ends_a_wait_before_its_time),
        cmocka_unit_test(entropy_differs_each_time),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
