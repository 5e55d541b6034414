/* What an endpoint answers, and when it is there: of a job's row, whoever made it. */
#include "tests/lib/unit.h"

#include "base/timefmt.h"
#include "server/sim/examples.h"
#include "server/sim/prompt.h"
#include "server/space/space.h"
#include "server/state/tuned_model.h"
#include "server/state/tuning_job.h"
#include "server/state/vertex_number.h"
#include "tests/lib/loopback.h"

enum { JOB = 77, CHECKPOINTS = 3, STEPS = 3 };

static const struct example examples[] = {
    {.input = TEXT_INIT("hello"), .output = TEXT_INIT("bonjour")},
    {.input = TEXT_INIT("good night"), .output = TEXT_INIT("bonne nuit")},
    {.input = TEXT_INIT("cheese, please"), .output = TEXT_INIT("du fromage, s'il vous plait")},
    {.input = TEXT_INIT("hello"), .output = TEXT_INIT("buongiorno")},
};

/* The last one stands behind a system instruction. */
#define SYSTEM "Translate to Italian."

/* Writes a job of three steps of a second each, which begins two seconds from now. */
static void add_job(struct loopback *loopback, struct arena *arena)
{
    struct space *space = loopback_space(loopback);
    int64_t now_ns = clock_now_ns(&space->clock);
    struct store_write write = {.kind = STORE_CREATE_MODEL, .namespace_id = space->number};
    write.model = (struct store_model){
        .kind = STORE_TUNING_JOB,
        .id = tuning_job_row_id(JOB, arena),
        .version = VERSION_V1BETA1,
        .base_model = TEXT("models/gemini-2.5-flash"),
        .project = TEXT("p"),
        .location = TEXT("l"),
        .job = TEXT("{\"baseModel\":\"gemini-2.5-flash\"}"),
        .model_number = JOB,
        .model_version = 1,
        .checkpoint_count = CHECKPOINTS,
        .create_ns = now_ns,
        .update_ns = now_ns,
        .start_ns = now_ns + 2 * NS_PER_SECOND,
        .epoch_count = CHECKPOINTS,
        .batch_size = ARRAY_COUNT(examples),
        .total_steps = STEPS,
        .step_ns = NS_PER_SECOND,
        .plan_learning_rate = 0.001,
        .fixed_complete_ns = STORE_NO_TIME,
        .end_ns = STORE_NO_TIME,
    };
    const uint64_t contexts[ARRAY_COUNT(examples)] = {
        [ARRAY_COUNT(examples) - 1] = prompt_context_add(0, PROMPT_SYSTEM, TEXT(SYSTEM))};
    tuned_model_set_data_set(&write, examples, contexts, ARRAY_COUNT(examples), arena);
    assert_int_equal(store_write_and_wait(loopback->app.store, &write), STORE_OK);
}

static struct text endpoint_of(struct arena *arena, uint32_t checkpoint)
{
    struct vertex_number number = {.kind = VERTEX_ENDPOINT, .job = JOB, .part = checkpoint};
    return arena_printf(arena, "projects/p/locations/l/endpoints/%.*s",
        TEXT_ARGS(vertex_number_text(&number, arena)));
}

static struct text target_of(struct arena *arena, uint32_t checkpoint, const char *verb)
{
    struct text endpoint = endpoint_of(arena, checkpoint);
    return arena_printf(arena, "/v1beta1/%.*s:%s", TEXT_ARGS(endpoint), verb);
}

static void ask(struct loopback *loopback, struct arena *arena, uint32_t checkpoint,
    const char *verb, const char *prompt)
{
    struct text body = arena_printf(
        arena, "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"%s\"}]}]}", prompt);
    loopback_send(loopback, "POST", target_of(arena, checkpoint, verb).bytes, body.bytes);
}

static void assert_missing(struct loopback *loopback, const char *hint)
{
    assert_status(loopback, 404);
    assert_true(text_find(loopback->answer, TEXT("\"message\": \"Endpoint `projects/")) <
                loopback->answer.len);
    struct text found = loopback_header(loopback, "X-Emulator-Hint");
    if (hint)
        assert_true(text_find(found, text_of(hint)) < found.len);
    else
        assert_null(found.bytes);
}

