#include "tests/lib/unit.h"

#include <pthread.h>
#include <stdio.h>

#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/space/faults.h"
#include "tests/lib/loopback.h"

#define FAULTS "/emulator/v1/faults"
#define LIST "/v1beta/tunedModels"
#define GET "/v1beta/tunedModels/x"

static void start(struct loopback *loopback)
{
    loopback_start(loopback, FIDELITY_COMPAT, AUTH_OPEN);
}

static void set_fault(struct loopback *loopback, const char *body)
{
    loopback_send(loopback, "POST", FAULTS, body);
    assert_status(loopback, 200);
}

static int get(struct loopback *loopback, const char *target)
{
    loopback_send(loopback, "GET", target, NULL);
    return loopback->status;
}

static void a_fault_answers_its_method_only(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    set_fault(&loopback, "{\"method\":\"tunedModels.list\",\"status\":\"UNAVAILABLE\"}");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(get(&loopback, LIST), 503);
        assert_body(&loopback, "{\n"
                               "  \"error\": {\n"
                               "    \"code\": 503,\n"
                               "    \"message\": \"The model is overloaded. Please try again "
                               "later.\",\n"
                               "    \"status\": \"UNAVAILABLE\"\n"
                               "  }\n"
                               "}\n");
        assert_header(&loopback, "X-Emulator-Answer", "fault:1");
        assert_header(&loopback, "Retry-After", NULL);
        assert_int_equal(get(&loopback, GET), 404);
        assert_header(&loopback, "X-Emulator-Answer", NULL);
    }
    loopback_stop(&loopback);
}

static void a_fault_without_a_method_answers_all(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "{\"preset\":\"internal\"}", "{\"method\":\"*\",\"preset\":\"internal\"}"};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct loopback loopback;
        start(&loopback);
        set_fault(&loopback, rows[i]);
        assert_int_equal(get(&loopback, LIST), 500);
        assert_int_equal(get(&loopback, GET), 500);
        assert_int_equal(get(&loopback, "/v1beta/models"), 500);
        assert_int_equal(get(&loopback, "/v1beta/nothing"), 404);
        assert_int_equal(get(&loopback, "/health"), 200);
        assert_int_equal(get(&loopback, FAULTS), 200);
        loopback_stop(&loopback);
    }
}

static void times_and_after_count_calls_of_the_method(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    set_fault(&loopback,
        "{\"method\":\"tunedModels.list\",\"preset\":\"quota\",\"after\":2,\"times\":2}");
    assert_int_equal(get(&loopback, LIST), 200);
    assert_int_equal(get(&loopback, GET), 404);
    get(&loopback, FAULTS);
    assert_json_path(&loopback, "faults.0.after", "1");
    assert_json_path(&loopback, "faults.0.times", "2");
    assert_int_equal(get(&loopback, LIST), 200);
    assert_int_equal(get(&loopback, LIST), 429);
    get(&loopback, FAULTS);
    assert_json_path(&loopback, "faults.0.after", "0");
    assert_json_path(&loopback, "faults.0.times", "1");
    assert_int_equal(get(&loopback, LIST), 429);
    assert_int_equal(get(&loopback, LIST), 200);
    get(&loopback, FAULTS);
    assert_body(&loopback, "{\n  \"faults\": []\n}\n");
    loopback_stop(&loopback);
}

static void the_first_fault_that_fits_answers(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    set_fault(&loopback, "{\"method\":\"tunedModels.get\",\"status\":\"ABORTED\",\"times\":1}");
    set_fault(&loopback, "{\"method\":\"tunedModels.list\",\"status\":\"ABORTED\",\"times\":1}");
    set_fault(&loopback, "{\"status\":\"DATA_LOSS\",\"times\":1}");
    assert_int_equal(get(&loopback, LIST), 409);
    assert_header(&loopback, "X-Emulator-Answer", "fault:2");
    assert_int_equal(get(&loopback, LIST), 500);
    assert_header(&loopback, "X-Emulator-Answer", "fault:3");
    assert_int_equal(get(&loopback, LIST), 200);
    assert_int_equal(get(&loopback, GET), 409);
    loopback_stop(&loopback);
}

/* Which of the first calls a fault of one half answers, as bits. */
static uint64_t draw(uint64_t seed, const char *fault)
{
    struct loopback loopback;
    start(&loopback);
    loopback_space(&loopback)->dials.now.seed = seed;
    set_fault(&loopback, fault);
    uint64_t drawn = 0;
    for (int i = 0; i < 64; i++)
        drawn = drawn << 1 | (get(&loopback, LIST) == 503);
    loopback_stop(&loopback);
    return drawn;
}

