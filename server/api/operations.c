/* Operations of tuned models: get, list, cancel, and the top-level forms. */
#include "server/api/access.h"
#include "server/api/handlers.h"
#include "server/call/order.h"
#include "server/call/page.h"
#include "server/json/decode.h"
#include "server/state/catalogue.h"
#include "server/state/identity.h"
#include "server/state/tuned_model.h"

/* An Operation of a seed, as it was given. NULL, and a line in the log, if it is damaged. */
static struct message *operation_fixed(struct call *call, struct text id, struct text json)
{
    struct message *message = message_new(call->arena, MESSAGE_Operation, call->messages);
    struct decode_problems problems;
    decode_problems_init(&problems, call->arena);
    decode_body(json, message, TEXT(""), &problems);
    /* Seeds are v1beta; another version may lack fields that they have. */
    bool is_damaged =
        call->messages == VERSION_V1BETA ? decode_problems_any(&problems) : problems.syntax.len > 0;
    if (is_damaged)
        store_report_damage("operation", id, "its JSON is none of an operation");
    return is_damaged ? NULL : message;
}

/* Which operation a call is about: tunedModels/{model_id}/operations/{id}. */
struct operation_name {
    struct text model_id, id;
};

/* As its own path has it. */
static struct operation_name operation_name_of_path(const struct call *call)
{
    return (struct operation_name){.model_id = call->ids[0], .id = call->ids[1]};
}

static enum call_state operation_fail_missing(struct call *call, struct operation_name name)
{
    return call_fail_text(call, ERROR_OP_MISSING,
        arena_printf(call->arena, "tunedModels/%.*s/operations/%.*s", TEXT_ARGS(name.model_id),
            TEXT_ARGS(name.id)));
}

/* Answers for an operation that is not there: who may not see a model is not told which operations
 * it has. Always false. */
static bool operation_find_none(struct call *call, struct operation_name name, enum access access)
{
    struct store_model model;
    enum store_result result = store_find_tuned_model(
        call->reader, call->space->number, name.model_id, call->arena, &model);
    if (store_has_failed(result))
        call_fail_store(call, result);
    else if (result == STORE_NOT_FOUND || access_check(call, name.model_id, access))
        operation_fail_missing(call, name);
    return false;
}

/*
 * Finds an operation and checks rights on its model. The model is read, too, unless the operation
 * is a fixed one. With NULL for the model the operation's row alone is looked for, damaged or not:
 * it must still be deleted. False if the call was answered.
 */
static bool operation_find(struct call *call, struct operation_name name, enum access access,
    struct store_operation *ret_operation, struct store_model *ret_model)
{
    enum store_result result = store_find_operation(
        call->reader, call->space->number, name.model_id, name.id, call->arena, ret_operation);
    if (result == STORE_NOT_FOUND)
        return operation_find_none(call, name, access);
    if (result != STORE_OK && !(result == STORE_DAMAGED && !ret_model)) {
        call_fail_store(call, result);
        return false;
    }
    if (ret_operation->fixed.len || !ret_model)
        return access_check(call, name.model_id, access);
    return access_find_model(call, name.model_id, access, ret_model);
}

/* True if a write that names an operation came too late; answered as operation_find would now. */
static bool operation_answer_late(struct call *call, struct operation_name name)
{
    enum store_result result = call->write->result;
    if (result != STORE_NOT_FOUND && result != STORE_CHILD_NOT_FOUND)
        return access_answer_late(call, name.model_id);
    operation_fail_missing(call, name);
    return true;
}

/* What an answer needs of an operation. */
struct operation_row {
    struct store_operation operation;
    struct store_model model; /* of an operation that is not fixed */
};

/* The operation as it is shown. NULL if it is damaged. */
static struct message *operation_row_message(struct call *call, const struct operation_row *row)
{
    if (row->operation.fixed.len)
        return operation_fixed(call, row->operation.id, row->operation.fixed);
    return tuned_model_operation(&row->model, row->operation.id,
        catalogue_find(call->app->catalogue, row->model.base_model), call->now_ns, false,
        call->kept, call->arena);
}

/*
 * Room for the snapshots of an operation, which shows them twice when it is done: what finds none
 * is better refused before the first half is written. False if it is refused.
 */
