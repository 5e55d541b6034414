#include "tests/lib/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "server/contract/limits.h"
#include "server/space/event_ring.h"

static void add_bytes(
    struct event_ring *ring, struct event_chain *chain, enum event_kind kind, size_t len)
{
    char *bytes = memory_alloc(len);
    memset(bytes, 'e', len);
    event_ring_add(ring, chain, kind, bytes, len);
}

static void add_some(
    struct event_ring *ring, struct event_chain *chain, enum event_kind kind, int count)
{
    for (int i = 0; i < count; i++)
        add_bytes(ring, chain, kind, 10);
}

/* How many of the kinds a reader gets from its place on. */
static int count_from(
    struct event_ring *ring, struct event_chain *chain, unsigned kinds, struct event_place *place)
{
    int count = 0;
    while (event_place_next(ring, chain, kinds, place)) {
        event_place_pass(ring, chain, place);
        count++;
    }
    return count;
}

static void each_chain_has_its_own_events_in_order(void **state)
{
    (void)state;
    struct event_ring ring;
    struct event_chain chains[2] = {{0}, {0}};
    struct event_place places[2];
    event_ring_init(&ring, 100);
    for (int i = 0; i < 2; i++)
        event_place_at_end(&ring, &chains[i], &places[i]);
    for (int i = 0; i < 9; i++)
        add_some(&ring, &chains[i % 3 == 0], EVENT_CLOCK, 1);
    assert_int_equal(ring.last_id, 109);
    assert_non_null(event_place_next(&ring, &chains[1], EVENT_KINDS_ALL, &places[1]));
    event_place_pass(&ring, &chains[1], &places[1]);
    assert_int_equal(places[1].at_id, 101);
    assert_int_equal(count_from(&ring, &chains[1], EVENT_KINDS_ALL, &places[1]), 2);
    assert_int_equal(places[1].at_id, 107);
    assert_int_equal(count_from(&ring, &chains[0], EVENT_KINDS_ALL, &places[0]), 6);
    add_some(&ring, &chains[0], EVENT_CLOCK, 1);
    assert_int_equal(count_from(&ring, &chains[0], EVENT_KINDS_ALL, &places[0]), 1);
    for (int i = 0; i < 2; i++)
        event_ring_drop(&ring, &chains[i]);
    event_ring_release(&ring);
}

static void the_oldest_go_when_there_are_too_many_and_are_counted(void **state)
{
    (void)state;
    struct event_ring ring;
    struct event_chain chain = {0};
    struct event_place place, late, other;
    const unsigned clocks = 1U << EVENT_CLOCK, stubs = 1U << EVENT_STUB;
    event_ring_init(&ring, 0);
    event_place_at_end(&ring, &chain, &place);
    other = place;
    add_some(&ring, &chain, EVENT_CLOCK, 100);
    assert_int_equal(count_from(&ring, &chain, clocks, &place), 100);
    late = place;
    add_some(&ring, &chain, EVENT_CLOCK, 7);
    add_some(&ring, &chain, EVENT_STUB, EVENTS_MAX - 2);
    assert_int_equal(ring.last_id - ring.oldest_id + 1, EVENTS_MAX);
    assert_int_equal(event_place_take_lost(&chain, clocks, &late), 5);
    assert_int_equal(event_place_take_lost(&chain, clocks, &late), 0);
    assert_int_equal(count_from(&ring, &chain, clocks, &late), 2);
    /* Of those that a reader does not want, none is lost. */
    assert_int_equal(event_place_take_lost(&chain, stubs, &other), 0);
    assert_int_equal(count_from(&ring, &chain, stubs, &other), EVENTS_MAX - 2);
    assert_int_equal(event_chain_gone_id(&chain, clocks), 105);
    assert_int_equal(event_chain_gone_id(&chain, stubs), 0);
    event_ring_drop(&ring, &chain);
    event_ring_release(&ring);
}