static void probability_is_drawn_from_the_seed(void **state)
{
    (void)state;
    static const char *const half = "{\"preset\":\"overloaded\",\"probability\":0.5}";
    uint64_t drawn = draw(1, half);
    assert_true(drawn == draw(1, half));
    assert_true(drawn != draw(2, half));
    assert_in_range(__builtin_popcountll(drawn), 16, 48);
    assert_true(draw(1, "{\"preset\":\"overloaded\",\"probability\":1}") == UINT64_MAX);
    assert_int_equal(draw(1, "{\"preset\":\"overloaded\",\"probability\":1e-300}"), 0);
    /* What is not drawn does not count. */
    uint64_t once = draw(1, "{\"preset\":\"overloaded\",\"probability\":0.5,\"times\":1}");
    assert_int_equal(__builtin_popcountll(once), 1);
    assert_true(once > drawn >> 1);
}

static void faults_come_before_credentials(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_REQUIRED);
    assert_int_equal(get(&loopback, LIST), 403);
    set_fault(&loopback, "{\"preset\":\"overloaded\"}");
    assert_int_equal(get(&loopback, LIST), 503);
    loopback_stop(&loopback);
}

static void retry_after_is_a_header_in_whole_seconds(void **state)
{
    (void)state;
    static const struct {
        const char *fault, *header, *retry_info;
        int status;
    } rows[] = {
        {"{\"status\":\"429\",\"retryAfter\":\"5s\"}", "5", "5s", 429},
        {"{\"status\":\"429\",\"retryAfter\":\"4.2s\"}", "5", "4.200s", 429},
        {"{\"preset\":\"quota\",\"retryAfter\":\"2m\"}", "120", "120s", 429},
        {"{\"preset\":\"quota\"}", NULL, "41s", 429},
        {"{\"status\":\"quota.2025\"}", NULL, "41s", 429},
        {"{\"status\":\"429\"}", NULL, NULL, 429},
        {"{\"status\":429}", NULL, NULL, 429},
        {"{\"status\":14}", NULL, NULL, 503},
        {"{\"status\":\"503\",\"retryAfter\":\"1ms\"}", "1", NULL, 503},
        {"{\"status\":\"503\",\"retryAfter\":\"24h\"}", "86400", NULL, 503},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct loopback loopback;
        start(&loopback);
        set_fault(&loopback, rows[i].fault);
        assert_int_equal(get(&loopback, LIST), rows[i].status);
        assert_header(&loopback, "Retry-After", rows[i].header);
        assert_json_path(&loopback, "error.details.2.retryDelay", rows[i].retry_info);
        char end[40];
        snprintf(end, sizeof(end), "Please retry in %s.", rows[i].retry_info);
        char *message = loopback_json(&loopback, "error.message");
        assert_non_null(message);
        if (rows[i].retry_info)
            assert_true(text_ends_with(text_of(message), text_of(end)));
        free(message);
        loopback_stop(&loopback);
    }
}

static void slow_calls_go_on(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    set_fault(&loopback, "{\"kind\":\"slow\",\"delay\":\"200ms\"}");
    set_fault(&loopback, "{\"kind\":\"slow\",\"delay\":\"1s\",\"times\":1}");
    assert_int_equal(get(&loopback, LIST), 200);
    assert_body(&loopback, "{}\n");
    assert_int_equal(loopback.exchange.reply.delay_ns, 1200 * NS_PER_MS);
    assert_header(&loopback, "X-Emulator-Answer", NULL);
    set_fault(&loopback, "{\"preset\":\"quota\",\"delay\":\"50ms\"}");
    assert_int_equal(get(&loopback, LIST), 429);
    assert_int_equal(loopback.exchange.reply.delay_ns, 250 * NS_PER_MS);
    loopback_stop(&loopback);
}

static void connections_can_be_reset(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    set_fault(&loopback, "{\"kind\":\"reset\",\"times\":1,\"delay\":\"1ms\"}");
    get(&loopback, LIST);
    assert_true(loopback.is_reset);
    assert_int_equal(loopback.exchange.reply.delay_ns, NS_PER_MS);
    assert_int_equal(get(&loopback, LIST), 200);
    assert_false(loopback.is_reset);
    loopback_stop(&loopback);
}

#define STREAM "/v1beta/tunedModels/x:streamGenerateContent"

