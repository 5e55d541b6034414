/* tunedModels: list, get, delete, transferOwnership. create and patch have files of their own. */
#include "server/api/access.h"
#include "server/api/filter.h"
#include "server/api/handlers.h"
#include "server/api/permissions.h"
#include "server/call/order.h"
#include "server/call/page.h"
#include "server/call/tell_write.h"
#include "server/contract/limits.h"
#include "server/state/catalogue.h"
#include "server/state/identity.h"
#include "server/state/tuned_model.h"

/* A row as it is shown. */
static struct message *tuned_models_message(
    struct call *call, const struct store_model *model, int64_t *ret_next_ns)
{
    const struct base_model *base = catalogue_find(call->app->catalogue, model->base_model);
    return tuned_model_shown(
        model, base, call->now_ns, call->messages, call->kept, call->arena, ret_next_ns);
}

/* The same on a page, which is another once one of its models is. */
static struct message *tuned_models_row_message(struct page *page, const void *row)
{
    int64_t next_ns;
    struct message *message = tuned_models_message(page->call, row, &next_ns);
    if (next_ns < page->next_ns)
        page->next_ns = next_ns;
    return message;
}

/* A list under way; its page keeps rows of struct store_model. */
struct listing {
    struct call *call;
    struct page page;
    struct filter filter;
};

static bool tuned_models_list_visit(
    void *context, const struct store_model *model, const struct store_roles *model_roles)
{
    struct listing *listing = context;
    struct call *call = listing->call;
    struct page *page = &listing->page;
    struct store_roles roles = *model_roles;
    if (call->caller.owns_all)
        roles.caller = Permission_Role_OWNER;
    if (filter_keeps(&listing->filter, model, &roles, &page->searched_bytes)) {
        struct store_model *row = page_take_row(page, model->seq);
        if (!row)
            return false;
        *row = store_copy_model(model, call->arena);
    }
    return page_go_on(page, model->seq);
}

/* Finds the models of the page. */
static enum store_result listing_find(struct listing *listing)
{
    struct call *call = listing->call;
    struct store_list list = {.namespace_id = call->space->number,
        .email = call->caller.email,
        .after_seq = listing->page.after_seq};
    if (!filter_choose(&listing->filter, call->caller.owns_all, &list))
        return STORE_OK;
    page_keep_rows(&listing->page, sizeof(struct store_model));
    return store_list_models(call->reader, &list, tuned_models_list_visit, listing);
}

enum call_state tuned_models_list(struct call *call)
{
    struct listing listing = {.call = call};
    struct text filter = message_text(call->in, ListTunedModelsRequest_filter);
    struct text problem;
    if (!page_read(call, ListTunedModelsRequest_page_size, ListTunedModelsRequest_page_token,
            TUNED_MODELS_PAGE_SIZE, filter, &listing.page) ||
        page_answer_kept(&listing.page))
        return CALL_DONE;
    if (!filter_parse(filter, call->arena, &listing.filter, &problem))
        return call_fail_with(
            call, ERROR_LIST_FILTER, 2, (struct text[]){call_request_name(call), problem});

    enum store_result result = listing_find(&listing);
    if (result != STORE_OK)
        return call_fail_store(call, result);
    return page_answer_rows(
        &listing.page, tuned_models_row_message, ListTunedModelsResponse_next_page_token);
}

enum call_state tuned_models_get(struct call *call)
{
    struct store_model model;
    if (!access_find_model(call, call->ids[0], ACCESS_READ, &model))
        return CALL_DONE;
    if (order_write_look(call, &model)) {
        access_set_condition(call, ACCESS_READ, model.seq);
        return call_submit(call);
    }
    call_end_read(call);
    return call_answer(call, tuned_models_message(call, &model, NULL));
}

void tuned_models_get_finish(struct call *call)
{
    const struct store_model *model = call->write->ret_model;
    struct store_model found;
    if (access_answer_late(call, call->ids[0]))
        return;
    if (call->write->result == STORE_REFUSED) { /* it has ended meanwhile */
        if (!access_find_model(call, call->ids[0], ACCESS_READ, &found))
            return;
        model = &found;
    }
    call->now_ns = order_time(call);
    call_answer(call, tuned_models_message(call, model, NULL));
}

enum call_state tuned_models_delete(struct call *call)
{
    int64_t model_seq;
    if (!access_find_model_row(call, call->ids[0], ACCESS_OWN, &model_seq))
        return CALL_DONE;
    struct store_write *write = call_new_write(call, STORE_DELETE_MODEL);
    write->model.id = call->ids[0];
    tell_write_keep_model(call, write);
    access_set_condition(call, ACCESS_OWN, model_seq);
    return call_submit(call);
}

void tuned_models_delete_finish(struct call *call)
{
    if (!access_answer_late(call, call->ids[0]))
        call_answer_empty(call);
}

enum call_state tuned_models_transfer_ownership(struct call *call)
{
    struct store_model model;
    struct text email = message_text(call->in, TransferOwnershipRequest_email_address);
    struct store_roles roles;
    if (!access_find_model(call, call->ids[0], ACCESS_READ, &model) ||
        !access_find_roles(call, call->ids[0], &roles))
        return CALL_DONE;
    if (roles.caller != Permission_Role_OWNER)
        return call_fail(call, ERROR_PERM_TRANSFER);
    struct field_lines lines;
    call_begin_lines(call, &lines);
    permission_check_email(&lines, "email_address", email);
    if (lines.count)
        return call_fail_lines(call, &lines);
    struct store_write *write = call_new_write(call, STORE_TRANSFER_OWNERSHIP);
    access_set_condition(call, ACCESS_OWN, model.seq);
    write->condition.is_own_role = true;
    write->permissions_max = PERMISSIONS_MAX;
    write->permission.model_id = call->ids[0];
    write->permission.email = email;
    write->permission.id = identity_permission_id(email, call->arena);
    return call_submit(call);
}

void tuned_models_transfer_ownership_finish(struct call *call)
{
    const struct store_write *write = call->write;
    if (write->result == STORE_EXISTS)
        call_fail_with(call, ERROR_PERM_INVALID, 3,
            (struct text[]){call_request_name(call), TEXT("email_address"),
                TEXT("is that of a group; a user owns a model")});
    else if (write->result == STORE_REFUSED)
        permissions_fail_too_many(call, "name");
    else if (write->result == STORE_FORBIDDEN && access_is_allowed(&write->ret_roles, ACCESS_READ))
        call_fail(call, ERROR_PERM_TRANSFER);
    else if (!access_answer_late(call, call->ids[0]))
        call_answer_empty(call);
}
