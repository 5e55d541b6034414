/* Whatever is asked of trainings, and when: what was seen of them once stays as it was. */
#include "tests/lib/unit.h"

#include "base/hash.h"
#include "base/timefmt.h"
#include "server/sim/trainer.h"
#include "server/sim/training_moves.h"
#include "server/sim/training_order.h"

#define START_NS INT64_C(1721499811528229372)
#define START_MOMENT_NS (START_NS - START_NS % NS_PER_US)

enum { STEPS_MAX = 19 };

/* Fifteen examples, batch 4, five epochs: 19 steps. */
static struct training_plan plan_of(struct training_pacing pacing, int64_t step_ns, uint64_t seed)
{
    return (struct training_plan){
        .curve = (enum training_curve)(seed % TRAINING_CURVE_COUNT),
        .example_count = 15,
        .batch_size = 4,
        .epoch_count = 5,
        .learning_rate = 0.001,
        .total_steps = STEPS_MAX,
        .start_ns = START_NS,
        .step_ns = step_ns,
        .data_hash = 11,
        .noise_seed = seed,
        .pacing = pacing,
    };
}

static const struct training_pacing by_time = {TRAINING_BY_TIME, 0};
static const struct training_pacing by_hand = {TRAINING_BY_HAND, 0};

static struct training_pacing by_polls(int32_t polls)
{
    return (struct training_pacing){TRAINING_BY_POLLS, polls};
}

/* --- any history --- */

/* Nothing became of an order. */
static void assert_same_plan(const struct training_plan *plan, const struct training_plan *other)
{
    assert_int_equal(plan->end, other->end);
    assert_int_equal(plan->end_ns, other->end_ns);
    assert_int_equal(plan->has_end_step, other->has_end_step);
    assert_int_equal(plan->end_step, other->end_step);
    assert_int_equal(plan->has_stall_step, other->has_stall_step);
    assert_int_equal(plan->stall_step, other->stall_step);
    assert_int_equal(plan->looks, other->looks);
    assert_ptr_equal(plan->moves.bytes, other->moves.bytes);
    assert_int_equal(plan->moves.len, other->moves.len);
}

/* All that was seen of a training. */
struct seen {
    struct training_progress progress;
    struct training_snapshot snapshots[STEPS_MAX + 1];
};

static void assert_snapshots_rise(const struct training_plan *plan, const struct seen *seen)
{
    int64_t before_ns = plan->start_ns;
    for (int32_t step = 1; step <= seen->progress.completed_steps; step++) {
        int64_t compute_ns = seen->snapshots[step].compute_ns;
        assert_true(compute_ns > before_ns);
        assert_int_not_equal(compute_ns % NS_PER_US, 0);
        before_ns = compute_ns;
    }
    if (seen->progress.is_ended && plan->step_ns != 0)
        assert_true(seen->progress.complete_ns >= before_ns || seen->progress.completed_steps == 0);
}

static void assert_nothing_went_back(const struct seen *before, const struct seen *now)
{
    int32_t steps = before->progress.completed_steps;
    assert_true(now->progress.completed_steps >= steps);
    assert_true(now->progress.is_started >= before->progress.is_started);
    for (int32_t step = 1; step <= steps; step++) {
        assert_int_equal(now->snapshots[step].epoch, before->snapshots[step].epoch);
        assert_true(now->snapshots[step].mean_loss == before->snapshots[step].mean_loss);
        assert_true(now->snapshots[step].compute_ns == before->snapshots[step].compute_ns);
    }
    if (!before->progress.is_ended)
        return;
    assert_true(now->progress.is_ended);
    assert_int_equal(now->progress.completed_steps, steps);
    assert_int_equal(now->progress.end, before->progress.end);
    assert_int_equal(now->progress.complete_ns, before->progress.complete_ns);
}

static struct seen look(const struct training_plan *plan, int64_t now_ns)
{
    struct seen seen = {.progress = train_at(plan, now_ns)};
    assert_true(training_plan_is_valid(plan));
    assert_true(training_plan_is_sound(plan));
    assert_true(seen.progress.completed_steps == 0 || seen.progress.is_started);
    for (int32_t step = 1; step <= seen.progress.completed_steps; step++)
        seen.snapshots[step] = training_snapshot_at(plan, step);
    assert_snapshots_rise(plan, &seen);
    return seen;
}

