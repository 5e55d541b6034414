#include "tests/lib/unit.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "server/contract/limits.h"
#include "server/space/events.h"

/* A hub, and a space's part of it. */
struct stage {
    struct events *events;
    struct clock clock;
    struct space_events of;
};

static struct stage *stage_open(void)
{
    struct stage *stage = calloc(1, sizeof(*stage));
    const struct clock_setting setting = {.mode = CLOCK_MODE_FROZEN, .has_start = true};
    stage->events = events_new();
    clock_init(&stage->clock, &setting);
    space_events_init(&stage->of, stage->events, TEXT("t1"), &stage->clock);
    return stage;
}

static void stage_close(struct stage *stage)
{
    space_events_release(&stage->of);
    events_free(stage->events);
    clock_release(&stage->clock);
    free(stage);
}

static enum event_beginning begin(
    struct stage *stage, struct event_reader *reader, unsigned kinds, int64_t last_id)
{
    int64_t at_id, oldest_id;
    return event_reader_begin(reader, &stage->of, kinds, last_id, &at_id, &oldest_id);
}

static void tell(struct stage *stage, const char *change)
{
    struct arena arena;
    if (!events_are_wanted(&stage->of))
        return;
    arena_init(&arena);
    struct message *event = event_new(&stage->of, EVENT_STATE, &arena);
    message_set_text(event, StateEvent_change, text_of(change));
    event_add(&stage->of, EVENT_STATE, event);
    arena_release(&arena);
}

/* What a reader gets, without the lines of ids. */
static struct text taken(struct event_reader *reader, struct arena *arena, bool *ret_goes_on)
{
    struct buf out = BUF_INIT, shown = BUF_INIT;
    *ret_goes_on = event_reader_take(reader, &out, 4 * 1024 * 1024);
    struct text rest = buf_text(&out);
    while (rest.len > 0) {
        struct text line = text_split(&rest, '\n');
        if (text_starts_with(line, TEXT("id: ")))
            continue;
        buf_add_text(&shown, line);
        buf_add_byte(&shown, '|');
    }
    struct text all = arena_text(arena, buf_text(&shown));
    buf_release(&shown);
    buf_release(&out);
    return all;
}

#define STATE_EVENT(change)                                                                        \
    "event: state|data: "                                                                          \
    "{\"namespace\":\"t1\",\"time\":\"1970-01-01T00:00:00Z\",\"change\":\"" change "\"}||"

static void events_are_made_while_somebody_listens(void **state)
{
    struct stage *stage = stage_open();
    struct event_reader reader;
    bool goes_on;
    tell(stage, "reset");
    assert_false(events_are_wanted(&stage->of));
    assert_false(events_have_readers(&stage->of));
    assert_int_equal(begin(stage, &reader, EVENT_KINDS_ALL, 0), EVENTS_FROM_NOW);
    assert_true(events_are_wanted(&stage->of));
    assert_true(events_have_readers(&stage->of));
    tell(stage, "imported");
    tell(stage, "restored");
    assert_text(taken(&reader, *state, &goes_on), STATE_EVENT("imported") STATE_EVENT("restored"));
    assert_true(goes_on);
    assert_text(taken(&reader, *state, &goes_on), "");
    event_reader_end(&reader);
    assert_false(events_have_readers(&stage->of));
    assert_true(events_are_wanted(&stage->of)); /* it may come back */
    stage_close(stage);
}

