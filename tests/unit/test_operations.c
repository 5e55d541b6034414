#include "tests/lib/unit.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "tests/lib/loopback.h"

#define CREATE                                                                                     \
    "{\"baseModel\": \"models/gemini-1.5-flash-001-tuning\", \"tuningTask\": "                     \
    "{\"hyperparameters\": "                                                                       \
    "{\"epochCount\": %d, \"batchSize\": 1}, \"trainingData\": {\"examples\": {\"examples\": "     \
    "[{\"textInput\": \"1\", \"output\": \"2\"}]}}}}"

enum { TARGET_BYTES_MAX = 400 };

static void create(struct loopback *loopback, const char *id, const char *token, int epochs)
{
    char target[TARGET_BYTES_MAX], body[TARGET_BYTES_MAX], authorization[TARGET_BYTES_MAX];
    snprintf(target, sizeof(target), "/v1beta/tunedModels?tunedModelId=%s", id);
    snprintf(body, sizeof(body), CREATE, epochs);
    snprintf(authorization, sizeof(authorization), "Bearer %s", token);
    loopback_set_header(loopback, HEADER_AUTHORIZATION, authorization);
    loopback_send(loopback, "POST", target, body);
    assert_status(loopback, 200);
}

static void get_as(struct loopback *loopback, const char *target, const char *authorization)
{
    loopback_set_header(loopback, HEADER_AUTHORIZATION, authorization);
    loopback_send(loopback, "GET", target, NULL);
    assert_status(loopback, 200);
}

static void who_reads_a_model_as_everyone_sees_its_operations(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_REQUIRED);
    create(&loopback, "x", "owner", 5);
    loopback_set_header(&loopback, HEADER_AUTHORIZATION, "Bearer owner");
    loopback_send(&loopback, "POST", "/v1beta/tunedModels/x/permissions",
        "{\"granteeType\": \"EVERYONE\", \"role\": \"READER\"}");
    assert_status(&loopback, 200);

    get_as(&loopback, "/v1/tunedModels/x/operations", "Bearer other");
    assert_json_path(&loopback, "operations.0.metadata.tunedModel", "tunedModels/x");
    get_as(&loopback, "/v1/operations", "Bearer other");
    assert_body(&loopback, "{}\n");
    get_as(&loopback, "/v1/operations", "Bearer owner");
    assert_json_path(&loopback, "operations.0.metadata.tunedModel", "tunedModels/x");
    loopback_stop(&loopback);
}

/* How often the answer has a text; it is too long to be parsed. */
static int count_of(const struct loopback *loopback, const char *searched)
{
    int count = 0;
    const char *at = loopback->answer.bytes;
    while ((at = strstr(at, searched))) {
        count++;
        at++;
    }
    return count;
}

static void a_page_ends_when_it_has_many_bytes(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_space(&loopback)->dials.now.step_ns = 0;
    create(&loopback, "a", "", 60000);
    create(&loopback, "b", "", 60000);
    create(&loopback, "c", "", 60000);
    loopback_advance(&loopback, 10 * NS_PER_SECOND);

    /* Each finished operation shows its snapshots twice: 22 MB. */
    loopback_send(&loopback, "GET", "/v1/operations", NULL);
    assert_status(&loopback, 200);
    assert_int_equal(count_of(&loopback, "/operations/"), 1);
    assert_int_equal(count_of(&loopback, "nextPageToken"), 1);
    assert_true(loopback.answer.len > PAGE_BYTES_MAX);

    loopback_send(&loopback, "GET", "/v1beta/tunedModels", NULL);
    assert_int_equal(count_of(&loopback, "\"name\""), 2);
    assert_int_equal(count_of(&loopback, "nextPageToken"), 1);

    /* What a mask leaves out has no bytes. */
    loopback_send(&loopback, "GET", "/v1/operations?fields=operations.name,nextPageToken", NULL);
    assert_json_path(&loopback, "operations.2.name", "tunedModels/c/operations/qgfx72e5r2bo");
    assert_json_path(&loopback, "nextPageToken", NULL);
    loopback_stop(&loopback);
}

