#include "server/gcs/gcs_folder.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/unit.h"

static struct place {
    struct arena arena;
    const char *root, *outside;
} place;

static const char *place_path(const char *folder, const char *name)
{
    return arena_printf(&place.arena, "%s/%s", folder, name).bytes;
}

static void place_write(const char *path, const char *content)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static int place_make(void **state)
{
    (void)state;
    char root[] = "/tmp/tunemock-gcs-XXXXXX";
    arena_init(&place.arena);
    assert_non_null(mkdtemp(root));
    place.root = place_path(arena_text(&place.arena, text_of(root)).bytes, "root");
    place.outside = place_path(arena_text(&place.arena, text_of(root)).bytes, "outside");
    mkdir(place.root, 0700);
    mkdir(place.outside, 0700);
    mkdir(place_path(place.root, "b"), 0700);
    mkdir(place_path(place.root, "b/sub"), 0700);
    place_write(place_path(place.root, "b/sub/t.jsonl"), "0123456789");
    place_write(place_path(place.root, "b/empty"), "");
    place_write(place_path(place.outside, "secret"), "secret");
    (void)!symlink("sub/t.jsonl", place_path(place.root, "b/inside"));
    (void)!symlink("../../outside/secret", place_path(place.root, "b/out"));
    (void)!symlink(place.outside, place_path(place.root, "linked"));
    (void)!symlink("loop", place_path(place.root, "b/loop"));
    mkfifo(place_path(place.root, "b/fifo"), 0600);
    return 0;
}

static int place_remove(void **state)
{
    (void)state;
    static const char *const files[] = {
        "b/sub/t.jsonl", "b/empty", "b/inside", "b/out", "b/loop", "b/fifo", "linked"};
    for (size_t i = 0; i < ARRAY_COUNT(files); i++)
        unlink(place_path(place.root, files[i]));
    unlink(place_path(place.outside, "secret"));
    rmdir(place_path(place.root, "b/sub"));
    rmdir(place_path(place.root, "b"));
    rmdir(place.root);
    rmdir(place.outside);
    rmdir(place_path(place.root, ".."));
    arena_release(&place.arena);
    return 0;
}

/* `text` gets the bytes, or the problem. */
static enum gcs_result place_read(
    const char *folder, const char *bucket, const char *object, size_t bytes_max, struct text *text)
{
    struct gcs_intake intake;
    struct gcs_name name = {text_of(bucket), text_of(object)};
    gcs_intake_init(&intake, bytes_max, NULL);
    enum gcs_result result = gcs_folder_read(folder, &name, &intake, &place.arena, text);
    if (result == GCS_FOUND)
        *text = arena_text(&place.arena, buf_text(&intake.bytes));
    gcs_intake_release(&intake);
    return result;
}

static void files_of_the_folder_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *object, *bytes;
    } rows[] = {{"sub/t.jsonl", "0123456789"}, {"sub//t.jsonl", "0123456789"},
        {"inside", "0123456789"}, {"empty", ""}};
    struct text text;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(place_read(place.root, "b", rows[i].object, 10, &text), GCS_FOUND);
        assert_text(text, rows[i].bytes);
    }
}

static void what_is_no_file_of_the_folder_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *bucket, *object, *words;
    } rows[] = {
        {"b", "missing", "/b/missing: No such file or directory (--gcs)"},
        {"b", "sub", "is no file"},
        {"b", "fifo", "is no file"},
        {"b", "out", "leads out of the folder"},
        {"b", "loop", "symbolic links"},
        {"b", "empty/x", "Not a directory"},
        {"linked", "secret", "leads out of the folder"},
    };
    struct text text;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(
            place_read(place.root, rows[i].bucket, rows[i].object, 10, &text), GCS_PROBLEM);
        assert_true(text_find(text, text_of(rows[i].words)) < text.len);
    }
    assert_int_equal(place_read(place.root, "b", "sub/t.jsonl", 9, &text), GCS_PROBLEM);
    assert_true(text_starts_with(text, TEXT("is larger than 9 bytes")));
}

static void another_bucket_is_looked_for_elsewhere(void **state)
{
    (void)state;
    struct text text;
    assert_int_equal(place_read(place.root, "c", "sub/t.jsonl", 10, &text), GCS_ABSENT);
    assert_int_equal(place_read("/nothing/there", "b", "sub/t.jsonl", 10, &text), GCS_ABSENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_the_folder_are_read),
        cmocka_unit_test(what_is_no_file_of_the_folder_is_said),
        cmocka_unit_test(another_bucket_is_looked_for_elsewhere),
    };
    return cmocka_run_group_tests_name("gcs_folder", tests, place_make, place_remove);
}
