/* Namespaces as a whole: their names and counts, and the writes that drop and copy them. */
#include "tests/lib/unit.h"

#include <pthread.h>
#include <stdio.h>

#include <sqlite3.h>

#include "store/internal.h"
#include "tests/lib/store_kit.h"

static struct store_kit_file place;

static int open_place(void **state)
{
    (void)state;
    store_kit_file_begin(&place, 1);
    return 0;
}

static int close_place(void **state)
{
    (void)state;
    assert_true(store_kit_file_end(&place));
    return 0;
}

/* A number that a query gives of the file as it is. */
static int64_t ask(const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open_v2(place.path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return number;
}

/* Creates a model as the API does, with examples of its own unless these are given; gives its seq.
 */
static int64_t create_with(int64_t namespace_id, const char *id, const char *examples)
{
    struct store_write write = store_kit_create(id, examples);
    write.namespace_id = namespace_id;
    write.counter_used = store_next_counter(place.store, namespace_id);
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_OK);
    return write.model.seq;
}

static int64_t create(int64_t namespace_id, const char *id)
{
    return create_with(namespace_id, id, id);
}

static enum store_result write_one(enum store_write_kind kind, int64_t namespace_id, const char *id)
{
    struct store_write write = store_kit_write(kind, id);
    write.namespace_id = namespace_id;
    return store_write_and_wait(place.store, &write);
}

static enum store_result drop(int64_t namespace_id)
{
    return write_one(STORE_DROP_NAMESPACE, namespace_id, "");
}

static enum store_result copy(int64_t source_namespace_id, int64_t namespace_id)
{
    struct store_write write = {.kind = STORE_COPY_NAMESPACE,
        .namespace_id = namespace_id,
        .source_namespace_id = source_namespace_id};
    return store_write_and_wait(place.store, &write);
}

static void join_name(void *context, int64_t namespace_id, struct text name)
{
    buf_printf(context, "%lld=%.*s ", (long long)namespace_id, TEXT_ARGS(name));
}

static void assert_names(const char *expected)
{
    struct buf found = BUF_INIT;
    store_list_namespaces(place.store, join_name, &found);
    assert_text(buf_text(&found), expected);
    buf_release(&found);
}

static struct text all_of(int64_t namespace_id)
{
    return store_kit_all_rows(place.reader, namespace_id, &place.arena);
}

static void assert_same_rows(int64_t namespace_id, struct text expected)
{
    struct text found = all_of(namespace_id);
    assert_int_equal(found.len, expected.len);
    assert_memory_equal(found.bytes, expected.bytes, expected.len);
}

static int data_set_count(void)
{
    return (int)ask("SELECT count(*) FROM data_set");
}

static void a_name_is_in_the_file_with_the_first_row(void **state)
{
    (void)state;
    store_name_namespace(place.store, 1, TEXT("first"));
    store_name_namespace(place.store, 2, TEXT("without-rows"));
    store_name_namespace(place.store, 9, TEXT("~with+visible/characters"));
    store_name_namespace(place.store, 1, TEXT("first")); /* again */
    create(0, "a");
    create(9, "a");
    create(1, "a");
    assert_names(""); /* the file had none */
    assert_int_equal(store_last_namespace(place.store), 0);
    for (int round = 0; round < 2; round++) {
        store_kit_file_reopen(&place, NULL);
        assert_names("1=first 9=~with+visible/characters ");
        assert_int_equal(store_last_namespace(place.store), 9);
    }
    /* One that has had rows keeps its name. */
    assert_int_equal(write_one(STORE_CLEAR_NAMESPACE, 1, ""), STORE_OK);
    assert_int_equal(write_one(STORE_DELETE_MODEL, 9, "a"), STORE_OK);
    store_kit_file_reopen(&place, NULL);
    assert_names("1=first 9=~with+visible/characters ");
}

static void what_has_no_name_is_named_by_its_number(void **state)
{
    (void)state;
    for (int64_t i = 1; i <= 5; i++)
        create(i, "a");
    store_kit_file_reopen(&place,
        "UPDATE numbering SET name = 'namespace-1' WHERE namespace_id = 5;"
        "UPDATE numbering SET name = CAST(x'610062' AS TEXT) WHERE namespace_id = 3;"
        "UPDATE numbering SET name = printf('%.600c', 'x') WHERE namespace_id = 4;"
        "DELETE FROM numbering WHERE namespace_id = 2");
    assert_names("1=namespace-1+ 2=namespace-2 3=namespace-3 4=namespace-4 5=namespace-1 ");
    /* And has this name from its next row on. */
    create(1, "b");
    store_kit_file_reopen(&place, "UPDATE numbering SET name = 'other' WHERE namespace_id = 5");
    assert_names("1=namespace-1+ 2=namespace-2 3=namespace-3 4=namespace-4 5=other ");
}