static void names_that_are_none_are_missing_operations(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    create(&loopback, "x", "", 5);
    static const char *const targets[] = {
        "/v1/operations/x",
        "/v1/operations/tunedModels/x",
        "/v1/operations/tunedModels/x/operations",
        "/v1/operations/tunedModels/x/operations/none",
        "/v1/operations/tunedModels/none/operations/gg6unvum1vit",
        "/v1/operations/tunedModels/x/permissions/gg6unvum1vit",
        "/v1/operations/models/x/operations/gg6unvum1vit",
        "/v1/operations/tunedModels/x/operations/gg6unvum1vit/more",
        "/v1/operations/tunedModels%2Fx%2Foperations%2Fnone",
        "/v1/tunedModels/x/operations/none",
        "/v1/tunedModels/none/operations/gg6unvum1vit",
    };
    for (size_t i = 0; i < ARRAY_COUNT(targets); i++) {
        loopback_send(&loopback, "GET", targets[i], NULL);
        assert_status(&loopback, 404);
        assert_json_path(&loopback, "error.status", "NOT_FOUND");
    }
    loopback_send(&loopback, "GET", "/v1/operations/x", NULL);
    assert_json_path(&loopback, "error.message", "Operation operations/x does not exist.");
    loopback_send(&loopback, "DELETE", "/v1/operations/x", NULL);
    assert_status(&loopback, 404);
    loopback_stop(&loopback);
}

static void a_deleted_operation_leaves_its_model(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    create(&loopback, "x", "", 5);
    static const char target[] = "/v1/operations/tunedModels/x/operations/gg6unvum1vit";
    loopback_send(&loopback, "DELETE", target, NULL);
    assert_body(&loopback, "{}\n");
    loopback_send(&loopback, "DELETE", target, NULL);
    assert_status(&loopback, 404);
    loopback_send(&loopback, "GET", "/v1/tunedModels/x/operations", NULL);
    assert_body(&loopback, "{}\n");
    loopback_advance(&loopback, 60 * NS_PER_SECOND);
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/x", NULL);
    assert_json_path(&loopback, "state", "ACTIVE");
    loopback_stop(&loopback);
}

static void progress_never_falls_and_polling_never_moves_it(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    create(&loopback, "x", "", 40);
    static const char target[] = "/v1/tunedModels/x/operations/gg6unvum1vit";
    double percent = 0.0;
    bool is_done = false;
    for (int i = 0; i < 200; i++) {
        loopback_send(&loopback, "GET", target, NULL);
        char *first =
            memcpy(malloc(loopback.answer.len + 1), loopback.answer.bytes, loopback.answer.len + 1);
        loopback_send(&loopback, "GET", target, NULL);
        assert_body(&loopback, first);
        free(first);

        char *text = loopback_json(&loopback, "metadata.completedPercent");
        double now = text ? strtod(text, NULL) : 0.0;
        free(text);
        assert_true(now >= percent && now <= 100.0);
        percent = now;
        text = loopback_json(&loopback, "done");
        assert_true(!is_done || text);
        is_done = text != NULL;
        assert_true(!is_done || now >= 100.0);
        free(text);
        loopback_advance(&loopback, 100 * NS_PER_MS);
    }
    assert_true(is_done);
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_reads_a_model_as_everyone_sees_its_operations),
        cmocka_unit_test(a_page_ends_when_it_has_many_bytes),
        cmocka_unit_test(names_that_are_none_are_missing_operations),
        cmocka_unit_test(a_deleted_operation_leaves_its_model),
        cmocka_unit_test(progress_never_falls_and_polling_never_moves_it),
    };
    return cmocka_run_group_tests_name("operations", tests, NULL, NULL);
}
