/* Look-ups, lists, roles and what a snapshot sees. */
#include "tests/lib/unit.h"

#include "store/store.h"
#include "tests/lib/store_kit.h"

enum { MODEL_COUNT = 20 };

static struct store *store;
static struct arena arena;

static const char *model_name(int i)
{
    return arena_printf(&arena, "model-%d", (i * 7) % MODEL_COUNT).bytes;
}

/* Twenty models whose order of creation is not that of their names, two of a second namespace in
 * between, three operations and four permissions on the first. */
static int open_filled(void **state)
{
    (void)state;
    store = store_kit_open(NULL, 2);
    arena_init(&arena);
    for (int i = 0; i < MODEL_COUNT; i++) {
        struct store_write write = store_kit_create(model_name(i), i % 2 ? "odd" : "even");
        assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
        if (i % 10 == 5) {
            write.namespace_id = 1;
            assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
        }
    }
    static const char *const operations[] = {"z", "y"};
    for (int i = 0; i < 2; i++) {
        struct store_write write = store_kit_write(STORE_CREATE_OPERATION, "model-0");
        write.operation.id = text_of(operations[i]);
        assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
    }
    static const char *const permissions[] = {"everyone", "300", "200"};
    for (int i = 0; i < 3; i++) {
        struct store_write write = store_kit_write(STORE_CREATE_PERMISSION, "model-0");
        write.permission.id = text_of(permissions[i]);
        write.permission.email = i > 0 ? arena_printf(&arena, "%d@example.com", i) : TEXT("");
        write.permission.grantee_type = i > 0 ? 1 : 3;
        write.permission.role = i > 1 ? 2 : 3;
        assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
    }
    return 0;
}

static int close_filled(void **state)
{
    (void)state;
    store_close(store);
    arena_release(&arena);
    return 0;
}

/* What a list gave, up to a number of rows. */
struct listing {
    int wanted;
    int count;
    int64_t seqs[MODEL_COUNT + 4];
    struct text ids[MODEL_COUNT + 4], model_ids[MODEL_COUNT + 4];
};

static bool listing_add(struct listing *listing, int64_t seq, struct text model_id, struct text id)
{
    listing->seqs[listing->count] = seq;
    listing->model_ids[listing->count] = arena_text(&arena, model_id);
    listing->ids[listing->count++] = arena_text(&arena, id);
    return listing->count < listing->wanted;
}

static bool add_model(void *context, const struct store_model *model)
{
    return listing_add(context, model->seq, TEXT(""), model->id);
}

static bool add_operation(void *context, const struct store_operation *operation)
{
    return listing_add(context, operation->seq, operation->model_id, operation->id);
}

static bool add_permission(void *context, const struct store_permission *permission)
{
    return listing_add(context, permission->seq, permission->model_id, permission->id);
}

/* Reads all pages of this size; gives the number of models. */
static int list_in_pages(struct store_reader *reader, int page_size)
{
    int seen = 0;
    int64_t after = 0;
    struct listing page;
    do {
        page = (struct listing){.wanted = page_size};
        assert_int_equal(store_read_begin(reader), STORE_OK);
        assert_int_equal(store_list_models(reader, 0, after, add_model, &page), STORE_OK);
        store_read_end(reader);
        for (int i = 0; i < page.count; i++) {
            const char *expected = model_name(seen++);
            assert_text(page.ids[i], expected);
            assert_true(page.seqs[i] > after);
            after = page.seqs[i];
        }
    } while (page.count > 0);
    return seen;
}

static void models_are_listed_in_pages_in_order_of_creation(void **state)
{
    (void)state;
    for (int page_size = 1; page_size <= MODEL_COUNT + 1; page_size++)
        assert_int_equal(list_in_pages(store_get_reader(store, 0), page_size), MODEL_COUNT);
}