static void numbers_that_nobody_can_have_given_are_not_gone_on_from(void **state)
{
    (void)state;
    create(3, "a");
    create(INT64_MAX, "a");
    create(-2, "a");
    store_kit_file_reopen(&place, NULL);
    assert_names("3=namespace-3 ");
    assert_int_equal(store_last_namespace(place.store), 3);
}

static void of_two_with_one_name_the_older_was_being_deleted(void **state)
{
    (void)state;
    store_name_namespace(place.store, 1, TEXT("test"));
    store_name_namespace(place.store, 2, TEXT("other"));
    store_name_namespace(place.store, 3, TEXT("test"));
    create(1, "old");
    create(2, "other");
    create(3, "new");
    store_kit_file_reopen(&place, NULL);
    assert_names("2=other 3=test ");
    assert_int_equal(store_count_models(place.store, 1), 0);
    assert_int_equal(store_kit_count_models(place.reader, 1), 0);
    assert_int_equal(store_kit_count_models(place.reader, 3), 1);
    assert_int_equal(store_count_all_models(place.store), 2);
    assert_int_equal(data_set_count(), 2);
}

static void snapshots_end_with_the_process(void **state)
{
    (void)state;
    store_name_namespace(place.store, 1, TEXT("test"));
    store_name_namespace(place.store, 2, TEXT("test 1"));
    store_name_namespace(place.store, 3, TEXT("default 1"));
    create(1, "a");
    create(0, "b");
    assert_int_equal(copy(1, 2), STORE_OK);
    assert_int_equal(copy(0, 3), STORE_OK);
    assert_int_equal(write_one(STORE_DELETE_MODEL, 1, "a"), STORE_OK);
    assert_int_equal(store_count_all_models(place.store), 1); /* snapshots do not count */
    assert_int_equal(store_count_models(place.store, 2), 1);
    assert_int_equal(data_set_count(), 2);
    store_kit_file_reopen(&place, NULL);
    assert_names("1=test ");
    assert_int_equal(store_last_namespace(place.store), 3);
    assert_int_equal(store_count_all_models(place.store), 1);
    assert_int_equal(ask("SELECT count(*) FROM model"), 1);
    assert_int_equal(ask("SELECT count(*) FROM numbering WHERE namespace_id > 1"), 0);
    assert_int_equal(data_set_count(), 1);
    store_kit_file_reopen(&place, NULL);
    assert_int_equal(store_last_namespace(place.store), 1);
}

static void a_drop_leaves_nothing_of_the_namespace_and_all_of_others(void **state)
{
    (void)state;
    store_name_namespace(place.store, 1, TEXT("test"));
    create_with(0, "a", "shared");
    create_with(1, "a", "shared");
    create_with(1, "b", "own");
    create_with(2, "c", "others");
    struct text first = all_of(0), second = all_of(2);
    assert_int_equal(drop(1), STORE_OK);
    assert_int_equal(all_of(1).len, 0);
    assert_same_rows(0, first);
    assert_same_rows(2, second);
    assert_int_equal(ask("SELECT count(*) FROM numbering WHERE namespace_id = 1"), 0);
    assert_int_equal(data_set_count(), 2);
    assert_int_equal(store_last_seq(place.store, 1), 0);
    assert_int_equal(store_last_counter(place.store, 1), 0);
    assert_int_equal(drop(1), STORE_OK);
    assert_int_equal(drop(77), STORE_OK); /* there never was one */
    /* Who goes on begins anew, with the name. */
    assert_int_equal(create(1, "a"), 1);
    store_kit_file_reopen(&place, NULL);
    assert_names("1=test 2=namespace-2 ");
}

static void the_default_namespace_is_never_without_a_numbering(void **state)
{
    (void)state;
    create(0, "a");
    assert_int_equal(drop(0), STORE_OK);
    assert_int_equal(
        ask("SELECT last_seq + last_counter FROM numbering WHERE namespace_id = 0"), 0);
    assert_int_equal(create(0, "a"), 1);
}

