#include "tests/lib/unit.h"

#include <limits.h>

#include "base/arena.h"
#include "base/memory.h"

static void empty_arena_allocates_nothing(void **state)
{
    (void)state;
    memory_fail_at(ULONG_MAX);
    struct arena arena;
    arena_init(&arena);
    arena_clear(&arena);
    arena_release(&arena);
    assert_int_equal(memory_fail_at(0), 0);
    assert_null(arena.blocks);
    assert_int_equal(arena.used_bytes, 0);
}

static void memory_is_zeroed_even_when_used_before(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    for (int round = 0; round < 3; round++) {
        for (size_t size = 1; size < 3000; size += 97) {
            unsigned char *bytes = arena_alloc(&arena, size);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(bytes[i], 0);
            memset(bytes, 0xAA, size);
        }
        arena_clear(&arena);
    }
    arena_release(&arena);
}

static void every_piece_is_aligned_for_any_type(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    for (size_t size = 0; size < 200; size++) {
        void *memory = arena_alloc(&arena, size);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
        assert_int_equal((uintptr_t)arena_copy(&arena, "x", 1) % _Alignof(max_align_t), 0);
    }
    arena_release(&arena);
}

static void pieces_do_not_overlap(void **state)
{
    (void)state;
    enum { PIECES = 400, PIECE_BYTES = 333 };
    struct arena arena;
    arena_init(&arena);
    unsigned char *pieces[PIECES];
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = arena_alloc(&arena, PIECE_BYTES);
        memset(pieces[i], (int)(i % 251), PIECE_BYTES);
    }
    for (size_t i = 0; i < PIECES; i++)
        for (size_t j = 0; j < PIECE_BYTES; j++)
            assert_int_equal(pieces[i][j], i % 251);
    assert_true(arena.used_bytes >= (size_t)PIECES * PIECE_BYTES);
    arena_release(&arena);
}

static void cleared_arena_serves_the_next_request_without_allocating(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    for (int i = 0; i < 100; i++)
        arena_alloc(&arena, 1000);
    arena_clear(&arena);
    assert_int_equal(arena.used_bytes, 0);
    memory_fail_at(ULONG_MAX);
    arena_alloc(&arena, 4000);
    arena_alloc(&arena, 4000);
    assert_int_equal(memory_fail_at(0), 0);
    arena_release(&arena);
}

static void big_block_is_not_kept(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    arena_alloc(&arena, 1 << 20);
    arena_clear(&arena);
    assert_null(arena.blocks);
    arena_release(&arena);
}

static void many_small_pieces_share_blocks(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    memory_fail_at(ULONG_MAX);
    for (int i = 0; i < 10000; i++)
        arena_alloc(&arena, 16);
    assert_true(memory_fail_at(0) <= 10);
    arena_release(&arena);
}

static void big_pieces_fit(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    for (size_t size = 1; size <= (size_t)4 << 20; size *= 4) {
        unsigned char *bytes = arena_alloc(&arena, size);
        size_t used_bytes = arena.used_bytes;
        assert_true(used_bytes >= size);
        assert_int_equal(bytes[0], 0);
        assert_int_equal(bytes[size - 1], 0);
        memset(bytes, 0xFF, size);
        /* The next one does not lie in it. */
        assert_int_equal(*(char *)arena_alloc(&arena, 1), 0);
        assert_true(arena.used_bytes > used_bytes);
    }
    arena_release(&arena);
}

static void released_arena_is_usable_again(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    arena_alloc(&arena, 10);
    arena_release(&arena);
    assert_int_equal(arena.used_bytes, 0);
    assert_text(arena_text(&arena, TEXT("again")), "again");
    arena_release(&arena);
}

static void arrays_are_zeroed_and_may_be_empty(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    int64_t *numbers = arena_array(&arena, 100, sizeof(*numbers));
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(numbers[i], 0);
    assert_non_null(arena_array(&arena, 0, 8));
    assert_non_null(arena_array(&arena, 8, 0));
    arena_release(&arena);
}

static void copies_hold_the_bytes_and_a_nul(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    char source[] = "a\0bc";
    char *copy = arena_copy(&arena, source, 4);
    source[0] = 'x';
    assert_memory_equal(copy, "a\0bc", 5);
    assert_string_equal(arena_copy(&arena, NULL, 0), "");
    struct text text = arena_text(&arena, (struct text){NULL, 0});
    assert_int_equal(text.len, 0);
    assert_non_null(text.bytes);
    arena_release(&arena);
}

static void printf_fits_at_every_fill_level(void **state)
{
    (void)state;
    /* Goes over several block boundaries in steps smaller than the text. */
    struct arena arena;
    arena_init(&arena);
    for (int i = 0; i < 3000; i++) {
        struct text text = arena_printf(&arena, "%s/%08d", "tunedModels", i);
        assert_int_equal(text.len, 20);
        assert_int_equal(text.bytes[20], '\0');
        assert_int_equal(atoi(text.bytes + 12), i);
        struct text longer = arena_printf(&arena, "%0*d", i % 500 + 1, 7);
        assert_int_equal(longer.len, i % 500 + 1);
        assert_int_equal(longer.bytes[longer.len - 1], '7');
    }
    arena_release(&arena);
}

static void printf_of_any_length_fits_the_end_of_a_block(void **state)
{
    (void)state;
    for (int len = 1; len < 200; len++) {
        struct arena arena;
        arena_init(&arena);
        /* Leaves 64 bytes of the first block. */
        arena_alloc(&arena, 8 * 1024 - 64);
        struct text text = arena_printf(&arena, "%0*d", len, 7);
        assert_int_equal(text.len, len);
        assert_int_equal(strlen(text.bytes), len);
        assert_int_equal(text.bytes[len - 1], '7');
        arena_release(&arena);
    }
}

