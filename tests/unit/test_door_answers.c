/* What the door does with answers that find no room. */
#include "tests/lib/unit.h"

#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "tests/lib/loopback.h"

#define CREATE                                                                                     \
    "{\"baseModel\": \"models/gemini-1.5-flash-001-tuning\", "                                     \
    "\"tuningTask\": {\"hyperparameters\": {\"epochCount\": 1000, \"batchSize\": 1}, "             \
    "\"trainingData\": {\"examples\": {\"examples\": [{\"textInput\": \"1\", \"output\": "         \
    "\"2\"}]}}}}"
#define PROMPT "{\"contents\": [{\"parts\": [{\"text\": \"1\"}]}]}"
#define MESSAGE "The emulator holds too many answers that nobody reads. Please try again later."

/* A model x of 1,000 steps that has finished. */
static void start(struct loopback *loopback, enum fidelity fidelity)
{
    loopback_start(loopback, fidelity, AUTH_OPEN);
    loopback_space(loopback)->dials.now.step_ns = 0;
    loopback_send(loopback, "POST", "/v1beta/tunedModels?tunedModelId=x", CREATE);
    assert_status(loopback, 200);
    loopback_advance(loopback, NS_PER_SECOND);
}

static void assert_refused(const struct loopback *loopback)
{
    assert_status(loopback, 503);
    assert_header(loopback, "Retry-After", "1");
    assert_string_equal(loopback->content_type, CONTENT_TYPE_JSON);
    assert_json_path(loopback, "error.code", "503");
    assert_json_path(loopback, "error.status", "UNAVAILABLE");
    assert_json_path(loopback, "error.message", MESSAGE);
}

static void an_answer_over_the_budget_is_refused_in_the_services_shape(void **state)
{
    (void)state;
    static const struct {
        const char *verb, *target, *body;
    } rows[] = {
        {"GET", "/v1beta/tunedModels/x", NULL},
        {"GET", "/v1beta/tunedModels", NULL},
        {"GET", "/v1/operations", NULL},
        {"GET", "/v1/tunedModels/x/operations", NULL},
        {"GET", "/v1/operations/tunedModels/x/operations/gg6unvum1vit", NULL},
        {"GET", "/v1beta/models", NULL},
        {"GET", "/$discovery/rest?version=v1beta", NULL},
        {"POST", "/v1beta/tunedModels/x:streamGenerateContent", PROMPT},
        {"POST", "/v1beta/tunedModels/x:streamGenerateContent?alt=sse", PROMPT},
        {"POST", "/v1beta/models/gemini-1.5-flash:streamGenerateContent", PROMPT},
        {"PATCH", "/v1beta/tunedModels/x", "{\"displayName\": \"new\"}"},
    };
    struct loopback loopback;
    start(&loopback, FIDELITY_COMPAT);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback.app.answers.max = 4096;
        loopback_send(&loopback, rows[i].verb, rows[i].target, rows[i].body);
        assert_refused(&loopback);
        assert_int_equal(budget_used(&loopback.app.answers), 0);
        loopback.app.answers.max = ANSWERS_BYTES_MAX;
        loopback_send(&loopback, rows[i].verb, rows[i].target, rows[i].body);
        assert_status(&loopback, 200);
        assert_header(&loopback, "Retry-After", NULL);
        assert_true(budget_used(&loopback.app.answers) > 4096);
    }
    loopback_stop(&loopback);
}

static void a_refusal_has_the_forms_that_other_errors_have(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback, FIDELITY_STRICT);
    loopback.app.answers.max = 0;
    loopback_send(&loopback, "POST", "/v1beta/tunedModels/x:streamGenerateContent", PROMPT);
    assert_status(&loopback, 503);
    assert_json_path(&loopback, "0.error.status", "UNAVAILABLE");
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/x?callback=f&prettyPrint=false", NULL);
    assert_body(&loopback, "// API callback\nf({\"error\":{\"code\":503,\"message\":\"" MESSAGE
                           "\",\"status\":\"UNAVAILABLE\"}});\n");
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/x?$.xgafv=1", NULL);
    assert_json_path(&loopback, "error.errors.0.reason", "backendError");
    loopback_stop(&loopback);
}