static void a_batch_may_drop_and_go_on(void **state)
{
    (void)state;
    store_name_namespace(place.store, 1, TEXT("test"));
    create(1, "a");
    struct store_write drop_write = {.kind = STORE_DROP_NAMESPACE, .namespace_id = 1};
    struct store_write create_write = store_kit_create("b", "b");
    create_write.namespace_id = 1;
    struct store_batch batch = {0};
    store_batch_add(&batch, &drop_write);
    store_batch_add(&batch, &create_write);
    assert_int_equal(store_batch_and_wait(place.store, &batch), STORE_OK);
    assert_int_equal(store_count_models(place.store, 1), 1);
    store_kit_file_reopen(&place, NULL);
    assert_names("1=test ");
    assert_int_equal(store_count_models(place.store, 1), 1);
    assert_int_equal(store_last_seq(place.store, 1), 3);
}

static void what_is_forgotten_begins_anew_unless_it_has_rows(void **state)
{
    (void)state;
    store_name_namespace(place.store, 1, TEXT("with-rows"));
    store_name_namespace(place.store, 2, TEXT("dropped"));
    store_name_namespace(place.store, 3, TEXT("without"));
    create(1, "a");
    create(2, "a");
    assert_int_equal(store_next_counter(place.store, 3), 1);
    assert_int_equal(drop(2), STORE_OK);
    for (int64_t i = 1; i <= 4; i++)
        store_forget_namespace(place.store, i);
    assert_int_equal(store_last_seq(place.store, 1), 3);
    assert_int_equal(store_count_models(place.store, 1), 1);
    assert_int_equal(place.store->numberings.count, 1);
    assert_int_equal(create(2, "a"), 1);
    assert_int_equal(store_next_counter(place.store, 3), 1);
    store_name_namespace(place.store, 3, TEXT("other-name"));
}

/* More than one stretch of them, the first with more than a create gives. */
static void fill(int64_t namespace_id, int count)
{
    struct store_write *writes = arena_array(&place.arena, (size_t)count, sizeof(*writes));
    struct store_batch batch = {0};
    for (int i = 0; i < count; i++) {
        const char *id = arena_printf(&place.arena, "m%d", i).bytes;
        writes[i] = store_kit_create(id, i % 3 ? id : NULL);
        writes[i].namespace_id = namespace_id;
        writes[i].counter_used = store_next_counter(place.store, namespace_id);
        store_batch_add(&batch, &writes[i]);
    }
    assert_int_equal(store_batch_and_wait(place.store, &batch), STORE_OK);
    struct store_write write = store_kit_write(STORE_CREATE_PERMISSION, "m0");
    write.namespace_id = namespace_id;
    write.permission.id = TEXT("everyone");
    write.permission.grantee_type = 3;
    write.permission.role = 3;
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_OK);
    write = store_kit_write(STORE_CREATE_OPERATION, "m0");
    write.namespace_id = namespace_id;
    write.operation.id = TEXT("old");
    write.operation.fixed = TEXT("{}");
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_OK);
}

static void a_copy_is_the_same_and_goes_on_the_same(void **state)
{
    (void)state;
    fill(1, 150);
    create(0, "another");
    store_next_counter(place.store, 1); /* of a create that was refused */
    struct text rows = all_of(1);
    assert_int_equal(copy(1, 2), STORE_OK);
    assert_same_rows(2, rows);
    assert_same_rows(1, rows);
    assert_int_equal(store_count_models(place.store, 2), 150);
    assert_int_equal(store_last_seq(place.store, 2), store_last_seq(place.store, 1));
    assert_int_equal(store_last_counter(place.store, 2), store_last_counter(place.store, 1));
    int64_t seq = create(1, "next");
    assert_int_equal(create(2, "next"), seq);
    struct text changed = all_of(1);
    assert_same_rows(2, changed);
    /* Each lives on without the other, the data sets with the last. */
    assert_int_equal(drop(1), STORE_OK);
    assert_same_rows(2, changed);
    store_kit_file_reopen(&place, NULL);
    assert_same_rows(2, changed);
    assert_int_equal(store_count_models(place.store, 2), 151);
    assert_int_equal(data_set_count(), 102);
    assert_int_equal(drop(2), STORE_OK);
    assert_int_equal(data_set_count(), 1);
}

