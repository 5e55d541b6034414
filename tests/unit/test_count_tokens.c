#include "base/array.h"
#include "tests/lib/loopback.h"

#define COUNT "/v1beta/models/gemini-1.5-flash:countTokens"

static int start(void **state)
{
    static struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    *state = &loopback;
    return 0;
}

static int stop(void **state)
{
    loopback_stop(*state);
    return 0;
}

static void tokens_of_a_prompt_are_counted(void **state)
{
    static const struct {
        const char *body, *answer;
    } rows[] = {
        {"{\"contents\":[{\"parts\":[{\"text\":\"100\"}]}]}", "{\n  \"totalTokens\": 4\n}\n"},
        {"{\"contents\":[{\"parts\":[{\"text\":\"100\"},{\"text\":\"101\"}]},"
         "{\"parts\":[{\"text\":\"100\"}]}]}",
            "{\n  \"totalTokens\": 11\n}\n"},
        {"{\"contents\":[{\"parts\":[{\"text\":\"\"}]}]}", "{\n  \"totalTokens\": 1\n}\n"},
        {"{\"generateContentRequest\":{\"model\":\"models/gemini-1.5-flash\",\"contents\":"
         "[{\"parts\":[{\"text\":\"100\"}]}],\"systemInstruction\":{\"parts\":[{\"text\":\"101\"}]}"
         "}}",
            "{\n  \"totalTokens\": 9\n}\n"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_send(*state, "POST", COUNT, rows[i].body);
        assert_status(*state, 200);
        assert_body(*state, rows[i].answer);
    }
}

static void counting_needs_one_prompt(void **state)
{
    static const struct {
        const char *body, *message;
    } rows[] = {
        {NULL, "* CountTokensRequest.contents: contents is not specified\n"},
        {"{}", "* CountTokensRequest.contents: contents is not specified\n"},
        {"{\"contents\":[]}", "* CountTokensRequest.contents: contents is not specified\n"},
        {"{\"contents\":[{\"parts\":[{\"text\":\"1\"}]}],\"generateContentRequest\":{}}",
            "* CountTokensRequest.contents: must not be set together with "
            "generate_content_request\n"},
        {"{\"generateContentRequest\":{\"contents\":[{\"parts\":[{\"text\":\"1\"}]}]}}",
            "* GenerateContentRequest.model: unexpected model name format\n"},
        {"{\"generateContentRequest\":{\"model\":\"models/gemini-1.5-flash\"}}",
            "* GenerateContentRequest.contents: contents is not specified\n"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_send(*state, "POST", COUNT, rows[i].body);
        assert_status(*state, 400);
        assert_json_path(*state, "error.message", rows[i].message);
    }
}

static void tokens_are_counted_for_tuned_models_that_exist(void **state)
{
    struct loopback *loopback = *state;
    loopback_send(loopback, "POST", "/v1beta/tunedModels?tunedModelId=counted",
        "{\"baseModel\":\"models/gemini-1.5-flash-001-tuning\",\"tuningTask\":{\"trainingData\":"
        "{\"examples\":{\"examples\":[{\"textInput\":\"1\",\"output\":\"2\"}]}}}}");
    assert_status(loopback, 200);
    const char *body = "{\"contents\":[{\"parts\":[{\"text\":\"100\"}]}]}";
    loopback_send(loopback, "POST", "/v1beta/tunedModels/counted:countTokens", body);
    assert_status(loopback, 200);
    assert_json_path(loopback, "totalTokens", "4");
    loopback_send(loopback, "POST", "/v1beta/tunedModels/other:countTokens", body);
    assert_status(loopback, 404);
    assert_json_path(loopback, "error.message", "Tuned model tunedModels/other does not exist.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_of_a_prompt_are_counted),
        cmocka_unit_test(counting_needs_one_prompt),
        cmocka_unit_test(tokens_are_counted_for_tuned_models_that_exist),
    };
    return cmocka_run_group_tests_name("count tokens", tests, start, stop);
}
