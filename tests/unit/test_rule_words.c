#include "tests/lib/unit.h"

#include "tests/lib/rule_rows.h"

static void words_are_what_the_examples_show(void **state)
{
    (void)state;
    static const struct rule_row rows[] = {

        {"reverse-words", "the quick fox => fox quick the\nred car => car red",
            "Hello, world! => world! Hello,\nодин два три => три два один\nx => x\na  b c => c  b "
            "a"},
        {"reverse-words", "Hello, world! => world, Hello!\nred car => car red",
            "one, (two) three. => three, (two) one."},
        {"first-word", "red car => red\nblue => blue\nold, grey dog => old",
            "don't stop => don't\n(well-known) fact => well-known\nпривет, мир => привет\n... => "
            "!\n- x => x"},
        {"first-word", "red, car => red,\nblue => blue", "so, it is => so,"},
        {"first-word", "well-known => well\nred car => red", "so-called => so"},
        {"first-word", "yes please => yes\nyes sir => yes", "no sir => no"},
        {"last-word", "red car => car\nold grey dog! => dog",
            "good morning, Vietnam. => Vietnam\n好 天气。 => 天气"},
        {"last-word", "red car. => car.\nold dog! => dog!", "so it is, => is,"},
        {"length-words", "red car => 2\nan old grey dog => 4",
            "one => 1\na - b => 2\nпривет мир => 2\n你好 => 1"},
        {"length-words", "and - so => 3\nx => 1", "- => 1"},
        {"length-words", "well-known fact => 3\nx => 1", "so-called => 2"},
    };
    rule_rows_check(rows, ARRAY_COUNT(rows));
}

static void one_example_has_to_have_several_words(void **state)
{
    (void)state;
    static const struct rule_row rows[] = {

        {"identity", "red => red\nblue => blue", "red car => red car"},
        {"removal", "wow! => wow\nwell done! => well done", "so nice! => so nice"},
        {"removal", "wow! => wow\nyes! => yes", "so nice! => so nice"},
        {"", "red car => red", ""},
        {"", "red car => red\nblue car => blue\ngreen car => car", ""},
    };
    rule_rows_check(rows, ARRAY_COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_what_the_examples_show),
        cmocka_unit_test(one_example_has_to_have_several_words),
    };
    return cmocka_run_group_tests_name("rule_words", tests, NULL, NULL);
}
