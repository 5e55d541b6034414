/* Rows as SQLite has them, to and from the structs of store.h. */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "base/arena.h"
#include "store/connection.h"
#include "store/store.h"

/*
 * Read all columns of a row. With an arena its texts live in there; without (NULL) they are
 * borrowed from the query. A model whose facts cannot be read makes the query fail: false.
 */
bool model_read(struct query *query, struct arena *arena, struct store_model *ret_model);
void operation_read(
    struct query *query, struct arena *arena, struct store_operation *ret_operation);
void permission_read(
    struct query *query, struct arena *arena, struct store_permission *ret_permission);

#endif
