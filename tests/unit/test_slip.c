#include "tests/lib/unit.h"

#include "server/sim/slip.h"

static void marks_a_letter_two_neighbours_or_a_word_are_a_slip(void **state)
{
    (void)state;
    static const struct {
        const char *one, *other;
        enum slip slip;
    } rows[] = {
        {"house", "hause", SLIP_OF_LETTER},
        {"house", "hose", SLIP_OF_LETTER},
        {"house", "housee", SLIP_OF_LETTER},
        {"house", "huose", SLIP_OF_LETTER},
        {"house", "ouse", SLIP_OF_LETTER},
        {"aab", "ab", SLIP_OF_LETTER},
        {"", "a", SLIP_OF_LETTER},
        {"a", "b", SLIP_OF_LETTER},
        {"ab", "ba", SLIP_OF_LETTER},
        {"\u043c\u0438\u0440", "\u043c\u044b\u0440", SLIP_OF_LETTER},
        {"\u00e9t\u00e9", "\u00e8t\u00e9", SLIP_OF_LETTER},
        {"\u00e9t", "t\u00e9", SLIP_OF_LETTER},
        {"\u4e00\u4e8c", "\u4e00", SLIP_OF_LETTER},
        {"a\U0001f600", "a\U0001f601", SLIP_OF_MARKS},
        /* They share bytes inside of their letters. */
        {"\u00e9", "\u0429", SLIP_OF_LETTER},
        {"\u4e00", "\u4e00", SLIP_NONE},
        {"house", "house", SLIP_NONE},
        {"", "", SLIP_NONE},
        {"house", "hau", SLIP_NONE},
        {"house", "hauss", SLIP_NONE},
        {"abc", "cba", SLIP_NONE},
        {"abcd", "badc", SLIP_NONE},
        {"a", "bc", SLIP_NONE},
        {"dedahi", "dx dedahi", SLIP_OF_WORD},
        {"ne na", "ne nu na", SLIP_OF_WORD},
        {"ne na", "ne  na nu", SLIP_OF_WORD},
        {"a a", "a a a", SLIP_OF_WORD},
        {"na", "ne nu na", SLIP_NONE},
        {"ne na", "na ne", SLIP_NONE},
        {"xa", "xbc ya", SLIP_NONE},
        {"new  york", "new \u00a0 york", SLIP_OF_MARKS},
        {"dedahi", "\u00bfdedahi!?", SLIP_OF_MARKS},
        {"!!", "??", SLIP_NONE},
        {"!", "?", SLIP_OF_LETTER},
        {"its", "it's", SLIP_OF_LETTER},
        {"\u4e00\u4e8c \u4e09", "\u4e09", SLIP_OF_WORD},
        {"one", "one two three", SLIP_NONE},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (slip_between(text_of(rows[i].one), text_of(rows[i].other)) != rows[i].slip ||
            slip_between(text_of(rows[i].other), text_of(rows[i].one)) != rows[i].slip)
            fail_msg("row %zu: %s, %s", i, rows[i].one, rows[i].other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_a_letter_two_neighbours_or_a_word_are_a_slip),
    };
    return cmocka_run_group_tests_name("slip", tests, NULL, NULL);
}
