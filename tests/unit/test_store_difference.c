/* Going back to a copy: whatever was changed, afterwards each row is as it was, to the byte. */
#include "tests/lib/unit.h"

#include <sqlite3.h>

#include "store/internal.h"
#include "tests/lib/store_kit.h"

enum { SPACE = 1, COPIES = 3, IDS = 12 };

static struct store_kit_file place;
static uint32_t last_random;

static int open_place(void **state)
{
    (void)state;
    store_kit_file_begin(&place, 1);
    last_random = 1;
    return 0;
}

static int close_place(void **state)
{
    (void)state;
    assert_true(store_kit_file_end(&place));
    return 0;
}

static uint32_t draw(uint32_t below)
{
    last_random = last_random * 1664525 + 1013904223;
    return (last_random >> 8) % below;
}

/* What a query gives of the file as it is. */
static struct text ask(struct text sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open_v2(place.path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql.bytes, (int)sql.len, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    struct text answer =
        arena_text(&place.arena, text_of((const char *)sqlite3_column_text(statement, 0)));
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return answer;
}

/* All columns of all rows of a namespace, and what is known of it beside them. */
static struct text all_of(int64_t namespace_id)
{
    struct text rows = ask(arena_printf(&place.arena,
        "WITH one (number) AS (SELECT %lld), line (text) AS ("
        "SELECT quote(model_seq) || quote(id) || quote(data_set_id) || quote(facts)"
        " FROM model, one WHERE namespace_id = number"
        " UNION ALL SELECT 'o' || model_seq || quote(id) || seq || quote(fixed)"
        " FROM operation, one WHERE namespace_id = number"
        " UNION ALL SELECT 'p' || model_seq || quote(id) || seq || ' ' || grantee_type || role ||"
        " quote(email) FROM permission, one WHERE namespace_id = number ORDER BY 1)"
        " SELECT coalesce(group_concat(text, char(10)), '') FROM line",
        (long long)namespace_id));
    return arena_printf(&place.arena, "%lld %lld\n%.*s",
        (long long)store_count_models(place.store, namespace_id),
        (long long)store_last_seq(place.store, namespace_id), TEXT_ARGS(rows));
}

static enum store_result copy(int64_t source_namespace_id, int64_t namespace_id)
{
    struct store_write write = {.kind = STORE_COPY_NAMESPACE,
        .namespace_id = namespace_id,
        .source_namespace_id = source_namespace_id};
    return store_write_and_wait(place.store, &write);
}

static const char *any_id(void)
{
    return arena_printf(&place.arena, "m%u", (unsigned)draw(IDS)).bytes;
}

static struct store_write any_create(void)
{
    static const char *const data_sets[] = {"examples", "others", NULL};
    const char *data_set = data_sets[draw(3)];
    const char *id = any_id();
    if (draw(4) == 0) /* of its own */
        data_set = id;
    struct store_write write = store_kit_create(id, data_set);
    write.counter_used = store_next_counter(place.store, SPACE);
    if (draw(4) == 0) {
        write.keeps_seqs = true;
        write.model.seq = 1 + draw(60);
        write.operation.seq = 1 + draw(60);
        write.permission.seq = 1 + draw(60);
        write.last_seq = 60;
        write.operation.fixed = TEXT("{\"name\": \"fixed\"}");
    }
    return write;
}

static struct store_write any_patch(void)
{
    struct store_write write = store_kit_write(STORE_PATCH_MODEL, any_id());
    write.patch = STORE_PATCH_DISPLAY_NAME | STORE_PATCH_DESCRIPTION;
    write.model.display_name = arena_printf(&place.arena, "%u", (unsigned)draw(3));
    /* Often longer than a page. */
    write.model.description = arena_printf(&place.arena, "%*u", (int)draw(9000), (unsigned)draw(3));
    return write;
}

static struct store_write any_permission_write(void)
{
    static const enum store_write_kind kinds[] = {STORE_CREATE_PERMISSION, STORE_PATCH_PERMISSION,
        STORE_DELETE_PERMISSION, STORE_TRANSFER_OWNERSHIP};
    struct store_write write = store_kit_write(kinds[draw(4)], any_id());
    write.permission.id = arena_printf(&place.arena, "%u", (unsigned)draw(4));
    write.permission.email = arena_printf(
        &place.arena, draw(2) ? "p%u@example.com" : "P%u@example.com", (unsigned)draw(4));
    write.permission.grantee_type = 1 + (int32_t)draw(2);
    write.permission.role = 2 + (int32_t)draw(2);
    return write;
}

static struct store_write any_operation_write(void)
{
    bool is_create = draw(2);
    struct store_write write =
        store_kit_write(is_create ? STORE_CREATE_OPERATION : STORE_DELETE_OPERATION, any_id());
    write.operation.id = draw(2) ? write.operation.model_id : TEXT("added");
    write.operation.fixed = is_create ? TEXT("{}") : TEXT("");
    return write;
}

/* Some of them are in vain. */
static void change(void)
{
    static struct store_write (*const makers[])(void) = {
        any_create, any_create, any_patch, any_permission_write, any_operation_write};
    struct store_write write = makers[draw(5)]();
    if (draw(8) == 0)
        write = store_kit_write(STORE_DELETE_MODEL, any_id());
    if (draw(60) == 0)
        write = (struct store_write){.kind = STORE_CLEAR_NAMESPACE};
    write.namespace_id = SPACE;
    enum store_result result = store_write_and_wait(place.store, &write);
    assert_true(result != STORE_FAILED && result != STORE_DAMAGED);
}

static void assert_no_data_set_is_left_over(void)
{
    assert_text(ask(TEXT("SELECT count(*) FROM data_set WHERE data_set_id NOT IN"
                         " (SELECT data_set_id FROM model WHERE data_set_id IS NOT NULL)")),
        "0");
}

static void whatever_was_changed_a_copy_brings_it_back(void **state)
{
    (void)state;
    struct buf taken[COPIES];
    for (int i = 0; i < COPIES; i++) {
        buf_init(&taken[i]);
        buf_add_text(&taken[i], all_of(SPACE + 1 + i));
    }
    for (int round = 0; round < 150; round++) {
        for (uint32_t i = draw(2) ? draw(4) : draw(40); i > 0; i--)
            change();
        uint32_t number = draw(COPIES);
        int64_t copy_id = SPACE + 1 + (int64_t)number;
        if (draw(3) == 0) {
            buf_clear(&taken[number]);
            buf_add_text(&taken[number], all_of(SPACE));
            assert_int_equal(copy(SPACE, copy_id), STORE_OK);
        } else {
            assert_int_equal(copy(copy_id, SPACE), STORE_OK);
        }
        assert_text(all_of(SPACE), taken[number].data);
        assert_text(all_of(copy_id), taken[number].data);
        assert_int_equal(
            store_last_counter(place.store, SPACE), store_last_counter(place.store, copy_id));
        assert_no_data_set_is_left_over();
        if (draw(30) == 0) {
            store_close(place.store);
            store_kit_file_open(&place);
        }
        arena_clear(&place.arena);
    }
    for (int i = 0; i < COPIES; i++)
        buf_release(&taken[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            whatever_was_changed_a_copy_brings_it_back, open_place, close_place),
    };
    return cmocka_run_group_tests_name("store_difference", tests, NULL, NULL);
}
