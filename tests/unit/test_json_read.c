#include "tests/lib/unit.h"

#include "server/contract/limits.h"
#include "server/json/read.h"

struct fixture {
    struct arena arena;
    struct buf out;
    struct text error;
    size_t error_line, error_column;
};

static int fixture_setup(void **state)
{
    static struct fixture fixture;
    arena_init(&fixture.arena);
    buf_init(&fixture.out);
    *state = &fixture;
    return 0;
}

static int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    arena_release(&fixture->arena);
    buf_release(&fixture->out);
    return 0;
}

static bool fixture_read(struct fixture *fixture, struct text input)
{
    buf_clear(&fixture->out);
    size_t value_count;
    struct json_read_problem problem = {{NULL, 0}, 0, 0};
    bool is_read =
        json_read_strict(input, &fixture->arena, SIZE_MAX, &fixture->out, &value_count, &problem);
    fixture->error = problem.text;
    fixture->error_line = problem.line;
    fixture->error_column = problem.column;
    return is_read;
}

static void assert_reads(struct fixture *fixture, struct text input, struct text strict)
{
    if (!fixture_read(fixture, input))
        fail_msg("%.*s: %.*s", TEXT_ARGS(input), TEXT_ARGS(fixture->error));
    assert_int_equal(fixture->out.len, strict.len);
    assert_memory_equal(fixture->out.data, strict.bytes, strict.len);
}

