/*
 * Every call that the store makes of the system, by way of SQLite, fails once: the Nth for N = 1,
 * 2, 3 ... until the operation gets through. Each time the answer is an error, nothing is half
 * written, what was answered before is still there, and the store works again afterwards.
 */
#include "tests/lib/unit.h"

#include <semaphore.h>
#include <unistd.h>

#include "store/store.h"
#include "tests/lib/sqlite_faults.h"
#include "tests/lib/store_kit.h"

/* No operation makes more calls than this; a loop that gets here found no end. */
enum { CALLS_MAX = 20000 };

/* The next call to fail: each of the first ones, then ever fewer of what is more of the same. Races
 * and the lines that are reached do not depend on which it is: a tenth of them will do there. */
static long nth_after(long nth)
{
    enum { DENSE_MAX = 40, SLOW = 9 };
    long next = nth < DENSE_MAX ? nth + 1 : nth + nth / 8;
    if (UNIT_SLOWNESS >= SLOW)
        next = 3 * nth;
    assert_true(next < CALLS_MAX);
    return next;
}

struct place {
    char *folder;
    struct arena arena;
    const char *path;
};

static struct place place;

static int open_place(void **state)
{
    (void)state;
    arena_init(&place.arena);
    place.folder = store_kit_folder();
    place.path = arena_printf(&place.arena, "%s/file.db", place.folder).bytes;
    return 0;
}

static int close_place(void **state)
{
    (void)state;
    faults_disarm();
    store_kit_remove(place.folder);
    arena_release(&place.arena);
    return 0;
}

static bool is_failure(enum store_result result)
{
    return result == STORE_FULL || result == STORE_BUSY || result == STORE_FAILED;
}

/* Starts anew with a file that holds model "old" and its data set, permission and operation. */
static void make_old_file(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < ARRAY_COUNT(suffixes); i++)
        unlink(arena_printf(&place.arena, "%s%s", place.path, suffixes[i]).bytes);
    struct store *store = store_kit_open(place.path, 1);
    struct store_write write = store_kit_create("old", "old examples");
    assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
    store_close(store);
}

/* How much of a model is there: 0 nothing, 4 model, operation, permission and data set. */
static int count_parts(struct store *store, const char *id, const char *data_set)
{
    struct store_reader *reader = store_get_reader(store, 0);
    struct store_model model;
    struct store_operation operation;
    struct store_permission permission;
    struct text bytes;
    assert_int_equal(store_read_begin(reader), STORE_OK);
    enum store_result results[] = {
        store_find_model(reader, 0, text_of(id), &place.arena, &model),
        store_find_operation(reader, 0, text_of(id), text_of(id), &place.arena, &operation),
        store_find_permission(
            reader, 0, text_of(id), TEXT("108000000000000000001"), &place.arena, &permission),
        store_kit_find_data_set(reader, text_of(data_set), &place.arena, &bytes),
    };
    store_read_end(reader);
    int count = 0;
    for (size_t i = 0; i < 4; i++) {
        assert_true(results[i] == STORE_OK || results[i] == STORE_NOT_FOUND);
        count += results[i] == STORE_OK;
    }
    return count;
}

static const char large_name[] = "large examples";

/* Bytes enough for many pages, so that writes fail in the middle. */
static struct text large_bytes(void)
{
    static char bytes[100000];
    memset(bytes, 'x', sizeof(bytes));
    return (struct text){bytes, sizeof(bytes)};
}

/* The two writes that touch most: a create and a delete. */
struct write_case {
    enum store_write_kind kind;
    const char *id, *data_set;
    int parts_before, parts_after;
};
static const struct write_case write_cases[] = {
    {STORE_CREATE_MODEL, "new", large_name, 0, 4},
    {STORE_DELETE_MODEL, "old", "old examples", 4, 0},
};

static struct store_write write_of(const struct write_case *row)
{
    struct store_write write = row->kind == STORE_CREATE_MODEL
                                   ? store_kit_create(row->id, row->data_set)
                                   : store_kit_write(row->kind, row->id);
    if (row->kind == STORE_CREATE_MODEL)
        write.data_set_bytes = large_bytes();
    return write;
}

