#include "tests/lib/unit.h"

#include <regex.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/regex.h"

static bool finds_in(const struct regex *regex, struct text text, bool is_whole)
{
    uint64_t steps_left = UINT64_MAX;
    return regex_finds(regex, text, is_whole, &steps_left);
}

static bool finds(struct arena *arena, struct text pattern, struct text text)
{
    const char *reason = NULL;
    struct regex *regex = regex_compile(pattern, arena, &reason);
    assert_non_null(regex);
    return finds_in(regex, text, true);
}

static void a_pattern_is_found_anywhere(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool is_found;
    } rows[] = {
        {"", "", true},
        {"", "x", true},
        {"b", "abc", true},
        {"d", "abc", false},
        {"abc", "ababc", true},
        {"^b", "abc", false},
        {"^a", "abc", true},
        {"c$", "abc", true},
        {"b$", "abc", false},
        {"^$", "", true},
        {"^$", "x", false},
        {"^", "x", true},
        {"$", "x", true},
        {"a.c", "xabcx", true},
        {"a.c", "ac", false},
        {"a|b", "xb", true},
        {"a|b|cd", "xcd", true},
        {"a|b|cd", "xc", false},
        {"^(a|b)+$", "abba", true},
        {"^(a|b)+$", "abca", false},
        {"(^a|b$)", "xb", true},
        {"^(|a)$", "", true},
        {"^(a|)b$", "b", true},
        {"^a*$", "", true},
        {"^a*$", "aaab", false},
        {"^a+$", "", false},
        {"^a?b$", "b", true},
        {"^a?b$", "aab", false},
        {"^a{2}$", "aa", true},
        {"^a{2}$", "aaa", false},
        {"^a{2,}$", "aaaa", true},
        {"^a{2,}$", "a", false},
        {"^a{1,3}$", "aaa", true},
        {"^a{1,3}$", "aaaa", false},
        {"^a{0,2}$", "", true},
        {"^a{0,2}b$", "aab", true},
        {"^a{0,2}b$", "aaab", false},
        {"^a{0}b$", "b", true},
        {"^a{0,0}b$", "ab", false},
        {"^(ab){2}$", "abab", true},
        {"^(a{2}){3}$", "aaaaaa", true},
        {"^(a{2}){3}$", "aaaaa", false},
        {"(a*)*b", "aaab", true},
        {"(a*)+", "", true},
        {"(a|a)*c", "aaaac", true},
        {"[abc]", "xc", true},
        {"[abc]", "xd", false},
        {"[^abc]", "abc", false},
        {"[^abc]", "abcd", true},
        {"^[a-c]+$", "abcabc", true},
        {"^[a-c]+$", "abd", false},
        {"[]]", "]", true},
        {"[^]]", "]", false},
        {"[a-]", "-", true},
        {"[-a]", "-", true},
        {"[a\\]", "\\", true},
        {"[[:digit:]]+$", "x12", true},
        {"^[[:alpha:]_][[:alnum:]_]*$", "_a1", true},
        {"^[[:alpha:][:space:]-]+$", "a -b", true},
        {"[[:upper:]]", "abc", false},
        {"[[:xdigit:]]", "xyz-F", true},
        {"[[:punct:]]", "a|", true},
        {"\\.", "a", false},
        {"a\\|b", "a|b", true},
        {"\\{\"a\"", "{\"a\": 1}", true},
        {"\\\\", "\\", true},
        {"a]", "a]", true},
        {"a}", "a}", true},
        {"weather", "what is the weather?", true},
        {"a.*z", "a\nz", true},
        {"[^a]", "\n", true},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (finds(*state, text_of(rows[i].pattern), text_of(rows[i].text)) != rows[i].is_found)
            fail_msg("%s in %s", rows[i].pattern, rows[i].text);
}