/* From each time to each later one, and just when the plan says that something will happen. */
static void assert_time_brings_nothing_back(const struct training_plan *plan, int64_t now_ns)
{
    struct seen before = look(plan, START_NS - NS_PER_SECOND);
    for (int i = 0; i < 200 && before.progress.next_ns != INT64_MAX; i++) {
        int64_t next_ns = before.progress.next_ns;
        struct seen same = look(plan, next_ns - 1), next = look(plan, next_ns);
        assert_int_equal(same.progress.completed_steps, before.progress.completed_steps);
        assert_int_equal(same.progress.is_ended, before.progress.is_ended);
        assert_nothing_went_back(&before, &next);
        before = next;
    }
    struct seen now = look(plan, now_ns), last = look(plan, INT64_MAX);
    assert_nothing_went_back(&now, &last);
    assert_nothing_went_back(&before, &last);
}

static struct training_order any_order(uint64_t hash)
{
    static const enum training_order_kind kinds[] = {TRAINING_CANCEL, TRAINING_COMPLETE,
        TRAINING_FAIL, TRAINING_STALL, TRAINING_STALL, TRAINING_STALL, TRAINING_RESUME,
        TRAINING_RESUME, TRAINING_RESUME, TRAINING_ADVANCE, TRAINING_ADVANCE, TRAINING_ADVANCE,
        TRAINING_LOOK, TRAINING_LOOK, TRAINING_LOOK, TRAINING_LOOK};
    enum training_order_kind kind = kinds[hash % ARRAY_COUNT(kinds)];
    bool is_rarely = kind == TRAINING_CANCEL || kind == TRAINING_COMPLETE;
    return (struct training_order){
        .kind = is_rarely && hash >> 8 & 3 ? TRAINING_LOOK : kind,
        .has_step = kind == TRAINING_ADVANCE || hash >> 10 & 1,
        .step = kind == TRAINING_ADVANCE ? 1 + (int32_t)(hash >> 12 & 3)
                                         : (int32_t)((hash >> 12) % (STEPS_MAX + 1)),
    };
}

static int64_t any_pause(uint64_t hash, int64_t step_ns)
{
    int64_t step_or_second_ns = step_ns == TRAINING_STEP_REAL ? 3 * NS_PER_SECOND : step_ns;
    switch (hash % 4) {
    case 0:
        return 0;
    case 1:
        return (int64_t)(hash >> 8) & 1023;
    case 2:
        return (int64_t)(hash_to_unit(hash) * (double)step_or_second_ns);
    default:
        return (int64_t)(hash_to_unit(hash) * 3 * (double)step_or_second_ns);
    }
}

static void run_history(struct training_plan plan, uint64_t seed, struct arena *arena)
{
    int64_t now_ns = START_NS - NS_PER_MS;
    struct seen before = look(&plan, now_ns);
    for (uint64_t i = 0; i < 40; i++) {
        now_ns += any_pause(hash_mix(seed, 2 * i), plan.step_ns);
        struct seen now = look(&plan, now_ns);
        assert_nothing_went_back(&before, &now);
        struct training_order order = any_order(hash_mix(seed, 2 * i + 1));
        struct training_plan asked = plan;
        enum training_answer answer = training_order_follow(&plan, &order, now_ns, arena);
        assert_int_equal(answer == TRAINING_HAS_ENDED, now.progress.is_ended);
        if (answer != TRAINING_OBEYS)
            assert_same_plan(&plan, &asked);
        before = look(&plan, now_ns);
        assert_nothing_went_back(&now, &before);
    }
    assert_time_brings_nothing_back(&plan, now_ns);
}

static void whatever_is_asked_nothing_that_was_seen_changes(void **state)
{
    (void)state;
    static const int64_t step_lengths_ns[] = {TRAINING_STEP_REAL, 0, 1, 999, 1000, 1500,
        300 * NS_PER_MS, NS_PER_SECOND, 3600 * NS_PER_SECOND};
    const struct training_pacing pacings[] = {
        by_time, by_time, by_hand, by_polls(1), by_polls(3), by_polls(19), by_polls(50)};
    struct arena arena;
    arena_init(&arena);
    for (uint64_t i = 0; i < ARRAY_COUNT(step_lengths_ns) * ARRAY_COUNT(pacings) * unit_rounds(40);
         i++) {
        run_history(plan_of(pacings[i / ARRAY_COUNT(step_lengths_ns) % ARRAY_COUNT(pacings)],
                        step_lengths_ns[i % ARRAY_COUNT(step_lengths_ns)], i),
            i, &arena);
        arena_clear(&arena);
    }
    arena_release(&arena);
}

