#include "server/space/events.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "server/contract/limits.h"
#include "server/json/write.h"

/* What a space has while somebody listens, or did. The events' mutex guards it. */
struct event_feed {
    struct event_chain chain;
    size_t reader_count;
    struct event_reader *waiting; /* those that wait for events */
    struct event_reader *looker;  /* who has to look, though nothing happens; NULL: none waits */
    int64_t looked_ns;            /* monotonic: when somebody did last */
    int64_t look_due_ns;          /* when somebody has to */
    bool is_looking;              /* somebody does */
    bool is_look_asked;           /* something has happened since look_due_ns was set */
};

enum {
    /* Readers are put into so many groups, a step of time apart; small numbers of them into one. */
    EVENTS_GROUPS = 10,
    EVENTS_GROUP_MIN = 16
};

struct events {
    pthread_mutex_t mutex; /* guards all below, all feeds, and all that readers wait for */
    struct event_ring ring;
    size_t reader_count;
    uint64_t lost_count;
};

static const struct {
    const char *name;
    enum message_id type;
} event_kinds[] = {
    [EVENT_REQUEST] = {"request", MESSAGE_RequestEvent},
    [EVENT_MODEL] = {"model", MESSAGE_ModelEvent},
    [EVENT_PROGRESS] = {"progress", MESSAGE_ProgressEvent},
    [EVENT_CLOCK] = {"clock", MESSAGE_ClockEvent},
    [EVENT_FAULT] = {"fault", MESSAGE_ScriptEvent},
    [EVENT_STUB] = {"stub", MESSAGE_ScriptEvent},
    [EVENT_STATE] = {"state", MESSAGE_StateEvent},
};

struct text event_kind_name(enum event_kind kind)
{
    return text_of(event_kinds[kind].name);
}

/* Ids begin with the time, so that one which a reader brings of an earlier process is known for
 * what it is. */
struct events *events_new(void)
{
    struct events *events = memory_alloc_zeroed(1, sizeof(*events));
    pthread_mutex_init(&events->mutex, NULL);
    event_ring_init(&events->ring, clock_system_ns() / NS_PER_US);
    return events;
}

void events_free(struct events *events)
{
    if (!events)
        return;
    event_ring_release(&events->ring);
    pthread_mutex_destroy(&events->mutex);
    free(events);
}

void space_events_init(
    struct space_events *of, struct events *events, struct text name, struct clock *clock)
{
    *of = (struct space_events){.events = events, .name = name, .clock = clock};
}

void space_events_release(struct space_events *of)
{
    if (!of->feed)
        return;
    pthread_mutex_lock(&of->events->mutex);
    event_ring_drop(&of->events->ring, &of->feed->chain);
    pthread_mutex_unlock(&of->events->mutex);
    free(of->feed);
}

/* --- with the mutex held --- */

static void event_feed_unlink(struct event_feed *feed, struct event_reader *reader)
{
    if (reader->previous)
        reader->previous->next = reader->next;
    else
        feed->waiting = reader->next;
    if (reader->next)
        reader->next->previous = reader->previous;
    reader->wait = NULL;
}

static void event_feed_link(struct event_feed *feed, struct event_reader *reader, struct wait *wait)
{
    reader->wait = wait;
    reader->previous = NULL;
    reader->next = feed->waiting;
    if (reader->next)
        reader->next->previous = reader;
    feed->waiting = reader;
}

static bool event_reader_is_fit_to_look(const struct event_reader *reader)
{
    return reader->kinds & (1U << EVENT_PROGRESS | 1U << EVENT_MODEL);
}

/* Waits that were ended, whose owners are told when the mutex is free. */
struct event_wakes {
    struct event_reader *first;
};

static void event_feed_wake(
    struct event_feed *feed, struct event_reader *reader, struct event_wakes *wakes)
{
    struct wait *wait = reader->wait;
    event_feed_unlink(feed, reader);
    if (!wait_end(wait, WAIT_EVENT))
        return;
    reader->wait = wait;
    reader->next = wakes->first;
    wakes->first = reader;
}

/* Those of the kinds, and who looks, if it has to look anew. */
static void event_feed_wake_readers(
    struct event_feed *feed, unsigned kinds, bool is_look, struct event_wakes *wakes)
{
    feed->is_look_asked = feed->is_look_asked || is_look;
    for (struct event_reader *next, *reader = feed->waiting; reader; reader = next) {
        next = reader->next;
        if (reader->kinds & kinds || (is_look && reader == feed->looker))
            event_feed_wake(feed, reader, wakes);
    }
}

