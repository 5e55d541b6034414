/* What is set aside for a full disk. Here the disk is full when files may not grow: ulimit -f. */
#include "tests/lib/unit.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/internal.h"
#include "tests/lib/store_kit.h"

enum { FILE_BYTES = 2 << 20, MODELS_MAX = 1000, ROUNDS = 200, DATA_SET_BYTES = 6000 };

struct fixture {
    char *folder;
    char *path, *wal_path;
    struct store *store;
    struct rlimit limit; /* as it was */
    int first, end;      /* numbers of the models that are there */
};

static struct fixture fixture;

static void limit_files(rlim_t bytes)
{
    struct rlimit limit = {bytes, fixture.limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static int open_fixture(void **state)
{
    fixture = (struct fixture){.folder = store_kit_folder()};
    assert_true(asprintf(&fixture.path, "%s/file.db", fixture.folder) > 0);
    assert_true(asprintf(&fixture.wal_path, "%s-wal", fixture.path) > 0);
    fixture.store = store_kit_open(fixture.path, 2);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &fixture.limit), 0);
    *state = &fixture;
    return 0;
}

static int close_fixture(void **state)
{
    (void)state;
    limit_files(fixture.limit.rlim_cur);
    store_close(fixture.store);
    assert_true(store_kit_is_sound(fixture.path));
    store_kit_remove(fixture.folder);
    free(fixture.path);
    free(fixture.wal_path);
    return 0;
}

static enum store_result create(struct fixture *f, int number)
{
    static char bytes[DATA_SET_BYTES];
    char name[32];
    snprintf(name, sizeof(name), "m%d", number);
    struct store_write write = store_kit_create(name, name);
    write.data_set_bytes = (struct text){bytes, sizeof(bytes)};
    return store_write_and_wait(f->store, &write);
}

static enum store_result delete_first(struct fixture *f)
{
    char name[32];
    snprintf(name, sizeof(name), "m%d", f->first++);
    struct store_write write = store_kit_write(STORE_DELETE_MODEL, name);
    return store_write_and_wait(f->store, &write);
}

/* Until a create is refused. */
static void fill(struct fixture *f)
{
    limit_files(FILE_BYTES);
    enum store_result result = STORE_OK;
    while (f->end < MODELS_MAX && (result = create(f, f->end)) == STORE_OK)
        f->end++;
    assert_int_equal(result, STORE_FULL);
    assert_true(f->end > 50);
}

static void what_is_full_can_be_emptied_and_filled_again_and_again(void **state)
{
    struct fixture *f = *state;
    fill(f);
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(delete_first(f), STORE_OK);
        assert_int_equal(create(f, f->end++), STORE_OK);
    }
    while (f->first < f->end)
        assert_int_equal(delete_first(f), STORE_OK);
    assert_int_equal(store_kit_count_models(store_get_reader(f->store, 0), 0), 0);
    assert_int_equal(create(f, f->end), STORE_OK);
}

static void creates_leave_what_deletes_need(void **state)
{
    struct fixture *f = *state;
    fill(f);
    /* However many are refused. */
    for (int i = 0; i < ROUNDS; i++)
        assert_int_equal(create(f, f->end), STORE_FULL);
    while (f->first < f->end)
        assert_int_equal(delete_first(f), STORE_OK);
}

static void with_room_again_all_is_as_before(void **state)
{
    struct fixture *f = *state;
    fill(f);
    limit_files(fixture.limit.rlim_cur);
    for (int i = 0; i < ROUNDS; i++)
        assert_int_equal(create(f, f->end++), STORE_OK);
    assert_int_equal(store_kit_count_models(store_get_reader(f->store, 1), 0), f->end - f->first);
}

static void small_changes_get_through_on_a_full_disk(void **state)
{
    struct fixture *f = *state;
    fill(f);
    for (int i = 0; i < ROUNDS; i++) {
        struct store_write write = store_kit_write(STORE_PATCH_MODEL, "m0");
        write.patch = STORE_PATCH_TEMPERATURE;
        write.model.has_temperature = true;
        write.model.temperature = (float)i;
        assert_int_equal(store_write_and_wait(f->store, &write), STORE_OK);
    }
    struct store_write write = store_kit_write(STORE_CHANGE_TRAINING, "m0");
    write.model.end = 1;
    assert_int_equal(store_write_and_wait(f->store, &write), STORE_OK);
    write = store_kit_write(STORE_DELETE_OPERATION, "m0");
    write.operation.id = TEXT("m0");
    assert_int_equal(store_write_and_wait(f->store, &write), STORE_OK);
    write = store_kit_write(STORE_DELETE_PERMISSION, "m0");
    write.permission.id = TEXT("108000000000000000001");
    assert_int_equal(store_write_and_wait(f->store, &write), STORE_OK);
}

static void the_wal_keeps_its_blocks(void **state)
{
    struct fixture *f = *state;
    struct stat status;
    assert_int_equal(create(f, 0), STORE_OK);
    assert_int_equal(stat(f->wal_path, &status), 0);
    assert_true(status.st_blocks * 512 >= ROOM_WAL_BYTES_MAX);
    /* Longer than its share, once. */
    static char bytes[4 << 20];
    struct store_write write = store_kit_create("large", "large");
    write.data_set_bytes = (struct text){bytes, sizeof(bytes)};
    assert_int_equal(store_write_and_wait(f->store, &write), STORE_OK);
    assert_int_equal(store_kit_count_models(store_get_reader(f->store, 0), 0), 2);
    /* The writer cuts it as soon as it has nothing else to do: first its size, then its blocks. */
    do {
        usleep(10000);
        assert_int_equal(stat(f->wal_path, &status), 0);
    } while (status.st_size > ROOM_WAL_BYTES_MAX || status.st_blocks * 512 >= (off_t)sizeof(bytes));
    assert_true(status.st_blocks * 512 >= ROOM_WAL_BYTES_MAX);
}

static int start(void **state)
{
    signal(SIGXFSZ, SIG_IGN); /* as main does */
    return unit_silence_log(state);
}

#define room_test(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        room_test(what_is_full_can_be_emptied_and_filled_again_and_again),
        room_test(creates_leave_what_deletes_need),
        room_test(with_room_again_all_is_as_before),
        room_test(small_changes_get_through_on_a_full_disk),
        room_test(the_wal_keeps_its_blocks),
    };
    return cmocka_run_group_tests_name("store_room", tests, start, unit_stop_log);
}
