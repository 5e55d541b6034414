#include "server/space/watch.h"

#include "tests/lib/unit.h"

static void watch_begin(struct watches *watches, struct watch *watch, const char *name)
{
    watches_see(watches, watch, text_of(name));
    wait_begin(watch->wait);
    watches_add(watches, watch);
}

/* True if its wait was over, which it is not any more. */
static bool watch_took(struct watch *watch)
{
    return wait_is_over(watch->wait) && wait_take(watch->wait) == WAIT_EVENT;
}

static void a_change_ends_the_waits_for_its_name(void **state)
{
    (void)state;
    struct watches watches;
    struct wait waits[3];
    struct watch each[3];
    watches_init(&watches);
    for (int i = 0; i < 3; i++) {
        waits[i] = (struct wait){.wake = wait_arrive};
        each[i] = (struct watch){.wait = &waits[i]};
        watch_begin(&watches, &each[i], i == 1 ? "other" : "one");
    }
    watches_notify(&watches, TEXT("nobody"));
    for (int i = 0; i < 3; i++)
        assert_false(watch_took(&each[i]));
    watches_notify(&watches, TEXT("one"));
    assert_true(watch_took(&each[0]));
    assert_false(watch_took(&each[1]));
    assert_true(watch_took(&each[2]));
    watch_begin(&watches, &each[0], "one");
    watches_notify_all(&watches);
    assert_true(watch_took(&each[0]));
    assert_true(watch_took(&each[1]));
    watches_release(&watches);
}

static void a_change_since_the_look_ends_the_wait_at_once(void **state)
{
    (void)state;
    struct watches watches;
    struct wait wait = {.wake = wait_arrive};
    struct watch watch = {.wait = &wait};
    watches_init(&watches);
    watches_see(&watches, &watch, TEXT("one"));
    watches_notify(&watches, TEXT("one"));
    wait_begin(&wait);
    watches_add(&watches, &watch);
    assert_true(watch_took(&watch));
    watch_begin(&watches, &watch, "one");
    assert_false(wait_is_over(&wait));
    watches_notify(&watches, TEXT("one"));
    assert_true(watch_took(&watch));
    watches_release(&watches);
}

static void who_is_over_for_another_cause_is_left_alone_and_forgotten(void **state)
{
    (void)state;
    struct watches watches;
    struct wait wait = {.wake = wait_arrive};
    struct watch watch = {.wait = &wait};
    watches_init(&watches);
    watches_remove(&watches, &watch);
    watch_begin(&watches, &watch, "one");
    assert_true(wait_end(&wait, WAIT_TIME));
    watches_notify(&watches, TEXT("one"));
    assert_false(wait_is_over(&wait)); /* who ended it has not told yet */
    wait_wake(&wait);
    watches_remove(&watches, &watch);
    watches_remove(&watches, &watch);
    assert_int_equal(wait_take(&wait), WAIT_TIME);
    watches_release(&watches);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_ends_the_waits_for_its_name),
        cmocka_unit_test(a_change_since_the_look_ends_the_wait_at_once),
        cmocka_unit_test(who_is_over_for_another_cause_is_left_alone_and_forgotten),
    };
    return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