static void a_namespace_lists_its_own_models_only(void **state)
{
    (void)state;
    struct store_reader *reader = store_get_reader(store, 1);
    assert_int_equal(store_kit_count_models(reader, 0), MODEL_COUNT);
    assert_int_equal(store_kit_count_models(reader, 1), 2);
    assert_int_equal(store_kit_count_models(reader, -1), 0);
}

static void operations_are_listed_of_all_models_and_of_one(void **state)
{
    (void)state;
    struct store_reader *reader = store_get_reader(store, 0);
    assert_int_equal(store_read_begin(reader), STORE_OK);
    struct listing all = {.wanted = MODEL_COUNT + 4};
    assert_int_equal(store_list_operations(reader, 0, TEXT(""), 0, add_operation, &all), STORE_OK);
    assert_int_equal(all.count, MODEL_COUNT + 2);
    for (int i = 0; i < MODEL_COUNT; i++)
        assert_text(all.model_ids[i], model_name(i));
    assert_text(all.ids[MODEL_COUNT], "z");
    assert_text(all.ids[MODEL_COUNT + 1], "y");

    struct listing one = {.wanted = 10};
    assert_int_equal(
        store_list_operations(reader, 0, TEXT("model-0"), 0, add_operation, &one), STORE_OK);
    assert_int_equal(one.count, 3);
    assert_text(one.ids[0], "model-0");
    assert_text(one.ids[1], "z");
    assert_text(one.ids[2], "y");
    struct listing rest = {.wanted = 1};
    assert_int_equal(
        store_list_operations(reader, 0, TEXT("model-0"), one.seqs[0], add_operation, &rest),
        STORE_OK);
    assert_int_equal(rest.count, 1);
    assert_text(rest.ids[0], "z");
    struct listing none = {.wanted = 10};
    assert_int_equal(
        store_list_operations(reader, 0, TEXT("nobody"), 0, add_operation, &none), STORE_OK);
    assert_int_equal(store_list_operations(reader, 9, TEXT(""), 0, add_operation, &none), STORE_OK);
    assert_int_equal(none.count, 0);
    store_read_end(reader);
}

static void permissions_are_listed_in_order_of_creation(void **state)
{
    (void)state;
    struct store_reader *reader = store_get_reader(store, 0);
    static const char *const expected[] = {"108000000000000000001", "everyone", "300", "200"};
    assert_int_equal(store_read_begin(reader), STORE_OK);
    struct listing all = {.wanted = 10};
    assert_int_equal(
        store_list_permissions(reader, 0, TEXT("model-0"), 0, add_permission, &all), STORE_OK);
    assert_int_equal(all.count, 4);
    for (int i = 0; i < 4; i++)
        assert_text(all.ids[i], expected[i]);
    struct listing rest = {.wanted = 10};
    assert_int_equal(
        store_list_permissions(reader, 0, TEXT("model-0"), all.seqs[1], add_permission, &rest),
        STORE_OK);
    assert_int_equal(rest.count, 2);
    assert_text(rest.ids[0], "300");
    struct listing none = {.wanted = 10};
    assert_int_equal(
        store_list_permissions(reader, 0, TEXT("nobody"), 0, add_permission, &none), STORE_OK);
    assert_int_equal(none.count, 0);
    store_read_end(reader);
}

