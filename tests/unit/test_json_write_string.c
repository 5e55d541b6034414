#include "tests/lib/unit.h"

#include "server/json/write.h"

static void strings_are_escaped_as_the_service_does(void **state)
{
    (void)state;
    static const struct {
        struct text text;
        const char *written;
    } rows[] = {
        {TEXT_INIT(""), "\"\""},
        {{NULL, 0}, "\"\""},
        {TEXT_INIT("plain"), "\"plain\""},
        {TEXT_INIT("\"\\/"), "\"\\\"\\\\/\""},
        {TEXT_INIT("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\""},
        {TEXT_INIT("a\0b"), "\"a\\u0000b\""},
        {TEXT_INIT("\x01\v\x1b\x1f "), "\"\\u0001\\u000b\\u001b\\u001f \""},
        {TEXT_INIT("<b>&'=</b>"), "\"\\u003cb\\u003e&'=\\u003c/b\\u003e\""},
        {TEXT_INIT("~\x7f"), "\"~\\u007f\""},
        {TEXT_INIT("\u00e9\u00df\u20ac"), "\"\u00e9\u00df\u20ac\""},
        {TEXT_INIT("\u2027\u2028\u2029\u2030"), "\"\u2027\\u2028\\u2029\u2030\""},
        {TEXT_INIT("\xc2\x80\xc2\x9f\xc2\xa0"), "\"\\u0080\\u009f\xc2\xa0\""},
        {TEXT_INIT("\u00ad\u00ae"), "\"\\u00ad\u00ae\""},
        {TEXT_INIT("\u200d\u200a"), "\"\\u200d\u200a\""},
        {TEXT_INIT("\ufeff\uffef"), "\"\\ufeff\uffef\""},
        {TEXT_INIT("\U0001f600\U0001d173"), "\"\U0001f600\\ud834\\udd73\""},
        {TEXT_INIT("\U000e0001\U000e007f\U000e0080"), "\"\\udb40\\udc01\\udb40\\udc7f\U000e0080\""},
        {TEXT_INIT("\u65e5\u672c\u8a9e"), "\"\u65e5\u672c\u8a9e\""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct buf out = BUF_INIT;
        json_write_string(&out, rows[i].text);
        assert_text(buf_text(&out), rows[i].written);
        buf_release(&out);
    }
}

/* Writes `byte` with `before` and `after` times x around it. */
static void write_between(struct buf *out, char byte, size_t before, size_t after)
{
    struct buf text = BUF_INIT;
    buf_add_repeated(&text, 'x', before);
    buf_add_byte(&text, byte);
    buf_add_repeated(&text, 'x', after);
    json_write_escaped(out, buf_text(&text));
    buf_release(&text);
}

static void every_byte_is_treated_the_same_at_every_offset(void **state)
{
    (void)state;
    enum { LENGTH = 24 }; /* more than two of the words that the writer looks at */
    for (int byte = 0; byte < 0x80 * LENGTH; byte++) {
        size_t offset = (size_t)byte % LENGTH;
        struct buf written = BUF_INIT;
        struct buf expected = BUF_INIT;
        write_between(&written, (char)(byte / LENGTH), offset, LENGTH - offset);
        buf_add_repeated(&expected, 'x', offset);
        write_between(&expected, (char)(byte / LENGTH), 0, 0);
        buf_add_repeated(&expected, 'x', LENGTH - offset);
        assert_string_equal(written.data, expected.data);
        buf_release(&written);
        buf_release(&expected);
    }
}

static void a_string_is_appended(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    buf_add_string(&out, "key: ");
    json_write_string(&out, TEXT("<"));
    json_write_escaped(&out, TEXT(""));
    json_write_escaped(&out, TEXT("a\"b"));
    assert_string_equal(out.data, "key: \"\\u003c\"a\\\"b");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_escaped_as_the_service_does),
        cmocka_unit_test(every_byte_is_treated_the_same_at_every_offset),
        cmocka_unit_test(a_string_is_appended),
    };
    return cmocka_run_group_tests_name("json_write_string", tests, NULL, NULL);
}
