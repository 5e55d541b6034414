#include "server/state/tuning_statistics.h"

#include "base/buf.h"
#include "server/contract/limits.h"
#include "tests/lib/unit.h"

struct run {
    size_t count;
    int64_t value;
};

/* The value of the example with this index, of runs of equal ones. */
static int64_t run_value(const struct run *runs, size_t index)
{
    while (index >= runs->count) {
        index -= runs->count;
        runs++;
    }
    return runs->value;
}

/* A line of two turns, to be counted; its contents are not looked at once three are shown. */
static struct tuning_line plain_line(struct arena *arena)
{
    struct tuning_line line;
    tuning_line_read(TEXT("{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"a\"}]},"
                          "{\"role\":\"model\",\"parts\":[{\"text\":\"b\"}]}]}"),
        false, NULL, arena, &line);
    assert_int_equal(line.problem.len, 0);
    return line;
}

static void assert_holds(struct text json, const char *part)
{
    bool is_there = text_find(json, text_of(part)) < json.len;
    if (!is_there)
        print_error("the part is not in %.*s\n", TEXT_ARGS(json));
    assert_true(is_there);
}

/* Five hundred examples whose token counts have the sums, the least and largest, the percentiles
 * and the numbers in each bucket of those that were recorded: all edges, and the rest, follow. */
static void the_recorded_distributions_come_out(void **state)
{
    struct arena *arena = *state;
    static const struct run inputs[] = {{1, 25}, {24, 101}, {224, 290}, {77, 414}, {1, 758},
        {147, 700}, {20, 1016}, {5, 1479}, {1, 2932}, {1, 0}};
    static const struct run outputs[] = {{1, 3}, {24, 15}, {224, 25}, {1, 37}, {48, 40}, {140, 59},
        {24, 60}, {12, 85}, {1, 89}, {16, 100}, {5, 121}, {3, 160}, {1, 237}, {1, 0}};
    enum { EXAMPLE_COUNT = 500, STRIDE = 137 }; /* the order means nothing */
    struct tuning_statistics statistics;
    tuning_statistics_init(&statistics, false);
    struct tuning_line line = plain_line(arena);
    for (size_t i = 0; i < EXAMPLE_COUNT; i++) {
        line.input_tokens = run_value(inputs, i * STRIDE % EXAMPLE_COUNT);
        line.output_tokens = run_value(outputs, i * STRIDE % EXAMPLE_COUNT);
        tuning_statistics_add(&statistics, &line);
    }
    struct text json = tuning_statistics_json(&statistics, arena);
    assert_text(json,
        "{\"supervisedTuningDataStats\":{\"tuningDatasetExampleCount\":\"500\","
        "\"userInputTokenDistribution\":{\"sum\":\"233592\",\"min\":25,\"max\":2932,"
        "\"mean\":467.184,\"median\":414,\"p5\":101,\"p95\":1016,\"buckets\":["
        "{\"count\":326,\"left\":25,\"right\":509},{\"count\":148,\"left\":510,\"right\":994},"
        "{\"count\":20,\"left\":995,\"right\":1478},{\"count\":5,\"left\":1479,\"right\":1963},"
        "{\"count\":1,\"left\":2449,\"right\":2932}]},"
        "\"userOutputTokenDistribution\":{\"sum\":\"21651\",\"min\":3,\"max\":237,"
        "\"mean\":43.302,\"median\":37,\"p5\":15,\"p95\":89,\"buckets\":["
        "{\"count\":298,\"left\":3,\"right\":42},{\"count\":164,\"left\":43,\"right\":81},"
        "{\"count\":29,\"left\":82,\"right\":120},{\"count\":5,\"left\":121,\"right\":159},"
        "{\"count\":3,\"left\":160,\"right\":198},{\"count\":1,\"left\":199,\"right\":237}]},"
        "\"userMessagePerExampleDistribution\":{\"sum\":\"1000\",\"min\":2,\"max\":2,\"mean\":2,"
        "\"median\":2,\"p5\":2,\"p95\":2,\"buckets\":[{\"count\":500,\"left\":2,\"right\":2}]},"
        "\"userDatasetExamples\":["
        "{\"role\":\"user\",\"parts\":[{\"text\":\"a\"}]},"
        "{\"role\":\"model\",\"parts\":[{\"text\":\"b\"}]},"
        "{\"role\":\"user\",\"parts\":[{\"text\":\"a\"}]},"
        "{\"role\":\"model\",\"parts\":[{\"text\":\"b\"}]},"
        "{\"role\":\"user\",\"parts\":[{\"text\":\"a\"}]},"
        "{\"role\":\"model\",\"parts\":[{\"text\":\"b\"}]}],"
        "\"totalBillableTokenCount\":\"255243\"}}");
    tuning_statistics_release(&statistics);
}

