#include "tests/lib/unit.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/memory.h"

static void new_buffer_is_empty_and_owns_nothing(void **state)
{
    (void)state;
    memory_fail_at(ULONG_MAX);
    struct buf buf = BUF_INIT;
    assert_text(buf_text(&buf), "");
    assert_string_equal(buf.data, "");
    buf_clear(&buf);
    buf_add(&buf, NULL, 0);
    buf_add_text(&buf, (struct text){NULL, 0});
    buf_add_string(&buf, "");
    buf_add_repeated(&buf, 'x', 0);
    buf_printf(&buf, "%s", "");
    buf_release(&buf);
    buf_init(&buf);
    assert_int_equal(buf.capacity, 0);
    assert_string_equal(buf.data, "");
    assert_int_equal(memory_fail_at(0), 0);
}

static void what_is_added_follows_in_order(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_add(&buf, "abc", 2);
    buf_add_text(&buf, TEXT("cd"));
    buf_add_string(&buf, "ef");
    buf_add_byte(&buf, 'g');
    buf_add_repeated(&buf, '.', 3);
    buf_add_int64(&buf, -12);
    buf_printf(&buf, " %d%%", 99);
    assert_text(buf_text(&buf), "abcdefg...-12 99%");
    assert_int_equal(buf.data[buf.len], '\0');
    buf_release(&buf);
}

static void nul_bytes_count(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_add_text(&buf, TEXT("a\0b"));
    buf_add_byte(&buf, '\0');
    buf_add_repeated(&buf, '\0', 2);
    assert_int_equal(buf.len, 6);
    assert_memory_equal(buf.data, "a\0b\0\0\0", 7);
    buf_release(&buf);
}

static void growing_keeps_bytes_and_the_final_nul(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    for (size_t i = 0; i < 5000; i++) {
        buf_add_byte(&buf, (char)('a' + i % 26));
        assert_int_equal(buf.len, i + 1);
        assert_int_equal(buf.data[buf.len], '\0');
        assert_true(buf.capacity >= buf.len);
    }
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(buf.data[i], 'a' + i % 26);
    buf_release(&buf);
}

static void growing_byte_by_byte_allocates_seldom(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    memory_fail_at(ULONG_MAX);
    for (size_t i = 0; i < 1000000; i++)
        buf_add_byte(&buf, 'x');
    assert_true(memory_fail_at(0) <= 20);
    buf_release(&buf);
}

static void reserved_room_is_used_without_allocating(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_reserve(&buf, 10000);
    memory_fail_at(ULONG_MAX);
    buf_add_repeated(&buf, 'x', 10000);
    assert_int_equal(memory_fail_at(0), 0);
    assert_int_equal(buf.len, 10000);
    buf_release(&buf);
}

static void cleared_buffer_keeps_its_memory(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_add_string(&buf, "something");
    size_t capacity = buf.capacity;
    buf_clear(&buf);
    assert_string_equal(buf.data, "");
    assert_int_equal(buf.len, 0);
    assert_int_equal(buf.capacity, capacity);
    buf_release(&buf);
}

static void released_buffer_is_usable_again(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_add_string(&buf, "one");
    buf_release(&buf);
    assert_string_equal(buf.data, "");
    buf_add_string(&buf, "two");
    assert_text(buf_text(&buf), "two");
    buf_release(&buf);
}

static void detached_bytes_belong_to_the_caller(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_add_string(&buf, "taken");
    size_t len = 0;
    char *bytes = buf_detach(&buf, &len);
    assert_int_equal(len, 5);
    assert_string_equal(bytes, "taken");
    assert_string_equal(buf.data, "");
    free(bytes);
    bytes = buf_detach(&buf, &len);
    assert_int_equal(len, 0);
    assert_string_equal(bytes, "");
    free(bytes);
    bytes = buf_detach(&buf, NULL);
    free(bytes);
}

