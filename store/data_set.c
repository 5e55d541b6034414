#include "store/data_set.h"

#include "store/internal.h"

/* Finds the data set of this name; 0 if there is none. The name is that of its content, so one with
 * other bytes is damaged. */
static enum store_result data_set_find(struct store *store, const struct store_write *write,
    int64_t *ret_data_set_id, bool *ret_is_good)
{
    struct query query;
    query_start(&query, &store->writer, STATEMENT_FIND_DATA_SET_ROW);
    query_bind_text(&query, write->model.data_set);
    *ret_data_set_id = 0;
    *ret_is_good = false;
    if (query_step(&query)) {
        *ret_data_set_id = query_read_int64(&query);
        *ret_is_good = text_equals(query_read_text(&query), write->data_set_bytes);
    }
    return query_end(&query);
}

/* Writes a damaged data set anew, for all models that use it. */
static enum store_result data_set_mend(
    struct store *store, const struct store_write *write, int64_t data_set_id)
{
    store_report_damage("data_set", write->model.data_set,
        "its bytes are others than a create brought, which are written instead");
    struct query query;
    query_start(&query, &store->writer, STATEMENT_SET_DATA_SET);
    query_bind_int64(&query, data_set_id);
    query_bind_blob(&query, write->data_set_bytes);
    row_versions_touch(&store->row_versions, ROW_VERSIONS_DATA_SETS, write->model.data_set);
    return query_run(&query);
}

enum store_result data_set_need(
    struct store *store, const struct store_write *write, int64_t *ret_data_set_id)
{
    struct text name = write->model.data_set;
    *ret_data_set_id = 0;
    if (text_is_empty(name))
        return STORE_OK;
    bool is_good;
    enum store_result result = data_set_find(store, write, ret_data_set_id, &is_good);
    if (result == STORE_OK && *ret_data_set_id != 0 && !is_good)
        return data_set_mend(store, write, *ret_data_set_id);
    if (result != STORE_OK || *ret_data_set_id != 0)
        return result;

    struct query query;
    query_start(&query, &store->writer, STATEMENT_INSERT_DATA_SET);
    query_bind_text(&query, name);
    query_bind_blob(&query, write->data_set_bytes);
    while (query_step(&query))
        *ret_data_set_id = query_read_int64(&query);
    return query_end(&query);
}

enum store_result data_set_delete(struct store *store, int64_t data_set_id)
{
    struct query query;
    query_start(&query, &store->writer, STATEMENT_DELETE_DATA_SET);
    query_bind_int64(&query, data_set_id);
    enum store_result result = query_run_change(&query);
    if (result == STORE_NOT_FOUND) /* another model uses it */
        return STORE_OK;
    /* Whatever its name was. */
    row_versions_touch_namespace(&store->row_versions, ROW_VERSIONS_DATA_SETS);
    return result;
}
