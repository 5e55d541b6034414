#include "tests/lib/unit.h"

#include <stdio.h>

#include "server/space/fault_answer.h"
#include "tests/lib/loopback.h"

#define LIST "/v1beta/tunedModels"

/* One GET, or POST if the target has a custom verb, with X-Emulator-Status. */
static void ask(struct loopback *loopback, const char *status, const char *target)
{
    bool is_post = text_find_byte(text_of(target + 1), ':') < strlen(target + 1);
    loopback_set_header(loopback, HEADER_X_EMULATOR_STATUS, status);
    loopback_send(loopback, is_post ? "POST" : "GET", target, NULL);
}

static void a_status_is_answered_as_the_service_answers_it(void **state)
{
    (void)state;
    static const struct {
        const char *status, *target, *message;
        int http;
    } rows[] = {
        {"CANCELLED", LIST, "CANCELLED", 499},
        {"UNKNOWN", LIST, "UNKNOWN", 500},
        {"INVALID_ARGUMENT", LIST, "INVALID_ARGUMENT", 400},
        {"DEADLINE_EXCEEDED", LIST, "The request timed out. Please try again.", 504},
        {"NOT_FOUND", LIST, "NOT_FOUND", 404},
        {"NOT_FOUND", "/v1beta/tunedModels/x", "Tuned model tunedModels/x does not exist.", 404},
        {"NOT_FOUND", "/v1beta/models/x:generateContent",
            "models/x is not found for API version v1beta, or is not supported for "
            "generateContent. Call ListModels to see the list of available models and their "
            "supported methods.",
            404},
        {"NOT_FOUND", "/v1beta/models/tunedModels/y:generateContent",
            "Tuned model tunedModels/y does not exist.", 404},
        {"ALREADY_EXISTS", LIST, "ALREADY_EXISTS", 409},
        {"PERMISSION_DENIED", LIST, "Request had insufficient authentication scopes.", 403},
        {"PERMISSION_DENIED", "/v1beta/tunedModels/x/permissions",
            "You do not have permission to access tuned model tunedModels/x.", 403},
        {"RESOURCE_EXHAUSTED", LIST, "Resource has been exhausted (e.g. check quota).", 429},
        {"FAILED_PRECONDITION", LIST, "User location is not supported for the API use.", 400},
        {"ABORTED", LIST, "ABORTED", 409},
        {"OUT_OF_RANGE", LIST, "OUT_OF_RANGE", 400},
        {"UNIMPLEMENTED", LIST, "Operation is not implemented, or supported, or enabled.", 501},
        {"INTERNAL", LIST,
            "An internal error has occurred. Please retry or report in "
            "https://developers.generativeai.google/guide/troubleshooting",
            500},
        {"UNAVAILABLE", LIST, "The model is overloaded. Please try again later.", 503},
        {"DATA_LOSS", LIST, "DATA_LOSS", 500},
        {"UNAUTHENTICATED", LIST,
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
            "cookie or other valid authentication credential. See "
            "https://developers.google.com/identity/sign-in/web/devconsole-project.",
            401},
    };
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        ask(&loopback, rows[i].status, rows[i].target);
        assert_status(&loopback, rows[i].http);
        assert_json_path(&loopback, "error.status", rows[i].status);
        assert_json_path(&loopback, "error.message", rows[i].message);
    }
    loopback_stop(&loopback);
}

static void holes_of_texts_are_filled_from_the_call(void **state)
{
    (void)state;
    static const struct {
        const char *error, *target, *message;
    } rows[] = {
        {"body.too_large", LIST, "Request payload size exceeds the limit: 20971520 bytes."},
        {"tm.base.retired", "/v1beta/models/m:generateContent",
            "models/m is not found for API version v1beta, or is not supported for "
            "generateContent. Call ListModels to see the list of available models and their "
            "supported methods."},
        {"tm.base.retired", "/v1/tunedModels/m:generateContent",
            "models/gemini-1.5-flash-001-tuning is not found for API version v1, or is not "
            "supported "
            "for generateContent. Call ListModels to see the list of available models and their "
            "supported methods."},
        {"tm.notready", "/v1beta/tunedModels/m:generateContent",
            "Tuned model tunedModels/m is not ready yet (state CREATING)."},
        {"tm.missing", LIST, "Tuned model tunedModels/example does not exist."},
        {"perm.missing", "/v1beta/tunedModels/m/permissions/p",
            "Permission tunedModels/m/permissions/p does not exist."},
        {"perm.missing", "/v1beta/tunedModels/m/permissions",
            "Permission tunedModels/m/permissions/example does not exist."},
        {"tm.example.long", LIST,
            "* ListTunedModelsRequest.page_size: must have at most 40000 characters, has 40001\n"},
        {"tm.temperature", LIST,
            "* ListTunedModelsRequest.page_size: must be in the range [0.0, 1.0]\n"},
        {"tm.hyper.range", LIST, "* ListTunedModelsRequest.page_size: must be greater than 0\n"},
        {"gen.part.data", "/v1beta/tunedModels/m:generateContent",
            "* GenerateContentRequest.contents[0].parts[0].data: required oneof field 'data' must "
            "have one initialized field\n"},
        {"gen.part.text_only", "/v1beta/tunedModels/m:generateContent",
            "* GenerateContentRequest.contents[0].parts[0].data: only text is supported by "
            "tunedModels/m\n"},
        {"gen.jsonmode", "/v1beta/models/m:generateContent",
            "Json mode is not enabled for models/m"},
        {"list.pagetoken", LIST,
            "* ListTunedModelsRequest.page_token: is not valid for this list\n"},
        {"fault", LIST, "UNKNOWN"},
    };
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        ask(&loopback, rows[i].error, rows[i].target);
        assert_json_path(&loopback, "error.message", rows[i].message);
    }
    loopback_stop(&loopback);
}