/* --- one by one --- */

/* Follows an order that must be obeyed, and gives how many steps are done then. */
static int32_t follow(struct training_plan *plan, enum training_order_kind kind, int32_t step,
    int64_t now_ns, struct arena *arena)
{
    struct training_order order = {kind, step >= 0, step};
    assert_int_equal(training_order_follow(plan, &order, now_ns, arena), TRAINING_OBEYS);
    return train_at(plan, now_ns).completed_steps;
}

static void a_stall_holds_until_it_is_resumed_and_then_goes_on_at_its_pace(void **state)
{
    struct training_plan plan = plan_of(by_time, NS_PER_SECOND, 7);
    int64_t now_ns = START_MOMENT_NS + 1500 * NS_PER_MS;
    assert_int_equal(follow(&plan, TRAINING_STALL, 4, now_ns, *state), 1);
    now_ns += 3600 * NS_PER_SECOND;
    assert_int_equal(train_at(&plan, now_ns).completed_steps, 4);
    assert_int_equal(train_at(&plan, now_ns).next_ns, INT64_MAX);
    assert_int_equal(follow(&plan, TRAINING_RESUME, -1, now_ns, *state), 4);
    assert_int_equal(train_at(&plan, now_ns + 900 * NS_PER_MS).completed_steps, 4);
    assert_int_equal(train_at(&plan, now_ns + 1100 * NS_PER_MS).completed_steps, 5);
    assert_int_equal(train_at(&plan, now_ns + 10100 * NS_PER_MS).completed_steps, 14);
    assert_true(train_at(&plan, now_ns + 17 * NS_PER_SECOND).is_ended);
    /* One that it has not come to is forgotten with it. */
    plan = plan_of(by_time, NS_PER_SECOND, 7);
    now_ns = START_MOMENT_NS + 1500 * NS_PER_MS;
    assert_int_equal(follow(&plan, TRAINING_STALL, 4, now_ns, *state), 1);
    assert_int_equal(follow(&plan, TRAINING_RESUME, -1, now_ns, *state), 1);
    assert_int_equal(training_moves_count(plan.moves), 0);
    assert_int_equal(train_at(&plan, START_MOMENT_NS + 8 * NS_PER_SECOND).completed_steps, 8);
}

static void a_stall_without_a_step_or_with_a_past_one_is_now(void **state)
{
    static const int32_t steps[] = {-1, 0, 2, 3};
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        struct training_plan plan = plan_of(by_time, NS_PER_SECOND, 7);
        int64_t now_ns = START_MOMENT_NS + 3500 * NS_PER_MS;
        assert_int_equal(follow(&plan, TRAINING_STALL, steps[i], now_ns, *state), 3);
        assert_int_equal(plan.stall_step, 3);
        assert_int_equal(train_at(&plan, INT64_MAX).completed_steps, 3);
        assert_false(train_at(&plan, INT64_MAX).is_ended);
        /* A later step lets it go on to that. */
        now_ns += 10 * NS_PER_SECOND;
        assert_int_equal(follow(&plan, TRAINING_STALL, 6, now_ns, *state), 3);
        assert_int_equal(train_at(&plan, now_ns + 2100 * NS_PER_MS).completed_steps, 5);
        assert_int_equal(train_at(&plan, INT64_MAX).completed_steps, 6);
    }
}

static void a_training_that_stalls_at_its_last_step_has_not_ended(void **state)
{
    const struct training_pacing pacings[] = {by_time, by_hand, by_polls(2)};
    for (size_t i = 0; i < ARRAY_COUNT(pacings); i++) {
        struct training_plan plan = plan_of(pacings[i], NS_PER_SECOND, 7);
        int64_t now_ns = START_MOMENT_NS;
        follow(&plan, TRAINING_STALL, STEPS_MAX, now_ns, *state);
        now_ns += 100 * NS_PER_SECOND;
        follow(&plan, TRAINING_ADVANCE, 100, now_ns, *state);
        assert_int_equal(train_at(&plan, now_ns).completed_steps, STEPS_MAX);
        assert_false(train_at(&plan, INT64_MAX).is_ended);
        now_ns += 100 * NS_PER_SECOND;
        assert_int_equal(follow(&plan, TRAINING_RESUME, -1, now_ns, *state), STEPS_MAX);
        assert_int_equal(train_at(&plan, now_ns).is_ended, i > 0);
        struct training_progress end = train_at(&plan, now_ns + 2 * NS_PER_SECOND);
        assert_true(end.is_ended && end.complete_ns >= now_ns - NS_PER_US);
    }
}

