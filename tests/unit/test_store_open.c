/* Opening: what is refused and left alone, what is taken over, what a reopened file still knows. */
#include "tests/lib/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/array.h"
#include "store/connection.h"
#include "store/file_watch.h"
#include "store/store.h"
#include "tests/lib/store_kit.h"

struct place {
    char *folder;
    struct arena arena;
    const char *path; /* of a file that does not exist yet */
};

static struct place place;

static int open_place(void **state)
{
    arena_init(&place.arena);
    place.folder = store_kit_folder();
    place.path = arena_printf(&place.arena, "%s/file.db", place.folder).bytes;
    *state = &place;
    return 0;
}

static int close_place(void **state)
{
    (void)state;
    store_kit_remove(place.folder);
    arena_release(&place.arena);
    return 0;
}

static int count_files(const char *folder)
{
    int count = 0;
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (struct dirent *entry = readdir(entries); entry; entry = readdir(entries))
        count += entry->d_name[0] != '.';
    closedir(entries);
    return count;
}

static struct text read_file(const char *path, struct arena *arena)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *bytes = arena_alloc(arena, 1 << 20);
    size_t len = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return (struct text){bytes, len};
}

static void write_file(const char *path, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

/* Runs SQL on a file of its own, as another program would. */
static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static struct store *try_open(const char *path, struct text *ret_message)
{
    *ret_message = TEXT("");
    return store_open(
        &(struct store_options){.path = path, .reader_count = 1}, &place.arena, ret_message);
}

/* The file at the place's path must be refused with a message that has these words, and neither it
 * nor its folder may change. */
static void assert_refused(const char *words)
{
    struct text before = read_file(place.path, &place.arena);
    int file_count = count_files(place.folder);
    struct text message;
    assert_null(try_open(place.path, &message));
    assert_true(text_find(message, text_of(words)) < message.len);
    assert_true(text_find(message, text_of(place.path)) < message.len);
    struct text after = read_file(place.path, &place.arena);
    assert_true(text_equals(before, after));
    assert_int_equal(count_files(place.folder), file_count);
}

static void a_missing_file_is_made_and_leaves_nothing_beside_it(void **state)
{
    (void)state;
    struct store *store = store_kit_open(place.path, 3);
    assert_true(count_files(place.folder) > 1); /* WAL, index, lock */
    store_close(store);
    assert_int_equal(count_files(place.folder), 1);
    assert_true(store_kit_is_sound(place.path));
}

static void an_empty_file_and_an_empty_database_are_taken(void **state)
{
    (void)state;
    write_file(place.path, "", 0);
    store_close(store_kit_open(place.path, 1));
    assert_true(store_kit_is_sound(place.path));
    unlink(place.path);
    run_sql(place.path, "VACUUM");
    store_close(store_kit_open(place.path, 1));
    assert_true(store_kit_is_sound(place.path));
}

static void files_that_are_no_database_are_refused_untouched(void **state)
{
    (void)state;
    static const struct text contents[] = {
        TEXT_INIT("x"),
        TEXT_INIT("{\"tunedModels\": []}"),
        TEXT_INIT("SQLite format 3"),
        TEXT_INIT("SQLite format 4\0 and more than a hundred bytes of something that is not a page"
                  " of any database and goes on for a while"),
    };
    for (size_t i = 0; i < ARRAY_COUNT(contents); i++) {
        write_file(place.path, contents[i].bytes, contents[i].len);
        assert_refused("choose another file");
    }
}

static void databases_of_other_programs_are_refused_untouched(void **state)
{
    (void)state;
    static const char *const programs[] = {
        "CREATE TABLE t (a)",
        "PRAGMA journal_mode = WAL; CREATE TABLE t (a)",
        "PRAGMA application_id = 1; CREATE TABLE t (a)",
        "PRAGMA application_id = 1",
        "PRAGMA user_version = 1",
        /* Ours by its tables, but somebody has changed its id. */
        "CREATE TABLE model (a); PRAGMA application_id = 0x74756e66",
    };
    for (size_t i = 0; i < ARRAY_COUNT(programs); i++) {
        unlink(place.path);
        run_sql(place.path, programs[i]);
        assert_refused("of another program");
    }
}

static void a_foreign_database_in_use_keeps_its_wal(void **state)
{
    (void)state;
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(place.path, &db), SQLITE_OK);
    /* The table is in the WAL alone; the file itself looks empty. */
    assert_int_equal(
        sqlite3_exec(db, "PRAGMA journal_mode = WAL; CREATE TABLE t (a)", NULL, NULL, NULL),
        SQLITE_OK);
    assert_refused("of another program");
    assert_int_equal(sqlite3_exec(db, "INSERT INTO t VALUES (1)", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_newer_version_is_refused_untouched(void **state)
{
    (void)state;
    store_close(store_kit_open(place.path, 1));
    run_sql(place.path, "PRAGMA user_version = 7");
    assert_refused("newer");
    run_sql(place.path, "PRAGMA user_version = 2147483647");
    assert_refused("newer");
    run_sql(place.path, "PRAGMA user_version = -1");
    assert_refused("newer");
    run_sql(place.path, "PRAGMA user_version = 6");
    store_close(store_kit_open(place.path, 1));
}

static void a_newer_version_that_is_in_the_wal_alone_is_refused(void **state)
{
    (void)state;
    store_close(store_kit_open(place.path, 1));
    const char *copy = arena_printf(&place.arena, "%s/copy.db", place.folder).bytes;
    const char *copy_wal = arena_printf(&place.arena, "%s-wal", copy).bytes;
    const char *wal = arena_printf(&place.arena, "%s-wal", place.path).bytes;
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(place.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 7", NULL, NULL, NULL), SQLITE_OK);
    /* What a kill at this moment would leave. */
    struct text bytes = read_file(place.path, &place.arena);
    write_file(copy, bytes.bytes, bytes.len);
    bytes = read_file(wal, &place.arena);
    assert_true(bytes.len > 0);
    write_file(copy_wal, bytes.bytes, bytes.len);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);

    struct text before = read_file(copy, &place.arena);
    struct text message;
    assert_null(try_open(copy, &message));
    assert_true(text_find(message, TEXT("newer")) < message.len);
    assert_true(text_equals(read_file(copy, &place.arena), before));
    assert_true(text_equals(read_file(copy_wal, &place.arena), bytes));
}

static void what_is_not_a_file_is_refused(void **state)
{
    (void)state;
    struct text message;
    assert_null(try_open(place.folder, &message));
    assert_true(text_find(message, TEXT("choose another")) < message.len);
    assert_null(try_open("", &message));
    assert_null(try_open("/no/such/folder/file.db", &message));
    assert_true(text_find(message, TEXT("folder")) < message.len);
    assert_null(try_open(arena_printf(&place.arena, "%s/file.db/", place.folder).bytes, &message));
    assert_int_equal(mkfifo(place.path, 0600), 0);
    assert_null(try_open(place.path, &message));
    assert_true(text_find(message, TEXT("choose another")) < message.len);
    unlink(place.path);
    assert_int_equal(symlink("nowhere.db", place.path), 0);
    assert_null(try_open(place.path, &message));
    assert_true(text_find(message, TEXT("choose another")) < message.len);
}

static void a_damaged_file_is_refused(void **state)
{
    (void)state;
    store_close(store_kit_open(place.path, 1));
    struct text bytes = read_file(place.path, &place.arena);
    char *damaged = arena_copy(&place.arena, bytes.bytes, bytes.len);
    memset(damaged + 108, 0xa5, 4096 - 108);
    write_file(place.path, damaged, bytes.len);
    struct text message;
    assert_null(try_open(place.path, &message));
    assert_true(text_find(message, TEXT("damaged")) < message.len);
}

/* Its version is ours, its tables are not: only a statement can tell. */
static void a_file_whose_tables_do_not_fit_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *words;
    } rows[] = {
        {"DROP INDEX permission_of_everyone", "permission_of_everyone"}, /* a reader's statement */
        {"ALTER TABLE numbering RENAME COLUMN last_counter TO other", "last_counter"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        store_close(store_kit_open(place.path, 1));
        run_sql(place.path, rows[i].sql);
        assert_refused(rows[i].words);
        assert_int_equal(unlink(place.path), 0);
    }
}

static bool take_model(
    void *context, const struct store_model *model, const struct store_roles *roles)
{
    (void)context;
    (void)model;
    (void)roles;
    return true;
}

/* Another program's work, while statements that were not used yet are not prepared. */
static void tables_that_no_longer_fit_fail_what_needs_them_alone(void **state)
{
    (void)state;
    struct store *store = store_kit_open(place.path, 1);
    struct store_write write = store_kit_create("one", "examples");
    assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
    run_sql(place.path, "DROP INDEX permission_of_everyone");
    struct store_reader *reader = store_get_reader(store, 0);
    struct store_list list = {.of = STORE_LIST_OF_EVERYONE, .email = TEXT("a@example.com")};
    for (int round = 0; round < 2; round++) {
        assert_int_equal(store_read_begin(reader), STORE_OK);
        assert_int_equal(store_list_models(reader, &list, take_model, NULL), STORE_FAILED);
        store_read_end(reader);
        assert_int_equal(store_kit_count_models(reader, 0), 1);
    }
    store_close(store);
}

static void a_file_in_use_is_refused_whatever_name_it_is_given(void **state)
{
    (void)state;
    struct store *store = store_kit_open(place.path, 1);
    const char *link_path = arena_printf(&place.arena, "%s/link.db", place.folder).bytes;
    const char *detour =
        arena_printf(&place.arena, "%s/../%s/file.db", place.folder, strrchr(place.folder, '/') + 1)
            .bytes;
    assert_int_equal(symlink("file.db", link_path), 0);
    const char *const names[] = {place.path, link_path, detour};
    for (size_t i = 0; i < 3; i++) {
        struct text message;
        assert_null(try_open(names[i], &message));
        assert_true(text_find(message, TEXT("in use by process")) < message.len);
    }
    /* The refusals have not taken the lock away. */
    struct store_write write = store_kit_create("m", NULL);
    assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
    struct text message;
    assert_null(try_open(place.path, &message));
    store_close(store);
    store_close(store_kit_open(link_path, 1));
}

/* Makes a model in a process that is killed, and waits for its end. */
static void write_and_be_killed(const char *path)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct store *store = store_kit_open(path, 1);
        struct store_write write = store_kit_create("survivor", "examples");
        write.counter_used = store_next_counter(store, 0);
        if (store_write_and_wait(store, &write) == STORE_OK)
            kill(getpid(), SIGKILL);
        _exit(1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

static void a_killed_process_leaves_its_writes_and_no_lock(void **state)
{
    (void)state;
    write_and_be_killed(place.path);
    struct store *store = store_kit_open(place.path, 1);
    struct store_model model;
    assert_int_equal(
        store_kit_find_model(store_get_reader(store, 0), 0, "survivor", &place.arena, &model),
        STORE_OK);
    assert_int_equal(store_next_counter(store, 0), 2);
    store_close(store);
    assert_int_equal(count_files(place.folder), 1);
    assert_true(store_kit_is_sound(place.path));
}

static void numbers_are_never_given_twice(void **state)
{
    (void)state;
    int64_t counter = 0, seq = 0;
    for (int round = 0; round < 3; round++) {
        struct store *store = store_kit_open(place.path, 1);
        int64_t unused = store_next_counter(store, 0);
        assert_int_equal(unused, counter + 1);
        counter = store_next_counter(store, 0);
        assert_int_equal(counter, unused + 1);
        struct store_write write =
            store_kit_create(arena_printf(&place.arena, "m%d", round).bytes, NULL);
        write.counter_used = counter;
        assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
        assert_true(write.model.seq > seq);
        seq = write.permission.seq;
        /* The last model goes, its number does not come back. */
        write = store_kit_write(STORE_DELETE_MODEL, write.model.id.bytes);
        assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
        store_close(store);
    }
}

static void a_number_of_a_refused_write_is_used_up_too(void **state)
{
    (void)state;
    struct store *store = store_kit_open(place.path, 1);
    struct store_write write = store_kit_write(STORE_DELETE_MODEL, "nobody");
    write.counter_used = 41;
    assert_int_equal(store_write_and_wait(store, &write), STORE_NOT_FOUND);
    /* A lower one later does not take it back. */
    write.counter_used = 7;
    assert_int_equal(store_write_and_wait(store, &write), STORE_NOT_FOUND);
    store_close(store);
    store = store_kit_open(place.path, 1);
    assert_int_equal(store_next_counter(store, 0), 42);
    store_close(store);
}

static void the_file_is_marked_as_ours(void **state)
{
    (void)state;
    store_close(store_kit_open(place.path, 1));
    struct text bytes = read_file(place.path, &place.arena);
    assert_memory_equal(bytes.bytes + 60, "\0\0\0\6", 4);
    assert_memory_equal(bytes.bytes + 68, "tune", 4);
}

static void a_store_in_memory_leaves_no_names(void **state)
{
    (void)state;
    /* Only what this test could have made: other processes make stores, too. */
    unsetenv("TMPDIR");
    struct store *store = store_kit_open(NULL, 2);
    struct store_write write = store_kit_create("m", "examples");
    assert_int_equal(store_write_and_wait(store, &write), STORE_OK);
    assert_int_equal(store_kit_count_models(store_get_reader(store, 1), 0), 1);

    DIR *descriptors = opendir("/proc/self/fd");
    assert_non_null(descriptors);
    int deleted = 0;
    for (struct dirent *entry = readdir(descriptors); entry; entry = readdir(descriptors)) {
        char target[PATH_MAX] = "";
        ssize_t len = readlinkat(dirfd(descriptors), entry->d_name, target, sizeof(target) - 1);
        if (len > 0 && strstr(target, "/tunemock-")) {
            assert_non_null(strstr(target, " (deleted)"));
            deleted++;
        }
    }
    closedir(descriptors);
    assert_true(deleted >= 3);
    store_close(store);
}

static void two_stores_in_memory_know_nothing_of_each_other(void **state)
{
    (void)state;
    struct store *first = store_kit_open(NULL, 1), *second = store_kit_open(NULL, 1);
    struct store_write write = store_kit_create("m", NULL);
    assert_int_equal(store_write_and_wait(first, &write), STORE_OK);
    assert_int_equal(store_kit_count_models(store_get_reader(first, 0), 0), 1);
    assert_int_equal(store_kit_count_models(store_get_reader(second, 0), 0), 0);
    store_close(first);
    store_close(second);
    store_close(NULL);
}

static void a_watch_knows_what_was_opened_not_what_has_its_name(void **state)
{
    (void)state;
    struct file_watch watch = FILE_WATCH_INIT;
    store_close(store_kit_open(place.path, 1));
    int opened = open(place.path, O_RDONLY);
    assert_true(opened >= 0);
    file_watch_start(&watch, place.path, opened, -1);
    assert_true(file_watch_is_sound(&watch));
    file_watch_stop(&watch);
    /* Replaced just before the watch begins. */
    assert_int_equal(unlink(place.path), 0);
    store_close(store_kit_open(place.path, 1));
    file_watch_start(&watch, place.path, opened, -1);
    assert_false(file_watch_is_sound(&watch));
    file_watch_stop(&watch);
    close(opened);
}

static void what_lies_beside_must_be_a_file(void **state)
{
    (void)state;
    static const char *const suffixes[] = {"-wal", "-shm", "-journal"};
    store_close(store_kit_open(place.path, 1));
    for (size_t i = 0; i < ARRAY_COUNT(suffixes); i++) {
        const char *beside = arena_printf(&place.arena, "%s%s", place.path, suffixes[i]).bytes;
        assert_int_equal(mkdir(beside, 0755), 0);
        assert_refused("is not a file; move it or choose another database");
        struct stat status;
        assert_int_equal(stat(beside, &status), 0);
        assert_int_equal(status.st_mode & 07777, 0755);
        assert_int_equal(rmdir(beside), 0);
    }
}

#define place_test(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)

int main(void)
{
    connection_configure(); /* before a test uses SQLite by itself */
    const struct CMUnitTest tests[] = {
        place_test(a_missing_file_is_made_and_leaves_nothing_beside_it),
        place_test(an_empty_file_and_an_empty_database_are_taken),
        place_test(files_that_are_no_database_are_refused_untouched),
        place_test(databases_of_other_programs_are_refused_untouched),
        place_test(a_foreign_database_in_use_keeps_its_wal),
        place_test(a_newer_version_is_refused_untouched),
        place_test(a_newer_version_that_is_in_the_wal_alone_is_refused),
        place_test(what_is_not_a_file_is_refused),
        place_test(a_damaged_file_is_refused),
        place_test(a_file_whose_tables_do_not_fit_is_refused),
        place_test(tables_that_no_longer_fit_fail_what_needs_them_alone),
        place_test(a_file_in_use_is_refused_whatever_name_it_is_given),
        place_test(a_killed_process_leaves_its_writes_and_no_lock),
        place_test(numbers_are_never_given_twice),
        place_test(a_number_of_a_refused_write_is_used_up_too),
        place_test(the_file_is_marked_as_ours),
        place_test(a_store_in_memory_leaves_no_names),
        place_test(two_stores_in_memory_know_nothing_of_each_other),
        place_test(a_watch_knows_what_was_opened_not_what_has_its_name),
        place_test(what_lies_beside_must_be_a_file),
    };
    return cmocka_run_group_tests_name("store_open", tests, NULL, NULL);
}
