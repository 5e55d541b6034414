/* A space becomes a file, and the file a space that answers as the first does. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "server/contract/method.h"
#include "server/space/stubs.h"
#include "tests/lib/loopback.h"
#include "tests/lib/unit.h"

#define MODELS "/v1beta/tunedModels"
#define EXAMPLES                                                                                   \
    "\"trainingData\": {\"examples\": {\"examples\": [{\"textInput\": \"1\", \"output\": \"2\"},"  \
    "{\"textInput\": \"\\u00e9 \\\"\", \"output\": \"three\"}]}}"

#define CLOCK                                                                                      \
    "  \"clock\": {\n    \"time\": \"" LOOPBACK_TIME "\",\n    \"mode\": \"frozen\",\n"            \
    "    \"rate\": 1\n  },\n  \"config\": {\n    \"stepTime\": \"0.300s\",\n"                      \
    "    \"progress\": \"time\",\n    \"latency\": \"0s\",\n"                                      \
    "    \"streamDelay\": \"0s\",\n    \"onNoMatch\": \"answer\",\n    \"seed\": \"1\"\n  }"

static void send_good(
    struct loopback *loopback, const char *verb, const char *target, const char *body)
{
    loopback_send(loopback, verb, target, body);
    assert_status(loopback, 200);
}

static void create(struct loopback *loopback, const char *id, const char *more)
{
    char target[128], body[1024];
    snprintf(target, sizeof(target), MODELS "?tunedModelId=%s", id);
    snprintf(body, sizeof(body),
        "{\"displayName\": \"model %s\", \"baseModel\": \"models/gemini-1.5-flash-001-tuning\","
        "\"tuningTask\": {" EXAMPLES "%s}}",
        id, more);
    send_good(loopback, "POST", target, body);
}

static void load(struct loopback *loopback, struct text text)
{
    char path[] = "/tmp/tunemock-test-XXXXXX";
    struct text message = TEXT("");
    FILE *file = fdopen(mkstemp(path), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text.bytes, 1, text.len, file), text.len);
    fclose(file);
    if (!app_load_seed(&loopback->app, loopback_space(loopback), path, &message))
        fail_msg("%.*s", TEXT_ARGS(message));
    unlink(path);
}

static void order(struct loopback *loopback, const char *id, const char *verb, const char *body)
{
    char target[128];
    snprintf(target, sizeof(target), "/emulator/v1/tunedModels/%s:%s", id, verb);
    send_good(loopback, "POST", target, body);
}

/* Trainings that tests are in charge of. */
static void fill_moved(struct loopback *loopback)
{
    static const char epochs[] = ", \"hyperparameters\": {\"epochCount\": 30, \"batchSize\": 1}";
    create(loopback, "moved", epochs);
    create(loopback, "stalled", epochs);
    create(loopback, "failing", epochs);
    send_good(loopback, "PATCH", "/emulator/v1/config", "{\"progress\": \"manual\"}");
    create(loopback, "manual", epochs);
    send_good(loopback, "PATCH", "/emulator/v1/config", "{\"progress\": \"polls:40\"}");
    create(loopback, "polled", epochs);
    send_good(loopback, "PATCH", "/emulator/v1/config", "{\"progress\": \"time\"}");
    order(loopback, "stalled", "stall", "{\"atStep\": 2}");
    order(loopback, "failing", "fail", "{\"atStep\": 35, \"code\": 8, \"message\": \"boom\"}");
    loopback_advance(loopback, NS_PER_SECOND);
    order(loopback, "moved", "advance", "{\"steps\": 7}");
    order(loopback, "manual", "advance", "{\"steps\": 7}");
    send_good(loopback, "GET", MODELS "/polled", NULL);
    loopback_advance(loopback, NS_PER_SECOND);
    order(loopback, "stalled", "resume", NULL);
    order(loopback, "stalled", "stall", "{\"atStep\": 5}");
    order(loopback, "failing", "advance", "{\"steps\": 20}");
    order(loopback, "manual", "advance", "{\"steps\": 2}");
    order(loopback, "polled", "stall", "{\"atStep\": 9}");
    send_good(loopback, "GET", MODELS "/polled", NULL);
}

