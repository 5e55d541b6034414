/* The answer by template against the same by message. */
#include "tests/lib/unit.h"

#include "base/array.h"
#include "server/api/candidates.h"
#include "server/api/vertex_candidates.h"

static struct generated usual(struct text text)
{
    return (struct generated){
        .text = text,
        .text_token_count = 7,
        .prompt_token_count = 1000,
        .finish_reason = Candidate_FinishReason_STOP,
        .candidate_count = 1,
    };
}

static void the_usual_answer_is_what_its_message_would_be(void **state)
{
    (void)state;
    static const struct text texts[] = {TEXT_INIT("forty-two"), TEXT_INIT(" "), TEXT_INIT("$ $\\"),
        TEXT_INIT("\0 <b>\"\n\u2028"), TEXT_INIT("漢 😀 $")};
    static const enum api_version versions[] = {
        VERSION_V1, VERSION_V1BETA, VERSION_V1ALPHA, VERSION_LATEST};
    const struct json_style style = {.layout = JSON_PRETTY};
    for (size_t i = 0; i < ARRAY_COUNT(texts) * ARRAY_COUNT(versions); i++) {
        struct arena arena;
        arena_init(&arena);
        struct generated out = usual(texts[i / ARRAY_COUNT(versions)]);
        struct message *message = message_new(
            &arena, MESSAGE_GenerateContentResponse, versions[i % ARRAY_COUNT(versions)]);
        struct buf expected = BUF_INIT;
        struct buf answer = BUF_INIT;
        gemini_candidates.add(&out, message, out.text, true);
        gemini_candidates.add_usage(&out, message, true);
        json_write(&expected, message, &style);
        assert_true(candidates_are_usual(&out, &style));
        candidates_write_usual(&gemini_candidates, &out, &answer);
        assert_text(buf_text(&answer), expected.data);
        buf_release(&answer);
        buf_release(&expected);
        arena_release(&arena);
    }
}

static struct generated usual_of_vertex(struct text text)
{
    struct generated out = usual(text);
    out.model_version = TEXT("gemini-2.5-flash");
    out.response_id = TEXT("9dBSaKxFwKTr3g_RjJXICg");
    out.create_ns = 1750257909008876000;
    out.avg_logprobs = -0.115169799327851;
    return out;
}

static void the_usual_answer_of_vertex_ai_is_what_its_message_would_be(void **state)
{
    (void)state;
    static const struct text texts[] = {TEXT_INIT("forty-two"), TEXT_INIT("$p $\\"),
        TEXT_INIT("\0 <b>\"\n\u2028"), TEXT_INIT("漢 😀 $")};
    static const enum api_version versions[] = {VERSION_V1, VERSION_V1BETA1};
    const struct json_style style = {.layout = JSON_PRETTY};
    for (size_t i = 0; i < ARRAY_COUNT(texts) * ARRAY_COUNT(versions); i++) {
        struct arena arena;
        arena_init(&arena);
        struct generated out = usual_of_vertex(texts[i / ARRAY_COUNT(versions)]);
        struct message *message = message_new(
            &arena, MESSAGE_VertexGenerateContentResponse, versions[i % ARRAY_COUNT(versions)]);
        struct buf expected = BUF_INIT;
        struct buf answer = BUF_INIT;
        vertex_candidates.add(&out, message, out.text, true);
        vertex_candidates.add_usage(&out, message, true);
        json_write(&expected, message, &style);
        assert_true(candidates_are_usual(&out, &style));
        candidates_write_usual(&vertex_candidates, &out, &answer);
        assert_text(buf_text(&answer), expected.data);
        buf_release(&answer);
        buf_release(&expected);
        arena_release(&arena);
    }
}

/* Appends an event's JSON. */
static void add_event(struct buf *all, struct message *message)
{
    const struct json_style style = {.layout = JSON_EVENT};
    json_write(all, message, &style);
    buf_add_byte(all, '\n');
}

/* As recorded: a chunk, the last one, and what is blocked, as a candidate and as a prompt. */
static void chunks_and_blocks_of_vertex_ai_are_as_recorded(void **state)
{
    struct arena *arena = *state;
    struct buf all = BUF_INIT;
    struct answer_block block = {.finish_reason = Candidate_FinishReason_PROHIBITED_CONTENT};
    struct generated out = usual_of_vertex(TEXT("forty-two"));
    out.avg_logprobs = 0;
    for (int i = 0; i < 4; i++) {
        struct message *message =
            message_new(arena, MESSAGE_VertexGenerateContentResponse, VERSION_V1BETA1);
        if (i < 2) {
            vertex_candidates.add(&out, message, i ? TEXT("two") : TEXT("forty-"), i == 1);
        } else {
            out.block = &block;
            out.text_token_count = 0;
            vertex_candidates.add_blocked(&out, message);
            block = (struct answer_block){
                .block_reason = GenerateContentResponse_PromptFeedback_BlockReason_BLOCKLIST};
        }
        vertex_candidates.add_usage(&out, message, i > 0);
        add_event(&all, message);
    }
#define REST                                                                                       \
    "\"modelVersion\": \"gemini-2.5-flash\",\"createTime\": \"2025-06-18T14:45:09.008876Z\","      \
    "\"responseId\": \"9dBSaKxFwKTr3g_RjJXICg\"}\n"
#define PROMPT "\"promptTokensDetails\": [{\"modality\": \"TEXT\",\"tokenCount\": 1000}]"
    assert_text(buf_text(&all),
        "{\"candidates\": [{\"content\": {\"role\": \"model\",\"parts\": [{\"text\": "
        "\"forty-\"}]}}],"
        "\"usageMetadata\": {\"trafficType\": \"ON_DEMAND\"}," REST
        "{\"candidates\": [{\"content\": {\"role\": \"model\",\"parts\": [{\"text\": \"two\"}]},"
        "\"finishReason\": \"STOP\"}],\"usageMetadata\": {\"promptTokenCount\": 1000,"
        "\"candidatesTokenCount\": 7,\"totalTokenCount\": 1007,\"trafficType\": "
        "\"ON_DEMAND\"," PROMPT
        ",\"candidatesTokensDetails\": [{\"modality\": \"TEXT\",\"tokenCount\": 7}]}," REST
        "{\"candidates\": [{\"finishReason\": \"PROHIBITED_CONTENT\"}],\"usageMetadata\": "
        "{\"promptTokenCount\": 1000,\"totalTokenCount\": 1000,\"trafficType\": "
        "\"ON_DEMAND\"," PROMPT "}," REST
        "{\"promptFeedback\": {\"blockReason\": \"BLOCKLIST\"},\"usageMetadata\": "
        "{\"promptTokenCount\": "
        "1000,\"totalTokenCount\": 1000,\"trafficType\": \"ON_DEMAND\"," PROMPT "}," REST);
    buf_release(&all);
}

