#include "tests/lib/unit.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/sim/trainer.h"
#include "server/space/trainings.h"

/* A space's part of events and trainings, with one who reads them, at the year 1970. */
struct stage {
    struct arena arena;
    struct events *events;
    struct clock clock;
    struct space_events of;
    struct budget budget;
    struct trainings trainings;
    struct event_reader reader;
};

static struct stage *stage_open(size_t budget_bytes)
{
    struct stage *stage = calloc(1, sizeof(*stage));
    const struct clock_setting setting = {.mode = CLOCK_MODE_FROZEN, .has_start = true};
    int64_t at_id, oldest_id;
    arena_init(&stage->arena);
    stage->events = events_new();
    clock_init(&stage->clock, &setting);
    space_events_init(&stage->of, stage->events, TEXT("t1"), &stage->clock);
    budget_init(&stage->budget, budget_bytes);
    trainings_init(&stage->trainings, &stage->of, &stage->budget);
    event_reader_begin(&stage->reader, &stage->of, EVENT_KINDS_ALL, 0, &at_id, &oldest_id);
    return stage;
}

static void stage_close(struct stage *stage)
{
    event_reader_end(&stage->reader);
    trainings_release(&stage->trainings);
    assert_int_equal(budget_used(&stage->budget), 0);
    space_events_release(&stage->of);
    events_free(stage->events);
    clock_release(&stage->clock);
    arena_release(&stage->arena);
    free(stage);
}

/* Four steps, of a second each. */
static struct training_plan plan_of_four(void)
{
    return (struct training_plan){.curve = TRAINING_CURVE_GEMINI_1_5_FLASH,
        .example_count = 4,
        .batch_size = 1,
        .epoch_count = 1,
        .learning_rate = 0.001,
        .total_steps = 4,
        .step_ns = NS_PER_SECOND};
}

static struct training training_of(
    struct stage *stage, int64_t seq, const struct training_plan *plan)
{
    return (struct training){.seq = seq,
        .id = arena_printf(&stage->arena, "m%d", (int)seq),
        .display_name = TEXT("a model"),
        .base_model = TEXT("models/b"),
        .plan = plan};
}

static bool put(struct stage *stage, int64_t seq, const struct training_plan *plan)
{
    struct training training = training_of(stage, seq, plan);
    return trainings_put(&stage->trainings, &training);
}

/* What was told since, in short: "progress m1 1 m2 1|" and "model m1 ACTIVE|". */
static struct text told(struct stage *stage)
{
    struct buf out = BUF_INIT, shown = BUF_INIT;
    event_reader_take(&stage->reader, &out, 1024 * 1024);
    struct text rest = buf_text(&out);
    while (rest.len > 0) {
        struct text line = text_split(&rest, '\n');
        if (text_starts_with(line, TEXT("event: ")))
            buf_add_text(&shown, text_slice(line, strlen("event: "), line.len));
        if (!text_starts_with(line, TEXT("data: ")))
            continue;
        static const char *const names[] = {
            "\"tunedModels/", "\"completedSteps\":", "\"state\":\""};
        for (size_t i = 0; i < line.len; i++)
            for (size_t j = 0; j < 3; j++) {
                struct text name = text_of(names[j]);
                struct text value = text_slice(line, i + name.len, line.len);
                if (!text_starts_with(text_slice(line, i, line.len), name))
                    continue;
                size_t len = 0;
                while (len < value.len && value.bytes[len] != '"' && value.bytes[len] != ',')
                    len++;
                buf_add_byte(&shown, ' ');
                buf_add_text(&shown, text_slice(value, 0, len));
            }
        buf_add_byte(&shown, '|');
    }
    struct text all = arena_text(&stage->arena, buf_text(&shown));
    buf_release(&out);
    buf_release(&shown);
    return all;
}

static void assert_told(struct stage *stage, const char *expected)
{
    struct text all = told(stage);
    assert_string_equal(all.bytes, expected);
}

static void all_that_have_moved_are_told_in_one_event_and_ends_behind_it(void **state)
{
    (void)state;
    struct stage *stage = stage_open(TRAININGS_BYTES_MAX);
    struct training_plan plan = plan_of_four(), failing = plan_of_four();
    failing.end = TRAINING_END_FAILED;
    failing.has_end_step = true;
    failing.end_step = 2;
    assert_true(put(stage, 7, &plan));
    assert_true(put(stage, 3, &failing));
    assert_int_equal(trainings_tick(&stage->trainings, true), INT64_MAX);
    assert_told(stage, "");
    clock_advance(&stage->clock, NS_PER_SECOND + NS_PER_MS);
    trainings_tick(&stage->trainings, true);
    trainings_tick(&stage->trainings, true);
    assert_told(stage, "progress m3 1 m7 1|");
    clock_advance(&stage->clock, NS_PER_SECOND);
    trainings_tick(&stage->trainings, true);
    assert_told(stage, "progress m3 2 m7 2|model m3 FAILED|");
    clock_advance(&stage->clock, 9 * NS_PER_SECOND);
    trainings_tick(&stage->trainings, true);
    trainings_tick(&stage->trainings, true);
    assert_told(stage, "progress m7 4|model m7 ACTIVE|");
    stage_close(stage);
}

