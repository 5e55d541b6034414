#include "tests/lib/unit.h"

#include "base/hash.h"
#include "server/http/parking.h"

static struct parking *parking_new(void)
{
    struct parking *parking = malloc(sizeof(*parking));
    assert_non_null(parking);
    parking_init(parking);
    return parking;
}

static void an_empty_parking_has_no_oldest(void **state)
{
    (void)state;
    struct parking *parking = parking_new();
    assert_int_equal(parking->oldest, PARKING_NO_PLACE);
    int place = parking_add(parking, 7, 1);
    assert_int_equal(parking->oldest, place);
    assert_int_equal(parking_remove(parking, place), 7);
    assert_int_equal(parking->oldest, PARKING_NO_PLACE);
    assert_int_equal(parking->count, 0);
    free(parking);
}

static void the_oldest_is_the_first_that_came(void **state)
{
    (void)state;
    struct parking *parking = parking_new();
    int places[4];
    for (int i = 0; i < 4; i++)
        places[i] = parking_add(parking, 100 + i, i);
    parking_remove(parking, places[1]);
    assert_int_equal(parking->places[parking->oldest].descriptor, 100);
    parking_remove(parking, places[0]);
    assert_int_equal(parking->places[parking->oldest].descriptor, 102);
    parking_remove(parking, places[3]);
    assert_int_equal(parking->newest, parking->oldest);
    free(parking);
}

static void all_places_can_be_taken_and_taken_again(void **state)
{
    (void)state;
    struct parking *parking = parking_new();
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < PARKING_PLACES_MAX; i++)
            parking_add(parking, i, i);
        for (int i = 0; i < PARKING_PLACES_MAX; i++)
            assert_int_equal(parking_remove(parking, parking->oldest), i);
    }
    assert_int_equal(parking->count, 0);
    free(parking);
}

/* The order of arrival survives any order of leaving. */
static void arrivals_stay_in_order_whoever_leaves(void **state)
{
    (void)state;
    struct parking *parking = parking_new();
    int next = 0;
    for (uint64_t i = 0; i < 20000; i++) {
        uint64_t random = hash_mix(1, i);
        if (parking->count < 50 && random % 2 == 0) {
            parking_add(parking, next, next);
            next++;
        } else if (parking->count > 0) {
            int place = parking->oldest;
            for (uint64_t steps = random % (uint64_t)parking->count; steps > 0; steps--)
                place = parking->places[place].newer;
            parking_remove(parking, place);
        }
        int seen = 0;
        int64_t last = -1;
        for (int at = parking->oldest; at != PARKING_NO_PLACE; at = parking->places[at].newer) {
            assert_true(parking->places[at].deadline_ns > last);
            last = parking->places[at].deadline_ns;
            seen++;
        }
        assert_int_equal(seen, parking->count);
    }
    free(parking);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_parking_has_no_oldest),
        cmocka_unit_test(the_oldest_is_the_first_that_came),
        cmocka_unit_test(all_places_can_be_taken_and_taken_again),
        cmocka_unit_test(arrivals_stay_in_order_whoever_leaves),
    };
    return cmocka_run_group_tests_name("http/parking", tests, NULL, NULL);
}
