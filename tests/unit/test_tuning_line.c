#include "server/state/tuning_line.h"

#include "base/buf.h"
#include "server/sim/prompt.h"
#include "tests/lib/unit.h"

#define USER(text) "{\"role\":\"user\",\"parts\":[{\"text\":\"" text "\"}]}"
#define MODEL(text) "{\"role\":\"model\",\"parts\":[{\"text\":\"" text "\"}]}"

static struct tuning_line read_line(struct arena *arena, const char *text, bool is_preference)
{
    struct tuning_line line;
    tuning_line_read(text_of(text), is_preference, NULL, arena, &line);
    return line;
}

static void lines_are_read_in_each_form(void **state)
{
    struct arena *arena = *state;
    static const struct {
        const char *text, *input, *output;
        int64_t input_tokens, output_tokens;
        size_t turn_count;
        bool is_preference;
    } rows[] = {
        {"{\"contents\":[" USER("in") "," MODEL("out") "]}", "in", "out", 1, 1, 2, false},
        {"{\"contents\":[" USER("one") "," MODEL("two") "," USER("three") "," MODEL("four") "]}",
            "three", "four", 2, 2, 4, false},
        {"{\"systemInstruction\":{\"parts\":{\"text\":\"be kind\"}},\"contents\":[" USER(
             "in") "," MODEL("out") "],\"generationConfig\":{\"x\":[1]},\"tools\":[{}],}",
            "in", "out", 3, 1, 2, false},
        {"{\"system_instruction\":{\"role\":\"system\",\"parts\":[{\"text\":\"be kind\"}]},"
         "\"contents\":[" USER("in") "," MODEL("out") "]}",
            "in", "out", 3, 1, 2, false},
        {"{\"contents\":[{\"role\":\"USER\",\"parts\":{\"text\":\"in\"}},{\"role\":\"Model\","
         "\"parts\":[{\"text\":\"o\"},{\"text\":\"ut\"}]}]}",
            "in", "out", 1, 2, 2, false},
        {"{\"contents\":[{\"role\":\"user\",\"parts\":[{\"fileData\":{\"mimeType\":\"image/png\","
         "\"fileUri\":\"gs://b/i.png\"}},{\"text\":\"what is it\"}]}," MODEL("a cat") "]}",
            "what is it", "a cat", 3, 2, 2, false},
        {"{\"contents\":[" USER("in") ",{\"role\":\"model\",\"parts\":[{\"functionCall\":"
                                      "{\"name\":\"f\",\"args\":{\"a\":1}}}]}]}",
            "in", "{\"name\":\"f\",\"args\":{\"a\":1}}", 1, 0, 2, false},
        {"{\"messages\":[{\"role\":\"user\",\"content\":\"in\"},{\"role\":\"model\","
         "\"content\":\"out\"}]}",
            "in", "out", 1, 1, 2, false},
        {"{\"messages\":[{\"role\":\"system\",\"content\":\"be kind\"},{\"role\":\"user\","
         "\"content\":\"in\"},{\"role\":\"model\",\"content\":\"out\"}]}",
            "in", "out", 3, 1, 2, false},
        {"{\"contents\":[" USER("in") "],\"completions\":[{\"score\":0.2,\"completion\":" MODEL(
             "bad") "},{\"score\":0.9,\"completion\":" MODEL("good") "},{\"score\":0.9,"
                                                                     "\"completion\":" MODEL(
                                                                         "late") "}]}",
            "in", "good", 1, 3, 1, true},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct tuning_line line = read_line(arena, rows[i].text, rows[i].is_preference);
        assert_text(line.problem, "");
        assert_text(line.input, rows[i].input);
        assert_text(line.output, rows[i].output);
        assert_int_equal(line.input_tokens, rows[i].input_tokens);
        assert_int_equal(line.output_tokens, rows[i].output_tokens);
        assert_int_equal(line.turn_count, rows[i].turn_count);
    }
}

