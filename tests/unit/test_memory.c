#include "tests/lib/unit.h"

#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/memory.h"
#include "tests/lib/child.h"

static void fail_alloc(void *unused)
{
    (void)unused;
    memory_fail_at(1);
    free(memory_alloc(8));
}

static void fail_alloc_zeroed(void *unused)
{
    (void)unused;
    memory_fail_at(1);
    free(memory_alloc_zeroed(2, 4));
}

static void fail_grow(void *unused)
{
    (void)unused;
    void *memory = memory_alloc(8);
    memory_fail_at(1);
    free(memory_grow(memory, 16));
}

static void fail_copy_text(void *unused)
{
    (void)unused;
    memory_fail_at(1);
    free(memory_copy_text("text"));
}

static void fail_third_alloc(void *unused)
{
    (void)unused;
    memory_fail_at(3);
    for (int i = 0; i < 3; i++)
        free(memory_alloc(8));
}

static void overflow_product(void *unused)
{
    (void)unused;
    free(memory_alloc_zeroed(SIZE_MAX / 2, 4));
}

static void succeed_after_failure_is_off(void *unused)
{
    (void)unused;
    memory_fail_at(1);
    memory_fail_at(0);
    free(memory_alloc(8));
}

static void run_out_of_memory(void *unused)
{
    (void)unused;
    fatal_out_of_memory();
}

static void failing_allocation_ends_the_process_with_a_message(void **state)
{
    (void)state;
    static void (*const acts[])(void *) = {
        fail_alloc,
        fail_alloc_zeroed,
        fail_grow,
        fail_copy_text,
        fail_third_alloc,
        run_out_of_memory,
    };
    for (size_t i = 0; i < ARRAY_COUNT(acts); i++) {
        char message[256];
        int status = child_run(acts[i], NULL, message, sizeof(message));
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGABRT);
        assert_string_equal(message, "tunemock: out of memory\n");
    }
}

static void overflowing_product_ends_the_process(void **state)
{
    (void)state;
    char message[4096];
    int status = child_run(overflow_product, NULL, message, sizeof(message));
    /* A sanitizer's own allocator may end the process first, in its own way. */
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void switched_off_failure_does_not_happen(void **state)
{
    (void)state;
    char message[256];
    int status = child_run(succeed_after_failure_is_off, NULL, message, sizeof(message));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void allocations_are_counted_while_armed(void **state)
{
    (void)state;
    memory_fail_at(ULONG_MAX);
    void *first = memory_alloc(1);
    void *second = memory_alloc_zeroed(1, 1);
    first = memory_grow(first, 100);
    char *copy = memory_copy_text("x");
    assert_int_equal(memory_fail_at(0), 4);
    free(first);
    free(second);
    free(copy);
    free(memory_alloc(1));
    assert_int_equal(memory_fail_at(0), 0);
}

static void empty_allocations_are_not_null(void **state)
{
    (void)state;
    void *memories[] = {
        memory_alloc(0),
        memory_alloc_zeroed(0, 8),
        memory_alloc_zeroed(8, 0),
        memory_grow(NULL, 0),
        memory_grow(memory_alloc(8), 0),
    };
    for (size_t i = 0; i < ARRAY_COUNT(memories); i++) {
        assert_non_null(memories[i]);
        free(memories[i]);
    }
}

static void zeroed_memory_is_zero_and_growing_keeps_bytes(void **state)
{
    (void)state;
    static const char zeros[64];
    char *memory = memory_alloc_zeroed(8, 8);
    assert_memory_equal(memory, zeros, sizeof(zeros));
    memset(memory, 'x', 64);
    memory = memory_grow(memory, 4096);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(memory[i], 'x');
    free(memory);
}

static void copied_text_is_equal_and_separate(void **state)
{
    (void)state;
    const char *original = "tunedModels/number";
    char *copy = memory_copy_text(original);
    assert_string_equal(copy, original);
    assert_ptr_not_equal(copy, original);
    free(copy);
}

static void a_limit_of_address_space_is_known(void **state)
{
    (void)state;
    struct rlimit old;
    assert_int_equal(getrlimit(RLIMIT_AS, &old), 0);
    if (old.rlim_cur == RLIM_INFINITY)
        assert_true(memory_limit_bytes() == SIZE_MAX);
    /* More than anything maps, the sanitizers aside, which need not grow here. */
    struct rlimit limited = {(rlim_t)1 << 40, old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &limited), 0);
    assert_true(memory_limit_bytes() == (size_t)1 << 40);
    assert_int_equal(setrlimit(RLIMIT_AS, &old), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failing_allocation_ends_the_process_with_a_message),
        cmocka_unit_test(overflowing_product_ends_the_process),
        cmocka_unit_test(switched_off_failure_does_not_happen),
        cmocka_unit_test(allocations_are_counted_while_armed),
        cmocka_unit_test(empty_allocations_are_not_null),
        cmocka_unit_test(zeroed_memory_is_zero_and_growing_keeps_bytes),
        cmocka_unit_test(copied_text_is_equal_and_separate),
        cmocka_unit_test(a_limit_of_address_space_is_known),
    };
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
