#include "tests/lib/unit.h"

#include "base/kept.h"

enum { ROOM_BYTES = 256 * 1024, PIECE_BYTES = 8 * 1024 };

static struct text key_of(struct arena *arena, int number)
{
    return arena_printf(arena, "key %d", number);
}

static int setup(void **state)
{
    *state = kept_new(ROOM_BYTES);
    return 0;
}

static int teardown(void **state)
{
    kept_free(*state);
    return 0;
}

static void add(struct kept *kept, const char *key, struct text bytes)
{
    kept_add(kept, text_of(key), (struct kept_value){bytes, (int64_t)bytes.len});
}

static void assert_kept(struct kept *kept, const char *key, const char *expected)
{
    assert_text(kept_find(kept, text_of(key)).bytes, expected);
}

static void bytes_are_found_under_their_key_and_no_other(void **state)
{
    struct kept *kept = *state;
    assert_kept(kept, "a", "");
    add(kept, "a", TEXT("first"));
    add(kept, "aa", TEXT("second"));
    assert_kept(kept, "a", "first");
    assert_kept(kept, "aa", "second");
    assert_kept(kept, "aaa", "");
    assert_kept(kept, "", "");
}

static void what_is_added_follows_what_is_kept(void **state)
{
    struct kept *kept = *state;
    add(kept, "a", TEXT("one"));
    for (int i = 0; i < 3; i++)
        add(kept, "a", TEXT(" more"));
    assert_kept(kept, "a", "one more more more");
    assert_int_equal(kept_find(kept, TEXT("a")).number, 5); /* that of the last piece */
    kept_put(kept, TEXT("a"), (struct kept_value){TEXT("other"), 7});
    assert_kept(kept, "a", "other");
    assert_int_equal(kept_find(kept, TEXT("a")).number, 7);
}

static void what_was_used_longest_ago_makes_room(void **state)
{
    struct kept *kept = *state;
    struct arena arena;
    arena_init(&arena);
    struct text piece = {arena_alloc(&arena, PIECE_BYTES), PIECE_BYTES};
    enum { COUNT = 3 * ROOM_BYTES / PIECE_BYTES };
    for (int i = 0; i < COUNT; i++) {
        kept_add(kept, key_of(&arena, i), (struct kept_value){piece, i});
        assert_int_equal(kept_find(kept, key_of(&arena, 0)).bytes.len, PIECE_BYTES);
    }
    int kept_count = 0;
    while (kept_find(kept, key_of(&arena, COUNT - 1 - kept_count)).bytes.len > 0)
        kept_count++;
    for (int i = 1; i < COUNT - kept_count; i++)
        assert_int_equal(kept_find(kept, key_of(&arena, i)).bytes.len, 0);
    assert_in_range(kept_count, ROOM_BYTES / PIECE_BYTES / 2, ROOM_BYTES / PIECE_BYTES - 1);
    arena_release(&arena);
}

static void what_is_too_large_is_not_kept_and_drives_nothing_out(void **state)
{
    struct kept *kept = *state;
    struct arena arena;
    arena_init(&arena);
    struct text large = {arena_alloc(&arena, ROOM_BYTES), ROOM_BYTES};
    add(kept, "a", TEXT("one"));
    add(kept, "b", large);
    assert_kept(kept, "b", "");
    add(kept, "a", large);
    assert_kept(kept, "a", "one");
    kept_add(kept, large, (struct kept_value){TEXT("x"), 0});
    assert_kept(kept, "a", "one");
    arena_release(&arena);
}

static void without_room_nothing_is_kept(void **state)
{
    (void)state;
    struct kept *none = kept_new(100);
    add(none, "a", TEXT("one"));
    assert_kept(none, "a", "");
    kept_free(none);
    add(NULL, "a", TEXT("one"));
    kept_put(NULL, TEXT("a"), (struct kept_value){TEXT("one"), 0});
    assert_kept(NULL, "a", "");
    kept_free(NULL);
}

#define KEPT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEPT_TEST(bytes_are_found_under_their_key_and_no_other),
        KEPT_TEST(what_is_added_follows_what_is_kept),
        KEPT_TEST(what_was_used_longest_ago_makes_room),
        KEPT_TEST(what_is_too_large_is_not_kept_and_drives_nothing_out),
        cmocka_unit_test(without_room_nothing_is_kept),
    };
    return cmocka_run_group_tests_name("kept", tests, NULL, NULL);
}
