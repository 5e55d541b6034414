#include "tests/lib/unit.h"

#include "server/json/decode.h"
#include "server/json/write.h"
#include "server/space/stream_pace.h"

#define ALLOWED                                                                                    \
    "must be a duration (\"40ms\"), {\"uniform\":[\"20ms\",\"80ms\"]}, "                           \
    "{\"lognormal\":{\"median\":\"40ms\",\"p99\":\"200ms\"}} or "                                  \
    "{\"firstToken\":\"300ms\",\"betweenTokens\":\"40ms\"}"

static const struct message *read(struct arena *arena, const char *json)
{
    struct decode_problems problems;
    struct message *config = message_new(arena, MESSAGE_Config, VERSION_V1BETA);
    decode_problems_init(&problems, arena);
    decode_body(arena_printf(arena, "{\"streamDelay\":%s}", json), config, TEXT(""), &problems);
    assert_false(decode_problems_any(&problems));
    return message_child(config, Config_stream_delay);
}

static struct text written(const struct stream_pace *pace, struct arena *arena)
{
    struct message *config = message_new(arena, MESSAGE_Config, VERSION_V1BETA);
    stream_pace_write(pace, message_make_child(config, Config_stream_delay));
    return json_text(config, arena);
}

static void assert_delay(const struct delay *delay, const struct delay *expected)
{
    assert_int_equal(delay->kind, expected->kind);
    assert_int_equal(delay->low_ns, expected->low_ns);
    assert_int_equal(delay->high_ns, expected->high_ns);
}

static void paces_are_written_back_as_they_were_given(void **state)
{
    static const struct {
        const char *json, *shown;
        struct stream_pace pace;
    } rows[] = {
        {"\"40ms\"", "\"0.040s\"", {.between_tokens = {.low_ns = 40 * NS_PER_MS}}},
        {"{\"fixed\":\"1h\"}", "\"3600s\"", {.between_tokens = {.low_ns = DELAY_MAX_NS}}},
        {"{\"uniform\":[\"1ms\",\"2ms\"]}", "{\"uniform\":[\"0.001s\",\"0.002s\"]}",
            {.between_tokens = {DELAY_UNIFORM, NS_PER_MS, 2 * NS_PER_MS}}},
        {"{\"firstToken\":\"300ms\",\"betweenTokens\":\"40ms\"}",
            "{\"firstToken\":\"0.300s\",\"betweenTokens\":\"0.040s\"}",
            {{.low_ns = 300 * NS_PER_MS}, {.low_ns = 40 * NS_PER_MS}, true}},
        {"{\"firstToken\":{\"lognormal\":{\"median\":\"1s\",\"p99\":\"2s\"}}}",
            "{\"firstToken\":{\"lognormal\":{\"median\":\"1s\",\"p99\":\"2s\"}},"
            "\"betweenTokens\":\"0s\"}",
            {.first_token = {DELAY_LOGNORMAL, NS_PER_SECOND, 2 * NS_PER_SECOND},
                .has_parts = true}},
        {"{\"between_tokens\":\"0\"}", "{\"firstToken\":\"0s\",\"betweenTokens\":\"0s\"}",
            {.has_parts = true}},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct stream_pace *expected = &rows[i].pace;
        struct stream_pace paces[2];
        struct text problem, path = TEXT("streamDelay");
        assert_true(
            stream_pace_read(read(*state, rows[i].json), path, *state, &paces[0], &problem));
        struct text text = text_of(rows[i].json);
        if (text_starts_with(text, TEXT("\"")))
            text = text_slice(text, 1, text.len - 1);
        assert_true(stream_pace_parse(text, *state, &paces[1], &problem));
        for (int way = 0; way < 2; way++) {
            assert_delay(&paces[way].first_token, &expected->first_token);
            assert_delay(&paces[way].between_tokens, &expected->between_tokens);
            assert_int_equal(paces[way].has_parts, expected->has_parts);
            struct text shown = arena_printf(*state, "{\"streamDelay\":%s}", rows[i].shown);
            assert_text(written(&paces[way], *state), shown.bytes);
        }
    }
}

