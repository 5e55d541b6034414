/* Vertex AI's endpoints: those to which a tuning job deploys what it has made. */
#include "server/api/handlers.h"
#include "server/api/tuning_access.h"
#include "server/api/tuning_removals.h"
#include "server/api/vertex_filter.h"
#include "server/contract/limits.h"
#include "server/state/tuning_job.h"
#include "server/state/tuning_registry.h"
#include "server/state/tuning_removal.h"

static struct message *vertex_endpoints_message(
    struct call *call, const struct store_model *job, uint32_t checkpoint)
{
    return tuning_registry_endpoint(
        job, tuning_access_base(call, job), call->now_ns, checkpoint, call->messages, call->arena);
}

enum call_state vertex_endpoints_get(struct call *call)
{
    struct store_model job;
    uint32_t checkpoint;
    if (!tuning_access_find_endpoint(call, &job, &checkpoint))
        return CALL_DONE;
    return call_answer(call, vertex_endpoints_message(call, &job, checkpoint));
}

enum call_state vertex_endpoints_delete(struct call *call)
{
    struct store_model job;
    uint32_t checkpoint;
    if (!tuning_access_find_endpoint(call, &job, &checkpoint))
        return CALL_DONE;
    tuning_removals_write(call, &job, TUNING_REMOVAL_ENDPOINTS + checkpoint);
    return call_submit(call);
}

void vertex_endpoints_delete_finish(struct call *call)
{
    tuning_removals_answer(call, call->write);
}

/* What was the way to other models, whether or not there is such an endpoint. */
enum call_state vertex_endpoints_predict(struct call *call)
{
    return call_fail(call, ERROR_VX_PREDICT);
}

/* --- list --- */

struct vertex_endpoints_listing {
    struct tuning_parts parts;
    struct vertex_filter filter;
};

static bool vertex_endpoints_are_kept(
    struct tuning_parts *parts, const struct store_model *job, uint32_t checkpoint)
{
    struct vertex_endpoints_listing *listing = (struct vertex_endpoints_listing *)parts;
    struct call *call = parts->page.call;
    if (!tuning_job_endpoint_is_there(job, tuning_access_base(call, job), call->now_ns, checkpoint))
        return false;
    if (vertex_filter_is_empty(&listing->filter))
        return true;
    parts->page.searched_bytes += job->job.len;
    struct arena_mark mark = arena_mark(call->arena);
    bool is_kept =
        vertex_filter_keeps(&listing->filter, vertex_endpoints_message(call, job, checkpoint));
    arena_rewind(call->arena, mark);
    return is_kept;
}

static struct message *vertex_endpoints_row(struct page *page, const void *row)
{
    const struct tuning_part *part = row;
    return vertex_endpoints_message(page->call, &part->job, part->part);
}

enum call_state vertex_endpoints_list(struct call *call)
{
    struct vertex_endpoints_listing listing = {
        .parts = {.token_field = ListEndpointsResponse_next_page_token,
            .part_count = TUNING_CHECKPOINTS_MAX + 1,
            .is_kept = vertex_endpoints_are_kept,
            .make = vertex_endpoints_row}};
    struct text filter = message_text(call->in, ListEndpointsRequest_filter);
    struct text identity = arena_printf(call->arena, "%.*s/%.*s/%.*s", TEXT_ARGS(call->project),
        TEXT_ARGS(call->location), TEXT_ARGS(filter));
    if (!page_read(call, ListEndpointsRequest_page_size, ListEndpointsRequest_page_token,
            VERTEX_PAGE_SIZE, identity, &listing.parts.page) ||
        !vertex_filter_read(call, filter, MESSAGE_Endpoint, &listing.filter))
        return CALL_DONE;
    return tuning_parts_answer(&listing.parts);
}
