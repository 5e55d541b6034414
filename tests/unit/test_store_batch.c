/* Writes that stand or fall together, and the clearing of a namespace, which often begins them. */
#include "tests/lib/unit.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/internal.h"
#include "tests/lib/store_kit.h"

static struct store_kit_file place;

static int open_place(void **state)
{
    (void)state;
    store_kit_file_begin(&place, 2);
    return 0;
}

static int close_place(void **state)
{
    (void)state;
    assert_true(store_kit_file_end(&place));
    return 0;
}

/* Adds creates of m0, m1, ... with examples of their own; the batch lives as long as the arena. */
static struct store_write *add_creates(struct store_batch *batch, int64_t namespace_id, int count)
{
    struct store_write *writes = arena_array(&place.arena, (size_t)count, sizeof(*writes));
    for (int i = 0; i < count; i++) {
        const char *id = arena_printf(&place.arena, "m%d", i).bytes;
        writes[i] = store_kit_create(id, id);
        writes[i].namespace_id = namespace_id;
        writes[i].counter_used = i + 1;
        store_batch_add(batch, &writes[i]);
    }
    return writes;
}

static struct store_write *add_clear(struct store_batch *batch, int64_t namespace_id)
{
    struct store_write *write = arena_alloc(&place.arena, sizeof(*write));
    write->kind = STORE_CLEAR_NAMESPACE;
    write->namespace_id = namespace_id;
    store_batch_add(batch, write);
    return write;
}

static int count_models(int64_t namespace_id)
{
    return store_kit_count_models(place.reader, namespace_id);
}

/* How many data sets the file has, looked at by their names m0 to m{count - 1}. */
static int count_data_sets(int count)
{
    int found = 0;
    assert_int_equal(store_read_begin(place.reader), STORE_OK);
    for (int i = 0; i < count; i++) {
        struct text bytes;
        found += store_kit_find_data_set(place.reader, arena_printf(&place.arena, "m%d", i),
                     &place.arena, &bytes) == STORE_OK;
    }
    store_read_end(place.reader);
    return found;
}

static void a_batch_is_there_as_a_whole(void **state)
{
    (void)state;
    uint64_t generation = atomic_load(&place.store->generation);
    struct store_batch batch = {0};
    struct store_write *writes = add_creates(&batch, 0, 50);
    struct store_write delete = store_kit_write(STORE_DELETE_MODEL, "m7");
    store_batch_add(&batch, &delete); /* a later write sees what an earlier has done */
    assert_int_equal(store_batch_and_wait(place.store, &batch), STORE_OK);
    for (int i = 0; i < 50; i++)
        assert_int_equal(writes[i].result, STORE_OK);
    assert_int_equal(writes[49].model.seq, 3 * 49 + 1);
    assert_int_equal(atomic_load(&place.store->generation), generation + 1);
    assert_int_equal(count_models(0), 49);
    store_kit_file_reopen(&place, NULL);
    assert_int_equal(count_models(0), 49);
    assert_int_equal(store_next_counter(place.store, 0), 51);
}

static void the_first_failure_undoes_all(void **state)
{
    (void)state;
    struct store_write taken = store_kit_create("m30", "other");
    assert_int_equal(store_write_and_wait(place.store, &taken), STORE_OK);
    struct store_batch batch = {0};
    struct store_write *writes = add_creates(&batch, 0, 50);
    assert_int_equal(store_batch_and_wait(place.store, &batch), STORE_EXISTS);
    for (int i = 0; i < 50; i++)
        assert_int_equal(writes[i].result, i == 30 ? STORE_EXISTS : STORE_NOT_WRITTEN);
    assert_int_equal(count_models(0), 1);
    assert_int_equal(count_data_sets(50), 0);
    /* Not even its numbers were used. */
    struct store_write next = store_kit_create("next", "other");
    assert_int_equal(store_write_and_wait(place.store, &next), STORE_OK);
    assert_int_equal(next.model.seq, 4);
}