static void no_message_is_no_delay(void **state)
{
    struct stream_pace pace;
    struct text problem;
    assert_true(stream_pace_read(NULL, TEXT("pace"), *state, &pace, &problem));
    assert_true(delay_is_zero(&pace.first_token) && delay_is_zero(&pace.between_tokens));
    assert_text(written(&pace, *state), "{\"streamDelay\":\"0s\"}");
}

static void what_has_a_first_token_is_written_in_parts(void **state)
{
    struct stream_pace pace = {.first_token = {.low_ns = NS_PER_SECOND}};
    assert_text(written(&pace, *state),
        "{\"streamDelay\":{\"firstToken\":\"1s\",\"betweenTokens\":\"0s\"}}");
}

static void what_is_wrong_is_named(void **state)
{
    static const struct {
        const char *json;
        const char *field, *reason;
    } rows[] = {
        {"{}", "", ALLOWED},
        {"{\"fixed\":\"1s\",\"uniform\":[\"1s\",\"2s\"]}", "", ALLOWED},
        {"{\"fixed\":\"1s\",\"betweenTokens\":\"1s\"}", "", ALLOWED},
        {"{\"uniform\":[\"1s\",\"2s\"],\"firstToken\":\"1s\",\"betweenTokens\":\"1s\"}", "",
            ALLOWED},
        {"{\"firstToken\":\"2h\"}", "firstToken", "must be at most 1h"},
        {"{\"betweenTokens\":\"2h\"}", "betweenTokens", "must be at most 1h"},
        {"{\"betweenTokens\":{}}", "betweenTokens",
            "must be a duration (\"200ms\"), {\"uniform\":[\"50ms\",\"200ms\"]} or "
            "{\"lognormal\":{\"median\":\"200ms\",\"p99\":\"800ms\"}}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct stream_pace pace;
        struct text problem = TEXT(""), field = text_of(rows[i].field);
        const char *dot = field.len ? "." : "", *colon = field.len ? ": " : "";
        assert_false(
            stream_pace_read(read(*state, rows[i].json), TEXT("pace"), *state, &pace, &problem));
        assert_text(problem,
            arena_printf(*state, "pace%s%s: %s", dot, rows[i].field, rows[i].reason).bytes);
        assert_false(stream_pace_parse(text_of(rows[i].json), *state, &pace, &problem));
        assert_text(
            problem, arena_printf(*state, "%s%s%s", rows[i].field, colon, rows[i].reason).bytes);
    }
}

static void options_are_durations_or_json(void **state)
{
    struct stream_pace pace;
    struct text problem;
    assert_true(stream_pace_parse(TEXT(" 0 "), *state, &pace, &problem));
    assert_true(stream_pace_is_fixed(&pace));
    assert_true(
        stream_pace_parse(TEXT(" {firstToken: {uniform: ['1s', '2s']}, between_tokens: 0} "),
            *state, &pace, &problem));
    assert_false(stream_pace_is_fixed(&pace));
    static const struct {
        struct text text;
        const char *problem;
    } rows[] = {
        {TEXT_INIT(""), ALLOWED},
        {TEXT_INIT("5"), ALLOWED},
        {TEXT_INIT("-1s"), ALLOWED},
        {TEXT_INIT("\xFF"), ALLOWED},
        {TEXT_INIT("{"), ALLOWED},
        {TEXT_INIT("{\"frstToken\":\"1s\"}"), ALLOWED},
        {TEXT_INIT("{\"firstToken\":\"soon\"}"), ALLOWED},
        {TEXT_INIT("{\"firstToken\":{\"firstToken\":\"1s\"}}"), ALLOWED},
        {TEXT_INIT("2h"), "must be at most 1h"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_false(stream_pace_parse(rows[i].text, *state, &pace, &problem));
        assert_text(problem, rows[i].problem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(paces_are_written_back_as_they_were_given),
        unit_test_with_arena(no_message_is_no_delay),
        unit_test_with_arena(what_has_a_first_token_is_written_in_parts),
        unit_test_with_arena(what_is_wrong_is_named),
        unit_test_with_arena(options_are_durations_or_json),
    };
    return cmocka_run_group_tests_name("stream pace", tests, NULL, NULL);
}
