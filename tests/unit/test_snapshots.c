#include "server/space/snapshots.h"

#include "server/space/space.h"
#include "tests/lib/unit.h"

/* A space with snapshots of these ids. */
static void add(struct spaces *spaces, const char *id, int64_t number)
{
    struct space *space = spaces_default(spaces);
    struct space_parts parts;
    assert_true(space_take_parts(space, &parts));
    snapshots_add(&space->snapshots,
        &(struct snapshot_view){.id = text_of(id), .number = number, .create_ns = 5}, &parts);
}

static void they_are_found_by_id_and_listed_by_age(void **state)
{
    const struct space_settings settings = {.dials = {.seed = 7}};
    struct spaces *spaces = spaces_new(&settings, 1);
    struct snapshots *snapshots = &spaces_default(spaces)->snapshots;
    struct snapshot_view *views, found;
    assert_int_equal(snapshots_list(snapshots, *state, &views), 0);
    add(spaces, "b", 7);
    add(spaces, "a", 9);
    add(spaces, "c", 8);
    assert_int_equal(snapshots_count_all(snapshots), 3);
    const struct space_parts *parts = snapshots_find(snapshots, TEXT("a"), &found);
    assert_non_null(parts);
    assert_int_equal(parts->settings.dials.seed, 7);
    assert_int_equal(found.number, 9);
    assert_int_equal(found.create_ns, 5);
    assert_null(snapshots_find(snapshots, TEXT(""), NULL));
    snapshots_remove(snapshots, TEXT("a"));
    snapshots_remove(snapshots, TEXT("a"));
    assert_null(snapshots_find(snapshots, TEXT("a"), NULL));
    assert_int_equal(snapshots_list(snapshots, *state, &views), 2);
    assert_text(views[0].id, "b");
    assert_text(views[1].id, "c");
    snapshots_remove(snapshots, TEXT(""));
    assert_int_equal(snapshots_count_all(snapshots), 0);
    add(spaces, "a", 1);
    spaces_free(spaces);
}

static void ids_that_are_made_pass_over_those_that_were_given(void **state)
{
    const struct space_settings settings = {.dials = {.seed = 7}};
    struct spaces *spaces = spaces_new(&settings, 1);
    struct snapshots *snapshots = &spaces_default(spaces)->snapshots;
    add(spaces, "2", 1);
    assert_text(snapshots_make_id(snapshots, *state), "1");
    assert_text(snapshots_make_id(snapshots, *state), "3");
    spaces_free(spaces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(they_are_found_by_id_and_listed_by_age),
        unit_test_with_arena(ids_that_are_made_pass_over_those_that_were_given),
    };
    return cmocka_run_group_tests_name("snapshots", tests, NULL, NULL);
}
