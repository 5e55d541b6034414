#include "tests/lib/unit.h"

#include <pthread.h>

#include "base/budget.h"

enum { THREAD_COUNT = 4, ROUND_COUNT = 20000, MAX = 10 };

static void no_more_than_the_bound_is_taken(void **state)
{
    (void)state;
    struct budget budget;
    budget_init(&budget, MAX);
    assert_true(budget_take(&budget, 0));
    assert_true(budget_take(&budget, 7));
    assert_false(budget_take(&budget, 4));
    assert_int_equal(budget_used(&budget), 7);
    assert_true(budget_take(&budget, 3));
    assert_false(budget_take(&budget, 1));
    budget_give(&budget, 10);
    assert_int_equal(budget_used(&budget), 0);
}

static void an_amount_over_the_bound_does_not_wrap_around(void **state)
{
    (void)state;
    struct budget budget;
    budget_init(&budget, MAX);
    assert_true(budget_take(&budget, 1));
    assert_false(budget_take(&budget, SIZE_MAX));
    assert_false(budget_take(&budget, MAX + 1));
    assert_int_equal(budget_used(&budget), 1);
}

/* Adds how often more than the bound was in use. */
static void *take_and_give(void *context)
{
    struct budget *budget = context;
    size_t over_count = 0;
    for (int i = 0; i < ROUND_COUNT; i++) {
        if (!budget_take(budget, 4))
            continue;
        over_count += budget_used(budget) > MAX;
        budget_give(budget, 4);
    }
    return (void *)over_count;
}

static void threads_together_keep_the_bound(void **state)
{
    (void)state;
    struct budget budget;
    pthread_t threads[THREAD_COUNT];
    budget_init(&budget, MAX);
    for (int i = 0; i < THREAD_COUNT; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_give, &budget), 0);
    for (int i = 0; i < THREAD_COUNT; i++) {
        void *over_count;
        assert_int_equal(pthread_join(threads[i], &over_count), 0);
        assert_null(over_count);
    }
    assert_int_equal(budget_used(&budget), 0);
}

static void a_share_takes_what_is_missing_and_gives_back_what_is_over(void **state)
{
    (void)state;
    struct budget budget;
    budget_init(&budget, MAX);
    struct share share = {.budget = &budget};
    assert_true(share_grow(&share, 4));
    assert_true(share_grow(&share, 3));
    assert_int_equal(budget_used(&budget), 4);
    assert_true(share_grow(&share, 9));
    assert_int_equal(budget_used(&budget), 9);
    share_shrink(&share, 2);
    share_shrink(&share, 5);
    assert_int_equal(budget_used(&budget), 2);
    share_release(&share);
    assert_int_equal(budget_used(&budget), 0);
}

static void a_refused_share_keeps_what_it_has_and_stays_refused(void **state)
{
    (void)state;
    struct budget budget;
    budget_init(&budget, MAX);
    struct share share = {.budget = &budget}, other = {.budget = &budget};
    assert_true(share_grow(&other, 5));
    assert_true(share_grow(&share, 4));
    assert_false(share_grow(&share, 6));
    share_release(&other);
    assert_false(share_grow(&share, 6));
    assert_false(share_grow(&share, 1));
    assert_int_equal(budget_used(&budget), 4);
    share_release(&share);
    assert_true(share_grow(&share, 6));
    share_release(&share);
}

static void a_share_of_nothing_is_unbounded(void **state)
{
    (void)state;
    struct share share = {0};
    assert_true(share_grow(&share, SIZE_MAX));
    share_shrink(&share, 1);
    share_release(&share);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_more_than_the_bound_is_taken),
        cmocka_unit_test(an_amount_over_the_bound_does_not_wrap_around),
        cmocka_unit_test(threads_together_keep_the_bound),
        cmocka_unit_test(a_share_takes_what_is_missing_and_gives_back_what_is_over),
        cmocka_unit_test(a_refused_share_keeps_what_it_has_and_stays_refused),
        cmocka_unit_test(a_share_of_nothing_is_unbounded),
    };
    return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