/* Has another reader look in place of this one, unless yet another does. */
static void event_feed_hand_over(
    struct event_feed *feed, const struct event_reader *reader, struct event_wakes *wakes)
{
    if (feed->looker && feed->looker != reader)
        return;
    feed->looker = NULL;
    for (struct event_reader *other = feed->waiting; other; other = other->next)
        if (event_reader_is_fit_to_look(other)) {
            event_feed_wake(feed, other, wakes);
            return;
        }
}

static int64_t event_feed_plan_look(struct event_feed *feed)
{
    int64_t soon_ns = feed->looked_ns + EVENTS_GAP_NS;
    if (feed->is_look_asked && soon_ns < feed->look_due_ns)
        feed->look_due_ns = soon_ns;
    feed->is_look_asked = false;
    return feed->look_due_ns;
}

static bool space_events_have_expired(struct space_events *of, int64_t now_ns)
{
    return atomic_load_explicit(&of->wanted_until_ns, memory_order_relaxed) < now_ns;
}

static void space_events_want(struct space_events *of, int64_t until_ns)
{
    atomic_store_explicit(&of->wanted_until_ns, until_ns, memory_order_relaxed);
}

/* --- without it --- */

static void event_wakes_send(struct event_wakes *wakes)
{
    for (struct event_reader *next, *reader = wakes->first; reader; reader = next) {
        next = reader->next; /* its owner may use it again as soon as it is awake */
        struct wait *wait = reader->wait;
        reader->wait = NULL;
        wait_wake(wait);
    }
}

bool events_are_still_wanted(struct space_events *of, int64_t until_ns)
{
    int64_t now_ns;
    if (until_ns == INT64_MAX || (now_ns = clock_monotonic_ns()) <= until_ns)
        return true;
    pthread_mutex_lock(&of->events->mutex);
    bool is_wanted = !space_events_have_expired(of, now_ns);
    if (!is_wanted) {
        event_ring_drop(&of->events->ring, &of->feed->chain);
        space_events_want(of, 0);
    }
    pthread_mutex_unlock(&of->events->mutex);
    return is_wanted;
}

void event_fill(struct space_events *of, struct message *event)
{
    message_set_text(event, HelloEvent_namespace, of->name);
    message_set_int(event, HelloEvent_time, clock_now_ns(of->clock));
}

struct message *event_new(struct space_events *of, enum event_kind kind, struct arena *arena)
{
    struct message *event = message_new(arena, event_kinds[kind].type, VERSION_V1BETA);
    event_fill(of, event);
    return event;
}

void event_write_id(struct buf *out, int64_t id)
{
    buf_add_string(out, "id: ");
    buf_add_int64(out, id);
    buf_add_byte(out, '\n');
}

void event_write(struct buf *out, struct text name, const struct message *event)
{
    static const struct json_style style = {.layout = JSON_COMPACT};
    buf_printf(out, "event: %.*s\ndata: ", TEXT_ARGS(name));
    json_write(out, event, &style);
    buf_add_string(out, "\n\n");
}

/* What stands for events that are not to be had. */
static void event_write_lost(struct space_events *of, uint64_t count, struct buf *out)
{
    struct arena arena;
    arena_init(&arena);
    struct message *lost = message_new(&arena, MESSAGE_LostEvent, VERSION_V1BETA);
    event_fill(of, lost);
    message_set_int(lost, LostEvent_count, count < INT32_MAX ? (int64_t)count : INT32_MAX);
    event_write(out, TEXT("lost"), lost);
    arena_release(&arena);
}

void event_add(struct space_events *of, enum event_kind kind, const struct message *event)
{
    struct buf text = BUF_INIT;
    struct event_wakes wakes = {NULL};
    struct events *events = of->events;
    event_write(&text, event_kind_name(kind), event);
    if (text.len > EVENT_BYTES_MAX) {
        buf_clear(&text);
        event_write_lost(of, 1, &text);
    }
    buf_shrink(&text);
    pthread_mutex_lock(&events->mutex);
    if (atomic_load_explicit(&of->wanted_until_ns, memory_order_relaxed) != 0) {
        size_t len;
        char *bytes = buf_detach(&text, &len);
        event_ring_add(&events->ring, &of->feed->chain, kind, bytes, len);
        event_feed_wake_readers(of->feed, 1U << kind, kind != EVENT_PROGRESS, &wakes);
    }
    pthread_mutex_unlock(&events->mutex);
    event_wakes_send(&wakes);
    buf_release(&text);
}