static void what_is_lenient_becomes_strict(void **state)
{
    static const struct {
        struct text input, strict;
    } rows[] = {
        {TEXT_INIT(" { } "), TEXT_INIT("{}")},
        {TEXT_INIT("{a:1,}"), TEXT_INIT("{\"a\":1}")},
        {TEXT_INIT("[1,[],{},]"), TEXT_INIT("[1,[],{}]")},
        {TEXT_INIT("{'a':\"b\",'c':[true,false,null,],}"),
            TEXT_INIT("{\"a\":\"b\",\"c\":[true,false,null]}")},
        {TEXT_INIT("'\"'"), TEXT_INIT("\"\\\"\"")},
        {TEXT_INIT("\"'\""), TEXT_INIT("\"'\"")},
        {TEXT_INIT("\"\\'\\q\\/\""), TEXT_INIT("\"'q/\"")},
        {TEXT_INIT("\"\t\n\x01\x1f\""), TEXT_INIT("\"\t\n\x01\x1f\"")},
        {TEXT_INIT("\"\\u00e9\\ud83d\\ude00\""), TEXT_INIT("\"\xc3\xa9\xf0\x9f\x98\x80\"")},
        {TEXT_INIT("\"\\u0022\\u005c\\v\""), TEXT_INIT("\"\\\"\\\\\v\"")},
        {TEXT_INIT("{$_a9:{b_:2}}"), TEXT_INIT("{\"$_a9\":{\"b_\":2}}")},
        {TEXT_INIT("\xEF\xBB\xBF[]"), TEXT_INIT("[]")},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_reads(*state, rows[i].input, rows[i].strict);
}

static void a_nul_is_passed_on_as_two_bytes(void **state)
{
    assert_reads(*state, TEXT("\"a\0b\""),
        TEXT("\"a\xC0\x80"
             "b\""));
    assert_reads(*state, TEXT("{'\\u0000':1}"), TEXT("{\"\xC0\x80\":1}"));
}

static void numbers_become_strict(void **state)
{
    static const struct {
        struct text input, strict;
    } rows[] = {
        {TEXT_INIT("0"), TEXT_INIT("0")},
        {TEXT_INIT("-0"), TEXT_INIT("-0")},
        {TEXT_INIT("-0.50"), TEXT_INIT("-0.50")},
        {TEXT_INIT("1E+02"), TEXT_INIT("1e+02")},
        {TEXT_INIT("0E5"), TEXT_INIT("0e5")},
        {TEXT_INIT("123456789012345"), TEXT_INIT("123456789012345")},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_reads(*state, rows[i].input, rows[i].strict);
}

static void a_number_that_a_double_may_not_hold_is_marked(void **state)
{
    static const struct {
        struct text input, strict;
    } rows[] = {
        {TEXT_INIT("1234567890123456"), TEXT_INIT("\"\xff"
                                                  "1234567890123456\"")},
        {TEXT_INIT("-9223372036854775808"), TEXT_INIT("\"\xff-9223372036854775808\"")},
        {TEXT_INIT("0.1234567890123456e-7"), TEXT_INIT("\"\xff"
                                                       "0.1234567890123456e-7\"")},
        {TEXT_INIT("1e000000000000000000000000000000000000000000000001"),
            TEXT_INIT("\"\xff"
                      "1e000000000000000000000000000000000000000000000001\"")},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_reads(*state, rows[i].input, rows[i].strict);
}

static void refusals_quote_nul_bytes_as_they_are(void **state)
{
    struct fixture *fixture = *state;
    static const char expected[] =
        "Invalid JSON payload received. Parsing terminated before end of input.\n{}\0x\n  ^";
    assert_false(fixture_read(fixture, TEXT("{}\0x")));
    assert_int_equal(fixture->error.len, sizeof(expected) - 1);
    assert_memory_equal(fixture->error.bytes, expected, sizeof(expected) - 1);
    assert_false(fixture_read(fixture, TEXT("{\0}")));
    assert_true(text_starts_with(fixture->error,
        TEXT("Invalid JSON payload received. Expected an object key or }.\n\0}\n^")));
}

static void an_empty_input_is_refused_but_blank(void **state)
{
    struct fixture *fixture = *state;
    assert_false(fixture_read(fixture, TEXT("")));
    assert_text(fixture->error,
        "Invalid JSON payload received. Unexpected end of string. Expected a value.\n\n^");
    assert_false(fixture_read(fixture, (struct text){NULL, 0}));
    assert_true(json_read_is_blank((struct text){NULL, 0}));
    assert_true(json_read_is_blank(TEXT("\xEF\xBB\xBF \t\r\n")));
    assert_false(json_read_is_blank(TEXT(" {")));
    assert_false(json_read_is_blank(TEXT("\v")));
    assert_false(json_read_is_blank(TEXT("\f")));
    assert_false(json_read_is_blank(TEXT("\xEF\xBB")));
    assert_false(json_read_is_blank(TEXT("\0")));
}

/* Every prefix of a body that is cut off is refused, and so is every byte that does not belong. */
static void no_part_of_a_body_is_a_body(void **state)
{
    static const struct text whole = TEXT_INIT("{\"a\":[1,{'b':\"\\u00e9\\ud83d\\ude00\xe2\x82\xac"
                                               "\",c:true},-2.5e3,null]}");
    for (size_t len = 0; len < whole.len; len++) {
        assert_false(fixture_read(*state, text_slice(whole, 0, len)));
        struct fixture *fixture = *state;
        assert_true(text_is_utf8(fixture->error, NULL));
        assert_true(text_ends_with(fixture->error, TEXT("^")));
    }
    assert_true(fixture_read(*state, whole));
}

static struct text nest(struct fixture *fixture, const char *open, const char *close, size_t depth)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < depth; i++)
        buf_add_string(&text, open);
    buf_add_byte(&text, '1');
    for (size_t i = 0; i < depth; i++)
        buf_add_string(&text, close);
    struct text copy = arena_text(&fixture->arena, buf_text(&text));
    buf_release(&text);
    return copy;
}

static void nesting_is_bounded(void **state)
{
    struct fixture *fixture = *state;
    struct text deepest = nest(fixture, "[", "]", JSON_DEPTH_MAX);
    assert_reads(fixture, deepest, deepest);
    assert_true(fixture_read(fixture, nest(fixture, "{a:", "}", JSON_DEPTH_MAX)));
    assert_false(fixture_read(fixture, nest(fixture, "{a:", "}", JSON_DEPTH_MAX + 1)));
    assert_text(fixture->error, "Invalid JSON payload received. Message too deep. Max recursion "
                                "depth reached for key 'a'");
    assert_false(fixture_read(fixture, nest(fixture, "[", "]", 1000000)));
    assert_text(fixture->error,
        "Invalid JSON payload received. Message too deep. Max recursion depth reached in array");
}

static void depth_is_that_of_open_values_only(void **state)
{
    struct buf text = BUF_INIT;
    buf_add_byte(&text, '[');
    for (size_t i = 0; i < 1000; i++)
        buf_add_string(&text, "{a:[]},");
    buf_add_byte(&text, ']');
    assert_true(fixture_read(*state, buf_text(&text)));
    buf_release(&text);
}

static void huge_tokens_are_read(void **state)
{
    struct fixture *fixture = *state;
    struct buf text = BUF_INIT;
    buf_add_byte(&text, '"');
    buf_add_repeated(&text, 'x', 1 << 20);
    buf_add_byte(&text, '"');
    assert_reads(fixture, buf_text(&text), buf_text(&text));

    buf_clear(&text);
    buf_add_string(&text, "0.");
    buf_add_repeated(&text, '3', 1 << 20);
    assert_true(fixture_read(fixture, buf_text(&text)));
    assert_int_equal(fixture->out.len, text.len + 3);

    buf_clear(&text);
    buf_add_repeated(&text, '9', 1 << 20);
    assert_false(fixture_read(fixture, buf_text(&text)));
    assert_text(fixture->error, "Invalid JSON payload received. Number exceeds the range of "
                                "double.\n99999999999999999999\n^");
    buf_release(&text);
}

static void output_is_appended(void **state)
{
    struct fixture *fixture = *state;
    size_t value_count;
    struct json_read_problem problem;
    buf_add_string(&fixture->out, "before ");
    assert_true(json_read_strict(
        TEXT("{}"), &fixture->arena, SIZE_MAX, &fixture->out, &value_count, &problem));
    assert_text(buf_text(&fixture->out), "before {}");
}

static void the_place_of_an_error_is_told(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        struct text input;
        size_t line, column;
    } rows[] = {
        {TEXT_INIT("x"), 1, 1},
        {TEXT_INIT("\xEF\xBB\xBF\n\nx"), 3, 1},
        {TEXT_INIT("{\"a\": 1,\r\n \"b\": [\n1 2]}"), 3, 3},
        {TEXT_INIT("{\"a\": \"\n\n\" 1}\n\n"), 3, 3},
        {TEXT_INIT("{\"a\":\n"), 2, 1},
        {TEXT_INIT("{\"\xC3\xA9\xE2\x82\xAC\" x}"), 1, 7},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_false(fixture_read(fixture, rows[i].input));
        assert_int_equal(fixture->error_line, rows[i].line);
        assert_int_equal(fixture->error_column, rows[i].column);
    }
}

