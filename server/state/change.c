#include "server/state/change.h"

#include <stddef.h>

#include "server/contract/limits.h"
#include "server/state/seed_file.h"
#include "server/state/seed_lists.h"
#include "server/state/snapshot.h"

_Static_assert(offsetof(struct change, batch) == 0, "a change is where its batch is");

static struct change *change_of(struct store_batch *batch)
{
    return (struct change *)(void *)batch;
}

static bool change_add_seed(struct change *change, const struct kept_seed *kept)
{
    struct buf bytes = BUF_INIT;
    struct seed_file file = {.path = kept->path, .arena = change->source.arena};
    bool is_read = kept_seed_read(kept, &bytes);
    bool is_good = is_read && seed_file_decode(&file, buf_text(&bytes));
    buf_release(&bytes);
    change->problems.path = is_read && !is_good ? NULL : kept->path; /* the problem has it */
    if (!is_good)
        return seed_problems_add_whole(
            &change->problems, is_read ? file.problem.bytes : "what was kept of it cannot be read");
    return seed_lists_add(&change->plan, file.message);
}

static bool change_add_file(struct change *change)
{
    change->problems.path = NULL;
    change->plan.is_closed = true;
    return seed_lists_add(&change->plan, change->source.file);
}

/* The rows of the space go, and its numbers begin anew behind those that the plan has drawn. */
static struct store_write *change_clear(struct change *change)
{
    struct seed_row *row = seed_plan_new_row(&change->plan, STORE_CLEAR_NAMESPACE, NULL, 0);
    store_batch_add(&change->plan.batch, &row->write);
    return &row->write;
}

/* On the writer's thread: it may take as long as a start. */
static bool change_prepare(struct store_batch *batch)
{
    struct change *change = change_of(batch);
    const struct change_source *source = &change->source;
    const struct space_settings *settings = source->space->settings;
    bool is_good = true;
    change->parts = space_parts_at_start(source->space);
    change->parts.keeps_requests = source->keeps_requests;
    change->parts.change = source->file ? SPACE_IMPORTED : SPACE_RESET;
    change->plan = (struct seed_plan){.arena = source->arena,
        .problems = &change->problems,
        .namespace_id = source->space->number,
        .fidelity = source->fidelity,
        .catalogue = source->catalogue,
        .parts = &change->parts,
        .now_ns = settings->clock.has_start ? settings->clock.start_ns : clock_system_ns(),
        .is_quiet = true};
    seed_plan_begin(&change->plan);
    if (atomic_load(&source->space->is_gone))
        is_good = seed_problems_add_whole(&change->problems, "it was deleted meanwhile");
    struct store_write *clear = change_clear(change);
    for (const struct kept_seed *kept = source->seeds ? source->seeds->first : NULL;
         kept && is_good; kept = kept->next)
        is_good = change_add_seed(change, kept);
    is_good = is_good && (!source->file || change_add_file(change));
    clear->counter_used = change->plan.counter;
    if (source->ends_snapshots)
        snapshot_drop_all(source->space, &change->plan.batch, source->arena);
    if (source->keeps_rows)
        return is_good;
    batch->first = change->plan.batch.first;
    batch->last = change->plan.batch.last;
    return is_good;
}

/* A text below names it. */
_Static_assert(PERMISSIONS_MAX == 1000, "1000 permissions");

struct text change_problem(struct change *change)
{
    const struct seed_row *row = seed_plan_find_failed(&change->plan);
    if (row && row->place && !store_has_failed(row->write.result))
        seed_problems_add(&change->problems, row->place, row->index,
            row->write.result == STORE_REFUSED
                ? TEXT("is more than the 1000 permissions of a model")
                : TEXT("does not go with what stands before it"));
    return change->problems.text;
}

static void change_end_first(struct change *change)
{
    struct space *space = change->source.space;
    struct text problem = change_problem(change);
    if (change->batch.result == STORE_OK)
        space_set_ready(space);
    else if (change->batch.result == STORE_GIVEN_UP)
        space_set_failed(space, TEXT("the server stops"));
    else
        space_set_failed(
            space, problem.len ? problem : TEXT("the database cannot be written; see the log"));
    space_drop(space);
}

static void change_settle(struct store_batch *batch)
{
    struct change *change = change_of(batch);
    if (batch->result == STORE_OK)
        space_replace(change->source.space, &change->parts);
    if (batch->result == STORE_OK && change->source.ends_snapshots)
        snapshots_remove(&change->source.space->snapshots, TEXT(""));
    space_parts_release(&change->parts);
    if (change->source.is_first)
        change_end_first(change);
}

struct change *change_new(const struct change_source *source)
{
    struct change *change = arena_alloc(source->arena, sizeof(*change));
    if (source->is_first)
        space_hold(source->space);
    *change = (struct change){.source = *source,
        .batch = {.prepare = change_prepare, .settle = change_settle},
        .problems = {.arena = source->arena, .max = VIOLATIONS_MAX}};
    return change;
}