static void answers_can_be_cut_off(void **state)
{
    (void)state;
    static const struct {
        const char *target, *content_type, *body;
        const char *end; /* of the malformed one */
    } rows[] = {
        {"/v1beta/tunedModels/x:generateContent", "application/json; charset=UTF-8",
            "{\n  \"name\": \"tunedModels/", ""},
        {STREAM, "application/json; charset=UTF-8",
            "[{\n  \"candidates\": [\n    {\n      \"content\": {\n        \"parts\": [\n          "
            "{\n            \"text\": \"The",
            ""},
        {STREAM "?alt=sse", "text/event-stream",
            "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"The", "\r\n\r\n"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct loopback loopback;
        start(&loopback);
        set_fault(&loopback, "{\"kind\":\"truncate\",\"times\":1,\"afterChunks\":0}");
        loopback_send(&loopback, "POST", rows[i].target, NULL);
        assert_status(&loopback, 200);
        assert_string_equal(loopback.content_type, rows[i].content_type);
        assert_body(&loopback, rows[i].body);
        assert_true(loopback.is_broken);

        set_fault(&loopback, "{\"kind\":\"malformed\",\"times\":1}");
        loopback_send(&loopback, "POST", rows[i].target, NULL);
        assert_status(&loopback, 200);
        assert_string_equal(loopback.content_type, rows[i].content_type);
        char body[200];
        snprintf(body, sizeof(body), "%s%s", rows[i].body, rows[i].end);
        assert_body(&loopback, body);
        assert_false(loopback.is_broken);

        set_fault(&loopback, "{\"kind\":\"empty\",\"times\":1}");
        loopback_send(&loopback, "POST", rows[i].target, NULL);
        assert_status(&loopback, 200);
        assert_string_equal(loopback.content_type, rows[i].content_type);
        assert_body(&loopback, "");
        loopback_stop(&loopback);
    }
}

#define PRESETS_ALLOWED                                                                            \
    "preset: must be \"overloaded\", \"quota\", \"internal\" or \"retired\", or of those that "    \
    "block \"safety\", \"recitation\" or \"no-content\""
#define STATUS_ALLOWED                                                                             \
    "status: must be the name or number of a status other than OK (\"UNAVAILABLE\", \"14\", "      \
    "\"503\") or the name of an error (\"quota.2025\")"

static void what_is_wrong_with_a_fault_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *fault, *problem;
    } rows[] = {
        {"{}", "status: is needed, or else preset, but not both"},
        {"{\"status\":\"\"}", "status: is needed, or else preset, but not both"},
        {"{\"status\":\"503\",\"preset\":\"quota\"}",
            "status: is needed, or else preset, but not both"},
        {"{\"status\":\"OK\"}", STATUS_ALLOWED},
        {"{\"status\":\"0\"}", STATUS_ALLOWED},
        {"{\"status\":\"200\"}", STATUS_ALLOWED},
        {"{\"status\":\"17\"}", STATUS_ALLOWED},
        {"{\"status\":\"418\"}", STATUS_ALLOWED},
        {"{\"status\":\"-3\"}", STATUS_ALLOWED},
        {"{\"status\":0}", STATUS_ALLOWED},
        {"{\"status\":418}", STATUS_ALLOWED},
        {"{\"status\":50.3}", STATUS_ALLOWED},
        {"{\"status\":\"busy\"}", STATUS_ALLOWED},
        {"{\"status\":\"quota.2026\"}", STATUS_ALLOWED},
        {"{\"status\":\"00000000000000000000000000000000000000000000000000000000000000503\"}",
            STATUS_ALLOWED},
        {"{\"preset\":\"Quota\"}", PRESETS_ALLOWED},
        {"{\"preset\":\"retired\",\"message\":\"x\"}",
            "preset: status, message and retryAfter do not go with \"retired\""},
        {"{\"preset\":\"retired\",\"status\":\"503\"}",
            "preset: status, message and retryAfter do not go with \"retired\""},
        {"{\"preset\":\"retired\",\"retryAfter\":\"1s\"}",
            "preset: status, message and retryAfter do not go with \"retired\""},
        {"{\"preset\":\"retired\",\"method\":\"tunedModels.list\"}",
            "method: the preset \"retired\" is for \"tunedModels.create\", \"models.list\", "
            "\"models.get\", \"models.countTokens\" and methods that generate"},
        {"{\"kind\":\"reset\",\"preset\":\"retired\"}",
            "kind: only \"status\" goes with status, preset, message and retryAfter"},
        {"{\"kind\":\"Reset\"}",
            "kind: must be \"status\", \"reset\", \"truncate\", \"stall\", \"malformed\", "
            "\"empty\", \"slow\" or \"blocked\""},
        {"{\"kind\":\"reset\",\"status\":\"503\"}",
            "kind: only \"status\" goes with status, preset, message and retryAfter"},
        {"{\"kind\":\"empty\",\"preset\":\"quota\"}",
            "kind: only \"status\" goes with status, preset, message and retryAfter"},
        {"{\"kind\":\"malformed\",\"message\":\"x\"}",
            "kind: only \"status\" goes with status, preset, message and retryAfter"},
        {"{\"kind\":\"truncate\",\"retryAfter\":\"1s\"}",
            "kind: only \"status\" goes with status, preset, message and retryAfter"},
        {"{\"kind\":\"slow\"}", "delay: is needed for the kind \"slow\""},
        {"{\"kind\":\"slow\",\"delay\":\"0\"}", "delay: is needed for the kind \"slow\""},
        {"{\"preset\":\"quota\",\"delay\":\"3601s\"}", "delay: must be at most 1h"},
        {"{\"preset\":\"quota\",\"delay\":{\"uniform\":[\"1s\"]}}",
            "delay.uniform: must have two durations, the least and the most"},
        {"{\"kind\":\"slow\",\"delay\":{\"uniform\":[\"0s\",\"0s\"]}}",
            "delay: is needed for the kind \"slow\""},
        {"{\"preset\":\"quota\",\"match\":{\"prompt\":\"x\"}}",
            "match.prompt: cannot be asked for here, only model, caller, body"},
        {"{\"preset\":\"quota\",\"match\":{\"body\":{\"regex\":\"(a\"}}}",
            "match.body.regex: has ( without )"},
        {"{\"preset\":\"quota\",\"match\":{\"model\":{}}}",
            "match.model: must be a text, or an object with one of equals, contains and regex"},
        {"{\"preset\":\"quota\",\"retryAfter\":\"25h\"}", "retryAfter: must be at most 24h"},
        {"{\"preset\":\"quota\",\"times\":0}", "times: must be at least 1"},
        {"{\"preset\":\"quota\",\"times\":-1}", "times: must be at least 1"},
        {"{\"preset\":\"quota\",\"after\":-1}", "after: must not be negative"},
        {"{\"preset\":\"quota\",\"probability\":0}", "probability: must be above 0 and at most 1"},
        {"{\"preset\":\"quota\",\"probability\":1.5}",
            "probability: must be above 0 and at most 1"},
        {"{\"preset\":\"quota\",\"probability\":\"NaN\"}",
            "probability: must be above 0 and at most 1"},
        {"{\"kind\":\"blocked\"}",
            "finishReason: is needed, or else blockReason or preset, and one of them only"},
        {"{\"finishReason\":\"SAFETY\",\"blockReason\":\"SAFETY\"}",
            "finishReason: is needed, or else blockReason or preset, and one of them only"},
        {"{\"finishReason\":\"SAFETY\",\"preset\":\"safety\"}",
            "finishReason: is needed, or else blockReason or preset, and one of them only"},
        {"{\"kind\":\"blocked\",\"preset\":\"quota\"}",
            "preset: must be \"safety\", \"recitation\" or \"no-content\" for the kind "
            "\"blocked\""},
        {"{\"kind\":\"status\",\"preset\":\"safety\"}", PRESETS_ALLOWED},
        {"{\"finishReason\":\"SAFE\"}",
            "finishReason: must be one that candidates have, such as \"SAFETY\" or \"OTHER\""},
        {"{\"finishReason\":\"FINISH_REASON_UNSPECIFIED\"}",
            "finishReason: must be one that candidates have, such as \"SAFETY\" or \"OTHER\""},
        {"{\"blockReason\":\"RECITATION\"}",
            "blockReason: must be one that prompts have, such as \"SAFETY\" or "
            "\"PROHIBITED_CONTENT\""},
        {"{\"finishReason\":\"SAFETY\",\"status\":\"503\"}",
            "kind: status, message and retryAfter do not go with \"blocked\""},
        {"{\"finishReason\":\"SAFETY\",\"afterChunks\":-1}", "afterChunks: must not be negative"},
        {"{\"preset\":\"quota\",\"afterChunks\":1}",
            "afterChunks: goes with the kinds \"blocked\", \"truncate\" and \"stall\" alone"},
        {"{\"kind\":\"stall\",\"afterChunks\":-1}", "afterChunks: must not be negative"},
        {"{\"kind\":\"stall\",\"status\":\"503\"}",
            "kind: only \"status\" goes with status, preset, message and retryAfter"},
        {"{\"kind\":\"reset\",\"finishReason\":\"SAFETY\"}",
            "kind: only \"blocked\" goes with finishReason and blockReason"},
        {"{\"preset\":\"safety\",\"method\":\"tunedModels.list\"}",
            "method: the kind \"blocked\" is for methods that generate, such as "
            "\"tunedModels.generateContent\""},
        {"{\"preset\":\"quota\",\"method\":\"tunedModels.lists\"}",
            "method: there is no \"tunedModels.lists\"; nearest are \"tunedModels.list\", "
            "\"tunedModels.get\", \"models.tunedModels.get\""},
        {"{\"preset\":\"quota\",\"method\":\"TunedModels.List\"}",
            "method: there is no \"TunedModels.List\"; nearest are \"tunedModels.list\", "
            "\"tunedModels.get\", \"models.tunedModels.get\""},
    };
    struct loopback loopback;
    start(&loopback);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_send(&loopback, "POST", FAULTS, rows[i].fault);
        assert_status(&loopback, 400);
        assert_json_path(&loopback, "error.message", rows[i].problem);
        assert_json_path(&loopback, "error.details", NULL);
    }
    get(&loopback, FAULTS);
    assert_body(&loopback, "{\n  \"faults\": []\n}\n");
    loopback_stop(&loopback);
}

