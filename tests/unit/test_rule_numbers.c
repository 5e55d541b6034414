#include "tests/lib/unit.h"

#include "server/sim/rule.h"
#include "tests/lib/rule_rows.h"

static void numbers_a_distance_away_are_found_in_every_notation(void **state)
{
    (void)state;
    static const struct rule_row rows[] = {
        {"distance", "1 => 3\n5 => 7",
            "9 => 11\n-1 => 1\n-2 => 0\n1,999 => 2,001\n099 => 101\nXCIX => CI\n"
            "ninety nine => one hundred one\nNinety-Eight => One Hundred\nmille => !\n => !\n"
            "1.5 => 3.5\ntrois => cinq\n五 => 七\n99999999999999999999 => 100000000000000000001"},
        {"distance", "one => three\nIV => VI\n1,000 => 1,002", "8 => 10\nMMMCMXCVIII => !"},
        {"distance", "10 => 7\n3 => 0", "2 => -1\nIII => !\nIV => I\ntwo => minus one\n+2 => -1"},
        {"distance", "10 => 9\n3 => 2", "0 => -1\nI => !\n1,000 => 999\none => zero\n十 => 九"},
        {"distance", "1 => 1000001\n2 => 1000002",
            "nine hundred ninety nine million => one billion\n1,000,000 => 2,000,000"},
        {"distance", "0.5 => 0.75\n1.5 => 1.75", "2 => 2.25\n1,25 => 1,50\nIII => !\none => !"},
        {"distance", "0.5 => 2\n1.25 => 2.75", "2.5 => 4\n1 => 2.5"},
        {"distance", "1.5 => 2.5\n2.25 => 3.25", "7 => 8\n1.234,5 => 1.235,5"},
        {"distance", "5 => 10\n999 => 1,004", "2,999 => 3,004"},
        {"distance",
            "1 => 100000000000000000000000000000000000000001\n"
            "2 => 100000000000000000000000000000000000000002",
            "5 => 100000000000000000000000000000000000000005\none => !"},
        /* Both show the same value, so it may as well be a factor. */
        {"", "5 => 10\nfive => ten", ""},
        {"", "5 => 10\n5 => 10", ""},
        {"", "5 => 10", ""},
        {"", "1 => 3\n5 => 7\n9 => 12", ""},
        {"", "1 => three\n2 => four", ""},
        {"", "1 => 3\nMonday => Wednesday", ""},
    };
    rule_rows_check(rows, ARRAY_COUNT(rows));
}

static void numbers_a_factor_away_are_found_in_every_notation(void **state)
{
    (void)state;
    static const struct rule_row rows[] = {
        {"factor", "1 => 2\n5 => 10",
            "7 => 14\nseven => fourteen\nXX => XL\nMM => !\n-3 => -6\n007 => 014\n1.5 => 3.0\n"
            "500,000 => 1,000,000\n0 => 0\nsix => twelve\n五 => 十\n十一 => !\nhello => !\n"
            "99999999999999999999 => 199999999999999999998"},
        {"factor", "0 => 0\n3 => 9\nseven => twenty one", "VIII => XXIV\n0 => 0\nzero => zero"},
        {"factor", "10 => 5\n8 => 4", "6 => 3\n7 => 3.5\nVIII => IV\nVII => !\nnine => !"},
        {"factor", "9 => 3\n6 => 2", "3 => 1\n7 => !\n-9 => -3"},
        {"factor", "1.5 => 3.0\n2 => 4", "2.5 => 5.0"},
        {"factor", "1.5 => 3\n2 => 4", "2.5 => 5\n2.25 => 4.5"},
        {"factor", "2 => 0.5\n4 => 1", "3 => 0.75\n8 => 2"},
        {"factor", "1 => -1\n-2 => 2", "3 => -3\nminus four => four\n0 => 0\nIV => !\n−5 => 5"},
        {"factor", "2 => 1,000,000,000,000\n4 => 2,000,000,000,000", "1 => 500000000000"},
        {"factor", "100000000000000000000 => 300000000000000000000\n2 => 6", "3 => 9"},
        {"", "1 => 2\n3 => 6\n4 => 9", ""},
        {"", "0 => 0\n5 => 10", ""},
        {"", "2 => 4\n3 => 9", ""},
    };
    rule_rows_check(rows, ARRAY_COUNT(rows));
}

static void successors_are_no_distance(void **state)
{
    (void)state;
    static const struct rule_row rows[] = {
        {"successor", "1 => 2", "LXIII => LXIV\n9,999 => 10,000\n-1 => 0\n1.5 => 2.5\n0.5 => 1.5"},
        {"successor", "1 => 2", "\u0661\u0662\u0669 => \u0661\u0663\u0660\n$9 => $10\n5% => 6%"},
        {"successor", "\u0967 => \u0968\n$1 => $2", "\uff11\uff19 => \uff12\uff10\n1 => 2"},
        {"factor", "$10 => $20\n$4 => $8", "$7 => $14\n1.5 \u20ac => 3.0 \u20ac"},
        {"affix", "5 => $5\n7 => $7", "9 => $9"},
        {"removal", "5% => 5\n7% => 7", "9% => 9"},
        {"successor", "1 => 2\n2 => 3", "nine hundred ninety nine => one thousand"},
    };
    rule_rows_check(rows, ARRAY_COUNT(rows));
}

static void any_bytes_are_survived_as_a_parameter(void **state)
{
    (void)state;
    static const struct text parameters[] = {TEXT_INIT(""), TEXT_INIT("a"), TEXT_INIT("a-"),
        TEXT_INIT("a1/0"), TEXT_INIT("a/"), TEXT_INIT("a1"), TEXT_INIT("a5/\0"),
        TEXT_INIT("a99999999999999999999/1"), TEXT_INIT("a1000000000000000000/1"),
        TEXT_INIT("s--1/2"), TEXT_INIT("\xff\xff\xff")};
    struct arena arena;
    arena_init(&arena);
    for (uint32_t kind = RULE_SUCCESSOR; kind <= RULE_FACTOR; kind++)
        for (size_t i = 0; i < ARRAY_COUNT(parameters); i++) {
            struct text output;
            bool is_applied = rule_apply(kind, parameters[i], TEXT("7"), &arena, &output);
            bool is_distance = kind == RULE_DISTANCE && text_equals_string(parameters[i], "a1");
            assert_int_equal(is_applied, kind == RULE_SUCCESSOR || is_distance);
        }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_a_distance_away_are_found_in_every_notation),
        cmocka_unit_test(numbers_a_factor_away_are_found_in_every_notation),
        cmocka_unit_test(successors_are_no_distance),
        cmocka_unit_test(any_bytes_are_survived_as_a_parameter),
    };
    return cmocka_run_group_tests_name("rule_numbers", tests, NULL, NULL);
}
