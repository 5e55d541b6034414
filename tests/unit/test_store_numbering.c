/* Numbers that are never given out twice: each namespace has its own, and damage to one is made
 * good. */
#include "tests/lib/unit.h"

#include <pthread.h>

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

/* Creates a model as the API does; gives its seq. */
static int64_t create(int64_t namespace_id, const char *id)
{
    struct store_write write = store_kit_create(id, "examples");
    write.namespace_id = namespace_id;
    write.counter_used = store_next_counter(place.store, namespace_id);
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_OK);
    assert_int_equal(write.operation.seq, write.model.seq + 1);
    assert_int_equal(write.permission.seq, write.model.seq + 2);
    return write.model.seq;
}

static void what_one_namespace_does_shows_in_no_other(void **state)
{
    (void)state;
    static const int64_t others[] = {7, 16384, INT64_MAX};
    assert_int_equal(create(0, "a"), 1);
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        assert_int_equal(create(others[i], "a"), 1);
        assert_int_equal(
            create(0, arena_printf(&place.arena, "b%zu", i).bytes), 3 * (int64_t)i + 4);
        assert_int_equal(create(others[i], "b"), 4);
    }
    for (int round = 0; round < 2; round++) {
        store_kit_file_reopen(&place, NULL);
        for (size_t i = 0; i < ARRAY_COUNT(others); i++)
            assert_int_equal(store_next_counter(place.store, others[i]), 3);
        assert_int_equal(store_next_counter(place.store, 0), 5);
    }
    assert_int_equal(store_next_counter(place.store, 8), 1);
}

/* Writes of several namespaces that are committed at once, one of them in vain. */
static void a_refused_write_uses_up_numbers_of_its_own_namespace_alone(void **state)
{
    (void)state;
    create(3, "taken");
    struct store_write write = store_kit_create("taken", "examples");
    write.namespace_id = 3;
    write.counter_used = store_next_counter(place.store, 3);
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_EXISTS);
    assert_int_equal(create(4, "next"), 1);
    store_kit_file_reopen(&place, NULL);
    assert_int_equal(store_next_counter(place.store, 3), 3);
    assert_int_equal(store_next_counter(place.store, 4), 2);
}

static void redraw(struct store_write *write)
{
    int64_t counter = store_next_counter(place.store, write->namespace_id);
    write->counter_used = counter;
    write->model.id = arena_printf(&place.arena, "drawn-%lld", (long long)counter);
    write->operation.id = arena_printf(&place.arena, "of-%lld", (long long)counter);
    ++*(int *)write->redraw_context;
}

/* Two that draw on either side of a reset may have drawn the same. */
static void a_create_whose_drawn_id_was_taken_meanwhile_draws_again(void **state)
{
    (void)state;
    create(3, "drawn-1");
    create(3, "drawn-3");
    int redraw_count = 0;
    struct store_write write = store_kit_create("drawn-1", "examples");
    write.namespace_id = 3;
    write.counter_used = 1;
    write.redraw = redraw;
    write.redraw_context = &redraw_count;
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_OK);
    assert_int_equal(redraw_count, 2);
    assert_text(write.model.id, "drawn-4");
    struct store_reader *reader = store_get_reader(place.store, 0);
    struct store_operation operation;
    assert_int_equal(store_read_begin(reader), STORE_OK);
    assert_int_equal(
        store_find_operation(reader, 3, TEXT("drawn-4"), TEXT("of-4"), &place.arena, &operation),
        STORE_OK);
    store_read_end(reader);
    /* Another reason is no reason to draw. */
    write.source_id = TEXT("nobody");
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_NOT_FOUND);
    assert_int_equal(redraw_count, 2);
    store_kit_file_reopen(&place, NULL);
    assert_int_equal(store_next_counter(place.store, 3), 5);
}

enum { THREADS = 4, DRAWS = 2000, SPACES = 5 };

static void *draw(void *context)
{
    int64_t *sums = context;
    for (int i = 0; i < DRAWS; i++)
        for (int64_t space = 0; space < SPACES; space++)
            sums[space] += store_next_counter(place.store, 1000 * space);
    return NULL;
}

static void any_thread_draws_from_any_namespace(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    int64_t sums[THREADS][SPACES] = {{0}};
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, draw, sums[i]), 0);
    for (int i = 0; i < 50; i++) /* the writer looks for numbers meanwhile */
        create(1000 * (int64_t)(i % SPACES), arena_printf(&place.arena, "m%d", i).bytes);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int64_t space = 0; space < SPACES; space++)
        assert_int_equal(
            store_next_counter(place.store, 1000 * space), THREADS * DRAWS + 50 / SPACES + 1);
}