static void short_answers_are_given_when_there_is_no_room(void **state)
{
    (void)state;
    static const struct {
        const char *verb, *target, *body;
        int status;
    } rows[] = {
        {"GET", "/health", NULL, 200},
        {"GET", "/v1beta/tunedModels/none", NULL, 404},
        {"GET", "/v1beta/tunedModels/x?fields=name,state", NULL, 200},
        {"GET", "/v1beta/tunedModels?fields=tunedModels.name", NULL, 200},
        {"POST", "/v1beta/tunedModels/x:generateContent", PROMPT, 200},
        {"POST", "/v1beta/tunedModels?tunedModelId=y", CREATE, 200},
        {"POST", "/v1beta/tunedModels?tunedModelId=y", CREATE, 409},
        {"PATCH", "/v1beta/tunedModels/x?updateMask=displayName", "{\"displayName\": \"n\"}", 200},
        {"DELETE", "/v1beta/tunedModels/x", NULL, 200},
    };
    struct loopback loopback;
    start(&loopback, FIDELITY_COMPAT);
    loopback.app.answers.max = 0;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_send(&loopback, rows[i].verb, rows[i].target, rows[i].body);
        assert_status(&loopback, rows[i].status);
    }
    loopback_stop(&loopback);
}

static void what_is_held_until_it_is_read_is_what_the_answer_takes(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback, FIDELITY_COMPAT);
    assert_int_equal(budget_used(&loopback.app.answers), 0);
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/x", NULL);
    size_t used = budget_used(&loopback.app.answers);
    assert_in_range(used, loopback.answer.len, 2 * loopback.answer.len);
    loopback_send(&loopback, "GET", "/health", NULL);
    assert_int_equal(budget_used(&loopback.app.answers), 0);
    loopback_stop(&loopback);
}

/* The request's memory, as a server gives it back before a stream waits for its reader. */
static void a_stream_needs_nothing_of_its_request(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback, FIDELITY_COMPAT);
    struct exchange exchange;
    exchange_init(&exchange);
    struct buf body = BUF_INIT;
    buf_add_string(&body, PROMPT);
    loopback_fill_request(&exchange.request, "POST",
        "/v1beta/tunedModels/x:streamGenerateContent?alt=sse&fields=candidates.content.parts.text",
        buf_text(&body));
    loopback_handle(&loopback.app, 0, &exchange);
    assert_non_null(exchange.reply.generate);
    reply_keep_headers(&exchange.reply);
    arena_release(&exchange.arena);
    buf_release(&body);

    struct buf piece = BUF_INIT;
    struct reply_piece ending = exchange.reply.generate(exchange.reply.generate_state, &piece);
    assert_string_equal(piece.data,
        "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"2\"}]}}]}\r\n\r\n");
    assert_true(ending.is_last);
    for (int i = 0; i < exchange.reply.header_count; i++)
        if (strcmp(exchange.reply.headers[i].name, "Date") == 0)
            assert_text(exchange.reply.headers[i].value, "Sat, 20 Jul 2024 18:23:30 GMT");
    buf_release(&piece);
    exchange_release(&exchange);
    assert_int_equal(budget_used(&loopback.app.answers), 0);
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_over_the_budget_is_refused_in_the_services_shape),
        cmocka_unit_test(a_refusal_has_the_forms_that_other_errors_have),
        cmocka_unit_test(short_answers_are_given_when_there_is_no_room),
        cmocka_unit_test(what_is_held_until_it_is_read_is_what_the_answer_takes),
        cmocka_unit_test(a_stream_needs_nothing_of_its_request),
    };
    return cmocka_run_group_tests_name("door answers", tests, NULL, NULL);
}