static void a_namespace_goes_back_to_a_copy_as_often_as_wanted(void **state)
{
    (void)state;
    fill(1, 70);
    store_name_namespace(place.store, 2, TEXT("1 snapshot"));
    assert_int_equal(copy(1, 2), STORE_OK);
    struct text rows = all_of(1);
    int64_t counter = store_last_counter(place.store, 1);
    struct text after = TEXT("");
    for (int round = 0; round < 3; round++) {
        int64_t seq = create(1, "m-next");
        assert_int_equal(write_one(STORE_DELETE_MODEL, 1, "m5"), STORE_OK);
        assert_int_equal(store_last_counter(place.store, 1), counter + 1);
        if (round == 0)
            after = all_of(1);
        assert_same_rows(1, after);
        assert_int_equal(copy(2, 1), STORE_OK);
        assert_same_rows(1, rows);
        assert_same_rows(2, rows);
        assert_int_equal(store_last_counter(place.store, 1), counter);
        assert_true(store_last_seq(place.store, 1) < seq);
        assert_int_equal(store_count_models(place.store, 1), 70);
        assert_int_equal(store_count_all_models(place.store), 70);
    }
    /* Of nothing, it is empty. */
    assert_int_equal(copy(3, 1), STORE_OK);
    assert_int_equal(all_of(1).len, 0);
    assert_int_equal(store_last_counter(place.store, 1), 0);
    assert_int_equal(create(1, "a"), 1);
}

static void a_copy_does_not_mix_with_what_is_there(void **state)
{
    (void)state;
    fill(1, 10);
    create(2, "m3");
    create(2, "other");
    assert_int_equal(copy(1, 2), STORE_OK);
    assert_same_rows(2, all_of(1));
    assert_int_equal(store_count_models(place.store, 2), 10);
    assert_int_equal(store_last_counter(place.store, 2), 10);
    assert_int_equal(ask("SELECT count(*) FROM data_set WHERE name IN ('m3', 'other')"), 0);
    /* A batch that fails behind a copy leaves nothing of it. */
    struct store_write copy_write = {
        .kind = STORE_COPY_NAMESPACE, .namespace_id = 3, .source_namespace_id = 1};
    struct store_write delete = store_kit_write(STORE_DELETE_MODEL, "none");
    struct store_batch batch = {0};
    store_batch_add(&batch, &copy_write);
    store_batch_add(&batch, &delete);
    assert_int_equal(store_batch_and_wait(place.store, &batch), STORE_NOT_FOUND);
    assert_int_equal(all_of(3).len, 0);
    assert_int_equal(store_count_models(place.store, 3), 0);
    assert_int_equal(store_last_seq(place.store, 3), 0);
    assert_int_equal(store_last_counter(place.store, 3), 0);
}

static void a_counter_that_was_restarted_stays_so_in_a_copy(void **state)
{
    (void)state;
    fill(1, 4);
    store_restart_counter(place.store, 1);
    assert_int_equal(copy(1, 2), STORE_OK);
    assert_int_equal(store_next_counter(place.store, 2), 1);
    store_kit_file_reopen(&place, NULL);
    assert_int_equal(store_next_counter(place.store, 2), 5); /* as it does in the other */
    assert_int_equal(store_next_counter(place.store, 1), 5);
}

static void counts_are_those_of_the_rows_whatever_happens(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (int step = 0; step < 600; step++) {
        random = random * 1664525 + 1013904223;
        int64_t one = random >> 8 & 3, other = random >> 10 & 3;
        const char *id = arena_printf(&place.arena, "m%u", (unsigned)(random >> 12 & 7)).bytes;
        struct store_write write = store_kit_create(id, id);
        write.namespace_id = one;
        switch (random >> 28) {
        case 0:
            drop(one);
            break;
        case 1:
            write_one(STORE_CLEAR_NAMESPACE, one, "");
            break;
        case 2:
            if (one != other)
                assert_int_equal(copy(one, other), STORE_OK);
            break;
        case 4:
        case 5:
        case 6:
            write_one(STORE_DELETE_MODEL, one, id);
            break;
        case 7:
            if (random >> 24 & 1)
                store_kit_file_reopen(&place, NULL);
            break;
        default:
            store_write_and_wait(place.store, &write);
            break;
        }
        int64_t sum = 0;
        for (int64_t i = 0; i < 4; i++) {
            int64_t count = store_kit_count_models(place.reader, i);
            assert_int_equal(store_count_models(place.store, i), count);
            sum += count;
        }
        assert_int_equal(store_count_all_models(place.store), sum);
    }
    assert_int_equal(store_count_models(place.store, 99), 0);
}

