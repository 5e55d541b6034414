#include "tests/lib/unit.h"

#include <math.h>

#include "base/timefmt.h"
#include "server/sim/step_times.h"
#include "server/sim/trainer.h"
#include "server/sim/training_moves.h"

/* 2024-07-20T18:23:31.528229372Z, the start of a recorded run. */
#define START_NS INT64_C(1721499811528229372)

/* Fifteen examples, batch 4, five epochs: 19 steps of a second. */
static struct training_plan short_plan(enum training_curve curve)
{
    return (struct training_plan){
        .curve = curve,
        .example_count = 15,
        .batch_size = 4,
        .epoch_count = 5,
        .learning_rate = 0.001,
        .total_steps = training_total_steps(15, 5, 4),
        .start_ns = START_NS,
        .step_ns = NS_PER_SECOND,
        .data_hash = 11,
        .noise_seed = 7,
    };
}

static double loss_at(const struct training_plan *plan, int32_t step)
{
    return (double)training_snapshot_at(plan, step).mean_loss;
}

static void assert_between(double actual, double low, double high, const char *what)
{
    if (!(actual >= low && actual <= high))
        fail_msg("%s is %.9g, not in [%.9g, %.9g]", what, actual, low, high);
}

static void curve_names_are_those_of_the_catalogue(void **state)
{
    (void)state;
    for (int curve = 0; curve < TRAINING_CURVE_COUNT; curve++) {
        enum training_curve parsed = TRAINING_CURVE_COUNT;
        const char *name = training_curve_name((enum training_curve)curve);
        assert_true(training_curve_parse(text_of(name), &parsed));
        assert_int_equal(parsed, curve);
    }
    static const char *const refused[] = {
        "", "text-bison-001", "Text-Bison", "gemini", "gemini-1.0-pro ", "gemini-1.5-flash-001"};
    for (size_t i = 0; i < ARRAY_COUNT(refused); i++) {
        enum training_curve parsed = TRAINING_CURVE_COUNT;
        assert_false(training_curve_parse(text_of(refused[i]), &parsed));
        assert_int_equal(parsed, TRAINING_CURVE_COUNT);
    }
}

static void total_steps_are_rounded_up_and_never_overflow(void **state)
{
    (void)state;
    static const struct {
        int64_t examples;
        int32_t epochs;
        int32_t batch;
        int32_t expected;
    } rows[] = {
        {15, 3, 2, 23},
        {15, 3, 4, 12},
        {15, 5, 2, 38},
        {15, 5, 4, 19},
        {15, 50, 4, 188},
        {15, 100, 4, 375},
        {25, 10, 16, 16},
        {1, 1, INT32_MAX, 1},
        {0, 7, 4, 7},
        {-1, 7, 4, 7},
        {INT32_MAX, 1, 1, INT32_MAX},
        {INT32_MAX, 2, 2, INT32_MAX},
        {INT32_MAX, 2, 1, INT32_MAX},
        {INT64_MAX, INT32_MAX, 1, INT32_MAX},
        {INT64_MAX, INT32_MAX, INT32_MAX, INT32_MAX},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(training_total_steps(rows[i].examples, rows[i].epochs, rows[i].batch),
            rows[i].expected);
    }
}