/* Edges where there are fewer numbers than buckets. */
static void narrow_distributions_have_a_bucket_for_each_value(void **state)
{
    struct arena *arena = *state;
    struct tuning_statistics statistics;
    tuning_statistics_init(&statistics, false);
    struct tuning_line line = plain_line(arena);
    for (int i = 0; i < 8; i++) {
        line.input_tokens = 2 + i % 3;
        line.output_tokens = 7;
        tuning_statistics_add(&statistics, &line);
    }
    struct text json = tuning_statistics_json(&statistics, arena);
    assert_holds(json,
        "\"min\":2,\"max\":4,\"mean\":2.875,\"median\":3,\"p5\":2,\"p95\":4,"
        "\"buckets\":[{\"count\":3,\"left\":2,\"right\":2},"
        "{\"count\":3,\"left\":3,\"right\":3},{\"count\":2,\"left\":4,\"right\":4}]");
    assert_holds(json, "\"buckets\":[{\"count\":8,\"left\":7,\"right\":7}]");
    tuning_statistics_release(&statistics);
}

/* A text of `count` code points, each of two bytes, as the user's turn. */
static struct text long_line(struct arena *arena, int count)
{
    struct buf text = BUF_INIT;
    buf_add_string(&text, "{\"contents\":[{\"role\":\"USER\",\"parts\":[{\"text\":\"");
    for (int i = 0; i < count; i++)
        buf_add_string(&text, "\xC3\xA9");
    buf_add_string(&text,
        "\"},{\"fileData\":{\"mimeType\":\"image/png\",\"fileUri\":\"gs://b/i\"}},"
        "{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"AAAA\"}}]},"
        "{\"role\":\"model\",\"parts\":[{\"text\":\"b\"}]}]}");
    struct text copy = arena_text(arena, buf_text(&text));
    buf_release(&text);
    return copy;
}

static void shown_texts_have_400_code_points_at_most(void **state)
{
    struct arena *arena = *state;
    for (int count = 399; count <= 402; count++) {
        struct tuning_statistics statistics;
        struct tuning_line line;
        struct buf wanted = BUF_INIT;
        tuning_statistics_init(&statistics, false);
        tuning_line_read(long_line(arena, count), false, NULL, arena, &line);
        tuning_statistics_add(&statistics, &line);
        buf_add_string(&wanted, "[{\"role\":\"USER\",\"parts\":[{\"text\":\"");
        for (int i = 0; i < (count <= 400 ? count : 397); i++)
            buf_add_string(&wanted, "\xC3\xA9");
        buf_add_string(&wanted, count <= 400 ? "" : "...");
        buf_add_string(&wanted,
            "\"},{\"fileData\":{\"mimeType\":\"image/png\",\"fileUri\":\"gs://b/i\"}}]},{\"role\"");
        assert_holds(tuning_statistics_json(&statistics, arena), wanted.data);
        buf_release(&wanted);
        tuning_statistics_release(&statistics);
    }
}

/* However long a conversation is, every answer that shows the job shows as much of it. */
static void long_conversations_are_shown_in_part(void **state)
{
    struct arena *arena = *state;
    struct buf text = BUF_INIT;
    struct tuning_statistics statistics;
    struct tuning_line line;
    buf_add_string(&text, "{\"contents\":[");
    for (int i = 0; i < 500; i++)
        buf_printf(&text, "%s{\"role\":\"%s\",\"parts\":[{\"text\":\"x\"}]}", i ? "," : "",
            i % 2 ? "model" : "user");
    buf_add_string(&text, "]}");
    tuning_statistics_init(&statistics, false);
    tuning_line_read(buf_text(&text), false, NULL, arena, &line);
    assert_int_equal(line.turn_count, 500);
    for (int i = 0; i < 5; i++)
        tuning_statistics_add(&statistics, &line);
    struct text json = tuning_statistics_json(&statistics, arena);
    assert_int_equal(
        message_count(statistics.result, SupervisedTuningDataStats_user_dataset_examples),
        TUNING_SHOWN_EXAMPLES_MAX * TUNING_SHOWN_CONTENTS_MAX);
    assert_true(json.len < 5000);
    buf_release(&text);
    tuning_statistics_release(&statistics);
}