static void counts_that_are_wrong_are_made_anew(void **state)
{
    (void)state;
    create(0, "a");
    create(0, "b");
    create(1, "c");
    create(2, "d");
    store_kit_file_reopen(&place, "UPDATE numbering SET model_count = 7 WHERE namespace_id < 2;"
                                  "DELETE FROM numbering WHERE namespace_id = 2");
    assert_int_equal(store_count_models(place.store, 0), 2);
    assert_int_equal(store_count_models(place.store, 1), 1);
    assert_int_equal(store_count_models(place.store, 2), 1);
    assert_int_equal(store_count_all_models(place.store), 4);
    store_kit_file_reopen(&place,
        "DELETE FROM permission WHERE namespace_id = 1; DELETE FROM model WHERE id = 'none';"
        "DELETE FROM operation WHERE namespace_id = 1; DELETE FROM model WHERE namespace_id = 1");
    assert_int_equal(store_count_models(place.store, 1), 0);
    assert_int_equal(store_count_all_models(place.store), 3);
}

static void sizes_are_those_of_the_files(void **state)
{
    (void)state;
    fill(0, 100);
    struct store_sizes sizes = store_sizes(place.store);
    assert_true(sizes.wal_bytes > 0);
    assert_int_equal(sizes.queue_count, 0);
    assert_int_equal(sizes.file_bytes % 4096, 0);
    store_close(place.store);
    int64_t page_bytes =
        ask("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
    store_kit_file_open(&place);
    assert_int_equal(store_sizes(place.store).file_bytes, page_bytes);
}

enum { THREADS = 3, NAMES = 300 };

/* Each thread makes, names, fills, drops and forgets namespaces of its own. */
static void *come_and_go(void *context)
{
    int64_t first = *(const int64_t *)context;
    for (int64_t i = first; i < first + NAMES; i++) {
        char name[32];
        snprintf(name, sizeof(name), "space-%lld", (long long)i);
        store_name_namespace(place.store, i, text_of(name));
        if (i % 10 == 0) {
            create(i, "a");
            create(i, "b");
            assert_int_equal(store_count_models(place.store, i), 2);
            assert_int_equal(store_last_counter(place.store, i), 2);
            assert_int_equal(drop(i), STORE_OK);
        } else {
            assert_int_equal(store_next_counter(place.store, i), 1);
        }
        store_forget_namespace(place.store, i);
    }
    return NULL;
}

static void namespaces_come_and_go_on_any_thread(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    int64_t firsts[THREADS] = {1, 1000, 2000};
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &firsts[i]), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(place.store->numberings.count, 0);
    assert_int_equal(ask("SELECT count(*) FROM numbering"), 1);
    assert_int_equal(data_set_count(), 0);
}

#define place_test(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)

int main(void)
{
    connection_configure(); /* before a test uses SQLite by itself */
    const struct CMUnitTest tests[] = {
        place_test(a_name_is_in_the_file_with_the_first_row),
        place_test(what_has_no_name_is_named_by_its_number),
        place_test(numbers_that_nobody_can_have_given_are_not_gone_on_from),
        place_test(of_two_with_one_name_the_older_was_being_deleted),
        place_test(snapshots_end_with_the_process),
        place_test(a_drop_leaves_nothing_of_the_namespace_and_all_of_others),
        place_test(the_default_namespace_is_never_without_a_numbering),
        place_test(a_batch_may_drop_and_go_on),
        place_test(what_is_forgotten_begins_anew_unless_it_has_rows),
        place_test(a_copy_is_the_same_and_goes_on_the_same),
        place_test(a_namespace_goes_back_to_a_copy_as_often_as_wanted),
        place_test(a_copy_does_not_mix_with_what_is_there),
        place_test(a_counter_that_was_restarted_stays_so_in_a_copy),
        place_test(counts_are_those_of_the_rows_whatever_happens),
        place_test(counts_that_are_wrong_are_made_anew),
        place_test(sizes_are_those_of_the_files),
        place_test(namespaces_come_and_go_on_any_thread),
    };
    return cmocka_run_group_tests_name("store_namespaces", tests, NULL, NULL);
}
