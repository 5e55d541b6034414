/*
 * Vertex AI's registry of models: what tuning jobs have made. A model has a version for each job
 * that went on from it; a name without a version means the newest. patch has a file of its own.
 */
#include "server/api/handlers.h"
#include "server/api/tuning_access.h"
#include "server/api/tuning_removals.h"
#include "server/api/vertex_filter.h"
#include "server/call/page.h"
#include "server/contract/limits.h"
#include "server/state/tuning_job.h"
#include "server/state/tuning_registry.h"
#include "server/state/tuning_removal.h"

static struct message *vertex_models_message(
    struct call *call, const struct store_model *job, bool is_newest)
{
    return tuning_registry_model(
        job, tuning_access_base(call, job), call->now_ns, is_newest, call->messages, call->arena);
}

/* True if a job has made a version that the registry has. */
static bool vertex_models_is_there(const struct call *call, const struct store_model *job)
{
    return tuning_job_model_is_there(job, tuning_access_base(call, job), call->now_ns);
}

enum call_state vertex_models_get(struct call *call)
{
    struct store_model job;
    if (!tuning_access_find_model(call, &job))
        return CALL_DONE;
    return call_answer(
        call, vertex_models_message(call, &job, tuning_access_is_newest(call, &job)));
}

/* --- delete: all versions, with the endpoints that they are deployed to --- */

/* The writes of a delete; the call's context. */
struct vertex_models_removal {
    struct store_batch batch;
    struct store_write *newest; /* whose operation the answer is */
};

enum call_state vertex_models_delete(struct call *call)
{
    struct vertex_models_removal *removal = arena_alloc(call->arena, sizeof(*removal));
    struct tuning_versions versions = tuning_access_versions(call);
    struct store_model job;
    int32_t attempt = 0;
    if (!tuning_access_find_model(call, &job))
        return CALL_DONE;
    *removal = (struct vertex_models_removal){.newest = NULL};
    uint64_t model_number = job.model_number;
    enum store_result result;
    while ((result = tuning_versions_next(&versions, model_number, &attempt, &job)) == STORE_OK)
        if (vertex_models_is_there(call, &job)) {
            removal->newest = tuning_removals_write(call, &job, TUNING_REMOVAL_MODEL);
            store_batch_add(&removal->batch, removal->newest);
        }
    if (result != STORE_NOT_FOUND)
        return call_fail_store(call, result);
    call->context = removal;
    return call_submit_batch(call, &removal->batch);
}

void vertex_models_delete_finish(struct call *call)
{
    const struct vertex_models_removal *removal = call->context;
    tuning_removals_answer(call, removal->newest);
}

/* --- list: the newest version of each model --- */

struct vertex_models_listing {
    struct page page;
    struct vertex_filter filter;
    uint64_t *seen; /* models of which a version was met that is not the first */
    size_t seen_count, seen_room;
};

/* Jobs come from the newest on: of a model that has several versions the first that is met is the
 * newest. */
static bool vertex_models_is_seen(
    struct vertex_models_listing *listing, const struct store_model *job)
{
    struct arena *arena = listing->page.call->arena;
    for (size_t i = 0; i < listing->seen_count; i++)
        if (listing->seen[i] == job->model_number)
            return true;
    if (job->model_version == 1)
        return false;
    if (listing->seen_count == listing->seen_room) {
        size_t room = 2 * listing->seen_room + 16;
        uint64_t *seen = arena_alloc(arena, room * sizeof(*seen));
        for (size_t i = 0; i < listing->seen_count; i++)
            seen[i] = listing->seen[i];
        listing->seen = seen;
        listing->seen_room = room;
    }
    listing->seen[listing->seen_count++] = job->model_number;
    return false;
}

static bool vertex_models_are_kept(
    struct vertex_models_listing *listing, const struct store_model *job)
{
    struct page *page = &listing->page;
    struct call *call = page->call;
    if (vertex_filter_is_empty(&listing->filter))
        return true;
    page->searched_bytes += job->job.len;
    struct arena_mark mark = arena_mark(call->arena);
    bool is_kept = vertex_filter_keeps(&listing->filter, vertex_models_message(call, job, true));
    arena_rewind(call->arena, mark);
    return is_kept;
}

/* A page looks at all that is newer than its first row again: newer versions may be there. */
static bool vertex_models_list_visit(
    void *context, const struct store_model *job, const struct store_roles *roles)
{
    struct vertex_models_listing *listing = context;
    struct page *page = &listing->page;
    bool is_newest = tuning_access_is_here(page->call, job) &&
                     vertex_models_is_there(page->call, job) &&
                     !vertex_models_is_seen(listing, job);
    (void)roles;
    if (page->after_seq > 0 && job->seq >= page->after_seq)
        return true;
    if (is_newest && vertex_models_are_kept(listing, job)) {
        struct store_model *row = page_take_row(page, job->seq);
        if (!row)
            return false;
        *row = store_copy_model(job, page->call->arena);
    }
    return page_go_on(page, job->seq);
}

static struct message *vertex_models_row(struct page *page, const void *row)
{
    return vertex_models_message(page->call, row, true);
}

enum call_state vertex_models_list(struct call *call)
{
    struct vertex_models_listing listing = {.seen = NULL};
    struct text filter = message_text(call->in, VertexListModelsRequest_filter);
    struct text identity = arena_printf(call->arena, "%.*s/%.*s/%.*s", TEXT_ARGS(call->project),
        TEXT_ARGS(call->location), TEXT_ARGS(filter));
    if (!page_read(call, VertexListModelsRequest_page_size, VertexListModelsRequest_page_token,
            VERTEX_PAGE_SIZE, identity, &listing.page) ||
        !vertex_filter_read(call, filter, MESSAGE_VertexModel, &listing.filter))
        return CALL_DONE;
    struct store_list list = {.namespace_id = call->space->number, .kind = STORE_TUNING_JOB};
    page_keep_rows(&listing.page, sizeof(struct store_model));
    enum store_result result =
        store_list_models(call->reader, &list, vertex_models_list_visit, &listing);
    return result == STORE_OK ? page_answer_rows(&listing.page, vertex_models_row,
                                    VertexListModelsResponse_next_page_token)
                              : call_fail_store(call, result);
}

/* --- listVersions: from the first on --- */

enum call_state vertex_models_list_versions(struct call *call)
{
    struct tuning_versions versions = tuning_access_versions(call);
    struct store_model newest, job;
    struct page page;
    if (!page_read(call, ListModelVersionsRequest_page_size, ListModelVersionsRequest_page_token,
            VERTEX_PAGE_SIZE, call->ids[0], &page) ||
        !tuning_access_find_model(call, &newest))
        return CALL_DONE;
    int32_t attempt = page.after_seq < INT32_MAX ? (int32_t)page.after_seq : INT32_MAX;
    enum store_result result;
    page_begin(&page);
    while ((result = tuning_versions_next(&versions, newest.model_number, &attempt, &job)) ==
           STORE_OK) {
        if (!vertex_models_is_there(call, &job))
            continue;
        if (!page_take(&page, attempt))
            break;
        page_add(&page, vertex_models_message(call, &job, job.seq == newest.seq));
    }
    return store_has_failed(result) ? call_fail_store(call, result)
                                    : page_answer(&page, ListModelVersionsResponse_next_page_token);
}