static void printf_leaves_earlier_pieces_alone(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct text first = arena_printf(&arena, "%s", "first");
    struct text empty = arena_printf(&arena, "%s", "");
    struct text second = arena_printf(&arena, "%020000d", 2);
    assert_text(first, "first");
    assert_text(empty, "");
    assert_string_equal(empty.bytes, "");
    assert_int_equal(second.len, 20000);
    arena_release(&arena);
}

static void a_text_is_shortened_between_characters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len_max;
        const char *shortened;
    } rows[] = {
        {"abc", 3, "abc"},
        {"abcd", 3, "abc..."},
        {"", 0, ""},
        {"a", 0, "..."},
        {"a\xc3\xa9", 3, "a\xc3\xa9"},
        {"a\xc3\xa9z", 3, "a\xc3\xa9..."},
        {"a\xc3\xa9z", 2, "a..."},
        {"\xf0\x9f\x98\x80", 3, "..."},
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_text(
            arena_shortened(&arena, text_of(rows[i].text), rows[i].len_max), rows[i].shortened);
    arena_release(&arena);
}

static void what_came_after_a_mark_is_forgotten_alone(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    for (size_t before = 0; before < 100000; before = 3 * before + 8) {
        char *kept = before ? arena_copy(&arena, "kept", 4) : NULL;
        arena_alloc(&arena, before);
        struct arena_mark mark = arena_mark(&arena);
        size_t used_bytes = arena.used_bytes;
        void *first = arena_alloc(&arena, 64);
        for (int i = 0; i < 100; i++)
            memset(arena_alloc(&arena, 4000), 'x', 4000);
        arena_rewind(&arena, mark);
        assert_int_equal(arena.used_bytes, used_bytes);
        assert_true(!kept || strcmp(kept, "kept") == 0);
        if (before == 8)
            assert_ptr_equal(arena_alloc(&arena, 64), first);
        arena_clear(&arena);
    }
    arena_release(&arena);
}

static void texts_are_joined_and_followed_by_a_nul(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    static const struct {
        struct text first, second;
        const char *joined;
    } rows[] = {
        {TEXT_INIT("models/"), TEXT_INIT("m"), "models/m"},
        {TEXT_INIT(""), TEXT_INIT("m"), "m"},
        {TEXT_INIT("models/"), {NULL, 0}, "models/"},
        {{NULL, 0}, {NULL, 0}, ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text joined = arena_joined(&arena, rows[i].first, rows[i].second);
        assert_text(joined, rows[i].joined);
        assert_int_equal(joined.bytes[joined.len], '\0');
    }
    arena_release(&arena);
}

static void brief_arena_holds_little_in_one_allocation(void **state)
{
    (void)state;
    memory_fail_at(ULONG_MAX);
    struct arena arena;
    arena_init_brief(&arena);
    for (int i = 0; i < 10; i++)
        assert_int_equal(*(char *)arena_alloc(&arena, 64), 0);
    assert_int_equal(memory_fail_at(ULONG_MAX), 1);
    assert_int_equal(arena.used_bytes, 640);
    /* What holds more goes on like any other. */
    for (int i = 0; i < 100; i++)
        arena_alloc(&arena, 64);
    assert_int_equal(memory_fail_at(0), 1);
    arena_clear(&arena);
    assert_null(arena.blocks);
    arena_release(&arena);
}

static void an_arena_holds_its_blocks(void **state)
{
    struct arena arena;
    (void)state;
    arena_init_brief(&arena);
    size_t first = arena_held_bytes(&arena);
    assert_true(first > 0 && first < 1032);
    arena_alloc(&arena, 10);
    assert_true(arena_held_bytes(&arena) == first);
    arena_alloc(&arena, 1000);
    assert_true(arena_held_bytes(&arena) > first + 1000);
    /* Blocks of megabytes count as far as they are used. */
    arena_alloc(&arena, 1024 * 1024);
    size_t held = arena_held_bytes(&arena);
    arena_alloc(&arena, 100);
    assert_true(arena_held_bytes(&arena) > held && arena_held_bytes(&arena) < held + 100000);
    arena_release(&arena);
    assert_true(arena_held_bytes(&arena) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arena_holds_its_blocks),
        cmocka_unit_test(empty_arena_allocates_nothing),
        cmocka_unit_test(memory_is_zeroed_even_when_used_before),
        cmocka_unit_test(every_piece_is_aligned_for_any_type),
        cmocka_unit_test(pieces_do_not_overlap),
        cmocka_unit_test(cleared_arena_serves_the_next_request_without_allocating),
        cmocka_unit_test(big_block_is_not_kept),
        cmocka_unit_test(many_small_pieces_share_blocks),
        cmocka_unit_test(big_pieces_fit),
        cmocka_unit_test(released_arena_is_usable_again),
        cmocka_unit_test(arrays_are_zeroed_and_may_be_empty),
        cmocka_unit_test(copies_hold_the_bytes_and_a_nul),
        cmocka_unit_test(printf_fits_at_every_fill_level),
        cmocka_unit_test(printf_of_any_length_fits_the_end_of_a_block),
        cmocka_unit_test(printf_leaves_earlier_pieces_alone),
        cmocka_unit_test(texts_are_joined_and_followed_by_a_nul),
        cmocka_unit_test(a_text_is_shortened_between_characters),
        cmocka_unit_test(what_came_after_a_mark_is_forgotten_alone),
        cmocka_unit_test(brief_arena_holds_little_in_one_allocation),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
