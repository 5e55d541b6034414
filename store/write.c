/* The kinds of writes: what each does inside the writer's transaction. */
#include <assert.h>
#include <stddef.h>

#include "store/facts.h"
#include "store/internal.h"
#include "store/rows.h"

/* Numbers of the API's Permission that the store itself has to know. */
enum { GRANTEE_USER = 1, ROLE_OWNER = 1 };

/* Ends a change of one row: STORE_NOT_FOUND if there was none to change. */
static enum store_result write_end_change(struct query *query)
{
    query_step(query);
    enum store_result result = query_end(query);
    return result == STORE_OK && query_changes(query) == 0 ? STORE_NOT_FOUND : result;
}

static enum store_result write_insert_data_set(
    struct store *store, struct text name, struct text bytes)
{
    struct query query;
    query_start(&query, &store->writer, STATEMENT_INSERT_DATA_SET);
    query_bind_text(&query, name);
    query_bind_blob(&query, bytes);
    query_step(&query);
    return query_end(&query);
}

static enum store_result write_insert_model(
    struct store *store, int64_t namespace_id, struct store_model *model)
{
    model->seq = ++store->last_seq;
    facts_encode(&store->facts, model);
    struct query query;
    query_start(&query, &store->writer, STATEMENT_INSERT_MODEL);
    query_bind_int64(&query, namespace_id);
    model_bind(&query, model, buf_text(&store->facts));
    query_step(&query);
    return query_end(&query);
}

static enum store_result write_insert_operation(
    struct store *store, int64_t namespace_id, struct store_operation *operation)
{
    operation->seq = ++store->last_seq;
    struct query query;
    query_start(&query, &store->writer, STATEMENT_INSERT_OPERATION);
    query_bind_int64(&query, namespace_id);
    operation_bind(&query, operation);
    query_step(&query);
    return query_end(&query);
}

static enum store_result write_insert_permission(
    struct store *store, int64_t namespace_id, struct store_permission *permission)
{
    permission->seq = ++store->last_seq;
    struct query query;
    query_start(&query, &store->writer, STATEMENT_INSERT_PERMISSION);
    query_bind_int64(&query, namespace_id);
    permission_bind(&query, permission);
    query_step(&query);
    return query_end(&query);
}

static enum store_result write_create_model(struct store *store, struct store_write *write)
{
    enum store_result result = STORE_OK;
    if (!text_is_empty(write->model.data_set))
        result = write_insert_data_set(store, write->model.data_set, write->data_set_bytes);
    if (result == STORE_OK)
        result = write_insert_model(store, write->namespace_id, &write->model);
    if (result == STORE_OK && !text_is_empty(write->operation.id))
        result = write_insert_operation(store, write->namespace_id, &write->operation);
    if (result == STORE_OK && !text_is_empty(write->permission.id))
        result = write_insert_permission(store, write->namespace_id, &write->permission);
    return result;
}

/* Changes what a write says of a model; STORE_REFUSED if its condition does not hold. */
typedef enum store_result model_change(const struct store_write *write, struct store_model *model);

/* Finds the write's model, changes its facts, and writes them back. */
static enum store_result write_change_model(
    struct store *store, const struct store_write *write, model_change *change)
{
    struct query query;
    query_start(&query, &store->writer, STATEMENT_FIND_MODEL);
    query_bind_int64(&query, write->namespace_id);
    query_bind_text(&query, write->model.id);
    enum store_result result = STORE_NOT_FOUND;
    struct store_model model;
    if (query_step(&query) && model_read(&query, NULL, &model)) {
        result = change(write, &model);
        /* Now, while the texts that did not change can be read from the row. */
        facts_encode(&store->facts, &model);
    }
    enum store_result end_result = query_end(&query);
    if (end_result != STORE_OK || result != STORE_OK)
        return end_result != STORE_OK ? end_result : result;

    query_start(&query, &store->writer, STATEMENT_SET_FACTS);
    query_bind_int64(&query, write->namespace_id);
    query_bind_int64(&query, model.seq);
    query_bind_blob(&query, buf_text(&store->facts));
    query_step(&query);
    return query_end(&query);
}