static void an_endpoint_is_there_once_its_job_has_succeeded(void **state)
{
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    add_job(&loopback, *state);
    ask(&loopback, *state, CHECKPOINTS, "generateContent", "hello");
    assert_missing(&loopback, " is JOB_STATE_PENDING: only a job that has succeeded has endpoints");
    loopback_advance(&loopback, 3 * NS_PER_SECOND);
    ask(&loopback, *state, CHECKPOINTS, "countTokens", "hello");
    assert_missing(&loopback, " is JOB_STATE_RUNNING: ");
    loopback_advance(&loopback, 3 * NS_PER_SECOND);
    ask(&loopback, *state, CHECKPOINTS, "generateContent", "hello");
    assert_status(&loopback, 200);
    assert_text(loopback_header(&loopback, "X-Emulator-Answer"), "example:0");
    assert_null(loopback_header(&loopback, "X-Emulator-Hint").bytes);
    assert_json_path(&loopback, "candidates.0.content.parts.0.text", "bonjour");
    assert_json_path(&loopback, "candidates.0.finishReason", "STOP");
    assert_json_path(&loopback, "modelVersion", "gemini-2.5-flash");
    assert_json_path(&loopback, "createTime", "2024-07-20T18:23:35Z");
    assert_json_path(&loopback, "usageMetadata.trafficType", "ON_DEMAND");
    loopback_stop(&loopback);
}

static void a_checkpoint_answers_as_the_last_one_and_is_named(void **state)
{
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    add_job(&loopback, *state);
    loopback_advance(&loopback, 9 * NS_PER_SECOND);
    ask(&loopback, *state, 1, "generateContent", "good night");
    assert_status(&loopback, 200);
    assert_json_path(&loopback, "candidates.0.content.parts.0.text", "bonne nuit");
    struct text hint = loopback_header(&loopback, "X-Emulator-Hint");
    assert_true(
        text_starts_with(hint, TEXT("checkpoint 1 of 3 of projects/p/locations/l/models/")));
    assert_true(text_ends_with(hint, TEXT("@1, which answers as the last one does")));
    ask(&loopback, *state, 2, "streamGenerateContent?alt=sse", "good night");
    assert_status(&loopback, 200);
    assert_true(
        text_starts_with(loopback.answer, TEXT("data: {\"candidates\": [{\"content\": {\"role\": "
                                               "\"model\",\"parts\": [{\"text\": \"bonne")));
    assert_true(text_starts_with(
        loopback_header(&loopback, "X-Emulator-Hint"), TEXT("checkpoint 2 of 3 of ")));
    ask(&loopback, *state, CHECKPOINTS, "countTokens", "good night");
    assert_json_path(&loopback, "totalTokens", "2");
    loopback_stop(&loopback);
}

static void what_is_no_endpoint_of_the_project_is_not_found(void **state)
{
    struct loopback loopback;
    struct text hello = TEXT("{\"contents\":[{\"parts\":[{\"text\":\"hello\"}]}]}");
    struct vertex_number model = {.kind = VERTEX_MODEL, .job = JOB};
    struct vertex_number other = {.kind = VERTEX_ENDPOINT, .job = JOB + 1, .part = 1};
    const struct vertex_number *const numbers[] = {&model, &other};
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    add_job(&loopback, *state);
    loopback_advance(&loopback, 9 * NS_PER_SECOND);
    ask(&loopback, *state, CHECKPOINTS + 1, "generateContent", "hello");
    assert_missing(&loopback, NULL);
    ask(&loopback, *state, 0, "generateContent", "hello");
    assert_missing(&loopback, NULL);
    struct text elsewhere = text_slice(target_of(*state, 1, "generateContent"), 19, SIZE_MAX);
    loopback_send_bytes(&loopback, "POST",
        arena_printf(*state, "/v1beta1/projects/q%.*s", TEXT_ARGS(elsewhere)).bytes, hello);
    assert_missing(&loopback, NULL);
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        struct text id = vertex_number_text(numbers[i], *state);
        loopback_send_bytes(&loopback, "POST",
            arena_printf(
                *state, "/v1/projects/p/locations/l/endpoints/%.*s:generateContent", TEXT_ARGS(id))
                .bytes,
            hello);
        assert_missing(&loopback, NULL);
    }
    loopback_stop(&loopback);
}

/* A stub for each way to name what is asked: the endpoint, and the job that it is of. */
static void stubs_and_faults_know_an_endpoint_by_its_job_too(void **state)
{
    struct arena *arena = *state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    struct text job = tuning_job_row_id(JOB, arena);
    struct text endpoint = endpoint_of(arena, 1);
    const struct text names[] = {endpoint, text_slice(endpoint, 23, SIZE_MAX), job,
        arena_joined(arena, TEXT("projects/p/locations/l/"), job)};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        loopback_send(&loopback, "POST", "/emulator/v1/stubs",
            arena_printf(arena,
                "{\"match\":{\"model\":\"%.*s\",\"prompt\":\"%zu\"},\"reply\":{\"text\":\"{{model}}"
                "\"}}",
                TEXT_ARGS(names[i]), i)
                .bytes);
        assert_status(&loopback, 200);
        ask(&loopback, arena, 1, "generateContent", arena_printf(arena, "%zu", i).bytes);
        assert_status(&loopback, 200);
        assert_json_path(&loopback, "candidates.0.content.parts.0.text", endpoint.bytes);
    }
    loopback_send(&loopback, "POST", "/emulator/v1/faults",
        arena_printf(
            arena, "{\"match\":{\"model\":\"%.*s\"},\"status\":\"UNAVAILABLE\"}", TEXT_ARGS(job))
            .bytes);
    assert_status(&loopback, 200);
    ask(&loopback, arena, 2, "generateContent", "hello");
    assert_status(&loopback, 503);
    loopback_send(&loopback, "GET", "/emulator/v1/requests?pageSize=1", NULL);
    assert_json_path(&loopback, "requests.0.model", endpoint_of(arena, 2).bytes);
    loopback_stop(&loopback);
}

