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
#include "base/wait.h"
#include "server/json/message.h"

struct clock;
struct events;
struct event_feed;

/* In the order of EVENT_NAMES in events.c. */
enum event_kind {
    EVENT_REQUEST,  /* a RequestEvent of messages.def */
    EVENT_MODEL,    /* ModelEvent */
    EVENT_PROGRESS, /* ProgressEvent */
    EVENT_CLOCK,    /* ClockEvent */
    EVENT_FAULT,    /* ScriptEvent, as is the next */
    EVENT_STUB,
    EVENT_STATE, /* StateEvent */
    EVENT_KIND_COUNT
};

/* A space's part of them. */
struct space_events {
    struct events *events;
    struct text name;        /* of the space */
    struct clock *clock;     /* as is this */
    struct event_feed *feed; /* NULL: nobody has listened yet; under the events' mutex */
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

/* A message of the kind's type, with the name of the space and its clock's time. */
struct message *event_new(struct space_events *of, enum event_kind kind, struct arena *arena);

/* Tells of it: renders the message, of which nothing is needed afterwards, and wakes readers. One
 * that is longer than EVENT_BYTES_MAX counts as lost. From any thread, but without a lock that a
 * generator or a source may want. */
void event_add(struct space_events *of, enum event_kind kind, const struct message *event);

/*
 * Has a reader look soon at what no event tells of: how far the trainings of the space are
 * (state/training_watch.h). Each event that is added does so, too.
 */
void events_look_soon(struct space_events *of);

/* The space is gone: its readers get what there is and then the end. */
void events_close(struct space_events *of);

#endif
