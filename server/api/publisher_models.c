/* Vertex AI's base models, which Google publishes. */
#include "server/api/handlers.h"
#include "server/call/page.h"
#include "server/call/vertex_name.h"
#include "server/contract/limits.h"
#include "server/state/catalogue.h"

static struct message *publisher_models_message(struct call *call, const struct base_model *base)
{
    struct text id = base_model_id(base);
    struct text name = arena_joined(call->arena, TEXT("publishers/google/models/"), id);
    bool is_preview = text_find(id, TEXT("preview")) < id.len;
    struct message *model = message_new(call->arena, MESSAGE_PublisherModel, call->messages);
    message_set_text(model, PublisherModel_name, name);
    message_set_text(model, PublisherModel_version_id, TEXT("default"));
    message_set_int(
        model, PublisherModel_open_source_category, PublisherModel_OpenSourceCategory_PROPRIETARY);
    message_set_int(model, PublisherModel_launch_stage,
        is_preview ? PublisherModel_LaunchStage_PUBLIC_PREVIEW : PublisherModel_LaunchStage_GA);
    message_set_text(model, PublisherModel_publisher_model_template,
        arena_printf(call->arena, "projects/{user-project}/locations/{location}/%.*s@default",
            TEXT_ARGS(name)));
    return model;
}

enum call_state publisher_models_list(struct call *call)
{
    struct page page;
    if (!page_read(call, ListPublisherModelsRequest_page_size,
            ListPublisherModelsRequest_page_token, VERTEX_PAGE_SIZE, TEXT(""), &page))
        return CALL_DONE;
    const struct catalogue *catalogue = call->app->catalogue;
    page_begin(&page);
    for (size_t i = (size_t)page.after_seq; i < catalogue_count(catalogue); i++) {
        const struct base_model *base = catalogue_at(catalogue, i);
        if (!base->is_published)
            continue;
        if (!page_take(&page, (int64_t)i + 1))
            break;
        page_add(&page, publisher_models_message(call, base));
    }
    return page_answer(&page, ListPublisherModelsResponse_next_page_token);
}

/* Strict has the published ones; clients of older tutorials name others. */
enum call_state publisher_models_get(struct call *call)
{
    const struct base_model *base =
        catalogue_find_published(call->app->catalogue, call->ids[0], call->arena);
    bool is_strict = call->app->settings.fidelity == FIDELITY_STRICT;
    if (!base || (is_strict && !base->is_published))
        return call_fail_text(call, ERROR_VX_PUBLISHER_MISSING, vertex_name(call));
    return call_answer(call, publisher_models_message(call, base));
}
