#include "store/numbering_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "store/connection.h"

/* The highest number of a permission, 0 if that cannot be told. */
static int64_t numbering_last_permission(struct connection *writer, int64_t namespace_id)
{
    struct query query;
    int64_t seq = 0;
    query_start(&query, writer, STATEMENT_FIND_LAST_PERMISSION);
    query_bind_int64(&query, namespace_id);
    if (query_step(&query))
        seq = query_read_int64(&query);
    return query_end(&query) == STORE_OK && seq <= NUMBERING_MAX ? seq : 0;
}

/* Goes on after all rows, as far as these are known by the numbers of models and operations. */
static void numbering_mend(struct numbering *numbering, struct connection *writer, int64_t seq_used)
{
    log_write(LOG_ERROR,
        "store: numbering is damaged: of namespace %lld it says %lld, but %lld was given out",
        (long long)numbering->namespace_id, (long long)numbering->last_seq, (long long)seq_used);
    int64_t permission_seq = numbering_last_permission(writer, numbering->namespace_id);
    numbering->last_seq = permission_seq > seq_used ? permission_seq : seq_used;
}

/* Reads one row of a query; false if the numbers cannot be ones to go on from. */
static bool numberings_read_row(
    struct numberings *numberings, struct connection *writer, struct query *query)
{
    struct numbering *numbering = numberings_need(numberings, query_read_int64(query));
    int64_t seq = query_read_int64(query);
    int64_t counter = query_read_int64(query);
    int64_t seq_used = query_read_int64(query);
    if (seq < 0 || seq > NUMBERING_MAX || counter < 0 || counter > NUMBERING_MAX)
        return false;
    numbering->is_of_file = true;
    numbering->last_seq = seq;
    atomic_store(&numbering->saved_seq, seq);
    numbering->saved_counter = counter;
    atomic_store(&numbering->last_counter, counter);
    if (seq_used <= seq || seq_used > NUMBERING_MAX)
        return true;
    numbering_mend(numbering, writer, seq_used);
    /* Of one that is missing nobody knows how many ids it gave; each went to a create, which took
     * the number of a row, too. */
    if (seq == 0 && counter == 0) {
        numbering->saved_counter = numbering->last_seq; /* and is saved with the number of a row */
        atomic_store(&numbering->last_counter, numbering->last_seq);
    }
    return true;
}

static int numberings_read_rows(
    struct numberings *numberings, struct connection *writer, enum statement statement)
{
    struct query query;
    bool is_good = true;
    query_start(&query, writer, statement);
    while (is_good && query_step(&query))
        is_good = numberings_read_row(numberings, writer, &query);
    int code = query.code;
    if (query_end(&query) != STORE_OK)
        return code;
    return is_good ? SQLITE_OK : SQLITE_CORRUPT;
}

/* Notes who stands in the table, and of each the name and the count. Gives the sum of these. */
static int numberings_read_names(
    struct numberings *numberings, struct connection *writer, int64_t *ret_count)
{
    struct query query;
    *ret_count = 0;
    query_start(&query, writer, STATEMENT_READ_NAMES);
    while (query_step(&query)) {
        struct numbering *numbering = numberings_need(numberings, query_read_int64(&query));
        struct text name = query_read_text(&query);
        int64_t count = query_read_int64(&query);
        numbering->is_saved = true;
        if (numbering->namespace_id != 0 && numbering_name_is_good(name))
            numbering_set_name(numbering, name);
        atomic_store(&numbering->model_count, count);
        *ret_count += count;
    }
    int code = query.code;
    return query_end(&query) == STORE_OK ? SQLITE_OK : code;
}

static int numberings_count_anew(struct numberings *numberings, struct connection *writer)
{
    struct query query;
    size_t count;
    struct numbering **all = numberings_list(numberings, &count);
    atomic_store(&numberings->first.model_count, 0);
    for (size_t i = 0; i < count; i++)
        atomic_store(&all[i]->model_count, 0);
    free(all);
    query_start(&query, writer, STATEMENT_COUNT_MODELS);
    while (query_step(&query)) {
        struct numbering *numbering = numberings_need(numberings, query_read_int64(&query));
        atomic_store(&numbering->model_count, query_read_int64(&query));
    }
    int code = query.code;
    return query_end(&query) == STORE_OK ? SQLITE_OK : code;
}

/* Counts the models of each namespace if there are more or fewer in all than was noted. */
static int numberings_check_counts(
    struct numberings *numberings, struct connection *writer, int64_t noted_count)
{
    struct query query;
    query_start(&query, writer, STATEMENT_COUNT_ALL_MODELS);
    int64_t all_count = query_step(&query) ? query_read_int64(&query) : 0;
    int code = query.code;
    if (query_end(&query) != STORE_OK)
        return code;
    return all_count == noted_count ? SQLITE_OK : numberings_count_anew(numberings, writer);
}

