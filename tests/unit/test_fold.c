#include "tests/lib/unit.h"

#include <locale.h>
#include <wctype.h>

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
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text text = fold_text(text_of(rows[i].text), *state);
        struct text word = fold_text(text_of(rows[i].word), *state);
        bool is_found = word.len <= text.len && (word.len == 0 || text_find(text, word) < text.len);
        if (is_found != rows[i].is_found)
            fail_msg("row %zu: %s in %s", i, rows[i].word, rows[i].text);
    }
}

/* The table and the stretches without case must say what the C library says. */
static void every_code_point_folds_as_the_library_says(void **state)
{
    (void)state;
    locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    assert_true(locale != (locale_t)0);
    struct arena arena;
    arena_init(&arena);
    for (uint32_t code_point = 0; code_point < 0x20000; code_point++) {
        if (code_point >= 0xd800 && code_point < 0xe000)
            continue;
        uint32_t expected = (uint32_t)towlower_l(towupper_l((wint_t)code_point, locale), locale);
        /* The "é" keeps ASCII letters from being folded as a text of ASCII. */
        char bytes[6] = "\xc3\xa9";
        size_t len = 2 + text_encode_code_point(code_point, bytes + 2);
        struct text folded = fold_text((struct text){bytes, len}, &arena);
        size_t at = 2;
        assert_int_equal(text_next_code_point(folded, &at), expected);
        assert_int_equal(at, folded.len);
        arena_clear(&arena);
    }
    arena_release(&arena);
    freelocale(locale);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_that_differ_in_case_fold_to_one),
        cmocka_unit_test(a_word_is_found_in_any_case),
        cmocka_unit_test(every_code_point_folds_as_the_library_says),
    };
    return cmocka_run_group_tests_name("fold", tests, unit_make_arena, unit_release_arena);
}
