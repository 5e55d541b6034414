/* Vertex AI's tuning jobs: list, get, cancel; create has a file of its own. There is no delete. */
#include "server/api/handlers.h"
#include "server/api/tuning_access.h"
#include "server/api/vertex_filter.h"
#include "server/call/order.h"
#include "server/call/page.h"
#include "server/contract/limits.h"
#include "server/state/tuning_job.h"

static struct message *tuning_jobs_message(
    struct call *call, const struct store_model *job, int64_t *ret_next_ns)
{
    return tuning_job_message(job, tuning_access_base(call, job), call->now_ns, call->messages,
        false, call->arena, ret_next_ns);
}

enum call_state tuning_jobs_get(struct call *call)
{
    struct store_model job;
    if (!tuning_access_find_job(call, &job))
        return CALL_DONE;
    if (order_write_look(call, &job))
        return call_submit(call);
    call_end_read(call);
    return call_answer(call, tuning_jobs_message(call, &job, NULL));
}

void tuning_jobs_get_finish(struct call *call)
{
    const struct store_model *job = call->write->ret_model;
    struct store_model found;
    if (call->write->result == STORE_NOT_FOUND) {
        tuning_access_fail(call);
        return;
    }
    if (call->write->result == STORE_REFUSED) { /* it has ended meanwhile */
        if (!tuning_access_find_job(call, &found))
            return;
        job = &found;
    }
    call->now_ns = order_time(call);
    call_answer(call, tuning_jobs_message(call, job, NULL));
}

/* Of one that has ended no write is made. */
enum call_state tuning_jobs_cancel(struct call *call)
{
    static const struct tuned_model_order cancel = {
        .training = {.kind = TRAINING_CANCEL},
        .code = STATUS_CANCELLED,
        .message = TEXT_INIT("The tuning job was cancelled."),
    };
    struct store_model job;
    if (!tuning_access_find_job(call, &job))
        return CALL_DONE;
    if (!order_is_possible(call, &job))
        return call_answer_empty(call);
    order_write(call, &job, &cancel);
    return call_submit(call);
}

void tuning_jobs_cancel_finish(struct call *call)
{
    /* STORE_REFUSED: it has ended meanwhile, which is as good. */
    if (call->write->result == STORE_NOT_FOUND)
        tuning_access_fail(call);
    else
        call_answer_empty(call);
}

/* To move a model of older years to a newer base, and to try a reward: nothing is learned there. */
enum call_state tuning_jobs_unsupported(struct call *call)
{
    if (call->app->settings.fidelity == FIDELITY_COMPAT)
        call_hint(call, "of tuning jobs, create, list, get and cancel are emulated");
    return call_fail(call, ERROR_METHOD_UNIMPLEMENTED);
}

/* --- the list --- */

/* A list under way; its page keeps rows of struct store_model. */
struct tuning_jobs_listing {
    struct page page;
    struct vertex_filter filter;
};

/* What filters can ask a job about. */
static bool tuning_jobs_are_kept(struct tuning_jobs_listing *listing, const struct store_model *job)
{
    struct call *call = listing->page.call;
    if (!tuning_access_is_here(call, job))
        return false;
    if (vertex_filter_is_empty(&listing->filter))
        return true;
    listing->page.searched_bytes += job->job.len;
    struct arena_mark mark = arena_mark(call->arena);
    bool is_kept = vertex_filter_keeps(&listing->filter, tuning_jobs_message(call, job, NULL));
    arena_rewind(call->arena, mark);
    return is_kept;
}

static bool tuning_jobs_list_visit(
    void *context, const struct store_model *job, const struct store_roles *roles)
{
    struct tuning_jobs_listing *listing = context;
    struct page *page = &listing->page;
    (void)roles;
    if (tuning_jobs_are_kept(listing, job)) {
        struct store_model *row = page_take_row(page, job->seq);
        if (!row)
            return false;
        *row = store_copy_model(job, page->call->arena);
    }
    return page_go_on(page, job->seq);
}

/* The same on a page, which is another once one of its jobs is. */
static struct message *tuning_jobs_row_message(struct page *page, const void *row)
{
    int64_t next_ns;
    struct message *message = tuning_jobs_message(page->call, row, &next_ns);
    if (next_ns < page->next_ns)
        page->next_ns = next_ns;
    return message;
}

enum call_state tuning_jobs_list(struct call *call)
{
    struct tuning_jobs_listing listing;
    struct text filter = message_text(call->in, ListTuningJobsRequest_filter);
    struct text identity = arena_printf(call->arena, "%.*s/%.*s/%.*s", TEXT_ARGS(call->project),
        TEXT_ARGS(call->location), TEXT_ARGS(filter));
    if (!page_read(call, ListTuningJobsRequest_page_size, ListTuningJobsRequest_page_token,
            VERTEX_PAGE_SIZE, identity, &listing.page) ||
        !vertex_filter_read(call, filter, MESSAGE_TuningJob, &listing.filter))
        return CALL_DONE;
    /* What a filter leaves out may fit with time. */
    if (vertex_filter_is_empty(&listing.filter) && page_answer_kept(&listing.page))
        return CALL_DONE;
    struct store_list list = {.namespace_id = call->space->number,
        .kind = STORE_TUNING_JOB,
        .after_seq = listing.page.after_seq};
    page_keep_rows(&listing.page, sizeof(struct store_model));
    enum store_result result =
        store_list_models(call->reader, &list, tuning_jobs_list_visit, &listing);
    if (result != STORE_OK)
        return call_fail_store(call, result);
    return page_answer_rows(
        &listing.page, tuning_jobs_row_message, ListTuningJobsResponse_next_page_token);
}
