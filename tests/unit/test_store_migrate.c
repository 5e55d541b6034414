/* Files of older versions: opened, brought forward, and read as before. */
#include "tests/lib/unit.h"

#include <stdio.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/buf.h"
#include "store/connection.h"
#include "store/store.h"
#include "tests/lib/store_kit.h"

extern const char embedded_store_schema_sql[];

#define VERSION_2 "tests/fixtures/store_version_2.sql"
#define VERSION_3 "tests/fixtures/store_version_3.sql"

/*
 * What version 1 wrote: two models with the operations of their creates, one more operation that a
 * seed gave the first, and permissions of an address and of everyone. The facts are those of a
 * create by curl.
 */
static const char version_1_rows[] =
    "INSERT INTO data_set VALUES (1, '586b682db0d618cdc2f88d6df08b520c', x'01');"
    "CREATE TEMP TABLE f AS SELECT x'"
    "010f010000000000803f3333733f4000000005000000040000006f12833a000000000100000002000000"
    "000000000000000000000000588f37ae5d07ec18588f37ae5d07ec18f98f37ae5d07ec18000000000000"
    "000000000000000000000000000000000000622b367aa3374e87695b4718714c0ad0000000e04d62503f"
    "2200000000000000010000001b000000000000002000000000000000000000006d6f64656c732f67656d"
    "696e692d312e352d666c6173682d3030312d74756e696e676d61206465736372697074696f6e206f6620"
    "736f6d6520776f7264733538366236383264623064363138636463326638386436646630386235323063"
    "' AS facts;"
    "INSERT INTO model SELECT 0, 1, 'first', 1, facts FROM f;"
    "INSERT INTO model SELECT 0, 4, 'second', 1, facts FROM f;"
    "DROP TABLE f;"
    "INSERT INTO operation VALUES (0, 1, 'one', 2, ''), (0, 4, 'two', 5, ''), (0, 1, 'old', 9, '');"
    "INSERT INTO permission VALUES (0, 1, '1', 3, 1, 1, 'a@example.com'),"
    " (0, 4, '1', 6, 1, 1, 'b@example.com'), (0, 1, 'everyone', 7, 3, 3, ''),"
    " (0, 4, '2', 8, 2, 3, 'A@example.com');"
    "UPDATE numbering SET last_seq = 9, last_counter = 2";

struct place {
    char *folder;
    struct arena arena;
    const char *path; /* of a file of version 1 */
};

static int open_place(void **state)
{
    static struct place place;
    arena_init(&place.arena);
    place.folder = store_kit_folder();
    place.path = arena_printf(&place.arena, "%s/file.db", place.folder).bytes;
    *state = &place;
    sqlite3 *db = NULL;
    bool is_made = sqlite3_open(place.path, &db) == SQLITE_OK &&
                   sqlite3_exec(db, embedded_store_schema_sql, NULL, NULL, NULL) == SQLITE_OK &&
                   sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) == SQLITE_OK &&
                   sqlite3_exec(db, version_1_rows, NULL, NULL, NULL) == SQLITE_OK;
    return sqlite3_close(db) == SQLITE_OK && is_made ? 0 : -1;
}

