/* Look-ups, lists, roles and what a snapshot sees. */
#include "tests/lib/unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "store/internal.h"
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

static bool add_model(
    void *context, const struct store_model *model, const struct store_roles *roles)
{
    (void)roles;
    return listing_add(context, model->seq, TEXT(""), model->id);
}

static bool add_operation(void *context, const struct store_operation *operation,
    const struct store_model *model, int32_t role)
{
    (void)role;
    assert_true(text_equals(model->id, operation->model_id));
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
        struct store_list list = {.after_seq = after};
        assert_int_equal(store_list_models(reader, &list, add_model, &page), STORE_OK);
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
    struct store_list every = {.of = STORE_LIST_ALL};
    assert_int_equal(store_list_operations(reader, &every, add_operation, &all), STORE_OK);
    assert_int_equal(all.count, MODEL_COUNT + 2);
    for (int i = 0; i < MODEL_COUNT; i++)
        assert_text(all.model_ids[i], model_name(i));
    assert_text(all.ids[MODEL_COUNT], "z");
    assert_text(all.ids[MODEL_COUNT + 1], "y");

    struct listing one = {.wanted = 10};
    assert_int_equal(
        store_list_operations_of(reader, 0, TEXT("model-0"), 0, add_operation, &one), STORE_OK);
    assert_int_equal(one.count, 3);
    assert_text(one.ids[0], "model-0");
    assert_text(one.ids[1], "z");
    assert_text(one.ids[2], "y");
    struct listing rest = {.wanted = 1};
    assert_int_equal(
        store_list_operations_of(reader, 0, TEXT("model-0"), one.seqs[0], add_operation, &rest),
        STORE_OK);
    assert_int_equal(rest.count, 1);
    assert_text(rest.ids[0], "z");
    struct listing none = {.wanted = 10};
    assert_int_equal(
        store_list_operations_of(reader, 0, TEXT("nobody"), 0, add_operation, &none), STORE_OK);
    assert_int_equal(store_list_operations(
                         reader, &(struct store_list){.namespace_id = 9}, add_operation, &none),
        STORE_OK);
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
        assert_int_equal(store_kit_find_data_set(reader, id, &arena, &bytes), STORE_NOT_FOUND);
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

/*
 * Random permissions, operations and deletions, and plain loops over all of them to compare with.
 * Small numbers, so that everything meets: addresses in two cases, models of everyone, operations
 * that were added later, deleted ones.
 */
enum {
    RANDOM_ROUNDS = 30,
    RANDOM_MODELS = 12,
    RANDOM_ADDRESSES = 3,
    RANDOM_ROWS_MAX = 64,
};

struct plain_operation {
    int64_t seq;
    int model; /* -1: deleted */
    char name[16];
};

struct plain {
    uint64_t seed, draws;
    int64_t model_seqs[RANDOM_MODELS]; /* 0: deleted */
    int32_t roles[RANDOM_MODELS][RANDOM_ADDRESSES], everyone[RANDOM_MODELS];
    struct plain_operation operations[RANDOM_ROWS_MAX];
    int operation_count;
};

static int plain_draw(struct plain *plain, int below)
{
    return (int)(hash_mix(plain->seed, plain->draws++) % (uint64_t)below);
}

static struct text plain_address(int address, bool is_upper)
{
    return arena_printf(&arena, "%c@example.com", (is_upper ? 'A' : 'a') + address);
}

static void plain_add_operation(struct plain *plain, int64_t seq, int model, const char *name)
{
    struct plain_operation *operation = &plain->operations[plain->operation_count++];
    *operation = (struct plain_operation){.seq = seq, .model = model};
    snprintf(operation->name, sizeof(operation->name), "%s", name);
}

static void plain_create_model(struct plain *plain, struct store *into, int model)
{
    const char *name = arena_printf(&arena, "m%d", model).bytes;
    struct store_write write = store_kit_create(name, NULL);
    int owner = plain_draw(plain, RANDOM_ADDRESSES);
    write.permission.email = plain_address(owner, false);
    if (plain_draw(plain, 4) == 0)
        write.operation.id = TEXT("");
    assert_int_equal(store_write_and_wait(into, &write), STORE_OK);
    plain->model_seqs[model] = write.model.seq;
    plain->roles[model][owner] = 1;
    if (write.operation.id.len)
        plain_add_operation(plain, write.operation.seq, model, name);
}

static void plain_add_permission(struct plain *plain, struct store *into, int model)
{
    struct store_write write =
        store_kit_write(STORE_CREATE_PERMISSION, arena_printf(&arena, "m%d", model).bytes);
    int address = plain_draw(plain, RANDOM_ADDRESSES + 1);
    bool is_everyone = address == RANDOM_ADDRESSES;
    write.permission.id = is_everyone ? TEXT("everyone") : arena_printf(&arena, "p%d", address);
    write.permission.email =
        is_everyone ? TEXT("") : plain_address(address, plain_draw(plain, 2) == 0);
    write.permission.role = 1 + plain_draw(plain, 3);
    int32_t *role =
        is_everyone ? &plain->everyone[model] : &plain->roles[model][address % RANDOM_ADDRESSES];
    enum store_result expected = !plain->model_seqs[model] ? STORE_NOT_FOUND
                                 : *role                   ? STORE_EXISTS
                                                           : STORE_OK;
    assert_int_equal(store_write_and_wait(into, &write), expected);
    if (expected == STORE_OK)
        *role = write.permission.role;
}

static void plain_change_operations(struct plain *plain, struct store *into, int model)
{
    bool is_new = plain->operation_count == 0 || plain_draw(plain, 2) == 0;
    struct plain_operation *old =
        is_new ? NULL : &plain->operations[plain_draw(plain, plain->operation_count)];
    if (old && old->model < 0)
        return;
    struct store_write write =
        store_kit_write(is_new ? STORE_CREATE_OPERATION : STORE_DELETE_OPERATION,
            arena_printf(&arena, "m%d", old ? old->model : model).bytes);
    write.operation.id = old ? arena_text(&arena, text_of(old->name))
                             : arena_printf(&arena, "o%d", plain->operation_count);
    bool is_there = old || plain->model_seqs[model];
    assert_int_equal(store_write_and_wait(into, &write), is_there ? STORE_OK : STORE_NOT_FOUND);
    if (old)
        old->model = -1;
    else if (is_there)
        plain_add_operation(plain, write.operation.seq, model, write.operation.id.bytes);
}

static void plain_delete_model(struct plain *plain, struct store *into, int model)
{
    struct store_write write =
        store_kit_write(STORE_DELETE_MODEL, arena_printf(&arena, "m%d", model).bytes);
    assert_int_equal(
        store_write_and_wait(into, &write), plain->model_seqs[model] ? STORE_OK : STORE_NOT_FOUND);
    plain->model_seqs[model] = 0;
    for (int i = 0; i < plain->operation_count; i++)
        if (plain->operations[i].model == model)
            plain->operations[i].model = -1;
}

static void plain_change(struct plain *plain, struct store *into)
{
    int model = plain_draw(plain, RANDOM_MODELS);
    switch (plain_draw(plain, 8)) {
    case 0:
        plain_delete_model(plain, into, model);
        break;
    case 1:
    case 2:
        if (plain->operation_count < RANDOM_ROWS_MAX)
            plain_change_operations(plain, into, model);
        break;
    default:
        plain_add_permission(plain, into, model);
        break;
    }
}

/* Rows that the lists gave, as texts to compare. */
static bool join_model(
    void *context, const struct store_model *model, const struct store_roles *roles)
{
    buf_printf(context, "%d/%d%d ", (int)model->seq, roles->caller, roles->everyone);
    return true;
}

static bool join_operation(void *context, const struct store_operation *operation,
    const struct store_model *model, int32_t role)
{
    if (role)
        buf_printf(context, "%d/%.*s/%d ", (int)operation->seq, TEXT_ARGS(model->id), role);
    return true;
}

static void plain_list_models(
    const struct plain *plain, const struct store_list *list, int address, struct buf *out)
{
    for (int i = 0; i < RANDOM_MODELS; i++) {
        int32_t caller = plain->roles[i][address], everyone = plain->everyone[i];
        bool is_listed = list->of == STORE_LIST_ALL ||
                         (list->of == STORE_LIST_OF_ADDRESS ? caller : everyone) != 0;
        if (!plain->model_seqs[i] || plain->model_seqs[i] <= list->after_seq || !is_listed)
            continue;
        buf_printf(out, "%d/%d%d ", (int)plain->model_seqs[i],
            list->of == STORE_LIST_ALL ? 0 : caller,
            list->of == STORE_LIST_OF_EVERYONE ? everyone : 0);
    }
}

static void plain_list_operations(
    const struct plain *plain, const struct store_list *list, int address, struct buf *out)
{
    for (int i = 0; i < plain->operation_count; i++) {
        const struct plain_operation *operation = &plain->operations[i];
        if (operation->model < 0 || operation->seq <= list->after_seq)
            continue;
        int32_t role = plain->roles[operation->model][address];
        if (role)
            buf_printf(out, "%d/m%d/%d ", (int)operation->seq, operation->model, role);
    }
}

static void assert_same_lists(struct plain *plain, struct store *of)
{
    struct store_reader *reader = store_get_reader(of, 0);
    struct buf actual = BUF_INIT, expected = BUF_INIT;
    for (int i = 0; i < 3 * RANDOM_ADDRESSES; i++) {
        int address = i / 3;
        struct store_list list = {.of = (enum store_list_of)(i % 3),
            .email = plain_address(address, plain_draw(plain, 2) == 0),
            .after_seq = plain_draw(plain, 2) * plain_draw(plain, 60)};
        buf_clear(&actual);
        buf_clear(&expected);
        plain_list_models(plain, &list, address, &expected);
        assert_int_equal(store_read_begin(reader), STORE_OK);
        assert_int_equal(store_list_models(reader, &list, join_model, &actual), STORE_OK);
        if (list.of == STORE_LIST_OF_ADDRESS) {
            plain_list_operations(plain, &list, address, &expected);
            assert_int_equal(
                store_list_operations(reader, &list, join_operation, &actual), STORE_OK);
        }
        store_read_end(reader);
        if (!text_equals(buf_text(&actual), buf_text(&expected)))
            fail_msg("seed %d: %.*s, not %.*s", (int)plain->seed, TEXT_ARGS(buf_text(&actual)),
                TEXT_ARGS(buf_text(&expected)));
    }
    buf_release(&actual);
    buf_release(&expected);
}

static void lists_by_role_are_what_a_look_at_every_row_gives(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= RANDOM_ROUNDS; seed++) {
        struct store *into = store_kit_open(NULL, 1);
        struct plain plain = {.seed = seed};
        for (int model = 0; model < RANDOM_MODELS; model++)
            plain_create_model(&plain, into, model);
        for (int i = 0; i < 4 * RANDOM_MODELS; i++)
            plain_change(&plain, into);
        assert_same_lists(&plain, into);
        store_close(into);
    }
}

