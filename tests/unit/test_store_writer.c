/* Group commit, who sees what when, and the length of the WAL. */
#include "tests/lib/unit.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/internal.h"
#include "tests/lib/store_kit.h"

enum {
    READER_COUNT = 3,
    /* Checkpoints are due at 1,000 pages of 4 KiB; one commit of these tests adds a few. */
    WAL_BYTES_MAX = 5 << 20,
    /* A reader that finds SQLite's few places of snapshots taken gets an older one: then a copy of
     * the WAL is in vain, and the next does it. What is written is 66 MB. */
    WAL_LATE_BYTES_MAX = 3 * WAL_BYTES_MAX
};

struct fixture {
    char *folder;
    char *path, *wal_path;
    struct store *store;
};

static struct fixture fixture;

static int open_fixture(void **state)
{
    fixture.folder = store_kit_folder();
    assert_true(asprintf(&fixture.path, "%s/file.db", fixture.folder) > 0);
    assert_true(asprintf(&fixture.wal_path, "%s-wal", fixture.path) > 0);
    fixture.store = store_kit_open(fixture.path, READER_COUNT);
    *state = &fixture;
    return 0;
}

static int close_fixture(void **state)
{
    (void)state;
    store_close(fixture.store);
    assert_true(store_kit_is_sound(fixture.path));
    store_kit_remove(fixture.folder);
    free(fixture.path);
    free(fixture.wal_path);
    return 0;
}

static off_t wal_bytes(const struct fixture *f)
{
    struct stat status;
    return stat(f->wal_path, &status) == 0 ? status.st_size : 0;
}

/* A write whose `done` keeps the writer until `go` is posted, so that others can queue. */
struct gate {
    struct store_write write;
    sem_t is_held, go, is_done;
};

static void gate_done(struct store_write *write)
{
    struct gate *gate = write->context;
    sem_post(&gate->is_held);
    sem_wait(&gate->go);
    sem_post(&gate->is_done);
}

static void gate_close(struct fixture *f, struct gate *gate)
{
    gate->write = store_kit_write(STORE_PATCH_MODEL, "nobody");
    gate->write.done = gate_done;
    gate->write.context = gate;
    sem_init(&gate->is_held, 0, 0);
    sem_init(&gate->go, 0, 0);
    sem_init(&gate->is_done, 0, 0);
    store_submit(f->store, &gate->write);
    sem_wait(&gate->is_held);
}

static void gate_open(struct gate *gate)
{
    sem_post(&gate->go);
    sem_wait(&gate->is_done);
    sem_destroy(&gate->is_held);
    sem_destroy(&gate->go);
    sem_destroy(&gate->is_done);
}

/* Counts, as the context of many writes. */
struct counter {
    int done;
    enum store_result results[128];
    sem_t all;
    int expected;
};

static void counter_done(struct store_write *write)
{
    struct counter *counter = write->context;
    counter->results[counter->done++] = write->result;
    if (counter->done == counter->expected)
        sem_post(&counter->all);
}

static void counter_init(struct counter *counter, int expected)
{
    *counter = (struct counter){.expected = expected};
    sem_init(&counter->all, 0, 0);
}

static void counter_submit(struct fixture *f, struct counter *counter, struct store_write *write)
{
    write->done = counter_done;
    write->context = counter;
    store_submit(f->store, write);
}

static void all_that_has_queued_is_committed_at_once(void **state)
{
    struct fixture *f = *state;
    static struct store_write writes[100];
    static char ids[100][16];
    struct counter counter;
    counter_init(&counter, 100);
    struct gate gate;
    gate_close(f, &gate);
    uint64_t before = atomic_load(&f->store->generation);
    for (int i = 0; i < 100; i++) {
        snprintf(ids[i], sizeof(ids[i]), "m%d", i);
        writes[i] = store_kit_create(ids[i], "examples");
        counter_submit(f, &counter, &writes[i]);
    }
    gate_open(&gate);
    sem_wait(&counter.all);
    assert_int_equal(atomic_load(&f->store->generation), before + 1);
    for (int i = 0; i < 100; i++)
        assert_int_equal(counter.results[i], STORE_OK);
    assert_int_equal(store_kit_count_models(store_get_reader(f->store, 0), 0), 100);
    sem_destroy(&counter.all);
}

