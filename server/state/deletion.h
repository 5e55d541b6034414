/*
 * How a space ends, with all its rows and the snapshots of it: by a batch of the store, so that
 * nobody sees a part of it, and with it nothing that is still under way is written any more.
 */
#ifndef SERVER_STATE_DELETION_H
#define SERVER_STATE_DELETION_H

#include "base/arena.h"
#include "server/space/space.h"
#include "store/store.h"

struct deletion {
    struct store_batch batch; /* to be submitted; the first member */
    struct arena *arena;      /* the deletion's alone from when it is submitted until it is done */
    struct space *space;
    bool is_marked; /* by this deletion as gone */
};

/*
 * In the arena. The reference of the caller is the deletion's, which gives it back when it is done.
 * The batch is STORE_REFUSED if another has deleted the space before. If it fails, the space stays.
 */
struct deletion *deletion_new(struct arena *arena, struct space *space);

/* The same in memory of its own, for a space that was removed already (spaces_remove_idle). */
void deletion_start(struct space *space, struct store *store);

#endif
