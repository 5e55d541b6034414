/* Rows that a reader keeps: whatever was written, he finds what one finds who keeps none. */
#include "tests/lib/unit.h"

#include <stdio.h>

#include <sqlite3.h>

#include "base/array.h"
#include "store/internal.h"
#include "tests/lib/store_kit.h"

enum { NAMESPACES = 3, MODELS = 4, ROUNDS = 500 };

struct place {
    char *folder;
    struct arena arena;
    const char *path;
    struct store *store;
    struct store_reader *keeper, *other; /* the other forgets before each read */
    uint32_t draw;
};

static struct place place;

static int open_place(void **state)
{
    (void)state;
    arena_init(&place.arena);
    place.folder = store_kit_folder();
    place.path = arena_printf(&place.arena, "%s/file.db", place.folder).bytes;
    place.store = store_kit_open(place.path, 2);
    place.keeper = store_get_reader(place.store, 0);
    place.other = store_get_reader(place.store, 1);
    place.draw = 2463534242U;
    return 0;
}

static int close_place(void **state)
{
    (void)state;
    store_close(place.store);
    store_kit_remove(place.folder);
    arena_release(&place.arena);
    return 0;
}

static const char *const ids[MODELS] = {"m0", "m1", "m2", "m3"};
static const char *const emails[] = {"", "owner@example.com", "other@example.com"};

static void add_line(struct buf *out, const char *what, enum store_result result)
{
    buf_printf(out, " %s %d", what, (int)result);
}

static void add_bytes(void *context, struct text bytes)
{
    buf_printf(context, " (%.*s)", TEXT_ARGS(bytes));
}

/* All that can be found of a model, as text. */
static void add_model(
    struct buf *out, struct store_reader *reader, int64_t namespace_id, struct text id)
{
    struct arena *arena = &place.arena;
    struct store_model model = {.seq = 0};
    enum store_result result = store_find_model(reader, namespace_id, id, arena, &model);
    add_line(out, "model", result);
    if (result == STORE_OK) {
        buf_printf(out, " %.*s %d %.*s %.*s", TEXT_ARGS(model.id), (int)model.seq,
            TEXT_ARGS(model.display_name), TEXT_ARGS(model.data_set));
        add_line(out, "data", store_look_at_data_set(reader, model.data_set, add_bytes, out));
    }
    for (int i = 0; i < MODELS; i++) {
        struct store_operation operation;
        result = store_find_operation(reader, namespace_id, id, text_of(ids[i]), arena, &operation);
        add_line(out, "operation", result);
        if (result == STORE_OK)
            buf_printf(out, " %d %.*s/%.*s %.*s", (int)operation.seq, TEXT_ARGS(operation.model_id),
                TEXT_ARGS(operation.id), TEXT_ARGS(operation.fixed));
    }
    for (size_t i = 0; i < ARRAY_COUNT(emails); i++) {
        struct store_roles roles;
        add_line(
            out, "roles", store_find_roles(reader, namespace_id, id, text_of(emails[i]), &roles));
        buf_printf(out, " %d %d", (int)roles.caller, (int)roles.everyone);
    }
    buf_add_text(out, TEXT("\n"));
}

/* All that a reader finds by name. */
static struct text all_found(struct store_reader *reader)
{
    struct buf out = BUF_INIT;
    assert_int_equal(store_read_begin(reader), STORE_OK);
    for (int64_t i = 0; i < NAMESPACES; i++)
        for (int j = 0; j < MODELS; j++)
            add_model(&out, reader, i, text_of(ids[j]));
    for (int i = 0; i < MODELS; i++)
        add_line(&out, "data", store_look_at_data_set(reader, text_of(ids[i]), add_bytes, &out));
    store_read_end(reader);
    struct text text = arena_text(&place.arena, buf_text(&out));
    buf_release(&out);
    return text;
}

static void forget(struct store_reader *reader)
{
    reader_lock(reader);
    kept_rows_release(&reader->kept);
    reader_unlock(reader);
}

