/*
 * The snapshots of a space: what it was at a moment, to be gone back to as often as wanted. Here
 * are its parts; its rows are in the store, under a number of their own. They end with the space.
 */
#ifndef SERVER_SPACE_SNAPSHOTS_H
#define SERVER_SPACE_SNAPSHOTS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

struct snapshot;
struct space_parts;
struct store;

/* How many there are in a process. */
struct snapshot_count {
    atomic_size_t now;
};

struct snapshots {
    struct snapshot_count *all; /* outlives these */
    pthread_mutex_t mutex;      /* guards all below */
    struct snapshot *first;     /* the oldest */
    uint64_t last_made_id;
};

void snapshots_init(struct snapshots *snapshots, struct snapshot_count *all);
/* Frees all of them. */
void snapshots_release(struct snapshots *snapshots);

/* Has the store forget their numbers, of whose rows it has none any more: they are about to be
 * released. */
void snapshots_forget(const struct snapshots *snapshots, struct store *store);

/* What is to be known of one. */
struct snapshot_view {
    struct text id;
    int64_t number;    /* of its rows in the store */
    int64_t create_ns; /* the emulated time */
    int64_t model_count, job_count;
};

/* How many there are. From any thread, as the next. */
size_t snapshots_count(struct snapshots *snapshots);

/* All of them, the oldest first; the texts are in the arena. */
size_t snapshots_list(
    struct snapshots *snapshots, struct arena *arena, struct snapshot_view **ret_views);

/*
 * They are changed by one thread at a time, the store's writer, so that what it finds stays until
 * it changes it. It need not lock to look.
 */

/* How many there are in the process. */
static inline size_t snapshots_count_all(const struct snapshots *snapshots)
{
    return atomic_load(&snapshots->all->now);
}

/* The id of the next one that is given none; in the arena. */
struct text snapshots_make_id(struct snapshots *snapshots, struct arena *arena);

/* The parts and, if that is not NULL, the rest of a snapshot; NULL: there is none of this id. */
const struct space_parts *snapshots_find(
    const struct snapshots *snapshots, struct text id, struct snapshot_view *ret_view);

/* Adds one, whose id is copied; the parts are taken. */
void snapshots_add(
    struct snapshots *snapshots, const struct snapshot_view *view, const struct space_parts *parts);

/* Frees one by id, or all if the id is empty. */
void snapshots_remove(struct snapshots *snapshots, struct text id);

#endif
