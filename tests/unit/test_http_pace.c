#include "tests/lib/unit.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/timefmt.h"
#include "server/http/pace.h"

enum { WAITERS = 500 };

/* Counts firings; the timers belong to one of these. */
struct waiters {
    pthread_mutex_t mutex;
    pthread_cond_t fired;
    int fired_count;
    int cut_count;
    struct waiter {
        struct wait wait; /* first, so that a wait is its waiter */
        struct pace_timer timer;
        struct waiters *all;
        int fired_count;
    } each[WAITERS];
    int sockets[2];
};

static void waiter_fired(struct wait *wait)
{
    struct waiter *waiter = (struct waiter *)wait;
    struct waiters *all = waiter->all;
    pthread_mutex_lock(&all->mutex);
    waiter->fired_count++;
    wait_arrive(wait);
    all->cut_count += wait_take(wait) == WAIT_CUT;
    all->fired_count++;
    pthread_cond_signal(&all->fired);
    pthread_mutex_unlock(&all->mutex);
}

static int waiters_set_up(void **state)
{
    struct waiters *all = calloc(1, sizeof(*all));
    if (!all || socketpair(AF_UNIX, SOCK_STREAM, 0, all->sockets) != 0)
        return -1;
    pthread_mutex_init(&all->mutex, NULL);
    pthread_cond_init(&all->fired, NULL);
    for (int i = 0; i < WAITERS; i++) {
        all->each[i].all = all;
        all->each[i].wait.wake = waiter_fired;
        all->each[i].timer.wait = &all->each[i].wait;
        all->each[i].timer.descriptor = all->sockets[0];
    }
    *state = all;
    return 0;
}

static int waiters_tear_down(void **state)
{
    struct waiters *all = *state;
    close(all->sockets[0]);
    close(all->sockets[1]);
    pthread_mutex_destroy(&all->mutex);
    pthread_cond_destroy(&all->fired);
    free(all);
    return 0;
}

static void waiters_await(struct waiters *all, int count)
{
    pthread_mutex_lock(&all->mutex);
    while (all->fired_count < count)
        pthread_cond_wait(&all->fired, &all->mutex);
    pthread_mutex_unlock(&all->mutex);
}

static void waiter_arm(struct pace *pace, struct waiter *waiter, int64_t delay_ns)
{
    wait_begin(&waiter->wait);
    pace_arm(pace, &waiter->timer, delay_ns);
}

static void every_timer_fires_once(void **state)
{
    struct waiters *all = *state;
    struct pace *pace = pace_start();
    assert_non_null(pace);
    for (int i = 0; i < WAITERS; i++) {
        int64_t delay_ns = (int64_t)(hash_mix(7, (uint64_t)i) % (uint64_t)(50 * NS_PER_MS));
        waiter_arm(pace, &all->each[i], delay_ns);
    }
    waiters_await(all, WAITERS);
    pace_stop(pace);
    for (int i = 0; i < WAITERS; i++)
        assert_int_equal(all->each[i].fired_count, 1);
    assert_int_equal(all->cut_count, 0);
}

static void a_fired_timer_can_be_armed_again(void **state)
{
    struct waiters *all = *state;
    struct pace *pace = pace_start();
    for (int i = 0; i < 3; i++) {
        waiter_arm(pace, &all->each[0], 0);
        waiters_await(all, i + 1);
    }
    pace_stop(pace);
    assert_int_equal(all->each[0].fired_count, 3);
}

static void cutting_wakes_all_and_those_that_come_later(void **state)
{
    struct waiters *all = *state;
    struct pace *pace = pace_start();
    for (int i = 0; i < WAITERS - 1; i++)
        waiter_arm(pace, &all->each[i], INT64_MAX - i);
    pace_cut_all(pace);
    waiter_arm(pace, &all->each[WAITERS - 1], 3600 * NS_PER_SECOND);
    waiters_await(all, WAITERS);
    pace_stop(pace);
    assert_int_equal(all->cut_count, WAITERS);
}