static enum store_result model_patch(const struct store_write *write, struct store_model *model)
{
    const struct store_model *new = &write->model;
    if (write->patch & STORE_PATCH_DISPLAY_NAME)
        model->display_name = new->display_name;
    if (write->patch & STORE_PATCH_DESCRIPTION)
        model->description = new->description;
    if (write->patch & STORE_PATCH_TEMPERATURE) {
        model->has_temperature = new->has_temperature;
        model->temperature = new->temperature;
    }
    if (write->patch & STORE_PATCH_TOP_P) {
        model->has_top_p = new->has_top_p;
        model->top_p = new->top_p;
    }
    if (write->patch & STORE_PATCH_TOP_K) {
        model->has_top_k = new->has_top_k;
        model->top_k = new->top_k;
    }
    if (write->patch & STORE_PATCH_READER_PROJECT_NUMBERS)
        model->reader_project_numbers = new->reader_project_numbers;
    return STORE_OK;
}

static enum store_result write_patch_model(struct store *store, struct store_write *write)
{
    return write_change_model(store, write, model_patch);
}

static enum store_result model_end(const struct store_write *write, struct store_model *model)
{
    if (model->end != 0 || model->fixed_state != 0)
        return STORE_REFUSED;
    model->end = write->model.end;
    model->end_ns = write->model.end_ns;
    model->end_code = write->model.end_code;
    model->end_message = write->model.end_message;
    return STORE_OK;
}

static enum store_result write_end_training(struct store *store, struct store_write *write)
{
    return write_change_model(store, write, model_end);
}

/* The two deletes that go before a model's own: of all its operations, or permissions. */
static enum store_result write_delete_children(
    struct store *store, enum statement statement, const struct store_write *write)
{
    struct query query;
    query_start(&query, &store->writer, statement);
    query_bind_int64(&query, write->namespace_id);
    query_bind_text(&query, write->model.id);
    query_step(&query);
    return query_end(&query);
}

static enum store_result write_delete_data_set(struct store *store, struct text name)
{
    struct query query;
    query_start(&query, &store->writer, STATEMENT_DELETE_DATA_SET);
    query_bind_text(&query, name);
    query_step(&query);
    return query_end(&query);
}

static enum store_result write_delete_model(struct store *store, struct store_write *write)
{
    enum store_result result =
        write_delete_children(store, STATEMENT_DELETE_PERMISSIONS_OF_MODEL, write);
    if (result == STORE_OK)
        result = write_delete_children(store, STATEMENT_DELETE_OPERATIONS_OF_MODEL, write);
    if (result != STORE_OK)
        return result;

    struct query query;
    query_start(&query, &store->writer, STATEMENT_DELETE_MODEL);
    query_bind_int64(&query, write->namespace_id);
    query_bind_text(&query, write->model.id);
    bool is_found = query_step(&query);
    /* The name is borrowed from the row, so its data set goes before this query ends; the row
     * itself is deleted when the first step returns. */
    struct text data_set = is_found ? query_read_text(&query) : TEXT("");
    if (!text_is_empty(data_set))
        result = write_delete_data_set(store, data_set);
    while (query_step(&query))
        continue;
    enum store_result end_result = query_end(&query);
    if (end_result != STORE_OK)
        return end_result;
    return result == STORE_OK && !is_found ? STORE_NOT_FOUND : result;
}

static enum store_result write_create_operation(struct store *store, struct store_write *write)
{
    return write_insert_operation(store, write->namespace_id, &write->operation);
}

static enum store_result write_delete_operation(struct store *store, struct store_write *write)
{
    struct query query;
    query_start(&query, &store->writer, STATEMENT_DELETE_OPERATION);
    query_bind_int64(&query, write->namespace_id);
    query_bind_text(&query, write->operation.model_id);
    query_bind_text(&query, write->operation.id);
    return write_end_change(&query);
}

static enum store_result write_create_permission(struct store *store, struct store_write *write)
{
    return write_insert_permission(store, write->namespace_id, &write->permission);
}

