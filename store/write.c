/* The kinds of writes: what each does inside the writer's transaction. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/array.h"
#include "store/data_set.h"
#include "store/facts.h"
#include "store/internal.h"
#include "store/rows.h"
#include "store/write_namespace.h"

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

/* The number of a new row: that which was given, or the next. */
static int64_t write_new_seq(struct store *store, const struct store_write *write, int64_t given)
{
    struct numbering *numbering = store->numbering;
    if (numbering->last_seq < write->last_seq)
        numbering->last_seq = write->last_seq;
    return write->keeps_seqs && given > 0 ? given : ++numbering->last_seq;
}

static enum store_result write_insert_model(
    struct store *store, struct store_write *write, int64_t data_set_id)
{
    write->model.seq = write_new_seq(store, write, write->model.seq);
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
    operation->seq = write_new_seq(store, write, operation->seq);
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
    permission->seq = write_new_seq(store, write, permission->seq);
    struct query query;
    write_start_by_seq(&query, store, STATEMENT_INSERT_PERMISSION, write, model_seq);
    query_bind_text(&query, permission->id);
    query_bind_int64(&query, permission->seq);
    query_bind_int64(&query, permission->grantee_type);
    query_bind_int64(&query, permission->role);
    query_bind_text(&query, permission->email);
    return query_run(&query);
}

/* Inserts one more permission, unless there are too many then. Looked at last, so that what exists
 * already is told as that. */
static enum store_result write_add_permission(
    struct store *store, struct store_write *write, int64_t model_seq)
{
    enum store_result result = write_insert_permission(store, write, model_seq);
    if (result != STORE_OK || write->permissions_max == 0)
        return result;
    struct query query;
    write_start_by_seq(&query, store, STATEMENT_FIND_PERMISSION_BEYOND, write, model_seq);
    query_bind_int64(&query, write->permissions_max);
    bool is_too_many = query_step(&query);
    result = query_end(&query);
    return result == STORE_OK && is_too_many ? STORE_REFUSED : result;
}

static enum store_result write_create_model(
    struct store *store, struct store_write *write, const struct model_row *source)
{
    (void)source; /* it has only to be there */
    int64_t data_set_id;
    enum store_result result = data_set_need(store, write, &data_set_id);
    if (result == STORE_OK)
        result = write_insert_model(store, write, data_set_id);
    while (result == STORE_EXISTS && write->redraw) {
        write->redraw(write);
        result = write_insert_model(store, write, data_set_id);
    }
    store->models_added = 1;
    store->jobs_added = row_is_job(write->model.id);
    if (result == STORE_OK && !text_is_empty(write->operation.id))
        result = write_insert_operation(store, write, write->model.seq);
    if (result == STORE_OK && !text_is_empty(write->permission.id))
        result = write_insert_permission(store, write, write->model.seq);
    return result;
}

/* Changes what a write says of a model; STORE_REFUSED if that may not be. */
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
    if (query_step(&query))
        result = model_read(&query, NULL, &model) ? change(write, &model) : STORE_DAMAGED;
    /* Now, while the texts that did not change can be read from the row. */
    if (result == STORE_OK)
        facts_encode(&store->facts, &model);
    enum store_result end_result = query_end(&query);
    if (end_result != STORE_OK || result != STORE_OK)
        return end_result != STORE_OK ? end_result : result;

    write_start_by_seq(&query, store, STATEMENT_SET_FACTS, write, model.seq);
    query_bind_blob(&query, buf_text(&store->facts));
    return query_run_change(&query);
}

static bool write_holds(const struct store_write *write, const struct store_model *model)
{
    const struct store_condition *condition = &write->condition;
    store_is_outside = true;
    bool holds = !condition->holds || condition->holds(model, condition->context);
    store_is_outside = false;
    return holds;
}

static enum store_result write_apply_patch(
    const struct store_write *write, struct store_model *model)
{
    const struct store_model *new = &write->model;
    if (!write_holds(write, model))
        return STORE_REFUSED;
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
    if (write->patch & STORE_PATCH_MODEL_NAME)
        model->model_name = new->model_name;
    if (write->patch & STORE_PATCH_MODEL_TEXT)
        model->model_text = new->model_text;
    if (write->patch & STORE_PATCH_DEFAULT_CHECKPOINT)
        model->default_checkpoint = new->default_checkpoint;
    if (write->patch & STORE_PATCH_REMOVED)
        model->removed = new->removed;
    return STORE_OK;
}

