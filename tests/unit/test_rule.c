#include "tests/lib/unit.h"

#include "server/sim/rule.h"
#include "server/sim/unicode.h"

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

static void every_kind_has_a_name_and_a_number_that_stays(void **state)
{
    (void)state;
    static const char *const names[] = {"", "successor", "distance", "factor", "affix", "template",
        "upper", "lower", "title", "sentence", "reverse-characters", "reverse-words", "first-word",
        "last-word", "length-characters", "length-words", "removal", "identity", "constant",
        "template"};
    for (uint32_t kind = 0; kind < ARRAY_COUNT(names); kind++) {
        assert_true(rule_is_known(kind));
        assert_text(rule_name(kind), names[kind]);
    }
    assert_false(rule_is_known(ARRAY_COUNT(names)));
    assert_text(rule_name(UINT32_MAX), "");
}

static uint32_t next_random(uint32_t *random)
{
    *random = *random * 1664525 + 1013904223;
    return *random >> 16;
}

/* Up to `piece_max` of a few pieces, so that texts have much in common. */
static struct text random_text(uint32_t *random, size_t piece_max, struct arena *arena)
{
    static const struct text pieces[] = {TEXT_INIT("a"), TEXT_INIT("B"), TEXT_INIT(" "),
        TEXT_INIT("1"), TEXT_INIT("9,999"), TEXT_INIT("one"), TEXT_INIT("IV"), TEXT_INIT("."),
        TEXT_INIT("\u00df"), TEXT_INIT("\u0416"), TEXT_INIT("\u4f60"), TEXT_INIT("e\u0301"),
        TEXT_INIT("\U0001F1E9\U0001F1EA"), TEXT_INIT("\0"), TEXT_INIT("\xff"),
        TEXT_INIT("\xe4\xbd"), TEXT_INIT("0:,"), TEXT_INIT("-"), TEXT_INIT("\n"),
        TEXT_INIT("\u3000")};
    struct text text = TEXT("");
    for (size_t count = next_random(random) % (piece_max + 1); count > 0; count--)
        text = arena_joined(arena, text, pieces[next_random(random) % ARRAY_COUNT(pieces)]);
    return text;
}

enum { RANDOM_EXAMPLES = 4 };

static void check_found(
    const struct example *examples, struct rule_found found, struct arena *arena)
{
    for (size_t i = 0; i < RANDOM_EXAMPLES && found.kind > RULE_FACTOR; i++) {
        struct text output;
        assert_true(rule_apply(found.kind, found.parameter, examples[i].input, arena, &output));
        assert_true(text_equals(unicode_trim(output), unicode_trim(examples[i].output)));
    }
}

static void any_bytes_may_be_examples_parameters_and_prompts(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (size_t round = 0; round < 5000; round++) {
        struct arena arena;
        arena_init(&arena);
        struct example examples[RANDOM_EXAMPLES];
        for (size_t i = 0; i < RANDOM_EXAMPLES; i++)
            examples[i] =
                (struct example){random_text(&random, 3, &arena), random_text(&random, 2, &arena)};
        struct rule_found found = rule_of_examples(examples, RANDOM_EXAMPLES, &arena);
        assert_true(rule_is_known(found.kind));
        check_found(examples, found, &arena);
        struct text output;
        for (uint32_t kind = 0; kind <= RULE_PART; kind++)
            rule_apply(kind, random_text(&random, 4, &arena), random_text(&random, 6, &arena),
                &arena, &output);
        arena_release(&arena);
    }
}