static void what_stands_before_is_the_context(void **state)
{
    struct arena *arena = *state;
    struct tuning_line line =
        read_line(arena, "{\"contents\":[" USER("in") "," MODEL("out") "]}", false);
    assert_int_equal(line.context, 0);
    uint64_t context = prompt_context_add(0, PROMPT_SYSTEM, TEXT("be kind"));
    static const char *const same[] = {
        "{\"systemInstruction\":{\"parts\":[{\"text\":\"be kind\"}]},\"contents\":[" USER(
            "in") "," MODEL("out") "]}",
        "{\"messages\":[{\"role\":\"system\",\"content\":\" be kind\"},{\"role\":\"user\","
        "\"content\":\"in\"},{\"role\":\"model\",\"content\":\"out\"}]}",
    };
    for (size_t i = 0; i < ARRAY_COUNT(same); i++) {
        line = read_line(arena, same[i], false);
        assert_true(line.context == context);
    }
    line = read_line(arena,
        "{\"systemInstruction\":{\"parts\":[{\"text\":\"be kind\"}]},\"contents\":[" USER(
            "one") "," MODEL("two") "," USER("in") "," MODEL("out") "]}",
        false);
    context = prompt_context_add(context, PROMPT_USER, TEXT("one"));
    assert_true(line.context == prompt_context_add(context, PROMPT_MODEL, TEXT("two")));
}

static void what_is_wrong_is_named(void **state)
{
    struct arena *arena = *state;
    static const struct {
        const char *text, *problem;
        bool is_preference;
    } rows[] = {
        {"x", "is no JSON: column 1: Unexpected token.", false},
        {"{\"contents\":[x]}", "is no JSON: column 14: Unexpected token.", false},
        {"{\"contents\":[",
            "is no JSON: column 14: Unexpected end of string. Expected a value or ] within an "
            "array.",
            false},
        {"{} {}", "is no JSON: column 4: Parsing terminated before end of input.", false},
        {"[]", "Unknown name \"\": Root element must be a message.", false},
        {"{\"a\xFF\":1}", "is no UTF-8: byte 4", false},
        {"{\"content\":[]}", "Unknown name \"content\": Cannot find field.", false},
        {"{\"contents\":[{\"role\":5}]}", "Invalid value at 'contents[0].role' (TYPE_STRING), 5",
            false},
        {"{\"contents\":[{\"rolle\":\"user\"}]}",
            "Unknown name \"rolle\" at 'contents[0]': Cannot find field.", false},
        {"{}", "contents: must not be empty", false},
        {"{\"contents\":[]}", "contents: must not be empty", false},
        {"{\"contents\":[{\"parts\":[{\"text\":\"a\"}]}]}",
            "contents[0].role: must be \"user\" or \"model\"", false},
        {"{\"contents\":[{\"role\":\"assistant\",\"parts\":[{\"text\":\"a\"}]}]}",
            "contents[0].role: must be \"user\" or \"model\"", false},
        {"{\"contents\":[" USER("a") ",{\"role\":\"model\"}]}",
            "contents[1].parts: must not be empty", false},
        {"{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"a\"},{}]}]}",
            "contents[0].parts[1]: must have a text, a file or a call of a function", false},
        {"{\"systemInstruction\":{},\"contents\":[" USER("a") "," MODEL("b") "]}",
            "systemInstruction.parts: must not be empty", false},
        {"{\"contents\":[" USER("a") "]}", "contents: the last turn must be the model's", false},
        {"{\"contents\":[" MODEL("a") "]}",
            "contents: must have a turn of the user before the model's", false},
        {"{\"contents\":[" USER("a") "," MODEL("") "]}",
            "contents: the last turn must have a text, or call a function", false},
        {"{\"messages\":[{\"role\":\"assistant\",\"content\":\"a\"}]}",
            "messages[0].role: must be \"system\", \"user\" or \"model\"", false},
        {"{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"system\","
         "\"content\":\"a\"}]}",
            "messages[1].role: \"system\" must be that of the first message", false},
        {"{\"messages\":[{\"role\":\"user\"}]}", "messages[0].content: must not be empty", false},
        {"{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}",
            "messages: the last turn must be the model's", false},
        {"{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"contents\":[" USER("a") "]}",
            "messages: must not stand beside contents", false},
        {"{\"contents\":[" USER("a") "," MODEL("b") "],\"completions\":[{\"score\":1}]}",
            "completions: are for preference tuning", false},
        {"{\"contents\":[" USER("a") "," MODEL("b") "]}",
            "completions: must be two, or more, with scores", true},
        {"{\"contents\":[" USER("a") "],\"completions\":[{\"score\":1},{}]}",
            "completions[0].completion: is missing", true},
        {"{\"contents\":[" USER("a") "],\"completions\":[{\"completion\":" MODEL("b") "},{}]}",
            "completions[0].score: is missing", true},
        {"{\"contents\":[" USER("a") "],\"completions\":[{\"score\":1,\"completion\":{}},{}]}",
            "completions[0].completion.parts: must not be empty", true},
        {"{\"contents\":[" USER("a") "],\"completions\":[{\"score\":0,\"completion\":" MODEL(
             "b") "},{\"score\":1,\"completion\":" MODEL("") "}]}",
            "completions[1].completion: must have a text, or call a function", true},
        {"{\"contents\":[" USER("a") "," MODEL(
             "b") "],\"completions\":[{\"score\":0,"
                  "\"completion\":" MODEL("b") "},{\"score\":1,\"completion\":" MODEL("c") "}]}",
            "contents: the last turn must be the user's", true},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct tuning_line line = read_line(arena, rows[i].text, rows[i].is_preference);
        if (!text_equals_string(line.problem, rows[i].problem))
            print_error("%.*s\n", TEXT_ARGS(line.problem));
        assert_text(line.problem, rows[i].problem);
        assert_false(line.is_busy);
    }
}

