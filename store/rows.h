/* Rows as SQLite or a reader's kept rows have them, to and from the structs of store.h. */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "base/arena.h"
#include "store/connection.h"
#include "store/store.h"

/* The columns of a row as they lie there. */
struct model_columns {
    int64_t seq;
    struct text id, facts;
};
struct operation_columns {
    int64_t seq;
    struct text model_id, id, fixed;
};
struct model_columns model_columns_of(struct query *query);
struct operation_columns operation_columns_of(struct query *query);

/* True of a tuning job's id. */
bool row_is_job(struct text id);

/* What columns mean; otherwise as model_read. `check` is the connection's. */
bool model_make(const struct model_columns *columns, store_model_check *check, struct arena *arena,
    struct store_model *ret_model);
/* The same of columns that model_make has found sound. */
void model_make_again(
    const struct model_columns *columns, struct arena *arena, struct store_model *ret_model);
bool operation_make(const struct operation_columns *columns, struct arena *arena,
    struct store_operation *ret_operation);

/*
 * Read all columns of a row. With an arena its texts live in there; without (NULL) they are
 * borrowed from the query. False if the row cannot be what was written; that is logged then, and of
 * the row only seq is set.
 */
bool model_read(struct query *query, struct arena *arena, struct store_model *ret_model);
bool permission_read(
    struct query *query, struct arena *arena, struct store_permission *ret_permission);

/*
 * The same without the log: NULL, or in words what is wrong. The texts of a model are not looked at
 * if a checksum vouches for them, and nobody is asked about it.
 */
const char *model_load(
    struct query *query, struct arena *arena, struct store_model *ret_model, bool *ret_is_vouched);
const char *operation_load(
    struct query *query, struct arena *arena, struct store_operation *ret_operation);
const char *permission_load(
    struct query *query, struct arena *arena, struct store_permission *ret_permission);

/* Reads one column, the role of a permission: 0 if there is none, or if it is damaged. */
int32_t role_read(struct query *query);

#endif
