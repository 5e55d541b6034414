/* Every kind of write with every result it can give, and what is there afterwards. */
#include "tests/lib/unit.h"

#include "store/store.h"
#include "tests/lib/store_kit.h"

static enum store_result apply(struct store_kit *f, struct store_write write)
{
    return store_write_and_wait(f->store, &write);
}

static enum store_result find_model(struct store_kit *f, const char *id, struct store_model *model)
{
    return store_kit_find_model(f->reader, 0, id, &f->arena, model);
}

static enum store_result find_operation(struct store_kit *f, const char *model_id, const char *id)
{
    struct store_operation operation;
    assert_int_equal(store_read_begin(f->reader), STORE_OK);
    enum store_result result =
        store_find_operation(f->reader, 0, text_of(model_id), text_of(id), &f->arena, &operation);
    store_read_end(f->reader);
    return result;
}

static enum store_result find_data_set(
    struct store_kit *f, const char *name, struct text *ret_bytes)
{
    assert_int_equal(store_read_begin(f->reader), STORE_OK);
    enum store_result result =
        store_kit_find_data_set(f->reader, text_of(name), &f->arena, ret_bytes);
    store_read_end(f->reader);
    return result;
}

/* Role of a permission by its id, 0 if there is none. */
static int32_t role_of(struct store_kit *f, const char *model_id, const char *id)
{
    struct store_permission permission = {0};
    assert_int_equal(store_read_begin(f->reader), STORE_OK);
    enum store_result result =
        store_find_permission(f->reader, 0, text_of(model_id), text_of(id), &f->arena, &permission);
    store_read_end(f->reader);
    assert_true(result == STORE_OK || result == STORE_NOT_FOUND);
    return result == STORE_OK ? permission.role : 0;
}

static struct store_write permission_write(enum store_write_kind kind, const char *model_id,
    const char *id, int32_t grantee_type, int32_t role, const char *email)
{
    struct store_write write = store_kit_write(kind, model_id);
    write.permission.id = text_of(id);
    write.permission.grantee_type = grantee_type;
    write.permission.role = role;
    write.permission.email = text_of(email);
    return write;
}

static const char owner_id[] = "108000000000000000001";

static void a_create_writes_model_data_set_operation_and_permission(void **state)
{
    struct store_kit *f = *state;
    struct store_write write = store_kit_create("m", "examples");
    assert_int_equal(store_write_and_wait(f->store, &write), STORE_OK);
    assert_true(write.model.seq > 0);
    assert_true(write.operation.seq > write.model.seq);
    assert_true(write.permission.seq > write.operation.seq);

    struct store_model model;
    assert_int_equal(find_model(f, "m", &model), STORE_OK);
    assert_int_equal(model.seq, write.model.seq);
    assert_text(model.id, "m");
    assert_text(model.base_model, "models/gemini-1.5-flash-001-tuning");
    assert_text(model.data_set, "examples");
    assert_true(model.has_temperature);
    assert_false(model.has_top_p);
    assert_int_equal(model.noise_seed, 0x8234567812345678);
    struct text bytes;
    assert_int_equal(find_data_set(f, "examples", &bytes), STORE_OK);
    assert_text(bytes, "examples");
    assert_int_equal(find_operation(f, "m", "m"), STORE_OK);
    assert_int_equal(role_of(f, "m", owner_id), 1);
}

static void a_create_may_come_without_data_set_operation_and_permission(void **state)
{
    struct store_kit *f = *state;
    struct store_write write = store_kit_create("bare", NULL);
    write.operation.id = write.permission.id = TEXT("");
    assert_int_equal(store_write_and_wait(f->store, &write), STORE_OK);
    struct store_model model;
    assert_int_equal(find_model(f, "bare", &model), STORE_OK);
    assert_text(model.data_set, "");
    assert_int_equal(find_operation(f, "bare", "bare"), STORE_NOT_FOUND);
    assert_int_equal(role_of(f, "bare", owner_id), 0);
}

