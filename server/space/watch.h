/*
 * Who waits for something in a space to change: a model that is made, changed, ended or deleted,
 * the clock that is set, or an entry of the journal. What is watched is a key, the hash of a name;
 * two names may share one, so that an event means no more than that it is worth another look.
 *
 * One look is: watches_seen, the look, and if there was nothing to be seen yet, watches_add, which
 * tells of what has changed since.
 */
#ifndef SERVER_SPACE_WATCH_H
#define SERVER_SPACE_WATCH_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/text.h"
#include "base/wait.h"

/* What stands for the journal, which has no name; models have. */
#define WATCH_JOURNAL TEXT("")

/* One who waits. The owner's, and the watches' from watches_add to the end of the wait. */
struct watch {
    struct wait *wait;
    uint64_t key;
    uint64_t seen; /* by the last look */
    bool is_listed;
    struct watch *previous, *next;
};

/* Few wait at a time, and each of them for one model; there are as many of these as namespaces. */
enum { WATCH_SLOTS = 4 };

struct watch_slot {
    atomic_uint_least64_t change_count;
    struct watch *first;
};

struct watches {
    pthread_mutex_t mutex; /* guards the lists */
    atomic_int count;      /* of all that are listed: changes go by without locking while it is 0 */
    struct watch_slot slots[WATCH_SLOTS];
};

void watches_init(struct watches *watches);
void watches_release(struct watches *watches);

/* Begins a look at what the name stands for. Before a snapshot is taken. */
void watches_see(struct watches *watches, struct watch *watch, struct text name);

/* Ends the watch's wait, which has begun, at the next change, or now if there was one since the
 * look. */
void watches_add(struct watches *watches, struct watch *watch);

/* Forgets it; it need not be there. */
void watches_remove(struct watches *watches, struct watch *watch);

/* What the name stands for has changed; the change can be seen by now. From any thread. */
void watches_notify(struct watches *watches, struct text name);

/* Everything may have. */
void watches_notify_all(struct watches *watches);

#endif