static enum store_result write_patch_permission(struct store *store, struct store_write *write)
{
    struct query query;
    query_start(&query, &store->writer, STATEMENT_PATCH_PERMISSION);
    query_bind_int64(&query, write->namespace_id);
    query_bind_text(&query, write->permission.model_id);
    query_bind_text(&query, write->permission.id);
    query_bind_int64(&query, write->permission.role);
    return write_end_change(&query);
}

static enum store_result write_delete_permission(struct store *store, struct store_write *write)
{
    struct query query;
    query_start(&query, &store->writer, STATEMENT_DELETE_PERMISSION);
    query_bind_int64(&query, write->namespace_id);
    query_bind_text(&query, write->permission.model_id);
    query_bind_text(&query, write->permission.id);
    return write_end_change(&query);
}

/* STORE_OK or STORE_NOT_FOUND, or a failure. */
static enum store_result write_find_model(struct store *store, int64_t namespace_id, struct text id)
{
    struct query query;
    query_start(&query, &store->writer, STATEMENT_FIND_MODEL);
    query_bind_int64(&query, namespace_id);
    query_bind_text(&query, id);
    bool is_found = query_step(&query);
    enum store_result result = query_end(&query);
    return result == STORE_OK && !is_found ? STORE_NOT_FOUND : result;
}

/* The role that the permission's address has on its model, 0 if none. */
static enum store_result write_find_role(
    struct store *store, const struct store_write *write, int32_t *ret_role)
{
    struct query query;
    query_start(&query, &store->writer, STATEMENT_FIND_ROLES);
    query_bind_int64(&query, write->namespace_id);
    query_bind_text(&query, write->permission.model_id);
    query_bind_text(&query, write->permission.email);
    if (query_step(&query))
        *ret_role = query_read_int32(&query);
    return query_end(&query);
}

/* STORE_NOT_FOUND if this address has no permission as a user. */
static enum store_result write_promote_user(struct store *store, const struct store_write *write)
{
    struct query query;
    query_start(&query, &store->writer, STATEMENT_PROMOTE_USER);
    query_bind_int64(&query, write->namespace_id);
    query_bind_text(&query, write->permission.model_id);
    query_bind_text(&query, write->permission.email);
    return write_end_change(&query);
}

static enum store_result write_demote_owners(struct store *store, const struct store_write *write)
{
    struct query query;
    query_start(&query, &store->writer, STATEMENT_DEMOTE_OWNERS);
    query_bind_int64(&query, write->namespace_id);
    query_bind_text(&query, write->permission.model_id);
    query_step(&query);
    return query_end(&query);
}

static enum store_result write_transfer_ownership(struct store *store, struct store_write *write)
{
    struct store_permission *permission = &write->permission;
    enum store_result result = write_find_model(store, write->namespace_id, permission->model_id);
    if (result != STORE_OK)
        return result;
    int32_t role = 0;
    result = write_find_role(store, write, &role);
    if (result != STORE_OK || role == ROLE_OWNER)
        return result;
    result = write_demote_owners(store, write);
    if (result != STORE_OK)
        return result;
    result = write_promote_user(store, write);
    if (result != STORE_NOT_FOUND)
        return result;
    permission->grantee_type = GRANTEE_USER;
    permission->role = ROLE_OWNER;
    return write_insert_permission(store, write->namespace_id, permission);
}

typedef enum store_result write_function(struct store *store, struct store_write *write);

enum store_result write_apply(struct store *store, struct store_write *write)
{
    static write_function *const functions[] = {
        [STORE_CREATE_MODEL] = write_create_model,
        [STORE_PATCH_MODEL] = write_patch_model,
        [STORE_DELETE_MODEL] = write_delete_model,
        [STORE_END_TRAINING] = write_end_training,
        [STORE_CREATE_OPERATION] = write_create_operation,
        [STORE_DELETE_OPERATION] = write_delete_operation,
        [STORE_CREATE_PERMISSION] = write_create_permission,
        [STORE_PATCH_PERMISSION] = write_patch_permission,
        [STORE_DELETE_PERMISSION] = write_delete_permission,
        [STORE_TRANSFER_OWNERSHIP] = write_transfer_ownership,
    };
    assert((size_t)write->kind < sizeof(functions) / sizeof(functions[0]));
    return functions[write->kind](store, write);
}