static void a_reader_that_comes_back_goes_on(void **state)
{
    struct stage *stage = stage_open();
    struct event_reader reader;
    bool goes_on;
    int64_t at_id, oldest_id;
    event_reader_begin(&reader, &stage->of, EVENT_KINDS_ALL, 0, &at_id, &oldest_id);
    event_reader_end(&reader);
    tell(stage, "reset");
    assert_int_equal(begin(stage, &reader, EVENT_KINDS_ALL, at_id), EVENTS_GO_ON);
    assert_text(taken(&reader, *state, &goes_on), STATE_EVENT("reset"));
    event_reader_end(&reader);
    assert_int_equal(begin(stage, &reader, EVENT_KINDS_ALL, at_id - 1), EVENTS_GONE);
    assert_text(taken(&reader, *state, &goes_on), "");
    event_reader_end(&reader);
    assert_int_equal(begin(stage, &reader, EVENT_KINDS_ALL, INT64_MAX), EVENTS_GONE);
    event_reader_end(&reader);
    /* Not made any more: what happens from now on is not kept, and nobody can go on. */
    event_reader_begin(&reader, &stage->of, EVENT_KINDS_ALL, 0, &at_id, &oldest_id);
    event_reader_end(&reader);
    stage->of.wanted_until_ns = 1;
    assert_false(events_are_wanted(&stage->of));
    assert_int_equal(events_measure(stage->events).kept_bytes, 0);
    assert_int_equal(begin(stage, &reader, EVENT_KINDS_ALL, at_id), EVENTS_GONE);
    event_reader_end(&reader);
    stage_close(stage);
}

static void a_slow_reader_loses_events_and_is_told_how_many(void **state)
{
    struct stage *stage = stage_open();
    struct event_reader reader;
    bool goes_on;
    begin(stage, &reader, EVENT_KINDS_ALL, 0);
    for (int i = 0; i < EVENTS_MAX + 3; i++)
        tell(stage, "reset");
    struct text text = taken(&reader, *state, &goes_on);
    assert_true(text_starts_with(
        text, TEXT("event: lost|data: {\"namespace\":\"t1\",\"time\":\"1970-01-01T00:00:00Z\","
                   "\"count\":3}||" STATE_EVENT("reset"))));
    assert_int_equal(events_measure(stage->events).lost_count, 3);
    assert_int_equal(events_measure(stage->events).reader_count, 1);
    event_reader_end(&reader);
    stage_close(stage);
}

static void what_is_too_long_is_lost(void **state)
{
    struct stage *stage = stage_open();
    struct event_reader reader;
    bool goes_on;
    char *change = malloc(EVENT_BYTES_MAX + 1);
    memset(change, 'x', EVENT_BYTES_MAX);
    change[EVENT_BYTES_MAX] = '\0';
    begin(stage, &reader, EVENT_KINDS_ALL, 0);
    tell(stage, change);
    assert_text(taken(&reader, *state, &goes_on),
        "event: lost|data: {\"namespace\":\"t1\",\"time\":\"1970-01-01T00:00:00Z\",\"count\":1}||");
    event_reader_end(&reader);
    free(change);
    stage_close(stage);
}

static bool waits_on(struct event_reader *reader, struct wait *wait)
{
    event_reader_arrive(reader);
    if (!wait_is_over(wait))
        return true;
    wait_take(wait);
    return false;
}

static void begin_wait(struct event_reader *reader, struct wait *wait)
{
    wait_begin(wait);
    event_reader_wait(reader, wait);
}

static void an_event_wakes_who_wants_it(void **state)
{
    struct stage *stage = stage_open();
    struct event_reader readers[2];
    struct wait waits[2] = {{.wake = wait_arrive}, {.wake = wait_arrive}};
    bool goes_on;
    begin(stage, &readers[0], EVENT_KINDS_ALL, 0);
    begin(stage, &readers[1], 1U << EVENT_REQUEST, 0);
    for (int i = 0; i < 2; i++)
        begin_wait(&readers[i], &waits[i]);
    tell(stage, "reset");
    assert_false(waits_on(&readers[0], &waits[0]));
    assert_true(waits_on(&readers[1], &waits[1]));
    /* It is there already. */
    begin_wait(&readers[0], &waits[0]);
    assert_false(waits_on(&readers[0], &waits[0]));
    taken(&readers[0], *state, &goes_on);
    begin_wait(&readers[0], &waits[0]);
    assert_true(waits_on(&readers[0], &waits[0]));
    for (int i = 0; i < 2; i++)
        event_reader_end(&readers[i]);
    stage_close(stage);
}