static void a_taken_id_is_refused_and_nothing_of_the_second_create_stays(void **state)
{
    struct store_kit *f = *state;
    assert_int_equal(apply(f, store_kit_create("m", "first")), STORE_OK);
    struct store_write second = store_kit_create("m", "second");
    second.operation.id = TEXT("other-operation");
    second.model.display_name = TEXT("changed");
    assert_int_equal(store_write_and_wait(f->store, &second), STORE_EXISTS);
    struct text bytes;
    assert_int_equal(find_data_set(f, "second", &bytes), STORE_NOT_FOUND);
    assert_int_equal(find_operation(f, "m", "other-operation"), STORE_NOT_FOUND);
    struct store_model model;
    assert_int_equal(find_model(f, "m", &model), STORE_OK);
    assert_text(model.display_name, "number generator model");
    assert_text(model.data_set, "first");
}

static void the_same_id_may_exist_in_each_namespace(void **state)
{
    struct store_kit *f = *state;
    static const int64_t namespaces[] = {0, 1, -1, INT64_MAX};
    for (size_t i = 0; i < 4; i++) {
        struct store_write write = store_kit_create("m", "shared");
        write.namespace_id = namespaces[i];
        assert_int_equal(store_write_and_wait(f->store, &write), STORE_OK);
    }
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(store_kit_count_models(f->reader, namespaces[i]), 1);
    assert_int_equal(store_kit_count_models(f->reader, 2), 0);
}

static void texts_may_hold_nul_and_any_bytes(void **state)
{
    struct store_kit *f = *state;
    struct store_write write = store_kit_create("nul", "x");
    write.model.id = (struct text){"a\0b", 3};
    write.model.description = (struct text){"\xff\0\xfe", 3};
    write.data_set_bytes = (struct text){"\0\0", 2};
    assert_int_equal(store_write_and_wait(f->store, &write), STORE_OK);
    struct store_model model;
    assert_int_equal(find_model(f, "a", &model), STORE_NOT_FOUND);
    assert_int_equal(store_read_begin(f->reader), STORE_OK);
    assert_int_equal(
        store_find_model(f->reader, 0, (struct text){"a\0b", 3}, &f->arena, &model), STORE_OK);
    store_read_end(f->reader);
    assert_int_equal(model.id.len, 3);
    assert_int_equal(model.description.len, 3);
    assert_memory_equal(model.description.bytes, "\xff\0\xfe", 3);
    struct text bytes;
    assert_int_equal(find_data_set(f, "x", &bytes), STORE_OK);
    assert_int_equal(bytes.len, 2);
}

static void a_data_set_may_be_empty_or_large(void **state)
{
    struct store_kit *f = *state;
    struct store_write write = store_kit_create("empty", "empty");
    write.data_set_bytes = TEXT("");
    assert_int_equal(store_write_and_wait(f->store, &write), STORE_OK);
    struct text bytes;
    assert_int_equal(find_data_set(f, "empty", &bytes), STORE_OK);
    assert_int_equal(bytes.len, 0);

    size_t len = 20 << 20;
    char *large = malloc(len);
    for (size_t i = 0; i < len; i++)
        large[i] = (char)(i * 31 >> 3);
    write = store_kit_create("large", "large");
    write.data_set_bytes = (struct text){large, len};
    assert_int_equal(store_write_and_wait(f->store, &write), STORE_OK);
    assert_int_equal(find_data_set(f, "large", &bytes), STORE_OK);
    assert_int_equal(bytes.len, len);
    assert_memory_equal(bytes.bytes, large, len);
    free(large);
}

static void a_write_that_the_tables_refuse_fails_and_harms_nothing(void **state)
{
    struct store_kit *f = *state;
    /* The tables hold no model without a name. */
    assert_int_equal(apply(f, store_kit_create("", "orphan")), STORE_FAILED);
    struct text bytes;
    assert_int_equal(find_data_set(f, "orphan", &bytes), STORE_NOT_FOUND);
    assert_int_equal(apply(f, store_kit_create("m", "examples")), STORE_OK);
}