/* Submits writes so that they are committed together, and checks their results. */
static void assert_batch(
    struct fixture *f, struct store_write *writes, const enum store_result *expected, int count)
{
    struct counter counter;
    counter_init(&counter, count);
    struct gate gate;
    gate_close(f, &gate);
    for (int i = 0; i < count; i++)
        counter_submit(f, &counter, &writes[i]);
    gate_open(&gate);
    sem_wait(&counter.all);
    sem_destroy(&counter.all);
    for (int i = 0; i < count; i++)
        assert_int_equal(counter.results[i], expected[i]);
}

static void a_failing_write_does_not_harm_its_neighbours(void **state)
{
    struct fixture *f = *state;
    struct store_write writes[] = {
        store_kit_create("a", "first"),
        store_kit_create("a", "second"),         /* taken */
        store_kit_create("", "third"),           /* refused by the table, after its data set */
        store_kit_write(STORE_PATCH_MODEL, "b"), /* not there yet */
        store_kit_create("b", "fourth"),
        store_kit_write(STORE_DELETE_MODEL, "a"), /* of the same batch */
        store_kit_create("a", "fifth"),
    };
    static const enum store_result expected[] = {
        STORE_OK, STORE_EXISTS, STORE_FAILED, STORE_NOT_FOUND, STORE_OK, STORE_OK, STORE_OK};
    assert_batch(f, writes, expected, ARRAY_COUNT(writes));

    struct store_reader *reader = store_get_reader(f->store, 0);
    struct arena arena;
    arena_init(&arena);
    struct store_model model;
    assert_int_equal(store_kit_find_model(reader, 0, "a", &arena, &model), STORE_OK);
    assert_text(model.data_set, "fifth");
    assert_int_equal(store_kit_count_models(reader, 0), 2);
    static const char *const gone[] = {"first", "second", "third"};
    assert_int_equal(store_read_begin(reader), STORE_OK);
    for (int i = 0; i < 3; i++) {
        struct text bytes;
        assert_int_equal(
            store_kit_find_data_set(reader, text_of(gone[i]), &arena, &bytes), STORE_NOT_FOUND);
    }
    store_read_end(reader);
    arena_release(&arena);
}

static void free_done(struct store_write *write)
{
    sem_t *done = write->context;
    free(write);
    sem_post(done);
}

static void done_may_free_its_write(void **state)
{
    struct fixture *f = *state;
    sem_t done;
    sem_init(&done, 0, 0);
    struct gate gate;
    gate_close(f, &gate);
    for (int i = 0; i < 50; i++) {
        struct store_write *write = memory_alloc(sizeof(*write));
        *write = store_kit_write(STORE_DELETE_MODEL, "nobody");
        write->done = free_done;
        write->context = &done;
        store_submit(f->store, write);
    }
    gate_open(&gate);
    for (int i = 0; i < 50; i++)
        sem_wait(&done);
    sem_destroy(&done);
}

static void closing_commits_what_is_queued(void **state)
{
    struct fixture *f = *state;
    static struct store_write writes[100];
    static char ids[100][16];
    struct counter counter;
    counter_init(&counter, 100);
    for (int i = 0; i < 100; i++) {
        snprintf(ids[i], sizeof(ids[i]), "m%d", i);
        writes[i] = store_kit_create(ids[i], NULL);
        counter_submit(f, &counter, &writes[i]);
    }
    store_close(f->store);
    assert_int_equal(counter.done, 100);
    sem_destroy(&counter.all);
    f->store = store_kit_open(f->path, READER_COUNT);
    assert_int_equal(store_kit_count_models(store_get_reader(f->store, 0), 0), 100);
}

/* A thread that writes and reads its own writes through readers that others use, too. */
struct client {
    pthread_t thread;
    struct fixture *fixture;
    int number;
    int stale_count, failure_count;
};

enum { CLIENT_COUNT = 4, CLIENT_ROUNDS = 200 };