static void integers_are_written_as_printf_does(void **state)
{
    (void)state;
    static const int64_t numbers[] = {
        0, 1, -1, 9, 10, -10, 99, 100, 20971520, INT32_MIN, INT64_MAX, INT64_MIN, INT64_MIN + 1};
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        char expected[32];
        snprintf(expected, sizeof(expected), "%" PRId64, numbers[i]);
        struct buf buf = BUF_INIT;
        buf_add_int64(&buf, numbers[i]);
        assert_text(buf_text(&buf), expected);
        buf_release(&buf);
    }
}

static void printf_fits_at_every_fill_level(void **state)
{
    (void)state;
    /* Around the first capacity, whatever it is: one length each side of every boundary. */
    for (size_t before = 0; before < 600; before++) {
        struct buf buf = BUF_INIT;
        buf_add_repeated(&buf, 'x', before);
        buf_printf(&buf, "<%s:%d>", "seven", 42);
        assert_int_equal(buf.len, before + 10);
        assert_string_equal(buf.data + before, "<seven:42>");
        buf_release(&buf);
    }
}

static void long_printf_is_not_cut(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_printf(&buf, "%0100000d", 7);
    assert_int_equal(buf.len, 100000);
    assert_int_equal(buf.data[99999], '7');
    assert_int_equal(buf.data[100000], '\0');
    buf_release(&buf);
}

static void a_capacity_that_is_set_is_exact(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_set_capacity(&buf, 1000);
    assert_int_equal(buf.capacity, 1000);
    assert_text(buf_text(&buf), "");
    buf_add_string(&buf, "kept");
    buf_set_capacity(&buf, 5);
    assert_int_equal(buf.capacity, 5);
    assert_string_equal(buf.data, "kept");
    buf_release(&buf);
}

static void shrinking_gives_back_what_is_worth_it(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_shrink(&buf);
    assert_int_equal(buf.capacity, 0);
    buf_add_repeated(&buf, 'x', 1000);
    size_t capacity = buf.capacity;
    buf_shrink(&buf);
    assert_int_equal(buf.capacity, capacity);
    buf_reserve(&buf, 1000000);
    buf_shrink(&buf);
    assert_int_equal(buf.capacity, 1000);
    assert_int_equal(strlen(buf.data), 1000);
    buf_add_string(&buf, "more");
    assert_string_equal(buf.data + 999, "xmore");
    buf_reserve(&buf, 1000000);
    buf_clear(&buf);
    buf_shrink(&buf);
    assert_ptr_equal(buf.data, buf_empty_data);
    buf_release(&buf);
}

static void a_large_buffer_has_little_to_spare(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    for (int i = 0; i < 4000; i++) {
        buf_add_repeated(&buf, 'x', 10000);
        if (buf.len > 8 * 1000 * 1000)
            assert_true(buf.capacity <= buf.len + buf.len / 4 + 10000);
    }
    buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_buffer_is_empty_and_owns_nothing),
        cmocka_unit_test(what_is_added_follows_in_order),
        cmocka_unit_test(nul_bytes_count),
        cmocka_unit_test(growing_keeps_bytes_and_the_final_nul),
        cmocka_unit_test(growing_byte_by_byte_allocates_seldom),
        cmocka_unit_test(reserved_room_is_used_without_allocating),
        cmocka_unit_test(cleared_buffer_keeps_its_memory),
        cmocka_unit_test(released_buffer_is_usable_again),
        cmocka_unit_test(detached_bytes_belong_to_the_caller),
        cmocka_unit_test(integers_are_written_as_printf_does),
        cmocka_unit_test(printf_fits_at_every_fill_level),
        cmocka_unit_test(long_printf_is_not_cut),
        cmocka_unit_test(a_capacity_that_is_set_is_exact),
        cmocka_unit_test(shrinking_gives_back_what_is_worth_it),
        cmocka_unit_test(a_large_buffer_has_little_to_spare),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
