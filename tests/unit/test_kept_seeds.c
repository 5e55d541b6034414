#include "server/state/kept_seeds.h"

#include <stdlib.h>

#include "base/memory.h"
#include "tests/lib/unit.h"

static struct text many(size_t len, char byte)
{
    char *bytes = memory_alloc(len);
    memset(bytes, byte, len);
    return (struct text){bytes, len};
}

static void assert_kept(const struct kept_seed *seed, const char *path, struct text bytes)
{
    struct buf read = BUF_INIT;
    assert_non_null(seed);
    assert_string_equal(seed->path, path);
    assert_true(kept_seed_read(seed, &read));
    assert_true(text_equals(buf_text(&read), bytes));
    buf_release(&read);
}

/* Twice: what was read once can be read again. */
static void assert_all_kept(struct text large, struct text larger)
{
    struct kept_seeds seeds = {0};
    char path[] = "a.json";
    kept_seeds_add(&seeds, path, TEXT("{}"));
    path[0] = 'b';
    kept_seeds_add(&seeds, path, large);
    kept_seeds_add(&seeds, "c", larger);
    kept_seeds_add(&seeds, "d", TEXT(""));
    for (int i = 0; i < 2; i++) {
        assert_kept(seeds.first, "a.json", TEXT("{}"));
        assert_kept(seeds.first->next, "b.json", large);
        assert_kept(seeds.first->next->next, "c", larger);
        assert_kept(seeds.first->next->next->next, "d", TEXT(""));
    }
    /* Only the small ones lie in memory. */
    assert_int_equal(seeds.held_bytes, 2);
    assert_null(seeds.first->next->bytes);
    kept_seeds_release(&seeds);
}

static void what_was_added_is_there_whatever_its_size(void **state)
{
    (void)state;
    struct text large = many(300000, 'x'), larger = many(3000000, 'y');
    assert_all_kept(large, larger);
    /* Where no file can be made on a disk, too. */
    setenv("TMPDIR", "/nonexistent", 1);
    assert_all_kept(large, larger);
    unsetenv("TMPDIR");
    free((void *)(uintptr_t)large.bytes);
    free((void *)(uintptr_t)larger.bytes);
}

static void none_take_nothing(void **state)
{
    (void)state;
    struct kept_seeds seeds = {0};
    assert_null(seeds.first);
    kept_seeds_release(&seeds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_is_there_whatever_its_size),
        cmocka_unit_test(none_take_nothing),
    };
    return cmocka_run_group_tests_name("kept_seeds", tests, NULL, NULL);
}