static void a_space_that_is_gone_ends_its_readers_behind_the_last_event(void **state)
{
    struct stage *stage = stage_open();
    struct event_reader reader;
    struct wait wait = {.wake = wait_arrive};
    bool goes_on;
    begin(stage, &reader, EVENT_KINDS_ALL, 0);
    begin_wait(&reader, &wait);
    tell(stage, "deleted");
    events_close(&stage->of);
    assert_false(waits_on(&reader, &wait));
    assert_text(taken(&reader, *state, &goes_on), STATE_EVENT("deleted"));
    assert_true(goes_on);
    begin_wait(&reader, &wait);
    assert_false(waits_on(&reader, &wait));
    assert_text(taken(&reader, *state, &goes_on), "");
    assert_false(goes_on);
    event_reader_end(&reader);
    stage_close(stage);
}

static void it_ends_also_those_who_read_no_kind(void **state)
{
    struct stage *stage = stage_open();
    struct event_reader reader;
    struct wait wait = {.wake = wait_arrive};
    bool goes_on;
    begin(stage, &reader, 0, 0);
    begin_wait(&reader, &wait);
    tell(stage, "deleted");
    assert_false(wait_is_over(&wait));
    events_close(&stage->of);
    assert_false(waits_on(&reader, &wait));
    assert_text(taken(&reader, *state, &goes_on), "");
    assert_false(goes_on);
    event_reader_end(&reader);
    stage_close(stage);
}

static void one_reader_looks_for_all_and_another_if_it_goes(void **state)
{
    struct stage *stage = stage_open();
    struct event_reader readers[3];
    struct wait waits[3] = {{.wake = wait_arrive}, {.wake = wait_arrive}, {.wake = wait_arrive}};
    bool goes_on;
    for (int i = 0; i < 3; i++)
        begin(stage, &readers[i], i == 0 ? 1U << EVENT_REQUEST : EVENT_KINDS_ALL, 0);
    int64_t now_ns = clock_monotonic_ns();
    assert_false(event_reader_may_look(&readers[0], now_ns)); /* it wants none of it */
    assert_true(event_reader_may_look(&readers[1], now_ns));
    assert_false(event_reader_may_look(&readers[2], now_ns)); /* somebody does */
    event_reader_has_looked(&readers[1], 5 * NS_PER_SECOND);
    now_ns = clock_monotonic_ns();
    assert_false(event_reader_may_look(&readers[1], now_ns));
    assert_true(event_reader_may_look(&readers[1], now_ns + 5 * NS_PER_SECOND));
    event_reader_has_looked(&readers[1], 5 * NS_PER_SECOND);
    now_ns = clock_monotonic_ns();
    assert_true(event_reader_patience(&readers[0], now_ns) == INT64_MAX);
    assert_in_range(event_reader_patience(&readers[1], now_ns), NS_PER_SECOND, 5 * NS_PER_SECOND);
    assert_true(event_reader_patience(&readers[2], now_ns) == INT64_MAX);
    for (int i = 0; i < 3; i++)
        begin_wait(&readers[i], &waits[i]);

    /* Something has happened: it looks soon. */
    events_look_soon(&stage->of);
    assert_false(waits_on(&readers[1], &waits[1]));
    assert_true(event_reader_patience(&readers[1], now_ns) <= EVENTS_GAP_NS);
    begin_wait(&readers[1], &waits[1]);
    assert_true(waits_on(&readers[1], &waits[1]));

    /* It has something to send, or goes: another looks. */
    event_reader_hand_over(&readers[1]);
    assert_false(waits_on(&readers[2], &waits[2]));
    assert_true(event_reader_patience(&readers[2], now_ns) <= EVENTS_GAP_NS);
    assert_true(event_reader_patience(&readers[1], now_ns) == INT64_MAX);
    event_reader_end(&readers[2]);
    assert_true(event_reader_patience(&readers[1], now_ns) <= EVENTS_GAP_NS);
    assert_true(waits_on(&readers[0], &waits[0]));
    assert_text(taken(&readers[0], *state, &goes_on), "");
    for (int i = 0; i < 2; i++)
        event_reader_end(&readers[i]);
    stage_close(stage);
}

