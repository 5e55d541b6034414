#include "server/space/watch.h"

#include <assert.h>

#include "base/hash.h"

void watches_init(struct watches *watches)
{
    *watches = (struct watches){.count = 0};
    pthread_mutex_init(&watches->mutex, NULL);
}

void watches_release(struct watches *watches)
{
    assert(watches->count == 0);
    pthread_mutex_destroy(&watches->mutex);
}

static uint64_t watch_key(struct text name)
{
    return hash_text(0, name);
}

static struct watch_slot *watches_slot(struct watches *watches, uint64_t key)
{
    return &watches->slots[key % WATCH_SLOTS];
}

void watches_see(struct watches *watches, struct watch *watch, struct text name)
{
    watch->key = watch_key(name);
    watch->seen = atomic_load(&watches_slot(watches, watch->key)->change_count);
}

/* The mutex is held. */
static void watches_unlink(struct watches *watches, struct watch *watch)
{
    struct watch_slot *slot = watches_slot(watches, watch->key);
    if (watch->previous)
        watch->previous->next = watch->next;
    else
        slot->first = watch->next;
    if (watch->next)
        watch->next->previous = watch->previous;
    watch->is_listed = false;
    atomic_fetch_sub(&watches->count, 1);
}

/* The mutex is held. */
static void watches_link(struct watches *watches, struct watch *watch)
{
    struct watch_slot *slot = watches_slot(watches, watch->key);
    watch->previous = NULL;
    watch->next = slot->first;
    if (watch->next)
        watch->next->previous = watch;
    slot->first = watch;
    watch->is_listed = true;
}

void watches_add(struct watches *watches, struct watch *watch)
{
    struct watch_slot *slot = watches_slot(watches, watch->key);
    pthread_mutex_lock(&watches->mutex);
    /* First this and then a look at the changes; who makes one does it the other way round. */
    atomic_fetch_add(&watches->count, 1);
    watches_link(watches, watch);
    bool has_changed = atomic_load(&slot->change_count) != watch->seen;
    bool is_ended = has_changed && wait_end(watch->wait, WAIT_EVENT);
    if (is_ended)
        watches_unlink(watches, watch);
    pthread_mutex_unlock(&watches->mutex);
    if (is_ended)
        wait_wake(watch->wait);
}

void watches_remove(struct watches *watches, struct watch *watch)
{
    pthread_mutex_lock(&watches->mutex);
    if (watch->is_listed)
        watches_unlink(watches, watch);
    pthread_mutex_unlock(&watches->mutex);
}

/* Ends the waits for a key, or all of the slot; gives them as a list. The mutex is held. */
static struct watch *watches_end(
    struct watches *watches, struct watch_slot *slot, const uint64_t *key)
{
    struct watch *ended = NULL;
    for (struct watch *next, *watch = slot->first; watch; watch = next) {
        next = watch->next;
        if ((key && watch->key != *key) || !wait_end(watch->wait, WAIT_EVENT))
            continue;
        watches_unlink(watches, watch);
        watch->next = ended;
        ended = watch;
    }
    return ended;
}

static void watches_wake(struct watch *ended)
{
    while (ended) {
        struct watch *watch = ended;
        ended = watch->next; /* its owner may use it again as soon as it is awake */
        wait_wake(watch->wait);
    }
}

/* `key` NULL: all of the slot. */
static void watches_notify_slot(
    struct watches *watches, struct watch_slot *slot, const uint64_t *key)
{
    atomic_fetch_add(&slot->change_count, 1);
    if (atomic_load(&watches->count) == 0)
        return;
    pthread_mutex_lock(&watches->mutex);
    struct watch *ended = watches_end(watches, slot, key);
    pthread_mutex_unlock(&watches->mutex);
    watches_wake(ended);
}

void watches_notify(struct watches *watches, struct text name)
{
    uint64_t key = watch_key(name);
    watches_notify_slot(watches, watches_slot(watches, key), &key);
}

void watches_notify_all(struct watches *watches)
{
    for (int i = 0; i < WATCH_SLOTS; i++)
        watches_notify_slot(watches, &watches->slots[i], NULL);
}
