#include "tests/lib/unit.h"

#include "server/sim/rule.h"

static const struct example quickstart[] = {
    {TEXT_INIT("1"), TEXT_INIT("2")},
    {TEXT_INIT("3"), TEXT_INIT("4")},
    {TEXT_INIT("-3"), TEXT_INIT("-2")},
    {TEXT_INIT("twenty two"), TEXT_INIT("twenty three")},
    {TEXT_INIT("two hundred"), TEXT_INIT("two hundred one")},
    {TEXT_INIT("ninety nine"), TEXT_INIT("one hundred")},
    {TEXT_INIT("8"), TEXT_INIT("9")},
    {TEXT_INIT("-98"), TEXT_INIT("-97")},
    {TEXT_INIT("1,000"), TEXT_INIT("1,001")},
    {TEXT_INIT("10,100,000"), TEXT_INIT("10,100,001")},
    {TEXT_INIT("thirteen"), TEXT_INIT("fourteen")},
    {TEXT_INIT("eighty"), TEXT_INIT("eighty one")},
    {TEXT_INIT("one"), TEXT_INIT("two")},
    {TEXT_INIT("three"), TEXT_INIT("four")},
    {TEXT_INIT("seven"), TEXT_INIT("eight")},
};

static bool is_successor_rule(const struct example *examples, size_t count)
{
    struct arena arena;
    arena_init(&arena);
    struct rule_found found = rule_of_examples(examples, count, &arena);
    arena_release(&arena);
    return found.kind == RULE_SUCCESSOR;
}

static void quickstart_examples_obey_the_successor_rule(void **state)
{
    (void)state;
    assert_true(is_successor_rule(quickstart, ARRAY_COUNT(quickstart)));
    for (size_t i = 0; i < ARRAY_COUNT(quickstart); i++)
        assert_true(is_successor_rule(&quickstart[i], 1));
}

static void one_example_that_disobeys_breaks_the_rule(void **state)
{
    (void)state;
    struct example examples[ARRAY_COUNT(quickstart)];
    for (size_t i = 0; i < ARRAY_COUNT(quickstart); i++) {
        memcpy(examples, quickstart, sizeof(quickstart));
        examples[i].output = TEXT("5");
        assert_false(is_successor_rule(examples, ARRAY_COUNT(examples)));
        examples[i] = (struct example){TEXT("Monday"), TEXT("Tuesday")};
        assert_false(is_successor_rule(examples, ARRAY_COUNT(examples)));
    }
}

static void the_rule_forgives_only_how_parts_are_joined(void **state)
{
    (void)state;
    static const struct {
        struct example example;
        bool is_successor;
    } rows[] = {
        {{TEXT_INIT(" 1\n"), TEXT_INIT("\t2 ")}, true},
        {{TEXT_INIT("eighty"), TEXT_INIT("eighty-one")}, true},
        {{TEXT_INIT("two hundred"), TEXT_INIT("two hundred and one")}, true},
        {{TEXT_INIT("one hundred and one"), TEXT_INIT("one hundred two")}, true},
        {{TEXT_INIT("one thousand"), TEXT_INIT("one thousand, and one")}, true},
        {{TEXT_INIT("999"), TEXT_INIT("1,000")}, true},
        {{TEXT_INIT("eighty"), TEXT_INIT("Eighty one")}, false},
        {{TEXT_INIT("LXIII"), TEXT_INIT("lxiv")}, false},
        {{TEXT_INIT("-2"), TEXT_INIT("1")}, false},
        {{TEXT_INIT("0"), TEXT_INIT("-1")}, false},
        {{TEXT_INIT("-1"), TEXT_INIT("-0")}, false},
        {{TEXT_INIT("1"), TEXT_INIT("2.")}, false},
        {{TEXT_INIT("1"), TEXT_INIT("")}, false},
        {{TEXT_INIT(""), TEXT_INIT("")}, false},
        {{TEXT_INIT("1"), TEXT_INIT("2\0")}, false},
        {{TEXT_INIT("eighty"), TEXT_INIT("eighty oneand")}, false},
        {{TEXT_INIT("1"), TEXT_INIT("two")}, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (is_successor_rule(&rows[i].example, 1) != rows[i].is_successor)
            fail_msg("row %zu", i);
    assert_false(is_successor_rule(NULL, 0));
}

static void every_notation_has_a_successor(void **state)
{
    (void)state;
    static const struct {
        const char *input;
        const char *output; /* NULL: refused */
    } rows[] = {
        {"9", "10"},
        {" 1,000 \n", "1,001"},
        {"-1", "0"},
        {"ninety nine", "one hundred"},
        {"Forty-Nine", "Fifty"},
        {"\tLXIII ", "LXIV"},
        {"quatre", "cinq"},
        {"\u516d", "\u4e03"},
        {"six", "seven"},
        {"dix", "onze"},
        {"DIX", "DX"},
        {"I", "II"},
        {"", NULL},
        {"  ", NULL},
        {"Monday", NULL},
        {"what comes after 5?", NULL},
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text output = TEXT("");
        bool is_number =
            rule_apply(RULE_SUCCESSOR, TEXT(""), text_of(rows[i].input), &arena, &output);
        assert_int_equal(is_number, rows[i].output != NULL);
        assert_text(output, is_number ? rows[i].output : "");
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quickstart_examples_obey_the_successor_rule),
        cmocka_unit_test(one_example_that_disobeys_breaks_the_rule),
        cmocka_unit_test(the_rule_forgives_only_how_parts_are_joined),
        cmocka_unit_test(every_notation_has_a_successor),
    };
    return cmocka_run_group_tests_name("rule", tests, NULL, NULL);
}