/* One write during which the Nth call fails. False if nothing failed: N is past the last call. */
static bool try_write(const struct write_case *row, enum fault fault, long nth, bool is_lasting)
{
    make_old_file();
    struct store *store = store_kit_open(place.path, 1);
    struct store_write write = write_of(row);
    /* What the reader has looked up is kept, and must not outlive what is committed. */
    assert_int_equal(count_parts(store, row->id, row->data_set), row->parts_before);
    faults_arm(fault, nth, is_lasting);
    enum store_result result = store_write_and_wait(store, &write);
    long hits = faults_disarm();
    assert_true(result == STORE_OK || is_failure(result));
    assert_true(result == STORE_OK || hits > 0);
    int expected = result == STORE_OK ? row->parts_after : row->parts_before;
    assert_int_equal(count_parts(store, row->id, row->data_set), expected);

    /* The store still works, and the write gets through now if it did not before. */
    struct store_write other = store_kit_create("other", "other examples");
    assert_int_equal(store_write_and_wait(store, &other), STORE_OK);
    if (result != STORE_OK)
        assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
    store_close(store);
    assert_true(store_kit_is_sound(place.path));
    store = store_kit_open(place.path, 1);
    assert_int_equal(count_parts(store, row->id, row->data_set), row->parts_after);
    assert_int_equal(count_parts(store, "other", "other examples"), 4);
    store_close(store);
    return hits > 0;
}

static void a_failing_call_fails_a_write_and_nothing_else(void **state)
{
    (void)state;
    for (enum fault fault = 0; fault < FAULT_COUNT; fault++) {
        for (int i = 0; i < 4; i++) {
            long nth = 1;
            while (try_write(&write_cases[i % 2], fault, nth, i / 2))
                nth = nth_after(nth);
            /* Each kind was met at least once. */
            assert_true(nth > 1);
        }
    }
}

/* A patch of a model that the reader has kept, during which the Nth call fails. */
static bool try_patch(enum fault fault, long nth)
{
    struct store *store = store_kit_open(place.path, 1);
    struct store_reader *reader = store_get_reader(store, 0);
    struct store_model before, after;
    assert_int_equal(store_kit_find_model(reader, 0, "old", &place.arena, &before), STORE_OK);
    struct store_write write = store_kit_write(STORE_PATCH_MODEL, "old");
    write.patch = STORE_PATCH_DISPLAY_NAME;
    write.model.display_name = arena_printf(&place.arena, "name %ld", nth);
    faults_arm(fault, nth, false);
    enum store_result result = store_write_and_wait(store, &write);
    long hits = faults_disarm();
    assert_true(result == STORE_OK || (hits > 0 && is_failure(result)));
    for (int i = 0; i < 2; i++) { /* by a new snapshot, and from what is kept of it */
        assert_int_equal(store_kit_find_model(reader, 0, "old", &place.arena, &after), STORE_OK);
        struct text expected = result == STORE_OK ? write.model.display_name : before.display_name;
        assert_true(text_equals(after.display_name, expected));
    }
    store_close(store);
    return hits > 0;
}

static void a_patch_that_fails_leaves_what_a_reader_has_kept(void **state)
{
    (void)state;
    make_old_file();
    for (enum fault fault = 0; fault < FAULT_COUNT; fault++) {
        long nth = 1;
        while (try_patch(fault, nth))
            nth = nth_after(nth);
        assert_true(nth > 1);
    }
}

/* As try_write, for a batch that replaces all there is. */
static bool try_batch(enum fault fault, long nth, bool is_lasting)
{
    make_old_file();
    struct store *store = store_kit_open(place.path, 1);
    struct store_write clear = {.kind = STORE_CLEAR_NAMESPACE};
    struct store_write create = write_of(&write_cases[0]);
    struct store_batch batch = {0};
    store_batch_add(&batch, &clear);
    store_batch_add(&batch, &create);
    assert_int_equal(count_parts(store, "old", "old examples"), 4);
    faults_arm(fault, nth, is_lasting);
    enum store_result result = store_batch_and_wait(store, &batch);
    long hits = faults_disarm();
    assert_true(result == STORE_OK || is_failure(result));
    assert_true(result == STORE_OK || hits > 0);
    assert_int_equal(count_parts(store, "old", "old examples"), result == STORE_OK ? 0 : 4);
    assert_int_equal(count_parts(store, "new", large_name), result == STORE_OK ? 4 : 0);
    if (result != STORE_OK)
        assert_int_equal(store_batch_and_wait(store, &batch), STORE_OK);
    assert_int_equal(create.model.seq, 1);
    store_close(store);
    assert_true(store_kit_is_sound(place.path));
    store = store_kit_open(place.path, 1);
    assert_int_equal(count_parts(store, "old", "old examples"), 0);
    assert_int_equal(count_parts(store, "new", large_name), 4);
    store_close(store);
    return hits > 0;
}