static void dropped_examples_are_named(void **state)
{
    struct arena *arena = *state;
    struct tuning_statistics statistics;
    tuning_statistics_init(&statistics, false);
    struct tuning_line line = plain_line(arena);
    tuning_statistics_add(&statistics, &line);
    tuning_statistics_drop(&statistics, 2, TEXT("too long"));
    tuning_statistics_drop(&statistics, 7, TEXT("too"));
    assert_holds(tuning_statistics_json(&statistics, arena),
        "\"totalTruncatedExampleCount\":\"2\",\"truncatedExampleIndices\":[\"2\",\"7\"],"
        "\"droppedExampleReasons\":[\"too long\",\"too\"]}}");
    tuning_statistics_release(&statistics);
    tuning_statistics_init(&statistics, false);
    for (size_t i = 0; i < 1000; i++)
        tuning_statistics_drop(&statistics, i + 1, TEXT("x"));
    assert_int_equal(
        message_count(statistics.result, SupervisedTuningDataStats_truncated_example_indices),
        TUNING_DROPPED_NAMED_MAX);
    tuning_statistics_release(&statistics);
}

static void preferences_have_statistics_of_their_own(void **state)
{
    struct arena *arena = *state;
    struct tuning_statistics statistics;
    struct tuning_line line;
    tuning_statistics_init(&statistics, true);
    tuning_line_read(TEXT("{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"a\"}]}],"
                          "\"completions\":[{\"score\":0,\"completion\":{\"role\":\"model\","
                          "\"parts\":[{\"text\":\"bad\"}]}},{\"score\":1,\"completion\":"
                          "{\"role\":\"model\",\"parts\":[{\"text\":\"good\"}]}}]}"),
        true, NULL, arena, &line);
    assert_int_equal(line.problem.len, 0);
    assert_text(line.input, "a");
    assert_text(line.output, "good");
    tuning_statistics_add(&statistics, &line);
    assert_text(tuning_statistics_json(&statistics, arena),
        "{\"preferenceOptimizationDataStats\":{\"tuningDatasetExampleCount\":\"1\","
        "\"totalBillableTokenCount\":\"3\","
        "\"userInputTokenDistribution\":{\"sum\":1,\"min\":1,\"max\":1,\"mean\":1,\"median\":1,"
        "\"p5\":1,\"p95\":1,\"buckets\":[{\"count\":\"1\",\"left\":1,\"right\":1}]},"
        "\"userOutputTokenDistribution\":{\"sum\":2,\"min\":2,\"max\":2,\"mean\":2,\"median\":2,"
        "\"p5\":2,\"p95\":2,\"buckets\":[{\"count\":\"1\",\"left\":2,\"right\":2}]},"
        "\"scoreVariancePerExampleDistribution\":{\"sum\":0.25,\"min\":0.25,\"max\":0.25,"
        "\"mean\":0.25,\"median\":0.25,\"p5\":0.25,\"p95\":0.25,\"buckets\":[{\"count\":\"1\","
        "\"left\":0.25,\"right\":0.25}]},"
        "\"scoresDistribution\":{\"sum\":1,\"max\":1,\"mean\":0.5,\"p95\":1,\"buckets\":["
        "{\"count\":\"1\"},{\"count\":\"1\",\"left\":1,\"right\":1}]},"
        "\"userDatasetExamples\":[{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"a\"}]}],"
        "\"completions\":[{\"completion\":{\"role\":\"model\",\"parts\":[{\"text\":\"bad\"}]}},"
        "{\"score\":1,\"completion\":{\"role\":\"model\",\"parts\":[{\"text\":\"good\"}]}}]}]}}");
    tuning_statistics_release(&statistics);
}

/* That of a completion may be any text. */
static void a_shown_role_is_no_longer_than_a_text(void **state)
{
    struct arena *arena = *state;
    struct tuning_statistics statistics;
    struct tuning_line line;
    struct buf text = BUF_INIT;
    tuning_statistics_init(&statistics, true);
    buf_add_string(&text,
        "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"a\"}]}],"
        "\"completions\":[{\"score\":0,\"completion\":{\"parts\":[{\"text\":\"b\"}]}},"
        "{\"score\":1,\"completion\":{\"parts\":[{\"text\":\"c\"}],\"role\":\"");
    buf_add_repeated(&text, 'r', 2 * TUNING_SHOWN_CHARACTERS_MAX);
    buf_add_string(&text, "\"}}]}");
    tuning_line_read(buf_text(&text), true, NULL, arena, &line);
    assert_int_equal(line.problem.len, 0);
    tuning_statistics_add(&statistics, &line);
    assert_holds(tuning_statistics_json(&statistics, arena), "rrr...\"");
    buf_release(&text);
    tuning_statistics_release(&statistics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(the_recorded_distributions_come_out),
        unit_test_with_arena(narrow_distributions_have_a_bucket_for_each_value),
        unit_test_with_arena(shown_texts_have_400_code_points_at_most),
        unit_test_with_arena(long_conversations_are_shown_in_part),
        unit_test_with_arena(dropped_examples_are_named),
        unit_test_with_arena(preferences_have_statistics_of_their_own),
        unit_test_with_arena(a_shown_role_is_no_longer_than_a_text),
    };
    return cmocka_run_group_tests_name("tuning_statistics", tests, NULL, NULL);
}