/* Perhaps as another that is before it in the table, but one that all examples obey. */
static void what_any_rule_makes_of_texts_is_found_again(void **state)
{
    (void)state;
    static const struct rule_found rules[] = {{RULE_AFFIX, TEXT_INIT("0:,0:,1:<,1:>,")},
        {RULE_TEMPLATE, TEXT_INIT("0:,0:,0:,5: and ,0:,")}, {RULE_UPPER, TEXT_INIT("")},
        {RULE_LOWER, TEXT_INIT("")}, {RULE_TITLE, TEXT_INIT("all")},
        {RULE_TITLE, TEXT_INIT("kept")}, {RULE_SENTENCE, TEXT_INIT("each")},
        {RULE_SENTENCE, TEXT_INIT("kept")}, {RULE_REVERSE_CHARACTERS, TEXT_INIT("")},
        {RULE_REVERSE_WORDS, TEXT_INIT("bare")}, {RULE_REVERSE_WORDS, TEXT_INIT("run")},
        {RULE_FIRST_WORD, TEXT_INIT("spaced")}, {RULE_LAST_WORD, TEXT_INIT("spaced")},
        {RULE_LENGTH_CHARACTERS, TEXT_INIT("characters")}, {RULE_LENGTH_WORDS, TEXT_INIT("run")},
        {RULE_IDENTITY, TEXT_INIT("")}, {RULE_CONSTANT, TEXT_INIT("x")}};
    uint32_t random = 7;
    for (size_t round = 0; round < 200 * ARRAY_COUNT(rules); round++) {
        const struct rule_found *rule = &rules[round % ARRAY_COUNT(rules)];
        struct arena arena;
        arena_init(&arena);
        struct example examples[RANDOM_EXAMPLES];
        for (size_t i = 0; i < RANDOM_EXAMPLES; i++) {
            /* Words of their own tell each example from the others, and from its output. */
            examples[i].input = arena_printf(
                &arena, "%zu x Yy%zu %.*s z", i, i, TEXT_ARGS(random_text(&random, 5, &arena)));
            assert_true(rule_apply(
                rule->kind, rule->parameter, examples[i].input, &arena, &examples[i].output));
        }
        struct rule_found found = rule_of_examples(examples, RANDOM_EXAMPLES, &arena);
        assert_true(found.kind != RULE_NONE);
        check_found(examples, found, &arena);
        examples[round % RANDOM_EXAMPLES].output = TEXT("something else");
        assert_int_equal(rule_of_examples(examples, RANDOM_EXAMPLES, &arena).kind, RULE_NONE);
        arena_release(&arena);
    }
}

static void a_template_cannot_be_applied_to_what_would_make_too_much(void **state)
{
    struct arena *arena = *state;
    enum { PROMPT_BYTES = 1 << 20, SLOTS = 63 };
    struct text parameter = TEXT("0:,0:,0:,");
    for (size_t i = 0; i < SLOTS; i++)
        parameter = arena_joined(arena, parameter, TEXT("0:,"));
    char *prompt = arena_alloc(arena, PROMPT_BYTES);
    memset(prompt, 'x', PROMPT_BYTES);
    struct text output;
    assert_false(
        rule_apply(RULE_TEMPLATE, parameter, (struct text){prompt, PROMPT_BYTES}, arena, &output));
    assert_true(rule_apply(
        RULE_TEMPLATE, parameter, (struct text){prompt, PROMPT_BYTES / 2}, arena, &output));
    assert_int_equal(output.len, PROMPT_BYTES / 2 * SLOTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quickstart_examples_obey_the_successor_rule),
        cmocka_unit_test(one_example_that_disobeys_breaks_the_rule),
        cmocka_unit_test(the_rule_forgives_only_how_parts_are_joined),
        cmocka_unit_test(every_notation_has_a_successor),
        cmocka_unit_test(every_kind_has_a_name_and_a_number_that_stays),
        cmocka_unit_test(any_bytes_may_be_examples_parameters_and_prompts),
        cmocka_unit_test(what_any_rule_makes_of_texts_is_found_again),
        unit_test_with_arena(a_template_cannot_be_applied_to_what_would_make_too_much),
    };
    return cmocka_run_group_tests_name("rule", tests, NULL, NULL);
}