static void messages_are_bounded_in_characters(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    for (int count = FAULT_MESSAGE_CHARACTERS_MAX; count <= FAULT_MESSAGE_CHARACTERS_MAX + 1;
         count++) {
        struct buf body = BUF_INIT;
        buf_add_string(&body, "{\"preset\":\"quota\",\"message\":\"");
        for (int i = 0; i < count; i++)
            buf_add_string(&body, "\xc3\xa9");
        buf_add_string(&body, "\"}");
        loopback_send(&loopback, "POST", FAULTS, body.data);
        buf_release(&body);
        assert_status(&loopback, count <= FAULT_MESSAGE_CHARACTERS_MAX ? 200 : 400);
    }
    assert_json_path(&loopback, "error.message", "message: must have at most 4096 characters");
    loopback_stop(&loopback);
}

static void there_are_so_many_faults_and_no_more(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    for (int i = 0; i < FAULTS_MAX; i++)
        set_fault(&loopback, "{\"method\":\"tunedModels.get\",\"preset\":\"quota\"}");
    loopback_send(&loopback, "POST", FAULTS, "{\"preset\":\"quota\"}");
    assert_status(&loopback, 400);
    assert_json_path(
        &loopback, "error.message", "There are 1000 faults, which is the most: delete some.");
    loopback_send(&loopback, "DELETE", FAULTS "/500", NULL);
    assert_status(&loopback, 200);
    set_fault(&loopback, "{\"preset\":\"quota\"}");
    assert_json_path(&loopback, "id", "1001");
    loopback_stop(&loopback);
}