static void what_stands_before_the_prompt_tells_equal_inputs_apart(void **state)
{
    struct loopback loopback;
    struct text body = arena_printf(*state,
        "{\"contents\":[{\"parts\":[{\"text\":\"hello\"}]}],\"systemInstruction\":{\"parts\":[{"
        "\"text\":"
        "\"%s\"}]}}",
        SYSTEM);
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    add_job(&loopback, *state);
    loopback_advance(&loopback, 9 * NS_PER_SECOND);
    loopback_send_bytes(
        &loopback, "POST", target_of(*state, CHECKPOINTS, "generateContent").bytes, body);
    assert_status(&loopback, 200);
    assert_text(loopback_header(&loopback, "X-Emulator-Answer"), "example:3");
    assert_json_path(&loopback, "candidates.0.content.parts.0.text", "buongiorno");
    ask(&loopback, *state, CHECKPOINTS, "generateContent", "hello");
    assert_json_path(&loopback, "candidates.0.content.parts.0.text", "bonjour");
    loopback_stop(&loopback);
}

/* What tuned models of the Gemini API refuse, or take with a hint. */
static void an_endpoint_takes_what_todays_clients_send(void **state)
{
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_STRICT, AUTH_OPEN);
    add_job(&loopback, *state);
    loopback_advance(&loopback, 9 * NS_PER_SECOND);
    loopback_send(&loopback, "POST", target_of(*state, CHECKPOINTS, "generateContent").bytes,
        "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"x\"}]},"
        "{\"role\":\"model\",\"parts\":[{\"text\":\"y\"}]},"
        "{\"role\":\"USER\",\"parts\":{\"text\":\"HELLO\"}}],"
        "\"systemInstruction\":{\"parts\":[{\"text\":\"translate\"}]},"
        "\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\"}]}],"
        "\"generationConfig\":{\"thinkingConfig\":{\"thinkingBudget\":0},"
        "\"responseMimeType\":\"application/json\",\"responseSchema\":{\"type\":\"STRING\"}}}");
    assert_status(&loopback, 200);
    assert_json_path(&loopback, "candidates.0.content.parts.0.text", "bonjour");
    assert_null(loopback_header(&loopback, "X-Emulator-Hint").bytes);
    loopback_stop(&loopback);
}

static void ids_of_responses_change_no_other_id(void **state)
{
    char *first = NULL, *second;
    for (int answers = 0; answers < 2; answers++) {
        struct loopback loopback;
        loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
        add_job(&loopback, *state);
        loopback_advance(&loopback, 9 * NS_PER_SECOND);
        for (int i = 0; i < 5 * answers; i++)
            ask(&loopback, *state, CHECKPOINTS, "generateContent", "hello");
        loopback_send(&loopback, "POST", "/v1beta/tunedModels",
            "{\"baseModel\":\"models/"
            "gemini-1.5-flash-001-tuning\",\"tuningTask\":{\"trainingData\":"
            "{\"examples\":{\"examples\":[{\"textInput\":\"a\",\"output\":\"b\"}]}}}}");
        assert_status(&loopback, 200);
        second = loopback_json(&loopback, "name");
        if (first)
            assert_string_equal(first, second);
        free(first);
        first = second;
        loopback_stop(&loopback);
    }
    free(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(an_endpoint_is_there_once_its_job_has_succeeded),
        unit_test_with_arena(a_checkpoint_answers_as_the_last_one_and_is_named),
        unit_test_with_arena(what_is_no_endpoint_of_the_project_is_not_found),
        unit_test_with_arena(stubs_and_faults_know_an_endpoint_by_its_job_too),
        unit_test_with_arena(what_stands_before_the_prompt_tells_equal_inputs_apart),
        unit_test_with_arena(an_endpoint_takes_what_todays_clients_send),
        unit_test_with_arena(ids_of_responses_change_no_other_id),
    };
    return cmocka_run_group_tests_name("generation endpoint", tests, NULL, NULL);
}
