/*
 * Snapshots are made, gone back to and deleted by batches of the store, which take the rows and the
 * rest of a space at one moment of its writer: whoever reads sees what was before, or what comes
 * after. A snapshot's rows lie in the store as those of a namespace that no request can name.
 */
#ifndef SERVER_STATE_SNAPSHOT_H
#define SERVER_STATE_SNAPSHOT_H

#include "server/space/space.h"
#include "store/store.h"

enum snapshot_action { SNAPSHOT_TAKE, SNAPSHOT_RESTORE, SNAPSHOT_DELETE };

/* Why nothing was done, unless the store failed. */
enum snapshot_refusal {
    SNAPSHOT_NOT_REFUSED,
    SNAPSHOT_EXISTS,       /* there is one of this id */
    SNAPSHOT_MISSING,      /* there is none */
    SNAPSHOT_ONE_TOO_MANY, /* there are SNAPSHOTS_MAX in the process */
    SNAPSHOT_NO_ROOM       /* the scripts of all spaces and snapshots take all that they may */
};

/* One order; all that it points to lives until it is done. */
struct snapshot_order {
    struct store_batch batch; /* to be submitted; the first member */
    enum snapshot_action action;
    struct arena *arena; /* the order's alone from when it is submitted until it is done */
    struct space *space;
    struct store *store;
    /* The id: SNAPSHOT_TAKE makes one if it is empty, and has the number of its rows, which is
     * new, from the caller. Once it is done all of it is as the snapshot's was, with the texts in
     * the arena. */
    struct snapshot_view snapshot;
    bool keeps_requests; /* SNAPSHOT_RESTORE: the journal stays */

    enum snapshot_refusal refusal;
    struct space_parts parts; /* while it is under way */
};

/* Sets the batch of an order, whose other members the caller has set. */
void snapshot_order_begin(struct snapshot_order *order);

/* Has a batch of a space that is deleted, or emptied, take along the rows of its snapshots; in the
 * batch's `prepare`, so that there are no others afterwards. */
void snapshot_drop_all(struct space *space, struct store_batch *batch, struct arena *arena);

/* Once such a batch of a space that stays is committed: nothing need be known any more of their
 * numbers. */
void snapshot_forget_dropped(const struct store_batch *batch, struct store *store);

#endif
