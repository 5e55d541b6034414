/* The kinds of writes: what each does inside the writer's transaction. */
#include <assert.h>
#include <stddef.h>

#include "base/array.h"
#include "store/facts.h"
#include "store/internal.h"
#include "store/rows.h"

/* Numbers of the API's Permission that the store itself has to know. */
enum { GRANTEE_USER = 1, ROLE_OWNER = 1 };

/* What the other tables know a model by. */
struct model_row {
    int64_t seq;
    int64_t data_set_id; /* 0: none */
};

static enum store_result write_find_model(
    struct store *store, const struct store_write *write, struct text id, struct model_row *ret_row)
{
    struct query query;
    query_start(&query, &store->writer, STATEMENT_FIND_MODEL_ROW);
    query_bind_int64(&query, write->namespace_id);
    query_bind_text(&query, id);
    bool is_found = query_step(&query);
    *ret_row = (struct model_row){0};
    if (is_found) {
        ret_row->seq = query_read_int64(&query);
        ret_row->data_set_id = query_read_int64(&query);
    }
    return query_end_found(&query, is_found);
}

/* Starts a statement whose first parameters are BY_SEQ's in statements.c. */
static void write_start_by_seq(struct query *query, struct store *store, enum statement statement,
    const struct store_write *write, int64_t model_seq)
{
    query_start(query, &store->writer, statement);
    query_bind_int64(query, write->namespace_id);
    query_bind_int64(query, model_seq);
}

/* Finds the data set of this name or inserts it; 0 for a model without one. */
static enum store_result write_need_data_set(
    struct store *store, const struct store_write *write, int64_t *ret_data_set_id)
{
    struct text name = write->model.data_set;
    *ret_data_set_id = 0;
    if (text_is_empty(name))
        return STORE_OK;
    struct query query;
    query_start(&query, &store->writer, STATEMENT_FIND_DATA_SET_ID);
    query_bind_text(&query, name);
    if (query_step(&query))
        *ret_data_set_id = query_read_int64(&query);
    enum store_result result = query_end(&query);
    if (result != STORE_OK || *ret_data_set_id != 0)
        return result;

    query_start(&query, &store->writer, STATEMENT_INSERT_DATA_SET);
    query_bind_text(&query, name);
    query_bind_blob(&query, write->data_set_bytes);
    while (query_step(&query))
        *ret_data_set_id = query_read_int64(&query);
    return query_end(&query);
}

static enum store_result write_insert_model(
    struct store *store, struct store_write *write, int64_t data_set_id)
{
    write->model.seq = ++store->last_seq;
    facts_encode(&store->facts, &write->model);
    struct query query;
    write_start_by_seq(&query, store, STATEMENT_INSERT_MODEL, write, write->model.seq);
    query_bind_text(&query, write->model.id);
    if (data_set_id != 0)
        query_bind_int64(&query, data_set_id);
    else
        query_bind_null(&query);
    query_bind_blob(&query, buf_text(&store->facts));
    return query_run(&query);
}

static enum store_result write_insert_operation(
    struct store *store, struct store_write *write, int64_t model_seq)
{
    struct store_operation *operation = &write->operation;
    operation->seq = ++store->last_seq;
    struct query query;
    write_start_by_seq(&query, store, STATEMENT_INSERT_OPERATION, write, model_seq);
    query_bind_text(&query, operation->id);
    query_bind_int64(&query, operation->seq);
    query_bind_text(&query, operation->fixed);
    return query_run(&query);
}

static enum store_result write_insert_permission(
    struct store *store, struct store_write *write, int64_t model_seq)
{
    struct store_permission *permission = &write->permission;
    permission->seq = ++store->last_seq;
    struct query query;
    write_start_by_seq(&query, store, STATEMENT_INSERT_PERMISSION, write, model_seq);
    query_bind_text(&query, permission->id);
    query_bind_int64(&query, permission->seq);
    query_bind_int64(&query, permission->grantee_type);
    query_bind_int64(&query, permission->role);
    query_bind_text(&query, permission->email);
    return query_run(&query);
}

static enum store_result write_create_model(struct store *store, struct store_write *write)
{
    int64_t data_set_id;
    enum store_result result = write_need_data_set(store, write, &data_set_id);
    if (result == STORE_OK)
        result = write_insert_model(store, write, data_set_id);
    if (result == STORE_OK && !text_is_empty(write->operation.id))
        result = write_insert_operation(store, write, write->model.seq);
    if (result == STORE_OK && !text_is_empty(write->permission.id))
        result = write_insert_permission(store, write, write->model.seq);
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