static void a_patch_changes_what_it_names_and_nothing_else(void **state)
{
    struct store_kit *f = *state;
    assert_int_equal(apply(f, store_kit_create("m", "examples")), STORE_OK);
    struct store_model before, after;
    assert_int_equal(find_model(f, "m", &before), STORE_OK);
    for (unsigned patch = 0; patch < 64; patch++) {
        struct store_write write = store_kit_write(STORE_PATCH_MODEL, "m");
        write.patch = patch;
        write.model.display_name = arena_printf(&f->arena, "name %u", patch);
        write.model.description = arena_printf(&f->arena, "description %u", patch);
        write.model.reader_project_numbers = arena_printf(&f->arena, "%u", patch);
        write.model.has_temperature = patch % 3 == 0;
        write.model.temperature = (float)patch;
        write.model.has_top_p = patch % 5 == 0;
        write.model.top_p = (float)patch + 0.5F;
        write.model.has_top_k = patch % 7 == 0;
        write.model.top_k = (int32_t)patch;
        write.model.update_ns = 1;
        assert_int_equal(store_write_and_wait(f->store, &write), STORE_OK);
        assert_int_equal(find_model(f, "m", &after), STORE_OK);

        const struct store_model *named = &write.model, *kept = &before;
        const struct store_model *from = patch & STORE_PATCH_DISPLAY_NAME ? named : kept;
        assert_true(text_equals(after.display_name, from->display_name));
        from = patch & STORE_PATCH_DESCRIPTION ? named : kept;
        assert_true(text_equals(after.description, from->description));
        from = patch & STORE_PATCH_READER_PROJECT_NUMBERS ? named : kept;
        assert_true(text_equals(after.reader_project_numbers, from->reader_project_numbers));
        from = patch & STORE_PATCH_TEMPERATURE ? named : kept;
        assert_int_equal(after.has_temperature, from->has_temperature);
        assert_true(after.temperature == from->temperature);
        from = patch & STORE_PATCH_TOP_P ? named : kept;
        assert_int_equal(after.has_top_p, from->has_top_p);
        assert_true(after.top_p == from->top_p);
        from = patch & STORE_PATCH_TOP_K ? named : kept;
        assert_int_equal(after.has_top_k, from->has_top_k);
        assert_int_equal(after.top_k, from->top_k);
        assert_int_equal(after.update_ns, before.update_ns);
        assert_int_equal(after.seq, before.seq);
        assert_true(text_equals(after.data_set, before.data_set));
        before = after;
    }
}

static void a_patch_of_no_model_is_not_found(void **state)
{
    struct store_kit *f = *state;
    assert_int_equal(apply(f, store_kit_write(STORE_PATCH_MODEL, "m")), STORE_NOT_FOUND);
    struct store_write write = store_kit_create("m", NULL);
    write.namespace_id = 7;
    assert_int_equal(store_write_and_wait(f->store, &write), STORE_OK);
    assert_int_equal(apply(f, store_kit_write(STORE_PATCH_MODEL, "m")), STORE_NOT_FOUND);
}

static void a_delete_takes_all_that_is_the_models_own(void **state)
{
    struct store_kit *f = *state;
    assert_int_equal(apply(f, store_kit_create("m", "mine")), STORE_OK);
    assert_int_equal(
        apply(f, permission_write(STORE_CREATE_PERMISSION, "m", "everyone", 3, 3, "")), STORE_OK);
    struct store_write other = store_kit_create("m", "mine");
    other.namespace_id = 5;
    assert_int_equal(store_write_and_wait(f->store, &other), STORE_OK);
    assert_int_equal(apply(f, store_kit_write(STORE_DELETE_MODEL, "m")), STORE_OK);

    struct store_model model;
    struct text bytes;
    assert_int_equal(find_model(f, "m", &model), STORE_NOT_FOUND);
    assert_int_equal(find_operation(f, "m", "m"), STORE_NOT_FOUND);
    assert_int_equal(role_of(f, "m", "everyone"), 0);
    /* The other namespace still has its model, and so the data set. */
    assert_int_equal(store_kit_count_models(f->reader, 5), 1);
    assert_int_equal(find_data_set(f, "mine", &bytes), STORE_OK);
    assert_int_equal(apply(f, store_kit_write(STORE_DELETE_MODEL, "m")), STORE_NOT_FOUND);

    other = store_kit_write(STORE_DELETE_MODEL, "m");
    other.namespace_id = 5;
    assert_int_equal(store_write_and_wait(f->store, &other), STORE_OK);
    assert_int_equal(find_data_set(f, "mine", &bytes), STORE_NOT_FOUND);
}

