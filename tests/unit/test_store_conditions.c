/* Writes that come too late for what they were decided on. */
#include "tests/lib/unit.h"

#include "store/store.h"
#include "tests/lib/store_kit.h"

static enum store_result apply(struct store_kit *f, struct store_write write)
{
    return store_write_and_wait(f->store, &write);
}

static enum store_result find_data_set(struct store_kit *f, const char *name)
{
    struct text bytes;
    assert_int_equal(store_read_begin(f->reader), STORE_OK);
    enum store_result result = store_kit_find_data_set(f->reader, text_of(name), &f->arena, &bytes);
    store_read_end(f->reader);
    return result;
}

/* Role of a permission of m by its id, 0 if there is none. */
static int32_t role_of(struct store_kit *f, const char *id)
{
    struct store_permission permission = {0};
    assert_int_equal(store_read_begin(f->reader), STORE_OK);
    enum store_result result =
        store_find_permission(f->reader, 0, TEXT("m"), text_of(id), &f->arena, &permission);
    store_read_end(f->reader);
    assert_true(result == STORE_OK || result == STORE_NOT_FOUND);
    return result == STORE_OK ? permission.role : 0;
}

/* A permission of m that is about to be made, or a write about one. */
static struct store_write permission_write(enum store_write_kind kind, const char *id,
    int32_t grantee_type, int32_t role, const char *email)
{
    struct store_write write = store_kit_write(kind, "m");
    write.permission.id = text_of(id);
    write.permission.grantee_type = grantee_type;
    write.permission.role = role;
    write.permission.email = text_of(email);
    return write;
}

static const char owner_id[] = "108000000000000000001";

/* A write about model m with a condition on the seqs of the rows (0: none, -1: of no row). */
struct conditioned {
    enum store_write_kind kind;
    const char *child_id; /* operation or permission */
    int model, child;
    int32_t role;
    bool is_own_role;
    const char *email;
    enum store_result result;
};

static int64_t seq_of(int which, int64_t seq)
{
    return which > 0 ? seq : which;
}

/* m is owned by owner@example.com, written by w@example.com, and read by everyone. */
static void a_write_is_made_only_if_its_condition_holds(void **state)
{
    struct store_kit *f = *state;
    static const struct conditioned rows[] = {
        {STORE_PATCH_MODEL, "", 1, 0, 0, false, "", STORE_OK},
        {STORE_PATCH_MODEL, "", -1, 0, 0, false, "", STORE_NOT_FOUND},
        {STORE_DELETE_MODEL, "", -1, 0, 0, false, "", STORE_NOT_FOUND},
        {STORE_CHANGE_TRAINING, "", -1, 0, 0, false, "", STORE_NOT_FOUND},
        {STORE_CREATE_PERMISSION, "9", -1, 0, 0, false, "", STORE_NOT_FOUND},
        {STORE_TRANSFER_OWNERSHIP, "9", -1, 0, 0, false, "", STORE_NOT_FOUND},
        /* Roles: the model goes first, the child comes last. */
        {STORE_PATCH_MODEL, "", 1, 0, 2, false, "W@example.com", STORE_OK},
        {STORE_PATCH_MODEL, "", 1, 0, 2, false, "owner@example.com", STORE_OK},
        {STORE_PATCH_MODEL, "", 1, 0, 2, false, "nobody@example.com", STORE_FORBIDDEN},
        {STORE_PATCH_MODEL, "", 1, 0, 2, false, "", STORE_FORBIDDEN},
        {STORE_PATCH_MODEL, "", 1, 0, 3, false, "nobody@example.com", STORE_OK},
        {STORE_PATCH_MODEL, "", 1, 0, 3, true, "nobody@example.com", STORE_FORBIDDEN},
        {STORE_PATCH_MODEL, "", -1, 0, 2, false, "nobody@example.com", STORE_NOT_FOUND},
        {STORE_DELETE_MODEL, "", 1, 0, 1, false, "w@example.com", STORE_FORBIDDEN},
        {STORE_TRANSFER_OWNERSHIP, "9", 1, 0, 1, true, "w@example.com", STORE_FORBIDDEN},
        {STORE_CREATE_PERMISSION, "9", 1, 0, 2, false, "r@example.com", STORE_FORBIDDEN},
        {STORE_PATCH_PERMISSION, "2", 1, -1, 2, false, "r@example.com", STORE_FORBIDDEN},
        {STORE_CHANGE_TRAINING, "m", 1, -1, 2, false, "r@example.com", STORE_FORBIDDEN},
        /* Children. */
        {STORE_PATCH_PERMISSION, "2", 1, 1, 0, false, "", STORE_OK},
        {STORE_PATCH_PERMISSION, "2", 0, -1, 0, false, "", STORE_CHILD_NOT_FOUND},
        {STORE_PATCH_PERMISSION, "8", 0, 1, 0, false, "", STORE_CHILD_NOT_FOUND},
        {STORE_DELETE_PERMISSION, "2", 0, -1, 0, false, "", STORE_CHILD_NOT_FOUND},
        {STORE_PATCH_PERMISSION, owner_id, 0, 1, 0, false, "", STORE_REFUSED},
        {STORE_DELETE_PERMISSION, owner_id, 0, 1, 0, false, "", STORE_REFUSED},
        {STORE_DELETE_OPERATION, "m", 0, -1, 0, false, "", STORE_CHILD_NOT_FOUND},
        {STORE_CHANGE_TRAINING, "m", 0, -1, 0, false, "", STORE_CHILD_NOT_FOUND},
        {STORE_CHANGE_TRAINING, "m", 1, 1, 2, false, "w@example.com", STORE_OK},
        {STORE_DELETE_OPERATION, "m", 0, 1, 0, false, "", STORE_OK},
        {STORE_DELETE_PERMISSION, "2", 0, 1, 2, false, "w@example.com", STORE_OK},
    };
    struct store_write create = store_kit_create("m", NULL);
    assert_int_equal(store_write_and_wait(f->store, &create), STORE_OK);
    struct store_write writer =
        permission_write(STORE_CREATE_PERMISSION, "2", 1, 2, "w@example.com");
    assert_int_equal(store_write_and_wait(f->store, &writer), STORE_OK);
    assert_int_equal(
        apply(f, permission_write(STORE_CREATE_PERMISSION, "everyone", 3, 3, "")), STORE_OK);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct conditioned *row = &rows[i];
        struct store_write write = permission_write(row->kind, row->child_id, 1, 2, "n@x.org");
        bool is_operation =
            row->kind == STORE_CHANGE_TRAINING || row->kind == STORE_DELETE_OPERATION;
        bool is_owner = strcmp(row->child_id, owner_id) == 0;
        int64_t child_seq = is_operation ? create.operation.seq
                            : is_owner   ? create.permission.seq
                                         : writer.permission.seq;
        write.operation.id = text_of(row->child_id);
        write.model.end = 1;
        write.condition = (struct store_condition){
            .model_seq = seq_of(row->model, create.model.seq),
            .role = row->role,
            .is_own_role = row->is_own_role,
            .email = text_of(row->email),
            .child_seq = seq_of(row->child, child_seq),
        };
        if (store_write_and_wait(f->store, &write) != row->result)
            fail_msg("row %zu: %d", i, (int)write.result);
    }
    assert_int_equal(role_of(f, owner_id), 1);
    assert_int_equal(role_of(f, "9"), 0);
    assert_int_equal(role_of(f, "2"), 0);
}