/* Models of every kind, at different points of their lives. */
static void fill(struct loopback *loopback)
{
    load(loopback,
        TEXT("{\"tunedModels\": [{\"name\": \"tunedModels/fixed\", \"state\": \"ACTIVE\","
             "\"baseModel\": \"models/text-bison-001\", \"temperature\": 0.25,"
             "\"createTime\": \"2023-01-02T03:04:05.000001Z\","
             "\"readerProjectNumbers\": [\"7\", \"8\"],"
             "\"tuningTask\": {\"snapshots\": [{\"step\": 1, \"meanLoss\": 2.5}]," EXAMPLES
             "}}, {\"name\": \"tunedModels/bare\", \"state\": \"FAILED\"}],"
             "\"operations\": [{\"name\": \"tunedModels/bare/operations/op\","
             "\"done\": true, \"error\": {\"code\": 13, \"message\": \"boom\"}}],"
             "\"permissions\": [{\"name\": \"tunedModels/bare/permissions/1\","
             "\"role\": \"OWNER\", \"emailAddress\": \"x@b.c\"}],"
             "\"faults\": [{\"status\": \"ABORTED\", \"method\": \"models.list\","
             "\"times\": 3}]}"));
    create(loopback, "ended", "");
    create(loopback, "cancelled", ", \"hyperparameters\": {\"epochCount\": 50}");
    create(loopback, "completed",
        ", \"hyperparameters\": {\"epochCount\": 70, "
        "\"learningRateMultiplier\": 2, \"batchSize\": 1}");
    create(loopback, "deleted", "");
    fill_moved(loopback);
    loopback_advance(loopback, 3 * NS_PER_SECOND);
    send_good(loopback, "POST", MODELS "/cancelled:cancel", "{}");
    send_good(loopback, "POST", "/emulator/v1/tunedModels/completed:complete", NULL);
    send_good(loopback, "POST", MODELS "?tunedModelId=child",
        "{\"tunedModelSource\": {\"tunedModel\": \"tunedModels/ended\"}, \"tuningTask\": {" EXAMPLES
        ", \"hyperparameters\": {\"epochCount\": 90}}}");
    send_good(loopback, "POST", MODELS "?tunedModelId=empty",
        "{\"baseModel\": \"models/gemini-1.0-pro-001\", \"topK\": 3, \"temperature\": 0.5}");
    send_good(loopback, "PATCH", MODELS "/ended?updateMask=description,temperature",
        "{\"description\": \"mine\", \"temperature\": 0.125}");
    send_good(loopback, "POST", MODELS "/ended/permissions",
        "{\"role\": \"READER\", \"granteeType\": \"EVERYONE\"}");
    send_good(
        loopback, "POST", MODELS "/ended:transferOwnership", "{\"emailAddress\": \"other@b.c\"}");
    send_good(loopback, "DELETE", MODELS "/deleted", NULL);
    loopback_advance(loopback, 700 * NS_PER_MS);
}

static const char *const ids[] = {"fixed", "bare", "ended", "cancelled", "completed", "child",
    "empty", "deleted", "moved", "stalled", "failing", "manual", "polled"};
static const struct {
    const char *before, *after; /* the id */
} targets[] = {
    {MODELS "/", ""},
    {MODELS "/", "/operations"},
    {MODELS "/", "/permissions"},
    {"/v1beta3/tunedModels/", ""},
    {"/emulator/v1/tunedModels/", ":wait?timeout=0s"},
};

static void assert_same(struct loopback *first, struct loopback *second, const char *verb,
    const char *target, const char *body)
{
    loopback_send(first, verb, target, body);
    loopback_send(second, verb, target, body);
    if (first->status != second->status || !text_equals(first->answer, second->answer))
        fail_msg("%s\n%.*s\n%.*s", target, TEXT_ARGS(first->answer), TEXT_ARGS(second->answer));
}

static void assert_same_space(struct loopback *first, struct loopback *second)
{
    char target[128];
    for (size_t i = 0; i < ARRAY_COUNT(ids); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(targets); j++) {
            snprintf(target, sizeof(target), "%s%s%s", targets[j].before, ids[i], targets[j].after);
            assert_same(first, second, "GET", target, NULL);
        }
        snprintf(target, sizeof(target), MODELS "/%s:generateContent", ids[i]);
        assert_same(
            first, second, "POST", target, "{\"contents\": [{\"parts\": [{\"text\": \"1\"}]}]}");
    }
    assert_same(first, second, "GET", MODELS "?pageSize=50", NULL);
    /* What is drawn next is the same, too, and not what was drawn before. */
    assert_same(first, second, "POST", MODELS,
        "{\"displayName\": \"model\", \"baseModel\": \"models/gemini-1.5-flash-001-tuning\"}");
    assert_same(first, second, "GET", "/emulator/v1/faults", NULL);
    assert_same(first, second, "GET", "/emulator/v1/state", NULL);
}