static void *client_main(void *context)
{
    struct client *client = context;
    struct store *store = client->fixture->store;
    struct arena arena;
    arena_init(&arena);
    for (int i = 0; i < CLIENT_ROUNDS; i++) {
        char id[32], data_set[32];
        snprintf(id, sizeof(id), "m-%d-%d", client->number, i);
        snprintf(data_set, sizeof(data_set), "d-%d-%d", client->number, i);
        struct store_write write = store_kit_create(id, data_set);
        client->failure_count += store_write_and_wait(store, &write) != STORE_OK;
        struct store_reader *reader = store_get_reader(store, (client->number + i) % READER_COUNT);
        struct store_model model;
        struct text bytes;
        client->failure_count += store_read_begin(reader) != STORE_OK;
        client->stale_count +=
            store_find_model(reader, 0, text_of(id), &arena, &model) != STORE_OK ||
            store_kit_find_data_set(reader, text_of(data_set), &arena, &bytes) != STORE_OK;
        store_read_end(reader);

        write = store_kit_write(i % 2 ? STORE_DELETE_MODEL : STORE_PATCH_MODEL, id);
        write.patch = STORE_PATCH_DISPLAY_NAME;
        write.model.display_name = TEXT("patched");
        client->failure_count += store_write_and_wait(store, &write) != STORE_OK;
        reader = store_get_reader(store, (client->number + i + 1) % READER_COUNT);
        client->failure_count += store_read_begin(reader) != STORE_OK;
        enum store_result found = store_find_model(reader, 0, text_of(id), &arena, &model);
        client->stale_count +=
            i % 2 ? found != STORE_NOT_FOUND : !text_equals(model.display_name, TEXT("patched"));
        store_read_end(reader);
        arena_clear(&arena);
    }
    arena_release(&arena);
    return NULL;
}

static void a_write_that_was_answered_is_seen_by_every_later_read(void **state)
{
    struct fixture *f = *state;
    struct client clients[CLIENT_COUNT];
    for (int i = 0; i < CLIENT_COUNT; i++) {
        clients[i] = (struct client){.fixture = f, .number = i};
        assert_int_equal(pthread_create(&clients[i].thread, NULL, client_main, &clients[i]), 0);
    }
    for (int i = 0; i < CLIENT_COUNT; i++) {
        pthread_join(clients[i].thread, NULL);
        assert_int_equal(clients[i].stale_count, 0);
        assert_int_equal(clients[i].failure_count, 0);
    }
    assert_int_equal(
        store_kit_count_models(store_get_reader(f->store, 0), 0), CLIENT_COUNT * CLIENT_ROUNDS / 2);
}

/* An end of training, and what its condition found. */
struct ending {
    struct store_write write;
    struct fixture *fixture;
    bool may_end;
    atomic_int asked_count;
    int free_reader_count; /* that let somebody read then */
    pthread_t late;        /* somebody who begins to read then */
    int32_t late_end;      /* what he finds */
    sem_t is_done;
};

static void *late_main(void *context)
{
    struct ending *ending = context;
    struct store_model model = {.end = -1};
    struct arena arena;
    arena_init(&arena);
    store_kit_find_model(store_get_reader(ending->fixture->store, 0), 0, "m", &arena, &model);
    ending->late_end = model.end;
    arena_release(&arena);
    return NULL;
}

static bool ending_holds(const struct store_model *model, void *context)
{
    struct ending *ending = context;
    for (int i = 0; i < READER_COUNT; i++) {
        struct store_reader *reader = store_get_reader(ending->fixture->store, i);
        pthread_mutex_lock(&reader->mutex);
        ending->free_reader_count += !reader->is_held;
        pthread_mutex_unlock(&reader->mutex);
    }
    ending->asked_count += pthread_create(&ending->late, NULL, late_main, ending) != 0;
    usleep(20000);
    ending->write.model.end_ns = 77;
    ending->asked_count += text_equals_string(model->id, "m") ? 1 : 100;
    return ending->may_end;
}

static void ending_done(struct store_write *write)
{
    struct ending *ending = write->context;
    sem_post(&ending->is_done);
}

static void ending_submit(struct fixture *f, struct ending *ending, bool may_end)
{
    memset(ending, 0, sizeof(*ending));
    ending->fixture = f;
    ending->may_end = may_end;
    ending->write = store_kit_write(STORE_CHANGE_TRAINING, "m");
    ending->write.model.end = 1;
    ending->write.condition.holds = ending_holds;
    ending->write.condition.context = ending;
    ending->write.done = ending_done;
    ending->write.context = ending;
    sem_init(&ending->is_done, 0, 0);
    store_submit(f->store, &ending->write);
}