static void a_model_made_anew_under_a_deleted_name_owes_nothing_to_the_old(void **state)
{
    struct store_kit *f = *state;
    assert_int_equal(apply(f, store_kit_create("m", "old")), STORE_OK);
    struct store_model old, new;
    assert_int_equal(find_model(f, "m", &old), STORE_OK);
    assert_int_equal(
        apply(f, permission_write(STORE_CREATE_PERMISSION, "m", "2", 1, 2, "friend@example.com")),
        STORE_OK);
    assert_int_equal(apply(f, store_kit_write(STORE_DELETE_MODEL, "m")), STORE_OK);
    assert_int_equal(apply(f, store_kit_create("m", "new")), STORE_OK);
    assert_int_equal(find_model(f, "m", &new), STORE_OK);
    assert_true(new.seq > old.seq);
    assert_int_equal(role_of(f, "m", "2"), 0);
}

/* All that a training was told, and an end that is planned only. */
static void training_is_changed_until_it_has_ended(void **state)
{
    struct store_kit *f = *state;
    struct store_model model, given;
    struct store_write create = store_kit_create("m", NULL);
    create.model.pacing = 2;
    create.model.polls = 5;
    assert_int_equal(store_write_and_wait(f->store, &create), STORE_OK);
    struct store_write change = store_kit_write(STORE_CHANGE_TRAINING, "m");
    change.model.end = 2;
    change.model.has_end_step = change.model.has_stall_step = true;
    change.model.end_step = 12;
    change.model.stall_step = 4;
    change.model.looks = 3;
    change.model.moves = TEXT("moved");
    change.ret_model = &given;
    change.arena = &f->arena;
    assert_int_equal(store_write_and_wait(f->store, &change), STORE_OK);
    assert_int_equal(find_model(f, "m", &model), STORE_OK);
    const struct store_model *both[] = {&model, &given};
    for (size_t i = 0; i < 2; i++) {
        assert_text(both[i]->id, "m");
        assert_text(both[i]->display_name, "number generator model");
        assert_int_equal(both[i]->pacing, 2);
        assert_int_equal(both[i]->polls, 5);
        assert_int_equal(both[i]->end, 2);
        assert_true(both[i]->has_end_step && both[i]->has_stall_step);
        assert_int_equal(both[i]->end_step, 12);
        assert_int_equal(both[i]->stall_step, 4);
        assert_int_equal(both[i]->looks, 3);
        assert_text(both[i]->moves, "moved");
    }
    change = store_kit_write(STORE_CHANGE_TRAINING, "m");
    change.model.end = 1;
    assert_int_equal(store_write_and_wait(f->store, &change), STORE_OK);
    assert_int_equal(find_model(f, "m", &model), STORE_OK);
    assert_false(model.has_end_step || model.has_stall_step);
    assert_int_equal(store_write_and_wait(f->store, &change), STORE_REFUSED);
}

