#include "tests/lib/unit.h"

#include "server/sim/number_words.h"

/* Reads it, adds one, and writes that; false of what is no whole number. */
static bool count_up(struct text input, struct arena *arena, struct text *ret_output)
{
    struct notated number;
    if (!notation_words.read(input, arena, &number) || number.number.fraction_count > 0)
        return false;
    struct number one = {.digits = TEXT_INIT("1")};
    return notation_words.write(
        number_sum(number.number, one, arena), number.style, arena, ret_output);
}

struct row {
    const char *input;
    const char *output; /* NULL: refused */
};

static void check_rows(const struct row *rows, size_t row_count)
{
    for (size_t i = 0; i < row_count; i++) {
        struct arena arena;
        arena_init(&arena);
        struct text output = TEXT("unchanged");
        bool is_number = count_up(text_of(rows[i].input), &arena, &output);
        if (is_number != (rows[i].output != NULL))
            fail_msg("\"%s\" was %s", rows[i].input, is_number ? "accepted" : "refused");
        if (!text_equals_string(output, is_number ? rows[i].output : "unchanged"))
            fail_msg("\"%s\" gave \"%.*s\"", rows[i].input, TEXT_ARGS(output));
        arena_release(&arena);
    }
}

static void words_count_up(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"zero", "one"},
        {"one", "two"},
        {"nine", "ten"},
        {"thirteen", "fourteen"},
        {"nineteen", "twenty"},
        {"eighty", "eighty one"},
        {"twenty two", "twenty three"},
        {"ninety nine", "one hundred"},
        {"two hundred", "two hundred one"},
        {"one hundred ninety nine", "two hundred"},
        {"nine hundred ninety nine", "one thousand"},
        {"one thousand", "one thousand one"},
        {"one thousand ninety nine", "one thousand one hundred"},
        {"nine thousand nine hundred ninety nine", "ten thousand"},
        {"one hundred one thousand", "one hundred one thousand one"},
        {"nine hundred ninety nine thousand nine hundred ninety nine", "one million"},
        {"one million", "one million one"},
        {"two billion three", "two billion four"},
        {"one  hundred\tone", "one hundred two"},
    };
    check_rows(rows, ARRAY_COUNT(rows));
}

static void words_below_zero_count_up_to_zero(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"minus one", "zero"},
        {"negative one", "zero"},
        {"minus zero", "one"},
        {"minus two", "minus one"},
        {"negative twenty-one", "negative twenty"},
        {"minus one hundred", "minus ninety nine"},
        {"minus a thousand", "minus nine hundred ninety nine"},
        {"minus one million", "minus nine hundred ninety nine thousand nine hundred ninety nine"},
        {"Minus Two", "Minus One"},
        {"Minus one", "Zero"},
        {"NEGATIVE TEN", "NEGATIVE NINE"},
    };
    check_rows(rows, ARRAY_COUNT(rows));
}

static void words_keep_the_style_of_the_input(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"twenty-two", "twenty-three"},
        {"forty-nine", "fifty"},
        {"one hundred twenty-nine", "one hundred thirty"},
        {"thirty-nine thousand", "thirty-nine thousand one"},
        {"one hundred and nine", "one hundred and ten"},
        {"one hundred and ninety nine", "two hundred"},
        {"nine hundred and ninety-nine", "one thousand"},
        {"one thousand and one", "one thousand and two"},
        {"one thousand and ninety nine", "one thousand one hundred"},
        {"one million, two hundred thousand, five", "one million, two hundred thousand, six"},
        {"one million, two hundred thousand and nine", "one million, two hundred thousand and ten"},
        {"one thousand, one hundred and nine", "one thousand, one hundred and ten"},
        {"a hundred", "a hundred one"},
        {"a hundred and one", "a hundred and two"},
        {"a hundred and ninety-nine", "two hundred"},
        {"a thousand", "a thousand one"},
        {"a million and nine", "a million and ten"},
        {"hundred", "hundred one"},
        {"thousand", "thousand one"},
        {"one-hundred-nine", "one hundred ten"},
    };
    check_rows(rows, ARRAY_COUNT(rows));
}

static void words_keep_the_capitals_of_the_input(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"Forty-Nine", "Fifty"},
        {"Twenty-Two", "Twenty-Three"},
        {"Twenty-two", "Twenty-three"},
        {"Ninety-Nine", "One Hundred"},
        {"Ninety nine", "One hundred"},
        {"NINETY NINE", "ONE HUNDRED"},
        {"Eighty", "Eighty one"},
        {"EIGHTY", "EIGHTY ONE"},
        {"One Hundred and Nine", "One Hundred and Ten"},
        {"One Hundred And Nine", "One Hundred And Ten"},
        {"ONE HUNDRED AND NINE", "ONE HUNDRED AND TEN"},
        {"One hundred and nine", "One hundred and ten"},
        {"A Hundred", "A Hundred One"},
        {"A hundred", "A hundred one"},
        {"A HUNDRED", "A HUNDRED ONE"},
        {"tWeNtY", "twenty one"},
    };
    check_rows(rows, ARRAY_COUNT(rows));
}

