#include "base/wait.h"

#include <pthread.h>

#include "tests/lib/unit.h"

static int wait_wake_count;

static void count_wake(struct wait *wait)
{
    wait_wake_count++;
    wait_arrive(wait);
}

static void a_wait_has_one_end(void **state)
{
    (void)state;
    struct wait wait = {.wake = count_wake};
    wait_wake_count = 0;
    assert_false(wait_end(&wait, WAIT_TIME)); /* nobody waits */
    for (int i = 0; i < 3; i++) {
        wait_begin(&wait);
        assert_false(wait_is_over(&wait));
        assert_true(wait_end(&wait, WAIT_EVENT));
        assert_false(wait_end(&wait, WAIT_TIME));
        assert_false(wait_is_over(&wait));
        wait_wake(&wait);
        assert_false(wait_end(&wait, WAIT_CUT));
        assert_true(wait_is_over(&wait));
        assert_int_equal(wait_take(&wait), WAIT_EVENT);
        assert_false(wait_is_over(&wait));
    }
    assert_int_equal(wait_wake_count, 3);
}

enum { ENDERS = 4, ROUNDS = 2000 };

struct contest {
    struct wait wait;
    pthread_barrier_t start, stop;
    atomic_int won_count;
};

static void *try_to_end(void *context)
{
    struct contest *contest = context;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_barrier_wait(&contest->start);
        if (wait_end(&contest->wait, WAIT_EVENT)) {
            contest->won_count++;
            wait_wake(&contest->wait);
        }
        pthread_barrier_wait(&contest->stop);
    }
    return NULL;
}

static void of_many_who_end_it_one_does(void **state)
{
    (void)state;
    struct contest contest = {.wait = {.wake = wait_arrive}};
    pthread_t threads[ENDERS];
    pthread_barrier_init(&contest.start, NULL, ENDERS + 1);
    pthread_barrier_init(&contest.stop, NULL, ENDERS + 1);
    for (int i = 0; i < ENDERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, try_to_end, &contest), 0);
    for (int i = 0; i < ROUNDS; i++) {
        wait_begin(&contest.wait);
        pthread_barrier_wait(&contest.start);
        pthread_barrier_wait(&contest.stop);
        assert_int_equal(contest.won_count, i + 1);
        assert_true(wait_is_over(&contest.wait));
        assert_int_equal(wait_take(&contest.wait), WAIT_EVENT);
    }
    for (int i = 0; i < ENDERS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&contest.start);
    pthread_barrier_destroy(&contest.stop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_has_one_end),
        cmocka_unit_test(of_many_who_end_it_one_does),
    };
    return cmocka_run_group_tests_name("wait", tests, NULL, NULL);
}
