#include "tests/lib/unit.h"

#include <sqlite3.h>

#include "store/statements.h"

extern const char embedded_store_schema_sql[];
extern const char embedded_store_schema_2_sql[];
extern const char embedded_store_schema_3_sql[];
extern const char embedded_store_schema_4_sql[];
extern const char embedded_store_schema_5_sql[];
extern const char embedded_store_schema_6_sql[];

static const char *const steps[] = {embedded_store_schema_sql, embedded_store_schema_2_sql,
    embedded_store_schema_3_sql, embedded_store_schema_4_sql, embedded_store_schema_5_sql,
    embedded_store_schema_6_sql};

/* Tables as this version, ARRAY_COUNT(steps) or an older one, has them. */
static sqlite3 *open_version(size_t version)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    for (size_t i = 0; i < version; i++)
        assert_int_equal(sqlite3_exec(db, steps[i], NULL, NULL, NULL), SQLITE_OK);
    return db;
}

static int open_schema(void **state)
{
    *state = open_version(ARRAY_COUNT(steps));
    return 0;
}

static int close_schema(void **state)
{
    return sqlite3_close(*state);
}

static void every_statement_compiles_and_has_a_user(void **state)
{
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        assert_non_null(statement_table[i].sql);
        assert_in_range(statement_table[i].users, STATEMENT_FOR_READERS,
            STATEMENT_FOR_READERS | STATEMENT_FOR_WRITER | STATEMENT_FOR_CHECKS |
                STATEMENT_FOR_OLD_CHECKS | STATEMENT_FOR_NAMED_CHECKS);
        if (statement_table[i].users == STATEMENT_FOR_OLD_CHECKS)
            continue;
        sqlite3_stmt *statement = NULL;
        assert_int_equal(
            sqlite3_prepare_v2(*state, statement_table[i].sql, -1, &statement, NULL), SQLITE_OK);
        sqlite3_finalize(statement);
    }
}

static void checks_read_files_of_every_older_version(void **state)
{
    (void)state;
    for (size_t version = 1; version < ARRAY_COUNT(steps); version++) {
        sqlite3 *db = open_version(version);
        for (size_t i = 0; i < STATEMENT_COUNT; i++) {
            if (!(statement_table[i].users & STATEMENT_FOR_OLD_CHECKS))
                continue;
            sqlite3_stmt *statement = NULL;
            assert_int_equal(
                sqlite3_prepare_v2(db, statement_table[i].sql, -1, &statement, NULL), SQLITE_OK);
            assert_true(sqlite3_stmt_readonly(statement));
            sqlite3_finalize(statement);
        }
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
    }
}

static void readers_only_read(void **state)
{
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        if (!(statement_table[i].users & (STATEMENT_FOR_READERS | STATEMENT_FOR_CHECKS)))
            continue;
        sqlite3_stmt *statement = NULL;
        assert_int_equal(
            sqlite3_prepare_v2(*state, statement_table[i].sql, -1, &statement, NULL), SQLITE_OK);
        assert_true(sqlite3_stmt_readonly(statement));
        sqlite3_finalize(statement);
    }
}

/* True if SQLite's plan of this statement has a step with these words. */
static bool plan_has(sqlite3 *db, const char *sql, const char *words)
{
    char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, explain, -1, &statement, NULL), SQLITE_OK);
    bool is_found = false;
    while (sqlite3_step(statement) == SQLITE_ROW)
        is_found = is_found || strstr((const char *)sqlite3_column_text(statement, 3), words);
    sqlite3_finalize(statement);
    sqlite3_free(explain);
    return is_found;
}

static bool is_of_transactions(enum statement statement)
{
    return statement == STATEMENT_BEGIN_READ || statement == STATEMENT_COMMIT ||
           statement == STATEMENT_ROLLBACK || statement == STATEMENT_BEGIN_WRITE ||
           statement == STATEMENT_SAVE_POINT || statement == STATEMENT_RELEASE ||
           statement == STATEMENT_UNDO;
}

