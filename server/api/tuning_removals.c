#include "server/api/tuning_removals.h"

#include "server/api/tuning_access.h"
#include "server/contract/limits.h"
#include "server/sim/instant.h"
#include "server/state/tuning_registry.h"
#include "server/state/tuning_removal.h"

/* --- the write --- */

/* A removal on its way to the writer: the condition's context. */
struct tuning_removal_order {
    struct store_write *write;
    struct arena *arena;
    uint32_t part;
    int64_t at_ns;
};

static bool tuning_removals_holds(const struct store_model *job, void *context)
{
    struct tuning_removal_order *order = context;
    struct tuning_removal removal;
    if (tuning_removal_find(job->removed, order->part, &removal))
        return false;
    order->write->model.removed =
        tuning_removal_add(job->removed, order->part, order->at_ns, order->arena);
    return true;
}

struct store_write *tuning_removals_write(
    struct call *call, const struct store_model *job, uint32_t part)
{
    struct store_write *write = call_new_write(call, STORE_PATCH_MODEL);
    struct tuning_removal_order *order = arena_alloc(call->arena, sizeof(*order));
    *order = (struct tuning_removal_order){write, call->arena, part, instant_floor(call->now_ns)};
    write->patch = STORE_PATCH_REMOVED;
    write->model.id = job->id;
    write->ret_model = arena_alloc(call->arena, sizeof(*write->ret_model));
    write->arena = call->arena;
    write->condition.model_seq = job->seq;
    write->condition.holds = tuning_removals_holds;
    write->condition.context = order;
    return write;
}

void tuning_removals_answer(struct call *call, const struct store_write *write)
{
    const struct tuning_removal_order *order = write->condition.context;
    if (write->result == STORE_OK)
        call_answer(call,
            tuning_registry_operation(write->ret_model, order->part, call->version, call->arena));
    else
        tuning_access_fail(call);
}

/* --- lists --- */

enum { TUNING_PARTS_OF_JOB_MAX = 16 };
_Static_assert(TUNING_REMOVAL_ENDPOINTS + TUNING_CHECKPOINTS_MAX < TUNING_PARTS_OF_JOB_MAX,
    "the key of a part on a page has that many places for those of a job");

static bool tuning_parts_visit(
    void *context, const struct store_model *job, const struct store_roles *roles)
{
    struct tuning_parts *parts = context;
    struct page *page = &parts->page;
    struct arena *arena = page->call->arena;
    int64_t key = job->seq * TUNING_PARTS_OF_JOB_MAX;
    (void)roles;
    if (!tuning_access_is_here(page->call, job))
        return page_go_on(page, key);
    for (uint32_t i = parts->part_count; i-- > 0;) {
        bool is_before = page->after_seq > 0 && key + i >= page->after_seq;
        if (is_before || !parts->is_kept(parts, job, parts->first_part + i))
            continue;
        struct tuning_part *row = page_take_row(page, key + i);
        if (!row)
            return false;
        *row = (struct tuning_part){store_copy_model(job, arena), parts->first_part + i};
    }
    return page_go_on(page, key);
}

enum call_state tuning_parts_answer(struct tuning_parts *parts)
{
    struct page *page = &parts->page;
    struct call *call = page->call;
    int64_t after = page->after_seq;
    struct store_list list = {.namespace_id = call->space->number,
        .kind = STORE_TUNING_JOB,
        .after_seq = after > 0 ? after / TUNING_PARTS_OF_JOB_MAX + 1 : 0};
    page_keep_rows(page, sizeof(struct tuning_part));
    enum store_result result = store_list_models(call->reader, &list, tuning_parts_visit, parts);
    return result == STORE_OK ? page_answer_rows(page, parts->make, parts->token_field)
                              : call_fail_store(call, result);
}