static void what_is_void_is_not_written(void **state)
{
    (void)state;
    atomic_bool is_void;
    atomic_init(&is_void, false);
    struct store_write write = store_kit_create("a", "a");
    write.is_void = &is_void;
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_OK);
    atomic_store(&is_void, true);
    write = store_kit_create("b", "b");
    write.is_void = &is_void;
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_VOID);
    assert_false(store_has_failed(write.result));
    struct store_write other = store_kit_create("c", "c");
    struct store_batch batch = {0};
    store_batch_add(&batch, &other);
    store_batch_add(&batch, &write);
    assert_int_equal(store_batch_and_wait(place.store, &batch), STORE_VOID);
    assert_int_equal(other.result, STORE_NOT_WRITTEN);
    assert_int_equal(store_count_models(place.store, 0), 1);
    assert_int_equal(store_kit_count_models(place.reader, 0), 1);
}

static void an_empty_batch_is_written(void **state)
{
    (void)state;
    struct store_batch batch = {0};
    assert_int_equal(store_batch_and_wait(place.store, &batch), STORE_OK);
}

/* Notes in which order writes and batches were done. */
static char order[16];

static void note_write(struct store_write *write)
{
    order[strlen(order)] = *(const char *)write->context;
}

static void note_batch(struct store_batch *batch)
{
    order[strlen(order)] = *(const char *)batch->context;
}

static void batches_and_writes_are_done_in_their_order(void **state)
{
    (void)state;
    static char names[] = "aBcdE";
    static const size_t places[] = {0, 2, 3}; /* of the writes */
    struct store_write writes[] = {store_kit_create("m0", NULL),
        store_kit_write(STORE_DELETE_MODEL, "m0"), store_kit_create("m0", NULL)};
    struct store_batch batches[2] = {{0}, {0}};
    memset(order, 0, sizeof(order));
    add_clear(&batches[0], 0);
    add_creates(&batches[0], 0, 3);
    struct store_write *again = add_creates(&batches[1], 0, 1);
    for (size_t i = 0; i < 3; i++) {
        writes[i].done = note_write;
        writes[i].context = &names[places[i]];
    }
    batches[0].done = note_batch;
    batches[0].context = &names[1];
    batches[1].done = note_batch;
    batches[1].context = &names[4];
    store_submit(place.store, &writes[0]);
    store_submit_batch(place.store, &batches[0]);
    store_submit(place.store, &writes[1]);
    store_submit(place.store, &writes[2]);
    store_submit_batch(place.store, &batches[1]);
    store_kit_file_reopen(&place, NULL); /* commits what is queued */
    assert_string_equal(order, names);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(writes[i].result, STORE_OK);
    assert_int_equal(batches[0].result, STORE_OK);
    assert_int_equal(batches[1].result, STORE_EXISTS);
    assert_int_equal(again->result, STORE_EXISTS);
    assert_int_equal(count_models(0), 3);
}

static void clearing_leaves_the_other_namespaces_and_what_they_use(void **state)
{
    (void)state;
    struct store_batch first = {0}, second = {0};
    add_creates(&first, 1, 10);
    add_creates(&first, 2, 5);
    struct store_write permission = store_kit_write(STORE_CREATE_PERMISSION, "m3");
    permission.namespace_id = 1;
    permission.permission.id = TEXT("everyone");
    permission.permission.grantee_type = permission.permission.role = 3;
    store_batch_add(&first, &permission);
    assert_int_equal(store_batch_and_wait(place.store, &first), STORE_OK);
    assert_int_equal(store_next_counter(place.store, 1), 11);

    add_clear(&second, 1);
    assert_int_equal(store_batch_and_wait(place.store, &second), STORE_OK);
    assert_int_equal(count_models(1), 0);
    assert_int_equal(count_models(2), 5);
    assert_int_equal(count_data_sets(10), 5);
    /* Numbers begin anew, also after a restart; those of the others do not. */
    for (int round = 0; round < 2; round++) {
        assert_int_equal(store_next_counter(place.store, 1), 1);
        store_kit_file_reopen(&place, NULL);
    }
    assert_int_equal(store_next_counter(place.store, 2), 6);
    struct store_write write = store_kit_create("new", NULL);
    write.namespace_id = 1;
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_OK);
    assert_int_equal(write.model.seq, 1);
}