static void a_counter_that_is_restarted_counts_from_one_until_the_store_is_opened_again(
    void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        create(0, arena_printf(&place.arena, "a%d", i).bytes);
    create(7, "other");
    store_restart_counter(place.store, 0);
    assert_int_equal(store_last_counter(place.store, 0), 0);
    /* A commit does not bring back what was saved. */
    create(0, "b1");
    create(0, "b2");
    assert_int_equal(store_next_counter(place.store, 0), 3);
    assert_int_equal(store_next_counter(place.store, 7), 2);
    store_kit_file_reopen(&place, NULL);
    assert_int_equal(store_next_counter(place.store, 0), 6);
}

static void many_namespaces_are_read_back(void **state)
{
    (void)state;
    enum { MANY = 16384 };
    static struct store_write writes[MANY];
    char ids[2][2] = {"a", "b"};
    for (int round = 0; round < 2; round++) {
        for (int64_t i = 0; i < MANY; i++) {
            writes[i] = store_kit_create(ids[round], NULL);
            writes[i].namespace_id = i;
            writes[i].counter_used = store_next_counter(place.store, i);
            assert_int_equal(writes[i].counter_used, round + 1);
        }
        struct store_batch batch = {0};
        for (int64_t i = 0; i < MANY; i++)
            store_batch_add(&batch, &writes[i]);
        assert_int_equal(store_batch_and_wait(place.store, &batch), STORE_OK);
        for (int64_t i = 0; i < MANY; i++)
            assert_int_equal(writes[i].model.seq, 3 * round + 1);
        store_kit_file_reopen(&place, NULL);
    }
}

static void numbering_that_is_behind_its_rows_goes_on_behind_them(void **state)
{
    (void)state;
    create(0, "a");
    create(5, "a");
    create(5, "b");
    create(9, "a");
    store_kit_file_reopen(&place,
        "UPDATE numbering SET last_seq = 1 WHERE namespace_id = 5;"
        "UPDATE permission SET seq = 40 WHERE namespace_id = 5 AND seq = 3");
    assert_int_equal(create(5, "c"), 41);
    assert_int_equal(create(9, "b"), 4);
    assert_int_equal(create(0, "b"), 4);
    store_kit_file_reopen(&place, NULL);
    assert_int_equal(create(5, "d"), 44);
}

static void a_namespace_whose_numbering_is_missing_gives_no_number_again(void **state)
{
    (void)state;
    create(5, "a");
    create(5, "b");
    create(0, "a");
    store_kit_file_reopen(&place, "DELETE FROM numbering");
    /* Two creates: no counter above 2 was given; but who knows that. */
    assert_true(store_next_counter(place.store, 5) > 2);
    assert_true(store_next_counter(place.store, 0) > 1);
    struct store_write write = store_kit_write(STORE_CREATE_OPERATION, "a");
    write.namespace_id = 5;
    write.operation.id = TEXT("later");
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_OK);
    assert_int_equal(write.operation.seq, 7);
    store_kit_file_reopen(&place, NULL);
    assert_true(store_next_counter(place.store, 5) > 2);
    assert_int_equal(create(5, "c"), 8);
    assert_int_equal(create(0, "b"), 4);
}

static void numbering_far_ahead_of_any_is_refused_in_any_namespace(void **state)
{
    (void)state;
    static const char *const columns[] = {"last_seq", "last_counter"};
    for (size_t i = 0; i < ARRAY_COUNT(columns); i++) {
        create(5, columns[i]);
        store_close(place.store);
        sqlite3 *db = NULL;
        assert_int_equal(sqlite3_open(place.path, &db), SQLITE_OK);
        for (int is_mended = 0; is_mended < 2; is_mended++) {
            const char *sql =
                arena_printf(&place.arena, "UPDATE numbering SET %s = %s WHERE namespace_id = 5",
                    columns[i], is_mended ? "100" : "9223372036854775807")
                    .bytes;
            assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
            struct text message = TEXT("");
            if (!is_mended)
                assert_null(
                    store_open(&(struct store_options){.path = place.path, .reader_count = 1},
                        &place.arena, &message));
            assert_true(is_mended || text_find(message, TEXT("damaged")) < message.len);
        }
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        store_kit_file_open(&place);
    }
}

#define place_test(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)

int main(void)
{
    connection_configure(); /* before a test uses SQLite by itself */
    const struct CMUnitTest tests[] = {
        place_test(what_one_namespace_does_shows_in_no_other),
        place_test(a_create_whose_drawn_id_was_taken_meanwhile_draws_again),
        place_test(a_refused_write_uses_up_numbers_of_its_own_namespace_alone),
        place_test(any_thread_draws_from_any_namespace),
        place_test(a_counter_that_is_restarted_counts_from_one_until_the_store_is_opened_again),
        place_test(many_namespaces_are_read_back),
        place_test(numbering_that_is_behind_its_rows_goes_on_behind_them),
        place_test(a_namespace_whose_numbering_is_missing_gives_no_number_again),
        place_test(numbering_far_ahead_of_any_is_refused_in_any_namespace),
    };
    return cmocka_run_group_tests_name("store_numbering", tests, NULL, NULL);
}