static void epochs_are_counted_as_by_the_base_model(void **state)
{
    (void)state;
    static const struct {
        enum training_curve curve;
        int32_t examples;
        int32_t batch;
        int32_t epochs;
        int32_t step;
        int32_t expected;
    } rows[] = {
        {TRAINING_CURVE_TEXT_BISON, 15, 4, 3, 3, 0},
        {TRAINING_CURVE_TEXT_BISON, 15, 4, 3, 4, 1},
        {TRAINING_CURVE_TEXT_BISON, 15, 4, 3, 8, 2},
        {TRAINING_CURVE_TEXT_BISON, 15, 4, 3, 12, 3},
        {TRAINING_CURVE_TEXT_BISON, 25, 16, 10, 16, 10},
        {TRAINING_CURVE_GEMINI_1_0_PRO, 15, 2, 5, 7, 0},
        {TRAINING_CURVE_GEMINI_1_0_PRO, 15, 2, 5, 8, 1},
        {TRAINING_CURVE_GEMINI_1_0_PRO, 15, 2, 5, 38, 5},
        {TRAINING_CURVE_GEMINI_1_5_FLASH, 15, 4, 100, 1, 1},
        {TRAINING_CURVE_GEMINI_1_5_FLASH, 15, 4, 100, 3, 1},
        {TRAINING_CURVE_GEMINI_1_5_FLASH, 15, 4, 100, 4, 2},
        {TRAINING_CURVE_GEMINI_1_5_FLASH, 15, 4, 100, 375, 100},
        {TRAINING_CURVE_GEMINI_1_5_FLASH, 15, 2, 5, 38, 5},
        {TRAINING_CURVE_TEXT_BISON, 0, 4, 3, 2, 2},
        {TRAINING_CURVE_GEMINI_1_5_FLASH, 0, 4, 3, 2, 2},
        {TRAINING_CURVE_TEXT_BISON, 1, INT32_MAX, 3, INT32_MAX, 3},
        {TRAINING_CURVE_TEXT_BISON, INT32_MAX, 1, 3, 1, 0},
        {TRAINING_CURVE_TEXT_BISON, INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct training_plan plan = short_plan(rows[i].curve);
        plan.example_count = rows[i].examples;
        plan.batch_size = rows[i].batch;
        plan.epoch_count = rows[i].epochs;
        assert_int_equal(training_epoch_of_step(&plan, rows[i].step), rows[i].expected);
    }
}

static void start_is_as_long_after_creation_as_recorded(void **state)
{
    (void)state;
    static const struct {
        int64_t step_ns;
        int64_t delay_max_ns;
    } rows[] = {
        {TRAINING_STEP_REAL, 2100 * NS_PER_MS},
        {0, 0},
        {1, 0},
        {300 * NS_PER_MS, 300 * NS_PER_MS},
        {INT64_MAX, NS_PER_SECOND},
    };
    int64_t create_ns = START_NS - START_NS % NS_PER_US;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        for (uint64_t seed = 0; seed < 500; seed++) {
            enum training_curve curve = (enum training_curve)(seed % TRAINING_CURVE_COUNT);
            int64_t start_ns = training_start_time(create_ns, rows[i].step_ns, curve, seed);
            int64_t delay_ns = start_ns - create_ns;
            int64_t delay_min_ns = rows[i].step_ns == TRAINING_STEP_REAL ? 80 * NS_PER_MS : 0;
            assert_int_not_equal(start_ns % NS_PER_US, 0);
            assert_in_range(delay_ns - start_ns % NS_PER_US, delay_min_ns, rows[i].delay_max_ns);
        }
    }
}

static const int64_t step_lengths_ns[] = {TRAINING_STEP_REAL, 0, 1, 999, 1000, 1500,
    300 * NS_PER_MS, NS_PER_SECOND, 3600 * NS_PER_SECOND};

enum { STEP_LENGTH_COUNT = ARRAY_COUNT(step_lengths_ns) };

static void compute_times_rise_and_completion_follows(void **state)
{
    (void)state;
    for (size_t i = 0; i < (size_t)STEP_LENGTH_COUNT * 200; i++) {
        struct training_plan plan = short_plan((enum training_curve)(i % TRAINING_CURVE_COUNT));
        plan.step_ns = step_lengths_ns[i % STEP_LENGTH_COUNT];
        plan.noise_seed = i;
        plan.start_ns = START_NS - START_NS % NS_PER_US + 1 + (int64_t)(i % 999);
        int64_t before_ns = plan.start_ns;
        for (int32_t step = 1; step <= plan.total_steps; step++) {
            int64_t compute_ns = training_snapshot_at(&plan, step).compute_ns;
            assert_true(compute_ns > before_ns);
            assert_int_not_equal(compute_ns % NS_PER_US, 0);
            before_ns = compute_ns;
        }
        struct training_progress progress = train_at(&plan, INT64_MAX);
        assert_true(progress.is_ended && progress.complete_ns >= before_ns);
        assert_int_equal(progress.complete_ns % NS_PER_US, 0);
        if (plan.step_ns >= 0)
            assert_true(progress.complete_ns - before_ns <= plan.step_ns / 8 + NS_PER_US);
    }
}

