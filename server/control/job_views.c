/* Looking at tuned models as the emulator does: nobody is asked for rights, no fault hits, and no
 * look is counted. */
#include "server/call/page.h"
#include "server/contract/limits.h"
#include "server/control/handlers.h"
#include "server/state/catalogue.h"
#include "server/state/tuned_model.h"
#include "server/state/tuned_model_view.h"

static struct message *job_views_message(struct page *page, const void *row)
{
    struct call *call = page->call;
    const struct store_model *model = row;
    return tuned_model_view(
        model, catalogue_find(call->app->catalogue, model->base_model), call->now_ns, call->arena);
}

static bool job_views_visit(
    void *context, const struct store_model *model, const struct store_roles *roles)
{
    (void)roles;
    struct page *page = context;
    struct store_model *row = page_take_row(page, model->seq);
    if (!row)
        return false;
    *row = store_copy_model(model, page->call->arena);
    return page_go_on(page, model->seq);
}

enum call_state control_jobs_list(struct call *call)
{
    struct page page;
    if (!page_read(call, ListTunedModelViewsRequest_page_size,
            ListTunedModelViewsRequest_page_token, PAGE_SIZE_MAX, TEXT(""), &page))
        return CALL_DONE;
    struct store_list list = {
        .namespace_id = call->space->number, .of = STORE_LIST_ALL, .after_seq = page.after_seq};
    page_keep_rows(&page, sizeof(struct store_model));
    enum store_result result = store_list_models(call->reader, &list, job_views_visit, &page);
    if (result != STORE_OK)
        return call_fail_store(call, result);
    return page_answer_rows(&page, job_views_message, ListTunedModelViewsResponse_next_page_token);
}

enum call_state control_job_get(struct call *call)
{
    struct store_model model;
    enum store_result result = store_find_tuned_model(
        call->reader, call->space->number, call->ids[0], call->arena, &model);
    if (result == STORE_NOT_FOUND)
        return call_fail_text(call, ERROR_CONTROL_UNKNOWN,
            arena_printf(call->arena, "tunedModels/%.*s", TEXT_ARGS(call_shown(call->ids[0]))));
    if (result != STORE_OK)
        return call_fail_store(call, result);
    const struct base_model *base = catalogue_find(call->app->catalogue, model.base_model);
    struct message *view = tuned_model_view(&model, base, call->now_ns, call->arena);
    message_set_message(view, TunedModelView_tuned_model,
        tuned_model_shown(
            &model, base, call->now_ns, call->messages, call->kept, call->arena, NULL));
    return call_answer(call, view);
}
