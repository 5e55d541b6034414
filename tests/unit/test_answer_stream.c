/* Whatever a model answers, and wherever it is cut: as a stream it is what it is as a whole. */
#include "tests/lib/unit.h"

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/hash.h"
#include "server/contract/limits.h"
#include "tests/lib/loopback.h"

#define MODEL "/v1beta/tunedModels/x"

enum { ANSWERS = 40, CODE_POINTS_MAX = 150 };

/* What tells words, characters and scripts apart, and what does not. */
static const char *const pieces[] = {" ", " ", " ", "  ", "\\n", "\\r\\n", "\\t", ".", ", ", "1",
    "23", "a", "word", "internationalization", "**", "\\\"", "\\\\", "\\u0301", "\\u200d",
    "\\ufe0f", "\\u00a0", "\\u3000", "\\u4e16", "\\u3002", "\\u0e01\\u0e31", "\\u1100\\u1161",
    "\\u0915\\u094d", "\\ud83c\\udde9", "\\ud83d\\udc68", "\\ud83c\\udffd", "\\uffff", "\\u0001",
    "<b>&", "/"};

/* JSON of a text that the seed decides on. */
static void add_answer(struct buf *json, uint64_t seed)
{
    size_t count = 1 + hash_mix(seed, 0) % CODE_POINTS_MAX;
    buf_add_string(json, "x");
    for (size_t i = 1; i <= count; i++) {
        uint64_t random = hash_mix(seed, i);
        if (random & 7)
            buf_add_string(json, pieces[(random >> 8) % ARRAY_COUNT(pieces)]);
        else
            buf_printf(json, "\\u%04x", 0x20 + (unsigned)(random >> 8) % 0xd7e0);
    }
}

static void start(struct loopback *loopback)
{
    struct buf body = BUF_INIT;
    loopback_start(loopback, FIDELITY_COMPAT, AUTH_OPEN);
    buf_add_string(&body, "{\"baseModel\":\"models/gemini-1.5-flash-001-tuning\",\"tuningTask\":"
                          "{\"trainingData\":{\"examples\":{\"examples\":[");
    for (unsigned i = 0; i < ANSWERS; i++) {
        buf_printf(&body, "%s{\"textInput\":\"prompt %u\",\"output\":\"", i ? "," : "", i);
        add_answer(&body, i);
        buf_add_string(&body, "\"}");
    }
    buf_add_string(&body, "]}}}}");
    loopback_send_bytes(loopback, "POST", "/v1beta/tunedModels?tunedModelId=x", buf_text(&body));
    buf_release(&body);
    assert_status(loopback, 200);
    loopback_send(loopback, "POST", "/emulator/v1/tunedModels/x:complete", NULL);
    assert_status(loopback, 200);
}

/* Appends the text of a response; one without content has none. Returns its reason to end. */
static const char *add_text(struct buf *all, const cJSON *response)
{
    const cJSON *candidates = cJSON_GetObjectItem(response, "candidates");
    const cJSON *candidate = cJSON_GetArrayItem(candidates, 0);
    const cJSON *content = cJSON_GetObjectItem(candidate, "content");
    const cJSON *part = cJSON_GetArrayItem(cJSON_GetObjectItem(content, "parts"), 0);
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(part, "text"));
    assert_non_null(candidate);
    buf_add_string(all, text ? text : "");
    return cJSON_GetStringValue(cJSON_GetObjectItem(candidate, "finishReason"));
}

static void read_whole(const struct loopback *loopback, struct buf *text)
{
    cJSON *response = cJSON_ParseWithLength(loopback->answer.bytes, loopback->answer.len);
    assert_non_null(add_text(text, response));
    cJSON_Delete(response);
}

static void read_array(const struct loopback *loopback, struct buf *text)
{
    cJSON *chunks = cJSON_ParseWithLength(loopback->answer.bytes, loopback->answer.len);
    const cJSON *chunk;
    assert_true(cJSON_GetArraySize(chunks) > 0);
    cJSON_ArrayForEach(chunk, chunks) assert_true(!add_text(text, chunk) == !!chunk->next);
    cJSON_Delete(chunks);
}

static void read_events(const struct loopback *loopback, struct buf *text)
{
    struct text rest = loopback->answer;
    while (rest.len) {
        size_t end = text_find(rest, TEXT("\r\n\r\n"));
        struct text event = text_slice(rest, 0, end);
        assert_true(text_starts_with(event, TEXT("data: ")));
        rest = text_slice(rest, end + 4, rest.len);
        cJSON *chunk = cJSON_ParseWithLength(event.bytes + 6, event.len - 6);
        assert_true(!add_text(text, chunk) == !!rest.len);
        cJSON_Delete(chunk);
    }
}

static const struct {
    const char *target;
    void (*read)(const struct loopback *loopback, struct buf *text);
} ways[] = {
    {MODEL ":generateContent", read_whole},
    {MODEL ":streamGenerateContent", read_array},
    {MODEL ":streamGenerateContent?alt=sse", read_events},
};

/* Asks in all ways, and compares. */
static void assert_same(struct loopback *loopback, unsigned number, const char *config)
{
    struct buf whole = BUF_INIT, body = BUF_INIT;
    buf_printf(&body,
        "{\"contents\":[{\"parts\":[{\"text\":\"prompt %u\"}]}],\"generationConfig\":{%s}}", number,
        config);
    for (size_t i = 0; i < ARRAY_COUNT(ways); i++) {
        struct buf text = BUF_INIT;
        loopback_send_bytes(loopback, "POST", ways[i].target, buf_text(&body));
        assert_status(loopback, 200);
        ways[i].read(loopback, i ? &text : &whole);
        assert_true(i == 0 || text_equals(buf_text(&text), buf_text(&whole)));
        buf_release(&text);
    }
    buf_release(&whole);
    buf_release(&body);
}

static void chunks_are_together_the_whole_answer(void **state)
{
    struct loopback loopback;
    start(&loopback);
    for (unsigned i = 0; i < ANSWERS; i++) {
        assert_same(&loopback, i, "");
        for (int tokens = 1; tokens < 40; tokens += 1 + tokens / 3)
            assert_same(&loopback, i, arena_printf(*state, "\"maxOutputTokens\":%d", tokens).bytes);
        for (size_t k = 0; k < ARRAY_COUNT(pieces); k++)
            assert_same(&loopback, i,
                arena_printf(*state, "\"stopSequences\":[\"%s\",\"never\"],\"maxOutputTokens\":%zu",
                    pieces[k], 20 + k)
                    .bytes);
    }
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(chunks_are_together_the_whole_answer),
    };
    return cmocka_run_group_tests_name("answer stream", tests, NULL, NULL);
}