    write_start_by_seq(&query, store, STATEMENT_SET_FACTS, write, model.seq);
    query_bind_blob(&query, buf_text(&store->facts));
    return query_run_change(&query);
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

static enum store_result write_delete_data_set(struct store *store, int64_t data_set_id)
{
    struct query query;
    query_start(&query, &store->writer, STATEMENT_DELETE_DATA_SET);
    query_bind_int64(&query, data_set_id);
    return query_run(&query);
}

static enum store_result write_delete_model(struct store *store, struct store_write *write)
{
    struct model_row row;
    enum store_result result = write_find_model(store, write, write->model.id, &row);
    static const enum statement deletes[] = {STATEMENT_DELETE_PERMISSIONS_OF_MODEL,
        STATEMENT_DELETE_OPERATIONS_OF_MODEL, STATEMENT_DELETE_MODEL};
    for (size_t i = 0; result == STORE_OK && i < ARRAY_COUNT(deletes); i++) {
        struct query query;
        write_start_by_seq(&query, store, deletes[i], write, row.seq);
        result = query_run(&query);
    }
    if (result == STORE_OK && row.data_set_id != 0)
        result = write_delete_data_set(store, row.data_set_id);
    return result;
}

/* Deletes what the model has under this id; the statement says of which kind. */
static enum store_result write_delete_child(struct store *store, const struct store_write *write,
    enum statement statement, struct text model_id, struct text id)
{
    struct model_row row;
    enum store_result result = write_find_model(store, write, model_id, &row);
    if (result != STORE_OK)
        return result;
    struct query query;
    write_start_by_seq(&query, store, statement, write, row.seq);
    query_bind_text(&query, id);
    return query_run_change(&query);
}

static enum store_result write_create_operation(struct store *store, struct store_write *write)
{
    struct model_row row;
    enum store_result result = write_find_model(store, write, write->operation.model_id, &row);
    return result == STORE_OK ? write_insert_operation(store, write, row.seq) : result;
}

static enum store_result write_delete_operation(struct store *store, struct store_write *write)
{
    const struct store_operation *operation = &write->operation;
    return write_delete_child(
        store, write, STATEMENT_DELETE_OPERATION, operation->model_id, operation->id);
}

static enum store_result write_create_permission(struct store *store, struct store_write *write)
{
    struct model_row row;
    enum store_result result = write_find_model(store, write, write->permission.model_id, &row);
    return result == STORE_OK ? write_insert_permission(store, write, row.seq) : result;
}

static enum store_result write_patch_permission(struct store *store, struct store_write *write)
{
    struct model_row row;
    enum store_result result = write_find_model(store, write, write->permission.model_id, &row);
    if (result != STORE_OK)
        return result;
    struct query query;
    write_start_by_seq(&query, store, STATEMENT_PATCH_PERMISSION, write, row.seq);
    query_bind_text(&query, write->permission.id);
    query_bind_int64(&query, write->permission.role);
    return query_run_change(&query);
}

static enum store_result write_delete_permission(struct store *store, struct store_write *write)
{
    const struct store_permission *permission = &write->permission;
    return write_delete_child(
        store, write, STATEMENT_DELETE_PERMISSION, permission->model_id, permission->id);
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
    *ret_role = query_step(&query) ? query_read_int32(&query) : 0;
    return query_end(&query);
}

static enum store_result write_demote_owners(
    struct store *store, const struct store_write *write, int64_t model_seq)
{
    struct query query;
    write_start_by_seq(&query, store, STATEMENT_DEMOTE_OWNERS, write, model_seq);
    return query_run(&query);
}

/* STORE_NOT_FOUND if this address has no permission as a user. */
static enum store_result write_promote_user(
    struct store *store, const struct store_write *write, int64_t model_seq)
{
    struct query query;
    write_start_by_seq(&query, store, STATEMENT_PROMOTE_USER, write, model_seq);
    query_bind_text(&query, write->permission.email);
    return query_run_change(&query);
}

static enum store_result write_transfer_ownership(struct store *store, struct store_write *write)
{
    struct store_permission *permission = &write->permission;
    struct model_row row;
    enum store_result result = write_find_model(store, write, permission->model_id, &row);
    int32_t role = 0;
    if (result == STORE_OK)
        result = write_find_role(store, write, &role);
    if (result != STORE_OK || role == ROLE_OWNER)
        return result;
    result = write_demote_owners(store, write, row.seq);
    if (result == STORE_OK)
        result = write_promote_user(store, write, row.seq);
    if (result != STORE_NOT_FOUND)
        return result;
    permission->grantee_type = GRANTEE_USER;
    permission->role = ROLE_OWNER;
    return write_insert_permission(store, write, row.seq);
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
    assert((size_t)write->kind < ARRAY_COUNT(functions));
    return functions[write->kind](store, write);
}