static void roles_that_do_not_suffice_are_given_back(void **state)
{
    struct store_kit *f = *state;
    assert_int_equal(apply(f, store_kit_create("m", NULL)), STORE_OK);
    assert_int_equal(
        apply(f, permission_write(STORE_CREATE_PERMISSION, "everyone", 3, 3, "")), STORE_OK);
    assert_int_equal(
        apply(f, permission_write(STORE_CREATE_PERMISSION, "2", 1, 2, "w@example.com")), STORE_OK);
    struct store_write delete = store_kit_write(STORE_DELETE_MODEL, "m");
    delete.condition.role = 1;
    delete.condition.email = TEXT("w@example.com");
    assert_int_equal(store_write_and_wait(f->store, &delete), STORE_FORBIDDEN);
    assert_int_equal(delete.ret_roles.caller, 2);
    assert_int_equal(delete.ret_roles.everyone, 3);
}

static void a_create_needs_the_model_that_it_starts_from(void **state)
{
    struct store_kit *f = *state;
    struct store_write source = store_kit_create("source", NULL);
    struct store_write create = store_kit_create("m", "examples");
    create.source_id = TEXT("source");
    assert_int_equal(apply(f, create), STORE_NOT_FOUND);
    assert_int_equal(store_write_and_wait(f->store, &source), STORE_OK);
    create.condition.model_seq = source.model.seq + 1;
    assert_int_equal(apply(f, create), STORE_NOT_FOUND);
    create.condition.model_seq = source.model.seq;
    create.condition.role = 3;
    assert_int_equal(apply(f, create), STORE_FORBIDDEN);
    assert_int_equal(find_data_set(f, "examples"), STORE_NOT_FOUND);
    create.condition.email = TEXT("owner@example.com");
    assert_int_equal(apply(f, create), STORE_OK);
    assert_int_equal(apply(f, create), STORE_EXISTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_kit_test(a_write_is_made_only_if_its_condition_holds),
        store_kit_test(roles_that_do_not_suffice_are_given_back),
        store_kit_test(a_create_needs_the_model_that_it_starts_from),
    };
    return cmocka_run_group_tests_name("store_conditions", tests, NULL, NULL);
}
