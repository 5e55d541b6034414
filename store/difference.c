#include "store/difference.h"

#include <string.h>

#include "store/internal.h"

/* Of STATEMENT_COMPARE_MODELS. The first column of all three tables is the number of the model. */
enum { COLUMN_ID = 1, COLUMN_FACTS = 3 };

enum { SIDES = 2 };

/* The rows of a table in both namespaces, gone through side by side. */
struct side_by_side {
    struct query queries[SIDES];
    int64_t seqs[SIDES]; /* of the models of the rows where they are; INT64_MAX: at the end */
    bool is_begun;
};

enum difference_table { MODELS, OPERATIONS, PERMISSIONS, TABLE_COUNT };

static const enum statement difference_statements[TABLE_COUNT][SIDES] = {
    [MODELS] = {STATEMENT_COMPARE_MODELS, STATEMENT_COMPARE_MODELS_WITH},
    [OPERATIONS] = {STATEMENT_COMPARE_OPERATIONS, STATEMENT_COMPARE_OPERATIONS_WITH},
    [PERMISSIONS] = {STATEMENT_COMPARE_PERMISSIONS, STATEMENT_COMPARE_PERMISSIONS_WITH},
};

struct difference_search {
    struct store *store;
    int64_t namespace_ids[SIDES];
    struct side_by_side tables[TABLE_COUNT];
    struct buf *differences;
    int open_count; /* models of the last difference, if the next model may join it; 0: it may not
                     */
};

static void difference_step(struct side_by_side *table, int side)
{
    struct query *query = &table->queries[side];
    table->seqs[side] = query_step(query) ? query_read_int64(query) : INT64_MAX;
}

static void difference_begin(
    struct difference_search *search, enum difference_table number, int64_t seq)
{
    struct side_by_side *table = &search->tables[number];
    table->is_begun = true;
    for (int side = 0; side < SIDES; side++) {
        struct query *query = &table->queries[side];
        query_start(query, &search->store->writer, difference_statements[number][side]);
        query_bind_int64(query, search->namespace_ids[side]);
        query_bind_int64(query, seq);
        difference_step(table, side);
    }
}

/* Goes over the rows of a model; a table has them in the order of their ids. */
static bool difference_has_same_children(
    struct difference_search *search, enum difference_table number, int64_t seq)
{
    struct side_by_side *table = &search->tables[number];
    if (!table->is_begun)
        difference_begin(search, number, seq);
    for (int side = 0; side < SIDES; side++)
        while (table->seqs[side] < seq) /* of a model that is not the same anyway */
            difference_step(table, side);
    while (table->seqs[0] == seq && table->seqs[1] == seq) {
        if (query_find_difference(&table->queries[0], &table->queries[1]) != 0)
            return false;
        difference_step(table, 0);
        difference_step(table, 1);
    }
    return table->seqs[0] != seq && table->seqs[1] != seq;
}

static void difference_add(struct difference_search *search, int64_t seq, bool is_of_facts)
{
    struct difference last;
    if (search->open_count > 0) {
        char *at = search->differences->data + search->differences->len - sizeof(last);
        memcpy(&last, at, sizeof(last));
        if (last.is_of_facts == is_of_facts && search->open_count < DIFFERENCE_MODELS_MAX) {
            last.last_seq = seq;
            memcpy(at, &last, sizeof(last));
            search->open_count++;
            return;
        }
    }
    last = (struct difference){seq - 1, seq, is_of_facts};
    buf_add(search->differences, &last, sizeof(last));
    search->open_count = 1;
}

/* Compares what both have of the next model. */
static void difference_compare(struct difference_search *search, int64_t seq)
{
    struct side_by_side *models = &search->tables[MODELS];
    bool is_in_both = models->seqs[0] == models->seqs[1];
    int column =
        is_in_both ? query_find_difference(&models->queries[0], &models->queries[1]) : COLUMN_ID;
    bool is_model_same = column == 0 || column == COLUMN_FACTS;
    bool is_rest_same = is_model_same && difference_has_same_children(search, OPERATIONS, seq) &&
                        difference_has_same_children(search, PERMISSIONS, seq);
    if (!is_rest_same || column != 0)
        difference_add(search, seq, is_rest_same);
    else
        search->open_count = 0;
}

static int64_t difference_next_seq(const struct side_by_side *models)
{
    return models->seqs[0] < models->seqs[1] ? models->seqs[0] : models->seqs[1];
}

enum store_result difference_list(
    struct store *store, int64_t namespace_id, int64_t other_namespace_id, struct buf *differences)
{
    struct difference_search search = {.store = store,
        .namespace_ids = {namespace_id, other_namespace_id},
        .differences = differences};
    struct side_by_side *models = &search.tables[MODELS];
    difference_begin(&search, MODELS, 1);
    int64_t seq;
    while ((seq = difference_next_seq(models)) != INT64_MAX) {
        difference_compare(&search, seq);
        for (int side = 0; side < SIDES; side++)
            if (models->seqs[side] == seq)
                difference_step(models, side);
    }
    enum store_result result = STORE_OK;
    for (int number = 0; number < TABLE_COUNT; number++)
        for (int side = 0; search.tables[number].is_begun && side < SIDES; side++) {
            enum store_result end_result = query_end(&search.tables[number].queries[side]);
            if (result == STORE_OK)
                result = end_result;
        }
    return result;
}
