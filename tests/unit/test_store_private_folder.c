/* The folder of a store in memory: what a start clears away, and what it leaves alone. Folders of
 * other stores that run at the same time are there, too. */
#include "tests/lib/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "store/private_folder.h"

struct place {
    struct arena arena;
    char *left; /* a folder as a killed process leaves it */
};

static struct place place;

static const char *in_folder(const char *folder, const char *name)
{
    return arena_printf(&place.arena, "%s/%s", folder, name).bytes;
}

static void make_file(const char *folder, const char *name)
{
    FILE *file = fopen(in_folder(folder, name), "w");
    assert_non_null(file);
    fclose(file);
}

static bool exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static int open_place(void **state)
{
    (void)state;
    arena_init(&place.arena);
    const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    struct text name = arena_printf(&place.arena, "%s/tunemock-memory-XXXXXX", parent);
    place.left = arena_copy(&place.arena, name.bytes, name.len);
    return 0;
}

static int close_place(void **state)
{
    (void)state;
    static const char *const names[] = {"db", "db-wal", "notes"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        unlink(in_folder(place.left, names[i]));
    if (rmdir(place.left) != 0)
        unlink(place.left);
    arena_release(&place.arena);
    return 0;
}

/* What each start does first. */
static void start_once(void)
{
    struct private_folder folder;
    struct text message;
    assert_true(private_folder_make(&folder, &place.arena, &message));
    assert_true(exists(folder.path));
    const char *path = folder.path;
    make_file(path, PRIVATE_FOLDER_FILE);
    make_file(path, PRIVATE_FOLDER_FILE "-wal");
    private_folder_remove(&folder);
    assert_false(exists(path));
    private_folder_remove(&folder);
}

static void what_a_killed_process_left_is_removed(void **state)
{
    (void)state;
    static const char *const files[] = {NULL, "db", "db-wal"};
    for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
        strcpy(strrchr(place.left, '-'), "-XXXXXX");
        assert_non_null(mkdtemp(place.left));
        if (files[i])
            make_file(place.left, files[i]);
        start_once();
        assert_false(exists(place.left));
    }
}

static void a_folder_in_use_is_kept(void **state)
{
    (void)state;
    struct private_folder folder;
    struct text message;
    assert_true(private_folder_make(&folder, &place.arena, &message));
    make_file(folder.path, PRIVATE_FOLDER_FILE);
    start_once();
    assert_true(exists(in_folder(folder.path, PRIVATE_FOLDER_FILE)));
    private_folder_remove(&folder);
}

static void a_file_that_is_not_ours_keeps_its_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(place.left));
    make_file(place.left, "notes");
    start_once();
    assert_true(exists(in_folder(place.left, "notes")));
}

static void a_folder_that_others_may_enter_is_not_ours(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(place.left));
    assert_int_equal(chmod(place.left, 0755), 0);
    make_file(place.left, "db");
    start_once();
    assert_true(exists(in_folder(place.left, "db")));
}

static void a_link_is_not_followed(void **state)
{
    (void)state;
    char target[] = "/tmp/tunemock-test-XXXXXX";
    assert_non_null(mkdtemp(target));
    make_file(target, "db");
    assert_non_null(mkdtemp(place.left));
    assert_int_equal(rmdir(place.left), 0);
    assert_int_equal(symlink(target, place.left), 0);
    start_once();
    assert_true(exists(in_folder(target, "db")));
    unlink(in_folder(target, "db"));
    rmdir(target);
}

static void it_is_its_owners_whatever_the_umask(void **state)
{
    (void)state;
    struct private_folder folder;
    struct text message;
    mode_t old = umask(0777);
    bool is_made = private_folder_make(&folder, &place.arena, &message);
    umask(old);
    assert_true(is_made);
    struct stat status;
    assert_int_equal(fstat(folder.descriptor, &status), 0);
    private_folder_remove(&folder);
    assert_int_equal(status.st_mode & 07777, 0700);
}

static void names_of_other_kinds_are_not_looked_at(void **state)
{
    (void)state;
    char other[] = "/tmp/tunemock-XXXXXX";
    assert_non_null(mkdtemp(other));
    make_file(other, "db");
    assert_int_equal(setenv("TMPDIR", "/tmp", 1), 0);
    start_once();
    assert_true(exists(in_folder(other, "db")));
    unlink(in_folder(other, "db"));
    rmdir(other);
}

#define place_test(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        place_test(what_a_killed_process_left_is_removed),
        place_test(a_folder_in_use_is_kept),
        place_test(a_file_that_is_not_ours_keeps_its_folder),
        place_test(a_folder_that_others_may_enter_is_not_ours),
        place_test(a_link_is_not_followed),
        place_test(it_is_its_owners_whatever_the_umask),
        place_test(names_of_other_kinds_are_not_looked_at),
    };
    return cmocka_run_group_tests_name(
        "store_private_folder", tests, unit_silence_log, unit_stop_log);
}