static void a_namespace_is_replaced_as_a_whole_or_not_at_all(void **state)
{
    (void)state;
    struct store_batch first = {0}, bad = {0}, good = {0};
    add_creates(&first, 1, 20);
    assert_int_equal(store_batch_and_wait(place.store, &first), STORE_OK);
    struct store_write *clear = add_clear(&bad, 1);
    add_creates(&bad, 1, 5);
    struct store_write *twice = add_creates(&bad, 1, 1);
    assert_int_equal(store_batch_and_wait(place.store, &bad), STORE_EXISTS);
    assert_int_equal(clear->result, STORE_NOT_WRITTEN);
    assert_int_equal(twice->result, STORE_EXISTS);
    assert_int_equal(count_models(1), 20);
    assert_int_equal(count_data_sets(20), 20);
    struct store_write next = store_kit_create("next", NULL);
    next.namespace_id = 1;
    assert_int_equal(store_next_counter(place.store, 1), 21);
    assert_int_equal(store_write_and_wait(place.store, &next), STORE_OK);
    assert_int_equal(next.model.seq, 61);

    add_clear(&good, 1);
    struct store_write *writes = add_creates(&good, 1, 5);
    assert_int_equal(store_batch_and_wait(place.store, &good), STORE_OK);
    assert_int_equal(writes[0].model.seq, 1);
    assert_int_equal(count_models(1), 5);
    assert_int_equal(store_next_counter(place.store, 1), 6);
}

/* A call that drew its number before a clear is committed after it. */
static void a_number_from_before_a_clear_is_not_given_again(void **state)
{
    (void)state;
    struct store_batch batch = {0};
    for (int i = 0; i < 8; i++)
        store_next_counter(place.store, 0);
    add_clear(&batch, 0);
    assert_int_equal(store_batch_and_wait(place.store, &batch), STORE_OK);
    struct store_write late = store_kit_create("late", NULL);
    late.counter_used = 8;
    assert_int_equal(store_write_and_wait(place.store, &late), STORE_OK);
    assert_int_equal(store_next_counter(place.store, 0), 9);
}

static void a_clear_says_what_is_counted_from(void **state)
{
    (void)state;
    struct store_batch batch = {0};
    for (int i = 0; i < 8; i++)
        store_next_counter(place.store, 0);
    add_clear(&batch, 0)->counter_used = 3;
    assert_int_equal(store_batch_and_wait(place.store, &batch), STORE_OK);
    assert_int_equal(store_next_counter(place.store, 0), 4);
    store_kit_file_reopen(&place, NULL);
    assert_int_equal(store_next_counter(place.store, 0), 4);
}

/* What the hooks of a batch are told, and do beside it. */
struct hooked {
    struct store_batch batch; /* first */
    bool is_good, is_settled, are_readers_held;
    enum store_result result;
};

static bool hooked_prepare(struct store_batch *batch)
{
    const struct hooked *hooked = (const struct hooked *)(const void *)batch;
    add_creates(batch, 0, 3);
    return hooked->is_good;
}

static void hooked_settle(struct store_batch *batch)
{
    struct hooked *hooked = (struct hooked *)(void *)batch;
    hooked->is_settled = true;
    hooked->result = batch->result;
    hooked->are_readers_held = place.reader->is_held;
}

static void a_batch_is_made_and_settled_by_its_hooks(void **state)
{
    (void)state;
    struct hooked refused = {
        {.prepare = hooked_prepare, .settle = hooked_settle}, .is_good = false};
    assert_int_equal(store_batch_and_wait(place.store, &refused.batch), STORE_REFUSED);
    assert_true(refused.is_settled && !refused.are_readers_held);
    assert_int_equal(refused.result, STORE_REFUSED);
    assert_int_equal(count_models(0), 0);

    struct hooked good = {{.prepare = hooked_prepare, .settle = hooked_settle}, .is_good = true};
    assert_int_equal(store_batch_and_wait(place.store, &good.batch), STORE_OK);
    assert_true(good.is_settled && good.are_readers_held);
    assert_int_equal(good.result, STORE_OK);
    assert_int_equal(count_models(0), 3);

    /* One that fails once it is under way, and one that never begins, are settled, too. */
    struct hooked again = {{.prepare = hooked_prepare, .settle = hooked_settle}, .is_good = true};
    assert_int_equal(store_batch_and_wait(place.store, &again.batch), STORE_EXISTS);
    assert_int_equal(again.result, STORE_EXISTS);
    struct hooked late = {{.prepare = hooked_prepare, .settle = hooked_settle}, .is_good = true};
    store_give_up(place.store);
    assert_int_equal(store_batch_and_wait(place.store, &late.batch), STORE_GIVEN_UP);
    assert_true(late.is_settled && !late.batch.first);
    assert_int_equal(count_models(0), 3);
}