static int close_place(void **state)
{
    struct place *place = *state;
    store_kit_remove(place->folder);
    arena_release(&place->arena);
    return 0;
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Replaces the file by one of a version that is written out. */
static void make_version(const struct place *place, const char *source)
{
    char sql[10000];
    FILE *stream = fopen(source, "r");
    assert_non_null(stream);
    size_t len = fread(sql, 1, sizeof(sql) - 1, stream);
    assert_true(len > 0 && len < sizeof(sql) - 1);
    fclose(stream);
    sql[len] = '\0';
    assert_int_equal(unlink(place->path), 0);
    run_sql(place->path, sql);
}

/* Writes what a list gives as one text: "first/1 " with the role. */
static bool join_model(
    void *context, const struct store_model *model, const struct store_roles *roles)
{
    buf_printf(context, "%.*s/%d%d ", TEXT_ARGS(model->id), roles->caller, roles->everyone);
    return true;
}

static bool join_operation(void *context, const struct store_operation *operation,
    const struct store_model *model, int32_t role)
{
    buf_printf(context, "%.*s/%.*s/%d ", TEXT_ARGS(model->id), TEXT_ARGS(operation->id), role);
    return true;
}

static void assert_lists(
    struct store *store, const struct store_list *list, const char *models, const char *operations)
{
    struct store_reader *reader = store_get_reader(store, 0);
    struct buf joined = BUF_INIT;
    assert_int_equal(store_read_begin(reader), STORE_OK);
    assert_int_equal(store_list_models(reader, list, join_model, &joined), STORE_OK);
    assert_text(buf_text(&joined), models);
    buf_clear(&joined);
    if (operations) {
        assert_int_equal(store_list_operations(reader, list, join_operation, &joined), STORE_OK);
        assert_text(buf_text(&joined), operations);
    }
    store_read_end(reader);
    buf_release(&joined);
}

static void a_file_of_version_1_is_brought_forward_with_all_it_has(void **state)
{
    struct place *place = *state;
    for (int round = 0; round < 2; round++) {
        struct store *store = store_kit_open(place->path, 1);
        assert_lists(store, &(struct store_list){.of = STORE_LIST_ALL}, "first/00 second/00 ",
            "first/one/0 second/two/0 first/old/0 ");
        assert_lists(store,
            &(struct store_list){.of = STORE_LIST_OF_ADDRESS, .email = TEXT("a@EXAMPLE.com")},
            "first/10 second/30 ", "first/one/1 second/two/3 first/old/1 ");
        assert_lists(store,
            &(struct store_list){.of = STORE_LIST_OF_ADDRESS, .email = TEXT("b@example.com")},
            "second/10 ", "second/two/1 first/old/0 ");
        assert_lists(store,
            &(struct store_list){.of = STORE_LIST_OF_EVERYONE, .email = TEXT("b@example.com")},
            "first/03 ", NULL);
        store_close(store);
        assert_true(store_kit_is_sound(place->path));
    }
    struct store *store = store_kit_open(place->path, 1);
    struct store_write write = store_kit_create("third", "examples");
    assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
    assert_int_equal(write.model.seq, 10);
    write = store_kit_write(STORE_CREATE_PERMISSION, "second");
    write.permission.id = TEXT("3");
    write.permission.email = TEXT("B@example.com");
    assert_int_equal(store_write_and_wait(store, &write), STORE_EXISTS);
    store_close(store);
}

static void join_namespace(void *context, int64_t namespace_id, struct text name)
{
    buf_printf(context, "%lld=%.*s ", (long long)namespace_id, TEXT_ARGS(name));
}

static void assert_namespaces(struct store *store, const char *names)
{
    struct buf joined = BUF_INIT;
    store_list_namespaces(store, join_namespace, &joined);
    assert_text(buf_text(&joined), names);
    buf_release(&joined);
}

static void a_file_of_version_2_is_brought_forward_with_all_its_namespaces(void **state)
{
    struct place *place = *state;
    make_version(place, VERSION_2);
    for (int round = 0; round < 2; round++) {
        struct store *store = store_kit_open(place->path, 1);
        assert_lists(store, &(struct store_list){.of = STORE_LIST_ALL}, "first/00 second/00 ",
            "first/first/0 second/second/0 ");
        assert_lists(store, &(struct store_list){.namespace_id = 7, .of = STORE_LIST_ALL},
            "first/00 second/00 ", "first/first/0 second/second/0 second/old/0 ");
        assert_lists(store,
            &(struct store_list){
                .namespace_id = 7, .of = STORE_LIST_OF_ADDRESS, .email = TEXT("a@EXAMPLE.com")},
            "first/20 ", "first/first/2 second/old/0 ");
        assert_namespaces(store, "7=namespace-7 ");
        assert_int_equal(store_count_models(store, 0), 2);
        assert_int_equal(store_count_models(store, 7), 2);
        store_close(store);
        assert_true(store_kit_is_sound(place->path));
    }
    /* Each namespace goes on where the file was: 18, in which a deleted model's number is the
     * last, and 5. One that is new begins. */
    struct store *store = store_kit_open(place->path, 1);
    static const struct {
        int64_t namespace_id, seq, counter;
    } rows[] = {{0, 19, 6}, {7, 19, 6}, {8, 1, 1}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct store_write write = store_kit_create("third", "examples");
        write.namespace_id = rows[i].namespace_id;
        assert_int_equal(store_next_counter(store, rows[i].namespace_id), rows[i].counter);
        assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
        assert_int_equal(write.model.seq, rows[i].seq);
    }
    store_close(store);
}

static void a_file_of_version_3_is_brought_forward_and_its_trainings_can_be_moved(void **state)
{
    struct place *place = *state;
    make_version(place, VERSION_3);
    struct store *store = store_kit_open(place->path, 1);
    struct store_reader *reader = store_get_reader(store, 0);
    static const struct {
        const char *id;
        int32_t end;
    } rows[] = {{"trains", 0}, {"cancelled", 1}, {"completed", 3}};
    struct store_model model;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(
            store_kit_find_model(reader, 0, rows[i].id, &place->arena, &model), STORE_OK);
        assert_int_equal(model.end, rows[i].end);
        assert_int_equal(model.end_ns, rows[i].end ? INT64_C(1721499809500000000) : 0);
        assert_int_equal(model.total_steps, 2);
        assert_int_equal(model.pacing + model.polls + model.looks, 0);
        assert_false(model.has_stall_step || model.has_end_step);
        assert_int_equal(model.moves.len, 0);
    }
    struct store_write write = store_kit_write(STORE_CHANGE_TRAINING, "trains");
    write.model.has_stall_step = true;
    write.model.stall_step = 1;
    assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
    store_close(store);
    assert_true(store_kit_is_sound(place->path));
    store = store_kit_open(place->path, 1);
    assert_int_equal(
        store_kit_find_model(store_get_reader(store, 0), 0, "trains", &place->arena, &model),
        STORE_OK);
    assert_true(model.has_stall_step);
    assert_int_equal(model.stall_step, 1);
    store_close(store);
}

