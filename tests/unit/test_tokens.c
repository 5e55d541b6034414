#include "tests/lib/unit.h"

#include "base/buf.h"
#include "server/sim/tokens.h"
#include "server/sim/unicode.h"

static void recorded_answers_have_their_recorded_counts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t count;
    } rows[] = {
        {"100", 3},
        {"101", 3},
        {"The capital of Wyoming is **Cheyenne**.\n", 10},
        {"Google's headquarters, also known as the Googleplex, is located in **Mountain View, "
         "California**.\n",
            22},
        {"Hello there! \U0001F44B  It's nice to meet you. \U0001F604 What can I do for you today? "
         "\n",
            22},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_int_equal(tokens_estimate(text_of(rows[i].text)), rows[i].count);
}

static void every_kind_of_text_is_counted(void **state)
{
    (void)state;
    static const struct {
        struct text text;
        int32_t count;
    } rows[] = {
        {TEXT_INIT(""), 0},
        {{NULL, 0}, 0},
        {TEXT_INIT(" "), 1},
        {TEXT_INIT(" \t "), 1},
        {TEXT_INIT("\n"), 1},
        {TEXT_INIT("\n\n"), 2},
        {TEXT_INIT("\0"), 1},
        {TEXT_INIT("a\0b"), 2},
        {TEXT_INIT("LXIV"), 1},
        {TEXT_INIT("  twenty   two  "), 2},
        {TEXT_INIT("abcdefghijkl"), 1},
        {TEXT_INIT("abcdefghijklm"), 2},
        {TEXT_INIT("........."), 3},
        {TEXT_INIT("?!"), 2},
        {TEXT_INIT("-98"), 3},
        {TEXT_INIT("\u4e03\u516b"), 2},
        {TEXT_INIT("\u00e9t\u00e9"), 1},
        {TEXT_INIT("\xff\xfe\x80"), 3},
        {TEXT_INIT("a\r\nb"), 3},
        {TEXT_INIT("\u3000two\u00a0words\u3000"), 2},
        {TEXT_INIT(" \u0301"), 1},
        /* Letters of any script that has words, with their marks. */
        {TEXT_INIT("\u041f\u0440\u0438\u0432\u0435\u0442"), 1},
        {TEXT_INIT("\u0645\u0631\u062d\u0628\u0627"), 1},
        {TEXT_INIT("e\u0301te\u0301"), 1},
        {TEXT_INIT("\u1e9e\uff21\uff22"), 1},
        {TEXT_INIT("\uae00\u3042\u4e03"), 3},
        /* Digits, punctuation and symbols of any script. */
        {TEXT_INIT("\u0661\u0662\u00bd"), 3},
        {TEXT_INIT("\u2026\u2026 \u00aba\u00bb"), 4},
        {TEXT_INIT("\u20ac5"), 2},
        {TEXT_INIT("\U0001F468\u200d\U0001F469\u200d\U0001F467\u2764\ufe0f"), 2},
        {TEXT_INIT("\U0001F1E9\U0001F1EA\U0001F1EB\U0001F1F7"), 2},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_int_equal(tokens_estimate(rows[i].text), rows[i].count);
}

static const struct text samples[] = {
    TEXT_INIT("Hello there! It's nice to meet you, 1,234 times...\n\nBye  "),
    TEXT_INIT("\u4e03\u516b  abcdefghijklmnopqrstuvwxyz \u00e9\u00e9\u00e9 \U0001F44B\U0001F44B x"),
    TEXT_INIT("   leading"),
    TEXT_INIT("==================== ! ? \t\n "),
    TEXT_INIT(
        "e\u0301e\u0301e\u0301 \U0001F468\u200d\U0001F469\u200d\U0001F467!\r\n\r\n1\ufe0f\u20e3 "
        "\U0001F44D\U0001F3FF\U0001F1E9\U0001F1EA\U0001F1EB\U0001F1F7\u00bb\u0301\u00bb\u3000"),
};

static void counts_of_parts_between_white_space_add_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        struct text sample = samples[i];
        int32_t whole = tokens_estimate(sample);
        for (size_t at = 1; at < sample.len; at++) {
            struct text left = text_slice(sample, 0, at);
            struct text right = text_slice(sample, at, sample.len);
            bool is_blank =
                text_trim(left).len == 0 || text_trim(right).len == 0; /* counts as 1 at least */
            if (right.bytes[0] == ' ' && !is_blank)
                assert_int_equal(tokens_estimate(left) + tokens_estimate(right), whole);
        }
    }
}

static void prefixes_have_the_asked_count_and_split_no_character(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        struct text sample = samples[i];
        int32_t whole = tokens_estimate(sample);
        size_t last = 0;
        for (int32_t count = 1; count <= whole; count++) {
            size_t len = tokens_prefix_bytes(sample, count);
            struct text prefix = text_slice(sample, 0, len);
            assert_true(len > last);
            assert_true(text_is_utf8(prefix, NULL));
            assert_int_equal(unicode_boundary(sample, len), len);
            assert_int_equal(tokens_estimate(prefix), count);
            last = len;
        }
        assert_int_equal(last, sample.len);
        assert_int_equal(tokens_prefix_bytes(sample, INT32_MAX), sample.len);
    }
}

static void prefixes_of_nothing_are_empty(void **state)
{
    (void)state;
    assert_int_equal(tokens_prefix_bytes(TEXT(""), 5), 0);
    assert_int_equal(tokens_prefix_bytes(TEXT("text"), 0), 0);
    assert_int_equal(tokens_prefix_bytes(TEXT("text"), -1), 0);
    assert_int_equal(tokens_prefix_bytes(TEXT("  "), 0), 0);
    assert_int_equal(tokens_prefix_bytes(TEXT("  "), 1), 2);
}

/* In a time that grows with the text: at once, and not in minutes. */
static void a_letter_with_very_many_marks_is_one_token(void **state)
{
    (void)state;
    struct buf marked = BUF_INIT;
    for (int i = 0; i < 200000; i++)
        buf_add_string(&marked, i ? "\u0301" : "a");
    size_t len = marked.len;
    buf_add_string(&marked, "1 2 3");
    struct text text = buf_text(&marked);
    assert_int_equal(tokens_estimate(text), 4);
    assert_int_equal(tokens_prefix_bytes(text, 1), len);
    assert_int_equal(unicode_boundary(text, len - 1), 0);
    assert_int_equal(unicode_characters(text), 6);
    buf_release(&marked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_answers_have_their_recorded_counts),
        cmocka_unit_test(every_kind_of_text_is_counted),
        cmocka_unit_test(counts_of_parts_between_white_space_add_up),
        cmocka_unit_test(prefixes_have_the_asked_count_and_split_no_character),
        cmocka_unit_test(prefixes_of_nothing_are_empty),
        cmocka_unit_test(a_letter_with_very_many_marks_is_one_token),
    };
    return cmocka_run_group_tests_name("tokens", tests, NULL, NULL);
}