/* Changes the write's model and gives what became of it, if that is wanted. */
static enum store_result write_make_model(struct store *store, struct store_write *write,
    const struct model_row *row, model_change *change)
{
    enum store_result result = write_change_model(store, write, change);
    if (result != STORE_OK || !write->ret_model)
        return result;
    /* Copied from what was written: a look at the row after the commit may find it changed again.
     */
    struct text facts = arena_text(write->arena, buf_text(&store->facts));
    *write->ret_model = (struct store_model){.seq = row->seq, .id = write->model.id};
    bool is_vouched;
    return facts_decode(facts, write->ret_model, &is_vouched) ? STORE_FAILED : STORE_OK;
}

static enum store_result write_patch_model(
    struct store *store, struct store_write *write, const struct model_row *row)
{
    return write_make_model(store, write, row, write_apply_patch);
}

static enum store_result write_apply_training(
    const struct store_write *write, struct store_model *model)
{
    if ((model->end != 0 && !model->has_end_step) || model->fixed_state != 0)
        return STORE_REFUSED;
    if (!write_holds(write, model))
        return STORE_REFUSED;
    model->start_ns = write->model.start_ns;
    model->end = write->model.end;
    model->end_ns = write->model.end_ns;
    model->has_end_step = write->model.has_end_step;
    model->end_step = write->model.end_step;
    model->end_code = write->model.end_code;
    model->end_message = write->model.end_message;
    model->has_stall_step = write->model.has_stall_step;
    model->stall_step = write->model.stall_step;
    model->looks = write->model.looks;
    model->moves = write->model.moves;
    return STORE_OK;
}

static enum store_result write_change_training(
    struct store *store, struct store_write *write, const struct model_row *row)
{
    if (write->condition.holds)
        reader_hold_all(store, true);
    return write_make_model(store, write, row, write_apply_training);
}

static enum store_result write_delete_model(
    struct store *store, struct store_write *write, const struct model_row *row)
{
    enum store_result result = STORE_OK;
    static const enum statement deletes[] = {STATEMENT_DELETE_PERMISSIONS_OF_MODEL,
        STATEMENT_DELETE_OPERATIONS_OF_MODEL, STATEMENT_DELETE_MODEL};
    for (size_t i = 0; result == STORE_OK && i < ARRAY_COUNT(deletes); i++) {
        struct query query;
        write_start_by_seq(&query, store, deletes[i], write, row->seq);
        result = query_run(&query);
    }
    if (result == STORE_OK && row->data_set_id != 0)
        result = data_set_delete(store, row->data_set_id);
    store->models_deleted = 1;
    store->jobs_added = -row_is_job(write->model.id);
    return result;
}

/* Runs a change of an operation or a permission. */
static enum store_result write_run_child(struct query *query)
{
    enum store_result result = query_run_change(query);
    return result == STORE_NOT_FOUND ? STORE_CHILD_NOT_FOUND : result;
}

static enum store_result write_create_operation(
    struct store *store, struct store_write *write, const struct model_row *row)
{
    return write_insert_operation(store, write, row->seq);
}

static enum store_result write_delete_operation(
    struct store *store, struct store_write *write, const struct model_row *row)
{
    struct query query;
    write_start_by_seq(&query, store, STATEMENT_DELETE_OPERATION, write, row->seq);
    query_bind_text(&query, write->operation.id);
    return write_run_child(&query);
}

static enum store_result write_create_permission(
    struct store *store, struct store_write *write, const struct model_row *row)
{
    return write_add_permission(store, write, row->seq);
}

static enum store_result write_patch_permission(
    struct store *store, struct store_write *write, const struct model_row *row)
{
    struct query query;
    write_start_by_seq(&query, store, STATEMENT_PATCH_PERMISSION, write, row->seq);
    query_bind_text(&query, write->permission.id);
    query_bind_int64(&query, write->permission.role);
    return write_run_child(&query);
}