static void roles_are_found_by_address_whatever_its_case(void **state)
{
    (void)state;
    static const struct {
        const char *model_id, *email;
        int64_t namespace_id;
        int32_t caller, everyone;
    } rows[] = {
        {"model-0", "owner@example.com", 0, 1, 3},
        {"model-0", "2@EXAMPLE.com", 0, 2, 3},
        {"model-0", "1@example.com", 0, 3, 3},
        {"model-0", "stranger@example.com", 0, 0, 3},
        {"model-0", "", 0, 0, 3},
        {"model-1", "owner@example.com", 0, 1, 0},
        {"model-1", "1@example.com", 0, 0, 0},
        {"nobody", "owner@example.com", 0, 0, 0},
        {"model-0", "owner@example.com", 3, 0, 0},
        {"", "", 0, 0, 0},
    };
    struct store_reader *reader = store_get_reader(store, 0);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct store_roles roles = {-1, -1};
        assert_int_equal(store_read_begin(reader), STORE_OK);
        assert_int_equal(store_find_roles(reader, rows[i].namespace_id, text_of(rows[i].model_id),
                             text_of(rows[i].email), &roles),
            STORE_OK);
        store_read_end(reader);
        assert_int_equal(roles.caller, rows[i].caller);
        assert_int_equal(roles.everyone, rows[i].everyone);
    }
}

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    struct store_reader *reader = store_get_reader(store, 0);
    struct store_model model;
    struct store_operation operation;
    struct store_permission permission;
    struct text bytes;
    assert_int_equal(store_read_begin(reader), STORE_OK);
    static const char *const ids[] = {"", "nobody", "MODEL-0", "model-0 ", "' OR 1=1 --", "%"};
    for (size_t i = 0; i < ARRAY_COUNT(ids); i++) {
        struct text id = text_of(ids[i]);
        assert_int_equal(store_find_model(reader, 0, id, &arena, &model), STORE_NOT_FOUND);
        assert_int_equal(store_find_data_set(reader, id, &arena, &bytes), STORE_NOT_FOUND);
        assert_int_equal(
            store_find_operation(reader, 0, id, TEXT("z"), &arena, &operation), STORE_NOT_FOUND);
        assert_int_equal(store_find_operation(reader, 0, TEXT("model-0"), id, &arena, &operation),
            STORE_NOT_FOUND);
        assert_int_equal(store_find_permission(reader, 0, TEXT("model-0"), id, &arena, &permission),
            STORE_NOT_FOUND);
    }
    assert_int_equal(store_find_model(reader, 2, TEXT("model-0"), &arena, &model), STORE_NOT_FOUND);
    store_read_end(reader);
}

struct nested {
    struct store_reader *reader;
    int found;
};

static bool find_operation_of(void *context, const struct store_model *model)
{
    struct nested *nested = context;
    struct store_operation operation;
    nested->found += store_find_operation(
                         nested->reader, 0, model->id, model->id, &arena, &operation) == STORE_OK;
    return true;
}

static void a_visitor_may_look_up_more(void **state)
{
    (void)state;
    struct nested nested = {.reader = store_get_reader(store, 0)};
    assert_int_equal(store_read_begin(nested.reader), STORE_OK);
    assert_int_equal(store_list_models(nested.reader, 0, 0, find_operation_of, &nested), STORE_OK);
    store_read_end(nested.reader);
    assert_int_equal(nested.found, MODEL_COUNT);
}

static void nothing_changes_between_begin_and_end(void **state)
{
    (void)state;
    struct store_reader *reader = store_get_reader(store, 0);
    struct store_model model;
    assert_int_equal(store_read_begin(reader), STORE_OK);
    assert_int_equal(store_find_model(reader, 0, TEXT("late"), &arena, &model), STORE_NOT_FOUND);
    struct store_write write = store_kit_create("late", NULL);
    assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
    assert_int_equal(store_find_model(reader, 0, TEXT("late"), &arena, &model), STORE_NOT_FOUND);
    store_read_end(reader);
    assert_int_equal(store_read_begin(reader), STORE_OK);
    assert_int_equal(store_find_model(reader, 0, TEXT("late"), &arena, &model), STORE_OK);
    store_read_end(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_are_listed_in_pages_in_order_of_creation),
        cmocka_unit_test(a_namespace_lists_its_own_models_only),
        cmocka_unit_test(operations_are_listed_of_all_models_and_of_one),
        cmocka_unit_test(permissions_are_listed_in_order_of_creation),
        cmocka_unit_test(roles_are_found_by_address_whatever_its_case),
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(a_visitor_may_look_up_more),
        cmocka_unit_test(nothing_changes_between_begin_and_end),
    };
    return cmocka_run_group_tests_name("store_read", tests, open_filled, close_filled);
}
