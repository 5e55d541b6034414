#include "server/state/making.h"

#include <stdlib.h>

#include "base/memory.h"

struct making {
    struct arena arena;
    struct change *change;
};

static void making_done(struct store_batch *batch)
{
    struct making *making = batch->context;
    arena_release(&making->arena);
    free(making);
}

void making_start(const struct change_source *source, struct store *store)
{
    struct making *making = memory_alloc_zeroed(1, sizeof(*making));
    struct change_source own = *source;
    arena_init(&making->arena);
    own.arena = &making->arena;
    own.is_first = true;
    own.keeps_rows = source->space->has_rows;
    making->change = change_new(&own);
    making->change->batch.done = making_done;
    making->change->batch.context = making;
    store_submit_batch(store, &making->change->batch);
}
