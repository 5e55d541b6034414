#include "store/write_namespace.h"

#include <assert.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "store/data_set.h"
#include "store/internal.h"

enum {
    /* SQLite keeps in memory what it reads of a table that it copies into itself. With a thousand
     * permissions each, the most that a model may have, this many take a few megabytes. */
    WRITE_NAMESPACE_STRETCH_MODELS = 64
};

/* Adds the data sets that the namespace uses to `ids`, a row of numbers. One that follows upon
 * itself is there once. */
static enum store_result write_namespace_list_data_sets(
    struct store *store, const struct store_write *write, struct buf *ids)
{
    struct query query;
    int64_t last = 0;
    query_start(&query, &store->writer, STATEMENT_LIST_DATA_SETS);
    query_bind_int64(&query, write->namespace_id);
    while (query_step(&query)) {
        int64_t id = query_read_int64(&query);
        if (id != last)
            buf_add(ids, &id, sizeof(id));
        last = id;
    }
    return query_end(&query);
}

/* Deletes the rows of a namespace from all tables that have namespaces. */
static enum store_result write_namespace_delete(
    struct store *store, const struct store_write *write)
{
    enum store_result result = STORE_OK;
    static const enum statement deletes[] = {
        STATEMENT_DELETE_PERMISSIONS, STATEMENT_DELETE_OPERATIONS, STATEMENT_DELETE_MODELS};
    for (size_t i = 0; result == STORE_OK && i < ARRAY_COUNT(deletes); i++) {
        struct query query;
        query_start(&query, &store->writer, deletes[i]);
        query_bind_int64(&query, write->namespace_id);
        result = query_run(&query);
    }
    if (result == STORE_OK)
        store->models_added = -(int64_t)sqlite3_changes(store->writer.db); /* the last delete */
    return result;
}

enum store_result write_namespace_clear(struct store *store, struct store_write *write)
{
    struct buf ids = BUF_INIT;
    enum store_result result = write_namespace_list_data_sets(store, write, &ids);
    if (result == STORE_OK)
        result = write_namespace_delete(store, write);
    for (size_t at = 0; result == STORE_OK && at < ids.len; at += sizeof(int64_t)) {
        int64_t id;
        memcpy(&id, ids.data + at, sizeof(id));
        result = data_set_delete(store, id);
    }
    buf_release(&ids);
    if (result == STORE_OK)
        numbering_clear(store->numbering, write->last_seq);
    return result;
}

enum store_result write_namespace_drop(struct store *store, struct store_write *write)
{
    enum store_result result = write_namespace_clear(store, write);
    if (result == STORE_OK)
        numbering_drop(store->numbering);
    return result;
}

/* Copies the models behind `after_seq` up to `last_seq` with all that is theirs. */
static enum store_result write_namespace_copy_stretch(
    struct store *store, const struct store_write *write, int64_t after_seq, int64_t last_seq)
{
    static const enum statement copies[] = {
        STATEMENT_COPY_MODELS, STATEMENT_COPY_OPERATIONS, STATEMENT_COPY_PERMISSIONS};
    enum store_result result = STORE_OK;
    for (size_t i = 0; result == STORE_OK && i < ARRAY_COUNT(copies); i++) {
        struct query query;
        query_start(&query, &store->writer, copies[i]);
        query_bind_int64(&query, write->source_namespace_id);
        query_bind_int64(&query, after_seq);
        query_bind_int64(&query, last_seq);
        query_bind_int64(&query, write->namespace_id);
        result = query_run(&query);
        if (copies[i] == STATEMENT_COPY_MODELS)
            store->models_added += sqlite3_changes(store->writer.db);
    }
    return result;
}

/* The last of the next stretch of models behind `after_seq`; 0: there are no more. */
static enum store_result write_namespace_find_end(
    struct store *store, const struct store_write *write, int64_t after_seq, int64_t *ret_last_seq)
{
    struct query query;
    query_start(&query, &store->writer, STATEMENT_FIND_STRETCH_END);
    query_bind_int64(&query, write->source_namespace_id);
    query_bind_int64(&query, after_seq);
    query_bind_int64(&query, WRITE_NAMESPACE_STRETCH_MODELS);
    *ret_last_seq = query_step(&query) ? query_read_int64(&query) : 0;
    return query_end(&query);
}

enum store_result write_namespace_copy(struct store *store, struct store_write *write)
{
    assert(write->source_namespace_id != write->namespace_id);
    struct numbering *source = numberings_use(&store->numberings, write->source_namespace_id);
    int64_t after_seq = 0, last_seq;
    enum store_result result;
    while ((result = write_namespace_find_end(store, write, after_seq, &last_seq)) == STORE_OK &&
           last_seq > after_seq) {
        result = write_namespace_copy_stretch(store, write, after_seq, last_seq);
        if (result == STORE_OK && atomic_load(&store->has_given_up))
            result = STORE_GIVEN_UP;
        if (result != STORE_OK)
            return result;
        after_seq = last_seq;
    }
    if (result == STORE_OK)
        numbering_follow(store->numbering, source);
    return result;
}
