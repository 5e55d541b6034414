#include "store/rows.h"

#include "store/facts.h"

/* Empty texts of a query point to a constant and may stay. */
static struct text row_read_text(struct query *query, struct arena *arena)
{
    struct text text = query_read_text(query);
    return arena && text.len > 0 ? arena_text(arena, text) : text;
}

/* Logs what is wrong, if anything is. */
static bool row_is_sound(const char *table, struct text id, const char *problem)
{
    if (problem)
        store_report_damage(table, id, problem);
    return !problem;
}

/* Ids are parts of names, which slashes separate. */
static bool row_is_id(struct text id)
{
    return id.len > 0 && text_find_byte(id, '/') == id.len && text_is_utf8(id, NULL);
}

const char *model_load(
    struct query *query, struct arena *arena, struct store_model *ret_model, bool *ret_is_vouched)
{
    ret_model->seq = query_read_int64(query);
    ret_model->id = row_read_text(query, arena);
    *ret_is_vouched = false;
    const char *problem = facts_decode(row_read_text(query, arena), ret_model, ret_is_vouched);
    if (problem || *ret_is_vouched)
        return problem;
    return row_is_id(ret_model->id) ? facts_check_texts(ret_model) : "its name is none";
}

bool model_read(struct query *query, struct arena *arena, struct store_model *ret_model)
{
    bool is_vouched;
    const char *problem = model_load(query, arena, ret_model, &is_vouched);
    store_model_check *check = query->connection->check_model;
    if (!problem && check)
        problem = check(ret_model, !is_vouched);
    return row_is_sound("model", ret_model->id, problem);
}

const char *operation_load(
    struct query *query, struct arena *arena, struct store_operation *ret_operation)
{
    ret_operation->seq = query_read_int64(query);
    ret_operation->model_id = row_read_text(query, arena);
    ret_operation->id = row_read_text(query, arena);
    ret_operation->fixed = row_read_text(query, arena);
    if (!row_is_id(ret_operation->model_id) || !row_is_id(ret_operation->id))
        return "its name is none";
    return text_is_utf8(ret_operation->fixed, NULL) ? NULL : "its JSON is no UTF-8";
}

bool operation_read(struct query *query, struct arena *arena, struct store_operation *ret_operation)
{
    const char *problem = operation_load(query, arena, ret_operation);
    return row_is_sound("operation", ret_operation->id, problem);
}

const char *permission_load(
    struct query *query, struct arena *arena, struct store_permission *ret_permission)
{
    ret_permission->seq = query_read_int64(query);
    ret_permission->model_id = row_read_text(query, arena);
    ret_permission->id = row_read_text(query, arena);
    ret_permission->grantee_type = query_read_int32(query);
    ret_permission->role = query_read_int32(query);
    ret_permission->email = row_read_text(query, arena);
    if (!row_is_id(ret_permission->model_id) || !row_is_id(ret_permission->id))
        return "its name is none";
    if (ret_permission->grantee_type < 0 || ret_permission->grantee_type > STORE_GRANTEE_TYPE_MAX)
        return "its grantee type is none";
    if (ret_permission->role < 1 || ret_permission->role > STORE_ROLE_MAX)
        return "its role is none";
    return text_is_utf8(ret_permission->email, NULL) ? NULL : "its e-mail address is no UTF-8";
}

bool permission_read(
    struct query *query, struct arena *arena, struct store_permission *ret_permission)
{
    const char *problem = permission_load(query, arena, ret_permission);
    return row_is_sound("permission", ret_permission->id, problem);
}

int32_t role_read(struct query *query)
{
    int32_t role = query_read_int32(query);
    return role >= 1 && role <= STORE_ROLE_MAX ? role : 0;
}
