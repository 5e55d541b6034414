#include "server/space/event_ring.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "server/contract/limits.h"

void event_ring_init(struct event_ring *ring, int64_t last_id)
{
    *ring = (struct event_ring){.oldest_id = last_id + 1, .last_id = last_id};
}

void event_ring_release(struct event_ring *ring)
{
    assert(ring->bytes == 0);
    free(ring->slots);
}

static struct event_slot *event_ring_slot(const struct event_ring *ring, int64_t id)
{
    return &ring->slots[id % EVENTS_MAX];
}

static bool event_ring_has(const struct event_ring *ring, int64_t id)
{
    return id >= ring->oldest_id && id <= ring->last_id;
}

static void event_ring_empty_slot(struct event_ring *ring, struct event_slot *slot)
{
    ring->bytes -= slot->len;
    free(slot->bytes);
    *slot = (struct event_slot){.chain = NULL};
}

/* The oldest event of all is the first of its chain. */
static void event_ring_evict(struct event_ring *ring)
{
    int64_t id = ring->oldest_id++;
    struct event_slot *slot = event_ring_slot(ring, id);
    struct event_chain *chain = slot->chain;
    if (!chain)
        return;
    assert(chain->first_id == id);
    chain->first_id = slot->next_id;
    if (chain->first_id == 0)
        chain->last_id = 0;
    chain->gone_id[slot->kind] = id;
    chain->gone_count[slot->kind]++;
    event_ring_empty_slot(ring, slot);
}

/* An empty slot, with the next id. */
static struct event_slot *event_ring_take_slot(struct event_ring *ring, size_t bytes)
{
    if (!ring->slots)
        ring->slots = memory_alloc_zeroed(EVENTS_MAX, sizeof(*ring->slots));
    while (ring->last_id - ring->oldest_id + 1 >= EVENTS_MAX ||
           (ring->bytes + bytes > EVENTS_BYTES_MAX && ring->oldest_id <= ring->last_id))
        event_ring_evict(ring);
    return event_ring_slot(ring, ++ring->last_id);
}

void event_ring_add(struct event_ring *ring, struct event_chain *chain, enum event_kind kind,
    char *bytes, size_t len)
{
    struct event_slot *slot = event_ring_take_slot(ring, len);
    *slot = (struct event_slot){.chain = chain, .bytes = bytes, .len = len, .kind = kind};
    ring->bytes += len;
    if (chain->last_id != 0)
        event_ring_slot(ring, chain->last_id)->next_id = ring->last_id;
    else
        chain->first_id = ring->last_id;
    chain->last_id = ring->last_id;
}

void event_ring_drop(struct event_ring *ring, struct event_chain *chain)
{
    while (chain->first_id != 0) {
        struct event_slot *slot = event_ring_slot(ring, chain->first_id);
        chain->first_id = slot->next_id;
        chain->gone_count[slot->kind]++;
        event_ring_empty_slot(ring, slot);
    }
    chain->last_id = 0;
    event_ring_take_slot(ring, 0);
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
        chain->gone_id[kind] = ring->last_id;
}

void event_place_at_end(
    const struct event_ring *ring, const struct event_chain *chain, struct event_place *ret_place)
{
    event_place_find(ring, chain, ring->last_id, 0, ret_place);
}

bool event_place_find(const struct event_ring *ring, const struct event_chain *chain, int64_t id,
    unsigned kinds, struct event_place *ret_place)
{
    *ret_place = (struct event_place){.at_id = 0};
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
        ret_place->passed_count[kind] = chain->gone_count[kind];
    for (int64_t next = chain->first_id; next != 0 && next <= id;) {
        const struct event_slot *slot = event_ring_slot(ring, next);
        ret_place->at_id = next;
        ret_place->passed_count[slot->kind]++;
        next = slot->next_id;
    }
    return id >= event_chain_gone_id(chain, kinds) && id <= ring->last_id;
}

/* The event behind the place, of whatever kind; 0: none. */
static int64_t event_place_next_id(
    const struct event_ring *ring, const struct event_chain *chain, const struct event_place *place)
{
    return event_ring_has(ring, place->at_id) ? event_ring_slot(ring, place->at_id)->next_id
                                              : chain->first_id;
}

void event_place_pass(
    const struct event_ring *ring, const struct event_chain *chain, struct event_place *place)
{
    place->at_id = event_place_next_id(ring, chain, place);
    place->passed_count[event_ring_slot(ring, place->at_id)->kind]++;
}

const struct event_slot *event_place_next(const struct event_ring *ring,
    const struct event_chain *chain, unsigned kinds, struct event_place *place)
{
    for (;;) {
        int64_t id = event_place_next_id(ring, chain, place);
        if (id == 0)
            return NULL;
        const struct event_slot *slot = event_ring_slot(ring, id);
        if (kinds & 1U << slot->kind)
            return slot;
        event_place_pass(ring, chain, place);
    }
}

uint64_t event_place_take_lost(
    const struct event_chain *chain, unsigned kinds, struct event_place *place)
{
    uint64_t lost_count = 0;
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        uint64_t gone_count = chain->gone_count[kind];
        if (gone_count <= place->passed_count[kind])
            continue;
        if (kinds & 1U << kind)
            lost_count += gone_count - place->passed_count[kind];
        place->passed_count[kind] = gone_count;
    }
    return lost_count;
}

int64_t event_chain_gone_id(const struct event_chain *chain, unsigned kinds)
{
    int64_t gone_id = 0;
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
        if (kinds & 1U << kind && chain->gone_id[kind] > gone_id)
            gone_id = chain->gone_id[kind];
    return gone_id;
}