static void assert_same_progress(struct training_progress left, struct training_progress right)
{
    assert_int_equal(left.completed_steps, right.completed_steps);
    assert_int_equal(left.is_started, right.is_started);
    assert_int_equal(left.is_ended, right.is_ended);
    assert_int_equal(left.complete_ns, right.complete_ns);
    assert_int_equal(left.next_ns, right.next_ns);
}

/* Walks from one change to the next, and checks that there is none in between. Returns the end. */
static struct training_progress walk(const struct training_plan *plan)
{
    struct training_progress progress = train_at(plan, plan->start_ns - 10 * NS_PER_SECOND);
    int32_t change_count = 0;
    while (progress.next_ns != INT64_MAX) {
        struct training_progress same = train_at(plan, progress.next_ns - 1);
        struct training_progress next = train_at(plan, progress.next_ns);
        assert_same_progress(same, progress);
        assert_true(next.completed_steps >= progress.completed_steps);
        assert_true(next.is_started >= progress.is_started);
        assert_true(next.is_ended >= progress.is_ended);
        assert_true(next.completed_steps > progress.completed_steps ||
                    next.is_started > progress.is_started || next.is_ended > progress.is_ended);
        assert_true(next.next_ns > progress.next_ns);
        assert_true(next.completed_steps == 0 || next.is_started);
        progress = next;
        change_count++;
    }
    assert_true(progress.is_ended);
    assert_true(change_count <= plan->total_steps + 2);
    assert_same_progress(train_at(plan, INT64_MAX), progress);
    return progress;
}

static void progress_never_goes_back_and_changes_when_announced(void **state)
{
    (void)state;
    for (size_t i = 0; i < STEP_LENGTH_COUNT * 60; i++) {
        struct training_plan plan = short_plan((enum training_curve)(i % TRAINING_CURVE_COUNT));
        plan.step_ns = step_lengths_ns[i % STEP_LENGTH_COUNT];
        plan.noise_seed = i;
        struct training_progress end = walk(&plan);
        assert_int_equal(end.completed_steps, plan.total_steps);
        assert_true(plan.step_ns == 0 ||
                    end.complete_ns >= training_snapshot_at(&plan, plan.total_steps).compute_ns);
    }
}

static void a_step_is_completed_in_the_microsecond_of_its_snapshot(void **state)
{
    (void)state;
    struct training_plan plan = short_plan(TRAINING_CURVE_GEMINI_1_0_PRO);
    plan.step_ns = TRAINING_STEP_REAL;
    for (int32_t step = 1; step <= plan.total_steps; step++) {
        int64_t compute_ns = training_snapshot_at(&plan, step).compute_ns;
        int64_t microsecond_ns = compute_ns - compute_ns % NS_PER_US;
        assert_int_equal(train_at(&plan, microsecond_ns).completed_steps, step);
        assert_int_equal(train_at(&plan, microsecond_ns - 1).completed_steps, step - 1);
    }
}

static void steps_of_no_length_are_all_done_at_the_start(void **state)
{
    (void)state;
    struct training_plan plan = short_plan(TRAINING_CURVE_GEMINI_1_5_FLASH);
    plan.step_ns = 0;
    int64_t start_ns = plan.start_ns - plan.start_ns % NS_PER_US;
    struct training_progress progress = train_at(&plan, start_ns);
    assert_true(progress.is_started && progress.is_ended);
    assert_int_equal(progress.completed_steps, plan.total_steps);
    assert_in_range(progress.complete_ns - start_ns, 1, 2 * NS_PER_US);
    assert_false(train_at(&plan, start_ns - 1).is_started);
}

