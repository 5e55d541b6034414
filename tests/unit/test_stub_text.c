#include "tests/lib/unit.h"

#include "base/buf.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/space/stub_text.h"

static const struct text groups[] = {
    TEXT_INIT("from Rome to Oslo"), TEXT_INIT("Rome"), {NULL, 0}, TEXT_INIT("\"Oslo\"\n")};

static const struct stub_values values = {
    .prompt = TEXT_INIT("41"),
    .model = TEXT_INIT("tunedModels/x"),
    .groups = groups,
    .group_count = ARRAY_COUNT(groups),
    .count = 3,
    .now_ns = INT64_C(1746057600) * NS_PER_SECOND,
};

static struct text expand(struct arena *arena, struct text text, bool is_json)
{
    struct text expanded;
    assert_true(stub_text_expand(text, &values, is_json, arena, &expanded));
    return expanded;
}

static void variables_have_their_values(void **state)
{
    static const struct {
        const char *text, *expanded;
    } rows[] = {
        {"", ""},
        {"nothing of the kind", "nothing of the kind"},
        {"{{prompt}}", "41"},
        {"{{model}}: {{prompt}} {{prompt}}{{count}}.", "tunedModels/x: 41 413."},
        {"{{now}}", "2025-05-01T00:00:00Z"},
        {"{{match.0}}|{{match.1}}|{{match.2}}|{{match.3}}", "from Rome to Oslo|Rome||\"Oslo\"\n"},
        {"{{ prompt }} {{  count}}", "41 3"},
        {"\\frac{{{prompt}}}{2}", "\\frac{41}{2}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_text(expand(*state, text_of(rows[i].text), false), rows[i].expanded);
}

static void what_has_another_form_stands_for_itself(void **state)
{
    static const char *const rows[] = {"{prompt}", "{{prompt}", "{{ }}", "{{}}", "{{", "{{{{", "}}",
        "{{pro mpt}}", "{{{}}}", "{{prompt", "{{\xc3\xa9}}", "{{-1}}", "{ {prompt}}"};
    struct text problem;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text text = text_of(rows[i]);
        assert_true(stub_text_check(text, TEXT("text"), 0, *state, &problem));
        assert_text(expand(*state, text, false), rows[i]);
        assert_text(stub_text_escape(text, *state), rows[i]);
    }
}

static void two_more_braces_leave_it_as_it_is(void **state)
{
    static const struct {
        const char *text, *expanded;
    } rows[] = {
        {"{{{{prompt}}", "{{prompt}}"},
        {"{{{{name}}", "{{name}}"},
        {"{{{{{{name}}", "{{{{name}}"},
        {"a {{{{{name}}} b", "a {{{name}}} b"},
        {"{{{{a}}{{{{b}}{{count}}", "{{a}}{{b}}3"},
    };
    struct text problem;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text text = text_of(rows[i].text);
        assert_true(stub_text_check(text, TEXT("text"), 0, *state, &problem));
        assert_text(expand(*state, text, false), rows[i].expanded);
    }
}

static void what_is_escaped_comes_back(void **state)
{
    static const char alphabet[] = "{{{}}} ac.";
    uint32_t random = 1;
    for (size_t round = 0; round < 20000; round++) {
        char bytes[24];
        size_t len = 0;
        while (len < sizeof(bytes)) {
            random = random * 1664525 + 1013904223;
            bytes[len++] = alphabet[(random >> 16) % (sizeof(alphabet) - 1)];
        }
        struct text text = {bytes, len}, problem;
        struct text escaped = stub_text_escape(text, *state);
        assert_true(stub_text_check(escaped, TEXT("text"), 0, *state, &problem));
        assert_true(text_equals(expand(*state, escaped, false), text));
    }
    assert_text(
        stub_text_escape(TEXT("{{name}} {{{{prompt}}"), *state), "{{{{name}} {{{{{{prompt}}");
}

