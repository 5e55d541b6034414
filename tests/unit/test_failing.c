/*
 * The machine fails under a request: each call that SQLite makes of the system, and each
 * allocation. The Nth fails, for N = 1, 2, 3 ... until the request gets through. Each time the
 * answer is an error in the service's shape, a change is made whole or not at all, and the emulator
 * goes on.
 */
#include "tests/lib/unit.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/timefmt.h"
#include "tests/lib/child.h"
#include "tests/lib/loopback.h"
#include "tests/lib/sqlite_faults.h"

/* No request makes more calls than this; a loop that gets here found no end. */
enum { CALLS_MAX = 3000 };

/* Requests are sent by worker 0; what is done around them is worker 1's, so that the first finds
 * nothing read already. */
enum { WORKER_ASIDE = 1 };

#define MODEL "/v1beta/tunedModels/victim"
#define CREATE_TARGET "/v1beta/tunedModels?tunedModelId=victim"
#define CREATE_BODY                                                                                \
    "{\"displayName\": \"before\", \"baseModel\": \"models/gemini-1.5-flash-001-tuning\", "        \
    "\"tuningTask\": {\"trainingData\": {\"examples\": {\"examples\": ["                           \
    "{\"textInput\": \"1\", \"output\": \"2\"}]}}}}"

/* How the model stands before an operation. */
enum scene { ABSENT, TRAINING, TRAINED };

struct operation {
    enum scene scene;
    const char *verb, *target, *body;
};

static const struct operation operations[] = {
    {ABSENT, "POST", CREATE_TARGET, CREATE_BODY},
    {TRAINING, "PATCH", MODEL "?updateMask=displayName,description",
        "{\"displayName\": \"after\", \"description\": \"changed\"}"},
    {TRAINING, "DELETE", MODEL, NULL},
    {TRAINING, "POST", MODEL "/permissions",
        "{\"granteeType\": \"USER\", \"role\": \"READER\", \"emailAddress\": \"r@example.com\"}"},
    {TRAINING, "POST", MODEL ":transferOwnership", "{\"emailAddress\": \"heir@example.com\"}"},
    {TRAINING, "POST", MODEL ":cancel", "{}"},
    {TRAINING, "GET", MODEL, NULL},
    {TRAINING, "GET", "/v1beta/tunedModels", NULL},
    {TRAINING, "GET", MODEL "/permissions", NULL},
    {TRAINING, "GET", MODEL "/operations", NULL},
    {TRAINED, "POST", MODEL ":generateContent",
        "{\"contents\": [{\"parts\": [{\"text\": \"1\"}]}]}"},
};

/* What the tests share: an emulator that has to survive them all. */
static struct loopback loopback;

static int start(void **state)
{
    (void)state;
    /* Each failure is logged, which is of no use here. */
    log_start(STDERR_FILENO, LOG_TEXT, LOG_NONE);
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    faults_disarm();
    loopback_stop(&loopback);
    log_stop();
    return 0;
}

/* Sends a request on the side; gives its status, and its body where `ret_body` is not NULL. */
static int send_aside(const char *verb, const char *target, const char *body, struct buf *ret_body)
{
    struct exchange exchange;
    exchange_init(&exchange);
    loopback_fill_request(&exchange.request, verb, target, text_of(body));
    loopback_handle(&loopback.app, WORKER_ASIDE, &exchange);
    int status = exchange.reply.status;
    if (ret_body)
        buf_add_text(ret_body, buf_text(&exchange.reply.body));
    exchange_release(&exchange);
    return status;
}

/* The same each time, since the clock stands still. */
static void prepare(enum scene scene)
{
    int status = send_aside("DELETE", MODEL, NULL, NULL);
    assert_true(status == 200 || status == 404);
    if (scene == ABSENT)
        return;
    loopback_space(&loopback)->dials.now.step_ns = scene == TRAINED ? 0 : NS_PER_SECOND;
    assert_int_equal(send_aside("POST", CREATE_TARGET, CREATE_BODY, NULL), 200);
    loopback_space(&loopback)->dials.now.step_ns = NS_PER_SECOND;
}