static void a_character_is_a_code_point(void **state)
{
    struct arena *arena = *state;
    assert_true(finds(arena, TEXT("^.$"), TEXT("\xC3\xA9")));
    assert_true(finds(arena, TEXT("^.$"), TEXT("\xF0\x9F\x98\x80")));
    assert_true(finds(arena, TEXT("^\xC3\xA9+$"), TEXT("\xC3\xA9\xC3\xA9")));
    assert_true(finds(arena, TEXT("[\xC3\xA0-\xC3\xAF]"), TEXT("caf\xC3\xA9")));
    assert_false(finds(arena, TEXT("[\xC3\xA0-\xC3\xA2]"), TEXT("caf\xC3\xA9")));
    assert_true(finds(arena, TEXT("^[^\xC3\xA9]$"), TEXT("\xC3\xA8")));
    /* The second byte of one and the first of another are no character. */
    assert_false(finds(arena, TEXT("\xC3\xA9"), TEXT("\xC3\xA8\xC2\xA9")));
}

static void bytes_that_are_no_utf8_are_characters_that_nobody_names(void **state)
{
    struct arena *arena = *state;
    assert_true(finds(arena, TEXT("^a.b$"),
        TEXT("a\xFF"
             "b")));
    assert_true(finds(arena, TEXT("^..$"), TEXT("\xC3\xC3")));
    assert_true(finds(arena, TEXT("^[^x]$"), TEXT("\xED")));
    /* Even the last of all code points is below them. */
    assert_false(finds(arena, TEXT("^[\x01-\xF4\x8F\xBF\xBF]$"), TEXT("\xFF")));
}

static void nul_is_a_character(void **state)
{
    struct arena *arena = *state;
    assert_true(finds(arena, TEXT("^a.b$"), TEXT("a\0b")));
    assert_true(finds(arena, TEXT("b$"), TEXT("a\0b")));
    assert_true(finds(arena, TEXT("^a\0b$"), TEXT("a\0b")));
    assert_false(finds(arena, TEXT("a$"), TEXT("a\0b")));
    assert_true(finds(arena, TEXT("[\0]"), TEXT("a\0b")));
}

static void what_is_cut_off_has_no_end(void **state)
{
    const char *reason;
    struct regex *regex = regex_compile(TEXT("^a*$"), *state, &reason);
    assert_true(finds_in(regex, TEXT("aa"), true));
    assert_false(finds_in(regex, TEXT("aa"), false));
    assert_false(finds_in(regex, TEXT(""), false));
}

static void a_search_ends_with_its_steps(void **state)
{
    const char *reason;
    struct text text = TEXT("aaaaaaaaab");
    struct regex *regex = regex_compile(TEXT("a+b"), *state, &reason);
    uint64_t taken = UINT64_MAX;
    assert_true(regex_finds(regex, text, true, &taken));
    taken = UINT64_MAX - taken;
    assert_in_range(taken, text.len, text.len * regex_size(regex));
    for (uint64_t given = 0; given <= taken; given++) {
        uint64_t steps_left = given;
        assert_false(regex_finds(regex, text, true, &steps_left));
        assert_int_equal(steps_left, 0);
    }
    uint64_t steps_left = taken + 1;
    assert_true(regex_finds(regex, text, true, &steps_left));
    assert_int_equal(steps_left, 1);
}