static bool operation_reserve_answer(struct call *call, const struct message *operation)
{
    enum { SNAPSHOT_BYTES_MIN = 140, SNAPSHOT_BYTES_MIN_COMPACT = 80 };
    const struct message *metadata = message_child(operation, Operation_metadata);
    size_t count = message_count(metadata, CreateTunedModelMetadata_snapshots);
    size_t bytes =
        call->style.layout == JSON_PRETTY ? SNAPSHOT_BYTES_MIN : SNAPSHOT_BYTES_MIN_COMPACT;
    if (call->style.mask || count == 0)
        return true;
    if (message_has(operation, Operation_response))
        count *= 2;
    return call_reserve_answer(call, count * bytes);
}

static enum call_state operation_answer(struct call *call, const struct operation_row *row)
{
    call_end_read(call);
    const struct message *message = operation_row_message(call, row);
    if (!message)
        return call_fail_store(call, STORE_DAMAGED);
    if (!row->operation.fixed.len && !operation_reserve_answer(call, message))
        return CALL_DONE;
    return call_answer(call, message);
}

static enum call_state operation_get(struct call *call, struct operation_name name)
{
    struct operation_row row;
    if (!operation_find(call, name, ACCESS_READ, &row.operation, &row.model))
        return CALL_DONE;
    if (row.operation.fixed.len || !order_write_look(call, &row.model))
        return operation_answer(call, &row);
    access_set_condition(call, ACCESS_READ, row.model.seq);
    call->write->operation.id = row.operation.id;
    call->write->condition.child_seq = row.operation.seq;
    return call_submit(call);
}

/* Answers what a look has made of it. */
static void operation_get_finish(struct call *call, struct operation_name name)
{
    struct operation_row row;
    if (operation_answer_late(call, name))
        return;
    if (call->write->result == STORE_OK)
        row = (struct operation_row){{.id = name.id}, *call->write->ret_model};
    else if (!operation_find(call, name, ACCESS_READ, &row.operation, &row.model))
        return; /* it has ended meanwhile, and is gone by now */
    call->now_ns = order_time(call);
    operation_answer(call, &row);
}

enum call_state operations_get(struct call *call)
{
    return operation_get(call, operation_name_of_path(call));
}

void operations_get_finish(struct call *call)
{
    operation_get_finish(call, operation_name_of_path(call));
}

/* A list under way; its page keeps rows of struct operation_row. */
struct operation_listing {
    struct call *call;
    struct page page;
    bool shows_all; /* the caller has a right on every operation of the list */
};

static bool operations_list_visit(void *context, const struct store_operation *operation,
    const struct store_model *model, int32_t role)
{
    struct operation_listing *listing = context;
    struct arena *arena = listing->call->arena;
    struct page *page = &listing->page;
    if (listing->shows_all || role) {
        struct operation_row *row = page_take_row(page, operation->seq);
        if (!row)
            return false;
        row->operation = (struct store_operation){.seq = operation->seq,
            .id = arena_text(arena, operation->id),
            .fixed = arena_text(arena, operation->fixed)};
        if (!operation->fixed.len)
            row->model = store_copy_model(model, arena);
    }
    return page_go_on(page, operation->seq);
}

/* Finds the operations of the page: of one model, or of all if `model_id` is empty. */
static enum store_result operation_listing_find(
    struct operation_listing *listing, struct text model_id)
{
    struct call *call = listing->call;
    int64_t after_seq = listing->page.after_seq;
    bool owns_all = call->caller.owns_all;
    page_keep_rows(&listing->page, sizeof(struct operation_row));
    /* Rights on the one model of a list were checked before. */
    listing->shows_all = owns_all || !text_is_empty(model_id);
    if (!text_is_empty(model_id))
        return store_list_operations_of(
            call->reader, call->space->number, model_id, after_seq, operations_list_visit, listing);
    struct store_list list = {.namespace_id = call->space->number,
        .of = owns_all ? STORE_LIST_ALL : STORE_LIST_OF_ADDRESS,
        .email = call->caller.email,
        .after_seq = after_seq};
    return store_list_operations(call->reader, &list, operations_list_visit, listing);
}

static struct message *operations_row_message(struct page *page, const void *row)
{
    return operation_row_message(page->call, row);
}