static void assert_same_found(void)
{
    forget(place.other);
    struct text expected = all_found(place.other);
    assert_text(all_found(place.keeper), expected.bytes);
    assert_text(all_found(place.keeper), expected.bytes); /* now of what was kept */
}

static uint32_t draw(uint32_t below)
{
    place.draw ^= place.draw << 13;
    place.draw ^= place.draw >> 17;
    place.draw ^= place.draw << 5;
    return place.draw % below;
}

/* Any write of any kind. */
static struct store_write draw_write(void)
{
    const char *id = ids[draw(MODELS)];
    struct store_write write = store_kit_create(id, ids[draw(MODELS)]);
    write.kind = (enum store_write_kind)draw(STORE_COPY_NAMESPACE + 1);
    if (draw(3) == 0)
        write.kind = STORE_CREATE_MODEL;
    write.namespace_id = draw(NAMESPACES);
    write.source_namespace_id = (write.namespace_id + 1) % NAMESPACES;
    write.patch = STORE_PATCH_DISPLAY_NAME;
    write.model.display_name = arena_printf(&place.arena, "name %u", draw(1000));
    write.model.end = write.kind == STORE_CHANGE_TRAINING;
    write.keeps_seqs = draw(2) == 0;
    write.model.seq = 1000 + draw(1000);
    write.operation.seq = 2000 + draw(1000);
    write.operation.id = text_of(ids[draw(MODELS)]);
    write.operation.fixed = arena_printf(&place.arena, "{%u}", draw(10));
    write.permission.seq = 3000 + draw(1000);
    write.permission.role = 1 + (int32_t)draw(3);
    write.permission.email = text_of(emails[1 + draw(2)]);
    if (draw(2) == 0)
        write.permission.id = TEXT("everyone");
    return write;
}

/* Several at once, which stand or fall together. Counts those of each kind that were committed. */
static bool apply_batch(bool is_of_namespaces, int *good_count)
{
    struct store_batch batch = {.first = NULL};
    struct store_write writes[4];
    size_t count = is_of_namespaces ? 2 : ARRAY_COUNT(writes);
    for (size_t i = 0; i < count; i++) {
        writes[i] = draw_write();
        if (is_of_namespaces) {
            writes[i].kind = i == 1 ? STORE_COPY_NAMESPACE : STORE_DROP_NAMESPACE;
            writes[i].namespace_id = writes[0].namespace_id;
            writes[i].source_namespace_id = writes[0].source_namespace_id;
        }
        store_batch_add(&batch, &writes[i]);
    }
    if (store_batch_and_wait(place.store, &batch) != STORE_OK)
        return false;
    for (size_t i = 0; i < count; i++)
        good_count[writes[i].kind]++;
    return true;
}

static void whatever_is_written_is_found_as_by_one_who_keeps_nothing(void **state)
{
    (void)state;
    int good_count[STORE_COPY_NAMESPACE + 1] = {0};
    int batch_count = 0, undone_count = 0;
    for (int i = 0; i < ROUNDS; i++) {
        if (i % 4 == 0) {
            bool is_good = apply_batch(i % 8 == 0, good_count);
            batch_count += is_good;
            undone_count += !is_good;
        } else {
            struct store_write write = draw_write();
            good_count[write.kind] += store_write_and_wait(place.store, &write) == STORE_OK;
        }
        assert_same_found();
        arena_clear(&place.arena);
    }
    for (size_t i = 0; i < ARRAY_COUNT(good_count); i++)
        assert_true(good_count[i] > 0);
    assert_true(place.keeper->kept.bytes > 0);
    assert_true(batch_count > 0);
    assert_true(undone_count > 0);
}

static void apply(struct store_write write)
{
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_OK);
}

static int kept_count(const struct store_reader *reader, const char *id)
{
    struct kept_row_value value;
    struct kept_row_key key =
        kept_row_key(&place.store->row_versions, KEPT_MODEL, 0, text_of(id), TEXT(""));
    struct kept_rows rows = reader->kept;
    return kept_rows_find(&rows, &key, &value);
}

