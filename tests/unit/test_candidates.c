/* The answer by template against the same by message. */
#include "tests/lib/unit.h"

#include "base/array.h"
#include "server/api/candidates.h"

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
        assert_true(candidates_are_usual(&gemini_candidates, &out, &style));
        candidates_write_usual(&gemini_candidates, &out, &answer);
        assert_text(buf_text(&answer), expected.data);
        buf_release(&answer);
        buf_release(&expected);
        arena_release(&arena);
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
        assert_false(candidates_are_usual(&gemini_candidates, &rows[i], &style));
    struct generated out = usual(TEXT("forty-two"));
    assert_false(candidates_are_usual(
        &gemini_candidates, &out, &(struct json_style){.layout = JSON_COMPACT}));
    assert_false(
        candidates_are_usual(&gemini_candidates, &out, &(struct json_style){.layout = JSON_EVENT}));
    assert_false(candidates_are_usual(
        &gemini_candidates, &out, &(struct json_style){.enums_as_numbers = true}));
    assert_false(
        candidates_are_usual(&gemini_candidates, &out, &(struct json_style){.mask = &mask}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_usual_answer_is_what_its_message_would_be),
        cmocka_unit_test(what_the_template_has_not_is_unusual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