static const char *find_nothing(void *context, struct text name, struct text bytes)
{
    (void)context;
    (void)name;
    (void)bytes;
    return NULL;
}

static const char *find_nothing_in_model(void *context, const struct store_model *model)
{
    (void)context;
    (void)model;
    return NULL;
}

static const char *find_nothing_in_operation(void *context, const struct store_operation *operation)
{
    (void)context;
    (void)operation;
    return NULL;
}

static void note_problem(void *context, const char *table, struct text id, const char *problem)
{
    buf_printf(context, "%s %.*s: %s\n", table, TEXT_ARGS(id), problem);
}

/* Checks the file as it is, and compares the number of models and what is wrong. */
static void assert_check(struct place *place, int64_t models, const char *problems)
{
    struct buf found = BUF_INIT;
    struct store_checks checks = {
        find_nothing, find_nothing_in_model, find_nothing_in_operation, note_problem, &found};
    struct store_counts counts;
    struct text message = TEXT("");
    assert_true(store_check(place->path, &checks, &place->arena, &counts, &message));
    assert_text(buf_text(&found), problems);
    assert_int_equal(counts.models, models);
    buf_release(&found);
}

static void files_of_every_version_are_checked_as_they_are(void **state)
{
    struct place *place = *state;
    static const char behind[] = "numbering : it is behind the rows, or far ahead of any\n";
    assert_check(place, 2, "");
    run_sql(place->path, "UPDATE numbering SET last_seq = 8");
    assert_check(place, 2, behind);
    make_version(place, VERSION_2);
    assert_check(place, 4, "");
    run_sql(
        place->path, "UPDATE numbering SET last_seq = 14"); /* that of an operation of 7 is 15 */
    assert_check(place, 4, behind);
    make_version(place, VERSION_3);
    assert_check(place, 3, "");
    make_version(place, VERSION_2);
    store_close(store_kit_open(place->path, 1));
    assert_check(place, 4, "");
    run_sql(place->path, "UPDATE numbering SET last_seq = 14 WHERE namespace_id = 7");
    assert_check(
        place, 4, "numbering of namespace 7: it is behind the rows, or far ahead of any\n");
    run_sql(place->path,
        "UPDATE numbering SET last_seq = 18, name = 'a', model_count = 1 WHERE namespace_id = 0;"
        "UPDATE numbering SET last_seq = 18, name = '' WHERE namespace_id = 7");
    assert_check(place, 4,
        "numbering : its name is none that a namespace can have\n"
        "numbering of namespace 7: its name is none that a namespace can have\n"
        "numbering : it has another count of models than there are\n");
    run_sql(place->path, "DELETE FROM numbering");
    assert_check(place, 4, "numbering : it is missing\nnumbering of namespace 7: it is missing\n");
}

static void a_file_that_cannot_be_brought_forward_stays_as_it_is(void **state)
{
    struct place *place = *state;
    /* An index of that name is there already: the step fails after it has begun. */
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "CREATE INDEX operation_added ON operation (fixed)", NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    struct text message = TEXT("");
    assert_null(store_open(
        &(struct store_options){.path = place->path, .reader_count = 1}, &place->arena, &message));
    assert_true(text_find(message, TEXT("cannot open")) < message.len);

    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    /* The old index is still there. */
    assert_int_equal(sqlite3_exec(db,
                         "DROP INDEX operation_added;"
                         "SELECT 1 FROM permission INDEXED BY permission_by_email"
                         " WHERE namespace_id = 0 AND model_seq = 1 AND email = '' AND email <> ''",
                         NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    store_close(store_kit_open(place->path, 1));
}

#define place_test(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)

int main(void)
{
    connection_configure(); /* before a test uses SQLite by itself */
    const struct CMUnitTest tests[] = {
        place_test(a_file_of_version_1_is_brought_forward_with_all_it_has),
        place_test(a_file_of_version_2_is_brought_forward_with_all_its_namespaces),
        place_test(a_file_of_version_3_is_brought_forward_and_its_trainings_can_be_moved),
        place_test(files_of_every_version_are_checked_as_they_are),
        place_test(a_file_that_cannot_be_brought_forward_stays_as_it_is),
    };
    return cmocka_run_group_tests_name("store_migrate", tests, NULL, NULL);
}
