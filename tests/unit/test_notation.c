#include "tests/lib/unit.h"

#include "server/sim/notation.h"

/* Reads it, adds one, and writes that; false of what is no whole number. */
static bool count_up(const struct notation *notation, struct text input, struct arena *arena,
    struct text *ret_output)
{
    struct notated number;
    if (!notation->read(input, arena, &number) || number.number.fraction_count > 0)
        return false;
    struct number one = {.digits = TEXT_INIT("1")};
    return notation->write(number_sum(number.number, one, arena), number.style, arena, ret_output);
}

struct row {
    const char *input;
    const char *output; /* NULL: refused */
};

static void check_rows(const struct notation *notation, const struct row *rows, size_t row_count)
{
    for (size_t i = 0; i < row_count; i++) {
        struct arena arena;
        arena_init(&arena);
        struct text output = TEXT("unchanged");
        bool is_number = count_up(notation, text_of(rows[i].input), &arena, &output);
        if (is_number != (rows[i].output != NULL))
            fail_msg("\"%s\" was %s", rows[i].input, is_number ? "accepted" : "refused");
        if (!text_equals_string(output, is_number ? rows[i].output : "unchanged"))
            fail_msg("\"%s\" gave \"%.*s\"", rows[i].input, TEXT_ARGS(output));
        arena_release(&arena);
    }
}

static void digits_count_up_with_carry_sign_and_width(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0", "1"},
        {"1", "2"},
        {"9", "10"},
        {"99", "100"},
        {"123455", "123456"},
        {"18446744073709551615", "18446744073709551616"},
        {"007", "008"},
        {"099", "100"},
        {"00", "01"},
        {"-1", "0"},
        {"-3", "-2"},
        {"-98", "-97"},
        {"-10", "-9"},
        {"-100", "-99"},
        {"-1000", "-999"},
        {"-0", "1"},
        {"-000", "001"},
        {"-001", "000"},
        {"-010", "-009"},
        {"\u22125", "\u22124"},
        {"\u22121", "0"},
        {"+5", "+6"},
        {"+9", "+10"},
        {"+0", "+1"},
    };
    check_rows(&notation_digits, rows, ARRAY_COUNT(rows));
}

static void digits_of_other_scripts_and_of_money_count_up(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"\u0661\u0662\u0663", "\u0661\u0662\u0664"},
        {"\u0669\u0669\u0669\u066c\u0669\u0669\u0669",
            "\u0661\u066c\u0660\u0660\u0660\u066c\u0660\u0660\u0660"},
        {"\uff19", "\uff11\uff10"},
        {"\uff0d\uff15", "\uff0d\uff14"},
        {"-\u096f", "-\u096e"},
        {"\u0e59", "\u0e51\u0e50"},
        {"1\u0662", NULL},
        {"$5", "$6"},
        {"-$5", "-$4"},
        {"$999,999", "$1,000,000"},
        {"5 \u20ac", "6 \u20ac"},
        {"5%", "6%"},
        {"9\u00a0%", "10\u00a0%"},
        {"36\u00b0", "37\u00b0"},
        {"$", NULL},
        {"$5%", NULL},
        {"5%%", NULL},
        {"5 ", NULL},
        {"5 kg", NULL},
        {"%5", NULL},
    };
    check_rows(&notation_digits, rows, ARRAY_COUNT(rows));
}

static void digits_keep_their_separators(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"1,000", "1,001"},
        {"10,100,000", "10,100,001"},
        {"999,999", "1,000,000"},
        {"-1,000", "-999"},
        {"-1,000,000", "-999,999"},
        {"-1,001", "-1,000"},
        {"0,999", "1,000"},
        {"1 000", "1 001"},
        {"999 999", "1 000 000"},
        {"1_999", "2_000"},
        {"1'000", "1'001"},
        {"1\u2019000", "1\u2019001"},
        {"1\u00a0000", "1\u00a0001"},
        {"999\u202f999", "1\u202f000\u202f000"},
        {"1.000", "1.001"},
        {"1.999", "2.000"},
        {"999.999", "1.000.000"},
        {"-1.000", "-999"},
        {"1.000.000", "1.000.001"},
        {"999.999.999", "1.000.000.000"},
        {"-1.000.000", "-999.999"},
    };
    check_rows(&notation_digits, rows, ARRAY_COUNT(rows));
}

static void what_is_no_whole_number_in_digits_is_refused(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", NULL},
        {"-", NULL},
        {"+", NULL},
        {"--1", NULL},
        {"+-1", NULL},
        {"1-", NULL},
        {"- 1", NULL},
        {"1.", NULL},
        {"1.5", NULL},
        {"0.125", NULL},
        {"000.125", NULL},
        {"-0.500", NULL},
        {"3.14", NULL},
        {"3.1415", NULL},
        {"1e5", NULL},
        {"0x10", NULL},
        {"5%5", NULL},
        {"1,", NULL},
        {",1", NULL},
        {",000", NULL},
        {"1,00", NULL},
        {"1,0000", NULL},
        {"1000,000", NULL},
        {"1,,000", NULL},
        {"1,000,", NULL},
        {"1,000 000", NULL},
        {"1.000,000", NULL},
        {"1  000", NULL},
        {"12,34", NULL},
        {"1,000,00a", NULL},
        {"five", NULL},
        {"1 apple", NULL},
        {"\u2212", NULL},
        {"\xe2\x88", NULL},
    };
    check_rows(&notation_digits, rows, ARRAY_COUNT(rows));
}