static void whether_training_may_end_is_asked_while_nobody_reads(void **state)
{
    struct fixture *f = *state;
    struct store_write create = store_kit_create("m", NULL);
    assert_int_equal(store_write_and_wait(f->store, &create), STORE_OK);
    struct store_reader *reader = store_get_reader(f->store, READER_COUNT - 1);
    struct arena arena;
    arena_init(&arena);
    static const bool answers[] = {false, true};
    for (size_t i = 0; i < ARRAY_COUNT(answers); i++) {
        struct ending ending;
        struct store_model model;
        assert_int_equal(store_read_begin(reader), STORE_OK);
        ending_submit(f, &ending, answers[i]);
        usleep(20000);
        assert_int_equal(ending.asked_count, 0);
        assert_int_equal(store_find_model(reader, 0, TEXT("m"), &arena, &model), STORE_OK);
        assert_int_equal(model.end, 0);
        store_read_end(reader);
        sem_wait(&ending.is_done);
        sem_destroy(&ending.is_done);
        pthread_join(ending.late, NULL);
        assert_int_equal(ending.late_end, answers[i] ? 1 : 0);
        assert_int_equal(ending.asked_count, 1);
        assert_int_equal(ending.free_reader_count, 0);
        assert_int_equal(ending.write.result, answers[i] ? STORE_OK : STORE_REFUSED);
        assert_int_equal(store_kit_find_model(reader, 0, "m", &arena, &model), STORE_OK);
        assert_int_equal(model.end, answers[i] ? 1 : 0);
        assert_int_equal(model.end_ns, answers[i] ? 77 : 0);
    }
    arena_release(&arena);
}

/* Reads without pause until told to stop. */
struct hammer {
    pthread_t thread;
    struct store_reader *reader;
    atomic_bool is_stopped;
    int failure_count;
};

static void *hammer_main(void *context)
{
    struct hammer *hammer = context;
    while (!atomic_load(&hammer->is_stopped))
        hammer->failure_count += store_kit_count_models(hammer->reader, 0) < 0;
    return NULL;
}

/* Each create brings a data set of two pages, so that this writes many times what the WAL may
 * hold. Gives the longest WAL that was seen. */
static off_t write_a_lot(struct fixture *f)
{
    static char bytes[8192];
    memset(bytes, 'x', sizeof(bytes));
    off_t longest = 0;
    for (int i = 0; i < 600; i++) {
        char id[32];
        snprintf(id, sizeof(id), "m%d", i);
        struct store_write write = store_kit_create(id, id);
        write.data_set_bytes = (struct text){bytes, sizeof(bytes)};
        assert_int_equal(store_write_and_wait(f->store, &write), STORE_OK);
        if (i >= 20) {
            snprintf(id, sizeof(id), "m%d", i - 20);
            write = store_kit_write(STORE_DELETE_MODEL, id);
            assert_int_equal(store_write_and_wait(f->store, &write), STORE_OK);
        }
        off_t len = wal_bytes(f);
        longest = len > longest ? len : longest;
    }
    return longest;
}

static void the_wal_stays_short_beside_readers_that_never_rest(void **state)
{
    struct fixture *f = *state;
    struct hammer hammers[READER_COUNT];
    for (int i = 0; i < READER_COUNT; i++) {
        hammers[i].reader = store_get_reader(f->store, i);
        hammers[i].failure_count = 0;
        atomic_init(&hammers[i].is_stopped, false);
        assert_int_equal(pthread_create(&hammers[i].thread, NULL, hammer_main, &hammers[i]), 0);
    }
    off_t longest = write_a_lot(f);
    for (int i = 0; i < READER_COUNT; i++) {
        atomic_store(&hammers[i].is_stopped, true);
        pthread_join(hammers[i].thread, NULL);
        assert_int_equal(hammers[i].failure_count, 0);
    }
    assert_in_range(longest, 1, WAL_LATE_BYTES_MAX);
}

static void the_wal_stays_short_beside_readers_that_sleep(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < READER_COUNT; i++)
        assert_int_equal(store_kit_count_models(store_get_reader(f->store, i), 0), 0);
    assert_in_range(write_a_lot(f), 1, WAL_BYTES_MAX);
}