/* A statement that walks a whole table costs nothing in a test and seconds at a million models. */
static void no_statement_walks_a_table(void **state)
{
    for (enum statement i = 0; i < STATEMENT_COUNT; i++) {
        bool may_walk =
            i == STATEMENT_READ_NUMBERING || i == STATEMENT_READ_NAMES ||
            i == STATEMENT_FIND_UNNUMBERED || i == STATEMENT_COUNT_ALL_MODELS ||
            i == STATEMENT_COUNT_MODELS || i == STATEMENT_COUNT_JOBS ||
            !(statement_table[i].users & (STATEMENT_FOR_READERS | STATEMENT_FOR_WRITER));
        if (is_of_transactions(i) || may_walk)
            continue;
        if (plan_has(*state, statement_table[i].sql, "SCAN"))
            fail_msg("walks a table: %s", statement_table[i].sql);
    }
}

/* A start looks at the end of each namespace, not at its rows. */
static void the_numbering_is_read_without_a_look_at_all_rows(void **state)
{
    static const enum statement statements[] = {
        STATEMENT_READ_NUMBERING, STATEMENT_READ_NAMES, STATEMENT_FIND_UNNUMBERED};
    static const char *const walks[] = {"SCAN model", "SCAN operation", "SCAN permission"};
    for (size_t i = 0; i < ARRAY_COUNT(statements); i++)
        for (size_t j = 0; j < ARRAY_COUNT(walks); j++)
            assert_false(plan_has(*state, statement_table[statements[i]].sql, walks[j]));
}

/* Sorting a page means reading all that comes after it. */
static void only_lists_of_one_model_sort(void **state)
{
    for (enum statement i = 0; i < STATEMENT_COUNT; i++) {
        bool may_sort = i == STATEMENT_LIST_OPERATIONS_OF_MODEL ||
                        statement_table[i].users == STATEMENT_FOR_OLD_CHECKS;
        if (is_of_transactions(i) || may_sort)
            continue;
        if (plan_has(*state, statement_table[i].sql, "TEMP B-TREE"))
            fail_msg("sorts: %s", statement_table[i].sql);
    }
}

/* A list that goes along all rows to find a few costs as much as a scan. */
static void lists_go_along_their_index(void **state)
{
    static const struct {
        enum statement statement;
        const char *words;
    } rows[] = {
        {STATEMENT_LIST_MODELS, "SEARCH model USING PRIMARY KEY (namespace_id=? AND model_seq>?)"},
        {STATEMENT_LIST_MODELS_OF_ADDRESS,
            "INDEX permission_by_email (namespace_id=? AND email=? AND model_seq>?)"},
        {STATEMENT_LIST_MODELS_OF_EVERYONE,
            "INDEX permission_of_everyone (namespace_id=? AND model_seq>?)"},
        {STATEMENT_LIST_OPERATIONS_OF_ADDRESS,
            "INDEX permission_by_email (namespace_id=? AND email=? AND model_seq>?)"},
        {STATEMENT_LIST_OPERATIONS_OF_ADDRESS, "(namespace_id=? AND seq=?)"},
        {STATEMENT_LIST_OPERATIONS_ADDED, "INDEX operation_added (namespace_id=? AND seq>?)"},
        {STATEMENT_FIND_ROLES,
            "INDEX permission_by_email (namespace_id=? AND email=? AND model_seq=?)"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (!plan_has(*state, statement_table[rows[i].statement].sql, rows[i].words))
            fail_msg("does not use %s: %s", rows[i].words, statement_table[rows[i].statement].sql);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            every_statement_compiles_and_has_a_user, open_schema, close_schema),
        cmocka_unit_test_setup_teardown(readers_only_read, open_schema, close_schema),
        cmocka_unit_test_setup_teardown(no_statement_walks_a_table, open_schema, close_schema),
        cmocka_unit_test(checks_read_files_of_every_older_version),
        cmocka_unit_test_setup_teardown(
            the_numbering_is_read_without_a_look_at_all_rows, open_schema, close_schema),
        cmocka_unit_test_setup_teardown(only_lists_of_one_model_sort, open_schema, close_schema),
        cmocka_unit_test_setup_teardown(lists_go_along_their_index, open_schema, close_schema),
    };
    return cmocka_run_group_tests_name("store_statements", tests, NULL, NULL);
}