static void a_timer_that_is_given_up_is_cut_and_no_other(void **state)
{
    struct waiters *all = *state;
    struct pace *pace = pace_start();
    for (int i = 0; i < 3; i++)
        waiter_arm(pace, &all->each[i], 3600 * NS_PER_SECOND);
    pace_give_up(pace, &all->each[1].timer);
    waiters_await(all, 1);
    assert_int_equal(all->each[1].fired_count, 1);
    assert_int_equal(all->cut_count, 1);
    pace_cut_all(pace);
    waiters_await(all, 3);
    pace_stop(pace);
}

static void who_watches_is_cut_first(void **state)
{
    struct waiters *all = *state;
    struct pace *pace = pace_start();
    for (int i = 0; i < WAITERS; i++) {
        all->each[i].timer.kind = i % 2 ? PACE_WATCH : PACE_ANSWER;
        waiter_arm(pace, &all->each[i], 3600 * NS_PER_SECOND);
    }
    pace_cut_watches(pace);
    waiters_await(all, WAITERS / 2);
    for (int i = 0; i < WAITERS; i++)
        assert_int_equal(all->each[i].fired_count, i % 2);
    waiter_arm(pace, &all->each[1], 3600 * NS_PER_SECOND);
    waiters_await(all, WAITERS / 2 + 1);
    pace_cut_all(pace);
    waiters_await(all, WAITERS + 1);
    pace_stop(pace);
    assert_int_equal(all->cut_count, WAITERS + 1);
}

/* Of many timers that are taken out of the middle, the others fire, each once. */
static void a_timer_whose_wait_is_over_is_forgotten(void **state)
{
    struct waiters *all = *state;
    struct pace *pace = pace_start();
    for (int i = 0; i < WAITERS; i++) {
        int64_t delay_ns = (int64_t)(hash_mix(9, (uint64_t)i) % (uint64_t)(50 * NS_PER_MS));
        waiter_arm(pace, &all->each[i], NS_PER_SECOND + delay_ns);
    }
    for (int i = 0; i < WAITERS; i += 3) {
        assert_true(wait_end(&all->each[i].wait, WAIT_EVENT));
        pace_disarm(pace, &all->each[i].timer);
        pace_disarm(pace, &all->each[i].timer);
        wait_wake(&all->each[i].wait);
    }
    waiters_await(all, WAITERS);
    pace_stop(pace);
    for (int i = 0; i < WAITERS; i++)
        assert_int_equal(all->each[i].fired_count, 1);
    assert_int_equal(all->cut_count, 0);
}

/* The pacer comes too late to end the wait, and drops the timer. */
static void the_pacer_leaves_a_wait_alone_that_is_over(void **state)
{
    struct waiters *all = *state;
    struct pace *pace = pace_start();
    waiter_arm(pace, &all->each[0], 20 * NS_PER_MS);
    assert_true(wait_end(&all->each[0].wait, WAIT_EVENT));
    waiter_arm(pace, &all->each[1], 60 * NS_PER_MS);
    waiters_await(all, 1);
    assert_int_equal(all->each[0].fired_count, 0);
    assert_false(all->each[0].timer.is_armed);
    wait_wake(&all->each[0].wait);
    waiters_await(all, 2);
    pace_stop(pace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_timer_fires_once, waiters_set_up, waiters_tear_down),
        cmocka_unit_test_setup_teardown(
            a_fired_timer_can_be_armed_again, waiters_set_up, waiters_tear_down),
        cmocka_unit_test_setup_teardown(
            cutting_wakes_all_and_those_that_come_later, waiters_set_up, waiters_tear_down),
        cmocka_unit_test_setup_teardown(
            a_timer_that_is_given_up_is_cut_and_no_other, waiters_set_up, waiters_tear_down),
        cmocka_unit_test_setup_teardown(
            who_watches_is_cut_first, waiters_set_up, waiters_tear_down),
        cmocka_unit_test_setup_teardown(
            a_timer_whose_wait_is_over_is_forgotten, waiters_set_up, waiters_tear_down),
        cmocka_unit_test_setup_teardown(
            the_pacer_leaves_a_wait_alone_that_is_over, waiters_set_up, waiters_tear_down),
    };
    return cmocka_run_group_tests_name("http/pace", tests, NULL, NULL);
}