static void a_write_takes_its_own_model_out_of_the_readers_hands_and_no_other(void **state)
{
    (void)state;
    struct store_model model;
    for (int i = 0; i < 2; i++)
        apply(store_kit_create(ids[i], "examples"));
    for (int i = 0; i < 2; i++)
        store_kit_find_model(place.keeper, 0, ids[i], &place.arena, &model);
    apply(store_kit_create(ids[2], "others"));
    assert_int_equal(kept_count(place.keeper, ids[0]) + kept_count(place.keeper, ids[1]), 2);
    struct store_write write = store_kit_write(STORE_PATCH_MODEL, ids[0]);
    write.patch = STORE_PATCH_DISPLAY_NAME;
    apply(write);
    assert_int_equal(kept_count(place.keeper, ids[1]), 1);
    assert_int_equal(kept_count(place.keeper, ids[0]), 0);
}

static void a_row_that_is_not_there_is_not_kept(void **state)
{
    (void)state;
    struct store_model model;
    assert_int_equal(
        store_kit_find_model(place.keeper, 0, "m", &place.arena, &model), STORE_NOT_FOUND);
    assert_null(place.keeper->kept.chains);
}

static void a_read_has_its_snapshot_from_the_beginning(void **state)
{
    (void)state;
    apply(store_kit_create("m", "examples"));
    assert_int_equal(store_read_begin(place.keeper), STORE_OK);
    assert_int_equal(sqlite3_txn_state(place.keeper->connection.db, "main"), SQLITE_TXN_READ);
    struct store_write write = store_kit_write(STORE_DELETE_MODEL, "m");
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_OK);
    struct store_model model;
    assert_int_equal(store_find_model(place.keeper, 0, TEXT("m"), &place.arena, &model), STORE_OK);
    store_read_end(place.keeper);
    /* It was read from the older snapshot, and not kept. */
    assert_int_equal(
        store_kit_find_model(place.keeper, 0, "m", &place.arena, &model), STORE_NOT_FOUND);
}

