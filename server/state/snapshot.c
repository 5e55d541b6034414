#include "server/state/snapshot.h"

#include <stddef.h>

#include "server/contract/limits.h"

_Static_assert(offsetof(struct snapshot_order, batch) == 0, "an order is where its batch is");

static struct snapshot_order *snapshot_order_of(struct store_batch *batch)
{
    return (struct snapshot_order *)(void *)batch;
}

static struct store_write *snapshot_add_write(
    struct snapshot_order *order, enum store_write_kind kind, int64_t number)
{
    struct store_write *write = arena_alloc(order->arena, sizeof(*write));
    write->kind = kind;
    write->namespace_id = number;
    write->is_void = &order->space->is_gone;
    store_batch_add(&order->batch, write);
    return write;
}

static void snapshot_add_copy(struct snapshot_order *order, int64_t from, int64_t to)
{
    snapshot_add_write(order, STORE_COPY_NAMESPACE, to)->source_namespace_id = from;
}

/* --- on the writer's thread, before anything is written: nobody else writes rows by now --- */

static enum snapshot_refusal snapshot_prepare_take(struct snapshot_order *order)
{
    struct snapshots *snapshots = &order->space->snapshots;
    struct text *id = &order->snapshot.id;
    if (id->len > 0 && snapshots_find(snapshots, *id, NULL))
        return SNAPSHOT_EXISTS;
    if (snapshots_count_all(snapshots) >= SNAPSHOTS_MAX)
        return SNAPSHOT_ONE_TOO_MANY;
    if (!space_take_parts(order->space, &order->parts))
        return SNAPSHOT_NO_ROOM;
    if (id->len == 0)
        *id = snapshots_make_id(snapshots, order->arena);
    order->snapshot.model_count = store_count_models(order->store, order->space->number);
    order->snapshot.job_count = store_count_jobs(order->store, order->space->number);
    order->snapshot.create_ns = order->parts.settings.clock.start_ns;
    snapshot_add_copy(order, order->space->number, order->snapshot.number);
    return SNAPSHOT_NOT_REFUSED;
}

/* What is kept of the snapshot that the order names; NULL: there is none. */
static const struct space_parts *snapshot_find(struct snapshot_order *order)
{
    const struct space_parts *parts =
        snapshots_find(&order->space->snapshots, order->snapshot.id, &order->snapshot);
    if (parts)
        order->snapshot.id = arena_text(order->arena, order->snapshot.id);
    return parts;
}

static enum snapshot_refusal snapshot_prepare_restore(struct snapshot_order *order)
{
    const struct space_parts *parts = snapshot_find(order);
    if (!parts)
        return SNAPSHOT_MISSING;
    if (!space_parts_copy(parts, &order->parts))
        return SNAPSHOT_NO_ROOM;
    order->parts.keeps_requests = order->keeps_requests;
    snapshot_add_copy(order, order->snapshot.number, order->space->number);
    return SNAPSHOT_NOT_REFUSED;
}

static enum snapshot_refusal snapshot_prepare_delete(struct snapshot_order *order)
{
    if (!snapshot_find(order))
        return SNAPSHOT_MISSING;
    snapshot_add_write(order, STORE_DROP_NAMESPACE, order->snapshot.number);
    return SNAPSHOT_NOT_REFUSED;
}

/* --- and after the commit, while nobody reads; what is left of the order's parts is let go then
 * --- */

static void snapshot_settle_take(struct snapshot_order *order)
{
    snapshots_add(&order->space->snapshots, &order->snapshot, &order->parts);
    order->parts = (struct space_parts){0};
}

static void snapshot_settle_restore(struct snapshot_order *order)
{
    space_replace(order->space, &order->parts);
}

static void snapshot_settle_delete(struct snapshot_order *order)
{
    snapshots_remove(&order->space->snapshots, order->snapshot.id);
}

static const struct snapshot_step {
    enum snapshot_refusal (*prepare)(struct snapshot_order *order);
    void (*settle)(struct snapshot_order *order);
} snapshot_steps[] = {
    [SNAPSHOT_TAKE] = {snapshot_prepare_take, snapshot_settle_take},
    [SNAPSHOT_RESTORE] = {snapshot_prepare_restore, snapshot_settle_restore},
    [SNAPSHOT_DELETE] = {snapshot_prepare_delete, snapshot_settle_delete},
};

static bool snapshot_prepare(struct store_batch *batch)
{
    struct snapshot_order *order = snapshot_order_of(batch);
    order->refusal = snapshot_steps[order->action].prepare(order);
    return order->refusal == SNAPSHOT_NOT_REFUSED;
}

static void snapshot_settle(struct store_batch *batch)
{
    struct snapshot_order *order = snapshot_order_of(batch);
    if (batch->result == STORE_OK)
        snapshot_steps[order->action].settle(order);
    space_parts_release(&order->parts);
}

void snapshot_order_begin(struct snapshot_order *order)
{
    order->batch = (struct store_batch){.prepare = snapshot_prepare, .settle = snapshot_settle};
}

void snapshot_drop_all(struct space *space, struct store_batch *batch, struct arena *arena)
{
    struct snapshot_view *views;
    size_t count = snapshots_list(&space->snapshots, arena, &views);
    struct store_write *writes = arena_array(arena, count, sizeof(*writes));
    for (size_t i = 0; i < count; i++) {
        writes[i].kind = STORE_DROP_NAMESPACE;
        writes[i].namespace_id = views[i].number;
        store_batch_add(batch, &writes[i]);
    }
}

void snapshot_forget_dropped(const struct store_batch *batch, struct store *store)
{
    for (const struct store_write *write = batch->first; write; write = write->next)
        if (write->kind == STORE_DROP_NAMESPACE)
            store_forget_namespace(store, write->namespace_id);
}
