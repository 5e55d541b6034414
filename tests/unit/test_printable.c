#include "tests/lib/unit.h"

#include "base/printable.h"

static const size_t no_bound = SIZE_MAX / 2;

static void what_cannot_be_seen_is_spelled_out(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *text, *json;
    } rows[] = {
        {"", "", ""},
        {"plain \"quoted\" \\o/", "plain \"quoted\" \\o/", "plain \\\"quoted\\\" \\\\o/"},
        {"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80", "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80",
            "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"},
        {"a\n\x1B\x7F", "a\\n\\x1b\\x7f", "a\\n\\u001b\\u007f"},
        {"\xFF\xED\xA0\x80", "\\xff\\xed\\xa0\\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"},
        {"\xC2\x9B", "\\u009b", "\\u009b"},   /* a control of terminals */
        {"\xC2\xA0", "\xC2\xA0", "\xC2\xA0"}, /* no-break space */
        {"\xD8\x9C", "\\u061c", "\\u061c"},   /* bidirectional marks */
        {"\xE2\x80\x8E\xE2\x80\x8F", "\\u200e\\u200f", "\\u200e\\u200f"},
        {"\xE2\x80\xAA\xE2\x80\xAE", "\\u202a\\u202e", "\\u202a\\u202e"},
        {"\xE2\x81\xA6\xE2\x81\xA9", "\\u2066\\u2069", "\\u2066\\u2069"},
        {"\xE2\x80\x8B\xE2\x80\x8D\xE2\x81\xA0", "\\u200b\\u200d\\u2060", "\\u200b\\u200d\\u2060"},
        {"\xEF\xBB\xBF", "\\ufeff", "\\ufeff"},                           /* zero width */
        {"\xE2\x80\xA8\xE2\x80\xA9", "\\u2028\\u2029", "\\u2028\\u2029"}, /* ends of lines */
        {"\xC2\xAD\xE1\x85\x9F", "\\u00ad\\u115f", "\\u00ad\\u115f"},     /* shown as nothing */
        {"\xEF\xBF\xBE\xEF\xB7\x90", "\\ufffe\\ufdd0", "\\ufffe\\ufdd0"}, /* noncharacters */
        {"\xEF\xBF\xBD", "\xEF\xBF\xBD", "\xEF\xBF\xBD"},
        {"\xF3\xA0\x81\x81", "\\U000e0041", "\\udb40\\udc41"}, /* a tag */
        {"\xF0\x9F\xBF\xBF", "\\U0001ffff", "\\ud83f\\udfff"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct buf buf = BUF_INIT;
        printable_add(&buf, text_of(rows[i].bytes), PRINTABLE_TEXT, no_bound);
        assert_text(buf_text(&buf), rows[i].text);
        buf_clear(&buf);
        printable_add(&buf, text_of(rows[i].bytes), PRINTABLE_JSON, no_bound);
        assert_text(buf_text(&buf), rows[i].json);
        buf_release(&buf);
    }
}

static void what_is_too_long_is_cut_between_characters(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t bytes_max;
        const char *text;
    } rows[] = {
        {"12345678", 8, "12345678"},
        {"123456789", 8, "12345678...[+1]"},
        {"123456\xE2\x82\xAC", 9, "123456\xE2\x82\xAC"},
        {"123456\xE2\x82\xAC", 8, "123456...[+3]"},
        {"123456\xE2\x80\xAE", 12, "123456\\u202e"},
        {"123456\xE2\x80\xAEx", 11, "123456...[+4]"},
        {"123456\x1B", 9, "123456...[+1]"},
        {"\x1B[31m", 3, "...[+5]"},
        {"x", 0, "...[+1]"},
        {"", 0, ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct buf buf = BUF_INIT;
        buf_add_string(&buf, "before:");
        printable_add(&buf, text_of(rows[i].bytes), PRINTABLE_TEXT, rows[i].bytes_max);
        assert_text(text_slice(buf_text(&buf), strlen("before:"), buf.len), rows[i].text);
        assert_int_equal(buf.data[buf.len], '\0');
        buf_release(&buf);
    }
}

/* No character of these classes is left as it is, and all others are. */
static void every_code_point_is_shown_or_spelled_out(void **state)
{
    (void)state;
    size_t spelled_count = 0;
    for (uint32_t code_point = 0x80; code_point <= 0x10FFFF; code_point++) {
        char bytes[4];
        if (code_point >= 0xD800 && code_point < 0xE000)
            continue;
        struct text text = {bytes, text_encode_code_point(code_point, bytes)};
        struct buf buf = BUF_INIT;
        printable_add(&buf, text, PRINTABLE_TEXT, no_bound);
        bool is_spelled = buf.data[0] == '\\';
        if (!is_spelled)
            assert_true(text_equals(buf_text(&buf), text));
        spelled_count += is_spelled;
        buf_release(&buf);
    }
    assert_in_range(spelled_count, 4096, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_seen_is_spelled_out),
        cmocka_unit_test(what_is_too_long_is_cut_between_characters),
        cmocka_unit_test(every_code_point_is_shown_or_spelled_out),
    };
    return cmocka_run_group_tests_name("printable", tests, NULL, NULL);
}
