#include "tests/lib/unit.h"

#include "base/timefmt.h"
#include "server/json/decode.h"
#include "server/space/stub_reply.h"

static struct message *decode(struct arena *arena, const char *json)
{
    struct decode_problems problems;
    struct message *message = message_new(arena, MESSAGE_Stub_Reply, VERSION_V1BETA);
    decode_problems_init(&problems, arena);
    decode_body(text_of(json), message, TEXT(""), &problems);
    assert_false(decode_problems_any(&problems));
    return message;
}

static const struct stub_terms generating = {
    .response = MESSAGE_GenerateContentResponse, .is_generating = true, .group_count = 2};

static struct stub_reply read(struct arena *arena, const char *json)
{
    struct stub_reply reply;
    struct text problem;
    if (!stub_reply_read(decode(arena, json), TEXT("reply"), &generating, arena, &reply, &problem))
        fail_msg("%s: %.*s", json, TEXT_ARGS(problem));
    return reply;
}

static void a_reply_is_of_one_kind(void **state)
{
    static const struct {
        const char *json;
        enum stub_reply_kind kind;
        const char *text;
        int finish_reason, block_reason;
    } rows[] = {
        {"{\"text\":\"Sunny.\"}", STUB_REPLY_TEXT, "Sunny.", 0, 0},
        {"{\"text\":\"\"}", STUB_REPLY_TEXT, "", 0, 0},
        {"{\"text\":\"It is\",\"finishReason\":\"SAFETY\"}", STUB_REPLY_TEXT, "It is",
            Candidate_FinishReason_SAFETY, 0},
        {"{\"text\":\"{{match.1}}\",\"finish_reason\":\"MAX_TOKENS\"}", STUB_REPLY_TEXT,
            "{{match.1}}", Candidate_FinishReason_MAX_TOKENS, 0},
        {"{\"finishReason\":\"RECITATION\"}", STUB_REPLY_BLOCK, "",
            Candidate_FinishReason_RECITATION, 0},
        {"{\"blockReason\":\"SAFETY\"}", STUB_REPLY_BLOCK, "", 0,
            GenerateContentResponse_PromptFeedback_BlockReason_SAFETY},
        {"{\"response\":{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"{{prompt}}\"}]}}]}}",
            STUB_REPLY_RESPONSE,
            "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"{{prompt}}\"}]}}]}", 0, 0},
        {"{\"response\":{}}", STUB_REPLY_RESPONSE, "{}", 0, 0},
        {"{\"error\":{\"status\":\"UNAVAILABLE\",\"message\":\"{{count}}\"}}", STUB_REPLY_ERROR,
            "{{count}}", 0, 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct stub_reply reply = read(*state, rows[i].json);
        assert_int_equal(reply.kind, rows[i].kind);
        assert_text(reply.text, rows[i].text);
        assert_int_equal(reply.block.finish_reason, rows[i].finish_reason);
        assert_int_equal(reply.block.block_reason, rows[i].block_reason);
    }
}

static void an_error_is_what_a_fault_would_answer(void **state)
{
    struct stub_reply reply =
        read(*state, "{\"error\":{\"status\":429,\"retryAfter\":\"5s\",\"message\":\"Later.\"}}");
    assert_int_equal(reply.error.kind, FAULT_STATUS);
    assert_int_equal(reply.error.error, ERROR_COUNT);
    assert_string_equal(reply.error.status->name, "RESOURCE_EXHAUSTED");
    assert_int_equal(reply.error.retry_after_ns, 5 * NS_PER_SECOND);
    assert_text(reply.text, "Later.");
    reply = read(*state, "{\"error\":{\"preset\":\"overloaded\"}}");
    assert_int_equal(reply.error.error, ERROR_SRV_OVERLOAD);
    assert_text(reply.text, "");
    reply = read(*state, "{\"error\":{\"status\":\"quota.2025\"}}");
    assert_int_equal(reply.error.error, ERROR_QUOTA_2025);
}

static void what_is_no_reply_is_refused(void **state)
{
    static const struct {
        const char *json, *problem;
    } rows[] = {
        {"{}", "replies[1]: must have one of text, finishReason, blockReason, response and error"},
        {"{\"text\":\"a\",\"blockReason\":\"SAFETY\"}", "replies[1]: must have one of"},
        {"{\"text\":\"a\",\"finishReason\":\"SAFETY\",\"error\":{\"status\":14}}",
            "replies[1]: must have one of"},
        {"{\"finishReason\":\"SAFETY\",\"blockReason\":\"SAFETY\"}",
            "replies[1]: must have one of"},
        {"{\"response\":{},\"finishReason\":\"STOP\"}", "replies[1]: must have one of"},
        {"{\"finishReason\":\"\"}", "replies[1].finishReason: must not be empty"},
        {"{\"text\":\"a\",\"finishReason\":\"safe\"}",
            "replies[1].finishReason: must be one that candidates have"},
        {"{\"finishReason\":\"FINISH_REASON_UNSPECIFIED\"}",
            "replies[1].finishReason: must be one that candidates have"},
        {"{\"blockReason\":\"\"}", "replies[1].blockReason: must not be empty"},
        {"{\"blockReason\":\"RECITATION\"}",
            "replies[1].blockReason: must be one that prompts have"},
        {"{\"error\":{}}", "replies[1].error.status: is needed, or else preset, but not both"},
        {"{\"error\":{\"status\":14,\"preset\":\"quota\"}}",
            "replies[1].error.status: is needed, or else preset, but not both"},
        {"{\"error\":{\"status\":\"OK\"}}", "replies[1].error.status: must be the name or number"},
        {"{\"error\":{\"preset\":\"retired\"}}",
            "replies[1].error.preset: must be \"overloaded\", \"quota\" or \"internal\""},
        {"{\"error\":{\"status\":14,\"retryAfter\":\"25h\"}}",
            "replies[1].error.retryAfter: must be at most 24h"},
        {"{\"text\":\"{{name}}\"}", "replies[1].text: there is no variable {{name}}, only"},
        {"{\"text\":\"{{match.2}}\"}", "replies[1].text: {{match.2}} needs as many groups"},
        {"{\"error\":{\"status\":14,\"message\":\"{{x}}\"}}",
            "replies[1].error.message: there is no variable {{x}}"},
        {"{\"response\":{\"candidates\":[{\"conten\":{}}]}}",
            "replies[1].response.candidates[0].conten: unknown name"},
        {"{\"response\":{\"candidate\":[]}}", "replies[1].response.candidate: unknown name"},
        {"{\"response\":{\"candidates\":[{\"content\":\"x\"}]}}",
            "Invalid value at 'replies[1].response.candidates[0].content'"},
        {"{\"response\":{\"modelVersion\":\"{{modell}}\"}}",
            "replies[1].response: there is no variable {{modell}}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct stub_reply reply;
        struct text problem;
        if (stub_reply_read(decode(*state, rows[i].json), TEXT("replies[1]"), &generating, *state,
                &reply, &problem))
            fail_msg("%s", rows[i].json);
        if (!text_starts_with(problem, text_of(rows[i].problem)))
            fail_msg("%s: %.*s", rows[i].json, TEXT_ARGS(problem));
    }
}

static void what_generates_no_text_has_responses_and_errors(void **state)
{
    static const struct stub_terms embedding = {.response = MESSAGE_EmbedContentResponse};
    static const struct {
        const char *json, *problem;
    } rows[] = {
        {"{\"response\":{\"embedding\":{\"values\":[0.5]}}}", NULL},
        {"{\"error\":{\"status\":14}}", NULL},
        {"{\"response\":{\"candidates\":[]}}", "reply.response.candidates: unknown name"},
        {"{\"text\":\"x\"}",
            "reply: must be a response or an error, as match.method generates no text"},
        {"{\"blockReason\":\"SAFETY\"}",
            "reply: must be a response or an error, as match.method generates no text"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct stub_reply reply;
        struct text problem;
        bool is_read = stub_reply_read(
            decode(*state, rows[i].json), TEXT("reply"), &embedding, *state, &reply, &problem);
        assert_int_equal(is_read, !rows[i].problem);
        if (rows[i].problem)
            assert_text(problem, rows[i].problem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(a_reply_is_of_one_kind),
        unit_test_with_arena(an_error_is_what_a_fault_would_answer),
        unit_test_with_arena(what_is_no_reply_is_refused),
        unit_test_with_arena(what_generates_no_text_has_responses_and_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