static void cancelling_freezes_progress(void **state)
{
    (void)state;
    static const enum training_end ends[] = {TRAINING_END_CANCELLED, TRAINING_END_FAILED};
    for (size_t i = 0; i < STEP_LENGTH_COUNT * 60; i++) {
        struct training_plan plan = short_plan((enum training_curve)(i % TRAINING_CURVE_COUNT));
        plan.step_ns = step_lengths_ns[i % STEP_LENGTH_COUNT];
        plan.noise_seed = i;
        int64_t natural_end_ns = train_at(&plan, INT64_MAX).complete_ns;
        struct training_plan cancelled = plan;
        int64_t length_ns = natural_end_ns - plan.start_ns;
        cancelled.end = ends[i / STEP_LENGTH_COUNT % 2];
        cancelled.end_ns = plan.start_ns - NS_PER_US + length_ns / 60 * (int64_t)(i % 60);
        struct training_progress end = walk(&cancelled);
        struct training_progress before = train_at(&plan, cancelled.end_ns);
        assert_int_equal(end.completed_steps, before.completed_steps);
        assert_int_equal(end.is_started, before.is_started);
        assert_int_equal(end.complete_ns % NS_PER_US, 0);
        assert_true(before.is_ended || end.complete_ns > cancelled.end_ns - NS_PER_US);
        for (int32_t step = 1; step <= end.completed_steps; step++) {
            struct training_snapshot snapshot = training_snapshot_at(&cancelled, step);
            assert_int_equal(snapshot.compute_ns, training_snapshot_at(&plan, step).compute_ns);
            assert_true(snapshot.compute_ns <= end.complete_ns);
        }
    }
}

static void ending_what_has_ended_changes_nothing(void **state)
{
    (void)state;
    static const enum training_end ends[] = {
        TRAINING_END_CANCELLED, TRAINING_END_FAILED, TRAINING_END_COMPLETED};
    for (size_t i = 0; i < STEP_LENGTH_COUNT * 3; i++) {
        struct training_plan plan = short_plan(TRAINING_CURVE_TEXT_BISON);
        plan.step_ns = step_lengths_ns[i % STEP_LENGTH_COUNT];
        struct training_progress natural = train_at(&plan, INT64_MAX);
        struct training_plan ended = plan;
        ended.end = ends[i / STEP_LENGTH_COUNT];
        ended.end_ns = natural.complete_ns;
        assert_same_progress(train_at(&ended, INT64_MAX), natural);
        for (int32_t step = 1; step <= plan.total_steps; step++) {
            assert_int_equal(training_snapshot_at(&ended, step).compute_ns,
                training_snapshot_at(&plan, step).compute_ns);
        }
    }
}

static void forced_completion_finishes_all_steps(void **state)
{
    (void)state;
    for (size_t i = 0; i < STEP_LENGTH_COUNT * 60; i++) {
        struct training_plan plan = short_plan((enum training_curve)(i % TRAINING_CURVE_COUNT));
        plan.step_ns = step_lengths_ns[i % STEP_LENGTH_COUNT];
        plan.noise_seed = i;
        int64_t length_ns = train_at(&plan, INT64_MAX).complete_ns - plan.start_ns;
        struct training_plan forced = plan;
        forced.end = TRAINING_END_COMPLETED;
        forced.end_ns = plan.start_ns - NS_PER_US + length_ns / 60 * (int64_t)(i % 60);
        int32_t natural_steps = train_at(&plan, forced.end_ns).completed_steps;
        struct training_progress end = walk(&forced);
        assert_int_equal(end.completed_steps, plan.total_steps);
        assert_true(end.is_started);
        int64_t before_ns = plan.start_ns;
        for (int32_t step = 1; step <= plan.total_steps; step++) {
            struct training_snapshot snapshot = training_snapshot_at(&forced, step);
            assert_true(snapshot.compute_ns > before_ns);
            assert_int_not_equal(snapshot.compute_ns % NS_PER_US, 0);
            assert_true((double)snapshot.mean_loss == loss_at(&plan, step));
            if (step <= natural_steps)
                assert_int_equal(snapshot.compute_ns, training_snapshot_at(&plan, step).compute_ns);
            before_ns = snapshot.compute_ns;
        }
        assert_true(before_ns <= end.complete_ns);
        int64_t not_before_ns = forced.end_ns > plan.start_ns ? forced.end_ns : plan.start_ns;
        assert_true(end.complete_ns <= not_before_ns + 2 * NS_PER_US);
    }
}