static void a_header_asks_for_one_answer(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int status;
        const char *name;
    } rows[] = {
        {"UNAVAILABLE", 503, "UNAVAILABLE"},
        {"unavailable", 503, "UNAVAILABLE"},
        {" 503 ", 503, "UNAVAILABLE"},
        {"14", 503, "UNAVAILABLE"},
        {"404", 404, "NOT_FOUND"},
        {"ABORTED", 409, "ABORTED"},
        {"quota.frontend", 429, "RESOURCE_EXHAUSTED"},
        {"auth.scope", 403, "PERMISSION_DENIED"},
    };
    struct loopback loopback;
    start(&loopback);
    set_fault(&loopback, "{\"status\":\"DATA_LOSS\",\"times\":1}");
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_set_header(&loopback, HEADER_X_EMULATOR_STATUS, rows[i].value);
        assert_int_equal(get(&loopback, LIST), rows[i].status);
        assert_json_path(&loopback, "error.status", rows[i].name);
        assert_header(&loopback, "X-Emulator-Answer", "fault:header");
    }
    loopback_set_header(&loopback, HEADER_X_EMULATOR_STATUS, "  ");
    assert_int_equal(get(&loopback, LIST), 500);
    assert_json_path(&loopback, "error.status", "DATA_LOSS");
    assert_int_equal(get(&loopback, LIST), 200);
    loopback_stop(&loopback);
}

