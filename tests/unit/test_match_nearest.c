#include "server/space/match_nearest.h"

#include "tests/lib/unit.h"

static void the_nearest_are_kept_in_order(void **state)
{
    (void)state;
    /* From the farthest to the nearest; `what` is the row. */
    static const struct match_near rows[] = {
        {NULL, {.differ_count = 3, .likeness = 90}, false},
        {NULL, {.differ_count = 2, .missing_count = 1}, false},
        {NULL, {.differ_count = 2}, false},
        {NULL, {.differ_count = 1, .missing_count = 1, .likeness = 90}, true},
        {NULL, {.differ_count = 1, .likeness = 4}, false},
        {NULL, {.differ_count = 1, .likeness = 5}, false},
        {NULL, {.differ_count = 0}, true},
        {NULL, {.differ_count = 0}, false},
    };
    enum { ROWS = ARRAY_COUNT(rows) };
    /* Whatever the order in which they come. */
    for (size_t step = 1; step < ROWS; step += 2) {
        struct match_nearest nearest = {.count = 0};
        for (size_t i = 0; i < ROWS; i++) {
            struct match_near near = rows[i * step % ROWS];
            near.what = &rows[i * step % ROWS];
            match_nearest_add(&nearest, &near);
        }
        assert_int_equal(nearest.count, MATCH_NEAREST_MAX);
        for (size_t i = 0; i < MATCH_NEAREST_MAX; i++)
            assert_ptr_equal(nearest.items[i].what, &rows[ROWS - 1 - i]);
    }
}

static void of_those_as_near_the_first_added_is_first(void **state)
{
    (void)state;
    struct match_nearest nearest = {.count = 0};
    for (size_t i = 0; i < 5; i++)
        match_nearest_add(&nearest, &(struct match_near){.what = &"abcde"[i]});
    for (size_t i = 0; i < MATCH_NEAREST_MAX; i++)
        assert_int_equal(*(const char *)nearest.items[i].what, "abc"[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_are_kept_in_order),
        cmocka_unit_test(of_those_as_near_the_first_added_is_first),
    };
    return cmocka_run_group_tests_name("match nearest", tests, NULL, NULL);
}
