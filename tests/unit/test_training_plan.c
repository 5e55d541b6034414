#include "tests/lib/unit.h"

#include "server/sim/training_plan.h"

static void pacings_are_read_and_written_alike(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct training_pacing pacing;
    } rows[] = {
        {"time", {TRAINING_BY_TIME, 0}},
        {"manual", {TRAINING_BY_HAND, 0}},
        {"polls:1", {TRAINING_BY_POLLS, 1}},
        {"polls:3", {TRAINING_BY_POLLS, 3}},
        {"polls:100000", {TRAINING_BY_POLLS, TRAINING_POLLS_MAX}},
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct training_pacing pacing;
        assert_true(training_pacing_parse(text_of(rows[i].text), &pacing));
        assert_int_equal(pacing.by, rows[i].pacing.by);
        assert_int_equal(pacing.polls, rows[i].pacing.polls);
        assert_text(training_pacing_text(pacing, &arena), rows[i].text);
    }
    arena_release(&arena);
}

static void capitals_do_not_count(void **state)
{
    (void)state;
    struct training_pacing pacing;
    assert_true(training_pacing_parse(TEXT("Manual"), &pacing));
    assert_int_equal(pacing.by, TRAINING_BY_HAND);
    assert_true(training_pacing_parse(TEXT("POLLS:3"), &pacing));
    assert_int_equal(pacing.polls, 3);
    int64_t step_ns;
    assert_true(training_step_parse(TEXT("REAL"), &step_ns));
    assert_int_equal(step_ns, TRAINING_STEP_REAL);
}

static void what_is_no_pacing_is_refused(void **state)
{
    (void)state;
    static const char *texts[] = {"", "times", " time", "time:", "time:3", "manual:1", "polls",
        "polls:", "polls:0", "polls:-1", "polls:1.5", "polls:3x", "polls: 3", "polls:3:3",
        "polls:100001", "polls:99999999999999999999", ":3"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct training_pacing pacing = {TRAINING_BY_HAND, 7};
        if (training_pacing_parse(text_of(texts[i]), &pacing))
            fail_msg("\"%s\" was read", texts[i]);
        assert_int_equal(pacing.polls, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pacings_are_read_and_written_alike),
        cmocka_unit_test(capitals_do_not_count),
        cmocka_unit_test(what_is_no_pacing_is_refused),
    };
    return cmocka_run_group_tests_name("training_plan", tests, NULL, NULL);
}