void events_look_soon(struct space_events *of)
{
    struct event_wakes wakes = {NULL};
    if (!events_are_wanted(of))
        return;
    pthread_mutex_lock(&of->events->mutex);
    event_feed_wake_readers(of->feed, 0, true, &wakes);
    pthread_mutex_unlock(&of->events->mutex);
    event_wakes_send(&wakes);
}

void events_close(struct space_events *of)
{
    struct event_wakes wakes = {NULL};
    pthread_mutex_lock(&of->events->mutex);
    of->is_closed = true;
    /* All of them, whatever they want to be told of. */
    while (of->feed && of->feed->waiting)
        event_feed_wake(of->feed, of->feed->waiting, &wakes);
    pthread_mutex_unlock(&of->events->mutex);
    event_wakes_send(&wakes);
}

/* --- readers --- */

/* Begins to make events. */
static void space_events_open(struct space_events *of, int64_t now_ns)
{
    if (!of->feed)
        of->feed = memory_alloc_zeroed(1, sizeof(*of->feed));
    struct event_feed *feed = of->feed;
    if (space_events_have_expired(of, now_ns))
        event_ring_drop(&of->events->ring, &feed->chain);
    if (feed->reader_count == 0) {
        feed->looked_ns = now_ns - EVENTS_GAP_NS;
        feed->look_due_ns = now_ns;
    }
    space_events_want(of, INT64_MAX);
}

static enum event_beginning event_reader_find_place(
    struct event_reader *reader, int64_t last_id, int64_t *ret_at_id)
{
    const struct event_ring *ring = &reader->of->events->ring;
    const struct event_chain *chain = &reader->of->feed->chain;
    *ret_at_id = last_id;
    if (last_id != 0 && event_place_find(ring, chain, last_id, reader->kinds, &reader->place))
        return EVENTS_GO_ON;
    *ret_at_id = ring->last_id;
    event_place_at_end(ring, chain, &reader->place);
    return last_id != 0 ? EVENTS_GONE : EVENTS_FROM_NOW;
}

enum event_beginning event_reader_begin(struct event_reader *reader, struct space_events *of,
    unsigned kinds, int64_t last_id, int64_t *ret_at_id, int64_t *ret_oldest_id)
{
    struct events *events = of->events;
    *reader = (struct event_reader){.of = of, .kinds = kinds};
    enum event_beginning beginning = EVENTS_FULL;
    pthread_mutex_lock(&events->mutex);
    if (events->reader_count < EVENT_READERS_MAX) {
        reader->stagger_ns = (int64_t)(events->reader_count++ / EVENTS_GROUP_MIN % EVENTS_GROUPS) *
                             (EVENTS_GAP_NS / EVENTS_GROUPS);
        space_events_open(of, clock_monotonic_ns());
        of->feed->reader_count++;
        beginning = event_reader_find_place(reader, last_id, ret_at_id);
        int64_t first_id = of->feed->chain.first_id;
        *ret_oldest_id = first_id != 0 ? first_id : events->ring.last_id;
    }
    pthread_mutex_unlock(&events->mutex);
    return beginning;
}

void event_reader_end(struct event_reader *reader)
{
    struct space_events *of = reader->of;
    struct event_feed *feed = of->feed;
    struct event_wakes wakes = {NULL};
    pthread_mutex_lock(&of->events->mutex);
    if (reader->wait)
        event_feed_unlink(feed, reader);
    event_feed_hand_over(feed, reader, &wakes);
    of->events->lost_count += event_place_take_lost(&feed->chain, reader->kinds, &reader->place);
    of->events->reader_count--;
    if (--feed->reader_count == 0)
        space_events_want(of, clock_monotonic_ns() + EVENTS_QUIET_SECONDS * NS_PER_SECOND);
    pthread_mutex_unlock(&of->events->mutex);
    event_wakes_send(&wakes);
}

/* Appends the next event, as it is sent, unless it would be too much. */
static bool event_reader_add_next(
    struct event_reader *reader, struct buf *out, size_t start, size_t bytes_max)
{
    const struct event_ring *ring = &reader->of->events->ring;
    const struct event_chain *chain = &reader->of->feed->chain;
    const struct event_slot *slot = event_place_next(ring, chain, reader->kinds, &reader->place);
    if (!slot || (out->len > start && out->len - start + slot->len > bytes_max))
        return false;
    event_place_pass(ring, chain, &reader->place);
    event_write_id(out, reader->place.at_id);
    buf_add(out, slot->bytes, slot->len);
    return true;
}