static void a_batch_is_given_up_before_it_begins(void **state)
{
    (void)state;
    struct store_batch batch = {0};
    struct store_write *writes = add_creates(&batch, 0, 3);
    store_give_up(place.store);
    assert_int_equal(store_batch_and_wait(place.store, &batch), STORE_GIVEN_UP);
    assert_int_equal(writes[0].result, STORE_NOT_WRITTEN);
    assert_int_equal(count_models(0), 0);
}

static void batch_posts(struct store_batch *batch)
{
    sem_post(batch->context);
}

static void wait_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

enum { MANY = 20000 };

/* While a batch is written, readers see what was there before, at once. Given up in the middle, it
 * leaves nothing, and no long WAL either. */
static void a_batch_under_way_is_given_up_and_holds_no_reader(void **state)
{
    (void)state;
    struct store_batch batch = {0};
    sem_t done;
    sem_init(&done, 0, 0);
    add_creates(&batch, 0, MANY);
    batch.done = batch_posts;
    batch.context = &done;
    store_submit_batch(place.store, &batch);
    while (sqlite3_total_changes(place.store->writer.db) == 0)
        wait_ms(1);
    assert_int_equal(count_models(0), 0);
    store_give_up(place.store);
    sem_wait(&done);
    sem_destroy(&done);
    assert_int_equal(batch.result, STORE_GIVEN_UP);
    assert_int_equal(count_models(0), 0);
    assert_int_equal(count_data_sets(100), 0);
    struct store_write write = store_kit_create("m", NULL);
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_OK);
}

static void a_large_batch_leaves_no_large_wal(void **state)
{
    (void)state;
    struct store_batch batch = {0}, clear = {0};
    const char *wal_path = arena_printf(&place.arena, "%s-wal", place.path).bytes;
    struct stat status;
    add_creates(&batch, 0, MANY);
    assert_int_equal(store_batch_and_wait(place.store, &batch), STORE_OK);
    /* The writer cuts it before its next commit. */
    struct store_write write = store_kit_create("next", NULL);
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_OK);
    assert_int_equal(stat(wal_path, &status), 0);
    assert_true(status.st_size < 9 << 20);
    add_clear(&clear, 0);
    assert_int_equal(store_batch_and_wait(place.store, &clear), STORE_OK);
    assert_int_equal(store_write_and_wait(place.store, &write), STORE_OK);
    assert_int_equal(stat(wal_path, &status), 0);
    assert_true(status.st_size < 9 << 20);
    assert_int_equal(count_models(0), 1);
    assert_int_equal(count_data_sets(MANY), 0);
}

/* --- a full disk: files may not grow beyond a limit --- */

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_batch_that_finds_no_room_leaves_nothing(void **state)
{
    (void)state;
    enum { FEW = 200 };
    signal(SIGXFSZ, SIG_IGN);
    struct store_batch first = {0}, second = {0}, third = {0};
    add_creates(&first, 1, FEW);
    assert_int_equal(store_batch_and_wait(place.store, &first), STORE_OK);
    limit_files(2 << 20);
    struct store_write *writes = add_creates(&second, 0, MANY);
    assert_int_equal(store_batch_and_wait(place.store, &second), STORE_FULL);
    for (int i = 0; i < MANY; i++)
        assert_true(writes[i].result == STORE_NOT_WRITTEN || writes[i].result == STORE_FULL);
    assert_int_equal(count_models(0), 0);
    assert_int_equal(count_models(1), FEW);
    /* What fits gets through, and so does what only deletes. */
    add_clear(&third, 1);
    add_creates(&third, 1, FEW / 2);
    assert_int_equal(store_batch_and_wait(place.store, &third), STORE_OK);
    assert_int_equal(count_models(1), FEW / 2);
    limit_files(RLIM_INFINITY);
    struct store_batch again = {0};
    add_creates(&again, 0, FEW);
    assert_int_equal(store_batch_and_wait(place.store, &again), STORE_OK);
}