static void forced_steps_happen_just_before_the_end(void **state)
{
    (void)state;
    struct training_plan plan = short_plan(TRAINING_CURVE_TEXT_BISON);
    plan.end = TRAINING_END_COMPLETED;
    plan.end_ns = plan.start_ns + 4500 * NS_PER_MS;
    for (int32_t step = 5; step <= plan.total_steps; step++) {
        int64_t compute_ns = training_snapshot_at(&plan, step).compute_ns;
        assert_true(compute_ns <= plan.end_ns);
        assert_true(compute_ns > plan.end_ns - (plan.total_steps + 1) * NS_PER_US);
    }
}

static void real_step_times_follow_the_recordings(void **state)
{
    (void)state;
    static const struct {
        enum training_curve curve;
        int32_t batch;
        double mean_low_s, mean_high_s;   /* of a run of 375 steps */
        double shortest_s, longest_s;     /* of all its steps */
        double first_low_s, first_high_s; /* from start to the first snapshot */
        double finish_low_s, finish_high_s;
    } rows[] = {
        {TRAINING_CURVE_TEXT_BISON, 2, 1.17, 1.48, 1.0, 2.9, 1.7, 4.2, 0.12, 0.5},
        {TRAINING_CURVE_TEXT_BISON, 4, 1.30, 1.45, 1.2, 3.1, 2.0, 4.2, 0.12, 0.5},
        {TRAINING_CURVE_TEXT_BISON, 16, 2.5, 2.8, 2.2, 5.5, 3.9, 7.2, 0.12, 0.5},
        {TRAINING_CURVE_GEMINI_1_0_PRO, 2, 2.95, 3.2, 2.1, 9, 1.4, 2.6, 4.0, 4.8},
        {TRAINING_CURVE_GEMINI_1_5_FLASH, 4, 2.2, 2.5, 1.7, 6, 1.5, 4, 0.2, 3.1},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows) * 50; i++) {
        size_t row = i / 50;
        struct training_plan plan = short_plan(rows[row].curve);
        plan.batch_size = rows[row].batch;
        plan.total_steps = 375;
        plan.epoch_count = 1000;
        plan.step_ns = TRAINING_STEP_REAL;
        plan.noise_seed = i;
        int64_t first_ns = training_snapshot_at(&plan, 1).compute_ns;
        int64_t last_ns = first_ns;
        for (int32_t step = 2; step <= plan.total_steps; step++) {
            int64_t compute_ns = training_snapshot_at(&plan, step).compute_ns;
            assert_between((double)(compute_ns - last_ns) / 1e9, rows[row].shortest_s,
                rows[row].longest_s, "a step's seconds");
            last_ns = compute_ns;
        }
        assert_between((double)(last_ns - first_ns) / 374e9, rows[row].mean_low_s,
            rows[row].mean_high_s, "the mean step's seconds");
        assert_between((double)(first_ns - plan.start_ns) / 1e9, rows[row].first_low_s,
            rows[row].first_high_s, "the first step's seconds");
        assert_between((double)(train_at(&plan, INT64_MAX).complete_ns - last_ns) / 1e9,
            rows[row].finish_low_s, rows[row].finish_high_s, "the seconds to completion");
    }
}

static void the_longest_trainings_saturate(void **state)
{
    (void)state;
    static const struct {
        int64_t step_ns;
        int32_t batch;
        int32_t steps_at_the_end_of_time;
    } rows[] = {
        {0, 1, INT32_MAX},
        {1, 1, INT32_MAX},
        {NS_PER_SECOND, 1, INT32_MAX},
        {3600 * NS_PER_SECOND, 1, 2083853}, /* until the year 2262 */
        {INT64_MAX, 1, 0},
        {TRAINING_STEP_REAL, 1, INT32_MAX},
        {TRAINING_STEP_REAL, INT32_MAX, 140949050},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct training_plan plan = short_plan(TRAINING_CURVE_TEXT_BISON);
        plan.step_ns = rows[i].step_ns;
        plan.batch_size = rows[i].batch;
        plan.total_steps = INT32_MAX;
        struct training_progress end = train_at(&plan, INT64_MAX - 1);
        bool is_complete = rows[i].steps_at_the_end_of_time == INT32_MAX;
        assert_int_equal(end.is_ended, is_complete);
        int32_t slack = rows[i].step_ns == TRAINING_STEP_REAL ? 20 : 0;
        assert_in_range(end.completed_steps, rows[i].steps_at_the_end_of_time - slack,
            rows[i].steps_at_the_end_of_time);
        int64_t last_ns = training_snapshot_at(&plan, INT32_MAX).compute_ns;
        assert_true(last_ns >= training_snapshot_at(&plan, INT32_MAX - 1).compute_ns);
        assert_true(is_complete || last_ns == INT64_MAX);
        plan.end = TRAINING_END_COMPLETED;
        plan.end_ns = START_NS + 1;
        assert_int_equal(train_at(&plan, START_NS + 1).completed_steps, INT32_MAX);
    }
}