/* What can be seen of the model, as one text: the model, its permissions, its operations and the
 * list. Random ids and times are left out; of training that ended at once, its end, too, whose last
 * digits are drawn. For the caller to free. */
static char *read_everything(enum scene scene)
{
    const char *const targets[] = {
        scene == TRAINED ? MODEL "?fields=name,displayName,description,state,createTime,"
                                 "tuningTask.hyperparameters"
                         : MODEL
            "?fields=name,displayName,description,state,createTime,updateTime,tuningTask("
            "completeTime,hyperparameters)",
        MODEL "/permissions",
        MODEL "/operations?fields=operations(done,error,response/name)",
        "/v1beta/tunedModels?fields=tunedModels(name,displayName)",
    };
    struct buf all = BUF_INIT;
    for (size_t i = 0; i < ARRAY_COUNT(targets); i++) {
        int status = send_aside("GET", targets[i], NULL, &all);
        assert_true(status == 200 || status == 404);
    }
    char *text = memory_alloc(all.len + 1);
    memcpy(text, all.data, all.len);
    text[all.len] = '\0';
    buf_release(&all);
    return text;
}

static void assert_error_shape(void)
{
    bool is_internal = loopback.status == 500;
    if (!is_internal)
        assert_status(&loopback, 503);
    assert_string_equal(loopback.content_type, "application/json; charset=UTF-8");
    assert_json_path(&loopback, "error.code", is_internal ? "500" : "503");
    assert_json_path(&loopback, "error.status", is_internal ? "INTERNAL" : "UNAVAILABLE");
    char *message = loopback_json(&loopback, "error.message");
    assert_true(message && *message);
    free(message);
}

/* How everything looks before an operation and after it. */
struct views {
    char *before, *after;
};

static struct views read_views(const struct operation *operation)
{
    struct views views;
    prepare(operation->scene);
    views.before = read_everything(operation->scene);
    loopback_send(&loopback, operation->verb, operation->target, operation->body);
    assert_status(&loopback, 200);
    views.after = read_everything(operation->scene);
    return views;
}

static bool answer_contains(const char *words)
{
    char *message = loopback_json(&loopback, "error.message");
    bool is_found = message && strstr(message, words);
    free(message);
    return is_found;
}

/* One request during which the Nth call fails. False if nothing failed: N is past the last call. */
static bool try_operation(const struct operation *operation, const struct views *views,
    enum fault fault, long nth, bool is_lasting)
{
    prepare(operation->scene);
    faults_arm(fault, nth, is_lasting);
    loopback_send(&loopback, operation->verb, operation->target, operation->body);
    long hits = faults_disarm();

    char *now = read_everything(operation->scene);
    if (loopback.status == 200) {
        assert_string_equal(now, views->after);
    } else {
        assert_true(hits > 0);
        assert_error_shape();
        bool is_unchanged = strcmp(now, views->before) == 0;
        if (!is_unchanged)
            assert_string_equal(now, views->after);
        assert_true(is_unchanged || !answer_contains("Nothing was changed"));
        loopback_send(&loopback, operation->verb, operation->target, operation->body);
        /* What was done before its answer failed cannot be done again. */
        if (is_unchanged)
            assert_status(&loopback, 200);
        else
            assert_true(loopback.status < 500);
        free(now);
        now = read_everything(operation->scene);
        assert_string_equal(now, views->after);
    }
    free(now);
    return hits > 0;
}

/* Whether an operation makes calls that can suffer a fault: reads need no space. */
static bool can_suffer(const struct operation *operation, enum fault fault)
{
    bool is_read = strcmp(operation->verb, "GET") == 0 || operation->scene == TRAINED;
    return !is_read || fault == FAULT_IO || fault == FAULT_MEMORY;
}

static void requests_survive_any_failing_call(enum fault fault, bool is_lasting)
{
    for (size_t i = 0; i < ARRAY_COUNT(operations); i++) {
        struct views views = read_views(&operations[i]);
        long nth = 1;
        while (try_operation(&operations[i], &views, fault, nth, is_lasting))
            assert_true(++nth < CALLS_MAX);
        assert_int_equal(nth > 1, can_suffer(&operations[i], fault));
        free(views.before);
        free(views.after);
    }
}