static void event_reader_add_lost(struct event_reader *reader, struct buf *out)
{
    const struct event_chain *chain = &reader->of->feed->chain;
    uint64_t lost_count = event_place_take_lost(chain, reader->kinds, &reader->place);
    if (lost_count == 0)
        return;
    reader->of->events->lost_count += lost_count;
    event_write_id(out, event_chain_gone_id(chain, reader->kinds));
    event_write_lost(reader->of, lost_count, out);
}

bool event_reader_take(struct event_reader *reader, struct buf *out, size_t bytes_max)
{
    struct space_events *of = reader->of;
    size_t start = out->len;
    pthread_mutex_lock(&of->events->mutex);
    event_reader_add_lost(reader, out);
    while (event_reader_add_next(reader, out, start, bytes_max))
        continue;
    bool is_over = of->is_closed && out->len == start;
    pthread_mutex_unlock(&of->events->mutex);
    return !is_over;
}

bool event_reader_may_look(struct event_reader *reader, int64_t now_ns)
{
    struct event_feed *feed = reader->of->feed;
    if (!event_reader_is_fit_to_look(reader))
        return false;
    pthread_mutex_lock(&reader->of->events->mutex);
    bool may_look = !feed->is_looking && now_ns >= event_feed_plan_look(feed);
    if (may_look)
        feed->is_looking = true;
    pthread_mutex_unlock(&reader->of->events->mutex);
    return may_look;
}

void event_reader_has_looked(struct event_reader *reader, int64_t due_in_ns)
{
    struct event_feed *feed = reader->of->feed;
    int64_t now_ns = clock_monotonic_ns();
    int64_t gap_ns = due_in_ns < EVENTS_GAP_NS ? EVENTS_GAP_NS : due_in_ns;
    pthread_mutex_lock(&reader->of->events->mutex);
    feed->is_looking = false;
    feed->looked_ns = now_ns;
    feed->look_due_ns = gap_ns < INT64_MAX - now_ns ? now_ns + gap_ns : INT64_MAX;
    pthread_mutex_unlock(&reader->of->events->mutex);
}

int64_t event_reader_patience(struct event_reader *reader, int64_t now_ns)
{
    struct event_feed *feed = reader->of->feed;
    int64_t due_ns = INT64_MAX;
    if (!event_reader_is_fit_to_look(reader))
        return INT64_MAX;
    pthread_mutex_lock(&reader->of->events->mutex);
    if (!feed->looker)
        feed->looker = reader;
    if (feed->looker == reader)
        due_ns = event_feed_plan_look(feed);
    pthread_mutex_unlock(&reader->of->events->mutex);
    if (due_ns == INT64_MAX)
        return INT64_MAX;
    return due_ns > now_ns ? due_ns - now_ns : 0;
}

void event_reader_hand_over(struct event_reader *reader)
{
    struct event_wakes wakes = {NULL};
    pthread_mutex_lock(&reader->of->events->mutex);
    event_feed_hand_over(reader->of->feed, reader, &wakes);
    pthread_mutex_unlock(&reader->of->events->mutex);
    event_wakes_send(&wakes);
}

/* Whether something has come since the reader took what there was. The mutex is held. */
static bool event_reader_has_work(struct event_reader *reader)
{
    struct space_events *of = reader->of;
    const struct event_feed *feed = of->feed;
    return of->is_closed || (feed->is_look_asked && feed->looker == reader) ||
           event_place_next(&of->events->ring, &feed->chain, reader->kinds, &reader->place);
}

void event_reader_wait(struct event_reader *reader, struct wait *wait)
{
    struct event_wakes wakes = {NULL};
    pthread_mutex_lock(&reader->of->events->mutex);
    event_feed_link(reader->of->feed, reader, wait);
    if (event_reader_has_work(reader))
        event_feed_wake(reader->of->feed, reader, &wakes);
    pthread_mutex_unlock(&reader->of->events->mutex);
    event_wakes_send(&wakes);
}

void event_reader_arrive(struct event_reader *reader)
{
    pthread_mutex_lock(&reader->of->events->mutex);
    if (reader->wait)
        event_feed_unlink(reader->of->feed, reader);
    pthread_mutex_unlock(&reader->of->events->mutex);
}

struct events_figures events_measure(struct events *events)
{
    pthread_mutex_lock(&events->mutex);
    struct events_figures figures = {.reader_count = events->reader_count,
        .lost_count = events->lost_count,
        .kept_bytes = events->ring.bytes};
    pthread_mutex_unlock(&events->mutex);
    return figures;
}
