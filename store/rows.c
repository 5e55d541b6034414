#include "store/rows.h"

#include "store/facts.h"

static struct text row_text(struct text text, struct arena *arena)
{
    /* Empty texts of a query point to a constant and may stay. */
    return arena && text.len > 0 ? arena_text(arena, text) : text;
}

static struct text row_read_text(struct query *query, struct arena *arena)
{
    return row_text(query_read_text(query), arena);
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

bool row_is_job(struct text id)
{
    return text_starts_with(id, TEXT("tuningJobs/"));
}

struct model_columns model_columns_of(struct query *query)
{
    struct model_columns columns;
    columns.seq = query_read_int64(query);
    columns.id = query_read_text(query);
    columns.facts = query_read_text(query);
    return columns;
}

static const char *model_decode(const struct model_columns *columns, struct arena *arena,
    struct store_model *ret_model, bool *ret_is_vouched)
{
    ret_model->seq = columns->seq;
    ret_model->id = row_text(columns->id, arena);
    *ret_is_vouched = false;
    struct text facts = row_text(columns->facts, arena);
    const char *problem = facts_decode(facts, ret_model, ret_is_vouched);
    if (problem || *ret_is_vouched)
        return problem;
    return row_is_id(ret_model->id) ? facts_check_texts(ret_model) : "its name is none";
}

const char *model_load(
    struct query *query, struct arena *arena, struct store_model *ret_model, bool *ret_is_vouched)
{
    struct model_columns columns = model_columns_of(query);
    return model_decode(&columns, arena, ret_model, ret_is_vouched);
}

bool model_make(const struct model_columns *columns, store_model_check *check, struct arena *arena,
    struct store_model *ret_model)
{
    bool is_vouched;
    const char *problem = model_decode(columns, arena, ret_model, &is_vouched);
    if (!problem && check)
        problem = check(ret_model, !is_vouched);
    return row_is_sound("model", ret_model->id, problem);
}

void model_make_again(
    const struct model_columns *columns, struct arena *arena, struct store_model *ret_model)
{
    ret_model->seq = columns->seq;
    ret_model->id = row_text(columns->id, arena);
    facts_decode_again(row_text(columns->facts, arena), ret_model);
}

bool model_read(struct query *query, struct arena *arena, struct store_model *ret_model)
{
    struct model_columns columns = model_columns_of(query);
    return model_make(&columns, query->connection->check_model, arena, ret_model);
}

struct operation_columns operation_columns_of(struct query *query)
{
    struct operation_columns columns;
    columns.seq = query_read_int64(query);
    columns.model_id = query_read_text(query);
    columns.id = query_read_text(query);
    columns.fixed = query_read_text(query);
    return columns;
}

static const char *operation_decode(const struct operation_columns *columns, struct arena *arena,
    struct store_operation *ret_operation)
{
    ret_operation->seq = columns->seq;
    ret_operation->model_id = row_text(columns->model_id, arena);
    ret_operation->id = row_text(columns->id, arena);
    ret_operation->fixed = row_text(columns->fixed, arena);
    if (!row_is_id(ret_operation->model_id) || !row_is_id(ret_operation->id))
        return "its name is none";
    return text_is_utf8(ret_operation->fixed, NULL) ? NULL : "its JSON is no UTF-8";
}

const char *operation_load(
    struct query *query, struct arena *arena, struct store_operation *ret_operation)
{
    struct operation_columns columns = operation_columns_of(query);
    return operation_decode(&columns, arena, ret_operation);
}

bool operation_make(const struct operation_columns *columns, struct arena *arena,
    struct store_operation *ret_operation)
{
    const char *problem = operation_decode(columns, arena, ret_operation);
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