static void a_failing_call_fails_all_of_a_batch(void **state)
{
    (void)state;
    for (enum fault fault = 0; fault < FAULT_COUNT; fault++) {
        for (int is_lasting = 0; is_lasting < 2; is_lasting++) {
            long nth = 1;
            while (try_batch(fault, nth, is_lasting))
                nth = nth_after(nth);
            assert_true(nth > 1);
        }
    }
}

static void a_full_disk_is_told_apart_from_a_broken_one(void **state)
{
    (void)state;
    static const struct {
        enum fault fault;
        enum store_result result;
    } rows[] = {
        {FAULT_FULL, STORE_FULL},
        {FAULT_READ_ONLY, STORE_BUSY},
        {FAULT_MEMORY, STORE_FAILED},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        make_old_file();
        struct store *store = store_kit_open(place.path, 1);
        struct store_write write = write_of(&write_cases[0]);
        faults_arm(rows[i].fault, 1, true);
        enum store_result result = store_write_and_wait(store, &write);
        faults_disarm();
        assert_int_equal(result, rows[i].result);
        store_close(store);
    }
}

/* A reader's first read, which opens the WAL, and one that must renew its snapshot. */
static bool try_read(enum fault fault, long nth, bool is_lasting, bool is_renewed)
{
    struct store *store = store_kit_open(place.path, 1);
    struct store_reader *reader = store_get_reader(store, 0);
    if (is_renewed) {
        assert_int_equal(store_kit_count_models(reader, 0), 1);
        struct store_write write = store_kit_write(STORE_PATCH_MODEL, "old");
        assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
    }
    struct store_model model;
    faults_arm(fault, nth, is_lasting);
    enum store_result result = store_kit_find_model(reader, 0, "old", &place.arena, &model);
    long hits = faults_disarm();
    assert_true(result == STORE_OK || (hits > 0 && is_failure(result)));
    assert_int_equal(count_parts(store, "old", "old examples"), 4);
    struct store_write write = store_kit_write(STORE_PATCH_MODEL, "old");
    assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
    assert_int_equal(store_kit_count_models(reader, 0), 1);
    store_close(store);
    return hits > 0;
}

static void a_failing_call_fails_a_read_and_the_next_one_works(void **state)
{
    (void)state;
    make_old_file();
    static const enum fault faults[] = {FAULT_IO, FAULT_MEMORY};
    for (int i = 0; i < 8; i++) {
        long nth = 1;
        while (try_read(faults[i & 1], nth, i & 2, i & 4))
            nth = nth_after(nth);
        assert_true(nth > 1);
    }
}

static bool try_open(enum fault fault, long nth, bool is_lasting, bool is_new)
{
    if (is_new)
        unlink(place.path);
    struct text message = TEXT("");
    faults_arm(fault, nth, is_lasting);
    struct store *store = store_open(
        &(struct store_options){.path = place.path, .reader_count = 1}, &place.arena, &message);
    long hits = faults_disarm();
    assert_true(store || (hits > 0 && message.len > 0));
    /* Where a file could not even be made, SQLite does not say why. */
    bool says_why = text_find(message, TEXT("no space is left")) < message.len ||
                    text_find(message, TEXT("unable to open")) < message.len;
    assert_true(store || fault != FAULT_FULL || says_why);
    if (!store)
        store = store_kit_open(place.path, 1);
    assert_int_equal(count_parts(store, "old", "old examples"), is_new ? 0 : 4);
    struct store_write write = store_kit_write(STORE_DELETE_MODEL, "nobody");
    assert_int_equal(store_write_and_wait(store, &write), STORE_NOT_FOUND);
    store_close(store);
    assert_true(store_kit_is_sound(place.path));
    return hits > 0;
}

static void a_failing_call_fails_the_opening_and_harms_no_file(void **state)
{
    (void)state;
    make_old_file();
    for (int i = 0; i < 4 * FAULT_COUNT; i++) {
        if (i == 2 * FAULT_COUNT)
            make_old_file();
        long nth = 1;
        while (try_open((enum fault)(i % FAULT_COUNT), nth, i & FAULT_COUNT, i < 2 * FAULT_COUNT))
            nth = nth_after(nth);
        assert_true(nth > 1);
    }
}

static bool try_open_private(enum fault fault, long nth)
{
    struct text message = TEXT("");
    faults_arm(fault, nth, true);
    struct store *store =
        store_open(&(struct store_options){.reader_count = 2}, &place.arena, &message);
    long hits = faults_disarm();
    assert_true(store || (hits > 0 && message.len > 0));
    store_close(store);
    return hits > 0;
}

