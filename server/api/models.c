/* Base models: get and list. */
#include "server/api/access.h"
#include "server/api/handlers.h"
#include "server/call/page.h"
#include "server/contract/limits.h"
#include "server/state/catalogue.h"

/* The model as the call's version has it. The catalogue's own message is left as it is. */
static struct message *models_message(struct call *call, const struct base_model *base)
{
    struct message *copy = message_copy(call->arena, base->model);
    copy->version = call->messages;
    return copy;
}

/* True if a list has the model; ret_has_gone is set if it is one that was switched off. */
static bool models_is_listed(struct call *call, const struct base_model *base, bool *ret_has_gone)
{
    if (!base_model_is_there(base, call->app->settings.fidelity) || base->is_unlisted)
        return false;
    bool is_off = call->retirement.len && base_model_is_tunable(base);
    *ret_has_gone |= is_off;
    return !is_off;
}

enum call_state models_list(struct call *call)
{
    struct page page;
    if (!page_read(call, ListModelsRequest_page_size, ListModelsRequest_page_token,
            MODELS_PAGE_SIZE, TEXT(""), &page))
        return CALL_DONE;

    const struct catalogue *catalogue = call->app->catalogue;
    bool has_gone = false;
    page_begin(&page);
    for (size_t i = (size_t)page.after_seq; i < catalogue_count(catalogue); i++) {
        const struct base_model *base = catalogue_at(catalogue, i);
        if (!models_is_listed(call, base, &has_gone))
            continue;
        if (!page_take(&page, (int64_t)i + 1))
            break;
        page_add(&page, models_message(call, base));
    }
    if (has_gone)
        reply_add_header(call->reply, "X-Emulator-Answer", call->retirement);
    return page_answer(&page, ListModelsResponse_next_page_token);
}

enum call_state models_get(struct call *call)
{
    const struct base_model *base = access_find_base(call, call->ids[0], NULL, "GetModel");
    return base ? call_answer(call, models_message(call, base)) : CALL_DONE;
}
