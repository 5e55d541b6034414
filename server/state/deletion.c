#include "server/state/deletion.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "server/state/snapshot.h"

_Static_assert(offsetof(struct deletion, batch) == 0, "a deletion is where its batch is");

static struct deletion *deletion_of(struct store_batch *batch)
{
    return (struct deletion *)(void *)batch;
}

static void deletion_add_rows(struct deletion *deletion)
{
    struct store_write *write = arena_alloc(deletion->arena, sizeof(*write));
    write->kind = STORE_DROP_NAMESPACE;
    write->namespace_id = deletion->space->number;
    store_batch_add(&deletion->batch, write);
    snapshot_drop_all(deletion->space, &deletion->batch, deletion->arena);
}

/* What was queued before is written, and goes; what comes after is void. */
static bool deletion_prepare(struct store_batch *batch)
{
    struct deletion *deletion = deletion_of(batch);
    deletion->is_marked = !atomic_exchange(&deletion->space->is_gone, true);
    deletion_add_rows(deletion);
    return deletion->is_marked;
}

static void deletion_settle(struct store_batch *batch)
{
    struct deletion *deletion = deletion_of(batch);
    struct space *space = deletion->space;
    if (deletion->is_marked && batch->result == STORE_OK)
        spaces_remove(space->spaces, space);
    else if (deletion->is_marked)
        atomic_store(&space->is_gone, false);
    space_drop(space);
}

struct deletion *deletion_new(struct arena *arena, struct space *space)
{
    struct deletion *deletion = arena_alloc(arena, sizeof(*deletion));
    *deletion = (struct deletion){.batch = {.prepare = deletion_prepare, .settle = deletion_settle},
        .arena = arena,
        .space = space};
    return deletion;
}

/* --- of one that is removed already --- */

struct deletion_alone {
    struct deletion deletion; /* the first member */
    struct arena arena;
};

static bool deletion_prepare_alone(struct store_batch *batch)
{
    deletion_add_rows(deletion_of(batch));
    return true;
}

static void deletion_done_alone(struct store_batch *batch)
{
    struct deletion_alone *alone = (struct deletion_alone *)(void *)deletion_of(batch);
    /* The rows are nobody's, and come back under their name at the next start. */
    if (batch->result != STORE_OK && batch->result != STORE_GIVEN_UP)
        log_write(LOG_WARNING, "store: the rows of a namespace could not be deleted");
    arena_release(&alone->arena);
    free(alone);
}

void deletion_start(struct space *space, struct store *store)
{
    struct deletion_alone *alone = memory_alloc_zeroed(1, sizeof(*alone));
    arena_init_brief(&alone->arena);
    alone->deletion = (struct deletion){.batch = {.prepare = deletion_prepare_alone,
                                            .settle = deletion_settle,
                                            .done = deletion_done_alone},
        .arena = &alone->arena,
        .space = space};
    store_submit_batch(store, &alone->deletion.batch);
}