static void run_sql(const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(place.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_busy_timeout(db, 10000), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void what_another_program_wrote_is_found_after_the_next_write(void **state)
{
    (void)state;
    struct store_model model;
    apply(store_kit_create("m", "examples"));
    assert_int_equal(store_kit_find_model(place.keeper, 0, "m", &place.arena, &model), STORE_OK);
    run_sql("UPDATE model SET facts = x'02' WHERE id = 'm'");
    struct store_write refused = store_kit_write(STORE_PATCH_MODEL, "none");
    assert_int_equal(store_write_and_wait(place.store, &refused), STORE_NOT_FOUND);
    assert_int_equal(
        store_kit_find_model(place.keeper, 0, "m", &place.arena, &model), STORE_DAMAGED);
    assert_int_equal(
        store_kit_find_model(place.keeper, 0, "m", &place.arena, &model), STORE_DAMAGED);
}

static struct kept_row_key key_of(const struct row_versions *versions, int number)
{
    struct text id = arena_printf(&place.arena, "model-%d", number);
    return kept_row_key(versions, KEPT_MODEL, 0, id, TEXT(""));
}

static bool is_kept(
    struct kept_rows *rows, const struct row_versions *versions, int number, int64_t seq)
{
    struct kept_row_value value;
    struct kept_row_key key = key_of(versions, number);
    bool is_found = kept_rows_find(rows, &key, &value);
    assert_true(!is_found || value.seq == seq);
    return is_found;
}

static void rows_beyond_the_bound_go_and_those_in_use_stay(void **state)
{
    (void)state;
    struct row_versions *versions = arena_alloc(&place.arena, sizeof(*versions));
    struct kept_rows rows = {.bytes_max = 100000};
    int kept = 0;
    for (int i = 0; i < 5000; i++) {
        struct kept_row_key key = key_of(versions, i);
        kept_rows_keep(&rows, &key, &(struct kept_row_value){.seq = i, .bytes = TEXT("facts")});
        assert_in_range(rows.bytes, 1, 100000);
        assert_true(is_kept(&rows, versions, 0, 0));
    }
    for (int i = 0; i < 5000; i++)
        kept += is_kept(&rows, versions, i, i);
    assert_in_range(kept, 500, 900);
    kept_rows_release(&rows);
    assert_int_equal(rows.bytes, 0);
    assert_int_equal(key_of(versions, 0).version, 0);
}

static void a_large_row_is_not_kept(void **state)
{
    (void)state;
    struct row_versions *versions = arena_alloc(&place.arena, sizeof(*versions));
    struct kept_rows rows = {.bytes_max = KEPT_ROWS_BYTES_MAX};
    struct text bytes = {arena_alloc(&place.arena, KEPT_ROW_BYTES_MAX), KEPT_ROW_BYTES_MAX};
    struct kept_row_key key = key_of(versions, 0);
    kept_rows_keep(&rows, &key, &(struct kept_row_value){.bytes = bytes});
    assert_null(rows.chains);
}

static void ids_of_one_hash_are_told_apart_and_do_not_pile_up(void **state)
{
    (void)state;
    struct row_versions *versions = arena_alloc(&place.arena, sizeof(*versions));
    struct kept_rows rows = {.bytes_max = KEPT_ROWS_BYTES_MAX};
    for (int i = 0; i < 100; i++) {
        struct kept_row_key key = key_of(versions, i);
        key.hash = 7;
        struct kept_row_value value;
        assert_false(kept_rows_find(&rows, &key, &value));
        kept_rows_keep(&rows, &key, &(struct kept_row_value){.seq = i});
        assert_true(kept_rows_find(&rows, &key, &value));
        assert_int_equal(value.seq, i);
        assert_in_range(rows.bytes, 1, 3000);
    }
    kept_rows_release(&rows);
}

static void while_a_commit_is_under_way_what_it_touches_is_neither_found_nor_kept(void **state)
{
    (void)state;
    struct row_versions *versions = arena_alloc(&place.arena, sizeof(*versions));
    struct kept_rows rows = {.bytes_max = KEPT_ROWS_BYTES_MAX};
    struct kept_row_key key = key_of(versions, 1);
    kept_rows_keep(&rows, &key, &(struct kept_row_value){.seq = 1});
    row_versions_touch(versions, 0, key.model_id);
    assert_true(is_kept(&rows, versions, 1, 1));
    row_versions_begin(versions);
    assert_false(is_kept(&rows, versions, 1, 1));
    key = key_of(versions, 1);
    assert_true(key.version == ROW_VERSION_NONE);
    kept_rows_keep(&rows, &key, &(struct kept_row_value){.seq = 1});
    row_versions_end(versions);
    assert_false(is_kept(&rows, versions, 1, 1));
    key = key_of(versions, 1);
    kept_rows_keep(&rows, &key, &(struct kept_row_value){.seq = 2});
    assert_true(is_kept(&rows, versions, 1, 2));

    /* One that was undone before its commit leaves all as it was. */
    row_versions_touch_namespace(versions, 0);
    row_versions_end(versions);
    assert_true(is_kept(&rows, versions, 1, 2));
    row_versions_touch_namespace(versions, 0);
    row_versions_begin(versions);
    row_versions_end(versions);
    assert_false(is_kept(&rows, versions, 1, 2));
    kept_rows_release(&rows);
}

#define place_test(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        place_test(whatever_is_written_is_found_as_by_one_who_keeps_nothing),
        place_test(a_write_takes_its_own_model_out_of_the_readers_hands_and_no_other),
        place_test(a_row_that_is_not_there_is_not_kept),
        place_test(a_read_has_its_snapshot_from_the_beginning),
        place_test(what_another_program_wrote_is_found_after_the_next_write),
        place_test(rows_beyond_the_bound_go_and_those_in_use_stay),
        place_test(a_large_row_is_not_kept),
        place_test(ids_of_one_hash_are_told_apart_and_do_not_pile_up),
        place_test(while_a_commit_is_under_way_what_it_touches_is_neither_found_nor_kept),
    };
    return cmocka_run_group_tests_name("store_kept_rows", tests, NULL, NULL);
}
