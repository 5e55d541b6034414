#include "tests/lib/unit.h"

#include "server/contract/limits.h"
#include "server/json/write.h"
#include "server/space/scenarios.h"

static const struct text none = {NULL, 0};

static struct text shown(struct scenarios *scenarios, struct arena *arena)
{
    struct message *numbers = message_new(arena, MESSAGE_StateNumbers, VERSION_V1BETA);
    scenarios_list(scenarios, numbers, StateNumbers_rows);
    return json_text(numbers, arena);
}

static void a_state_is_looked_at_and_set_in_one_step(void **state)
{
    struct scenarios scenarios;
    scenarios_init(&scenarios, NULL);
    assert_false(scenarios_move(&scenarios, TEXT("s"), TEXT("a"), TEXT("b")));
    assert_true(scenarios_move(&scenarios, TEXT("s"), TEXT(""), TEXT("a")));
    assert_false(scenarios_move(&scenarios, TEXT("s"), TEXT(""), TEXT("a")));
    assert_true(scenarios_move(&scenarios, TEXT("s"), TEXT("a"), none));
    assert_true(scenarios_move(&scenarios, TEXT("s"), none, none));
    assert_true(scenarios_move(&scenarios, TEXT("t"), none, TEXT("b")));
    assert_text(shown(&scenarios, *state), "{\"rows\":{\"s\":\"a\",\"t\":\"b\"}}");
    assert_true(scenarios_set(&scenarios, TEXT("s"), TEXT("")));
    assert_text(shown(&scenarios, *state), "{\"rows\":{\"t\":\"b\"}}");
    scenarios_clear(&scenarios);
    assert_text(shown(&scenarios, *state), "{}");
    scenarios_release(&scenarios);
}

static void what_is_swapped_is_the_others(void **state)
{
    struct scenarios scenarios, other;
    scenarios_init(&scenarios, NULL);
    scenarios_init(&other, NULL);
    scenarios_set(&scenarios, TEXT("s"), TEXT("a"));
    scenarios_swap(&scenarios, &other);
    assert_text(shown(&scenarios, *state), "{}");
    assert_text(shown(&other, *state), "{\"rows\":{\"s\":\"a\"}}");
    scenarios_release(&scenarios);
    scenarios_release(&other);
}

static void a_copy_has_the_same_states(void **state)
{
    struct budget budget;
    struct scenarios scenarios, copy, third;
    budget_init(&budget, 10000);
    scenarios_init(&scenarios, &budget);
    scenarios_init(&copy, &budget);
    scenarios_init(&third, &budget);
    scenarios_set(&scenarios, TEXT("s"), TEXT("a"));
    scenarios_set(&scenarios, TEXT("t"), TEXT("b"));
    assert_true(scenarios_copy(&scenarios, &copy));
    scenarios_set(&scenarios, TEXT("s"), TEXT("c"));
    assert_text(shown(&copy, *state), "{\"rows\":{\"s\":\"a\",\"t\":\"b\"}}");
    budget.max = budget_used(&budget);
    assert_false(scenarios_copy(&scenarios, &third));
    scenarios_release(&scenarios);
    scenarios_release(&copy);
    scenarios_release(&third);
    assert_true(budget_used(&budget) == 0);
}

static void they_take_of_what_there_is_for_all(void **state)
{
    struct budget budget;
    struct scenarios scenarios;
    (void)state;
    budget_init(&budget, 1000);
    scenarios_init(&scenarios, &budget);
    assert_true(scenarios_add(&scenarios, TEXT("a")));
    size_t bytes_of_one = budget_used(&budget);
    while (budget_take(&budget, bytes_of_one))
        ;
    assert_true(scenarios_add(&scenarios, TEXT("a")));
    assert_false(scenarios_add(&scenarios, TEXT("b")));
    size_t bytes = budget_used(&budget);
    scenarios_release(&scenarios);
    assert_true(budget_used(&budget) == bytes - bytes_of_one);
}

static void there_may_be_so_many(void **state)
{
    struct scenarios scenarios;
    scenarios_init(&scenarios, NULL);
    for (int i = 0; i < STUB_SCENARIOS_MAX; i++)
        assert_true(scenarios_add(&scenarios, arena_printf(*state, "%d", i)));
    assert_true(scenarios_add(&scenarios, TEXT("0")));
    assert_false(scenarios_add(&scenarios, TEXT("new")));
    assert_false(scenarios_set(&scenarios, TEXT("new"), TEXT("a")));
    assert_false(scenarios_move(&scenarios, TEXT("new"), none, TEXT("a")));
    scenarios_clear(&scenarios);
    assert_true(scenarios_add(&scenarios, TEXT("new")));
    scenarios_release(&scenarios);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(a_state_is_looked_at_and_set_in_one_step),
        unit_test_with_arena(what_is_swapped_is_the_others),
        unit_test_with_arena(a_copy_has_the_same_states),
        unit_test_with_arena(there_may_be_so_many),
        unit_test_with_arena(they_take_of_what_there_is_for_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
