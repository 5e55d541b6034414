#include "store/write_namespace.h"

#include <assert.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "store/data_set.h"
#include "store/difference.h"
#include "store/internal.h"

/* Starts a statement about a stretch of the models of a namespace. */
static void write_namespace_start(struct query *query, struct store *store,
    enum statement statement, int64_t namespace_id, const struct difference *stretch)
{
    query_start(query, &store->writer, statement);
    query_bind_int64(query, namespace_id);
    query_bind_int64(query, stretch->after_seq);
    query_bind_int64(query, stretch->last_seq);
}

/* Adds the data sets that the models use to `ids`, a row of numbers. One that follows upon itself
 * is there once. */
static enum store_result write_namespace_list_data_sets(struct store *store,
    const struct store_write *write, const struct difference *stretch, struct buf *ids)
{
    struct query query;
    int64_t last = 0;
    write_namespace_start(&query, store, STATEMENT_LIST_DATA_SETS, write->namespace_id, stretch);
    while (query_step(&query)) {
        int64_t id = query_read_int64(&query);
        if (id != last)
            buf_add(ids, &id, sizeof(id));
        last = id;
    }
    return query_end(&query);
}

/* Deletes the models with all that is theirs. */
static enum store_result write_namespace_delete(
    struct store *store, const struct store_write *write, const struct difference *stretch)
{
    enum store_result result = STORE_OK;
    static const enum statement deletes[] = {
        STATEMENT_DELETE_PERMISSIONS, STATEMENT_DELETE_OPERATIONS, STATEMENT_DELETE_MODELS};
    for (size_t i = 0; result == STORE_OK && i < ARRAY_COUNT(deletes); i++) {
        struct query query;
        write_namespace_start(&query, store, deletes[i], write->namespace_id, stretch);
        result = query_run(&query);
    }
    if (result == STORE_OK)
        store->models_deleted += sqlite3_changes(store->writer.db); /* the last delete */
    return result;
}

/* Deletes those of the data sets that no model uses any more. */
static enum store_result write_namespace_delete_data_sets(
    struct store *store, const struct buf *ids)
{
    enum store_result result = STORE_OK;
    for (size_t at = 0; result == STORE_OK && at < ids->len; at += sizeof(int64_t)) {
        int64_t id;
        memcpy(&id, ids->data + at, sizeof(id));
        result = data_set_delete(store, id);
    }
    return result;
}

enum store_result write_namespace_clear(struct store *store, struct store_write *write)
{
    static const struct difference all = {.last_seq = INT64_MAX};
    struct buf ids = BUF_INIT;
    enum store_result result = write_namespace_list_data_sets(store, write, &all, &ids);
    if (result == STORE_OK)
        result = write_namespace_delete(store, write, &all);
    if (result == STORE_OK)
        result = write_namespace_delete_data_sets(store, &ids);
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

/* Deletes what is not the same as in the source, but not where facts alone are others. What the
 * source has of it is copied once all of this is gone: an id may have been another model's. */
static enum store_result write_namespace_delete_others(struct store *store,
    const struct store_write *write, const struct difference *differences, size_t count,
    struct buf *ids)
{
    enum store_result result = STORE_OK;
    for (size_t i = 0; result == STORE_OK && i < count; i++) {
        if (differences[i].is_of_facts)
            continue;
        result = write_namespace_list_data_sets(store, write, &differences[i], ids);
        if (result == STORE_OK)
            result = write_namespace_delete(store, write, &differences[i]);
    }
    return result;
}

static enum store_result write_namespace_copy_one(struct store *store,
    const struct store_write *write, enum statement statement, const struct difference *difference)
{
    struct query query;
    write_namespace_start(&query, store, statement, write->source_namespace_id, difference);
    query_bind_int64(&query, write->namespace_id);
    return query_run(&query);
}

/* Copies what differs from the source. */
static enum store_result write_namespace_copy_difference(
    struct store *store, const struct store_write *write, const struct difference *difference)
{
    if (difference->is_of_facts)
        return write_namespace_copy_one(store, write, STATEMENT_COPY_FACTS, difference);
    enum store_result result =
        write_namespace_copy_one(store, write, STATEMENT_COPY_MODELS, difference);
    store->models_added += sqlite3_changes(store->writer.db);
    if (result == STORE_OK)
        result = write_namespace_copy_one(store, write, STATEMENT_COPY_OPERATIONS, difference);
    if (result == STORE_OK)
        result = write_namespace_copy_one(store, write, STATEMENT_COPY_PERMISSIONS, difference);
    return result;
}

/* Makes the rows those of the source. Adds to `ids` the data sets that may be of no use then. */
static enum store_result write_namespace_make_same(struct store *store,
    const struct store_write *write, const struct difference *differences, size_t count,
    struct buf *ids)
{
    enum store_result result = write_namespace_delete_others(store, write, differences, count, ids);
    for (size_t i = 0; result == STORE_OK && i < count; i++) {
        result = write_namespace_copy_difference(store, write, &differences[i]);
        if (result == STORE_OK && atomic_load(&store->has_given_up))
            result = STORE_GIVEN_UP;
    }
    return result;
}

enum store_result write_namespace_copy(struct store *store, struct store_write *write)
{
    assert(write->source_namespace_id != write->namespace_id);
    struct numbering *source = numberings_use(&store->numberings, write->source_namespace_id);
    struct buf differences = BUF_INIT, ids = BUF_INIT;
    enum store_result result =
        difference_list(store, write->namespace_id, write->source_namespace_id, &differences);
    if (result == STORE_OK)
        result = write_namespace_make_same(store, write,
            (const struct difference *)(const void *)differences.data,
            differences.len / sizeof(struct difference), &ids);
    if (result == STORE_OK)
        result = write_namespace_delete_data_sets(store, &ids);
    buf_release(&ids);
    buf_release(&differences);
    if (result == STORE_OK)
        numbering_follow(store->numbering, source);
    return result;
}
