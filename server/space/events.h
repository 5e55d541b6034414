/*
 * What happens in the spaces of a process, told to who listens: server-sent events, rendered once
 * and kept in one ring for all, the oldest of which make room for new ones. A reader is a place in
 * it: one that is slow loses what has gone, and is told how much. Nothing is made for a space
 * unless somebody listens to it, or did within EVENTS_QUIET_SECONDS.
 *
 * Sources do this, on any thread:
 *
 *   if (!events_are_wanted(&space->events))
 *       return;
 *   struct message *event = event_new(&space->events, EVENT_CLOCK, arena);
 *   ... the fields of a ClockEvent behind namespace and time ...
 *   event_add(&space->events, EVENT_CLOCK, event);
 */
#ifndef SERVER_SPACE_EVENTS_H
#define SERVER_SPACE_EVENTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "base/wait.h"
#include "server/json/message.h"
#include "server/space/event_ring.h"

/* At most ten times a second: the time between two batches for a reader, and between two looks at
 * the trainings of a space. */
#define EVENTS_GAP_NS (100 * NS_PER_MS)

struct clock;
struct events;
struct event_feed;

/* A space's part of them. */
struct space_events {
    struct events *events;
    struct text name;        /* of the space */
    struct clock *clock;     /* as is this */
    struct event_feed *feed; /* NULL: nobody has listened yet; the events' mutex guards it */
    bool is_closed;          /* as it does this */
    /* Monotonic: until when they are made. 0: they are not; INT64_MAX: somebody listens. */
    _Atomic int64_t wanted_until_ns;
};

struct events *events_new(void);
/* NULL is allowed. Nobody may read, and no space have a feed. */
void events_free(struct events *events);

void space_events_init(
    struct space_events *of, struct events *events, struct text name, struct clock *clock);
/* Forgets its events. Nobody may read them. */
void space_events_release(struct space_events *of);

/* --- for sources --- */

/* For events_are_wanted, where somebody has listened. */
bool events_are_still_wanted(struct space_events *of, int64_t until_ns);

/* Whether to make an event of the space at all. */
static inline bool events_are_wanted(struct space_events *of)
{
    int64_t until_ns = atomic_load_explicit(&of->wanted_until_ns, memory_order_relaxed);
    return until_ns != 0 && events_are_still_wanted(of, until_ns);
}

/* True while somebody listens. */
static inline bool events_have_readers(struct space_events *of)
{
    return atomic_load_explicit(&of->wanted_until_ns, memory_order_relaxed) == INT64_MAX;
}

/* A message of the kind's type (RequestEvent, ModelEvent, ProgressEvent, ClockEvent, StateEvent; of
 * faults and stubs a ScriptEvent), with the name of the space and its clock's time. */
struct message *event_new(struct space_events *of, enum event_kind kind, struct arena *arena);

/* Tells of it: renders the message, of which nothing is needed afterwards, and wakes readers. One
 * that is longer than EVENT_BYTES_MAX counts as lost. From any thread, but without a lock that a
 * generator or a source may want. */
void event_add(struct space_events *of, enum event_kind kind, const struct message *event);

/*
 * Has a reader look soon at what no event tells of: how far the trainings of the space are. Each
 * event that is added does so, too, but for those of EVENT_PROGRESS.
 */
void events_look_soon(struct space_events *of);

/* The space is gone: its readers get what there is, and then the end. */
void events_close(struct space_events *of);

/* --- for who reads --- */

/* Sets the two fields with which each event begins. */
void event_fill(struct space_events *of, struct message *event);
/* Appends the line that gives an event its id, which stands before the event. */
void event_write_id(struct buf *out, int64_t id);
/* Appends an event as it is sent, but for its id. */
void event_write(struct buf *out, struct text name, const struct message *event);

/* "request", "model", ... */
struct text event_kind_name(enum event_kind kind);

/* A reader. Belongs to one thread at a time, but for the hub's part. */
struct event_reader {
    struct space_events *of;
    unsigned kinds;
    int64_t stagger_ns; /* by how much its second batch may come later than EVENTS_GAP_NS, so that
                           the many that an event has woken do not all go on in step */
    struct event_place place; /* from here on the hub's */
    struct wait *wait;        /* NULL: it does not wait for events */
    struct event_reader *previous, *next;
};

/* What a reader begins with. */
enum event_beginning {
    EVENTS_FROM_NOW, /* all that comes */
    EVENTS_GO_ON,    /* and what came after the event that it names */
    EVENTS_GONE,     /* all that comes; what it names is not kept */
    EVENTS_FULL      /* nothing: there are as many readers as there may be */
};

/*
 * Begins to read: behind the event of `last_id`, or with 0 behind all. Gives the id at which it
 * stands, and the oldest that is kept of the space. Unless it is EVENTS_FULL, event_reader_end is
 * to be called, and the space must stay until then.
 */
enum event_beginning event_reader_begin(struct event_reader *reader, struct space_events *of,
    unsigned kinds, int64_t last_id, int64_t *ret_at_id, int64_t *ret_oldest_id);
void event_reader_end(struct event_reader *reader);

/* Appends what has come, as it is sent, up to `bytes_max` or one event that is larger; before it,
 * if events have gone that were not taken, a LostEvent. False: the space is gone, and there is
 * nothing more. */
bool event_reader_take(struct event_reader *reader, struct buf *out, size_t bytes_max);

/*
 * Whether the reader is to look at what time has brought about in the space, which no event tells
 * of: one at a time, and no more often than each EVENTS_GAP_NS. Whoever gets true calls
 * event_reader_has_looked, with the time until the next look is due though nothing happens before
 * (INT64_MAX: that there is none).
 */
bool event_reader_may_look(struct event_reader *reader, int64_t now_ns);
void event_reader_has_looked(struct event_reader *reader, int64_t due_in_ns);

/* How long the reader may wait for events until it has to look; INT64_MAX: for ever. One of those
 * that wait for the events of a space has to. */
int64_t event_reader_patience(struct event_reader *reader, int64_t now_ns);
/* Has another look, if one waits: this one may be stuck for some time. */
void event_reader_hand_over(struct event_reader *reader);

/* Ends the wait, which has begun, when there is something to take, or to look at. */
void event_reader_wait(struct event_reader *reader, struct wait *wait);
/* Forgets the wait, which is over. There need be none. */
void event_reader_arrive(struct event_reader *reader);

/* --- for who counts --- */

struct events_figures {
    size_t reader_count;
    uint64_t lost_count; /* by readers, since the start */
    size_t kept_bytes;
};
struct events_figures events_measure(struct events *events);

#endif