/* What a line holds of the budget for bodies is given back with it. */
static void a_line_has_the_limits_of_a_body(void **state)
{
    struct arena *arena = *state;
    struct budget budget;
    struct tuning_line line;
    struct text text = TEXT("{\"contents\":[" USER("in") "," MODEL("out") "]}");
    budget_init(&budget, 1024 * 1024);
    struct decode_limits limits = {.values_max = 7, .bytes_max = 100000, .budget = &budget};
    tuning_line_read(text, false, &limits, arena, &line);
    assert_text(line.problem, "has too many values");
    struct buf large = BUF_INIT;
    buf_add_string(
        &large, "{\"contents\":[" USER("in") ",{\"role\":\"model\",\"parts\":[{\"text\":\"");
    buf_add_repeated(&large, 'x', 200000);
    buf_add_string(&large, "\"}]}]}");
    limits.values_max = 100;
    tuning_line_read(buf_text(&large), false, &limits, arena, &line);
    assert_text(line.problem, "is too large");
    limits.bytes_max = 10000000;
    tuning_line_read(buf_text(&large), false, &limits, arena, &line);
    assert_int_equal(line.output.len, 200000);
    assert_int_equal(budget_used(&budget), 0);
    assert_true(budget_take(&budget, 1000000));
    tuning_line_read(buf_text(&large), false, &limits, arena, &line);
    assert_true(line.is_busy);
    assert_int_equal(budget_used(&budget), 1000000);
    buf_release(&large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(lines_are_read_in_each_form),
        unit_test_with_arena(what_stands_before_is_the_context),
        unit_test_with_arena(what_is_wrong_is_named),
        unit_test_with_arena(a_line_has_the_limits_of_a_body),
    };
    return cmocka_run_group_tests_name("tuning_line", tests, NULL, NULL);
}