static void training_ends_once_and_only_if_it_is_simulated(void **state)
{
    struct store_kit *f = *state;
    assert_int_equal(apply(f, store_kit_create("m", NULL)), STORE_OK);
    struct store_write end = store_kit_write(STORE_CHANGE_TRAINING, "m");
    end.model.end = 2;
    end.model.end_ns = 123;
    end.model.end_code = 13;
    end.model.end_message = TEXT("no luck");
    assert_int_equal(store_write_and_wait(f->store, &end), STORE_OK);
    struct store_model model;
    assert_int_equal(find_model(f, "m", &model), STORE_OK);
    assert_int_equal(model.end, 2);
    assert_int_equal(model.end_ns, 123);
    assert_int_equal(model.end_code, 13);
    assert_text(model.end_message, "no luck");
    assert_text(model.display_name, "number generator model");

    end.model.end = 1;
    assert_int_equal(store_write_and_wait(f->store, &end), STORE_REFUSED);
    end.model.end = 0;
    assert_int_equal(store_write_and_wait(f->store, &end), STORE_REFUSED);
    assert_int_equal(find_model(f, "m", &model), STORE_OK);
    assert_int_equal(model.end, 2);

    struct store_write fixed = store_kit_create("fixed", NULL);
    fixed.model.fixed_state = 2;
    assert_int_equal(store_write_and_wait(f->store, &fixed), STORE_OK);
    end.model.id = TEXT("fixed");
    assert_int_equal(store_write_and_wait(f->store, &end), STORE_REFUSED);
    end.model.id = TEXT("nobody");
    assert_int_equal(store_write_and_wait(f->store, &end), STORE_NOT_FOUND);
}

static void operations_are_created_and_deleted_alone(void **state)
{
    struct store_kit *f = *state;
    struct store_write write = store_kit_write(STORE_CREATE_OPERATION, "m");
    write.operation.id = TEXT("second");
    write.operation.fixed = TEXT("{\"done\":true}");
    assert_int_equal(store_write_and_wait(f->store, &write), STORE_NOT_FOUND);
    assert_int_equal(apply(f, store_kit_create("m", NULL)), STORE_OK);
    assert_int_equal(store_write_and_wait(f->store, &write), STORE_OK);
    assert_int_equal(store_write_and_wait(f->store, &write), STORE_EXISTS);

    struct store_operation operation;
    assert_int_equal(store_read_begin(f->reader), STORE_OK);
    assert_int_equal(
        store_find_operation(f->reader, 0, TEXT("m"), TEXT("second"), &f->arena, &operation),
        STORE_OK);
    store_read_end(f->reader);
    assert_text(operation.model_id, "m");
    assert_text(operation.id, "second");
    assert_text(operation.fixed, "{\"done\":true}");

    write.kind = STORE_DELETE_OPERATION;
    assert_int_equal(store_write_and_wait(f->store, &write), STORE_OK);
    assert_int_equal(store_write_and_wait(f->store, &write), STORE_CHILD_NOT_FOUND);
    write.operation.model_id = TEXT("nobody");
    assert_int_equal(store_write_and_wait(f->store, &write), STORE_NOT_FOUND);
    assert_int_equal(find_operation(f, "m", "m"), STORE_OK);
}

