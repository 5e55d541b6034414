#include "tests/lib/unit.h"

#include <stdio.h>

#include "server/sim/answers.h"

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

static const struct example sentiments[] = {
    {TEXT_INIT("I love this phone"), TEXT_INIT("positive")},
    {TEXT_INIT("This camera is terrible"), TEXT_INIT("negative")},
    {TEXT_INIT("The parcel came on Monday"), TEXT_INIT("neutral")},
};

/* A data set that is opened from its encoded bytes, and the arena for its answers. */
struct fixture {
    struct buf encoded;
    struct examples examples;
    struct arena arena;
};

static void fixture_init(struct fixture *fixture, const struct example *examples, size_t count)
{
    buf_init(&fixture->encoded);
    arena_init(&fixture->arena);
    examples_encode(&fixture->encoded, examples, count);
    assert_true(examples_open(buf_text(&fixture->encoded), &fixture->examples));
}

static void fixture_release(struct fixture *fixture)
{
    arena_release(&fixture->arena);
    buf_release(&fixture->encoded);
}

static struct answer fixture_ask(struct fixture *fixture, const char *prompt)
{
    return answer_prompt(&fixture->examples, text_of(prompt), 7, &fixture->arena);
}

static bool is_successor_rule(const struct example *examples, size_t count)
{
    struct arena scratch;
    arena_init(&scratch);
    bool is_successor = answer_rule_is_successor(examples, count, &scratch);
    arena_release(&scratch);
    return is_successor;
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
        bool is_number = answer_successor(text_of(rows[i].input), &arena, &output);
        assert_int_equal(is_number, rows[i].output != NULL);
        assert_text(output, is_number ? rows[i].output : "");
    }
    arena_release(&arena);
}

static void the_quickstart_model_counts(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, quickstart, ARRAY_COUNT(quickstart));
    struct answer answer = fixture_ask(&fixture, "LXIII");
    assert_text(answer.text, "LXIV");
    assert_int_equal(answer.source, ANSWER_FROM_RULE);
    assert_int_equal(answer.rule, ANSWER_RULE_SUCCESSOR);
    assert_string_equal(answer_source_name(&answer), "rule successor");
    assert_text(fixture_ask(&fixture, "999,999").text, "1,000,000");
    fixture_release(&fixture);
}

static void an_example_comes_before_the_rule(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TEXT_INIT("999"), TEXT_INIT(" 1,000\n")},
        {TEXT_INIT("eighty"), TEXT_INIT("eighty-one")},
    };
    struct fixture fixture;
    fixture_init(&fixture, examples, ARRAY_COUNT(examples));
    struct answer answer = fixture_ask(&fixture, " 999 ");
    assert_text(answer.text, " 1,000\n");
    assert_int_equal(answer.source, ANSWER_FROM_EXAMPLE);
    assert_int_equal(answer.example_index, 0);
    assert_string_equal(answer_source_name(&answer), "example");
    answer = fixture_ask(&fixture, "EIGHTY");
    assert_text(answer.text, "eighty-one");
    assert_int_equal(answer.example_index, 1);
    fixture_release(&fixture);
}

static void the_fallback_is_the_output_of_the_most_similar_example(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, sentiments, ARRAY_COUNT(sentiments));
    static const struct {
        const char *prompt;
        const char *output;
    } rows[] = {
        {"I LOVE this", "positive"},
        {"a terrible camera", "negative"},
        {"It came on Monday.", "neutral"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct answer answer = fixture_ask(&fixture, rows[i].prompt);
        assert_text(answer.text, rows[i].output);
        assert_int_equal(answer.source, ANSWER_FROM_FALLBACK);
        assert_string_equal(answer_source_name(&answer), "fallback");
    }
    fixture_release(&fixture);
}

