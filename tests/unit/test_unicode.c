#include "tests/lib/unit.h"

#include <locale.h>
#include <wctype.h>

#include "base/hash.h"
#include "server/sim/unicode.h"

#define FAMILY "\U0001F468\u200d\U0001F469\u200d\U0001F467"
#define FLAG_DE "\U0001F1E9\U0001F1EA"
#define FLAG_FR "\U0001F1EB\U0001F1F7"
#define THUMB_DARK "\U0001F44D\U0001F3FF"
#define HEART "\u2764\ufe0f"

static void any_bytes_are_read_and_written_back(void **state)
{
    (void)state;
    static const struct text rows[] = {
        TEXT_INIT(""),
        TEXT_INIT("a\0b"),
        TEXT_INIT("\u00e9\u4e03\U0001F44B"),
        TEXT_INIT("\xc3\xa9\x80"),
        TEXT_INIT("\xff\xfe\x80\xc3"),
        TEXT_INIT("\xed\xa0\x80\xf4\x90\x80\x80\xc0\xaf"),
        TEXT_INIT("\xe4\xb8"),
        TEXT_INIT("\x80\x80\x80\x80\x80\xf0\x9f\x91\x8b\x80\x80\x80\x80"),
        TEXT_INIT("\xe4\xb8\xe4\xb8\x83\xe4\xb8"),
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        for (size_t at = 0; at < rows[i].len;) {
            size_t start = at;
            char bytes[4];
            uint32_t code_point = unicode_next(rows[i], &at);
            assert_int_equal(unicode_encode(code_point, bytes), at - start);
            assert_memory_equal(bytes, rows[i].bytes + start, at - start);
            assert_true(code_point < UNICODE_STRAY_BYTE || at == start + 1);
            size_t before = at;
            assert_int_equal(unicode_previous(rows[i], &before), code_point);
            assert_int_equal(before, start);
        }
    }
}

