/* What cases as data cannot say of generation: how streams are cut, and how much a prompt may cost.
 */
#include "tests/lib/unit.h"

#include <cjson/cJSON.h>
#include <stdio.h>

#include "base/timefmt.h"
#include "tests/lib/loopback.h"

#define MODEL "/v1beta/tunedModels/x"

/* The stream's own bound, and a text that is cut into that many chunks at most. */
enum { CHUNKS_MAX = 256, ANSWER_CHARACTERS = 5000 };

static void add_repeated(struct buf *buf, const char *string, int count)
{
    for (int i = 0; i < count; i++)
        buf_add_string(buf, string);
}

/* How many of `character`, which may be of several code points, an answer has at most. */
static int count_of(const char *character)
{
    return ANSWER_CHARACTERS / (int)text_code_points(text_of(character));
}

/* An emulator with a model that answers "long" with as many of `character` as it may have. */
static void start_with(struct loopback *loopback, const char *base_model, const char *character)
{
    struct buf body = BUF_INIT;
    loopback_start(loopback, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_space(loopback)->dials.now.step_ns = 0;
    loopback_space(loopback)->dials.now.stream_pace.between_tokens.low_ns = 10 * NS_PER_MS;
    buf_printf(&body,
        "{\"baseModel\": \"%s\", \"tuningTask\": {\"trainingData\": "
        "{\"examples\": {\"examples\": [{\"textInput\": \"short\", \"output\": \"s\"}, "
        "{\"textInput\": \"long\", \"output\": \"",
        base_model);
    add_repeated(&body, character, count_of(character));
    buf_add_string(&body, "\"}]}}}}");
    loopback_send_bytes(loopback, "POST", "/v1beta/tunedModels?tunedModelId=x", buf_text(&body));
    buf_release(&body);
    assert_status(loopback, 200);
    loopback_advance(loopback, 10 * NS_PER_SECOND);
}

static void start(struct loopback *loopback, const char *character)
{
    start_with(loopback, "models/gemini-1.0-pro-001", character);
}

static void send_prompt(struct loopback *loopback, const char *target, const char *prompt)
{
    char body[200];
    snprintf(body, sizeof(body), "{\"contents\": [{\"parts\": [{\"text\": \"%s\"}]}]}", prompt);
    loopback_send(loopback, "POST", target, body);
}

/* Appends the text of one chunk. */
static void add_chunk_text(struct buf *all, const cJSON *chunk)
{
    const cJSON *candidates = cJSON_GetObjectItem(chunk, "candidates");
    const cJSON *content = cJSON_GetObjectItem(cJSON_GetArrayItem(candidates, 0), "content");
    const cJSON *part = cJSON_GetArrayItem(cJSON_GetObjectItem(content, "parts"), 0);
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(part, "text"));
    assert_non_null(text);
    buf_add_string(all, text);
}

static void assert_is_repeated(const struct buf *text, const char *character)
{
    struct buf expected = BUF_INIT;
    add_repeated(&expected, character, count_of(character));
    assert_true(text_equals(buf_text(text), buf_text(&expected)));
    buf_release(&expected);
}

static void an_array_of_chunks_is_the_whole_answer(void **state)
{
    (void)state;
    static const char *const characters[] = {
        "a", "é", "漢", "😀", "e\u0301", "\U0001F469\u200d\U0001F469\u200d\U0001F467"};
    for (size_t i = 0; i < ARRAY_COUNT(characters); i++) {
        struct loopback loopback;
        struct buf all = BUF_INIT;
        const char *character = characters[i];
        start(&loopback, character);
        send_prompt(&loopback, MODEL ":streamGenerateContent", "long");
        assert_in_range(loopback.piece_count, 2, CHUNKS_MAX);
        assert_false(loopback.is_broken);
        cJSON *chunks = cJSON_ParseWithLength(loopback.answer.bytes, loopback.answer.len);
        assert_int_equal(cJSON_GetArraySize(chunks), loopback.piece_count);
        const cJSON *chunk;
        cJSON_ArrayForEach(chunk, chunks)
        {
            add_chunk_text(&all, chunk);
            assert_int_equal(all.len % strlen(character), 0);
        }
        assert_is_repeated(&all, character);
        cJSON_Delete(chunks);
        buf_release(&all);
        loopback_stop(&loopback);
    }
}

