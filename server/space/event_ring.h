/*
 * The events that are kept, of all spaces in the order in which they came, and of each space as a
 * chain through them. Two bounds hold: EVENTS_MAX and EVENTS_BYTES_MAX; the oldest goes first.
 * Knows no threads: who uses it has a lock.
 */
#ifndef SERVER_SPACE_EVENT_RING_H
#define SERVER_SPACE_EVENT_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum event_kind {
    EVENT_REQUEST,
    EVENT_MODEL,
    EVENT_PROGRESS,
    EVENT_CLOCK,
    EVENT_FAULT,
    EVENT_STUB,
    EVENT_STATE,
    EVENT_KIND_COUNT
};

/* A set of kinds: bit (1 << kind). */
#define EVENT_KINDS_ALL ((1U << EVENT_KIND_COUNT) - 1)

/* The events of one space. */
struct event_chain {
    int64_t first_id, last_id;             /* of those that are kept; 0: none is */
    int64_t gone_id[EVENT_KIND_COUNT];     /* the newest of each kind that is not kept */
    uint64_t gone_count[EVENT_KIND_COUNT]; /* how many of each were kept, and have gone */
};

struct event_slot {
    struct event_chain *chain; /* NULL: there is no event of this id any more */
    char *bytes;
    size_t len;
    enum event_kind kind;
    int64_t next_id; /* of the chain; 0: it is the last */
};

struct event_ring {
    struct event_slot *slots; /* by id modulo EVENTS_MAX; NULL until the first */
    int64_t oldest_id;        /* slots from here to last_id are used */
    int64_t last_id;
    size_t bytes;
};

/* Ids begin behind `last_id`. */
void event_ring_init(struct event_ring *ring, int64_t last_id);
/* All chains must have been dropped. */
void event_ring_release(struct event_ring *ring);

/* Adds an event with the next id. Takes the bytes, which free() frees. */
void event_ring_add(struct event_ring *ring, struct event_chain *chain, enum event_kind kind,
    char *bytes, size_t len);

/* Says that something of the space has happened that is not kept, under an id of its own, and
 * forgets what is. */
void event_ring_drop(struct event_ring *ring, struct event_chain *chain);

/* The place of a reader in a chain. */
struct event_place {
    int64_t at_id; /* the event that it has passed; 0: those that are kept are all behind it */
    uint64_t passed_count[EVENT_KIND_COUNT]; /* as gone_count */
};

/* Behind all events of the chain. */
void event_place_at_end(
    const struct event_ring *ring, const struct event_chain *chain, struct event_place *ret_place);

/* Behind the event of this id, of whatever chain. False if one of the kinds that came later is not
 * kept, or the id is none that was given. */
bool event_place_find(const struct event_ring *ring, const struct event_chain *chain, int64_t id,
    unsigned kinds, struct event_place *ret_place);

/* The next event of one of the kinds; NULL: there is none. It stays the next until it is passed. */
const struct event_slot *event_place_next(const struct event_ring *ring,
    const struct event_chain *chain, unsigned kinds, struct event_place *place);
void event_place_pass(
    const struct event_ring *ring, const struct event_chain *chain, struct event_place *place);

/* How many of the kinds have gone before the place came to them; they count as passed. */
uint64_t event_place_take_lost(
    const struct event_chain *chain, unsigned kinds, struct event_place *place);

/* The newest of the kinds that is not kept. */
int64_t event_chain_gone_id(const struct event_chain *chain, unsigned kinds);

#endif
