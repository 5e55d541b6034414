/*
 * Vertex AI's operations: those of what was deleted. A deletion is done at once, and so is its
 * operation; it is found until it is deleted itself.
 */
#include "server/api/handlers.h"
#include "server/api/tuning_access.h"
#include "server/api/tuning_removals.h"
#include "server/contract/limits.h"
#include "server/state/tuning_registry.h"
#include "server/state/tuning_removal.h"
#include "server/state/vertex_number.h"

/* The operation that the path names, of a job and a part of it. False if the call was answered. */
static bool vertex_operations_find(
    struct call *call, struct store_model *ret_job, uint32_t *ret_part, struct message **ret_answer)
{
    struct vertex_number number;
    if (!vertex_number_parse(call->ids[0], &number) || number.kind != VERTEX_OPERATION) {
        tuning_access_fail(call);
        return false;
    }
    if (!tuning_access_find_maker(call, number.job, ret_job))
        return false;
    *ret_part = number.part;
    *ret_answer = tuning_registry_operation(ret_job, number.part, call->version, call->arena);
    if (!*ret_answer)
        tuning_access_fail(call);
    return *ret_answer != NULL;
}

enum call_state vertex_operations_get(struct call *call)
{
    struct store_model job;
    struct message *answer;
    uint32_t part;
    return vertex_operations_find(call, &job, &part, &answer) ? call_answer(call, answer)
                                                              : CALL_DONE;
}

enum call_state vertex_operations_wait(struct call *call)
{
    return vertex_operations_get(call);
}

/* It is done, so that there is nothing to be cancelled. */
enum call_state vertex_operations_cancel(struct call *call)
{
    struct store_model job;
    struct message *answer;
    uint32_t part;
    return vertex_operations_find(call, &job, &part, &answer) ? call_answer_empty(call) : CALL_DONE;
}

/* --- delete --- */

/* The condition's context. */
struct vertex_operations_order {
    struct call *call;
    uint32_t part;
};

static bool vertex_operations_holds(const struct store_model *job, void *context)
{
    struct vertex_operations_order *order = context;
    struct call *call = order->call;
    struct tuning_removal removal;
    if (!tuning_removal_find(job->removed, order->part, &removal) || removal.is_forgotten)
        return false;
    call->write->model.removed = tuning_removal_forget(job->removed, order->part, call->arena);
    return true;
}

enum call_state vertex_operations_delete(struct call *call)
{
    struct vertex_operations_order *order = arena_alloc(call->arena, sizeof(*order));
    struct store_model job;
    struct message *answer;
    order->call = call;
    if (!vertex_operations_find(call, &job, &order->part, &answer))
        return CALL_DONE;
    struct store_write *write = call_new_write(call, STORE_PATCH_MODEL);
    write->patch = STORE_PATCH_REMOVED;
    write->model.id = job.id;
    write->condition.model_seq = job.seq;
    write->condition.holds = vertex_operations_holds;
    write->condition.context = order;
    return call_submit(call);
}

void vertex_operations_delete_finish(struct call *call)
{
    if (call->write->result == STORE_OK)
        call_answer_empty(call);
    else
        tuning_access_fail(call);
}

/* --- list --- */

static bool vertex_operations_are_kept(
    struct tuning_parts *parts, const struct store_model *job, uint32_t part)
{
    struct tuning_removal removal;
    (void)parts;
    return job->removed.len > 0 && tuning_removal_find(job->removed, part, &removal) &&
           !removal.is_forgotten;
}

static struct message *vertex_operations_row(struct page *page, const void *row)
{
    const struct tuning_part *part = row;
    return tuning_registry_operation(
        &part->job, part->part, page->call->version, page->call->arena);
}

enum call_state vertex_operations_list(struct call *call)
{
    struct tuning_parts parts = {.token_field = ListOperationsResponse_next_page_token,
        .first_part = TUNING_REMOVAL_MODEL,
        .part_count = TUNING_REMOVAL_ENDPOINTS + TUNING_CHECKPOINTS_MAX + 1,
        .is_kept = vertex_operations_are_kept,
        .make = vertex_operations_row};
    struct text identity =
        arena_printf(call->arena, "%.*s/%.*s", TEXT_ARGS(call->project), TEXT_ARGS(call->location));
    if (!page_read(call, ListOperationsRequest_page_size, ListOperationsRequest_page_token,
            VERTEX_PAGE_SIZE, identity, &parts.page))
        return CALL_DONE;
    return tuning_parts_answer(&parts);
}
