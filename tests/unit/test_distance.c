#include "tests/lib/unit.h"

#include "base/distance.h"

static void edits_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *text, *pattern;
        size_t distance;
    } rows[] = {
        {"", "", 0},
        {"", "abc", 3},
        {"abc", "", 3},
        {"prt", "port", 1},
        {"port", "prt", 1},
        {"kitten", "sitting", 3},
        {"prot", "port", 1},
        {"opttr", "port", 3},
        {"ba", "ab", 1},
        {"PROT", "port", 1},
        {"PORT", "port", 0},
        {"/v1beta/tunedModels", "/v1beta/tunedModels", 0},
        {"/tunedModels", "/v1beta/tunedModels", 11},
        {"/v1beta/v1beta/tunedModels", "/v1beta/tunedModels", 11},
        {"/v1beta/tunedModels/a-long-name", "/v1beta/tunedModels/*", 0},
        {"/v1beta/tunedModels/x:generateContents", "/v1beta/tunedModels/*:generateContent", 1},
        {"/v1beta/tunedModels/", "/v1beta/tunedModels/*", 1},
        {"/a/b/c", "/a/**", 0},
        {"/a/b/c", "/a/*", 5},
        {"/a/b:c", "/a/*", 5},
        {"/a:c", "/a/*", 5},
        {"/a", "/a/*", 6},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        size_t distance = distance_between(text_of(rows[i].text), text_of(rows[i].pattern));
        if (distance != rows[i].distance)
            fail_msg("row %zu: %zu", i, distance);
    }
}

static void near_is_less_than_half_of_the_pattern(void **state)
{
    (void)state;
    assert_true(distance_is_near(1, TEXT("port")));
    assert_false(distance_is_near(2, TEXT("port")));
    assert_false(distance_is_near(0, TEXT("")));
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    char bytes[2 * DISTANCE_BYTES_MAX];
    memset(bytes, 'x', sizeof(bytes));
    struct text text = {bytes, sizeof(bytes)};
    assert_int_equal(distance_between(text, text), 0);
    assert_int_equal(distance_between(text, TEXT("")), DISTANCE_BYTES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_are_counted),
        cmocka_unit_test(near_is_less_than_half_of_the_pattern),
        cmocka_unit_test(long_texts_are_cut),
    };
    return cmocka_run_group_tests_name("distance", tests, NULL, NULL);
}