static void every_code_point_has_its_class(void **state)
{
    (void)state;
    static const struct {
        uint32_t code_point;
        enum unicode_class class;
    } rows[] = {
        {0, UNICODE_OTHER},
        {'\n', UNICODE_SPACE},
        {' ', UNICODE_SPACE},
        {0x85, UNICODE_SPACE},
        {0xa0, UNICODE_SPACE},
        {0x2009, UNICODE_SPACE},
        {0x2028, UNICODE_SPACE},
        {0x3000, UNICODE_SPACE},
        {0xfeff, UNICODE_SPACE},
        {'A', UNICODE_UPPER},
        {0x1c5, UNICODE_UPPER},
        {'z', UNICODE_LOWER},
        {0x434, UNICODE_LOWER},
        {0x4e03, UNICODE_LETTER},
        {0x5d0, UNICODE_LETTER},
        {0x301, UNICODE_MARK},
        {0x93e, UNICODE_MARK},
        {'7', UNICODE_DIGIT},
        {0x667, UNICODE_DIGIT},
        {0x2163, UNICODE_NUMBER},
        {0xbd, UNICODE_NUMBER},
        {'_', UNICODE_PUNCTUATION},
        {0x3002, UNICODE_PUNCTUATION},
        {'+', UNICODE_SYMBOL},
        {0x20ac, UNICODE_SYMBOL},
        {0x1f44b, UNICODE_SYMBOL},
        {0x200d, UNICODE_OTHER},
        {0xe000, UNICODE_OTHER},
        {0x10ffff, UNICODE_OTHER},
        {UNICODE_STRAY_BYTE + 0xff, UNICODE_OTHER},
        {UINT32_MAX, UNICODE_OTHER},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (unicode_class_of(rows[i].code_point) != rows[i].class)
            fail_msg("U+%04x: %d", rows[i].code_point, (int)unicode_class_of(rows[i].code_point));
    assert_true(unicode_is_letter(0x4e03) && !unicode_is_letter('1') && !unicode_is_letter(0x301));
    assert_true(unicode_is_wide(0x4e03) && unicode_is_wide(0xae00) && unicode_is_wide(0x1f44b));
    assert_false(unicode_is_wide('a') || unicode_is_wide(0x5d0) || unicode_is_wide(0x301));
    assert_true(unicode_is_word(0x301) && unicode_is_word(0xbd) && !unicode_is_word('-'));
}

static void white_space_of_all_kinds_is_trimmed(void **state)
{
    (void)state;
    static const struct {
        struct text text, trimmed;
    } rows[] = {
        {TEXT_INIT(""), TEXT_INIT("")},
        {TEXT_INIT(" \t\r\n"), TEXT_INIT("")},
        {TEXT_INIT("\u3000\u00a0 \ufeff"), TEXT_INIT("")},
        {TEXT_INIT("\ufeff a b\u2003\n"), TEXT_INIT("a b")},
        {TEXT_INIT("\u3000\u4e03\u3000"), TEXT_INIT("\u4e03")},
        {TEXT_INIT("\xc2\x85x\u2028\u2029\u202f"), TEXT_INIT("x")},
        {TEXT_INIT("\0 "), TEXT_INIT("\0")},
        {TEXT_INIT("\x80 a \x80"), TEXT_INIT("\x80 a \x80")},
        {TEXT_INIT(" \xe3\x80 "), TEXT_INIT("\xe3\x80")},
        {TEXT_INIT("\u3000\x80\u3000"), TEXT_INIT("\x80")},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (!text_equals(unicode_trim(rows[i].text), rows[i].trimmed))
            fail_msg("row %zu", i);
}

static void texts_that_differ_in_case_fold_to_one(void **state)
{
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
        {"ß", "ß"},
        /* Two bytes that become three. */
        {"Ⱥ", "ⱥ"},
        {"🙂 日", "🙂 日"},
        /* No UTF-8. */
        {"A\xc3", "a\xc3"},
        {"É\x80", "é\x80"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_text(unicode_fold(text_of(rows[i].text), *state), rows[i].folded);
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
        {"abc", "ABC", true},
        {"abc", "abcd", false},
        {"aab", "AB", true},
        {"El Ñandú", "ñANDÚ", true},
        {"El Ñandu", "ñandú", false},
        /* The Kelvin sign has three bytes, k has one. */
        {"5 K", "K", true},
        {"5 k!", "K!", true},
        {"Ñ", "ÑÑ", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text text = unicode_fold(text_of(rows[i].text), *state);
        struct text word = unicode_fold(text_of(rows[i].word), *state);
        bool is_found = word.len <= text.len && (word.len == 0 || text_find(text, word) < text.len);
        if (is_found != rows[i].is_found)
            fail_msg("row %zu: %s in %s", i, rows[i].word, rows[i].text);
    }
}

/* Data sets that earlier releases wrote hold hashes of texts that the C library has folded. */
static void letters_fold_as_they_did_in_earlier_releases(void **state)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    assert_true(locale != (locale_t)0);
    /* The blocks whose letters every Unicode since 6.0 knows. */
    for (uint32_t code_point = 0; code_point < 0x0530; code_point++) {
        uint32_t expected = (uint32_t)towlower_l(towupper_l((wint_t)code_point, locale), locale);
        char bytes[6] = "\xc3\xa9";
        size_t len = 2 + text_encode_code_point(code_point, bytes + 2);
        struct text folded = unicode_fold((struct text){bytes, len}, *state);
        size_t at = 2;
        if (unicode_next(folded, &at) != expected || at != folded.len)
            fail_msg("U+%04x", code_point);
    }
    freelocale(locale);
}

static void texts_change_their_case(void **state)
{
    static const struct {
        const char *text, *upper, *lower, *title, *sentence;
    } rows[] = {
        {"", "", "", "", ""},
        {"it's THE 3rd", "IT'S THE 3RD", "it's the 3rd", "It's The 3rd", "It's the 3rd"},
        {"one two. three! four?five", "ONE TWO. THREE! FOUR?FIVE", "one two. three! four?five",
            "One Two. Three! Four?Five", "One two. Three! Four?five"},
        {"'twas “so”. (yes)", "'TWAS “SO”. (YES)", "'twas “so”. (yes)", "'Twas “So”. (Yes)",
            "'Twas “so”. (Yes)"},
        {"well-known o’neill 'a'", "WELL-KNOWN O’NEILL 'A'", "well-known o’neill 'a'",
            "Well-Known O’neill 'A'", "Well-known o’neill 'a'"},
        {"straße ßa", "STRASSE SSA", "straße ßa", "Straße Ssa", "Straße ßa"},
        {"ﬁn ŉ \u0390", "FIN ʼN \u0399\u0308\u0301", "ﬁn ŉ \u0390", "Fin ʼN \u0399\u0308\u0301",
            "Fin ŉ \u0390"},
        {"ΟΔΟΣ ΣΑΣ. Σ", "ΟΔΟΣ ΣΑΣ. Σ", "οδος σας. σ", "Οδος Σας. Σ", "Οδος σας. Σ"},
        {"ΟΔΥΣ\u0301ΣΕΥΣ", "ΟΔΥΣ\u0301ΣΕΥΣ", "οδυσ\u0301σευς", "Οδυσ\u0301σευς", "Οδυσ\u0301σευς"},
        {"İI", "İI", "i̇i", "İi", "İi"},
        {"ǆep", "ǄEP", "ǆep", "ǅep", "ǅep"},
        {"ᾳ ᾲ", "ΑΙ ᾺΙ", "ᾳ ᾲ", "ᾼ Ὰͅ", "ᾼ ᾲ"},
        {"e\u0301té À", "E\u0301TÉ À", "e\u0301té à", "E\u0301té À", "E\u0301té à"},
        {"3 men. 4 dogs", "3 MEN. 4 DOGS", "3 men. 4 dogs", "3 Men. 4 Dogs", "3 men. 4 dogs"},
        {"七 日本", "七 日本", "七 日本", "七 日本", "七 日本"},
        {HEART " a\x80z", HEART " A\x80Z", HEART " a\x80z", HEART " A\x80z", HEART " A\x80z"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text text = text_of(rows[i].text);
        assert_text(unicode_change_case(text, UNICODE_TO_UPPER, *state), rows[i].upper);
        assert_text(unicode_change_case(text, UNICODE_TO_LOWER, *state), rows[i].lower);
        assert_text(unicode_change_case(text, UNICODE_TO_TITLE, *state), rows[i].title);
        assert_text(unicode_change_case(text, UNICODE_TO_SENTENCE, *state), rows[i].sentence);
    }
    struct text upper = unicode_change_case(TEXT("a\0b"), UNICODE_TO_UPPER, *state);
    assert_true(text_equals(upper, TEXT("A\0B")));
}

static void characters_are_what_a_reader_sees(void **state)
{
    static const struct {
        const char *text, *reversed;
        size_t count;
    } rows[] = {
        {"", "", 0},
        {"abc", "cba", 3},
        {"a\r\nb\n\r", "\r\nb\r\na", 5},
        {"ae\u0301x", "xe\u0301a", 3},
        {"\u0301a", "a\u0301", 2},
        {FAMILY "!", "!" FAMILY, 2},
        {FLAG_DE FLAG_FR, FLAG_FR FLAG_DE, 2},
        {"a" THUMB_DARK HEART "1\ufe0f\u20e3", "1\ufe0f\u20e3" HEART THUMB_DARK "a", 4},
        {"\u1112\u1161\u11ab\uae00", "\uae00\u1112\u1161\u11ab", 2},
        {"\u0939\u093f\u0928", "\u0928\u0939\u093f", 2},
        {"a\xff\u0301\x80",
            "\x80\u0301\xff"
            "a",
            4},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(unicode_characters(text_of(rows[i].text)), rows[i].count);
        assert_text(unicode_reverse(text_of(rows[i].text), *state), rows[i].reversed);
    }
}

static void a_text_is_cut_between_characters(void **state)
{
    (void)state;
    static const char *rows[] = {"", "plain text", "a\r\nb",
        "xe\u0301 " FAMILY FLAG_DE FLAG_FR THUMB_DARK "y\xff\u0301z", "\u0600a\u0301b",
        "ab\u0301\u0302c\u0301"};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text text = text_of(rows[i]);
        size_t last = 0;
        for (size_t len = 0; len <= text.len; len++) {
            if (last < text.len && unicode_character_end(text, last) <= len)
                last = unicode_character_end(text, last);
            assert_int_equal(unicode_boundary(text, len), last);
        }
    }
}

static void words_and_what_is_between_take_turns(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *runs[8];
    } rows[] = {
        {"", {NULL}},
        {"two words", {"two", " ", "words"}},
        {"...so_it 3rd", {"...", "so", "_", "it", " ", "3rd"}},
        {"e\u0301te\u0301 \u0917\u094d\u0935\u093e",
            {"e\u0301te\u0301", " ", "\u0917\u094d\u0935\u093e"}},
        {"hi" HEART FAMILY "x", {"hi", HEART FAMILY, "x"}},
        {"\u0645\u06cc\u200c\u062e", {"\u0645\u06cc\u200c\u062e"}},
        {"a\x80z", {"a", "\x80", "z"}},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text text = text_of(rows[i].text);
        size_t at = 0, count = 0;
        for (; at < text.len; count++) {
            struct unicode_run run = unicode_next_run(text, &at);
            assert_text(run.text, rows[i].runs[count]);
            size_t first = 0;
            assert_int_equal(run.is_word, unicode_is_word(unicode_next(run.text, &first)));
        }
        assert_null(rows[i].runs[count]);
    }
}

/* Pieces of all kinds, cut anywhere, so that what is no UTF-8 comes up, too. */
static struct text make_text(uint64_t round, struct arena *arena)
{
    static const char pieces[] =
        "aZ 1'.\r\n\0\xc3\x9f\xce\xa3\xc4\xb0\xcc\x81\xe3\x80\x80\xef\xac\x81\xd8\x80"
        "\xe4\xb8\x83\xe2\x80\x8d\xf0\x9f\x91\xa9\xf0\x9f\x87\xa9\xef\xb8\x8f\xff\x80";
    enum { TEXT_BYTES = 24 };
    char *bytes = arena_alloc(arena, TEXT_BYTES);
    for (size_t i = 0; i < TEXT_BYTES;) {
        uint64_t random = hash_mix(round, i);
        size_t from = random % (sizeof(pieces) - 1), count = 1 + (random >> 32) % 4;
        for (; count > 0 && i < TEXT_BYTES && from < sizeof(pieces) - 1; count--)
            bytes[i++] = pieces[from++];
    }
    return (struct text){bytes, TEXT_BYTES};
}

static void any_bytes_are_taken(void **state)
{
    for (uint64_t round = 0; round < 1000; round++) {
        struct text text = make_text(round, *state);
        size_t at = 0, count = 0;
        for (; at < text.len; count++) {
            assert_int_equal(unicode_boundary(text, at), at);
            at = unicode_character_end(text, at);
        }
        assert_int_equal(at, text.len);
        assert_int_equal(unicode_characters(text), count);
        assert_int_equal(unicode_reverse(text, *state).len, text.len);

        bool was_word = false;
        for (at = 0; at < text.len;) {
            bool is_first = at == 0;
            struct unicode_run run = unicode_next_run(text, &at);
            assert_true(run.text.len > 0 && (is_first || run.is_word != was_word));
            was_word = run.is_word;
        }
        struct text trimmed = unicode_trim(text);
        assert_true(text_equals(unicode_trim(trimmed), trimmed));
        struct text folded = unicode_fold(text, *state);
        assert_true(text_equals(unicode_fold(folded, *state), folded));
        for (int to = UNICODE_TO_UPPER; to <= UNICODE_TO_SENTENCE; to++) {
            struct text once = unicode_change_case(text, (enum unicode_case)to, *state);
            assert_int_equal(text_is_utf8(once, NULL), text_is_utf8(text, NULL));
        }
        arena_clear(*state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_bytes_are_read_and_written_back),
        cmocka_unit_test(every_code_point_has_its_class),
        cmocka_unit_test(white_space_of_all_kinds_is_trimmed),
        unit_test_with_arena(texts_that_differ_in_case_fold_to_one),
        unit_test_with_arena(a_word_is_found_in_any_case),
        unit_test_with_arena(letters_fold_as_they_did_in_earlier_releases),
        unit_test_with_arena(texts_change_their_case),
        unit_test_with_arena(characters_are_what_a_reader_sees),
        cmocka_unit_test(a_text_is_cut_between_characters),
        cmocka_unit_test(words_and_what_is_between_take_turns),
        unit_test_with_arena(any_bytes_are_taken),
    };
    return cmocka_run_group_tests_name("unicode", tests, NULL, NULL);
}