/* The models in the database file alone, without what is in the WAL; -1 if it is being written. */
static int count_in_file_alone(const struct fixture *f)
{
    char *copy = NULL, *command = NULL;
    assert_true(asprintf(&copy, "%s-copy", f->path) > 0);
    assert_true(asprintf(&command, "cp %s %s", f->path, copy) > 0);
    assert_int_equal(system(command), 0);
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int count = -1;
    assert_int_equal(sqlite3_open(copy, &db), SQLITE_OK);
    if (sqlite3_prepare_v2(db, "SELECT count(*) FROM model", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    unlink(copy);
    free(copy);
    free(command);
    return count;
}

static void wait_a_moment(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

static void the_file_is_complete_when_no_writes_come(void **state)
{
    struct fixture *f = *state;
    struct store_write write = store_kit_create("m", NULL);
    assert_int_equal(store_write_and_wait(f->store, &write), STORE_OK);
    for (int i = 0; i < READER_COUNT; i++)
        assert_int_equal(store_kit_count_models(store_get_reader(f->store, i), 0), 1);
    /* However slow the machine is, it comes to this in the end. */
    while (count_in_file_alone(f) != 1)
        wait_a_moment();
    assert_int_equal(store_kit_count_models(store_get_reader(f->store, 0), 0), 1);
    write = store_kit_create("n", NULL);
    assert_int_equal(store_write_and_wait(f->store, &write), STORE_OK);
    assert_int_equal(store_kit_count_models(store_get_reader(f->store, 0), 0), 2);
}

static void another_programs_snapshot_holds_up_nothing(void **state)
{
    struct fixture *f = *state;
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT * FROM model", NULL, NULL, NULL), SQLITE_OK);
    /* Nothing can shorten the WAL now. */
    assert_true(write_a_lot(f) > WAL_BYTES_MAX);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    while (wal_bytes(f) > ROOM_WAL_BYTES_MAX)
        wait_a_moment();
}

static void another_programs_lock_is_reported_as_busy(void **state)
{
    struct fixture *f = *state;
    struct store_write writes[] = {store_kit_create("m", NULL), store_kit_create("n", NULL)};
    static const enum store_result all_busy[] = {STORE_BUSY, STORE_BUSY};
    static const enum store_result all_ok[] = {STORE_OK, STORE_OK};
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_batch(f, writes, all_busy, 2);
    assert_int_equal(store_kit_count_models(store_get_reader(f->store, 0), 0), 0);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_batch(f, writes, all_ok, 2);
    assert_int_equal(store_kit_count_models(store_get_reader(f->store, 0), 0), 2);
}

static void a_write_that_fills_the_disk_does_not_take_others_with_it(void **state)
{
    struct fixture *f = *state;
    static char bytes[1 << 20];
    struct store_write writes[] = {store_kit_create("before", "small"),
        store_kit_create("large", "large"), store_kit_create("after", "small")};
    writes[1].data_set_bytes = (struct text){bytes, sizeof(bytes)};
    static const enum store_result expected[] = {STORE_OK, STORE_FULL, STORE_OK};
    /* The file may not grow to hold the large one. The writer sleeps, so its connection is free. */
    assert_int_equal(
        sqlite3_exec(f->store->writer.db, "PRAGMA max_page_count = 200", NULL, NULL, NULL),
        SQLITE_OK);
    assert_batch(f, writes, expected, 3);
    assert_int_equal(store_kit_count_models(store_get_reader(f->store, 0), 0), 2);
}

/* How much of the file the first reader may map, once it has looked for a model so often. */
static sqlite3_int64 map_bytes_after(struct fixture *f, int look_count)
{
    struct store_reader *reader = store_get_reader(f->store, 0);
    struct store_model model;
    assert_int_equal(store_read_begin(reader), STORE_OK);
    for (int i = 0; i < look_count; i++)
        store_find_model(reader, 0, TEXT("nobody"), NULL, &model);
    sqlite3_int64 bytes = -1; /* asks */
    assert_int_equal(
        sqlite3_file_control(reader->connection.db, "main", SQLITE_FCNTL_MMAP_SIZE, &bytes),
        SQLITE_OK);
    store_read_end(reader);
    return bytes;
}

static void a_file_is_mapped_by_who_reads_while_nothing_is_written(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(map_bytes_after(f, 10), 0);
    assert_true(map_bytes_after(f, 100) > 0);
    struct store_write write = store_kit_create("m", "examples");
    store_write_and_wait(f->store, &write);
    assert_int_equal(map_bytes_after(f, 10), 0);
}

#define writer_test(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        writer_test(all_that_has_queued_is_committed_at_once),
        writer_test(a_failing_write_does_not_harm_its_neighbours),
        writer_test(done_may_free_its_write),
        writer_test(closing_commits_what_is_queued),
        writer_test(a_write_that_was_answered_is_seen_by_every_later_read),
        writer_test(whether_training_may_end_is_asked_while_nobody_reads),
        writer_test(the_wal_stays_short_beside_readers_that_never_rest),
        writer_test(the_wal_stays_short_beside_readers_that_sleep),
        writer_test(the_file_is_complete_when_no_writes_come),
        writer_test(another_programs_snapshot_holds_up_nothing),
        writer_test(another_programs_lock_is_reported_as_busy),
        writer_test(a_write_that_fills_the_disk_does_not_take_others_with_it),
        writer_test(a_file_is_mapped_by_who_reads_while_nothing_is_written),
    };
    return cmocka_run_group_tests_name("store_writer", tests, NULL, NULL);
}