static void wrong_patterns_are_refused(void **state)
{
    static const struct {
        struct text pattern;
        const char *reason; /* a part of it */
    } rows[] = {
        {TEXT_INIT("("), "( without )"},
        {TEXT_INIT("a(b"), "( without )"},
        {TEXT_INIT(")"), ") without ("},
        {TEXT_INIT("a)b"), ") without ("},
        {TEXT_INIT("["), "[ without ]"},
        {TEXT_INIT("[]"), "[ without ]"},
        {TEXT_INIT("[^]"), "[ without ]"},
        {TEXT_INIT("[a-"), "[ without ]"},
        {TEXT_INIT("[z-a]"), "before its begin"},
        {TEXT_INIT("[a-[:alpha:]]"), "ends with ["},
        {TEXT_INIT("[[:word:]]"), "name of a class"},
        {TEXT_INIT("[[:alpha"), "name of a class"},
        {TEXT_INIT("[[.a.]]"), "not supported"},
        {TEXT_INIT("[[=a=]]"), "not supported"},
        {TEXT_INIT("*"), "nothing before it"},
        {TEXT_INIT("a|*"), "nothing before it"},
        {TEXT_INIT("(+)"), "nothing before it"},
        {TEXT_INIT("{1}"), "nothing before it"},
        {TEXT_INIT("^*"), "repeats ^ or $"},
        {TEXT_INIT("a$+"), "repeats ^ or $"},
        {TEXT_INIT("a**"), "lazy"},
        {TEXT_INIT("a+?"), "lazy"},
        {TEXT_INIT("a{2}{3}"), "lazy"},
        {TEXT_INIT("a{"), "no repetition"},
        {TEXT_INIT("a{,3}"), "no repetition"},
        {TEXT_INIT("a{3,2}"), "no repetition"},
        {TEXT_INIT("a{256}"), "at most 255"},
        {TEXT_INIT("a{1,256}"), "at most 255"},
        {TEXT_INIT("a{99999999999999999999}"), "at most 255"},
        {TEXT_INIT("a{-1}"), "no repetition"},
        {TEXT_INIT("a{1"), "no repetition"},
        {TEXT_INIT("\\"), "backslash"},
        {TEXT_INIT("(a)\\1"), "back reference"},
        {TEXT_INIT("\\d+"), "[0-9] for \\d"},
        {TEXT_INIT("\\bword\\b"), "backslash"},
        {TEXT_INIT("\\\xC3\xA9"), "backslash"},
        {TEXT_INIT("(?:a)"), "(?"},
        {TEXT_INIT("(?i)a"), "(?"},
        {TEXT_INIT("\xFF"), "UTF-8"},
        {TEXT_INIT("a\xC3"), "UTF-8"},
        {TEXT_INIT("(((a{1,100}){1,100}){1,100}){1,100}"), "too large"},
        {TEXT_INIT("((((((((((a{255}){255}){255}){255}){255}){255}){255}){255}){255}){255})"),
            "too large"},
        {TEXT_INIT("([a-z]{1,255}){1,255}"), "too large"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const char *reason = NULL;
        assert_null(regex_compile(rows[i].pattern, *state, &reason));
        if (!reason || !strstr(reason, rows[i].reason))
            fail_msg("%s: %s", rows[i].pattern.bytes, reason ? reason : "(none)");
    }
}

/* `count` times the text. */
static struct text repeated(struct arena *arena, const char *text, size_t count)
{
    struct buf buf = BUF_INIT;
    for (size_t i = 0; i < count; i++)
        buf_add_string(&buf, text);
    struct text copy = arena_text(arena, buf_text(&buf));
    buf_release(&buf);
    return copy;
}

static void patterns_have_limits(void **state)
{
    const char *reason = NULL;
    struct arena *arena = *state;
    assert_non_null(regex_compile(repeated(arena, "a", REGEX_PATTERN_BYTES_MAX), arena, &reason));
    assert_null(regex_compile(repeated(arena, "a", REGEX_PATTERN_BYTES_MAX + 1), arena, &reason));
    assert_string_equal(reason, "must have at most 1000 bytes");
    assert_null(regex_compile(repeated(arena, "(", REGEX_PATTERN_BYTES_MAX), arena, &reason));
    assert_string_equal(reason, "has more than 50 parentheses in each other");
    assert_non_null(
        regex_compile(repeated(arena, "a|", REGEX_PATTERN_BYTES_MAX / 2), arena, &reason));
    assert_non_null(
        regex_compile(repeated(arena, "[^a]", REGEX_PATTERN_BYTES_MAX / 4), arena, &reason));
    /* Each level of what is empty only costs its copies, which take no room. */
    struct text open = repeated(arena, "(", REGEX_DEPTH_MAX);
    struct text close = repeated(arena, "){255}", REGEX_DEPTH_MAX);
    struct regex *regex = regex_compile(arena_joined(arena, open, close), arena, &reason);
    assert_non_null(regex);
    assert_true(regex_size(regex) < 10);
    regex = regex_compile(TEXT("(a{1,30}){1,30}"), arena, &reason);
    assert_non_null(regex);
    assert_true(regex_size(regex) <= REGEX_STATES_MAX);
}

static void patterns_that_hang_others_end(void **state)
{
    struct arena *arena = *state;
    struct text text = repeated(arena, "a", 16384);
    static const char *const patterns[] = {
        "(a*)*b",
        "(a|a)*b",
        "(a+)+b",
        "(a|aa)+b",
        "^(([a-z])+.)+[A-Z]([a-z])+$",
        "(.*)(.*)(.*)(.*)(.*)[^a]",
        "((a*)*)*b",
        "(()*)*b",
        "(a?){255}a{255}b",
        "(a{1,30}){1,30}b",
    };
    for (size_t i = 0; i < ARRAY_COUNT(patterns); i++)
        assert_false(finds(arena, text_of(patterns[i]), text));
}

/* Of the letters a and b and what patterns are made of; some of them are none. */
static struct text make_pattern(struct arena *arena, uint64_t seed)
{
    static const char *const parts[] = {"a", "b", "a", "b", ".", "[ab]", "[^a]", "(", ")", "(a",
        "b)", "|", "*", "+", "?", "{2}", "{1,2}", "{0,1}", "^", "$", "(a|b)"};
    struct buf pattern = BUF_INIT;
    size_t count = 1 + hash_mix(seed, 0) % 8;
    for (size_t i = 1; i <= count; i++)
        buf_add_string(&pattern, parts[hash_mix(seed, i) % ARRAY_COUNT(parts)]);
    struct text copy = arena_text(arena, buf_text(&pattern));
    buf_release(&pattern);
    return copy;
}

static void finds_what_the_c_library_finds(void **state)
{
    struct arena *arena = *state;
    size_t compared = 0;
    for (uint64_t seed = 1; seed <= unit_rounds(4000); seed++) {
        arena_clear(arena);
        const char *reason;
        struct text pattern = make_pattern(arena, seed);
        struct regex *regex = regex_compile(pattern, arena, &reason);
        regex_t other;
        if (!regex || regcomp(&other, pattern.bytes, REG_EXTENDED | REG_NOSUB) != 0)
            continue;
        for (unsigned bits = 0; bits < 64; bits++) {
            char text[7] = "";
            size_t len = bits % 7;
            for (size_t i = 0; i < len; i++)
                text[i] = hash_mix(seed, 100 + bits) >> i & 1 ? 'a' : 'b';
            bool is_found = regexec(&other, text, 0, NULL, 0) == 0;
            if (finds_in(regex, text_of(text), true) != is_found)
                fail_msg("%s in \"%s\": %d", pattern.bytes, text, !is_found);
            compared++;
        }
        regfree(&other);
    }
    assert_true(compared > unit_rounds(10000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(a_pattern_is_found_anywhere),
        unit_test_with_arena(a_character_is_a_code_point),
        unit_test_with_arena(bytes_that_are_no_utf8_are_characters_that_nobody_names),
        unit_test_with_arena(nul_is_a_character),
        unit_test_with_arena(a_search_ends_with_its_steps),
        unit_test_with_arena(what_is_cut_off_has_no_end),
        unit_test_with_arena(wrong_patterns_are_refused),
        unit_test_with_arena(patterns_have_limits),
        unit_test_with_arena(patterns_that_hang_others_end),
        unit_test_with_arena(finds_what_the_c_library_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
