/* What the store calls must not call the store: the process ends there and then, not in a deadlock.
 */
#include "tests/lib/unit.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"
#include "tests/lib/store_kit.h"

/* Ways to call the store. */
enum calling { CALL_NONE, CALL_BEGIN, CALL_FIND, CALL_LIST, CALL_SUBMIT, CALL_COUNTER, CALL_COUNT };

struct fixture {
    struct store *store;
    struct store_reader *reader, *other;
    struct arena arena;
    enum calling calling;
    struct store_write write; /* of CALL_SUBMIT */
    int visit_count;
};

static void ignore_write(struct store_write *write)
{
    (void)write;
}

static bool ignore_model(
    void *context, const struct store_model *model, const struct store_roles *roles)
{
    (void)context;
    (void)model;
    (void)roles;
    return true;
}

static void call_store(struct fixture *f)
{
    struct store_model model;
    struct store_list list = {.of = STORE_LIST_ALL};
    f->visit_count++;
    switch (f->calling) {
    case CALL_BEGIN:
        if (store_read_begin(f->other) == STORE_OK)
            store_read_end(f->other);
        break;
    case CALL_FIND:
        store_find_model(f->reader, 0, TEXT("m"), &f->arena, &model);
        break;
    case CALL_LIST:
        store_list_models(f->other, &list, ignore_model, NULL);
        break;
    case CALL_SUBMIT:
        f->write = store_kit_write(STORE_DELETE_MODEL, "m");
        f->write.done = ignore_write;
        store_submit(f->store, &f->write);
        break;
    case CALL_COUNTER:
        store_next_counter(f->store, 0);
        break;
    case CALL_NONE:
    case CALL_COUNT:
        break;
    }
}

static bool visit_model(
    void *context, const struct store_model *model, const struct store_roles *roles)
{
    (void)model;
    (void)roles;
    call_store(context);
    return true;
}

static bool visit_operation(void *context, const struct store_operation *operation,
    const struct store_model *model, int32_t role)
{
    (void)operation;
    (void)model;
    (void)role;
    call_store(context);
    return true;
}

static bool visit_permission(void *context, const struct store_permission *permission)
{
    (void)permission;
    call_store(context);
    return true;
}

static void visit_bytes(void *context, struct text bytes)
{
    (void)bytes;
    call_store(context);
}

static bool visit_holds(const struct store_model *model, void *context)
{
    (void)model;
    call_store(context);
    return true;
}

static void list_models(struct fixture *f)
{
    store_list_models(f->reader, &(struct store_list){.of = STORE_LIST_ALL}, visit_model, f);
}

static void list_operations(struct fixture *f)
{
    store_list_operations(
        f->reader, &(struct store_list){.of = STORE_LIST_ALL}, visit_operation, f);
}

static void list_operations_of(struct fixture *f)
{
    store_list_operations_of(f->reader, 0, TEXT("m"), 0, visit_operation, f);
}

static void list_permissions(struct fixture *f)
{
    store_list_permissions(f->reader, 0, TEXT("m"), 0, visit_permission, f);
}

static void look_at_data_set(struct fixture *f)
{
    store_look_at_data_set(f->reader, TEXT("examples"), visit_bytes, f);
}

static void end_training(struct fixture *f)
{
    store_read_end(f->reader); /* the writer waits for it */
    struct store_write write = store_kit_write(STORE_CHANGE_TRAINING, "m");
    write.condition.holds = visit_holds;
    write.condition.context = f;
    store_write_and_wait(f->store, &write);
    assert_int_equal(store_read_begin(f->reader), STORE_OK);
}

typedef void visiting(struct fixture *f);

/* Runs in a process of its own. Gives how it ended: as wait does. */
static int visit_in_child(visiting *visit, enum calling calling)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        signal(SIGABRT, SIG_DFL);
        close(STDERR_FILENO);
        alarm(20); /* rather than a deadlock */
        struct fixture f = {.store = store_kit_open(NULL, 2), .calling = calling};
        struct store_write write = store_kit_create("m", "examples");
        f.reader = store_get_reader(f.store, 0);
        f.other = store_get_reader(f.store, 1);
        arena_init(&f.arena);
        if (store_write_and_wait(f.store, &write) != STORE_OK ||
            store_read_begin(f.reader) != STORE_OK)
            _exit(1);
        visit(&f);
        store_read_end(f.reader);
        store_close(f.store);
        arena_release(&f.arena);
        _exit(f.visit_count == 1 ? 0 : 2);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void who_is_called_must_not_call(void **state)
{
    (void)state;
    static visiting *const visits[] = {list_models, list_operations, list_operations_of,
        list_permissions, look_at_data_set, end_training};
    for (size_t i = 0; i < ARRAY_COUNT(visits); i++) {
        assert_int_equal(visit_in_child(visits[i], CALL_NONE), 0);
        for (enum calling calling = CALL_BEGIN; calling < CALL_COUNT; calling++) {
            int status = visit_in_child(visits[i], calling);
            assert_true(WIFSIGNALED(status));
            assert_int_equal(WTERMSIG(status), SIGABRT);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_called_must_not_call),
    };
    return cmocka_run_group_tests_name("store_visits", tests, NULL, NULL);
}
