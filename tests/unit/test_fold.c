#include "tests/lib/unit.h"

#include "base/fold.h"

static void texts_that_differ_in_case_fold_to_one(void **state)
{
    (void)state;
    static const struct {
        const char *text, *folded;
    } rows[] = {
        {"", ""},
        {"abz ABZ @[`{ 09", "abz abz @[`{ 09"},
        {"ÑandÚ", "ñandú"},
        {"ПР", "пр"},
        /* Both small sigmas, and the long s. */
        {"Σσς", "σσσ"},
        {"ſ", "s"},
        /* Two bytes that become three. */
        {"Ⱥ", "ⱥ"},
        {"🙂 日", "🙂 日"},
        /* No UTF-8. */
        {"A\xc3", "a\xc3"},
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_text(fold_text(text_of(rows[i].text), &arena), rows[i].folded);
    arena_release(&arena);
}

static void a_word_is_found_in_any_case(void **state)
{
    (void)state;
    static const struct {
        const char *text, *word;
        bool is_found;
    } rows[] = {
        {"", "", true},
        {"", "a", false},
        {"abc", "", true},
        {"abc", "C", true},
        {"abc", "ABC", true},
        {"abc", "abcd", false},
        {"aab", "AB", true},
        {"El Ñandú", "ñANDÚ", true},
        {"El Ñandu", "ñandú", false},
        /* The Kelvin sign has three bytes, k has one. */
        {"5 K", "K", true},
        {"5 k!", "K!", true},
        {"Ñ", "ÑÑ", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (fold_contains(text_of(rows[i].text), text_of(rows[i].word)) != rows[i].is_found)
            fail_msg("row %zu: %s in %s", i, rows[i].word, rows[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_that_differ_in_case_fold_to_one),
        cmocka_unit_test(a_word_is_found_in_any_case),
    };
    return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