static void it_fails_by_itself_when_so_many_steps_are_done(void **state)
{
    for (int32_t step = 0; step <= STEPS_MAX; step++) {
        struct training_plan plan = plan_of(by_time, NS_PER_SECOND, 7);
        follow(&plan, TRAINING_FAIL, step, START_MOMENT_NS - 1, *state);
        struct training_progress end = train_at(&plan, INT64_MAX);
        assert_true(end.is_ended);
        assert_int_equal(end.end, TRAINING_END_FAILED);
        assert_int_equal(end.completed_steps, step);
        assert_int_equal(end.next_ns, INT64_MAX);
        if (step == 0)
            continue; /* now */
        int64_t compute_ns = training_snapshot_at(&plan, step).compute_ns;
        int64_t moment_ns = compute_ns - compute_ns % NS_PER_US;
        assert_false(train_at(&plan, moment_ns - 1).is_ended);
        assert_true(train_at(&plan, moment_ns).is_ended);
        assert_int_equal(end.complete_ns, moment_ns + NS_PER_US);
    }
    /* A plan of somebody else may fail at its start. */
    struct training_plan plan = plan_of(by_time, NS_PER_SECOND, 7);
    plan.end = TRAINING_END_FAILED;
    plan.has_end_step = true;
    assert_false(train_at(&plan, START_MOMENT_NS - 1).is_ended);
    assert_true(train_at(&plan, START_MOMENT_NS).is_ended);
}

static void what_comes_before_a_planned_failure_wins(void **state)
{
    static const enum training_order_kind kinds[] = {
        TRAINING_CANCEL, TRAINING_COMPLETE, TRAINING_FAIL};
    static const enum training_end ends[] = {
        TRAINING_END_CANCELLED, TRAINING_END_COMPLETED, TRAINING_END_FAILED};
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        struct training_plan plan = plan_of(by_time, NS_PER_SECOND, 7);
        int64_t now_ns = START_MOMENT_NS + 5500 * NS_PER_MS;
        follow(&plan, TRAINING_FAIL, 12, START_MOMENT_NS, *state);
        follow(&plan, kinds[i], -1, now_ns, *state);
        struct training_progress end = train_at(&plan, now_ns);
        assert_true(end.is_ended);
        assert_int_equal(end.end, ends[i]);
        assert_int_equal(end.completed_steps, i == 1 ? STEPS_MAX : 5);
        assert_int_equal(train_at(&plan, INT64_MAX).end, ends[i]);
    }
    /* A stall before it holds it off; at the same step it does not. */
    struct training_plan plan = plan_of(by_time, NS_PER_SECOND, 7);
    follow(&plan, TRAINING_FAIL, 12, START_MOMENT_NS, *state);
    follow(&plan, TRAINING_STALL, 11, START_MOMENT_NS, *state);
    assert_false(train_at(&plan, INT64_MAX).is_ended);
    follow(&plan, TRAINING_STALL, 12, START_MOMENT_NS, *state);
    assert_int_equal(train_at(&plan, INT64_MAX).end, TRAINING_END_FAILED);
}

static void by_hand_it_goes_as_far_as_it_is_told(void **state)
{
    struct training_plan plan = plan_of(by_hand, NS_PER_SECOND, 7);
    assert_int_equal(train_at(&plan, INT64_MAX).completed_steps, 0);
    assert_true(train_at(&plan, START_MOMENT_NS).is_started);
    int64_t now_ns = START_MOMENT_NS;
    assert_int_equal(follow(&plan, TRAINING_ADVANCE, 5, now_ns, *state), 5);
    assert_int_equal(follow(&plan, TRAINING_ADVANCE, 1, now_ns, *state), 6);
    assert_int_equal(training_moves_count(plan.moves), 1);
    assert_int_equal(train_at(&plan, INT64_MAX).completed_steps, 6);
    follow(&plan, TRAINING_STALL, 8, now_ns, *state);
    assert_int_equal(follow(&plan, TRAINING_ADVANCE, 5, now_ns, *state), 8);
    assert_int_equal(follow(&plan, TRAINING_ADVANCE, 5, now_ns, *state), 8);
    assert_int_equal(follow(&plan, TRAINING_RESUME, -1, now_ns, *state), 8);
    assert_int_equal(follow(&plan, TRAINING_ADVANCE, INT32_MAX, now_ns, *state), STEPS_MAX);
    struct training_progress end = train_at(&plan, now_ns);
    assert_true(end.is_ended);
    assert_int_equal(end.end, TRAINING_END_COMPLETED);
    assert_true(end.complete_ns <= now_ns + 3 * NS_PER_US);

    plan = plan_of(by_hand, NS_PER_SECOND, 7);
    follow(&plan, TRAINING_FAIL, 12, now_ns, *state);
    assert_int_equal(follow(&plan, TRAINING_ADVANCE, 11, now_ns, *state), 11);
    assert_false(train_at(&plan, INT64_MAX).is_ended);
    assert_int_equal(follow(&plan, TRAINING_ADVANCE, 11, now_ns, *state), 12);
    assert_int_equal(train_at(&plan, now_ns).end, TRAINING_END_FAILED);
}