static void their_bytes_are_bounded(void **state)
{
    (void)state;
    struct event_ring ring;
    struct event_chain chain = {0};
    event_ring_init(&ring, 0);
    for (int i = 0; i < 100; i++) {
        add_bytes(&ring, &chain, EVENT_MODEL, EVENT_BYTES_MAX);
        assert_true(ring.bytes <= EVENTS_BYTES_MAX);
    }
    assert_int_equal(ring.bytes, EVENTS_BYTES_MAX);
    add_bytes(&ring, &chain, EVENT_MODEL, 1);
    assert_int_equal(ring.bytes, EVENTS_BYTES_MAX - EVENT_BYTES_MAX + 1);
    event_ring_drop(&ring, &chain);
    assert_int_equal(ring.bytes, 0);
    event_ring_release(&ring);
}

static void a_reader_goes_on_behind_an_id_as_long_as_all_that_followed_is_kept(void **state)
{
    (void)state;
    struct event_ring ring;
    struct event_chain chain = {0}, other = {0};
    struct event_place place;
    event_ring_init(&ring, 1000);
    event_ring_drop(&ring, &chain); /* nothing was kept until now, as its id says */
    assert_false(event_place_find(&ring, &chain, 1000, EVENT_KINDS_ALL, &place));
    assert_true(event_place_find(&ring, &chain, 1001, EVENT_KINDS_ALL, &place));
    for (int i = 0; i < 5; i++) {
        add_some(&ring, &chain, EVENT_MODEL, 1);
        add_some(&ring, &other, EVENT_MODEL, 1);
    }
    for (int64_t id = 1001; id <= ring.last_id; id++) {
        assert_true(event_place_find(&ring, &chain, id, EVENT_KINDS_ALL, &place));
        assert_int_equal(
            count_from(&ring, &chain, EVENT_KINDS_ALL, &place), (ring.last_id - id) / 2);
        assert_int_equal(event_place_take_lost(&chain, EVENT_KINDS_ALL, &place), 0);
    }
    assert_false(event_place_find(&ring, &chain, ring.last_id + 1, EVENT_KINDS_ALL, &place));
    assert_false(event_place_find(&ring, &chain, 999, EVENT_KINDS_ALL, &place));
    event_ring_drop(&ring, &chain);
    event_ring_drop(&ring, &other);
    event_ring_release(&ring);
}

/* Against a list of all events, kept or not. */
static void what_a_reader_gets_and_what_it_lost_are_all_there_was(void **state)
{
    (void)state;
    struct event_ring ring;
    struct event_chain chains[3] = {{0}, {0}, {0}};
    struct event_place places[3];
    uint64_t told_count[3] = {0}, added_count[3] = {0}, random = 1;
    const unsigned kinds = 1U << EVENT_MODEL | 1U << EVENT_STATE;
    event_ring_init(&ring, 5);
    for (int i = 0; i < 3; i++)
        event_place_at_end(&ring, &chains[i], &places[i]);
    for (int round = 0; round < 200; round++) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        int which = (int)(random >> 33) % 3, count = (int)(random >> 40) % 1000;
        enum event_kind kind = (enum event_kind)((random >> 50) % EVENT_KIND_COUNT);
        add_some(&ring, &chains[which], kind, count);
        if (kinds & 1U << kind)
            added_count[which] += (uint64_t)count;
        which = (int)(random >> 36) % 3;
        told_count[which] += event_place_take_lost(&chains[which], kinds, &places[which]);
        told_count[which] += (uint64_t)count_from(&ring, &chains[which], kinds, &places[which]);
        assert_int_equal(told_count[which], added_count[which]);
    }
    for (int i = 0; i < 3; i++)
        event_ring_drop(&ring, &chains[i]);
    event_ring_release(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_chain_has_its_own_events_in_order),
        cmocka_unit_test(the_oldest_go_when_there_are_too_many_and_are_counted),
        cmocka_unit_test(their_bytes_are_bounded),
        cmocka_unit_test(a_reader_goes_on_behind_an_id_as_long_as_all_that_followed_is_kept),
        cmocka_unit_test(what_a_reader_gets_and_what_it_lost_are_all_there_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
