#include "tests/lib/unit.h"

#include "tests/lib/rule_rows.h"

static void characters_are_reversed_as_a_reader_sees_them(void **state)
{
    (void)state;
    static const struct rule_row rows[] = {

        {"reverse-characters", "hello => olleh\nabc => cba",
            "Hello, world! => !dlrow ,olleH\nпривет => тевирп\ne\u0301a => "
            "ae\u0301\n👨‍👩‍👧🇩🇪! "
            "=> !🇩🇪👨‍👩‍👧\nनमस्ते => तेस्मन"},
        {"reverse-characters", "level => level\nab => ba", "12 => 21"},
        {"identity", "level => level\nnoon => noon", "ab => ab"},
    };
    rule_rows_check(rows, ARRAY_COUNT(rows));
}

static void characters_are_counted_as_the_examples_show(void **state)
{
    (void)state;
    static const struct rule_row rows[] = {

        {"length-characters", "hello => 5\ngood day => 8",
            "a => 1\nпривет => 6\ne\u0301 => 1\n👨‍👩‍👧 => 1\n你好 => 2"},
        {"length-characters", "abc => 3\ndef => 3", "hello => 5"},
        {"length-characters", "e\u0301 => 2\na => 1", "👨‍👩‍👧 => 5"},
        {"length-characters", "hello => 5\ngood day => 7", "a b c => 3"},
        {"length-characters", "hello! => 5\ngood day => 7", "a, b, c. => 3"},
        {"length-characters", "hello => five\ngood day => eight", "Good Morning => twelve"},
        {"", "hello => 5\ngood => 6", ""},
        {"", "hello => 5", ""},
    };
    rule_rows_check(rows, ARRAY_COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_are_reversed_as_a_reader_sees_them),
        cmocka_unit_test(characters_are_counted_as_the_examples_show),
    };
    return cmocka_run_group_tests_name("rule_characters", tests, NULL, NULL);
}