static void advancing_what_goes_by_time_goes_on_from_there(void **state)
{
    struct training_plan plan = plan_of(by_time, NS_PER_SECOND, 7);
    int64_t now_ns = START_MOMENT_NS + 2500 * NS_PER_MS;
    assert_int_equal(follow(&plan, TRAINING_ADVANCE, 5, now_ns, *state), 7);
    assert_int_equal(train_at(&plan, now_ns + 900 * NS_PER_MS).completed_steps, 7);
    assert_int_equal(train_at(&plan, now_ns + 1100 * NS_PER_MS).completed_steps, 8);
    for (int32_t step = 3; step <= 7; step++) {
        int64_t compute_ns = training_snapshot_at(&plan, step).compute_ns;
        assert_in_range(compute_ns - now_ns, 1, 2 * NS_PER_US);
    }
    now_ns += 1100 * NS_PER_MS;
    assert_int_equal(follow(&plan, TRAINING_ADVANCE, 100, now_ns, *state), STEPS_MAX);
    assert_true(train_at(&plan, now_ns).is_ended);
}

static void look_k_of_n_shows_k_nths_of_the_steps(void **state)
{
    for (int32_t polls = 1; polls <= 50; polls++) {
        struct training_plan plan = plan_of(by_polls(polls), NS_PER_SECOND, 7);
        for (int32_t k = 1; k <= polls; k++) {
            int64_t now_ns = START_MOMENT_NS + k % 2 * NS_PER_SECOND;
            assert_int_equal(
                follow(&plan, TRAINING_LOOK, -1, now_ns, *state), k * STEPS_MAX / polls);
            assert_int_equal(plan.looks, k);
            assert_int_equal(train_at(&plan, INT64_MAX).is_ended, k == polls);
        }
        struct training_order order = {.kind = TRAINING_LOOK};
        assert_int_equal(
            training_order_follow(&plan, &order, INT64_MAX, *state), TRAINING_HAS_ENDED);
    }
}

static void looks_at_what_stands_stalled_do_not_count(void **state)
{
    struct training_plan plan = plan_of(by_polls(19), NS_PER_SECOND, 7);
    follow(&plan, TRAINING_STALL, 2, START_NS, *state);
    for (int32_t k = 1; k <= 10; k++)
        assert_int_equal(follow(&plan, TRAINING_LOOK, -1, START_NS, *state), k < 2 ? k : 2);
    assert_int_equal(plan.looks, 2);
    follow(&plan, TRAINING_RESUME, -1, START_NS, *state);
    assert_int_equal(follow(&plan, TRAINING_LOOK, -1, START_NS, *state), 3);
    /* What was advanced is not taken back by one that would show less. */
    assert_int_equal(follow(&plan, TRAINING_ADVANCE, 3, START_NS, *state), 6);
    assert_int_equal(follow(&plan, TRAINING_LOOK, -1, START_NS, *state), 6);
    follow(&plan, TRAINING_FAIL, 7, START_NS, *state);
    for (int32_t k = 5; k <= 7; k++)
        assert_int_equal(follow(&plan, TRAINING_LOOK, -1, START_NS, *state), k < 7 ? 6 : 7);
    assert_int_equal(train_at(&plan, START_NS).end, TRAINING_END_FAILED);
}