static void a_training_goes_on_by_another_plan_from_what_was_told(void **state)
{
    (void)state;
    struct stage *stage = stage_open(TRAININGS_BYTES_MAX);
    struct training_plan plan = plan_of_four(), stalled = plan_of_four();
    stalled.has_stall_step = true;
    stalled.stall_step = 1;
    put(stage, 1, &plan);
    put(stage, 2, &plan);
    clock_advance(&stage->clock, NS_PER_SECOND + NS_PER_MS);
    trainings_tick(&stage->trainings, true);
    assert_told(stage, "progress m1 1 m2 1|");
    put(stage, 1, &stalled);
    trainings_remove(&stage->trainings, TEXT("m2"));
    clock_advance(&stage->clock, NS_PER_SECOND);
    trainings_tick(&stage->trainings, true);
    assert_told(stage, "");
    trainings_forget(&stage->trainings);
    clock_advance(&stage->clock, NS_PER_SECOND);
    assert_int_equal(trainings_tick(&stage->trainings, true), INT64_MAX);
    assert_told(stage, "");
    stage_close(stage);
}

static void what_is_too_often_waits_and_is_told_at_once(void **state)
{
    (void)state;
    struct stage *stage = stage_open(TRAININGS_BYTES_MAX);
    struct training_plan plan = plan_of_four();
    plan.example_count = plan.total_steps = 1000;
    put(stage, 1, &plan);
    int64_t start_ns = clock_monotonic_ns(), due_ns = 0;
    for (int i = 0; i < 100; i++) {
        clock_advance(&stage->clock, NS_PER_SECOND);
        due_ns = trainings_tick(&stage->trainings, true);
    }
    int64_t seconds = (clock_monotonic_ns() - start_ns) / NS_PER_SECOND;
    int64_t count = 0;
    struct text all = told(stage);
    for (size_t i = 0; i < all.len; i++)
        count += all.bytes[i] == '|';
    assert_true(count >= 1 && count <= PROGRESS_PER_SECOND * (seconds + 1));
    assert_true(due_ns > 0);
    assert_true(due_ns <= NS_PER_SECOND || due_ns == INT64_MAX);
    stage_close(stage);
}

static void those_that_train_already_are_found_as_they_were_when_somebody_began(void **state)
{
    (void)state;
    struct stage *stage = stage_open(TRAININGS_BYTES_MAX);
    struct training_plan plan = plan_of_four();
    struct training_search search;
    clock_advance(&stage->clock, NS_PER_SECOND + NS_PER_MS);
    trainings_forget(&stage->trainings); /* somebody begins */
    put(stage, 5, &plan);
    clock_advance(&stage->clock, NS_PER_SECOND);
    assert_true(trainings_begin_search(&stage->trainings, &search));
    assert_false(trainings_begin_search(&stage->trainings, &(struct training_search){0}));
    assert_int_equal(search.since_ns, NS_PER_SECOND + NS_PER_MS);
    trainings_skip(&stage->trainings, 4);
    struct training found[] = {
        training_of(stage, 2, &plan), training_of(stage, 4, &plan), training_of(stage, 5, &plan)};
    for (size_t i = 0; i < 3; i++)
        found[i].told_steps = TRAINING_TOLD_SINCE;
    struct training_finding finding = {found, 3, INT64_MAX};
    trainings_end_search(&stage->trainings, &search, &finding);
    assert_false(trainings_begin_search(&stage->trainings, &search));
    trainings_tick(&stage->trainings, true);
    assert_told(stage, "progress m2 2 m5 2|");
    /* A model that was deleted meanwhile may be among those that are found. */
    trainings_forget(&stage->trainings);
    assert_true(trainings_begin_search(&stage->trainings, &search));
    trainings_remove(&stage->trainings, TEXT("m2"));
    trainings_end_search(&stage->trainings, &search, &finding);
    clock_advance(&stage->clock, NS_PER_SECOND);
    trainings_tick(&stage->trainings, true);
    assert_told(stage, "");
    assert_true(trainings_begin_search(&stage->trainings, &search));
    /* One that was begun before they were forgotten does not end another that was begun since. */
    struct training_search late;
    trainings_forget(&stage->trainings);
    assert_true(trainings_begin_search(&stage->trainings, &late));
    trainings_end_search(&stage->trainings, &search, &finding);
    assert_false(trainings_begin_search(&stage->trainings, &search));
    trainings_end_search(&stage->trainings, &late, &(struct training_finding){.last_seq = 5});
    assert_true(trainings_begin_search(&stage->trainings, &search));
    stage_close(stage);
}

static void more_than_there_is_room_for_are_left_out_until_there_is(void **state)
{
    (void)state;
    struct stage *stage = stage_open(1000);
    struct training_plan plan = plan_of_four();
    struct training_search search;
    struct training_finding none = {NULL, 0, INT64_MAX};
    int64_t seq = 1;
    while (put(stage, seq, &plan))
        seq++;
    assert_in_range(seq, 2, 6);
    assert_true(trainings_begin_search(&stage->trainings, &search));
    trainings_end_search(&stage->trainings, &search, &none);
    assert_false(trainings_begin_search(&stage->trainings, &search));
    trainings_remove(&stage->trainings, TEXT("m1"));
    assert_true(trainings_begin_search(&stage->trainings, &search));
    stage_close(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_have_moved_are_told_in_one_event_and_ends_behind_it),
        cmocka_unit_test(a_training_goes_on_by_another_plan_from_what_was_told),
        cmocka_unit_test(what_is_too_often_waits_and_is_told_at_once),
        cmocka_unit_test(those_that_train_already_are_found_as_they_were_when_somebody_began),
        cmocka_unit_test(more_than_there_is_room_for_are_left_out_until_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