static void numbers_of_reasons_are_those_of_vertex_ai(void **state)
{
    const struct json_style style = {.layout = JSON_COMPACT, .enums_as_numbers = true};
    struct message *message =
        message_new(*state, MESSAGE_VertexGenerateContentResponse, VERSION_V1BETA1);
    struct buf json = BUF_INIT;
    static const struct answer_block spii = {.finish_reason = Candidate_FinishReason_SPII};
    static const struct answer_block safety = {.finish_reason = Candidate_FinishReason_SAFETY};
    static const struct answer_block language = {.finish_reason = Candidate_FinishReason_LANGUAGE};
    const struct answer_block *const blocks[] = {&spii, &safety, &language};
    for (size_t i = 0; i < ARRAY_COUNT(blocks); i++) {
        struct generated out = usual_of_vertex(TEXT(""));
        out.block = blocks[i];
        vertex_candidates.add_blocked(&out, message);
    }
    json_write(&json, message, &style);
    assert_text(buf_text(&json),
        "{\"candidates\":[{\"finishReason\":8},{\"finishReason\":3,\"safetyRatings\":["
        "{\"category\":1,\"probability\":1,\"probabilityScore\":0.11027937,\"severity\":1,"
        "\"severityScore\":0.08487435},"
        "{\"category\":2,\"probability\":4,\"blocked\":true,\"probabilityScore\":0.95422274,"
        "\"severity\":3,"
        "\"severityScore\":0.43398145},"
        "{\"category\":3,\"probability\":1,\"probabilityScore\":0.11085559,\"severity\":1,"
        "\"severityScore\":0.19027223},"
        "{\"category\":4,\"probability\":1,\"probabilityScore\":0.02290175,\"severity\":1,"
        "\"severityScore\":0.09089675}]},{\"finishReason\":5}]}");
    buf_release(&json);
}

static void pieces_are_no_longer_than_is_said(void **state)
{
    static const struct candidates_flavour *const flavours[] = {
        &gemini_candidates, &vertex_candidates};
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(flavours); i++) {
        size_t len = 0;
        const struct candidates_piece *piece = flavours[i]->usual;
        for (; piece->value != CANDIDATES_NOTHING; piece++)
            len += piece->text.len;
        assert_in_range(len + piece->text.len, 1, CANDIDATES_PIECES_BYTES_MAX);
    }
}

static void what_the_template_has_not_is_unusual(void **state)
{
    (void)state;
    static char long_text[1000];
    static const struct answer_block block = {.after_chunks = 1};
    static const struct json_mask mask = {.field = NULL};
    const struct json_style style = {.layout = JSON_PRETTY};
    struct generated rows[6];
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        rows[i] = usual(TEXT("forty-two"));
    rows[0].text_token_count = 0;
    rows[1].prompt_token_count = 0;
    rows[2].finish_reason = Candidate_FinishReason_MAX_TOKENS;
    rows[3].candidate_count = 2;
    rows[4].block = &block;
    rows[5].text = (struct text){long_text, sizeof(long_text)};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_false(candidates_are_usual(&rows[i], &style));
    struct generated out = usual(TEXT("forty-two"));
    assert_false(candidates_are_usual(&out, &(struct json_style){.layout = JSON_COMPACT}));
    assert_false(candidates_are_usual(&out, &(struct json_style){.layout = JSON_EVENT}));
    assert_false(candidates_are_usual(&out, &(struct json_style){.enums_as_numbers = true}));
    assert_false(candidates_are_usual(&out, &(struct json_style){.mask = &mask}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_usual_answer_is_what_its_message_would_be),
        cmocka_unit_test(the_usual_answer_of_vertex_ai_is_what_its_message_would_be),
        unit_test_with_arena(chunks_and_blocks_of_vertex_ai_are_as_recorded),
        unit_test_with_arena(numbers_of_reasons_are_those_of_vertex_ai),
        cmocka_unit_test(pieces_are_no_longer_than_is_said),
        cmocka_unit_test(what_the_template_has_not_is_unusual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
