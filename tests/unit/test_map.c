#include "tests/lib/unit.h"

#include "base/map.h"

static void what_was_put_is_found_and_nothing_else(void **state)
{
    enum { COUNT = 5000 };
    struct map map;
    static int values[COUNT];
    map_init(&map, *state);
    assert_null(map_find(&map, TEXT("")));
    for (int i = 0; i < COUNT; i++) {
        struct text key = arena_printf(*state, "key %d", i);
        assert_null(map_find(&map, key));
        map_put(&map, key, &values[i]);
        assert_ptr_equal(map_find(&map, key), &values[i]);
    }
    assert_int_equal(map.count, COUNT);
    for (int i = 0; i < COUNT; i++)
        assert_ptr_equal(map_find(&map, arena_printf(*state, "key %d", i)), &values[i]);
    assert_null(map_find(&map, TEXT("key")));
    assert_null(map_find(&map, TEXT("key 5000")));
}

static void the_last_value_of_a_key_counts(void **state)
{
    struct map map;
    int first, second;
    map_init(&map, *state);
    map_put(&map, TEXT(""), &first);
    map_put(&map, TEXT("a"), &first);
    map_put(&map, TEXT(""), &second);
    assert_int_equal(map.count, 2);
    assert_ptr_equal(map_find(&map, TEXT("")), &second);
    assert_ptr_equal(map_find(&map, TEXT("a")), &first);
    assert_null(map_find(&map, TEXT("A")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_found_and_nothing_else),
        cmocka_unit_test(the_last_value_of_a_key_counts),
    };
    return cmocka_run_group_tests_name("map", tests, unit_make_arena, unit_release_arena);
}