static void a_training_of_time_is_moved_so_often_and_no_more(void **state)
{
    struct training_plan plan = plan_of(by_time, 3600 * NS_PER_SECOND, 7);
    int64_t now_ns = START_MOMENT_NS;
    follow(&plan, TRAINING_STALL, 0, now_ns, *state);
    for (int i = 0; i < TRAINING_MOVES_MAX; i++) {
        follow(&plan, TRAINING_RESUME, -1, ++now_ns, *state);
        follow(&plan, TRAINING_STALL, -1, now_ns, *state);
    }
    assert_int_equal(training_moves_count(plan.moves), TRAINING_MOVES_MAX);
    struct training_order order = {.kind = TRAINING_RESUME};
    struct training_plan before = plan;
    assert_int_equal(
        training_order_follow(&plan, &order, now_ns + 1, *state), TRAINING_MOVED_TOO_OFTEN);
    assert_same_plan(&plan, &before);
    /* At the same time it is the same move; and it can still be ended. */
    assert_int_equal(training_order_follow(&plan, &order, now_ns, *state), TRAINING_OBEYS);
    assert_int_equal(training_moves_count(plan.moves), TRAINING_MOVES_MAX);
    assert_int_equal(follow(&plan, TRAINING_COMPLETE, -1, now_ns + 1, *state), STEPS_MAX);
}

static void looks_and_hands_move_a_training_for_ever(void **state)
{
    const struct training_pacing pacings[] = {by_hand, by_polls(3000)};
    for (size_t i = 0; i < ARRAY_COUNT(pacings); i++) {
        struct training_plan plan = plan_of(pacings[i], NS_PER_SECOND, 7);
        plan.epoch_count = 800;
        plan.total_steps = training_total_steps(15, 800, 4);
        assert_int_equal(plan.total_steps, 3000);
        int64_t times_ns[3001] = {0};
        for (int32_t step = 1; step < 3000; step++) {
            int64_t now_ns = START_MOMENT_NS + step * NS_PER_SECOND;
            enum training_order_kind kind = i ? TRAINING_LOOK : TRAINING_ADVANCE;
            assert_int_equal(follow(&plan, kind, 1, now_ns, *state), step);
            times_ns[step] = training_snapshot_at(&plan, step).compute_ns;
        }
        assert_int_equal(training_moves_count(plan.moves), TRAINING_MOVES_MAX);
        assert_true(training_plan_is_sound(&plan));
        for (int32_t step = 1; step < 3000; step++) {
            assert_true(times_ns[step] > times_ns[step - 1]);
            assert_int_equal(training_snapshot_at(&plan, step).compute_ns, times_ns[step]);
        }
    }
}

static void a_clock_that_was_set_back_undoes_moves_that_time_had_brought(void **state)
{
    struct training_plan plan = plan_of(by_time, NS_PER_SECOND, 7);
    int64_t now_ns = START_MOMENT_NS + 2500 * NS_PER_MS;
    follow(&plan, TRAINING_ADVANCE, 5, now_ns, *state);
    now_ns -= NS_PER_SECOND;
    assert_int_equal(train_at(&plan, now_ns).completed_steps, 1);
    assert_int_equal(follow(&plan, TRAINING_ADVANCE, 1, now_ns, *state), 2);
    assert_int_equal(training_moves_count(plan.moves), 1);
    assert_true(training_plan_is_sound(&plan));
    /* Where time moves nothing, nothing is undone. */
    plan = plan_of(by_hand, NS_PER_SECOND, 7);
    follow(&plan, TRAINING_ADVANCE, 5, now_ns, *state);
    assert_int_equal(follow(&plan, TRAINING_ADVANCE, 1, now_ns - NS_PER_SECOND, *state), 6);
    assert_true(training_plan_is_sound(&plan));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_asked_nothing_that_was_seen_changes),
        unit_test_with_arena(a_stall_holds_until_it_is_resumed_and_then_goes_on_at_its_pace),
        unit_test_with_arena(a_stall_without_a_step_or_with_a_past_one_is_now),
        unit_test_with_arena(a_training_that_stalls_at_its_last_step_has_not_ended),
        unit_test_with_arena(it_fails_by_itself_when_so_many_steps_are_done),
        unit_test_with_arena(what_comes_before_a_planned_failure_wins),
        unit_test_with_arena(by_hand_it_goes_as_far_as_it_is_told),
        unit_test_with_arena(advancing_what_goes_by_time_goes_on_from_there),
        unit_test_with_arena(look_k_of_n_shows_k_nths_of_the_steps),
        unit_test_with_arena(looks_at_what_stands_stalled_do_not_count),
        unit_test_with_arena(a_training_of_time_is_moved_so_often_and_no_more),
        unit_test_with_arena(looks_and_hands_move_a_training_for_ever),
        unit_test_with_arena(a_clock_that_was_set_back_undoes_moves_that_time_had_brought),
    };
    return cmocka_run_group_tests_name("training_order", tests, NULL, NULL);
}