static void a_thousand_nines_become_a_one_and_zeros(void **state)
{
    (void)state;
    enum { DIGIT_COUNT = 999 };
    char nines[DIGIT_COUNT];
    memset(nines, '9', sizeof(nines));
    struct arena arena;
    arena_init(&arena);
    struct text output;
    assert_true(count_up(&notation_digits, (struct text){nines, sizeof(nines)}, &arena, &output));
    assert_int_equal(output.len, DIGIT_COUNT + 1);
    assert_int_equal(output.bytes[0], '1');
    for (size_t i = 1; i < output.len; i++)
        assert_int_equal(output.bytes[i], '0');
    arena_release(&arena);
}

static void roman_numerals_count_up_in_their_case(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"I", "II"},
        {"III", "IV"},
        {"IX", "X"},
        {"LXIII", "LXIV"},
        {"XCIX", "C"},
        {"CDXCIX", "D"},
        {"MCMXCIX", "MM"},
        {"MMMDCCCLXXXVIII", "MMMDCCCLXXXIX"},
        {"MMMCMXCVIII", "MMMCMXCIX"},
        {"iv", "v"},
        {"lxiii", "lxiv"},
        {"mix", "mx"},
    };
    check_rows(&notation_roman, rows, ARRAY_COUNT(rows));
}

static void roman_numerals_that_are_not_canonical_are_refused(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", NULL},
        {"MMMCMXCIX", NULL},
        {"MMMM", NULL},
        {"IIII", NULL},
        {"VV", NULL},
        {"VIV", NULL},
        {"IL", NULL},
        {"IC", NULL},
        {"XM", NULL},
        {"IXX", NULL},
        {"Iv", NULL},
        {"iV", NULL},
        {"civil", NULL},
        {"LXIII.", NULL},
        {"X I", NULL},
        {"-X", NULL},
        {"[", NULL},
        {"{", NULL},
        {"MMMDCCCLXXXVIIII", NULL},
        {"A", NULL},
    };
    check_rows(&notation_roman, rows, ARRAY_COUNT(rows));
}

/* Additive notation, written independently: one letter at a time, then the six shortenings. */
static size_t roman_of(unsigned value, char *text)
{
    static const struct {
        unsigned value;
        const char *numeral;
    } steps[] = {{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"},
        {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}};
    size_t len = 0;
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        for (; value >= steps[i].value; value -= steps[i].value) {
            memcpy(text + len, steps[i].numeral, strlen(steps[i].numeral) + 1);
            len += strlen(steps[i].numeral);
        }
    }
    return len;
}

static void all_roman_numerals_lead_to_the_next(void **state)
{
    (void)state;
    for (unsigned value = 1; value < 3999; value++) {
        char input[20];
        char expected[20];
        size_t input_len = roman_of(value, input);
        roman_of(value + 1, expected);
        struct arena arena;
        arena_init(&arena);
        struct text output;
        assert_true(count_up(&notation_roman, (struct text){input, input_len}, &arena, &output));
        assert_text(output, expected);
        arena_release(&arena);
    }
}

static void small_numbers_of_other_languages_count_up(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"z\u00e9ro", "un"},
        {"quatre", "cinq"},
        {"dix-neuf", "vingt"},
        {"\u516d", "\u4e03"},
        {"\u4e03", "\u516b"},
        {"\u5341", "\u5341\u4e00"},
        {"\u5341\u4e5d", "\u4e8c\u5341"},
        {"vingt", NULL},
        {"\u4e8c\u5341", NULL},
        {"Quatre", NULL},
        {"quatre quatre", NULL},
        {"", NULL},
    };
    check_rows(&notation_list, rows, ARRAY_COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digits_count_up_with_carry_sign_and_width),
        cmocka_unit_test(digits_of_other_scripts_and_of_money_count_up),
        cmocka_unit_test(digits_keep_their_separators),
        cmocka_unit_test(what_is_no_whole_number_in_digits_is_refused),
        cmocka_unit_test(a_thousand_nines_become_a_one_and_zeros),
        cmocka_unit_test(roman_numerals_count_up_in_their_case),
        cmocka_unit_test(roman_numerals_that_are_not_canonical_are_refused),
        cmocka_unit_test(all_roman_numerals_lead_to_the_next),
        cmocka_unit_test(small_numbers_of_other_languages_count_up),
    };
    return cmocka_run_group_tests_name("notation", tests, NULL, NULL);
}