/* A list long enough that the reader is given away in between; what waits for it gets it then. */
enum { LONG_LIST = 1500 };

struct interruption {
    struct store_reader *reader;
    pthread_t thread;
    int row_count;             /* under the reader's lock */
    atomic_int rows_when_read; /* when the other thread had the reader; 0: not yet */
};

static void *interrupt_list(void *context)
{
    struct interruption *interruption = context;
    assert_int_equal(store_read_begin(interruption->reader), STORE_OK);
    atomic_store(&interruption->rows_when_read, interruption->row_count);
    store_read_end(interruption->reader);
    return NULL;
}

/* Until somebody waits for the reader: whoever does holds its turn. */
static void await_waiting(struct store_reader *reader)
{
    while (pthread_mutex_trylock(&reader->turn) == 0) {
        pthread_mutex_unlock(&reader->turn);
        usleep(1000);
    }
}

static bool count_and_be_interrupted(
    void *context, const struct store_model *model, const struct store_roles *roles)
{
    (void)model;
    (void)roles;
    struct interruption *interruption = context;
    if (interruption->row_count++ == 0)
        assert_int_equal(
            pthread_create(&interruption->thread, NULL, interrupt_list, interruption), 0);
    if (interruption->row_count == 10)
        await_waiting(interruption->reader);
    return true;
}