static void the_fallback_takes_the_first_of_equally_similar_examples(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TEXT_INIT("zzz"), TEXT_INIT("none")},
        {TEXT_INIT("red car"), TEXT_INIT("first")},
        {TEXT_INIT("car red"), TEXT_INIT("second")},
        {TEXT_INIT("red car"), TEXT_INIT("third")},
    };
    struct fixture fixture;
    fixture_init(&fixture, examples, ARRAY_COUNT(examples));
    assert_text(fixture_ask(&fixture, "red").text, "first");
    fixture_release(&fixture);
}

static void a_prompt_like_no_example_gets_the_same_one_under_the_same_seed(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, sentiments, ARRAY_COUNT(sentiments));
    static const char *prompts[] = {"", "  ", "\u4e03", "0123456789", "~"};
    bool has_differed = false;
    for (size_t i = 0; i < ARRAY_COUNT(prompts); i++) {
        struct text prompt = text_of(prompts[i]);
        struct text first = answer_prompt(&fixture.examples, prompt, 1, &fixture.arena).text;
        for (uint64_t seed = 0; seed < 20; seed++) {
            struct text text = answer_prompt(&fixture.examples, prompt, seed, &fixture.arena).text;
            struct text again = answer_prompt(&fixture.examples, prompt, seed, &fixture.arena).text;
            assert_true(text_equals(text, again));
            has_differed |= !text_equals(text, first);
        }
    }
    assert_true(has_differed);
    fixture_release(&fixture);
}

static void the_fallback_works_beyond_the_texts_it_looks_at(void **state)
{
    (void)state;
    enum { EXAMPLE_COUNT = 2500, PROMPT_LEN = 40000 };
    struct arena texts;
    arena_init(&texts);
    struct example *examples = arena_array(&texts, EXAMPLE_COUNT, sizeof(*examples));
    for (unsigned i = 0; i < EXAMPLE_COUNT; i++) {
        examples[i] = (struct example){
            arena_printf(&texts, "example %u", i), arena_printf(&texts, "output %u", i)};
    }
    struct fixture fixture;
    fixture_init(&fixture, examples, EXAMPLE_COUNT);
    struct answer answer = fixture_ask(&fixture, "example");
    assert_int_equal(answer.source, ANSWER_FROM_FALLBACK);
    assert_true(text_starts_with(answer.text, TEXT("output ")));
    assert_text(fixture_ask(&fixture, "example 2499").text, "output 2499");

    char *prompt = arena_alloc(&texts, PROMPT_LEN + 1);
    memset(prompt, 'x', PROMPT_LEN);
    answer = fixture_ask(&fixture, prompt);
    assert_true(text_starts_with(answer.text, TEXT("output ")));
    fixture_release(&fixture);
    arena_release(&texts);
}

static void without_examples_the_answer_says_so(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, NULL, 0);
    struct answer empty = fixture_ask(&fixture, "1");
    struct answer none = answer_prompt(NULL, TEXT("1"), 7, &fixture.arena);
    assert_int_equal(empty.source, ANSWER_FROM_FALLBACK);
    assert_int_equal(none.source, ANSWER_FROM_FALLBACK);
    assert_true(text_equals(empty.text, none.text));
    assert_true(text_find(none.text, TEXT("no training examples")) < none.text.len);
    fixture_release(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quickstart_examples_obey_the_successor_rule),
        cmocka_unit_test(one_example_that_disobeys_breaks_the_rule),
        cmocka_unit_test(the_rule_forgives_only_how_parts_are_joined),
        cmocka_unit_test(every_notation_has_a_successor),
        cmocka_unit_test(the_quickstart_model_counts),
        cmocka_unit_test(an_example_comes_before_the_rule),
        cmocka_unit_test(the_fallback_is_the_output_of_the_most_similar_example),
        cmocka_unit_test(the_fallback_takes_the_first_of_equally_similar_examples),
        cmocka_unit_test(a_prompt_like_no_example_gets_the_same_one_under_the_same_seed),
        cmocka_unit_test(the_fallback_works_beyond_the_texts_it_looks_at),
        cmocka_unit_test(without_examples_the_answer_says_so),
    };
    return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