static void objects_lists_and_scalars_are_counted(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *input;
        size_t count;
    } rows[] = {
        {"{}", 1},
        {"1", 1},
        {"[{},{},{},]", 4},
        {"{'a':1,b:[null,true,'x'],}", 6},
        {"[[[1]]]", 4},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        size_t count;
        struct json_read_problem problem;
        buf_clear(&fixture->out);
        assert_true(json_read_strict(text_of(rows[i].input), &fixture->arena, rows[i].count,
            &fixture->out, &count, &problem));
        assert_int_equal(count, rows[i].count);
        assert_false(json_read_strict(text_of(rows[i].input), &fixture->arena, rows[i].count - 1,
            &fixture->out, &count, &problem));
        assert_text(problem.text, "");
    }
}

static void what_is_read_at_most_doubles(void **state)
{
    struct fixture *fixture = *state;
    enum { COUNT = 10000 };
    static const char bytes[] = "\x01\t\"\\\x1f\0";
    for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
        struct buf text = BUF_INIT;
        buf_add_byte(&text, '\'');
        for (int k = 0; k < COUNT; k++) {
            if (bytes[i] == '\\')
                buf_add_byte(&text, '\\');
            buf_add_byte(&text, bytes[i]);
        }
        buf_add_byte(&text, '\'');
        assert_true(fixture_read(fixture, buf_text(&text)));
        assert_true(fixture->out.len <= 2 * text.len);
        buf_release(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_lenient_becomes_strict),
        cmocka_unit_test(a_nul_is_passed_on_as_two_bytes),
        cmocka_unit_test(numbers_become_strict),
        cmocka_unit_test(a_number_that_a_double_may_not_hold_is_marked),
        cmocka_unit_test(refusals_quote_nul_bytes_as_they_are),
        cmocka_unit_test(an_empty_input_is_refused_but_blank),
        cmocka_unit_test(no_part_of_a_body_is_a_body),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(depth_is_that_of_open_values_only),
        cmocka_unit_test(huge_tokens_are_read),
        cmocka_unit_test(output_is_appended),
        cmocka_unit_test(the_place_of_an_error_is_told),
        cmocka_unit_test(objects_lists_and_scalars_are_counted),
        cmocka_unit_test(what_is_read_at_most_doubles),
    };
    return cmocka_run_group_tests_name("json read", tests, fixture_setup, fixture_teardown);
}