static void a_space_comes_back_from_its_file(void **state)
{
    (void)state;
    struct loopback first, second;
    loopback_start(&first, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_start(&second, FIDELITY_COMPAT, AUTH_OPEN);
    fill(&first);
    loopback_advance(&second, 5700 * NS_PER_MS);
    send_good(&first, "GET", "/emulator/v1/state", NULL);
    load(&second, first.answer);
    assert_same_space(&first, &second);
    /* Trainings go on as they would have. */
    loopback_advance(&first, 9 * NS_PER_SECOND);
    loopback_advance(&second, 9 * NS_PER_SECOND);
    assert_same_space(&first, &second);
    assert_same(&first, &second, "POST", "/emulator/v1/tunedModels/stalled:resume", NULL);
    assert_same(&first, &second, "POST", "/emulator/v1/tunedModels/polled:resume", NULL);
    assert_same(&first, &second, "POST", "/emulator/v1/tunedModels/manual:advance", NULL);
    for (size_t i = 0; i < 20; i++)
        assert_same(&first, &second, "GET", MODELS "/polled", NULL);
    loopback_advance(&first, 100 * NS_PER_SECOND);
    loopback_advance(&second, 100 * NS_PER_SECOND);
    assert_same_space(&first, &second);
    loopback_stop(&first);
    loopback_stop(&second);
}

static void an_empty_space_is_a_file_with_its_version(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    send_good(&loopback, "GET", "/emulator/v1/state", NULL);
    assert_body(&loopback, "{\n  \"version\": 1,\n" CLOCK "\n}\n");
    loopback_stop(&loopback);
}

/* What a model that is gone was drawn from is not drawn from again. */
static void the_counter_goes_on_where_nothing_is_left(void **state)
{
    (void)state;
    struct loopback first, second;
    loopback_start(&first, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_start(&second, FIDELITY_COMPAT, AUTH_OPEN);
    create(&first, "gone", "");
    send_good(&first, "DELETE", MODELS "/gone", NULL);
    send_good(&first, "GET", "/emulator/v1/state", NULL);
    assert_body(&first,
        "{\n  \"version\": 1,\n" CLOCK ",\n  \"counter\": \"1\",\n"
        "  \"numbers\": {\n    \"lastRow\": \"3\",\n    \"lastRequest\": \"2\"\n  }\n}\n");
    load(&second, first.answer);
    assert_same(&first, &second, "POST", MODELS,
        "{\"displayName\": \"model\", \"baseModel\": \"models/gemini-1.5-flash-001-tuning\"}");
    loopback_stop(&first);
    loopback_stop(&second);
}

/* --- stubs --- */

/* What the stub says that a call gets whose prompt this is, and after which delay. */
static struct text take(struct loopback *loopback, struct arena *arena, const char *prompt)
{
    struct match_facts facts = {
        .method = METHOD_MODELS_TUNED_GENERATE_CONTENT,
        .model = TEXT_INIT("tunedModels/x"),
        .prompt = text_of(prompt),
    };
    struct stub_taken taken;
    if (!stubs_take(loopback_space(loopback)->stubs, &facts, 7, arena, &taken))
        return TEXT("none");
    return arena_printf(arena, "stub %d says %.*s, the time %d, after %d us", (int)taken.number,
        TEXT_ARGS(taken.reply.text), (int)taken.values.count, (int)(taken.delay_ns / 1000));
}

static void stubs_come_back_with_what_is_left_of_them(void **state)
{
    static const char *const stubs[] = {
        "{\"match\": {\"prompt\": \"gone\"}, \"times\": 1, \"reply\": {\"text\": \"once\"}}",
        "{\"match\": {\"prompt\": {\"contains\": \"a\"}}, \"replies\": [{\"text\": \"one\"}, "
        "{\"text\": "
        "\"two\"}, {\"text\": \"three\"}], \"afterLast\": \"gone\", \"delay\": {\"uniform\": "
        "[\"0ms\", "
        "\"9ms\"]}}",
        "{\"match\": {\"prompt\": {\"regex\": \"^(b)\"}}, \"times\": 3, \"priority\": 9, "
        "\"reply\": "
        "{\"text\": \"{{match.1}}\"}, \"scenario\": {\"name\": \"s\", \"sets\": \"done\"}}",
        ("{\"match\": {\"prompt\": \"c\"}, \"reply\": {\"error\": {\"status\": \"ABORTED\"}}, "
         "\"scenario\": {\"name\": \"s\", \"requires\": \"done\"}}")};
    static const char *const before[] = {"gone", "a", "b"}, *const after[] = {"gone", "c", "a", "b",
                                                                "a", "a", "b", "b"};
    struct arena *arena = *state;
    struct loopback first, others[2];
    loopback_start(&first, FIDELITY_COMPAT, AUTH_OPEN);
    for (size_t i = 0; i < ARRAY_COUNT(stubs); i++)
        send_good(&first, "POST", "/emulator/v1/stubs", stubs[i]);
    assert_text(take(&first, arena, "c"), "none");
    for (size_t i = 0; i < ARRAY_COUNT(before); i++)
        assert_true(take(&first, arena, before[i]).len > 4);
    send_good(&first, "GET", "/emulator/v1/state", NULL);
    assert_true(text_find(first.answer, TEXT("\"scenarios\": {\n    \"s\": \"done\"\n  }")) <
                first.answer.len);
    for (size_t k = 0; k < ARRAY_COUNT(others); k++)
        loopback_start(&others[k], FIDELITY_COMPAT, AUTH_OPEN);
    struct text file = arena_text(arena, first.answer);
    load(&others[0], file);
    send_good(&others[1], "PUT", "/emulator/v1/state", file.bytes);
    for (size_t i = 0; i < ARRAY_COUNT(after); i++) {
        struct text want = take(&first, arena, after[i]);
        for (size_t k = 0; k < ARRAY_COUNT(others); k++)
            assert_text(take(&others[k], arena, after[i]), want.bytes);
    }
    for (size_t k = 0; k < ARRAY_COUNT(others); k++) {
        assert_same(&first, &others[k], "GET", "/emulator/v1/stubs", NULL);
        assert_same(&first, &others[k], "GET", "/emulator/v1/state", NULL);
    }
    /* The next has the same id. */
    assert_same(&others[0], &others[1], "POST", "/emulator/v1/stubs", stubs[0]);
    send_good(&first, "POST", "/emulator/v1/stubs", stubs[0]);
    assert_same(&first, &others[1], "GET", "/emulator/v1/stubs", NULL);
    for (size_t k = 0; k < ARRAY_COUNT(others); k++)
        loopback_stop(&others[k]);
    loopback_stop(&first);
}

static void a_job_that_cannot_be_is_refused(void **state)
{
    (void)state;
#define BARE                                                                                       \
    "{\"name\": \"tunedModels/a\", \"createTime\": \"2024-01-01T00:00:00Z\", \"updateTime\": "     \
    "\"2024-01-01T00:00:00Z\""
#define MODEL                                                                                      \
    BARE ", \"tuningTask\": {" EXAMPLES                                                            \
         ", \"hyperparameters\": {\"epochCount\": 2, \"batchSize\": 1}}}"
#define PLAN                                                                                       \
    "\"name\": \"tunedModels/a\", \"version\": \"v1beta\", \"startTime\": "                        \
    "\"2024-01-01T00:00:01Z\", \"noiseSeed\": \"5\", \"planLearningRate\": 0.001"
#define STEP "{" PLAN ", \"stepTime\": \"1s\""
#define TO "\"toStep\": 3"
    static const struct {
        const char *model, *job, *problem; /* NULL: none */
    } rows[] = {
        {MODEL, "{" PLAN ", \"stepTime\": \"1s\"}", NULL},
        {MODEL, "{" PLAN ", \"stepTime\": \"real\"}", NULL},
        {MODEL, "{" PLAN ", \"stepTime\": \"soon\"}", "stepTime: "},
        {MODEL, "{" PLAN ", \"stepTime\": \"-1s\"}", "stepTime: "},
        {MODEL, "{" PLAN "}", "stepTime: "},
        {MODEL, "{\"name\": \"tunedModels/a\"}", "version: "},
        {MODEL, "{" PLAN ", \"stepTime\": \"1s\", \"operation\": \"op\"}", "operation: "},
        {MODEL, "{" PLAN ", \"stepTime\": \"1s\", \"operation\": \"tunedModels/b/operations/o\"}",
            "operation: "},
        {MODEL, "{" PLAN ", \"stepTime\": \"1s\", \"operation\": \"tunedModels/a/operations/\"}",
            "operation: "},
        {MODEL,
            "{" PLAN ", \"stepTime\": \"1s\", \"operation\": "
            "\"tunedModels/a/operations/o\\u0000\"}",
            "operation: "},
        {MODEL, "{\"name\": \"tunedModels/a\", \"version\": \"v1\"}", "version: "},
        {MODEL, "{\"name\": \"tunedModels/a\", \"version\": \"v1beta2\"}", "version: "},
        {BARE "}", "{" PLAN ", \"stepTime\": \"1s\"}", "epochCount"},
        {BARE ", \"tuningTask\": {\"hyperparameters\": {\"epochCount\": 1}}}",
            "{" PLAN ", \"stepTime\": \"1s\"}", "batchSize"},
        {BARE ", \"tuningTask\": {\"hyperparameters\": {\"epochCount\": -1, \"batchSize\": 1}}}",
            "{" PLAN ", \"stepTime\": \"1s\"}", "epochCount"},
        {MODEL, "{" PLAN ", \"stepTime\": \"1s\", \"end\": {\"kind\": \"tired\"}}", "end.kind: "},
        {MODEL, "{" PLAN ", \"stepTime\": \"1s\", \"end\": {\"kind\": \"failed\"}}", "end.time: "},
        {MODEL,
            "{" PLAN ", \"stepTime\": \"1s\", \"end\": {\"kind\": \"failed\", \"code\": 99, "
            "\"time\": \"2024-01-01T00:00:02Z\"}}",
            "end.code: "},
        {MODEL, STEP ", \"end\": {\"kind\": \"failed\", \"atStep\": 4}}", NULL},
        {MODEL, STEP ", \"end\": {\"kind\": \"failed\", \"atStep\": 5}}", "end.atStep: "},
        {MODEL, STEP ", \"end\": {\"kind\": \"failed\", \"atStep\": -1}}", "end.atStep: "},
        {MODEL, STEP ", \"end\": {\"kind\": \"cancelled\", \"atStep\": 1}}", "end.atStep: "},
        {MODEL, STEP ", \"progress\": \"time\", \"stalledAtStep\": 0}", NULL},
        {MODEL, STEP ", \"stalledAtStep\": 5}", "stalledAtStep: "},
        {MODEL, STEP ", \"stalledAtStep\": -1}", "stalledAtStep: "},
        {MODEL, STEP ", \"progress\": \"polls:0\"}", "progress: "},
        {MODEL, STEP ", \"progress\": \"polls:3\", \"looks\": 3}", NULL},
        {MODEL, STEP ", \"progress\": \"polls:3\", \"looks\": 4}", "looks: "},
        {MODEL, STEP ", \"progress\": \"polls:3\", \"looks\": -1}", "looks: "},
        {MODEL, STEP ", \"looks\": 1}", "looks: "},
        {MODEL,
            STEP ", \"moves\": [{\"time\": \"2024-01-01T00:00:02.1Z\", \"fromStep\": 1, " TO "}]}",
            NULL},
        {MODEL,
            STEP ", \"moves\": [{\"time\": \"2024-01-01T00:00:01.9Z\", \"fromStep\": 1, " TO "}]}",
            "moved as none can be"},
        {MODEL, STEP ", \"moves\": [{\"fromStep\": 1, " TO "}]}", "moves: "},
        {"{\"name\": \"tunedModels/a\"}", "{" PLAN ", \"stepTime\": \"1s\"}", "createTime"},
        {"{\"name\": \"tunedModels/a\", \"state\": \"ACTIVE\"}", "{" PLAN ", \"stepTime\": \"1s\"}",
            "has a state"},
        {"{\"name\": \"tunedModels/b\", \"state\": \"ACTIVE\"}", "{" PLAN ", \"stepTime\": \"1s\"}",
            "does not hold"},
        {MODEL, "{" PLAN ", \"stepTime\": \"1s\"}, {" PLAN "}", "stands in jobs[0] already"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct loopback loopback;
        char path[] = "/tmp/tunemock-test-XXXXXX";
        struct text message = TEXT("");
        loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
        FILE *file = fdopen(mkstemp(path), "w");
        assert_non_null(file);
        fprintf(file, "{\"tunedModels\": [%s], \"jobs\": [%s]}", rows[i].model, rows[i].job);
        fclose(file);
        bool is_good = app_load_seed(&loopback.app, loopback_space(&loopback), path, &message);
        unlink(path);
        bool is_expected =
            rows[i].problem ? !is_good && text_find(message, text_of(rows[i].problem)) < message.len
                            : is_good;
        if (!is_expected)
            fail_msg("%s: %.*s", rows[i].job, TEXT_ARGS(message));
        loopback_stop(&loopback);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_space_comes_back_from_its_file),
        cmocka_unit_test(an_empty_space_is_a_file_with_its_version),
        cmocka_unit_test(the_counter_goes_on_where_nothing_is_left),
        unit_test_with_arena(stubs_come_back_with_what_is_left_of_them),
        cmocka_unit_test(a_job_that_cannot_be_is_refused),
    };
    return cmocka_run_group_tests_name("state_file", tests, NULL, NULL);
}