static void years_between_start_and_now_do_not_overflow(void **state)
{
    (void)state;
    struct training_plan plan = short_plan(TRAINING_CURVE_GEMINI_1_5_FLASH);
    plan.step_ns = TRAINING_STEP_REAL;
    plan.epoch_count = 50;
    plan.total_steps = training_total_steps(15, 50, 4);
    plan.start_ns = TIME_MIN_NS;
    assert_true(training_plan_is_valid(&plan));
    struct training_progress progress = train_at(&plan, TIME_MAX_NS);
    assert_int_equal(progress.completed_steps, plan.total_steps);
    assert_true(progress.is_ended);
    plan.start_ns = TIME_MAX_NS;
    assert_int_equal(train_at(&plan, INT64_MIN).completed_steps, 0);
}

/* What comes from a file may be anything: no plan that is not one gets to train_at. */
static void plans_that_cannot_be_ones_are_refused(void **state)
{
    (void)state;
    const struct training_plan good = short_plan(TRAINING_CURVE_TEXT_BISON);
    struct training_plan plans[32];
    size_t count = 0;
#define BAD(member, value)                                                                         \
    plans[count] = good;                                                                           \
    plans[count++].member = (value)
    BAD(curve, TRAINING_CURVE_COUNT);
    BAD(example_count, -1);
    BAD(example_count, 16);
    BAD(batch_size, 0);
    BAD(batch_size, INT32_MIN);
    BAD(epoch_count, 0);
    BAD(epoch_count, 6);
    BAD(learning_rate, 0);
    BAD(learning_rate, (double)INFINITY);
    BAD(learning_rate, (double)NAN);
    BAD(total_steps, 18);
    BAD(total_steps, INT32_MAX);
    BAD(start_ns, INT64_MIN);
    BAD(step_ns, -2);
    BAD(end, (enum training_end)4);
    BAD(has_end_step, true); /* and no end */
    BAD(end_step, -1);
    BAD(end_step, 20);
    BAD(stall_step, -1);
    BAD(stall_step, 20);
    BAD(pacing.by, (enum training_by)3);
    BAD(pacing.by, TRAINING_BY_POLLS); /* of no number */
    BAD(pacing.polls, 3);
    BAD(looks, 1);
    BAD(looks, -1);
    BAD(moves, TEXT("fifteen bytes.."));
#undef BAD
    assert_true(training_plan_is_valid(&good));
    for (size_t i = 0; i < count; i++)
        assert_false(training_plan_is_valid(&plans[i]));
    struct training_plan ended = good;
    ended.end = TRAINING_END_FAILED;
    ended.end_ns = INT64_MIN;
    assert_false(training_plan_is_valid(&ended));
    ended.has_end_step = true;
    assert_true(training_plan_is_valid(&ended));
}