/* How many of each namespace's models are tuning jobs. */
static int numberings_count_job_rows(struct numberings *numberings, struct connection *writer)
{
    struct query query;
    query_start(&query, writer, STATEMENT_COUNT_JOBS);
    while (query_step(&query)) {
        struct numbering *numbering = numberings_need(numberings, query_read_int64(&query));
        atomic_store(&numbering->job_count, query_read_int64(&query));
    }
    int code = query.code;
    return query_end(&query) == STORE_OK ? SQLITE_OK : code;
}

static void numberings_add_counts(struct numberings *numberings, const struct numbering *numbering)
{
    int64_t job_count = atomic_load(&numbering->job_count);
    if (numbering_is_hidden(numbering))
        return;
    atomic_fetch_add(&numberings->all_jobs_count, job_count);
    atomic_fetch_add(
        &numberings->all_models_count, atomic_load(&numbering->model_count) - job_count);
}

static void numberings_sum_counts(struct numberings *numberings)
{
    size_t count;
    struct numbering **all = numberings_list(numberings, &count);
    numberings_add_counts(numberings, &numberings->first);
    for (size_t i = 0; i < count; i++)
        numberings_add_counts(numberings, all[i]);
    free(all);
}

bool numbering_name_is_good(struct text name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.bytes[i] < ' ' || name.bytes[i] > '~')
            return false;
    return name.len > 0 && name.len <= STORE_NAMESPACE_BYTES_MAX;
}

/* By name, those without one first; of one name by number. */
static int numbering_compare_names(const void *one, const void *other)
{
    const struct numbering *left = *(const struct numbering *const *)one;
    const struct numbering *right = *(const struct numbering *const *)other;
    int order = strcmp(left->name ? left->name : "", right->name ? right->name : "");
    return order != 0 ? order
                      : (left->namespace_id > right->namespace_id) -
                            (left->namespace_id < right->namespace_id);
}

/* Of two with one name the older was deleted, and the process ended before its rows were: they go
 * as those of a snapshot do. */
static void numberings_hide_deleted(struct numbering *const *by_name, size_t count)
{
    static const struct text deleted = TEXT_INIT("deleted namespace");
    for (size_t i = 0; i + 1 < count; i++)
        if (by_name[i]->name && strcmp(by_name[i]->name, by_name[i + 1]->name) == 0)
            numbering_set_name(by_name[i], deleted);
}

static int numbering_compare_to_name(const void *name, const void *numbering)
{
    return strcmp(name, (*(const struct numbering *const *)numbering)->name);
}

/* Names those without a name, the first of all, by their numbers. A client may have chosen such a
 * name, too. */
static void numberings_name_nameless(struct numbering *const *by_name, size_t count)
{
    struct arena arena;
    arena_init(&arena);
    size_t named = 0;
    while (named < count && !by_name[named]->name)
        named++;
    for (size_t i = 0; i < named; i++) {
        struct text name =
            arena_printf(&arena, "namespace-%lld", (long long)by_name[i]->namespace_id);
        while (bsearch(name.bytes, by_name + named, count - named, sizeof(struct numbering *),
            numbering_compare_to_name))
            name = arena_printf(&arena, "%.*s+", TEXT_ARGS(name));
        numbering_set_name(by_name[i], name);
    }
    arena_release(&arena);
}

static void numberings_mend_names(struct numberings *numberings)
{
    size_t count;
    struct numbering **all = numberings_list(numberings, &count);
    for (size_t i = 0; i < count; i++)
        if (all[i]->namespace_id <= NUMBERING_MAX)
            numberings->last_namespace = all[i]->namespace_id;
    qsort(all, count, sizeof(struct numbering *), numbering_compare_names);
    numberings_name_nameless(all, count);
    qsort(all, count, sizeof(struct numbering *), numbering_compare_names);
    numberings_hide_deleted(all, count);
    free(all);
}

/* Damage to other tables is no reason not to serve what can be read. */
static int numberings_forgive(int code)
{
    return (code & 0xff) == SQLITE_CORRUPT ? SQLITE_OK : code;
}

int numberings_read(struct numberings *numberings, struct connection *writer, bool is_new)
{
    int64_t model_count = 0;
    int code = numberings_read_rows(numberings, writer, STATEMENT_READ_NUMBERING);
    if (code == SQLITE_OK)
        code = numberings_read_names(numberings, writer, &model_count);
    if (code != SQLITE_OK || is_new)
        return code;
    code = numberings_forgive(numberings_read_rows(numberings, writer, STATEMENT_FIND_UNNUMBERED));
    numberings_mend_names(numberings);
    if (code == SQLITE_OK)
        code = numberings_forgive(numberings_check_counts(numberings, writer, model_count));
    if (code == SQLITE_OK)
        code = numberings_forgive(numberings_count_job_rows(numberings, writer));
    numberings_sum_counts(numberings);
    return code;
}