static void a_full_disk_is_emptied_by_a_clear(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    limit_files(4 << 20);
    int count = 0;
    struct store_write write;
    do {
        const char *id = arena_printf(&place.arena, "m%d", count++).bytes;
        write = store_kit_create(id, id);
    } while (store_write_and_wait(place.store, &write) == STORE_OK);
    assert_int_equal(write.result, STORE_FULL);
    assert_true(count > 300);
    struct store_batch batch = {0};
    add_clear(&batch, 0);
    add_creates(&batch, 0, count / 2);
    assert_int_equal(store_batch_and_wait(place.store, &batch), STORE_OK);
    limit_files(RLIM_INFINITY);
    assert_int_equal(count_models(0), count / 2);
}

/* --- kill -9 --- */

enum { KILL_ROUNDS = 24, KILL_ROWS = 3000, OLD_ROWS = 40 };

/* Replaces the namespace by KILL_ROWS models, says so through the pipe, and sleeps. */
static _Noreturn void replace_and_sleep(int begin, int end)
{
    store_kit_file_open(&place);
    struct store_batch batch = {0};
    add_clear(&batch, 0);
    add_creates(&batch, 0, KILL_ROWS);
    if (write(begin, "", 1) == 1 && store_batch_and_wait(place.store, &batch) == STORE_OK &&
        write(end, "", 1) == 1)
        pause();
    _exit(1);
}

/* Kills such a process after this long, or once it has said that it is done (-1). */
static void replace_and_be_killed(int64_t ns)
{
    int begin[2], end[2];
    char byte;
    assert_true(pipe(begin) == 0 && pipe(end) == 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        replace_and_sleep(begin[1], end[1]);
    assert_int_equal(read(begin[0], &byte, 1), 1);
    if (ns < 0)
        assert_int_equal(read(end[0], &byte, 1), 1);
    else
        nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    for (int i = 0; i < 2; i++) {
        close(begin[i]);
        close(end[i]);
    }
}

static void a_kill_in_the_middle_leaves_nothing(void **state)
{
    (void)state;
    struct store_batch old = {0};
    add_creates(&old, 0, OLD_ROWS);
    assert_int_equal(store_batch_and_wait(place.store, &old), STORE_OK);
    store_close(place.store);
    for (int round = 0; round < KILL_ROUNDS; round += UNIT_SLOWNESS) {
        replace_and_be_killed(round * 2500000);
        store_kit_file_open(&place);
        int count = count_models(0);
        assert_true(count == OLD_ROWS || count == KILL_ROWS);
        assert_int_equal(count_data_sets(KILL_ROWS), count);
        store_close(place.store);
        assert_true(store_kit_is_sound(place.path));
        if (count == KILL_ROWS)
            break; /* later kills come too late, too */
    }
    /* What was told is there. */
    replace_and_be_killed(-1);
    store_kit_file_open(&place);
    assert_int_equal(count_models(0), KILL_ROWS);
}

#define place_test(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        place_test(a_batch_is_there_as_a_whole),
        place_test(the_first_failure_undoes_all),
        place_test(what_is_void_is_not_written),
        place_test(an_empty_batch_is_written),
        place_test(batches_and_writes_are_done_in_their_order),
        place_test(clearing_leaves_the_other_namespaces_and_what_they_use),
        place_test(a_namespace_is_replaced_as_a_whole_or_not_at_all),
        place_test(a_number_from_before_a_clear_is_not_given_again),
        place_test(a_clear_says_what_is_counted_from),
        place_test(a_batch_is_made_and_settled_by_its_hooks),
        place_test(a_batch_is_given_up_before_it_begins),
        place_test(a_batch_under_way_is_given_up_and_holds_no_reader),
        place_test(a_large_batch_leaves_no_large_wal),
        place_test(a_batch_that_finds_no_room_leaves_nothing),
        place_test(a_full_disk_is_emptied_by_a_clear),
        place_test(a_kill_in_the_middle_leaves_nothing),
    };
    return cmocka_run_group_tests_name("store_batch", tests, NULL, NULL);
}
