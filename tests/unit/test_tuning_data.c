#include "server/state/tuning_data.h"

#include "base/buf.h"
#include "server/contract/limits.h"
#include "server/gcs/gcs_samples.h"
#include "server/sim/prompt.h"
#include "tests/lib/unit.h"

#define LINE(input, output)                                                                        \
    "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"" input                              \
    "\"}]},{\"role\":\"model\",\"parts\":[{\"text\":\"" output "\"}]}]}"

static bool read_data(
    struct arena *arena, struct text bytes, bool is_validation, struct tuning_data *data)
{
    struct tuning_data_asked asked = {
        .name = TEXT("gs://b/t.jsonl"), .bytes = bytes, .is_validation = is_validation};
    return tuning_data_read(&asked, arena, data);
}

static void lines_end_as_files_do(void **state)
{
    struct arena *arena = *state;
    static const struct text rows[] = {
        TEXT_INIT(LINE("a", "b") "\n" LINE("c", "d") "\n"),
        TEXT_INIT(LINE("a", "b") "\n" LINE("c", "d")),
        TEXT_INIT(LINE("a", "b") "\r\n" LINE("c", "d") "\r\n"),
        TEXT_INIT("\xEF\xBB\xBF" LINE("a", "b") "\n\n  \r\n" LINE("c", "d") " \n\n"),
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct tuning_data data;
        assert_true(read_data(arena, rows[i], false, &data));
        assert_int_equal(data.example_count, 2);
        assert_text(data.examples[0].input, "a");
        assert_text(data.examples[1].output, "d");
        assert_null(data.contexts);
        assert_true(text_starts_with(data.statistics,
            TEXT("{\"supervisedTuningDataStats\":{\"tuningDatasetExampleCount\":\"2\",")));
    }
}

static void problems_name_file_and_line(void **state)
{
    struct arena *arena = *state;
    static const struct {
        struct text bytes;
        const char *problem;
    } rows[] = {
        {TEXT_INIT(""), "gs://b/t.jsonl: has no examples"},
        {TEXT_INIT("\n \r\n"), "gs://b/t.jsonl: has no examples"},
        {TEXT_INIT("\n\n{}\n" LINE("a", "b") "\n\nx\n"),
            "gs://b/t.jsonl, line 3: contents: must not be empty; line 6: is no JSON: column 1: "
            "Unexpected token."},
        {TEXT_INIT("{\"contents\":\0}"),
            "gs://b/t.jsonl, line 1: is no JSON: column 13: Expected a value."},
        {TEXT_INIT(LINE("a\0b", "c")), NULL},
        {TEXT_INIT("[\n" LINE("a", "b") "\n]"),
            "gs://b/t.jsonl: must be JSON Lines: one object a line, and no list around them"},
        {TEXT_INIT("{\n\"contents\":[]}"),
            "gs://b/t.jsonl: must be JSON Lines: one object a line, and no list around them"},
        {TEXT_INIT("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n"),
            "gs://b/t.jsonl, line 1: contents: must not be empty; line 2: contents: must not be "
            "empty; line 3: contents: must not be empty; line 4: contents: must not be empty; line "
            "5: contents: must not be empty; line 6: contents: must not be empty; line 7: "
            "contents: "
            "must not be empty; line 8: contents: must not be empty; line 9: contents: must not be "
            "empty; line 10: contents: must not be empty; and perhaps more"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct tuning_data data;
        bool is_good = read_data(arena, rows[i].bytes, false, &data);
        assert_int_equal(is_good, rows[i].problem == NULL);
        if (is_good)
            assert_int_equal(data.examples[0].input.len, 3); /* a NUL is a character like another */
        else
            assert_text(data.problem, rows[i].problem);
    }
}

static void contexts_stand_beside_the_examples(void **state)
{
    struct arena *arena = *state;
    struct tuning_data data;
    assert_true(read_data(arena,
        TEXT(LINE("a", "b") "\n{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":"
                            "\"user\",\"content\":\"a\"},{\"role\":\"model\",\"content\":\"c\"}]}"),
        false, &data));
    assert_non_null(data.contexts);
    assert_true(data.contexts[0] == 0);
    assert_true(data.contexts[1] == prompt_context_add(0, PROMPT_SYSTEM, TEXT("s")));
}

static void data_to_validate_with_has_a_smaller_bound(void **state)
{
    struct arena *arena = *state;
    struct buf bytes = BUF_INIT;
    struct tuning_data data;
    for (int i = 0; i < TUNING_VALIDATION_EXAMPLES_MAX; i++)
        buf_add_string(&bytes, LINE("a", "b") "\n");
    assert_true(read_data(arena, buf_text(&bytes), true, &data));
    buf_add_string(&bytes, LINE("a", "b"));
    assert_false(read_data(arena, buf_text(&bytes), true, &data));
    assert_text(data.problem, "gs://b/t.jsonl: has more than 5000 examples");
    assert_true(read_data(arena, buf_text(&bytes), false, &data));
    assert_int_equal(data.example_count, TUNING_VALIDATION_EXAMPLES_MAX + 1);
    buf_release(&bytes);
}

static void what_has_too_many_tokens_is_dropped(void **state)
{
    struct arena *arena = *state;
    struct buf bytes = BUF_INIT;
    struct tuning_data data;
    buf_add_string(&bytes, "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"");
    for (int i = 0; i < TUNING_EXAMPLE_TOKENS_MAX; i++)
        buf_add_string(&bytes, "a ");
    buf_add_string(&bytes, "\"}]},{\"role\":\"model\",\"parts\":[{\"text\":\"b\"}]}]}\n");
    assert_false(read_data(arena, buf_text(&bytes), false, &data));
    assert_text(data.problem, "gs://b/t.jsonl: has no example that is small enough");
    buf_add_string(&bytes, LINE("a", "b"));
    assert_true(read_data(arena, buf_text(&bytes), false, &data));
    assert_int_equal(data.example_count, 1);
    assert_true(text_ends_with(data.statistics,
        TEXT(
            "\"totalTruncatedExampleCount\":\"1\",\"truncatedExampleIndices\":[\"1\"],"
            "\"droppedExampleReasons\":[\"The example has 131073 tokens, more than 131072.\"]}}")));
    buf_release(&bytes);
}

static void our_samples_are_sixteen_examples_each(void **state)
{
    struct arena *arena = *state;
    static const char *const objects[] = {
        "ai-platform/generative_ai/gemini/text/sft_train_data.jsonl",
        "ai-platform/generative_ai/gemini/text/sft_validation_data.jsonl"};
    for (size_t i = 0; i < ARRAY_COUNT(objects); i++) {
        struct gcs_name name = {TEXT("cloud-samples-data"), text_of(objects[i])};
        struct text bytes;
        struct tuning_data data;
        assert_true(gcs_samples_find(&name, &bytes));
        assert_true(read_data(arena, bytes, true, &data));
        assert_int_equal(data.example_count, 16);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(lines_end_as_files_do),
        unit_test_with_arena(problems_name_file_and_line),
        unit_test_with_arena(contexts_stand_beside_the_examples),
        unit_test_with_arena(data_to_validate_with_has_a_smaller_bound),
        unit_test_with_arena(what_has_too_many_tokens_is_dropped),
        unit_test_with_arena(our_samples_are_sixteen_examples_each),
    };
    return cmocka_run_group_tests_name("tuning_data", tests, NULL, NULL);
}
