/* What cases as data cannot say of tunedModels: calls that overtake each other. */
#include "tests/lib/unit.h"

#include <stdio.h>

#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "tests/lib/race.h"

#define CREATE                                                                                     \
    "{\"baseModel\": \"models/gemini-1.5-flash-001-tuning\", \"tuningTask\": {\"trainingData\": "  \
    "{\"examples\": {\"examples\": [{\"textInput\": \"1\", \"output\": \"2\"}]}}}}"
/* Of 1,000 steps. */
#define CREATE_LONG                                                                                \
    "{\"baseModel\": \"models/gemini-1.5-flash-001-tuning\", \"tuningTask\": "                     \
    "{\"hyperparameters\": {\"epochCount\": 1000, \"batchSize\": 1}, \"trainingData\": "           \
    "{\"examples\": {\"examples\": [{\"textInput\": \"1\", \"output\": \"2\"}]}}}}"
#define MODEL "/v1beta/tunedModels/x"
#define OPERATION "tunedModels/x/operations/gg6unvum1vit"

static void whoever_is_overtaken_gets_the_answer_of_who_comes_later(void **state)
{
    (void)state;
    static const char *const cancel[] = {"POST", "/v1/" OPERATION ":cancel", NULL};
    static const char *const cancel_model[] = {"POST", MODEL ":cancel", NULL};
    static const char *const delete[] = {"DELETE", MODEL, NULL};
    static const char *const patch[] = {"PATCH", MODEL, "{\"description\": \"d\"}"};
    static const char *const transfer[] = {
        "POST", MODEL ":transferOwnership", "{\"emailAddress\": \"a@x.org\"}"};
    static const char *const forget[] = {"DELETE", "/v1/operations/" OPERATION, NULL};
    static const char *const create[] = {"POST", "/v1beta/tunedModels?tunedModelId=y", CREATE};
    static const struct {
        const char *const *first, *const *second;
        int status;
        const char *message;
    } rows[] = {
        {create, create, 409, "Tuned model tunedModels/y already exists."},
        {delete, delete, 404, "Tuned model tunedModels/x does not exist."},
        {delete, patch, 404, "Tuned model tunedModels/x does not exist."},
        {delete, transfer, 404, "Tuned model tunedModels/x does not exist."},
        {delete, cancel, 404, "Operation " OPERATION " does not exist."},
        {delete, cancel_model, 404, "Tuned model tunedModels/x does not exist."},
        {delete, forget, 404, "Operation " OPERATION " does not exist."},
        {forget, forget, 404, "Operation " OPERATION " does not exist."},
        {forget, cancel, 404, "Operation " OPERATION " does not exist."},
        {forget, cancel_model, 200, NULL},
        {cancel, cancel, 200, NULL},
        {cancel, cancel_model, 200, NULL},
        {patch, patch, 200, NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct race race;
        race_start(&race, AUTH_OPEN);
        loopback_send(&race.loopback, "POST", "/v1beta/tunedModels?tunedModelId=x", CREATE);
        race_keep(&race);
        race_send(&race, NULL, rows[i].first[0], rows[i].first[1], rows[i].first[2]);
        race_send(&race, NULL, rows[i].second[0], rows[i].second[1], rows[i].second[2]);
        race_let_go(&race);
        assert_race(&race, 0, 200, NULL);
        assert_race(&race, 1, rows[i].status, rows[i].message);
        race_stop(&race);
    }
}

static void a_patch_answers_what_it_made_of_the_model(void **state)
{
    (void)state;
    struct race race;
    race_start(&race, AUTH_OPEN);
    loopback_send(&race.loopback, "POST", "/v1beta/tunedModels?tunedModelId=x", CREATE);
    race_keep(&race);
    race_send(&race, NULL, "PATCH", MODEL, "{\"description\": \"first\"}");
    race_send(&race, NULL, "PATCH", MODEL, "{\"displayName\": \"second\"}");
    race_send(
        &race, NULL, "PATCH", MODEL "?updateMask=description", "{\"description\": \"third\"}");
    race_send(&race, NULL, "DELETE", MODEL, NULL);
    race_let_go(&race);
    assert_race(&race, 0, 200, "\"description\": \"first\"");
    assert_race(&race, 0, 200, "\"name\": \"tunedModels/x\"");
    assert_null(strstr(race.exchanges[0].reply.body.data, "second"));
    assert_race(&race, 1, 200, "\"displayName\": \"second\"");
    assert_race(&race, 1, 200, "\"description\": \"first\"");
    assert_race(&race, 2, 200, "{\n  \"description\": \"third\"\n}\n");
    assert_race(&race, 3, 200, "{}\n");
    race_stop(&race);
}

static void the_first_of_two_cancels_says_when_it_ended(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_send(&loopback, "POST", "/v1beta/tunedModels?tunedModelId=x", CREATE);
    loopback_send(&loopback, "POST", MODEL ":cancel", NULL);
    loopback_send(&loopback, "GET", MODEL, NULL);
    char *ended = loopback_json(&loopback, "updateTime");
    loopback_advance(&loopback, NS_PER_SECOND);
    loopback_send(&loopback, "POST", MODEL ":cancel", NULL);
    loopback_send(&loopback, "GET", MODEL, NULL);
    assert_json_path(&loopback, "updateTime", ended);
    free(ended);
    loopback_stop(&loopback);
}

static void patch_numbers(struct loopback *loopback, int count)
{
    struct buf body = BUF_INIT;
    buf_add_string(&body, "{\"readerProjectNumbers\": [");
    for (int i = 0; i < count; i++)
        buf_printf(&body, "%s%d", i ? "," : "", i);
    buf_add_string(&body, "]}");
    loopback_send_bytes(loopback, "PATCH", MODEL, buf_text(&body));
    buf_release(&body);
}

static void a_thousand_project_numbers_are_kept_in_order_and_no_more(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_send(&loopback, "POST", "/v1beta/tunedModels?tunedModelId=x", CREATE);
    patch_numbers(&loopback, READER_PROJECT_NUMBERS_MAX);
    assert_json_path(&loopback, "readerProjectNumbers.999", "999");
    assert_json_path(&loopback, "readerProjectNumbers.1000", NULL);
    patch_numbers(&loopback, READER_PROJECT_NUMBERS_MAX + 1);
    assert_status(&loopback, 400);
    assert_json_path(&loopback, "error.message",
        "* UpdateTunedModelRequest.tuned_model.reader_project_numbers: must have at most 1000 "
        "items, has 1001\n");
    loopback_send(&loopback, "GET", MODEL, NULL);
    assert_json_path(&loopback, "readerProjectNumbers.999", "999");
    loopback_stop(&loopback);
}

/* So many answers are left unread that a model with many snapshots finds no room. */
static void a_change_is_not_made_if_its_answer_finds_no_room(void **state)
{
    (void)state;
    enum { ROOM_BYTES = 64 * 1024 };
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_space(&loopback)->dials.now.step_ns = 0;
    loopback_send(&loopback, "POST", "/v1beta/tunedModels?tunedModelId=x", CREATE_LONG);
    assert_status(&loopback, 200);
    loopback_advance(&loopback, NS_PER_SECOND);
    loopback.app.answers.max = ROOM_BYTES;
    loopback_send(&loopback, "PATCH", MODEL, "{\"displayName\": \"new\"}");
    assert_status(&loopback, 503);
    assert_header(&loopback, "Retry-After", "1");
    loopback_send(&loopback, "GET", MODEL "?fields=displayName", NULL);
    assert_status(&loopback, 200);
    assert_json_path(&loopback, "displayName", NULL);
    /* With a mask the answer is short. */
    loopback_send(
        &loopback, "PATCH", MODEL "?updateMask=displayName", "{\"displayName\": \"new\"}");
    assert_status(&loopback, 200);
    loopback_send(&loopback, "GET", "/v1beta/tunedModels?fields=tunedModels.displayName", NULL);
    assert_json_path(&loopback, "tunedModels.0.displayName", "new");
    assert_int_equal(budget_used(&loopback.app.answers), 0);
    loopback_stop(&loopback);
}

/* Of three models, or as many as there are. A page of another size has not been kept. */
static void assert_page_is_new(struct loopback *loopback, const char *query)
{
    static int size = 100;
    struct buf kept = BUF_INIT;
    char target[256];
    snprintf(target, sizeof(target), "/v1beta/tunedModels?pageSize=20%s", query);
    loopback_send(loopback, "GET", target, NULL);
    assert_status(loopback, 200);
    buf_add_text(&kept, loopback->answer);
    snprintf(target, sizeof(target), "/v1beta/tunedModels?pageSize=%d%s", size++, query);
    loopback_send(loopback, "GET", target, NULL);
    assert_true(text_equals(buf_text(&kept), loopback->answer));
    buf_release(&kept);
}

static void a_page_that_is_kept_is_that_of_now(void **state)
{
    (void)state;
    static const char *const queries[] = {"", "&fields=tunedModels(name,state,tuningTask)",
        "&prettyPrint=false", "&callback=f", "&filter=owner:me", "&alt=json;enum-encoding=int"};
    static const char *const changes[][3] = {
        {"POST", "/v1beta/tunedModels?tunedModelId=x", CREATE_LONG},
        {"POST", "/v1beta/tunedModels?tunedModelId=y", CREATE},
        {"PATCH", MODEL "?updateMask=displayName", "{\"displayName\": \"new\"}"},
        {"POST", "/emulator/v1/snapshots", "{\"id\": \"s\"}"},
        {"PATCH", MODEL "?updateMask=displayName", "{\"displayName\": \"newer\"}"},
        {"POST", "/emulator/v1/snapshots/s:restore", "{}"},
        {"POST", "/emulator/v1/tunedModels/x:fail", "{}"},
        {"DELETE", MODEL, NULL},
        {"POST", "/emulator/v1/state:reset", "{}"},
    };
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    for (size_t i = 0; i < ARRAY_COUNT(changes); i++) {
        loopback_send(&loopback, changes[i][0], changes[i][1], changes[i][2]);
        assert_status(&loopback, 200);
        for (int step = 0; step < 3; step++) {
            for (size_t q = 0; q < ARRAY_COUNT(queries); q++)
                assert_page_is_new(&loopback, queries[q]);
            loopback_advance(&loopback, 100 * NS_PER_MS);
        }
    }
    loopback_stop(&loopback);
}

static void a_page_is_kept_for_who_asked_for_it(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_REQUIRED);
    loopback_set_header(&loopback, HEADER_X_GOOG_API_KEY, "a");
    loopback_send(&loopback, "POST", "/v1beta/tunedModels?tunedModelId=x", CREATE);
    for (int i = 0; i < 2; i++) {
        loopback_set_header(&loopback, HEADER_X_GOOG_API_KEY, "a");
        loopback_send(&loopback, "GET", "/v1beta/tunedModels", NULL);
        assert_json_path(&loopback, "tunedModels.0.name", "tunedModels/x");
        loopback_set_header(&loopback, HEADER_X_GOOG_API_KEY, "b");
        loopback_send(&loopback, "GET", "/v1beta/tunedModels", NULL);
        assert_json_path(&loopback, "tunedModels.0.name", NULL);
        loopback_set_header(&loopback, HEADER_X_GOOG_API_KEY, "a");
        loopback_set_header(&loopback, HEADER_X_GOOG_FIELDMASK, "tunedModels.state");
        loopback_send(&loopback, "GET", "/v1beta/tunedModels", NULL);
        assert_json_path(&loopback, "tunedModels.0.name", NULL);
        assert_json_path(&loopback, "tunedModels.0.state", "CREATING");
        loopback_set_header(&loopback, HEADER_X_GOOG_API_KEY, "a");
        loopback_send_in(&loopback, "other", "GET", "/v1beta/tunedModels", NULL);
        assert_json_path(&loopback, "tunedModels.0.name", NULL);
    }
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_is_overtaken_gets_the_answer_of_who_comes_later),
        cmocka_unit_test(a_patch_answers_what_it_made_of_the_model),
        cmocka_unit_test(the_first_of_two_cancels_says_when_it_ended),
        cmocka_unit_test(a_thousand_project_numbers_are_kept_in_order_and_no_more),
        cmocka_unit_test(a_page_that_is_kept_is_that_of_now),
        cmocka_unit_test(a_page_is_kept_for_who_asked_for_it),
        cmocka_unit_test(a_change_is_not_made_if_its_answer_finds_no_room),
    };
    return cmocka_run_group_tests_name("tuned models", tests, NULL, NULL);
}