static void every_error_can_be_asked_for(void **state)
{
    (void)state;
    static const char *const targets[] = {LIST, "/v1beta/tunedModels/x:streamGenerateContent",
        "/v1beta/models", "/v1/operations/a/b"};
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    for (size_t target = 0; target < ARRAY_COUNT(targets); target++)
        for (int id = 0; id < ERROR_COUNT; id++) {
            const struct status *status = status_find((int)errors[id].status);
            assert_non_null(status);
            ask(&loopback, errors[id].name, targets[target]);
            assert_status(&loopback, status->http);
            if (id == ERROR_ROUTE_UNKNOWN)
                continue;
            assert_json_path(&loopback, "error.status", status->name);
            assert_int_equal(text_find(loopback.answer, TEXT("{}")), loopback.answer.len);
        }
    loopback_stop(&loopback);
}

static void an_unknown_route_is_the_front_ends_page(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    ask(&loopback, "route.unknown", LIST);
    assert_status(&loopback, 404);
    assert_string_equal(loopback.content_type, "text/html; charset=UTF-8");
    loopback_stop(&loopback);
}

static void details_belong_to_the_error(void **state)
{
    (void)state;
    static const struct {
        const char *error, *path, *value;
    } rows[] = {
        {"auth.scope", "error.details.0.reason", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"},
        {"auth.scope", "error.details.0.metadata.method",
            "google.ai.generativelanguage.v1beta.ModelService.ListTunedModels"},
        {"json.typing", "error.details.0.fieldViolations.0.description", "INVALID_ARGUMENT"},
        {"json.unknown.top", "error.details.0.fieldViolations.0.description",
            "Invalid JSON payload received. Unknown name \"example\": Cannot find field."},
        {"quota.2025", "error.details.2.retryDelay", "41s"},
        {"quota.frontend", "error.details.0.reason", "RATE_LIMIT_EXCEEDED"},
    };
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        ask(&loopback, rows[i].error, LIST);
        assert_json_path(&loopback, rows[i].path, rows[i].value);
    }
    loopback_stop(&loopback);
}

static void a_message_of_ones_own_keeps_the_status(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_send(&loopback, "POST", "/emulator/v1/faults",
        "{\"status\":\"ABORTED\",\"message\":\"Try <again>.\",\"times\":1}");
    loopback_send(&loopback, "GET", LIST, NULL);
    assert_status(&loopback, 409);
    assert_json_path(&loopback, "error.message", "Try <again>.");
    assert_json_path(&loopback, "error.status", "ABORTED");
    loopback_stop(&loopback);
}

static void the_form_is_that_of_the_call(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_STRICT, AUTH_OPEN);
    ask(&loopback, "ABORTED", LIST "?prettyPrint=false");
    assert_body(
        &loopback, "{\"error\":{\"code\":409,\"message\":\"ABORTED\",\"status\":\"ABORTED\"}}\n");
    ask(&loopback, "ABORTED", LIST "?$.xgafv=1&prettyPrint=false");
    assert_json_path(&loopback, "error.errors.0.reason", "alreadyExists");
    /* In strict a stream's error is wrapped in an array, unless it is of events. */
    ask(&loopback, "ABORTED", "/v1beta/tunedModels/x:streamGenerateContent?prettyPrint=false");
    assert_body(&loopback,
        "[{\"error\":{\"code\":409,\"message\":\"ABORTED\",\"status\":\"ABORTED\"}}\n]\n");
    ask(&loopback, "ABORTED",
        "/v1beta/tunedModels/x:streamGenerateContent?prettyPrint=false&alt=sse");
    assert_body(
        &loopback, "{\"error\":{\"code\":409,\"message\":\"ABORTED\",\"status\":\"ABORTED\"}}\n");
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_is_answered_as_the_service_answers_it),
        cmocka_unit_test(holes_of_texts_are_filled_from_the_call),
        cmocka_unit_test(every_error_can_be_asked_for),
        cmocka_unit_test(an_unknown_route_is_the_front_ends_page),
        cmocka_unit_test(details_belong_to_the_error),
        cmocka_unit_test(a_message_of_ones_own_keeps_the_status),
        cmocka_unit_test(the_form_is_that_of_the_call),
    };
    return cmocka_run_group_tests_name("fault_answer", tests, NULL, NULL);
}