static void permissions_are_created_changed_and_deleted(void **state)
{
    struct store_kit *f = *state;
    assert_int_equal(apply(f, store_kit_create("m", NULL)), STORE_OK);
    static const struct {
        enum store_write_kind kind;
        enum store_result result;
        const char *model_id, *id;
        int32_t grantee_type, role;
        const char *email;
    } rows[] = {
        {STORE_CREATE_PERMISSION, STORE_OK, "m", "2", 1, 3, "a@example.com"},
        {STORE_CREATE_PERMISSION, STORE_EXISTS, "m", "2", 1, 3, "b@example.com"},
        {STORE_CREATE_PERMISSION, STORE_EXISTS, "m", "3", 1, 3, "a@example.com"},
        {STORE_CREATE_PERMISSION, STORE_EXISTS, "m", "3", 2, 3, "A@Example.COM"},
        {STORE_CREATE_PERMISSION, STORE_OK, "m", "everyone", 3, 3, ""},
        {STORE_CREATE_PERMISSION, STORE_EXISTS, "m", "everyone", 3, 3, ""},
        /* Only addresses are unique, not their absence. */
        {STORE_CREATE_PERMISSION, STORE_OK, "m", "4", 3, 3, ""},
        {STORE_CREATE_PERMISSION, STORE_NOT_FOUND, "nobody", "2", 1, 3, "a@example.com"},
        {STORE_PATCH_PERMISSION, STORE_OK, "m", "2", 0, 2, ""},
        {STORE_PATCH_PERMISSION, STORE_CHILD_NOT_FOUND, "m", "9", 0, 2, ""},
        {STORE_PATCH_PERMISSION, STORE_NOT_FOUND, "nobody", "2", 0, 2, ""},
        {STORE_DELETE_PERMISSION, STORE_OK, "m", "4", 0, 0, ""},
        {STORE_DELETE_PERMISSION, STORE_CHILD_NOT_FOUND, "m", "4", 0, 0, ""},
        {STORE_DELETE_PERMISSION, STORE_NOT_FOUND, "nobody", "2", 0, 0, ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct store_write write = permission_write(rows[i].kind, rows[i].model_id, rows[i].id,
            rows[i].grantee_type, rows[i].role, rows[i].email);
        assert_int_equal(store_write_and_wait(f->store, &write), rows[i].result);
    }
    assert_int_equal(role_of(f, "m", "2"), 2);
    assert_int_equal(role_of(f, "m", "3"), 0);
    assert_int_equal(role_of(f, "m", "everyone"), 3);
    assert_int_equal(role_of(f, "m", "4"), 0);
    assert_int_equal(role_of(f, "m", owner_id), 1);
}

static void a_model_has_no_more_permissions_than_a_write_allows(void **state)
{
    struct store_kit *f = *state;
    static const struct {
        enum store_write_kind kind;
        enum store_result result;
        const char *id, *email;
        int32_t max;
    } rows[] = {
        {STORE_CREATE_PERMISSION, STORE_OK, "2", "a@example.com", 2},
        {STORE_CREATE_PERMISSION, STORE_REFUSED, "3", "b@example.com", 2},
        {STORE_CREATE_PERMISSION, STORE_EXISTS, "2", "b@example.com", 2},
        {STORE_TRANSFER_OWNERSHIP, STORE_REFUSED, "3", "b@example.com", 2},
        {STORE_TRANSFER_OWNERSHIP, STORE_OK, "2", "a@example.com", 2},
        {STORE_CREATE_PERMISSION, STORE_OK, "3", "b@example.com", 0},
    };
    assert_int_equal(apply(f, store_kit_create("m", NULL)), STORE_OK);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct store_write write =
            permission_write(rows[i].kind, "m", rows[i].id, 1, 3, rows[i].email);
        write.permissions_max = rows[i].max;
        assert_int_equal(store_write_and_wait(f->store, &write), rows[i].result);
    }
    assert_int_equal(role_of(f, "m", owner_id), 2);
    assert_int_equal(role_of(f, "m", "2"), 1);
    assert_int_equal(role_of(f, "m", "3"), 3);
}

static void ownership_moves_to_an_address_that_was_unknown(void **state)
{
    struct store_kit *f = *state;
    assert_int_equal(apply(f, store_kit_create("m", NULL)), STORE_OK);
    assert_int_equal(
        apply(f, permission_write(STORE_TRANSFER_OWNERSHIP, "m", "2", 0, 0, "new@example.com")),
        STORE_OK);
    assert_int_equal(role_of(f, "m", owner_id), 2);
    assert_int_equal(role_of(f, "m", "2"), 1);
}

static void ownership_moves_to_an_address_that_had_a_permission(void **state)
{
    struct store_kit *f = *state;
    assert_int_equal(apply(f, store_kit_create("m", NULL)), STORE_OK);
    assert_int_equal(
        apply(f, permission_write(STORE_CREATE_PERMISSION, "m", "2", 1, 3, "New@example.com")),
        STORE_OK);
    assert_int_equal(
        apply(f, permission_write(STORE_TRANSFER_OWNERSHIP, "m", "3", 0, 0, "new@example.com")),
        STORE_OK);
    assert_int_equal(role_of(f, "m", owner_id), 2);
    assert_int_equal(role_of(f, "m", "2"), 1);
    assert_int_equal(role_of(f, "m", "3"), 0);
}