static void events_are_one_line_each_and_the_whole_answer(void **state)
{
    (void)state;
    struct loopback loopback;
    struct buf all = BUF_INIT;
    start(&loopback, "漢");
    send_prompt(&loopback, MODEL ":streamGenerateContent?alt=sse", "long");
    struct text rest = loopback.answer;
    int count = 0;
    while (rest.len) {
        size_t end = text_find(rest, TEXT("\r\n\r\n"));
        assert_true(end < rest.len);
        struct text event = text_slice(rest, 0, end);
        assert_true(text_starts_with(event, TEXT("data: {")));
        assert_int_equal(text_find_byte(event, '\n'), event.len);
        cJSON *chunk = cJSON_ParseWithLength(event.bytes + 6, event.len - 6);
        assert_non_null(chunk);
        add_chunk_text(&all, chunk);
        cJSON_Delete(chunk);
        rest = text_slice(rest, end + 4, rest.len);
        count++;
    }
    assert_int_equal(count, loopback.piece_count);
    assert_is_repeated(&all, "漢");
    buf_release(&all);
    loopback_stop(&loopback);
}

static void no_answer_has_more_chunks_than_there_may_be(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback, "漢");
    /* Just before the size of chunks has to grow by one, there are the most of them. */
    for (int size = 3; size * CHUNKS_MAX < ANSWER_CHARACTERS; size++)
        for (int chunks = CHUNKS_MAX - 1; chunks <= CHUNKS_MAX; chunks++) {
            char body[200];
            snprintf(body, sizeof(body),
                "{\"contents\": [{\"parts\": [{\"text\": \"long\"}]}], "
                "\"generationConfig\": {\"maxOutputTokens\": %d}}",
                size * chunks - 1);
            loopback_send(&loopback, "POST", MODEL ":streamGenerateContent", body);
            assert_status(&loopback, 200);
            assert_in_range(loopback.piece_count, 2, CHUNKS_MAX);
        }
    loopback_stop(&loopback);
}

static void chunks_are_paced_and_the_first_comes_at_once(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback, "a");
    send_prompt(&loopback, MODEL ":streamGenerateContent", "long");
    assert_int_equal(loopback.paced_ns, (loopback.piece_count - 1) * 10 * NS_PER_MS);
    send_prompt(&loopback, MODEL ":streamGenerateContent", "short");
    assert_int_equal(loopback.piece_count, 1);
    assert_int_equal(loopback.paced_ns, 0);
    loopback_stop(&loopback);
}

static void a_prompt_of_a_great_many_parts_costs_no_more_than_its_text(void **state)
{
    (void)state;
    enum { PARTS = 190000 };
    struct loopback loopback;
    struct buf body = BUF_INIT;
    start(&loopback, "a");
    buf_add_string(&body, "{\"contents\": [{\"parts\": [");
    for (int i = 0; i < PARTS; i++)
        buf_add_string(&body, i ? ",{\"text\":\"ab\"}" : "{\"text\":\"ab\"}");
    buf_add_string(&body, "]}]}");
    loopback_send_bytes(&loopback, "POST", MODEL ":generateContent", buf_text(&body));
    assert_json_path(&loopback, "error.message",
        "* GenerateContentRequest.contents: must have at most 40000 characters, has 380000\n");
    loopback_send_bytes(
        &loopback, "POST", "/v1beta/models/gemini-1.5-flash:generateContent", buf_text(&body));
    assert_status(&loopback, 200);
    buf_release(&body);
    loopback_stop(&loopback);
}