static void strings_of_json_are_escaped(void **state)
{
    struct text json = TEXT("{\"a\":{\"b\":[\"<{{match.3}}>\",\"{{{{now}}\"]}}");
    assert_text(expand(*state, json, true), "{\"a\":{\"b\":[\"<\\\"Oslo\\\"\\n>\",\"{{now}}\"]}}");
}

static void what_there_is_not_is_refused(void **state)
{
    static const struct {
        const char *text;
        size_t group_count;
        const char *problem;
    } rows[] = {
        {"a {{promt}}", 0,
            "reply.text: there is no variable {{promt}}, only {{prompt}}, {{model}}, {{match.1}}, "
            "{{count}} and {{now}}; the text itself is written {{{{promt}}"},
        {"{{count}} {{match.x}}", 3,
            "reply.text: there is no variable {{match.x}}, only {{prompt}}, {{model}}, "
            "{{match.1}}, {{count}} and {{now}}; the text itself is written {{{{match.x}}"},
        {"{{match.-1}}", 3, NULL},
        {"{{match.1}}", 0, "reply.text: {{match.1}} needs a regex as match.prompt"},
        {"{{match.3}}", 3,
            "reply.text: {{match.3}} needs as many groups, (...), in the regex of match.prompt; it "
            "has 2"},
        {"{{match.2}}", 3, NULL},
        {"{{match.9}}", 10, NULL},
        {"{{match.10}}", 10, "reply.text: {{match.10}} cannot be had, only the first 9 groups can"},
        {"{{match.99999999999999999999}}", 3,
            "reply.text: there is no variable {{match.99999999999999999999}}, only {{prompt}}, "
            "{{model}}, {{match.1}}, {{count}} and {{now}}; the text itself is written "
            "{{{{match.99999999999999999999}}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text problem;
        bool is_right = stub_text_check(
            text_of(rows[i].text), TEXT("reply.text"), rows[i].group_count, *state, &problem);
        assert_int_equal(is_right, !rows[i].problem);
        if (rows[i].problem)
            assert_text(problem, rows[i].problem);
    }
}

static void groups_are_asked_for_where_they_stand(void **state)
{
    (void)state;
    assert_true(stub_text_needs_groups(TEXT("a {{count}} {{match.1}}")));
    assert_false(stub_text_needs_groups(TEXT("a {{count}} {{{{match.1}} match.1")));
    assert_false(stub_text_needs_groups(TEXT("")));
}

static void no_text_grows_without_bound(void **state)
{
    size_t len = 1048576;
    char *prompt = arena_alloc(*state, len + 1);
    memset(prompt, '<', len);
    struct stub_values large = values;
    large.prompt = (struct text){prompt, len};
    struct buf text;
    struct text expanded;
    buf_init(&text);
    for (size_t i = 0; i < STUB_TEXT_BYTES_MAX / len; i++)
        buf_add_string(&text, "{{prompt}}");
    assert_true(stub_text_expand(buf_text(&text), &large, false, *state, &expanded));
    assert_int_equal(expanded.len, STUB_TEXT_BYTES_MAX);
    assert_false(stub_text_expand(buf_text(&text), &large, true, *state, &expanded));
    buf_add_string(&text, ".");
    assert_false(stub_text_expand(buf_text(&text), &large, false, *state, &expanded));
    buf_release(&text);
    /* Each is six times as long in JSON, and three fit. */
    struct text four = TEXT("{{prompt}}{{prompt}}{{prompt}}{{prompt}}");
    assert_true(stub_text_expand(text_slice(four, 0, 30), &large, true, *state, &expanded));
    assert_false(stub_text_expand(four, &large, true, *state, &expanded));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(variables_have_their_values),
        unit_test_with_arena(what_has_another_form_stands_for_itself),
        unit_test_with_arena(two_more_braces_leave_it_as_it_is),
        unit_test_with_arena(what_is_escaped_comes_back),
        unit_test_with_arena(strings_of_json_are_escaped),
        unit_test_with_arena(what_there_is_not_is_refused),
        unit_test_with_arena(groups_are_asked_for_where_they_stand),
        unit_test_with_arena(no_text_grows_without_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
