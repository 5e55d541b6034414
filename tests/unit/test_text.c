#include "tests/lib/unit.h"

#include "base/text.h"

static const struct text absent = {NULL, 0};

static void text_of_a_string_has_its_length(void **state)
{
    (void)state;
    assert_text(text_of("tuned"), "tuned");
    assert_text(text_of(""), "");
    assert_int_equal(text_of(NULL).len, 0);
    assert_int_equal(TEXT("a\0b").len, 3);
    assert_true(text_is_empty(text_of("")));
    assert_true(text_is_empty(absent));
    assert_false(text_is_empty(TEXT("\0")));
}

static void texts_are_equal_if_all_bytes_are(void **state)
{
    (void)state;
    static const struct {
        struct text left, right;
        bool is_equal, is_equal_ignoring_case;
    } rows[] = {
        {TEXT_INIT(""), TEXT_INIT(""), true, true},
        {{NULL, 0}, TEXT_INIT(""), true, true},
        {{NULL, 0}, {NULL, 0}, true, true},
        {{NULL, 0}, TEXT_INIT("\0"), false, false},
        {TEXT_INIT("abc"), TEXT_INIT("abc"), true, true},
        {TEXT_INIT("abc"), TEXT_INIT("aBC"), false, true},
        {TEXT_INIT("abc"), TEXT_INIT("ab"), false, false},
        {TEXT_INIT("a\0b"), TEXT_INIT("a\0c"), false, false},
        {TEXT_INIT("a\0b"), TEXT_INIT("A\0B"), false, true},
        {TEXT_INIT("az"), TEXT_INIT("AZ"), false, true},
        /* The neighbours of the letters differ in the same bit as the letters do. */
        {TEXT_INIT("@"), TEXT_INIT("`"), false, false},
        {TEXT_INIT("["), TEXT_INIT("{"), false, false},
        {TEXT_INIT("\xC3\xA4"), TEXT_INIT("\xC3\x84"), false, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(text_equals(rows[i].left, rows[i].right), rows[i].is_equal);
        assert_int_equal(text_equals(rows[i].right, rows[i].left), rows[i].is_equal);
        assert_int_equal(
            text_equals_ignoring_case(rows[i].left, rows[i].right), rows[i].is_equal_ignoring_case);
        assert_int_equal(
            text_equals_ignoring_case(rows[i].right, rows[i].left), rows[i].is_equal_ignoring_case);
    }
    assert_true(text_equals_string(TEXT("abc"), "abc"));
    assert_false(text_equals_string(TEXT("abc\0"), "abc"));
    assert_false(text_equals_string(TEXT("ab"), "abc"));
}

static void starts_and_ends_are_found(void **state)
{
    (void)state;
    static const struct {
        struct text text, part;
        bool starts, ends;
    } rows[] = {
        {TEXT_INIT("tunedModels/x"), TEXT_INIT("tunedModels/"), true, false},
        {TEXT_INIT("tunedModels/x"), TEXT_INIT("/x"), false, true},
        {TEXT_INIT("x"), TEXT_INIT("x"), true, true},
        {TEXT_INIT("x"), TEXT_INIT("xx"), false, false},
        {TEXT_INIT("x"), TEXT_INIT(""), true, true},
        {{NULL, 0}, {NULL, 0}, true, true},
        {{NULL, 0}, TEXT_INIT("x"), false, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(text_starts_with(rows[i].text, rows[i].part), rows[i].starts);
        assert_int_equal(text_ends_with(rows[i].text, rows[i].part), rows[i].ends);
    }
}

static void common_starts_and_ends_are_measured(void **state)
{
    (void)state;
    static const struct {
        struct text left, right;
        size_t start, end;
    } rows[] = {
        {TEXT_INIT("abxc"), TEXT_INIT("abyyc"), 2, 1},
        {TEXT_INIT("aa"), TEXT_INIT("aaa"), 2, 2},
        {TEXT_INIT("a\0b"), TEXT_INIT("a\0c"), 2, 0},
        {TEXT_INIT("x"), TEXT_INIT(""), 0, 0},
        {{NULL, 0}, TEXT_INIT("x"), 0, 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(text_common_start(rows[i].left, rows[i].right), rows[i].start);
        assert_int_equal(text_common_start(rows[i].right, rows[i].left), rows[i].start);
        assert_int_equal(text_common_end(rows[i].left, rows[i].right), rows[i].end);
        assert_int_equal(text_common_end(rows[i].right, rows[i].left), rows[i].end);
    }
}

static void only_letters_digits_and_the_others_are_alphanumeric(void **state)
{
    (void)state;
    static const struct {
        struct text text;
        const char *others;
        bool is_so;
    } rows[] = {
        {TEXT_INIT("azAZ09"), "", true},
        {TEXT_INIT("a-b_c"), "-_", true},
        {TEXT_INIT("a-b_c"), "-", false},
        {TEXT_INIT("a b"), "-", false},
        {TEXT_INIT("a\0b"), "-", false},
        {TEXT_INIT("\u00e9"), "-", false},
        {{NULL, 0}, "", true},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_int_equal(text_is_alphanumeric(rows[i].text, rows[i].others), rows[i].is_so);
}

static void finding_gives_the_first_offset_or_the_length(void **state)
{
    (void)state;
    static const struct {
        struct text text, needle;
        size_t offset;
    } rows[] = {
        {TEXT_INIT("a/b/c"), TEXT_INIT("/"), 1},
        {TEXT_INIT("a/b/c"), TEXT_INIT("/c"), 3},
        {TEXT_INIT("a/b/c"), TEXT_INIT("x"), 5},
        {TEXT_INIT("a/b"), TEXT_INIT("a/b/c"), 3},
        {TEXT_INIT("aab"), TEXT_INIT("ab"), 1},
        {TEXT_INIT("a\0b"), TEXT_INIT("\0b"), 1},
        {TEXT_INIT("abc"), TEXT_INIT(""), 0},
        {{NULL, 0}, TEXT_INIT("a"), 0},
        {{NULL, 0}, {NULL, 0}, 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_int_equal(text_find(rows[i].text, rows[i].needle), rows[i].offset);
    assert_int_equal(text_find_byte(TEXT("a\0b"), '\0'), 1);
    assert_int_equal(text_find_byte(TEXT("ab"), '\0'), 2);
    assert_int_equal(text_find_byte(absent, 'a'), 0);
}

static void names_are_found_by_their_index(void **state)
{
    (void)state;
    static const struct text names[] = {TEXT_INIT("a"), TEXT_INIT("ab"), TEXT_INIT("a")};
    assert_int_equal(text_find_name(TEXT("a"), names, 3), 0);
    assert_int_equal(text_find_name(TEXT("ab"), names, 3), 1);
    assert_int_equal(text_find_name(TEXT("ab"), names, 1), 1);
    assert_int_equal(text_find_name(TEXT("b"), names, 3), 3);
    assert_int_equal(text_find_name(TEXT(""), names, 3), 3);
    assert_int_equal(text_find_name(TEXT("a"), NULL, 0), 0);
    assert_int_equal(text_find_name(TEXT("AB"), names, 3), 3);
    assert_int_equal(text_find_word(TEXT("Ab"), names, 3), 1);
    assert_int_equal(text_find_word(TEXT("b"), names, 3), 3);
}

static void slices_are_cut_to_the_text(void **state)
{
    (void)state;
    assert_text(text_slice(TEXT("abcdef"), 1, 3), "bc");
    assert_text(text_slice(TEXT("abc"), 0, SIZE_MAX), "abc");
    assert_text(text_slice(TEXT("abc"), 3, 9), "");
    assert_text(text_slice(TEXT("abc"), 7, 9), "");
    assert_text(text_slice(TEXT("abc"), 2, 1), "");
    assert_int_equal(text_slice(absent, 1, 2).len, 0);
}

static void trimming_takes_ascii_space_off_both_ends(void **state)
{
    (void)state;
    assert_text(text_trim(TEXT(" \t\n\v\f\r a b \r\n")), "a b");
    assert_text(text_trim(TEXT("ab")), "ab");
    assert_text(text_trim(TEXT(" \n ")), "");
    assert_text(text_trim(TEXT("")), "");
    assert_int_equal(text_trim(absent).len, 0);
    /* Neither a control byte, nor NUL, nor the no-break space is ASCII white space. */
    assert_text(text_trim(TEXT("\x08 x \x0E")), "\x08 x \x0E");
    assert_text(text_trim(TEXT("\xC2\xA0x\xC2\xA0")), "\xC2\xA0x\xC2\xA0");
    assert_int_equal(text_trim(TEXT("\0")).len, 1);
}

static void splitting_gives_every_part_once(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *parts[4];
    } rows[] = {
        {"a,b,c", {"a", "b", "c"}},
        {"a", {"a"}},
        {"", {""}},
        {",", {"", ""}},
        {"a,", {"a", ""}},
        {",,a", {"", "", "a"}},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text rest = text_of(rows[i].text);
        size_t count = 0;
        while (rest.bytes) {
            struct text part = text_split(&rest, ',');
            assert_non_null(rows[i].parts[count]);
            assert_text(part, rows[i].parts[count]);
            count++;
        }
        assert_null(rows[i].parts[count]);
        assert_int_equal(rest.len, 0);
    }
}

static void only_well_formed_utf8_is_taken(void **state)
{
    (void)state;
    enum { GOOD = -1 };
    static const struct {
        struct text text;
        int bad_offset;
    } rows[] = {
        {{NULL, 0}, GOOD},
        {TEXT_INIT(""), GOOD},
        {TEXT_INIT("plain ASCII longer than a word"), GOOD},
        {TEXT_INIT("a\0b"), GOOD},
        {TEXT_INIT("\x7F"), GOOD},
        {TEXT_INIT("\xC2\x80"), GOOD},
        {TEXT_INIT("\xDF\xBF"), GOOD},
        {TEXT_INIT("\xE0\xA0\x80"), GOOD},
        {TEXT_INIT("\xED\x9F\xBF"), GOOD},
        {TEXT_INIT("\xEE\x80\x80"), GOOD},
        {TEXT_INIT("\xEF\xBF\xBF"), GOOD},
        {TEXT_INIT("\xF0\x90\x80\x80"), GOOD},
        {TEXT_INIT("\xF4\x8F\xBF\xBF"), GOOD},
        {TEXT_INIT("\x80"), 0},
        {TEXT_INIT("\xBF"), 0},
        {TEXT_INIT("\xC0\x80"), 0},
        {TEXT_INIT("\xC1\xBF"), 0},
        {TEXT_INIT("\xC2"), 0},
        {TEXT_INIT("\xC2\x7F"), 0},
        {TEXT_INIT("\xC2\xC0"), 0},
        {TEXT_INIT("\xE0\x9F\xBF"), 0},
        {TEXT_INIT("\xED\xA0\x80"), 0},
        {TEXT_INIT("\xED\xBF\xBF"), 0},
        {TEXT_INIT("\xE2\x82"), 0},
        {TEXT_INIT("\xE2\x82\x41"), 0},
        {TEXT_INIT("\xF0\x8F\xBF\xBF"), 0},
        {TEXT_INIT("\xF0\x90\x80"), 0},
        {TEXT_INIT("\xF4\x90\x80\x80"), 0},
        {TEXT_INIT("\xF5\x80\x80\x80"), 0},
        {TEXT_INIT("\xFE"), 0},
        {TEXT_INIT("\xFF"), 0},
        {TEXT_INIT("01234567\xFF"), 8},
        {TEXT_INIT("0123456\xFF"), 7},
        {TEXT_INIT("01234567890\xE2\x82\xAC\x80 and on"), 14},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        size_t bad_offset = 12345;
        bool is_good = text_is_utf8(rows[i].text, &bad_offset);
        assert_int_equal(is_good, rows[i].bad_offset == GOOD);
        assert_int_equal(bad_offset, is_good ? 12345 : (size_t)rows[i].bad_offset);
        assert_int_equal(text_is_utf8(rows[i].text, NULL), is_good);
    }
}

static void every_code_point_survives_encoding(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point <= 0x10FFFF; code_point++) {
        char bytes[4];
        struct text text = {bytes, text_encode_code_point(code_point, bytes)};
        bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
        if (text_is_utf8(text, NULL) == is_surrogate)
            fail_msg("U+%04X", code_point);
        size_t offset = 0;
        if (text_next_code_point(text, &offset) != code_point || offset != text.len)
            fail_msg("U+%04X", code_point);
    }
}

static void code_points_are_counted_and_walked(void **state)
{
    (void)state;
    static const uint32_t expected[] = {'a', 0xE4, 0x20AC, 0x1F600, 0};
    struct text text = TEXT("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\0");
    assert_int_equal(text_code_points(text), ARRAY_COUNT(expected));
    assert_int_equal(text_code_points(absent), 0);
    size_t offset = 0;
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
        size_t before = offset;
        size_t len = text_sequence_length(text, offset);
        assert_int_equal(text_next_code_point(text, &offset), expected[i]);
        assert_int_equal(offset - before, len);
    }
    assert_int_equal(offset, text.len);
    assert_int_equal(text_sequence_length(TEXT("a\xE2\x82"), 1), 0);
}

static void truncated_utf8_is_not_read_past_its_end(void **state)
{
    (void)state;
    /* In memory of exactly its size, so that a sanitizer sees a byte too many. */
    static const char *const cuts[] = {"\xC3", "\xE2\x82", "\xF0\x9F\x98", "1234567\xF0"};
    for (size_t i = 0; i < ARRAY_COUNT(cuts); i++) {
        size_t len = strlen(cuts[i]);
        char *bytes = malloc(len);
        assert_non_null(bytes);
        memcpy(bytes, cuts[i], len);
        struct text text = {bytes, len};
        assert_false(text_is_utf8(text, NULL));
        size_t offset = 0;
        while (offset < len)
            text_next_code_point(text, &offset);
        assert_int_equal(offset, len);
        free(bytes);
    }
}

static void integers_are_parsed_whole_or_not_at_all(void **state)
{
    (void)state;
    static const struct {
        struct text text;
        bool is_number;
        int64_t number;
    } rows[] = {
        {TEXT_INIT("0"), true, 0},
        {TEXT_INIT("-0"), true, 0},
        {TEXT_INIT("007"), true, 7},
        {TEXT_INIT("-42"), true, -42},
        {TEXT_INIT("9223372036854775807"), true, INT64_MAX},
        {TEXT_INIT("-9223372036854775808"), true, INT64_MIN},
        {TEXT_INIT("9223372036854775808"), false, 0},
        {TEXT_INIT("-9223372036854775809"), false, 0},
        {TEXT_INIT("99999999999999999999999"), false, 0},
        {TEXT_INIT(""), false, 0},
        {{NULL, 0}, false, 0},
        {TEXT_INIT("-"), false, 0},
        {TEXT_INIT("--1"), false, 0},
        {TEXT_INIT("+1"), false, 0},
        {TEXT_INIT(" 1"), false, 0},
        {TEXT_INIT("1 "), false, 0},
        {TEXT_INIT("1\0"), false, 0},
        {TEXT_INIT("1.0"), false, 0},
        {TEXT_INIT("1e3"), false, 0},
        {TEXT_INIT("0x10"), false, 0},
        {TEXT_INIT("\xD9\xA1"), false, 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        int64_t number = 77;
        assert_int_equal(text_parse_int64(rows[i].text, &number), rows[i].is_number);
        assert_int_equal(number, rows[i].is_number ? rows[i].number : 77);
    }
}

static void integers_are_written_with_all_their_digits(void **state)
{
    (void)state;
    char bytes[TEXT_INT64_BYTES];
    assert_text(text_of_int64(0, bytes), "0");
    assert_text(text_of_int64(-7, bytes), "-7");
    assert_text(text_of_int64(1200, bytes), "1200");
    assert_text(text_of_int64(INT64_MAX, bytes), "9223372036854775807");
    assert_text(text_of_int64(INT64_MIN, bytes), "-9223372036854775808");
}

static void integers_without_a_sign_have_all_64_bits(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "-1", "+1", " 1", "1 ", "0x1", "1.0", "18446744073709551616", "99999999999999999999"};
    uint64_t number = 77;
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
        assert_false(text_parse_uint64(text_of(bad[i]), &number));
    assert_int_equal(number, 77);
    assert_true(text_parse_uint64(TEXT("0"), &number) && number == 0);
    assert_true(text_parse_uint64(TEXT("007"), &number) && number == 7);
    assert_true(text_parse_uint64(TEXT("18446744073709551615"), &number) && number == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_of_a_string_has_its_length),
        cmocka_unit_test(texts_are_equal_if_all_bytes_are),
        cmocka_unit_test(starts_and_ends_are_found),
        cmocka_unit_test(common_starts_and_ends_are_measured),
        cmocka_unit_test(only_letters_digits_and_the_others_are_alphanumeric),
        cmocka_unit_test(finding_gives_the_first_offset_or_the_length),
        cmocka_unit_test(names_are_found_by_their_index),
        cmocka_unit_test(slices_are_cut_to_the_text),
        cmocka_unit_test(trimming_takes_ascii_space_off_both_ends),
        cmocka_unit_test(splitting_gives_every_part_once),
        cmocka_unit_test(only_well_formed_utf8_is_taken),
        cmocka_unit_test(every_code_point_survives_encoding),
        cmocka_unit_test(code_points_are_counted_and_walked),
        cmocka_unit_test(truncated_utf8_is_not_read_past_its_end),
        cmocka_unit_test(integers_are_parsed_whole_or_not_at_all),
        cmocka_unit_test(integers_without_a_sign_have_all_64_bits),
        cmocka_unit_test(integers_are_written_with_all_their_digits),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