static void ownership_stays_where_it_is_or_is_refused(void **state)
{
    struct store_kit *f = *state;
    struct store_write transfer =
        permission_write(STORE_TRANSFER_OWNERSHIP, "m", "3", 0, 0, "OWNER@example.com");
    assert_int_equal(apply(f, transfer), STORE_NOT_FOUND);
    assert_int_equal(apply(f, store_kit_create("m", NULL)), STORE_OK);
    assert_int_equal(apply(f, transfer), STORE_OK);
    assert_int_equal(role_of(f, "m", owner_id), 1);

    assert_int_equal(
        apply(f, permission_write(STORE_CREATE_PERMISSION, "m", "2", 2, 3, "group@example.com")),
        STORE_OK);
    assert_int_equal(
        apply(f, permission_write(STORE_TRANSFER_OWNERSHIP, "m", "3", 0, 0, "group@example.com")),
        STORE_EXISTS);
    assert_int_equal(
        apply(f, permission_write(STORE_TRANSFER_OWNERSHIP, "m", "2", 0, 0, "new@example.com")),
        STORE_EXISTS);
    /* The demotion that went before was undone. */
    assert_int_equal(role_of(f, "m", owner_id), 1);
    assert_int_equal(role_of(f, "m", "2"), 3);
}

static void a_patch_gives_the_row_that_it_made(void **state)
{
    struct store_kit *f = *state;
    struct store_write create = store_kit_create("m", "examples");
    assert_int_equal(store_write_and_wait(f->store, &create), STORE_OK);
    struct store_model found, made = {0};
    struct store_write patch = store_kit_write(STORE_PATCH_MODEL, "m");
    patch.patch = STORE_PATCH_DESCRIPTION;
    patch.model.description = TEXT("new");
    patch.ret_model = &made;
    patch.arena = &f->arena;
    assert_int_equal(store_write_and_wait(f->store, &patch), STORE_OK);
    assert_int_equal(find_model(f, "m", &found), STORE_OK);
    assert_text(made.id, "m");
    assert_int_equal(made.seq, create.model.seq);
    assert_text(made.description, "new");
    assert_text(made.display_name, "number generator model");
    assert_text(made.data_set, "examples");
    assert_int_equal(made.total_steps, found.total_steps);
    assert_int_equal(made.noise_seed, found.noise_seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_kit_test(a_create_writes_model_data_set_operation_and_permission),
        store_kit_test(a_create_may_come_without_data_set_operation_and_permission),
        store_kit_test(a_taken_id_is_refused_and_nothing_of_the_second_create_stays),
        store_kit_test(the_same_id_may_exist_in_each_namespace),
        store_kit_test(texts_may_hold_nul_and_any_bytes),
        store_kit_test(a_data_set_may_be_empty_or_large),
        store_kit_test(a_write_that_the_tables_refuse_fails_and_harms_nothing),
        store_kit_test(a_patch_changes_what_it_names_and_nothing_else),
        store_kit_test(a_patch_of_no_model_is_not_found),
        store_kit_test(a_delete_takes_all_that_is_the_models_own),
        store_kit_test(a_model_made_anew_under_a_deleted_name_owes_nothing_to_the_old),
        store_kit_test(training_is_changed_until_it_has_ended),
        store_kit_test(training_ends_once_and_only_if_it_is_simulated),
        store_kit_test(operations_are_created_and_deleted_alone),
        store_kit_test(permissions_are_created_changed_and_deleted),
        store_kit_test(a_model_has_no_more_permissions_than_a_write_allows),
        store_kit_test(ownership_moves_to_an_address_that_was_unknown),
        store_kit_test(ownership_moves_to_an_address_that_had_a_permission),
        store_kit_test(ownership_stays_where_it_is_or_is_refused),
        store_kit_test(a_patch_gives_the_row_that_it_made),
    };
    return cmocka_run_group_tests_name("store_write", tests, NULL, NULL);
}
