/* Rows as SQLite has them, to and from the structs of store.h. */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "base/arena.h"
#include "store/connection.h"
#include "store/store.h"

/* Binds all columns of an insert but namespace_id, which goes before. */
void model_bind(struct query *query, const struct store_model *model);
void operation_bind(struct query *query, const struct store_operation *operation);
void permission_bind(struct query *query, const struct store_permission *permission);

/* Binds a number, or NULL if there is none. */
void optional_bind(struct query *query, bool has_number, double number);

/* Reads all columns of a row; texts are borrowed from the query. */
void model_read(struct query *query, struct store_model *ret_model);
void operation_read(struct query *query, struct store_operation *ret_operation);
void permission_read(struct query *query, struct store_permission *ret_permission);

/* Moves the texts of a row into the arena. */
void model_keep(struct store_model *model, struct arena *arena);
void operation_keep(struct store_operation *operation, struct arena *arena);
void permission_keep(struct store_permission *permission, struct arena *arena);

#endif