static void a_header_that_names_no_status_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {"OK", "0", "busy", "\xff", "503 UNAVAILABLE", "overloaded"};
    struct loopback loopback;
    start(&loopback);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_set_header(&loopback, HEADER_X_EMULATOR_STATUS, rows[i]);
        assert_int_equal(get(&loopback, LIST), 400);
        assert_json_path(&loopback, "error.message",
            "X-Emulator-Status: must be the name or number of a "
            "status other than OK (\"UNAVAILABLE\", \"14\", \"503\") or the name of an error "
            "(\"quota.2025\")");
    }
    loopback_stop(&loopback);
}

static void seeds_add_faults_by_message(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct faults *faults = faults_new(NULL);
    struct message *fault = message_new(&arena, MESSAGE_Fault, VERSION_V1BETA);
    struct text problem = TEXT("");
    assert_false(faults_add(faults, fault, &problem));
    assert_text(problem, "status: is needed, or else preset, but not both");
    message_set_text(fault, Fault_preset, TEXT("quota"));
    assert_true(faults_add(faults, fault, &problem));
    assert_text(message_text(fault, Fault_id), "1");
    assert_false(faults_remove(faults, TEXT("2")));
    assert_true(faults_remove(faults, TEXT("1")));
    assert_false(faults_remove(faults, TEXT("")));
    faults_free(faults);
    faults_free(NULL);
    arena_release(&arena);
}

enum { THREAD_CALLS = 200 };

/* One of several that set, list, use up and delete faults at once. */
struct worker {
    struct app *app;
    int index;
    int answered_count; /* calls that a fault answered */
};

static int worker_send(
    struct worker *worker, const char *verb, const char *target, const char *body)
{
    struct exchange exchange;
    exchange_init(&exchange);
    loopback_fill_request(&exchange.request, verb, target, text_of(body));
    loopback_handle(worker->app, worker->index, &exchange);
    int status = exchange.reply.status;
    exchange_release(&exchange);
    return status;
}

static void *worker_run(void *context)
{
    struct worker *worker = context;
    for (int i = 0; i < THREAD_CALLS; i++) {
        worker_send(worker, "POST", FAULTS,
            "{\"method\":\"tunedModels.list\",\"preset\":\"quota\",\"times\":1,\"message\":\"x\"}");
        if (worker_send(worker, "GET", LIST, NULL) == 429)
            worker->answered_count++;
        worker_send(worker, "GET", FAULTS, NULL);
        worker_send(worker, "DELETE", FAULTS "/0", NULL);
    }
    return NULL;
}

static void threads_share_the_faults(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    struct worker workers[LOOPBACK_WORKERS];
    pthread_t threads[LOOPBACK_WORKERS];
    for (int i = 0; i < LOOPBACK_WORKERS; i++) {
        workers[i] = (struct worker){&loopback.app, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, worker_run, &workers[i]), 0);
    }
    for (int i = 0; i < LOOPBACK_WORKERS; i++) {
        pthread_join(threads[i], NULL);
        /* A call comes after its own thread's fault was set, so there is always one left for it. */
        assert_int_equal(workers[i].answered_count, THREAD_CALLS);
    }
    get(&loopback, FAULTS);
    assert_body(&loopback, "{\n  \"faults\": []\n}\n");
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_answers_its_method_only),
        cmocka_unit_test(a_fault_without_a_method_answers_all),
        cmocka_unit_test(times_and_after_count_calls_of_the_method),
        cmocka_unit_test(the_first_fault_that_fits_answers),
        cmocka_unit_test(probability_is_drawn_from_the_seed),
        cmocka_unit_test(faults_come_before_credentials),
        cmocka_unit_test(retry_after_is_a_header_in_whole_seconds),
        cmocka_unit_test(slow_calls_go_on),
        cmocka_unit_test(connections_can_be_reset),
        cmocka_unit_test(answers_can_be_cut_off),
        cmocka_unit_test(what_is_wrong_with_a_fault_is_said),
        cmocka_unit_test(messages_are_bounded_in_characters),
        cmocka_unit_test(there_are_so_many_faults_and_no_more),
        cmocka_unit_test(a_header_asks_for_one_answer),
        cmocka_unit_test(a_header_that_names_no_status_is_refused),
        cmocka_unit_test(seeds_add_faults_by_message),
        cmocka_unit_test(threads_share_the_faults),
    };
    return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
