#include "server/state/tuned_model.h"

#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "tests/lib/unit.h"

/* A training of so many steps that begins now, at the epoch. */
static struct store_model make_model(int32_t steps, int64_t step_ns)
{
    return (struct store_model){
        .base_model = TEXT("models/x"),
        .epoch_count = steps,
        .batch_size = 1,
        .example_count = 1,
        .total_steps = steps,
        .plan_learning_rate = 0.001,
        .step_ns = step_ns,
    };
}

static void the_end_of_a_training_is_when_its_state_changes(void **state)
{
    (void)state;
    struct store_model model = make_model(3, NS_PER_SECOND);
    int64_t end_ns = tuned_model_end_ns(&model, NULL);
    assert_true(end_ns >= 3 * NS_PER_SECOND && end_ns < 5 * NS_PER_SECOND);
    assert_int_equal(tuned_model_state(&model, NULL, end_ns), TunedModel_State_ACTIVE);
    assert_int_equal(tuned_model_state(&model, NULL, end_ns - 1), TunedModel_State_CREATING);
}

static void what_never_ends_has_no_end(void **state)
{
    (void)state;
    struct store_model fixed = {.fixed_state = TunedModel_State_CREATING};
    assert_int_equal(tuned_model_end_ns(&fixed, NULL), INT64_MAX);
    /* Four days each; the last emulated year is 2261. */
    struct store_model model = make_model(TRAINING_STEPS_MAX, 4 * 24 * 3600 * NS_PER_SECOND);
    assert_int_equal(tuned_model_state(&model, NULL, TIME_MAX_NS), TunedModel_State_CREATING);
    assert_int_equal(tuned_model_end_ns(&model, NULL), INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_of_a_training_is_when_its_state_changes),
        cmocka_unit_test(what_never_ends_has_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
