#include <assert.h>

#include "store/internal.h"
#include "store/rows.h"

void reader_end_snapshot(struct store_reader *reader)
{
    /* A failure may have ended the transaction already; then there is nothing to end. */
    if (reader->has_snapshot && !sqlite3_get_autocommit(reader->connection.db) &&
        connection_run(&reader->connection, STATEMENT_COMMIT) != STORE_OK)
        connection_run(&reader->connection, STATEMENT_ROLLBACK);
    reader->has_snapshot = false;
    reader->connection.has_failed = false;
}

struct store_reader *store_get_reader(struct store *store, int index)
{
    assert(index >= 0 && index < store->reader_count);
    return &store->readers[index];
}

enum store_result store_read_begin(struct store_reader *reader)
{
    pthread_mutex_lock(&reader->mutex);
    while (reader->is_held)
        pthread_cond_wait(&reader->released, &reader->mutex);
    uint64_t generation = atomic_load(&reader->store->generation);
    if (reader->has_snapshot && reader->generation == generation)
        return STORE_OK;
    reader_end_snapshot(reader);
    /* SQLite takes the snapshot at the first look-up. That may be newer than this generation, in
     * which case the next begin renews it without need; it is never older. */
    enum store_result result = connection_run(&reader->connection, STATEMENT_BEGIN_READ);
    if (result != STORE_OK) {
        pthread_mutex_unlock(&reader->mutex);
        return result;
    }
    reader->has_snapshot = true;
    reader->generation = generation;
    return STORE_OK;
}

void store_read_end(struct store_reader *reader)
{
    if (reader->connection.has_failed)
        reader_end_snapshot(reader);
    pthread_mutex_unlock(&reader->mutex);
}

enum store_result store_find_model(struct store_reader *reader, int64_t namespace_id,
    struct text id, struct arena *arena, struct store_model *ret_model)
{
    struct query query;
    query_start(&query, &reader->connection, STATEMENT_FIND_MODEL);
    query_bind_int64(&query, namespace_id);
    query_bind_text(&query, id);
    bool is_found = query_step(&query);
    if (is_found)
        model_read(&query, arena, ret_model);
    return query_end_found(&query, is_found);
}

enum store_result store_list_models(struct store_reader *reader, int64_t namespace_id,
    int64_t after_seq, store_model_visitor *visit, void *context)
{
    struct query query;
    query_start(&query, &reader->connection, STATEMENT_LIST_MODELS);
    query_bind_int64(&query, namespace_id);
    query_bind_int64(&query, after_seq);
    bool is_wanted = true;
    while (is_wanted && query_step(&query)) {
        struct store_model model;
        is_wanted = model_read(&query, NULL, &model) && visit(context, &model);
    }
    return query_end(&query);
}

enum store_result store_find_data_set(
    struct store_reader *reader, struct text name, struct arena *arena, struct text *ret_bytes)
{
    struct query query;
    query_start(&query, &reader->connection, STATEMENT_FIND_DATA_SET);
    query_bind_text(&query, name);
    bool is_found = query_step(&query);
    if (is_found)
        *ret_bytes = arena_text(arena, query_read_text(&query));
    return query_end_found(&query, is_found);
}

enum store_result store_find_operation(struct store_reader *reader, int64_t namespace_id,
    struct text model_id, struct text id, struct arena *arena,
    struct store_operation *ret_operation)
{
    struct query query;
    query_start(&query, &reader->connection, STATEMENT_FIND_OPERATION);
    query_bind_int64(&query, namespace_id);
    query_bind_text(&query, model_id);
    query_bind_text(&query, id);
    bool is_found = query_step(&query);
    if (is_found)
        operation_read(&query, arena, ret_operation);
    return query_end_found(&query, is_found);
}

enum store_result store_list_operations(struct store_reader *reader, int64_t namespace_id,
    struct text model_id, int64_t after_seq, store_operation_visitor *visit, void *context)
{
    bool is_of_model = !text_is_empty(model_id);
    struct query query;
    query_start(&query, &reader->connection,
        is_of_model ? STATEMENT_LIST_OPERATIONS_OF_MODEL : STATEMENT_LIST_OPERATIONS);
    query_bind_int64(&query, namespace_id);
    if (is_of_model)
        query_bind_text(&query, model_id);
    query_bind_int64(&query, after_seq);
    bool is_wanted = true;
    while (is_wanted && query_step(&query)) {
        struct store_operation operation;
        operation_read(&query, NULL, &operation);
        is_wanted = visit(context, &operation);
    }
    return query_end(&query);
}

enum store_result store_find_permission(struct store_reader *reader, int64_t namespace_id,
    struct text model_id, struct text id, struct arena *arena,
    struct store_permission *ret_permission)
{
    struct query query;
    query_start(&query, &reader->connection, STATEMENT_FIND_PERMISSION);
    query_bind_int64(&query, namespace_id);
    query_bind_text(&query, model_id);
    query_bind_text(&query, id);
    bool is_found = query_step(&query);
    if (is_found)
        permission_read(&query, arena, ret_permission);
    return query_end_found(&query, is_found);
}

enum store_result store_list_permissions(struct store_reader *reader, int64_t namespace_id,
    struct text model_id, int64_t after_seq, store_permission_visitor *visit, void *context)
{
    struct query query;
    query_start(&query, &reader->connection, STATEMENT_LIST_PERMISSIONS);
    query_bind_int64(&query, namespace_id);
    query_bind_text(&query, model_id);
    query_bind_int64(&query, after_seq);
    bool is_wanted = true;
    while (is_wanted && query_step(&query)) {
        struct store_permission permission;
        permission_read(&query, NULL, &permission);
        is_wanted = visit(context, &permission);
    }
    return query_end(&query);
}

enum store_result store_find_roles(struct store_reader *reader, int64_t namespace_id,
    struct text model_id, struct text email, struct store_roles *ret_roles)
{
    struct query query;
    query_start(&query, &reader->connection, STATEMENT_FIND_ROLES);
    query_bind_int64(&query, namespace_id);
    query_bind_text(&query, model_id);
    query_bind_text(&query, email);
    struct store_roles roles = {0, 0};
    if (query_step(&query)) {
        roles.caller = query_read_int32(&query);
        roles.everyone = query_read_int32(&query);
    }
    enum store_result result = query_end(&query);
    if (result == STORE_OK)
        *ret_roles = roles;
    return result;
}