static enum store_result write_delete_permission(
    struct store *store, struct store_write *write, const struct model_row *row)
{
    struct query query;
    write_start_by_seq(&query, store, STATEMENT_DELETE_PERMISSION, write, row->seq);
    query_bind_text(&query, write->permission.id);
    return write_run_child(&query);
}

/* The roles that an address and everyone have on a model. */
static enum store_result write_find_roles(struct store *store, const struct store_write *write,
    struct text model_id, struct text email, struct store_roles *ret_roles)
{
    struct query query;
    query_start(&query, &store->writer, STATEMENT_FIND_ROLES);
    query_bind_int64(&query, write->namespace_id);
    query_bind_text(&query, model_id);
    query_bind_text(&query, email);
    *ret_roles = (struct store_roles){0, 0};
    if (query_step(&query)) {
        ret_roles->caller = role_read(&query);
        ret_roles->everyone = role_read(&query);
    }
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

static enum store_result write_transfer_ownership(
    struct store *store, struct store_write *write, const struct model_row *row)
{
    struct store_permission *permission = &write->permission;
    struct store_roles roles;
    enum store_result result =
        write_find_roles(store, write, permission->model_id, permission->email, &roles);
    if (result != STORE_OK || roles.caller == ROLE_OWNER)
        return result;
    result = write_demote_owners(store, write, row->seq);
    if (result == STORE_OK)
        result = write_promote_user(store, write, row->seq);
    if (result != STORE_NOT_FOUND)
        return result;
    permission->grantee_type = GRANTEE_USER;
    permission->role = ROLE_OWNER;
    return write_add_permission(store, write, row->seq);
}

/* `row` is that of the model that the write needs. */
typedef enum store_result write_function(
    struct store *store, struct store_write *write, const struct model_row *row);

/* One kind of write: what it does, and where it names the model that it needs, and an operation or
 * permission of it. */
struct write_kind {
    write_function *apply;
    size_t model_id;
    size_t child_id;
    enum statement find_child;
    bool may_lack_model; /* it needs one only if it names one */
    /* Of all models of a namespace, instead of the above. */
    enum store_result (*apply_to_all)(struct store *store, struct store_write *write);
};

#define WRITE_NAMES(member) offsetof(struct store_write, member)
#define WRITE_NAMES_OPERATION                                                                      \
    .child_id = WRITE_NAMES(operation.id), .find_child = STATEMENT_FIND_OPERATION_ROW
#define WRITE_NAMES_PERMISSION                                                                     \
    .child_id = WRITE_NAMES(permission.id), .find_child = STATEMENT_FIND_PERMISSION_ROW
static const struct write_kind write_kinds[] = {
    [STORE_CREATE_MODEL] = {.apply = write_create_model,
        .may_lack_model = true,
        .model_id = WRITE_NAMES(source_id)},
    [STORE_PATCH_MODEL] = {.apply = write_patch_model, .model_id = WRITE_NAMES(model.id)},
    [STORE_DELETE_MODEL] = {.apply = write_delete_model, .model_id = WRITE_NAMES(model.id)},
    [STORE_CHANGE_TRAINING] = {.apply = write_change_training,
        .model_id = WRITE_NAMES(model.id),
        WRITE_NAMES_OPERATION},
    [STORE_CREATE_OPERATION] = {.apply = write_create_operation,
        .model_id = WRITE_NAMES(operation.model_id)},
    [STORE_DELETE_OPERATION] = {.apply = write_delete_operation,
        .model_id = WRITE_NAMES(operation.model_id),
        WRITE_NAMES_OPERATION},
    [STORE_CREATE_PERMISSION] = {.apply = write_create_permission,
        .model_id = WRITE_NAMES(permission.model_id)},
    [STORE_PATCH_PERMISSION] = {.apply = write_patch_permission,
        .model_id = WRITE_NAMES(permission.model_id),
        WRITE_NAMES_PERMISSION},
    [STORE_DELETE_PERMISSION] = {.apply = write_delete_permission,
        .model_id = WRITE_NAMES(permission.model_id),
        WRITE_NAMES_PERMISSION},
    [STORE_TRANSFER_OWNERSHIP] = {.apply = write_transfer_ownership,
        .model_id = WRITE_NAMES(permission.model_id)},
    [STORE_CLEAR_NAMESPACE] = {.apply_to_all = write_namespace_clear},
    [STORE_DROP_NAMESPACE] = {.apply_to_all = write_namespace_drop},
    [STORE_COPY_NAMESPACE] = {.apply_to_all = write_namespace_copy},
};

static struct text write_text_at(const struct store_write *write, size_t offset)
{
    struct text text;
    memcpy(&text, (const char *)write + offset, sizeof(text));
    return text;
}

static enum store_result write_check_role(
    struct store *store, struct store_write *write, struct text model_id)
{
    const struct store_condition *condition = &write->condition;
    struct store_roles roles;
    enum store_result result = write_find_roles(store, write, model_id, condition->email, &roles);
    if (result != STORE_OK)
        return result;
    bool is_own = roles.caller >= ROLE_OWNER && roles.caller <= condition->role;
    bool is_everyones = roles.everyone >= ROLE_OWNER && roles.everyone <= condition->role;
    if (is_own || (is_everyones && !condition->is_own_role))
        return STORE_OK;
    write->ret_roles = roles;
    return STORE_FORBIDDEN;
}

static enum store_result write_check_child(
    struct store *store, const struct store_write *write, int64_t model_seq)
{
    const struct write_kind *kind = &write_kinds[write->kind];
    struct query query;
    write_start_by_seq(&query, store, kind->find_child, write, model_seq);
    query_bind_text(&query, write_text_at(write, kind->child_id));
    int64_t seq = 0;
    int32_t role = 0;
    if (query_step(&query)) {
        seq = query_read_int64(&query);
        role = query_read_int32(&query);
    }
    enum store_result result = query_end(&query);
    if (result != STORE_OK)
        return result;
    if (seq != write->condition.child_seq)
        return STORE_CHILD_NOT_FOUND;
    return role == ROLE_OWNER ? STORE_REFUSED : STORE_OK;
}

/* Finds the model that the write needs, and looks whether all is as it was when it was decided on.
 */
static enum store_result write_check(
    struct store *store, struct store_write *write, struct model_row *ret_row)
{
    const struct store_condition *condition = &write->condition;
    struct text model_id = write_text_at(write, write_kinds[write->kind].model_id);
    if (write_kinds[write->kind].may_lack_model && text_is_empty(model_id))
        return STORE_OK;
    enum store_result result = write_find_model(store, write, model_id, ret_row);
    if (result == STORE_OK && condition->model_seq != 0 && condition->model_seq != ret_row->seq)
        return STORE_NOT_FOUND;
    if (result == STORE_OK && condition->role != 0)
        result = write_check_role(store, write, model_id);
    if (result == STORE_OK && condition->child_seq != 0)
        result = write_check_child(store, write, ret_row->seq);
    return result;
}

/* Has readers look up again what the write may have changed. */
static void write_touch(struct store *store, const struct store_write *write)
{
    const struct write_kind *kind = &write_kinds[write->kind];
    bool is_create = write->kind == STORE_CREATE_MODEL;
    if (kind->apply_to_all)
        row_versions_touch_namespace(&store->row_versions, write->namespace_id);
    else
        row_versions_touch(&store->row_versions, write->namespace_id,
            is_create ? write->model.id : write_text_at(write, kind->model_id));
}

static enum store_result write_apply_kind(struct store *store, struct store_write *write)
{
    assert((size_t)write->kind < ARRAY_COUNT(write_kinds));
    struct model_row row = {0};
    const struct write_kind *kind = &write_kinds[write->kind];
    store->models_added = store->models_deleted = store->jobs_added = 0;
    if (kind->apply_to_all)
        return kind->apply_to_all(store, write);
    enum store_result result = write_check(store, write, &row);
    return result == STORE_OK ? kind->apply(store, write, &row) : result;
}

enum store_result write_apply(struct store *store, struct store_write *write)
{
    enum store_result result = write_apply_kind(store, write);
    write_touch(store, write); /* afterwards, since a create may have drawn another id */
    return result;
}