static void requests_survive_an_io_error(void **state)
{
    (void)state;
    requests_survive_any_failing_call(FAULT_IO, false);
}

static void requests_survive_a_disk_that_stays_broken(void **state)
{
    (void)state;
    requests_survive_any_failing_call(FAULT_IO, true);
}

static void requests_survive_a_moment_without_space(void **state)
{
    (void)state;
    requests_survive_any_failing_call(FAULT_FULL, false);
}

static void requests_survive_a_full_disk(void **state)
{
    (void)state;
    requests_survive_any_failing_call(FAULT_FULL, true);
}

static void requests_survive_a_disk_that_became_read_only(void **state)
{
    (void)state;
    requests_survive_any_failing_call(FAULT_READ_ONLY, true);
}

static void requests_survive_a_failing_allocation_of_sqlite(void **state)
{
    (void)state;
    requests_survive_any_failing_call(FAULT_MEMORY, false);
}

static void requests_survive_sqlite_running_out_of_memory(void **state)
{
    (void)state;
    requests_survive_any_failing_call(FAULT_MEMORY, true);
}

static void a_full_disk_is_said_to_be_full_and_lets_reads_pass(void **state)
{
    (void)state;
    prepare(TRAINING);
    faults_arm(FAULT_FULL, 1, true);
    loopback_send(&loopback, "PATCH", MODEL "?updateMask=displayName", "{\"displayName\": \"x\"}");
    assert_status(&loopback, 503);
    assert_true(answer_contains("no space left"));
    loopback_send(&loopback, "GET", MODEL, NULL);
    assert_status(&loopback, 200);
    assert_json_path(&loopback, "displayName", "before");
    faults_disarm();
}

static void a_read_only_disk_is_said_to_be_read_only_and_lets_reads_pass(void **state)
{
    (void)state;
    prepare(TRAINING);
    faults_arm(FAULT_READ_ONLY, 1, true);
    loopback_send(&loopback, "DELETE", MODEL, NULL);
    assert_status(&loopback, 503);
    assert_true(answer_contains("read-only"));
    loopback_send(&loopback, "GET", MODEL, NULL);
    assert_status(&loopback, 200);
    faults_disarm();
}

/* --- What is not there, and what cannot be read. --- */

/* A request with a header, whose answer speaks of what the store has; with an error in its own
 * text, that error. */
struct question {
    const char *verb, *target, *body;
    const char *scripted; /* X-Emulator-Status, or NULL */
    int status;
    const char *said; /* in the answer */
};

#define GENERATE "{\"contents\": [{\"parts\": [{\"text\": \"1\"}]}]}"

static bool ask(const struct question *question, enum fault fault, long nth)
{
    faults_arm(fault, nth, false);
    if (question->scripted)
        loopback_set_header(&loopback, HEADER_X_EMULATOR_STATUS, question->scripted);
    loopback_send(&loopback, question->verb, question->target, question->body);
    long hits = faults_disarm();
    bool is_answer = loopback.status == question->status &&
                     text_find(loopback.answer, text_of(question->said)) < loopback.answer.len;
    if (!is_answer) {
        assert_true(hits > 0);
        assert_error_shape();
    }
    return hits > 0;
}

static void ask_while_the_store_fails(const struct question *questions, size_t count)
{
    static const enum fault faults[] = {FAULT_IO, FAULT_MEMORY};
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < ARRAY_COUNT(faults); k++) {
            long nth = 1;
            /* Another connection's write, which changes something: what was read before is read
             * anew. */
            do
                assert_int_equal(
                    send_aside("PATCH", MODEL "?access_token=mine&updateMask=displayName",
                        nth % 2 ? "{\"displayName\": \"this\"}" : "{\"displayName\": \"that\"}",
                        NULL),
                    200);
            while (ask(&questions[i], faults[k], nth++));
            assert_true(nth > 2);
        }
}