static void generate_text_obeys_its_request(void **state)
{
    (void)state;
    struct loopback loopback;
    start_with(&loopback, "models/text-bison-001", "b");
    loopback_send(&loopback, "POST", "/v1beta3/tunedModels/x:generateText",
        "{\"prompt\": {\"text\": \"short\"}, \"candidateCount\": 3}");
    assert_json_path(&loopback, "candidates.2.output", "s");
    assert_json_path(&loopback, "candidates.3", NULL);
    loopback_send(&loopback, "POST", "/v1beta3/tunedModels/x:generateText",
        "{\"prompt\": {\"text\": \"short\"}, \"candidateCount\": 1, \"stopSequences\": [\"s\"]}");
    assert_json_path(&loopback, "candidates.0.output", NULL);
    assert_json_path(&loopback, "candidates.1", NULL);
    loopback_send(&loopback, "POST", "/v1beta3/tunedModels/x:generateText",
        "{\"prompt\": {\"text\": \"long\"}, \"candidateCount\": 8, \"maxOutputTokens\": 1}");
    assert_json_path(&loopback, "candidates.7.output", "bbbbbbbbbbbb");
    assert_json_path(&loopback, "candidates.8", NULL);
    loopback_send(&loopback, "POST", "/v1beta3/tunedModels/x:generateText",
        "{\"prompt\": {\"text\": \"long\"}, \"candidateCount\": 9, \"temperature\": 1.5,"
        " \"maxOutputTokens\": 0, \"topP\": 2, \"topK\": -1,"
        " \"stopSequences\": [\"1\", \"2\", \"3\", \"4\", \"5\", \"6\"]}");
    assert_status(&loopback, 400);
    assert_json_path(&loopback, "error.message",
        "* GenerateTextRequest.candidate_count: must be in the range [1, 8]\n"
        "* GenerateTextRequest.stop_sequences: must be at most 5 sequences\n"
        "* GenerateTextRequest.max_output_tokens: must be at least 1\n"
        "* GenerateTextRequest.temperature: must be in the range [0.0, 1.0]\n"
        "* GenerateTextRequest.top_p: must be in the range [0.0, 1.0]\n"
        "* GenerateTextRequest.top_k: must be at least 0\n");
    loopback_stop(&loopback);
}

static void json_mode_of_a_base_model_gives_json(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_send(&loopback, "POST", "/v1beta/models/gemini-1.5-flash:generateContent",
        "{\"contents\": [{\"parts\": [{\"text\": \"\\\"<quoted>\\\"\"}]}], \"generationConfig\": "
        "{\"responseMimeType\": \"application/json\"}}");
    char *text = loopback_json(&loopback, "candidates.0.content.parts.0.text");
    assert_non_null(text);
    cJSON *json = cJSON_ParseWithOpts(text, NULL, true);
    assert_true(cJSON_IsString(json));
    cJSON_Delete(json);
    free(text);
    loopback_stop(&loopback);
}

static void a_model_without_examples_still_answers_always_the_same(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_space(&loopback)->dials.now.step_ns = 0;
    loopback_send(&loopback, "POST", "/v1beta/tunedModels?tunedModelId=x",
        "{\"baseModel\": \"models/gemini-1.5-flash-001-tuning\"}");
    loopback_advance(&loopback, NS_PER_SECOND);
    send_prompt(&loopback, MODEL ":generateContent", "hello");
    assert_status(&loopback, 200);
    char *first = loopback_json(&loopback, "candidates.0.content.parts.0.text");
    assert_true(first && *first);
    send_prompt(&loopback, MODEL ":generateContent", "hello");
    assert_json_path(&loopback, "candidates.0.content.parts.0.text", first);
    free(first);
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_array_of_chunks_is_the_whole_answer),
        cmocka_unit_test(events_are_one_line_each_and_the_whole_answer),
        cmocka_unit_test(no_answer_has_more_chunks_than_there_may_be),
        cmocka_unit_test(chunks_are_paced_and_the_first_comes_at_once),
        cmocka_unit_test(a_prompt_of_a_great_many_parts_costs_no_more_than_its_text),
        cmocka_unit_test(generate_text_obeys_its_request),
        cmocka_unit_test(json_mode_of_a_base_model_gives_json),
        cmocka_unit_test(a_model_without_examples_still_answers_always_the_same),
    };
    return cmocka_run_group_tests_name("generate content", tests, NULL, NULL);
}
