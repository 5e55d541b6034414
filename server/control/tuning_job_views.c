/* Looking at tuning jobs as the emulator does: see job_views.c. */
#include "server/call/page.h"
#include "server/contract/limits.h"
#include "server/control/handlers.h"
#include "server/state/catalogue.h"
#include "server/state/tuned_model.h"
#include "server/state/tuning_job.h"
#include "server/state/tuning_job_view.h"
#include "server/state/tuning_snapshots.h"

static struct message *tuning_job_views_message(struct page *page, const void *row)
{
    struct call *call = page->call;
    const struct store_model *job = row;
    return tuning_job_view(
        job, catalogue_find(call->app->catalogue, job->base_model), call->now_ns, call->arena);
}

static bool tuning_job_views_visit(
    void *context, const struct store_model *job, const struct store_roles *roles)
{
    (void)roles;
    struct page *page = context;
    struct store_model *row = page_take_row(page, job->seq);
    if (!row)
        return false;
    *row = store_copy_model(job, page->call->arena);
    return page_go_on(page, job->seq);
}

enum call_state control_tuning_jobs_list(struct call *call)
{
    struct page page;
    if (!page_read(call, ListTunedModelViewsRequest_page_size,
            ListTunedModelViewsRequest_page_token, PAGE_SIZE_MAX, TEXT(""), &page))
        return CALL_DONE;
    struct store_list list = {.namespace_id = call->space->number,
        .kind = STORE_TUNING_JOB,
        .of = STORE_LIST_ALL,
        .after_seq = page.after_seq};
    page_keep_rows(&page, sizeof(struct store_model));
    enum store_result result =
        store_list_models(call->reader, &list, tuning_job_views_visit, &page);
    if (result != STORE_OK)
        return call_fail_store(call, result);
    return page_answer_rows(
        &page, tuning_job_views_message, ListTuningJobViewsResponse_next_page_token);
}

static void tuning_job_views_set_snapshots(
    const struct store_model *job, const struct base_model *base, struct message *view)
{
    struct training_plan plan = tuned_model_plan(job, base);
    int64_t count = message_int(view, TuningJobView_completed_steps);
    tuning_snapshots_set(view, TuningJobView_snapshots, &plan, (int32_t)count, NULL);
}

enum call_state control_tuning_jobs_get(struct call *call)
{
    struct store_model job;
    struct text id = arena_joined(call->arena, TEXT("tuningJobs/"), call->ids[0]);
    enum store_result result =
        store_find_model(call->reader, call->space->number, id, call->arena, &job);
    if (result == STORE_NOT_FOUND)
        return call_fail_text(call, ERROR_CONTROL_UNKNOWN,
            arena_joined(call->arena, TEXT("tuningJobs/"), call_shown(call->ids[0])));
    if (result != STORE_OK)
        return call_fail_store(call, result);
    const struct base_model *base = catalogue_find(call->app->catalogue, job.base_model);
    struct message *view = tuning_job_view(&job, base, call->now_ns, call->arena);
    message_set_message(view, TuningJobView_tuning_job,
        tuning_job_message(&job, base, call->now_ns, VERSION_V1BETA, false, call->arena, NULL));
    tuning_job_views_set_snapshots(&job, base, view);
    return call_answer(call, view);
}