static void moves_that_cannot_have_happened_are_not_sound(void **state)
{
    const int64_t second_ns = NS_PER_SECOND;
    const struct {
        struct training_move moves[2];
        bool is_sound;
    } rows[] = {
        {{{START_NS + 5 * second_ns, 4, 4}, {START_NS + 6 * second_ns, 4, 9}}, true},
        {{{START_NS + 5 * second_ns, 5, 5}, {START_NS + 5 * second_ns, 5, 19}}, true},
        {{{START_NS + 5 * second_ns, 4, 4}, {START_NS + 4 * second_ns, 4, 9}}, false},
        {{{START_NS + 5 * second_ns, 6, 6}, {START_NS + 9 * second_ns, 6, 9}}, false},
        {{{START_NS + 5 * second_ns, 4, 3}, {START_NS + 9 * second_ns, 4, 9}}, false},
        {{{START_NS + 5 * second_ns, 4, 8}, {START_NS + 9 * second_ns, 7, 9}}, false},
        {{{START_NS + 5 * second_ns, 4, 8}, {START_NS + 9 * second_ns, 8, 20}}, false},
        {{{START_NS + 5 * second_ns, -1, 8}, {START_NS + 9 * second_ns, 8, 9}}, false},
        {{{INT64_MIN, INT32_MIN, INT32_MAX}, {INT64_MAX, INT32_MAX, INT32_MIN}}, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct training_plan plan = short_plan(TRAINING_CURVE_TEXT_BISON);
        plan.moves = training_moves_add(plan.moves, 0, rows[i].moves[0], *state);
        plan.moves = training_moves_add(plan.moves, 1, rows[i].moves[1], *state);
        assert_true(training_plan_is_valid(&plan));
        assert_int_equal(training_plan_is_sound(&plan), rows[i].is_sound);
        train_at(&plan, INT64_MAX); /* whatever it says */
        training_snapshot_at(&plan, plan.total_steps);
        plan.has_stall_step = true;
        plan.stall_step = 8;
        assert_false(training_plan_is_sound(&plan));
    }
}

static void steps_see_the_examples_in_their_order(void **state)
{
    (void)state;
    static const struct {
        int32_t examples, batch, epochs;
        int64_t after_ns;
        int32_t seen;
    } rows[] = {
        {10, 3, 2, 0, 0},
        {10, 3, 2, NS_PER_SECOND - 1000, 0},
        {10, 3, 2, NS_PER_SECOND + 1000, 3},
        {10, 3, 2, 3 * NS_PER_SECOND + 1000, 9},
        {10, 3, 2, 4 * NS_PER_SECOND + 1000, 10},
        {10, 3, 2, 5 * NS_PER_SECOND + 1000, 10},
        {10, 3, 2, 60 * NS_PER_SECOND, 10},
        {4, 1000000, 1, 2 * NS_PER_SECOND, 4},
        {0, 4, 3, 60 * NS_PER_SECOND, 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct training_plan plan = short_plan(TRAINING_CURVE_GEMINI_1_0_PRO);
        plan.example_count = rows[i].examples;
        plan.batch_size = rows[i].batch;
        plan.epoch_count = rows[i].epochs;
        plan.total_steps = training_total_steps(rows[i].examples, rows[i].epochs, rows[i].batch);
        assert_int_equal(
            training_seen_examples(&plan, plan.start_ns + rows[i].after_ns), rows[i].seen);
        /* Whoever is cancelled then knows no more later. */
        plan.end = TRAINING_END_CANCELLED;
        plan.end_ns = plan.start_ns + rows[i].after_ns;
        assert_int_equal(
            training_seen_examples(&plan, plan.start_ns + 100 * NS_PER_SECOND), rows[i].seen);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curve_names_are_those_of_the_catalogue),
        cmocka_unit_test(total_steps_are_rounded_up_and_never_overflow),
        cmocka_unit_test(epochs_are_counted_as_by_the_base_model),
        cmocka_unit_test(start_is_as_long_after_creation_as_recorded),
        cmocka_unit_test(compute_times_rise_and_completion_follows),
        cmocka_unit_test(progress_never_goes_back_and_changes_when_announced),
        cmocka_unit_test(a_step_is_completed_in_the_microsecond_of_its_snapshot),
        cmocka_unit_test(steps_of_no_length_are_all_done_at_the_start),
        cmocka_unit_test(cancelling_freezes_progress),
        cmocka_unit_test(ending_what_has_ended_changes_nothing),
        cmocka_unit_test(forced_completion_finishes_all_steps),
        cmocka_unit_test(forced_steps_happen_just_before_the_end),
        cmocka_unit_test(real_step_times_follow_the_recordings),
        cmocka_unit_test(the_longest_trainings_saturate),
        cmocka_unit_test(years_between_start_and_now_do_not_overflow),
        cmocka_unit_test(plans_that_cannot_be_ones_are_refused),
        cmocka_unit_test(steps_see_the_examples_in_their_order),
        unit_test_with_arena(moves_that_cannot_have_happened_are_not_sound),
    };
    return cmocka_run_group_tests_name("trainer", tests, NULL, NULL);
}