static void a_long_list_lets_others_have_the_reader(void **state)
{
    (void)state;
    struct store *into = store_kit_open(NULL, 1);
    char id[16];
    for (int i = 0; i < LONG_LIST; i++) {
        snprintf(id, sizeof(id), "m%d", i);
        struct store_write write = store_kit_create(id, NULL);
        assert_int_equal(store_write_and_wait(into, &write), STORE_OK);
    }
    struct interruption interruption = {.reader = store_get_reader(into, 0)};
    struct store_list all = {.of = STORE_LIST_ALL};
    assert_int_equal(store_read_begin(interruption.reader), STORE_OK);
    assert_int_equal(
        store_list_models(interruption.reader, &all, count_and_be_interrupted, &interruption),
        STORE_OK);
    assert_int_equal(interruption.row_count, LONG_LIST);
    assert_in_range(atomic_load(&interruption.rows_when_read), 1, LONG_LIST - 1);
    store_read_end(interruption.reader);
    pthread_join(interruption.thread, NULL);
    store_close(into);
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

/* The last row that a list visited. */
struct row {
    int64_t seq;
    bool is_own;
    struct text id;
};

static bool keep_row(void *context, const struct store_operation *operation,
    const struct store_model *model, int32_t role)
{
    (void)model;
    *(struct row *)context =
        (struct row){operation->seq, role != 0, arena_text(&arena, operation->id)};
    return false;
}

static void a_model_without_an_operation_hides_none_with_the_next_number(void **state)
{
    (void)state;
    enum { NAMESPACE = 5 };
    static const char *const ids[] = {"first", "second"};
    struct store_write write;
    for (size_t i = 0; i < ARRAY_COUNT(ids); i++) {
        write = store_kit_create(ids[i], NULL);
        write.namespace_id = NAMESPACE;
        write.operation.id = write.permission.id = TEXT("");
        assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
    }
    int64_t second_seq = write.model.seq;
    write = store_kit_write(STORE_CREATE_OPERATION, "first");
    write.namespace_id = NAMESPACE;
    write.operation.id = TEXT("only");
    assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
    assert_true(write.operation.seq == second_seq + 1);
    for (size_t i = 0; i < ARRAY_COUNT(ids); i++) {
        write = store_kit_write(STORE_CREATE_PERMISSION, ids[i]);
        write.namespace_id = NAMESPACE;
        write.permission = (struct store_permission){.model_id = text_of(ids[i]),
            .id = TEXT("1"),
            .grantee_type = 1,
            .role = 1,
            .email = TEXT("a@example.com")};
        assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
    }

    struct store_reader *reader = store_get_reader(store, 0);
    struct store_list list = {
        .namespace_id = NAMESPACE, .of = STORE_LIST_OF_ADDRESS, .email = TEXT("a@example.com")};
    int own_count = 0;
    assert_int_equal(store_read_begin(reader), STORE_OK);
    for (struct row row = {.seq = -1}; row.seq != list.after_seq;) {
        list.after_seq = row.seq;
        assert_int_equal(store_list_operations(reader, &list, keep_row, &row), STORE_OK);
        if (row.seq != list.after_seq && row.is_own) {
            assert_text(row.id, "only");
            own_count++;
        }
    }
    store_read_end(reader);
    assert_int_equal(own_count, 1);
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
        cmocka_unit_test(lists_by_role_are_what_a_look_at_every_row_gives),
        cmocka_unit_test(a_model_without_an_operation_hides_none_with_the_next_number),
        cmocka_unit_test(a_long_list_lets_others_have_the_reader),
        cmocka_unit_test(nothing_changes_between_begin_and_end),
    };
    return cmocka_run_group_tests_name("store_read", tests, open_filled, close_filled);
}