static void a_caller_with_a_role_is_not_told_otherwise_while_the_store_fails(void **state)
{
    (void)state;
    static const struct question questions[] = {
        {"GET", MODEL "?access_token=mine", NULL, NULL, 200, "tunedModels/victim"},
        {"GET", "/v1beta/tunedModels?access_token=mine", NULL, NULL, 200, "tunedModels/victim"},
        {"GET", "/v1beta/tunedModels?access_token=mine&filter=owner:me", NULL, NULL, 200,
            "tunedModels/victim"},
        {"GET", MODEL "/operations?access_token=mine", NULL, NULL, 200, "/operations/"},
        {"GET", "/v1/operations?access_token=mine", NULL, NULL, 200, "/operations/"},
        {"GET", MODEL "/permissions?access_token=mine", NULL, NULL, 200, "OWNER"},
        {"POST", MODEL ":transferOwnership?access_token=other",
            "{\"emailAddress\": \"heir@example.com\"}", NULL, 403, "PERMISSION_DENIED"},
    };
    loopback_stop(&loopback);
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_REQUIRED);
    assert_int_equal(
        send_aside("POST", CREATE_TARGET "&access_token=mine", CREATE_BODY, NULL), 200);
    ask_while_the_store_fails(questions, ARRAY_COUNT(questions));
}

static void a_scripted_error_names_nothing_else_while_the_store_fails(void **state)
{
    (void)state;
    static const char body[] =
        "{\"baseModel\": \"models/gemini-1.0-pro-001\", \"tuningTask\": {\"trainingData\": "
        "{\"examples\": {\"examples\": [{\"textInput\": \"1\", \"output\": \"2\"}]}}}}";
    assert_int_equal(send_aside("POST", CREATE_TARGET, body, NULL), 200);
    loopback_send(&loopback, "GET", MODEL "/operations", NULL);
    char *operation = loopback_json(&loopback, "operations.0.name");
    const struct question questions[] = {
        {"POST", MODEL ":generateContent", GENERATE, "tm.base.retired", 404,
            "models/gemini-1.0-pro-001"},
        {"POST", MODEL ":generateContent", GENERATE, "quota.2025", 429,
            "\"model\": \"gemini-1.0-pro-001\""},
        {"GET", MODEL "/operations", NULL, "op.missing", 404, operation},
    };
    ask_while_the_store_fails(questions, ARRAY_COUNT(questions));
    free(operation);
}

/* --- Memory: a process of its own for each try, which the failure ends. --- */

/* In the child: exits with 1 after an answer that is not good. */
static void create_with_failing_memory(void *context)
{
    const unsigned long *nth = context;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    memory_fail_at(*nth);
    loopback_send(&loopback, "POST", CREATE_TARGET, CREATE_BODY);
    memory_fail_at(0);
    if (loopback.status != 200)
        _exit(1);
}

/* cJSON's allocations are among them. */
static void a_failing_allocation_ends_the_process_with_a_message(void **state)
{
    (void)state;
    for (unsigned long nth = 1;; nth++) {
        char message[4096];
        int status = child_run(create_with_failing_memory, &nth, message, sizeof(message));
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
            assert_string_equal(message, "");
            assert_true(nth > 3);
            return;
        }
        assert_string_equal(message, "tunemock: out of memory\n");
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGABRT);
        assert_true(nth < CALLS_MAX);
    }
}

static int install(void **state)
{
    (void)state;
    faults_install();
    return 0;
}

#define emulator_test(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* First those that fork, before any thread has run. */
        cmocka_unit_test(a_failing_allocation_ends_the_process_with_a_message),
        emulator_test(requests_survive_an_io_error),
        emulator_test(requests_survive_a_disk_that_stays_broken),
        emulator_test(requests_survive_a_moment_without_space),
        emulator_test(requests_survive_a_full_disk),
        emulator_test(requests_survive_a_disk_that_became_read_only),
        emulator_test(requests_survive_a_failing_allocation_of_sqlite),
        emulator_test(requests_survive_sqlite_running_out_of_memory),
        emulator_test(a_full_disk_is_said_to_be_full_and_lets_reads_pass),
        emulator_test(a_read_only_disk_is_said_to_be_read_only_and_lets_reads_pass),
        emulator_test(a_caller_with_a_role_is_not_told_otherwise_while_the_store_fails),
        emulator_test(a_scripted_error_names_nothing_else_while_the_store_fails),
    };
    return cmocka_run_group_tests_name("failing", tests, install, NULL);
}