static void there_are_only_so_many_readers(void **state)
{
    (void)state;
    struct stage *stage = stage_open();
    struct event_reader *readers = calloc(EVENT_READERS_MAX + 1, sizeof(*readers));
    for (int i = 0; i < EVENT_READERS_MAX; i++)
        assert_int_equal(begin(stage, &readers[i], EVENT_KINDS_ALL, 0), EVENTS_FROM_NOW);
    assert_int_equal(begin(stage, &readers[EVENT_READERS_MAX], EVENT_KINDS_ALL, 0), EVENTS_FULL);
    for (int i = 0; i < EVENT_READERS_MAX; i++)
        event_reader_end(&readers[i]);
    free(readers);
    stage_close(stage);
}

/* A reader on a thread of its own that waits whenever there is nothing to take. */
struct reading {
    struct wait wait;
    sem_t awake;
    struct stage *stage;
    sem_t *reading; /* posted when it has begun */
    pthread_t thread;
    uint64_t byte_count;
};

static void reading_wake(struct wait *wait)
{
    struct reading *reading = (struct reading *)(void *)wait;
    wait_arrive(wait);
    sem_post(&reading->awake);
}

static void *read_until_the_end(void *context)
{
    struct reading *reading = context;
    struct event_reader reader;
    struct buf out = BUF_INIT;
    begin(reading->stage, &reader, EVENT_KINDS_ALL, 0);
    sem_post(reading->reading);
    while (event_reader_take(&reader, &out, 4096)) {
        if (event_reader_may_look(&reader, clock_monotonic_ns()))
            event_reader_has_looked(&reader, 0);
        reading->byte_count += out.len;
        if (out.len == 0) {
            event_reader_patience(&reader, clock_monotonic_ns());
            begin_wait(&reader, &reading->wait);
            sem_wait(&reading->awake);
            wait_take(&reading->wait);
            event_reader_arrive(&reader);
        }
        buf_clear(&out);
    }
    event_reader_end(&reader);
    buf_release(&out);
    return NULL;
}

static void readers_and_sources_do_not_miss_each_other(void **state)
{
    (void)state;
    enum { READERS = 3, EVENTS = 2000 };
    struct stage *stage = stage_open();
    struct reading readings[READERS];
    sem_t reading;
    sem_init(&reading, 0, 0);
    for (int i = 0; i < READERS; i++) {
        readings[i] =
            (struct reading){.wait = {.wake = reading_wake}, .stage = stage, .reading = &reading};
        sem_init(&readings[i].awake, 0, 0);
        pthread_create(&readings[i].thread, NULL, read_until_the_end, &readings[i]);
    }
    for (int i = 0; i < READERS; i++)
        sem_wait(&reading);
    for (int i = 0; i < EVENTS; i++)
        tell(stage, "reset");
    tell(stage, "deleted");
    events_close(&stage->of);
    for (int i = 0; i < READERS; i++)
        pthread_join(readings[i].thread, NULL);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(readings[i].byte_count, readings[0].byte_count);
    assert_int_equal(events_measure(stage->events).lost_count, 0);
    stage_close(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(events_are_made_while_somebody_listens),
        unit_test_with_arena(a_reader_that_comes_back_goes_on),
        unit_test_with_arena(a_slow_reader_loses_events_and_is_told_how_many),
        unit_test_with_arena(what_is_too_long_is_lost),
        unit_test_with_arena(an_event_wakes_who_wants_it),
        unit_test_with_arena(a_space_that_is_gone_ends_its_readers_behind_the_last_event),
        unit_test_with_arena(it_ends_also_those_who_read_no_kind),
        unit_test_with_arena(one_reader_looks_for_all_and_another_if_it_goes),
        cmocka_unit_test(there_are_only_so_many_readers),
        cmocka_unit_test(readers_and_sources_do_not_miss_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