static void what_is_no_number_in_words_is_refused(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", NULL},
        {" ", NULL},
        {"a", NULL},
        {"and", NULL},
        {"minus", NULL},
        {"a one", NULL},
        {"a a hundred", NULL},
        {"and one", NULL},
        {"one and", NULL},
        {"one and two", NULL},
        {"one two", NULL},
        {"one hundred and", NULL},
        {"one hundred and and one", NULL},
        {"one hundred and thousand", NULL},
        {"one thousand and", NULL},
        {"one thousand,", NULL},
        {"one thousand,, one", NULL},
        {"one hundred, one", NULL},
        {"one thousand a hundred", NULL},
        {"twenty-", NULL},
        {"twenty--two", NULL},
        {"twenty - two", NULL},
        {"twenty twelve", NULL},
        {"twenty hundred", NULL},
        {"ten hundred", NULL},
        {"one hundred hundred", NULL},
        {"one thousand thousand", NULL},
        {"one thousand million", NULL},
        {"thousand million", NULL},
        {"zero zero", NULL},
        {"zero one", NULL},
        {"twenty zero", NULL},
        {"minus minus one", NULL},
        {"one minus", NULL},
        {"twentytwo", NULL},
        {"onehundred", NULL},
        {"forty nine.", NULL},
        {"forty nine ", NULL},
        {"five apples", NULL},
        {"-five", NULL},
        {"fi\u0301ve", NULL},
    };
    check_rows(rows, ARRAY_COUNT(rows));
}

static void words_may_hold_nul_and_are_refused(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct text output;
    assert_false(count_up(TEXT("one\0"), &arena, &output));
    assert_false(count_up(TEXT("one\0two"), &arena, &output));
    arena_release(&arena);
}

/* "nine hundred ninety nine decillion ... nine hundred ninety nine" with the given scales. */
static struct text all_nines(struct arena *arena, size_t scale_count)
{
    static const char *scales[] = {"decillion", "nonillion", "octillion", "septillion",
        "sextillion", "quintillion", "quadrillion", "trillion", "billion", "million", "thousand"};
    struct text text = TEXT("");
    for (size_t i = ARRAY_COUNT(scales) - scale_count; i < ARRAY_COUNT(scales); i++)
        text = arena_printf(arena, "%.*snine hundred ninety nine %s ", TEXT_ARGS(text), scales[i]);
    return arena_printf(arena, "%.*snine hundred ninety nine", TEXT_ARGS(text));
}

static void words_reach_up_to_the_largest_scale_and_no_further(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct text output;
    assert_true(count_up(all_nines(&arena, 5), &arena, &output));
    assert_text(output, "one quintillion");
    assert_true(count_up(all_nines(&arena, 10), &arena, &output));
    assert_text(output, "one decillion");
    assert_false(count_up(all_nines(&arena, 11), &arena, &output));
    arena_release(&arena);
}

static void long_input_is_refused(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct text output;
    char input[NUMBER_WORDS_LEN_MAX + 1];
    memset(input, ' ', sizeof(input));
    memcpy(input, "twenty", strlen("twenty"));
    memcpy(input + sizeof(input) - 3, "two", 3);
    assert_false(count_up((struct text){input, sizeof(input)}, &arena, &output));
    memcpy(input + sizeof(input) - 4, "two", 3);
    assert_true(count_up((struct text){input, sizeof(input) - 1}, &arena, &output));
    assert_text(output, "twenty three");
    arena_release(&arena);
}

/*
 * Every successor must be read again as a number, so that a chain never breaks; and 20,000 steps
 * up from minus ten thousand must end at ten thousand.
 */
static void counting_up_from_minus_ten_thousand_arrives_at_ten_thousand(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"minus ten thousand", "ten thousand"},
        {"MINUS TEN THOUSAND", "TEN THOUSAND"},
        {"Minus Ten Thousand", "Ten Thousand"},
    };
    for (size_t row = 0; row < ARRAY_COUNT(rows); row++) {
        struct arena arena;
        arena_init(&arena);
        struct text number = text_of(rows[row].input);
        for (unsigned step = 0; step < 20000; step++)
            assert_true(count_up(number, &arena, &number));
        /* A word alone with a capital is the first word of a sentence from then on. */
        assert_true(text_equals_ignoring_case(number, text_of(rows[row].output)));
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_count_up),
        cmocka_unit_test(words_below_zero_count_up_to_zero),
        cmocka_unit_test(words_keep_the_style_of_the_input),
        cmocka_unit_test(words_keep_the_capitals_of_the_input),
        cmocka_unit_test(what_is_no_number_in_words_is_refused),
        cmocka_unit_test(words_may_hold_nul_and_are_refused),
        cmocka_unit_test(words_reach_up_to_the_largest_scale_and_no_further),
        cmocka_unit_test(long_input_is_refused),
        cmocka_unit_test(counting_up_from_minus_ten_thousand_arrives_at_ten_thousand),
    };
    return cmocka_run_group_tests_name("number_words", tests, NULL, NULL);
}
