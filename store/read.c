#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "store/internal.h"
#include "store/rows.h"

/* Rows that a list visits before others get their turn with the reader: about a millisecond. */
enum { LIST_PIECE_ROWS = 256 };

_Thread_local bool store_is_outside;

/* Begins a call of the store that reads. */
static void read_start(struct query *query, struct store_reader *reader, enum statement statement)
{
    assert(!store_is_outside);
    query_start(query, &reader->connection, statement);
}

void reader_end_snapshot(struct store_reader *reader)
{
    /* A failure may have ended the transaction already; then there is nothing to end. Without
     * memory not even the end may have worked before. */
    sqlite3 *db = reader->connection.db;
    if (db && !sqlite3_get_autocommit(db) &&
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

void reader_lock(struct store_reader *reader)
{
    pthread_mutex_lock(&reader->turn);
    pthread_mutex_lock(&reader->mutex);
    pthread_mutex_unlock(&reader->turn);
}

void reader_unlock(struct store_reader *reader)
{
    pthread_mutex_unlock(&reader->mutex);
}

void reader_hold_all(struct store *store, bool is_held)
{
    if (store->are_readers_held == is_held)
        return;
    store->are_readers_held = is_held;
    for (int i = 0; i < store->reader_count; i++) {
        struct store_reader *reader = &store->readers[i];
        reader_lock(reader); /* free once who reads has done so */
        reader->is_held = is_held;
        pthread_cond_broadcast(&reader->released);
        reader_unlock(reader);
    }
}

/* Locks it to read, once the writer does not hold the readers back. */
static void reader_lock_to_read(struct store_reader *reader)
{
    reader_lock(reader);
    while (reader->is_held)
        pthread_cond_wait(&reader->released, &reader->mutex);
}

/* Takes the snapshot of a transaction that has begun: this is its first look-up. */
static enum store_result reader_take_snapshot(struct store_reader *reader)
{
    struct query query;
    query_start(&query, &reader->connection, STATEMENT_DATA_VERSION);
    if (query_step(&query))
        reader->data_version = query_read_int64(&query);
    return query_end(&query);
}

/* Takes a new snapshot if the writer has committed since. */
static enum store_result reader_renew(struct store_reader *reader)
{
    uint64_t generation = atomic_load(&reader->store->generation);
    if (reader->has_snapshot && reader->generation == generation)
        return STORE_OK;
    reader_end_snapshot(reader);
    connection_unmap(&reader->connection);
    /* It may be newer than this generation, in which case the next begin renews it without need; it
     * is never older. By itself SQLite would take it at the first look-up, when a row that is kept
     * may have been read already; now that and all others are of the same moment. */
    enum store_result result = connection_run(&reader->connection, STATEMENT_BEGIN_READ);
    if (result == STORE_OK)
        result = reader_take_snapshot(reader);
    if (result != STORE_OK) {
        reader_end_snapshot(reader);
        return result;
    }
    reader->has_snapshot = true;
    reader->generation = generation;
    return STORE_OK;
}

enum store_result store_read_begin(struct store_reader *reader)
{
    assert(!store_is_outside);
    reader_lock_to_read(reader);
    enum store_result result = reader_renew(reader);
    if (result != STORE_OK)
        reader_unlock(reader);
    return result;
}

int64_t store_read_version(const struct store_reader *reader)
{
    return reader->data_version;
}

void store_read_end(struct store_reader *reader)
{
    if (reader->connection.has_failed)
        reader_end_snapshot(reader);
    reader_unlock(reader);
}

/* Lets those who wait for the reader have it, and goes on. It is locked again also on failure. */
static enum store_result reader_give_turn(struct store_reader *reader)
{
    reader_unlock(reader);
    reader_lock_to_read(reader);
    return reader_renew(reader);
}

/* Ends a query for one row. */
static enum store_result read_end(struct query *query, bool is_found, bool is_sound)
{
    enum store_result result = query_end_found(query, is_found);
    return result == STORE_OK && !is_sound ? STORE_DAMAGED : result;
}

/* Notes the row of a list. If it does not come after the one before it, the pages of the table are
 * damaged and may even go in circles: the query fails. */
static bool read_step_to(struct query *query, bool is_ahead, int64_t seq, int64_t *last_seq)
{
    if (!is_ahead) {
        query->code = SQLITE_CORRUPT;
        return false;
    }
    *last_seq = seq;
    return true;
}

static bool read_is_ahead(struct query *query, int64_t seq, int64_t *last_seq)
{
    return read_step_to(query, seq > *last_seq, seq, last_seq);
}

/* A row that the reader may have kept. Made before it is looked up. */
static struct kept_row_key read_key(const struct store_reader *reader, enum kept_row_kind kind,
    int64_t namespace_id, struct text model_id, struct text child)
{
    assert(!store_is_outside);
    return kept_row_key(&reader->store->row_versions, kind, namespace_id, model_id, child);
}

/* Keeps a row that was looked up. Who had it changed when the key was made has raised the
 * generation before: then this snapshot may lack that change. */
static void read_keep(
    struct store_reader *reader, const struct kept_row_key *key, const struct kept_row_value *value)
{
    if (atomic_load(&reader->store->generation) == reader->generation)
        kept_rows_keep(&reader->kept, key, value);
}

static bool read_make_model(const struct store_reader *reader, struct text id,
    const struct kept_row_value *value, struct arena *arena, struct store_model *ret_model)
{
    struct model_columns columns = {value->seq, id, value->bytes};
    return model_make(&columns, reader->connection.check_model, arena, ret_model);
}

enum store_result store_find_model(struct store_reader *reader, int64_t namespace_id,
    struct text id, struct arena *arena, struct store_model *ret_model)
{
    struct kept_row_key key = read_key(reader, KEPT_MODEL, namespace_id, id, TEXT(""));
    struct kept_row_value value;
    if (kept_rows_find(&reader->kept, &key, &value)) {
        /* What is wrong with a row was found when it was to be kept. */
        model_make_again(&(struct model_columns){value.seq, id, value.bytes}, arena, ret_model);
        return STORE_OK;
    }
    struct query query;
    read_start(&query, reader, STATEMENT_FIND_MODEL);
    query_bind_int64(&query, namespace_id);
    query_bind_text(&query, id);
    bool is_found = query_step(&query);
    bool is_sound = true;
    if (is_found) {
        struct model_columns columns = model_columns_of(&query);
        value = (struct kept_row_value){.seq = columns.seq, .bytes = columns.facts};
        is_sound = read_make_model(reader, columns.id, &value, arena, ret_model);
        if (is_sound)
            read_keep(reader, &key, &value);
    }
    return read_end(&query, is_found, is_sound);
}

enum store_result store_find_tuned_model(struct store_reader *reader, int64_t namespace_id,
    struct text id, struct arena *arena, struct store_model *ret_model)
{
    return row_is_job(id) ? STORE_NOT_FOUND
                          : store_find_model(reader, namespace_id, id, arena, ret_model);
}

/* Starts a list whose first parameters are namespace, address and the row before the first. */
static void read_start_list(struct query *query, struct store_reader *reader,
    enum statement statement, const struct store_list *list, int64_t after_seq)
{
    read_start(query, reader, statement);
    query_bind_int64(query, list->namespace_id);
    query_bind_text(query, list->email);
    query_bind_int64(query, after_seq);
}

/* Visits a piece of the list, and moves its after_seq along. `ret_goes_on` is whether there may be
 * more that is wanted. */
static enum store_result read_models_piece(struct store_reader *reader, struct store_list *list,
    store_model_visitor *visit, void *context, bool *ret_goes_on)
{
    static const enum statement statements[] = {
        [STORE_LIST_ALL] = STATEMENT_LIST_MODELS,
        [STORE_LIST_OF_ADDRESS] = STATEMENT_LIST_MODELS_OF_ADDRESS,
        [STORE_LIST_OF_EVERYONE] = STATEMENT_LIST_MODELS_OF_EVERYONE,
    };
    struct query query;
    read_start_list(&query, reader, statements[list->of], list, list->after_seq);
    bool is_wanted = true;
    int row_count = 0;
    while (is_wanted && row_count < LIST_PIECE_ROWS && query_step(&query)) {
        struct model_columns columns = model_columns_of(&query);
        is_wanted = read_is_ahead(&query, columns.seq, &list->after_seq);
        row_count++;
        struct store_model model;
        if (!is_wanted || row_is_job(columns.id) ||
            !model_make(&columns, query.connection->check_model, NULL, &model))
            continue;
        struct store_roles roles = {0, 0};
        if (list->of != STORE_LIST_ALL) {
            roles.caller = role_read(&query);
            roles.everyone = role_read(&query);
        }
        store_is_outside = true;
        is_wanted = visit(context, &model, &roles);
        store_is_outside = false;
    }
    *ret_goes_on = is_wanted && row_count == LIST_PIECE_ROWS;
    return query_end(&query);
}

/* As read_models_piece, of tuning jobs. */
static enum store_result read_jobs_piece(struct store_reader *reader, struct store_list *list,
    store_model_visitor *visit, void *context, bool *ret_goes_on)
{
    struct query query;
    read_start_list(&query, reader, STATEMENT_LIST_JOBS, list, list->after_seq);
    bool is_wanted = true;
    int row_count = 0;
    while (is_wanted && row_count < LIST_PIECE_ROWS && query_step(&query)) {
        struct store_model model;
        bool is_sound = model_read(&query, NULL, &model);
        is_wanted = read_step_to(&query, model.seq < list->after_seq, model.seq, &list->after_seq);
        row_count++;
        if (!is_wanted || !is_sound)
            continue;
        store_is_outside = true;
        is_wanted = visit(context, &model, &(struct store_roles){0, 0});
        store_is_outside = false;
    }
    *ret_goes_on = is_wanted && row_count == LIST_PIECE_ROWS;
    return query_end(&query);
}

enum store_result store_list_models(struct store_reader *reader, const struct store_list *list,
    store_model_visitor *visit, void *context)
{
    bool are_jobs = list->kind == STORE_TUNING_JOB;
    assert(!are_jobs || list->of == STORE_LIST_ALL);
    struct store_list rest = *list;
    if (are_jobs && rest.after_seq == 0)
        rest.after_seq = INT64_MAX;
    for (;;) {
        bool goes_on;
        enum store_result result = are_jobs
                                       ? read_jobs_piece(reader, &rest, visit, context, &goes_on)
                                       : read_models_piece(reader, &rest, visit, context, &goes_on);
        if (result == STORE_OK && goes_on)
            result = reader_give_turn(reader);
        if (result != STORE_OK || !goes_on)
            return result;
    }
}

static void read_visit_bytes(store_bytes_visitor *visit, void *context, struct text bytes)
{
    store_is_outside = true;
    visit(context, bytes);
    store_is_outside = false;
}

enum store_result store_look_at_data_set(
    struct store_reader *reader, struct text name, store_bytes_visitor *visit, void *context)
{
    struct kept_row_key key =
        read_key(reader, KEPT_DATA_SET, ROW_VERSIONS_DATA_SETS, name, TEXT(""));
    struct kept_row_value value;
    if (kept_rows_find(&reader->kept, &key, &value)) {
        read_visit_bytes(visit, context, value.bytes);
        return STORE_OK;
    }
    struct query query;
    read_start(&query, reader, STATEMENT_FIND_DATA_SET);
    query_bind_text(&query, name);
    bool is_found = query_step(&query);
    if (is_found) {
        value = (struct kept_row_value){.bytes = query_read_text(&query)};
        read_keep(reader, &key, &value);
        read_visit_bytes(visit, context, value.bytes);
    }
    return query_end_found(&query, is_found);
}

enum store_result store_find_operation(struct store_reader *reader, int64_t namespace_id,
    struct text model_id, struct text id, struct arena *arena,
    struct store_operation *ret_operation)
{
    struct kept_row_key key = read_key(reader, KEPT_OPERATION, namespace_id, model_id, id);
    struct operation_columns columns = {.model_id = model_id, .id = id};
    struct kept_row_value value;
    if (kept_rows_find(&reader->kept, &key, &value)) {
        columns.seq = value.seq;
        columns.fixed = value.bytes;
        return operation_make(&columns, arena, ret_operation) ? STORE_OK : STORE_DAMAGED;
    }
    struct query query;
    read_start(&query, reader, STATEMENT_FIND_OPERATION);
    query_bind_int64(&query, namespace_id);
    query_bind_text(&query, model_id);
    query_bind_text(&query, id);
    bool is_found = query_step(&query);
    bool is_sound = true;
    if (is_found) {
        columns = operation_columns_of(&query);
        is_sound = operation_make(&columns, arena, ret_operation);
        value = (struct kept_row_value){.seq = columns.seq, .bytes = columns.fixed};
        if (is_sound)
            read_keep(reader, &key, &value);
    }
    return read_end(&query, is_found, is_sound);
}

/* One of the series of rows that a list of operations has. */
struct operation_series {
    struct query query;
    int64_t last_seq; /* of the row before */
    bool has_row;     /* read into the following */
    bool is_sound;    /* or damaged, and not to be shown */
    struct store_operation operation;
    struct store_model model;
    int32_t role;
};

static void operation_series_step(struct operation_series *series)
{
    struct query *query = &series->query;
    series->has_row = query_step(query);
    if (!series->has_row)
        return;
    const char *problem = operation_load(query, NULL, &series->operation);
    bool has_model = model_read(query, NULL, &series->model);
    series->role = role_read(query);
    series->has_row = read_is_ahead(query, series->operation.seq, &series->last_seq);
    /* See STATEMENT_LIST_OPERATIONS_OF_ADDRESS. */
    bool is_absent = text_is_empty(series->operation.id);
    if (is_absent)
        series->role = 0;
    else if (problem)
        store_report_damage("operation", series->operation.id, problem);
    series->is_sound = is_absent || (!problem && (has_model || series->operation.fixed.len > 0));
}

/* The series whose row comes next, NULL if none has one. Of two with the same number it is the
 * later: the number after a model's, at which the first has no operation, may be that of another's.
 */
static struct operation_series *operation_series_next(
    struct operation_series *series, size_t series_count)
{
    struct operation_series *next = NULL;
    for (size_t i = 0; i < series_count; i++)
        if (series[i].has_row && (!next || series[i].operation.seq <= next->operation.seq))
            next = &series[i];
    return next;
}

/* Steps all series beyond the rows with this number. */
static void operation_series_step_beyond(
    struct operation_series *series, size_t series_count, int64_t seq)
{
    for (size_t i = 0; i < series_count; i++)
        if (series[i].has_row && series[i].operation.seq == seq)
            operation_series_step(&series[i]);
}

/* Visits up to `row_max` rows of series that were started, and ends them. Arguments as in
 * read_models_piece; `ret_seq` is moved along. */
static enum store_result operation_series_visit(struct operation_series *series,
    size_t series_count, int row_max, store_operation_visitor *visit, void *context,
    int64_t *ret_seq, bool *ret_goes_on)
{
    for (size_t i = 0; i < series_count; i++) {
        series[i].last_seq = *ret_seq;
        operation_series_step(&series[i]);
    }
    bool is_wanted = true;
    int row_count = 0;
    while (is_wanted && row_count < row_max) {
        struct operation_series *next = operation_series_next(series, series_count);
        if (!next)
            break;
        *ret_seq = next->operation.seq;
        row_count++;
        store_is_outside = true;
        is_wanted = !next->is_sound || visit(context, &next->operation, &next->model, next->role);
        store_is_outside = false;
        if (is_wanted)
            operation_series_step_beyond(series, series_count, *ret_seq);
    }
    *ret_goes_on = is_wanted && row_count == row_max;
    enum store_result result = STORE_OK;
    for (size_t i = 0; i < series_count; i++) {
        enum store_result end_result = query_end(&series[i].query);
        result = result == STORE_OK ? end_result : result;
    }
    return result;
}

/* As read_models_piece. */
static enum store_result read_operations_piece(struct store_reader *reader, struct store_list *list,
    store_operation_visitor *visit, void *context, bool *ret_goes_on)
{
    struct operation_series series[2];
    size_t series_count = 1;
    if (list->of == STORE_LIST_ALL) {
        read_start_list(&series[0].query, reader, STATEMENT_LIST_OPERATIONS, list, list->after_seq);
    } else {
        /* The first goes along models, each of which is one before its operation. */
        read_start_list(&series[0].query, reader, STATEMENT_LIST_OPERATIONS_OF_ADDRESS, list,
            list->after_seq - 1);
        read_start_list(
            &series[1].query, reader, STATEMENT_LIST_OPERATIONS_ADDED, list, list->after_seq);
        series_count = 2;
    }
    return operation_series_visit(
        series, series_count, LIST_PIECE_ROWS, visit, context, &list->after_seq, ret_goes_on);
}

enum store_result store_list_operations(struct store_reader *reader, const struct store_list *list,
    store_operation_visitor *visit, void *context)
{
    assert(list->of != STORE_LIST_OF_EVERYONE);
    struct store_list rest = *list;
    for (;;) {
        bool goes_on;
        enum store_result result = read_operations_piece(reader, &rest, visit, context, &goes_on);
        if (result == STORE_OK && goes_on)
            result = reader_give_turn(reader);
        if (result != STORE_OK || !goes_on)
            return result;
    }
}

enum store_result store_list_operations_of(struct store_reader *reader, int64_t namespace_id,
    struct text model_id, int64_t after_seq, store_operation_visitor *visit, void *context)
{
    struct operation_series series;
    read_start(&series.query, reader, STATEMENT_LIST_OPERATIONS_OF_MODEL);
    query_bind_int64(&series.query, namespace_id);
    query_bind_text(&series.query, model_id);
    query_bind_int64(&series.query, after_seq);
    bool goes_on;
    return operation_series_visit(&series, 1, INT_MAX, visit, context, &after_seq, &goes_on);
}

enum store_result store_find_permission(struct store_reader *reader, int64_t namespace_id,
    struct text model_id, struct text id, struct arena *arena,
    struct store_permission *ret_permission)
{
    struct query query;
    read_start(&query, reader, STATEMENT_FIND_PERMISSION);
    query_bind_int64(&query, namespace_id);
    query_bind_text(&query, model_id);
    query_bind_text(&query, id);
    bool is_found = query_step(&query);
    bool is_sound = !is_found || permission_read(&query, arena, ret_permission);
    return read_end(&query, is_found, is_sound);
}

/* As read_is_ahead, of rows that come in the order of their ids. */
static bool read_is_beyond(struct query *query, struct text id, struct text *last_id)
{
    size_t shared_len = id.len < last_id->len ? id.len : last_id->len;
    int order = memcmp(id.bytes, last_id->bytes, shared_len);
    if (order < 0 || (order == 0 && id.len == shared_len)) {
        query->code = SQLITE_CORRUPT;
        return false;
    }
    *last_id = id;
    return true;
}

/* Adds the sound permissions of a model to `rows`, in the order of their ids. */
static enum store_result read_permissions(struct store_reader *reader, int64_t namespace_id,
    struct text model_id, int64_t after_seq, struct arena *arena, struct buf *rows)
{
    struct query query;
    struct text last_id = TEXT("");
    read_start(&query, reader, STATEMENT_LIST_PERMISSIONS);
    query_bind_int64(&query, namespace_id);
    query_bind_text(&query, model_id);
    query_bind_int64(&query, after_seq);
    while (query_step(&query)) {
        struct store_permission permission;
        bool is_sound = permission_read(&query, arena, &permission);
        if (read_is_beyond(&query, permission.id, &last_id) && is_sound)
            buf_add(rows, &permission, sizeof(permission));
    }
    return query_end(&query);
}

static int read_compare_seqs(const void *left, const void *right)
{
    int64_t left_seq = ((const struct store_permission *)left)->seq;
    int64_t right_seq = ((const struct store_permission *)right)->seq;
    return (left_seq > right_seq) - (left_seq < right_seq);
}

enum store_result store_list_permissions(struct store_reader *reader, int64_t namespace_id,
    struct text model_id, int64_t after_seq, store_permission_visitor *visit, void *context)
{
    struct arena arena;
    arena_init_brief(&arena);
    struct buf rows = BUF_INIT;
    enum store_result result =
        read_permissions(reader, namespace_id, model_id, after_seq, &arena, &rows);
    size_t count = result == STORE_OK ? rows.len / sizeof(struct store_permission) : 0;
    struct store_permission *permissions = (struct store_permission *)rows.data;
    if (count > 1)
        qsort(permissions, count, sizeof(*permissions), read_compare_seqs);
    store_is_outside = true;
    for (size_t i = 0; i < count && visit(context, &permissions[i]); i++)
        continue;
    store_is_outside = false;
    buf_release(&rows);
    arena_release(&arena);
    return result;
}

enum store_result store_find_roles(struct store_reader *reader, int64_t namespace_id,
    struct text model_id, struct text email, struct store_roles *ret_roles)
{
    struct kept_row_key key = read_key(reader, KEPT_ROLES, namespace_id, model_id, email);
    struct kept_row_value value = {0};
    enum store_result result = STORE_OK;
    if (!kept_rows_find(&reader->kept, &key, &value)) {
        struct query query;
        read_start(&query, reader, STATEMENT_FIND_ROLES);
        query_bind_int64(&query, namespace_id);
        query_bind_text(&query, model_id);
        query_bind_text(&query, email);
        if (query_step(&query)) {
            value.role = role_read(&query);
            value.everyone = role_read(&query);
            read_keep(reader, &key, &value);
        }
        result = query_end(&query);
    }
    if (result == STORE_OK)
        *ret_roles = (struct store_roles){value.role, value.everyone};
    return result;
}
