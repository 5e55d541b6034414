#include "server/call/headers.h"
#include "server/contract/limits.h"
#include "server/control/handlers.h"
#include "server/state/snapshot.h"

/* Texts below name them. */
_Static_assert(SPACE_NAME_BYTES_MAX == 128 && SNAPSHOTS_MAX == 16384, "named in texts");

enum {
    /* Of memory for one in a list, until that is sent. */
    SNAPSHOTS_BYTES_OF_ONE = 1024
};

static enum call_state snapshots_submit(struct call *call, const struct snapshot_order *asked)
{
    struct snapshot_order *order = arena_alloc(call->arena, sizeof(*order));
    *order = *asked;
    order->arena = call->arena;
    order->space = call->space;
    order->store = call->app->store;
    snapshot_order_begin(order);
    call->context = order;
    return call_submit_batch(call, &order->batch);
}

/* Answers with why nothing was done. False if it was. */
static bool snapshots_fail(struct call *call, const struct snapshot_order *order)
{
    struct text shown =
        arena_printf(call->arena, "snapshot %.*s", TEXT_ARGS(call_shown(order->snapshot.id)));
    if (order->batch.result == STORE_OK)
        return false;
    switch (order->refusal) {
    case SNAPSHOT_EXISTS:
        call_fail_text(call, ERROR_CONTROL_EXISTS, shown);
        return true;
    case SNAPSHOT_MISSING:
        call_fail_text(call, ERROR_CONTROL_UNKNOWN, shown);
        return true;
    case SNAPSHOT_ONE_TOO_MANY:
        call_fail_text(call, ERROR_CONTROL_STATE,
            TEXT("There are 16384 snapshots in all namespaces, which is the most: delete some."));
        return true;
    case SNAPSHOT_NO_ROOM:
        call_fail_text(call, ERROR_CONTROL_STATE,
            TEXT("All that is scripted in all namespaces and snapshots together is too large: "
                 "delete some stubs, faults or stories, or namespaces and snapshots that are done "
                 "with."));
        return true;
    case SNAPSHOT_NOT_REFUSED:
        break;
    }
    call_fail_text(call, ERROR_CONTROL_STATE, TEXT("The server stops; nothing was changed."));
    return true;
}

static void snapshots_fill(const struct snapshot_view *snapshot, struct message *message)
{
    message_set_text(message, Snapshot_id, snapshot->id);
    message_set_int(message, Snapshot_create_time, snapshot->create_ns);
    message_set_int(message, Snapshot_models, snapshot->model_count);
    message_set_int(message, Snapshot_tuning_jobs, snapshot->job_count);
}

/* Nobody has the number that was to be the snapshot's. */
static void snapshots_forget_number(struct call *call)
{
    const struct snapshot_order *order = call->context;
    store_forget_namespace(call->app->store, order->snapshot.number);
}

enum call_state control_snapshots_create(struct call *call)
{
    struct text id = message_text(call->in, CreateSnapshotRequest_id);
    if (message_has(call->in, CreateSnapshotRequest_id) && !space_name_is_good(id))
        return call_fail_text(call, ERROR_CONTROL_INVALID,
            TEXT("id: must have 1 to 128 visible ASCII characters; without one, one is made"));
    int64_t number = spaces_next_number(call->app->spaces);
    store_name_namespace(
        call->app->store, number, arena_printf(call->arena, "snapshot %lld", (long long)number));
    call->give_up = snapshots_forget_number;
    return snapshots_submit(call, &(struct snapshot_order){.action = SNAPSHOT_TAKE,
                                      .snapshot = {.id = id, .number = number}});
}

void control_snapshots_create_finish(struct call *call)
{
    const struct snapshot_order *order = call->context;
    if (snapshots_fail(call, order)) {
        snapshots_forget_number(call);
        return;
    }
    struct message *answer = call_new_answer(call);
    snapshots_fill(&order->snapshot, answer);
    call_answer(call, answer);
}

enum call_state control_snapshots_list(struct call *call)
{
    struct snapshots *snapshots = &call->space->snapshots;
    if (!call_hold_bytes(call, snapshots_count(snapshots) * SNAPSHOTS_BYTES_OF_ONE))
        return CALL_DONE;
    struct snapshot_view *views;
    struct message *answer = call_new_answer(call);
    size_t count = snapshots_list(snapshots, call->arena, &views);
    message_expect_items(answer, ListSnapshotsResponse_snapshots, count);
    for (size_t i = 0; i < count; i++)
        snapshots_fill(&views[i], message_add_child(answer, ListSnapshotsResponse_snapshots));
    return call_answer(call, answer);
}

enum call_state control_snapshots_restore(struct call *call)
{
    return snapshots_submit(
        call, &(struct snapshot_order){.action = SNAPSHOT_RESTORE,
                  .snapshot = {.id = call->ids[0]},
                  .keeps_requests = message_bool(call->in, RestoreSnapshotRequest_keep_requests)});
}

void control_snapshots_restore_finish(struct call *call)
{
    if (snapshots_fail(call, call->context))
        return;
    call->now_ns = clock_now_ns(&call->space->clock);
    headers_renew_date(call);
    call_answer_empty(call);
}

enum call_state control_snapshots_delete(struct call *call)
{
    return snapshots_submit(call,
        &(struct snapshot_order){.action = SNAPSHOT_DELETE, .snapshot = {.id = call->ids[0]}});
}

void control_snapshots_delete_finish(struct call *call)
{
    const struct snapshot_order *order = call->context;
    if (snapshots_fail(call, order))
        return;
    store_forget_namespace(call->app->store, order->snapshot.number);
    call_answer_empty(call);
}