static void a_failing_call_fails_the_opening_of_a_store_in_memory(void **state)
{
    (void)state;
    for (enum fault fault = 0; fault < FAULT_COUNT; fault++) {
        long nth = 1;
        while (try_open_private(fault, nth))
            nth = nth_after(nth);
        assert_true(nth > 1);
    }
}

static bool try_close(enum fault fault, long nth, bool is_lasting)
{
    make_old_file();
    struct store *store = store_kit_open(place.path, 1);
    struct store_write write = write_of(&write_cases[0]);
    assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
    faults_arm(fault, nth, is_lasting);
    store_close(store);
    long hits = faults_disarm();
    store = store_kit_open(place.path, 1);
    assert_int_equal(count_parts(store, "old", "old examples"), 4);
    assert_int_equal(count_parts(store, "new", large_name), 4);
    store_close(store);
    assert_true(store_kit_is_sound(place.path));
    return hits > 0;
}

static void a_failing_call_at_the_close_loses_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 2 * FAULT_COUNT; i++) {
        long nth = 1;
        while (try_close((enum fault)(i % FAULT_COUNT), nth, i >= FAULT_COUNT))
            nth = nth_after(nth);
    }
}

/* The fault that comes when a write is done: what follows on the writer's thread is the
 * checkpoint. */
struct late_fault {
    sem_t is_done;
    long nth;
    enum fault fault;
    bool is_lasting;
};

static void arm_late(struct store_write *write)
{
    struct late_fault *late = write->context;
    faults_arm(late->fault, late->nth, late->is_lasting);
    sem_post(&late->is_done);
}

static bool try_checkpoint(struct late_fault *late)
{
    make_old_file();
    struct store *store = store_kit_open(place.path, 1);
    assert_int_equal(store_kit_count_models(store_get_reader(store, 0), 0), 1);
    struct store_write write = write_of(&write_cases[0]);
    static char bytes[5 << 20]; /* more pages than may wait for a checkpoint */
    write.data_set_bytes = (struct text){bytes, sizeof(bytes)};
    write.done = arm_late;
    write.context = late;
    sem_init(&late->is_done, 0, 0);
    store_submit(store, &write);
    sem_wait(&late->is_done);
    sem_destroy(&late->is_done);
    assert_int_equal(write.result, STORE_OK);
    /* Goes through the writer behind the checkpoint, with the fault still there. */
    struct store_write other = store_kit_write(STORE_DELETE_MODEL, "nobody");
    enum store_result result = store_write_and_wait(store, &other);
    long hits = faults_disarm();
    assert_true(result == STORE_NOT_FOUND || is_failure(result));
    assert_int_equal(count_parts(store, "new", large_name), 4);
    other = store_kit_create("other", "other examples");
    assert_int_equal(store_write_and_wait(store, &other), STORE_OK);
    store_close(store);
    store = store_kit_open(place.path, 1);
    assert_int_equal(count_parts(store, "old", "old examples"), 4);
    assert_int_equal(count_parts(store, "new", large_name), 4);
    assert_int_equal(count_parts(store, "other", "other examples"), 4);
    store_close(store);
    assert_true(store_kit_is_sound(place.path));
    return hits > 0;
}

static void a_failing_checkpoint_loses_nothing(void **state)
{
    (void)state;
    struct late_fault lates[] = {
        {.fault = FAULT_IO},
        {.fault = FAULT_IO, .is_lasting = true},
        {.fault = FAULT_FULL, .is_lasting = true},
        {.fault = FAULT_MEMORY},
    };
    for (size_t i = 0; i < ARRAY_COUNT(lates); i++) {
        /* A checkpoint makes thousands of calls that are alike. */
        lates[i].nth = 1;
        while (try_checkpoint(&lates[i]))
            lates[i].nth = nth_after(lates[i].nth + lates[i].nth / 3);
    }
}

static int start(void **state)
{
    faults_install();
    return unit_silence_log(state);
}

#define place_test(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        place_test(a_failing_call_fails_a_write_and_nothing_else),
        place_test(a_patch_that_fails_leaves_what_a_reader_has_kept),
        place_test(a_failing_call_fails_all_of_a_batch),
        place_test(a_full_disk_is_told_apart_from_a_broken_one),
        place_test(a_failing_call_fails_a_read_and_the_next_one_works),
        place_test(a_failing_call_fails_the_opening_and_harms_no_file),
        place_test(a_failing_call_fails_the_opening_of_a_store_in_memory),
        place_test(a_failing_call_at_the_close_loses_nothing),
        place_test(a_failing_checkpoint_loses_nothing),
    };
    return cmocka_run_group_tests_name("store_faults", tests, start, unit_stop_log);
}