static enum call_state operations_answer_list(struct call *call, struct text model_id)
{
    struct operation_listing listing = {.call = call};
    if (!page_read(call, ListOperationsRequest_page_size, ListOperationsRequest_page_token,
            OPERATIONS_PAGE_SIZE, model_id, &listing.page))
        return CALL_DONE;
    enum store_result result = operation_listing_find(&listing, model_id);
    if (result != STORE_OK)
        return call_fail_store(call, result);
    return page_answer_rows(
        &listing.page, operations_row_message, ListOperationsResponse_next_page_token);
}

enum call_state operations_list(struct call *call)
{
    struct store_model model;
    if (!access_find_model(call, call->ids[0], ACCESS_READ, &model))
        return CALL_DONE;
    return operations_answer_list(call, call->ids[0]);
}

enum call_state operations_list_all(struct call *call)
{
    return operations_answer_list(call, TEXT(""));
}

/* Ends the training as cancelled, unless it has ended already. Of ended ones no write is made, as
 * its condition would make readers wait. */
static enum call_state operation_cancel(struct call *call, const struct store_model *model)
{
    static const struct tuned_model_order cancel = {
        .training = {.kind = TRAINING_CANCEL},
        .code = STATUS_CANCELLED,
        .message = TEXT_INIT("The operation was cancelled."),
    };
    if (!order_is_possible(call, model))
        return call_answer_empty(call);
    order_write(call, model, &cancel);
    access_set_condition(call, ACCESS_WRITE, model->seq);
    return call_submit(call);
}

enum call_state operations_cancel(struct call *call)
{
    struct store_operation operation;
    struct store_model model = {.fixed_state = TunedModel_State_ACTIVE};
    if (!operation_find(call, operation_name_of_path(call), ACCESS_WRITE, &operation, &model) ||
        operation_cancel(call, &model) == CALL_DONE)
        return CALL_DONE;
    call->write->operation.id = operation.id;
    call->write->condition.child_seq = operation.seq;
    return CALL_PENDING;
}

enum call_state tuned_models_cancel(struct call *call)
{
    struct store_model model;
    if (!access_find_model(call, call->ids[0], ACCESS_WRITE, &model))
        return CALL_DONE;
    return operation_cancel(call, &model);
}

void tuned_models_cancel_finish(struct call *call)
{
    /* STORE_REFUSED: it has ended meanwhile, which is as good. */
    if (!access_answer_late(call, call->ids[0]))
        call_answer_empty(call);
}

void operations_cancel_finish(struct call *call)
{
    if (!operation_answer_late(call, operation_name_of_path(call)))
        call_answer_empty(call);
}

/* What follows "operations/" in the path: only tunedModels have operations. False if the call was
 * answered. */
static bool operation_read_name(struct call *call, struct operation_name *ret_name)
{
    if (identity_split_child(call->ids[0], "operations", &ret_name->model_id, &ret_name->id))
        return true;
    call_fail_text(call, ERROR_OP_MISSING,
        arena_printf(call->arena, "operations/%.*s", TEXT_ARGS(call->ids[0])));
    return false;
}

enum call_state operations_get_any(struct call *call)
{
    struct operation_name name;
    return operation_read_name(call, &name) ? operation_get(call, name) : CALL_DONE;
}

void operations_get_any_finish(struct call *call)
{
    struct operation_name name;
    if (operation_read_name(call, &name))
        operation_get_finish(call, name);
}

enum call_state operations_delete_any(struct call *call)
{
    struct operation_name name;
    struct store_operation operation;
    if (!operation_read_name(call, &name) ||
        !operation_find(call, name, ACCESS_WRITE, &operation, NULL))
        return CALL_DONE;
    struct store_write *write = call_new_write(call, STORE_DELETE_OPERATION);
    write->operation.model_id = name.model_id;
    write->operation.id = name.id;
    write->condition.child_seq = operation.seq;
    access_set_condition(call, ACCESS_WRITE, 0);
    return call_submit(call);
}

void operations_delete_any_finish(struct call *call)
{
    const struct store_operation *operation = &call->write->operation;
    if (!operation_answer_late(call, (struct operation_name){operation->model_id, operation->id}))
        call_answer_empty(call);
}
