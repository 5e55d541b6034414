#include "tests/lib/unit.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/timefmt.h"
#include "base/version.h"
#include "server/contract/method.h"
#include "server/sim/trainer.h"
#include "tests/lib/loopback.h"

#define FAULTS "/emulator/v1/faults"

static void start(struct loopback *loopback)
{
    loopback_start(loopback, FIDELITY_COMPAT, AUTH_OPEN);
}

static void paths_of_the_emulator_are_told_from_the_services(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        bool is_control;
    } rows[] = {
        {"/health", true},
        {"/ready", true},
        {"//health", true},
        {"///emulator/v1/info", true},
        {"/emulator", true},
        {"/emulator/", true},
        {"/emulator/v2/x", true},
        {"/emulators", false},
        {"/healthy", false},
        {"/health/", false},
        {"/ready2", false},
        {"/", false},
        {"", false},
        {"health", false},
        {"/v1beta/tunedModels", false},
        {"/v1beta/emulator/v1/info", false},
        {"/emulator%2Fv1%2Finfo", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (route_is_control(text_of(rows[i].path)) != rows[i].is_control)
            fail_msg("%s", rows[i].path);
}

static void health_is_ok(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    static const char *const verbs[] = {"GET", "HEAD"};
    for (size_t i = 0; i < ARRAY_COUNT(verbs); i++) {
        loopback_send(&loopback, verbs[i], "/health", NULL);
        assert_status(&loopback, 200);
        assert_body(&loopback, "{\"status\":\"ok\"}\n");
        assert_string_equal(loopback.content_type, "application/json; charset=UTF-8");
        assert_header(&loopback, "Date", "Sat, 20 Jul 2024 18:23:29 GMT");
        assert_header(&loopback, "Cache-Control", "no-store");
    }
    loopback_stop(&loopback);
}

static void ready_is_503_until_it_is(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    loopback.app.is_ready = false;
    loopback_send(&loopback, "GET", "/ready", NULL);
    assert_status(&loopback, 503);
    assert_body(&loopback, "{\"status\":\"starting\"}\n");
    loopback_send(&loopback, "GET", "/health", NULL);
    assert_status(&loopback, 200);
    loopback.app.is_ready = true;
    loopback_send(&loopback, "GET", "/ready", NULL);
    assert_status(&loopback, 200);
    assert_body(&loopback, "{\"status\":\"ready\"}\n");
    loopback_stop(&loopback);
}

static void info_tells_version_address_and_dials(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    loopback_set_header(&loopback, HEADER_HOST, "tunemock:8863");
    loopback_send(&loopback, "GET", "/emulator/v1/info?", NULL);
    assert_status(&loopback, 200);
    assert_body(&loopback, "{\n"
                           "  \"name\": \"tunemock\",\n"
                           "  \"version\": \"" TUNEMOCK_VERSION "\",\n"
                           "  \"url\": \"http://tunemock:8863\",\n"
                           "  \"time\": \"2024-07-20T18:23:29Z\",\n"
                           "  \"fidelity\": \"compat\",\n"
                           "  \"auth\": \"open\",\n"
                           "  \"stepTime\": \"0.300s\",\n"
                           "  \"streamDelay\": \"0s\",\n"
                           "  \"seed\": \"1\",\n"
                           "  \"maxBody\": \"20971520\",\n"
                           "  \"namespace\": \"default\",\n"
                           "  \"isolate\": \"none\"\n"
                           "}\n");
    loopback_stop(&loopback);
}

static void info_tells_the_other_settings_of_the_dials(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_STRICT, AUTH_REQUIRED);
    loopback_space(&loopback)->dials.now.step_ns = TRAINING_STEP_REAL;
    loopback_space(&loopback)->dials.now.stream_pace.between_tokens.low_ns = 20 * NS_PER_MS;
    loopback_space(&loopback)->dials.now.seed = UINT64_MAX;
    loopback_advance(&loopback, 1500 * NS_PER_MS);
    loopback_send(&loopback, "GET", "//emulator/v1/info", NULL);
    assert_status(&loopback, 200);
    assert_json_path(&loopback, "time", "2024-07-20T18:23:30.500Z");
    assert_json_path(&loopback, "fidelity", "strict");
    assert_json_path(&loopback, "auth", "required");
    assert_json_path(&loopback, "stepTime", "real");
    assert_json_path(&loopback, "streamDelay", "0.020s");
    assert_json_path(&loopback, "seed", "18446744073709551615");
    loopback_stop(&loopback);
}

static void faults_are_set_listed_and_deleted(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    loopback_send(&loopback, "GET", FAULTS, NULL);
    assert_status(&loopback, 200);
    assert_body(&loopback, "{\n  \"faults\": []\n}\n");

    loopback_send(&loopback, "POST", FAULTS,
        "{\"method\":\"tunedModels.list\",\"status\":\"RESOURCE_EXHAUSTED\",\"times\":2,\"after\":"
        "0,"
        "\"probability\":0.5,\"delay\":\"200ms\",\"retry_after\":\"5s\",\"message\":\"<slow>\","
        "\"kind\":\"status\",}");
    assert_status(&loopback, 200);
    assert_body(&loopback, "{\n"
                           "  \"id\": \"1\",\n"
                           "  \"method\": \"tunedModels.list\",\n"
                           "  \"status\": \"RESOURCE_EXHAUSTED\",\n"
                           "  \"kind\": \"status\",\n"
                           "  \"times\": 2,\n"
                           "  \"after\": 0,\n"
                           "  \"probability\": 0.5,\n"
                           "  \"delay\": \"0.200s\",\n"
                           "  \"retryAfter\": \"5s\",\n"
                           "  \"message\": \"\\u003cslow\\u003e\",\n"
                           "  \"match\": {},\n"
                           "  \"hits\": 0\n"
                           "}\n");
    loopback_send(&loopback, "POST", FAULTS, "{\"id\":\"77\",\"preset\":\"quota\"}");
    assert_json_path(&loopback, "id", "2");
    loopback_send(&loopback, "POST", FAULTS, "{\"kind\":\"reset\"}");
    assert_json_path(&loopback, "id", "3");

    loopback_send(&loopback, "DELETE", FAULTS "/1", NULL);
    assert_status(&loopback, 200);
    assert_body(&loopback, "{}\n");
    loopback_send(&loopback, "GET", FAULTS, NULL);
    assert_json_path(&loopback, "faults.0.id", "2");
    assert_json_path(&loopback, "faults.0.preset", "quota");
    assert_json_path(&loopback, "faults.1.id", "3");
    assert_json_path(&loopback, "faults.1.kind", "reset");
    assert_json_path(&loopback, "faults.2.id", NULL);
    loopback_send(&loopback, "DELETE", FAULTS, NULL);
    assert_status(&loopback, 200);
    assert_body(&loopback, "{}\n");
    loopback_send(&loopback, "GET", FAULTS, NULL);
    assert_body(&loopback, "{\n  \"faults\": []\n}\n");
    loopback_send(&loopback, "DELETE", FAULTS, NULL);
    assert_status(&loopback, 200);
    loopback_stop(&loopback);
}

static void faults_that_do_not_exist_cannot_be_deleted(void **state)
{
    (void)state;
    static const struct {
        const char *path, *message;
    } rows[] = {
        {FAULTS "/9", "The control API has no fault 9."},
        {FAULTS "/%31%30", "The control API has no fault 10."},
        {FAULTS "/%FF", "The control API has no fault (bytes that are no UTF-8)."},
        {FAULTS "/%", "The control API has no fault %."},
        {FAULTS "/", "The control API has no DELETE " FAULTS "/."},
        {FAULTS "/1/2", "The control API has no DELETE " FAULTS "/1/2."},
    };
    struct loopback loopback;
    start(&loopback);
    loopback_send(&loopback, "POST", FAULTS, "{\"preset\":\"quota\"}");
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_send(&loopback, "DELETE", rows[i].path, NULL);
        assert_status(&loopback, 404);
        assert_json_path(&loopback, "error.message", rows[i].message);
    }
    loopback_send(&loopback, "DELETE", FAULTS "/%31", NULL);
    assert_status(&loopback, 200);
    loopback_stop(&loopback);
}

static void bodies_that_are_no_faults_are_refused_as_the_service_does(void **state)
{
    (void)state;
    static const struct {
        const char *body, *message;
    } rows[] = {
        {NULL, "status: is needed, or else preset, but not both"},
        {"{\"state\":\"UNAVAILABLE\"}",
            "Invalid JSON payload received. Unknown name \"state\": Cannot find field."},
        {"{\"a\":1,\"b\":2}",
            "Invalid JSON payload received. Unknown name \"a\": Cannot find field.\n"
            "Invalid JSON payload received. Unknown name \"b\": Cannot find field."},
        {"{\"status\":true}", "Invalid value at 'status' (TYPE_STRING), true"},
        {"{\"method\":5}", "Invalid value at 'method' (TYPE_STRING), 5"},
        {"{\"times\":\"often\"}", "Invalid value at 'times' (TYPE_INT32), \"often\""},
        {"[]", "Invalid JSON payload received. Unknown name \"\": Root element must be a message."},
        {"nothing", "Invalid JSON payload received. Unexpected token.\nnothing\n^"},
    };
    struct loopback loopback;
    start(&loopback);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_send(&loopback, "POST", FAULTS, rows[i].body);
        assert_status(&loopback, 400);
        assert_json_path(&loopback, "error.status", "INVALID_ARGUMENT");
        assert_json_path(&loopback, "error.message", rows[i].message);
    }
    loopback_send(&loopback, "POST", FAULTS, "{\"delay\":\"soon\"}");
    assert_status(&loopback, 400);
    assert_json_path(
        &loopback, "error.details.0.@type", "type.googleapis.com/google.rpc.BadRequest");
    loopback_send(&loopback, "GET", FAULTS, NULL);
    assert_body(&loopback, "{\n  \"faults\": []\n}\n");
    loopback_stop(&loopback);
}

static void bodies_that_are_encoded_or_too_large_are_refused(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    loopback_set_header(&loopback, HEADER_CONTENT_ENCODING, "gzip");
    loopback_send(&loopback, "POST", FAULTS, "{\"preset\":\"quota\"}");
    assert_status(&loopback, 400);
    assert_json_path(&loopback, "error.message",
        "Request body has Content-Encoding \"gzip\"; only identity is supported.");
    loopback_set_header(&loopback, HEADER_CONTENT_ENCODING, "Identity");
    loopback_send(&loopback, "POST", FAULTS, "{\"preset\":\"quota\"}");
    assert_status(&loopback, 200);

    struct exchange exchange;
    exchange_init(&exchange);
    loopback_fill_request(&exchange.request, "POST", FAULTS, TEXT(""));
    exchange.request.is_body_too_large = true;
    loopback_handle(&loopback.app, 0, &exchange);
    assert_int_equal(exchange.reply.status, 400);
    assert_non_null(strstr(
        exchange.reply.body.data, "\"Request payload size exceeds the limit: 20971520 bytes.\""));
    exchange_release(&exchange);
    loopback_stop(&loopback);
}

static void unknown_paths_and_verbs_say_what_there_is(void **state)
{
    (void)state;
    static const struct {
        const char *verb, *path, *message;
    } rows[] = {
        {"GET", "/emulator", "The control API has no GET /emulator."},
        {"GET", "/emulator/v1/", "The control API has no GET /emulator/v1/."},
        {"POST", "/emulator/v1/state:undo", "The control API has no POST /emulator/v1/state:undo."},
        {"GET", "/emulator/v1/infos", "The control API has no GET /emulator/v1/infos."},
        {"GET", "//emulator/v1/inf", "The control API has no GET /emulator/v1/inf."},
        {"PUT", FAULTS, "The control API has no PUT " FAULTS ", only GET, POST, DELETE."},
        {"OPTIONS", FAULTS, "The control API has no OPTIONS " FAULTS ", only GET, POST, DELETE."},
        {"get", FAULTS, "The control API has no get " FAULTS ", only GET, POST, DELETE."},
        {"GET", FAULTS "/1", "The control API has no GET " FAULTS "/1, only DELETE."},
        {"POST", "/health", "The control API has no POST /health, only GET."},
        {"\xff", "/emulator/\xff",
            "The control API has no (bytes that are no UTF-8) (bytes that are no UTF-8)."},
    };
    struct loopback loopback;
    start(&loopback);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_send(&loopback, rows[i].verb, rows[i].path, NULL);
        assert_status(&loopback, 404);
        assert_string_equal(loopback.content_type, "application/json; charset=UTF-8");
        assert_json_path(&loopback, "error.code", "404");
        assert_json_path(&loopback, "error.status", "NOT_FOUND");
        assert_json_path(&loopback, "error.message", rows[i].message);
    }
    loopback_stop(&loopback);
}

static void pages_of_the_web_cannot_call(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum request_header header;
        const char *value;
        const char *reason; /* NULL: allowed */
    } rows[] = {
        {"/emulator/v1/info", HEADER_HOST, "evil.example",
            "Host is \"evil.example\", and no --allow-host names it"},
        {"/emulator/v1/info", HEADER_HOST, "", "Host is missing"},
        {"/emulator/v1/info", HEADER_HOST, "[::1]:8863", NULL},
        {"/emulator/v1/nothing", HEADER_HOST, "evil.example",
            "Host is \"evil.example\", and no --allow-host names it"},
        {"/emulator/v1/info", HEADER_ORIGIN, "http://evil.example",
            "Origin is \"http://evil.example\""},
        {"/emulator/v1/info", HEADER_ORIGIN, "http://localhost", NULL},
        {"/emulator/v1/info", HEADER_SEC_FETCH_SITE, "cross-site",
            "Sec-Fetch-Site is \"cross-site\""},
        {"/emulator/v1/info", HEADER_SEC_FETCH_SITE, "same-origin", NULL},
        {"/health", HEADER_HOST, "evil.example", NULL},
        {"/health", HEADER_HOST, "", NULL},
        {"/ready", HEADER_HOST, "pod.cluster.local:8863", NULL},
        {"/ready", HEADER_ORIGIN, "null", "Origin is \"null\""},
        {"/health", HEADER_SEC_FETCH_SITE, "cross-site", "Sec-Fetch-Site is \"cross-site\""},
    };
    struct loopback loopback;
    start(&loopback);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_set_header(&loopback, rows[i].header, rows[i].value);
        loopback_send(&loopback, "GET", rows[i].path, NULL);
        assert_status(&loopback, rows[i].reason ? 403 : 200);
        assert_header(&loopback, "Access-Control-Allow-Origin", NULL);
        if (!rows[i].reason)
            continue;
        char message[200];
        snprintf(message, sizeof(message),
            "The control API refuses calls from web pages of other origins and for unknown host "
            "names: %s.",
            rows[i].reason);
        assert_json_path(&loopback, "error.message", message);
        assert_json_path(&loopback, "error.status", "PERMISSION_DENIED");
    }
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_of_the_emulator_are_told_from_the_services),
        cmocka_unit_test(health_is_ok),
        cmocka_unit_test(ready_is_503_until_it_is),
        cmocka_unit_test(info_tells_version_address_and_dials),
        cmocka_unit_test(info_tells_the_other_settings_of_the_dials),
        cmocka_unit_test(faults_are_set_listed_and_deleted),
        cmocka_unit_test(faults_that_do_not_exist_cannot_be_deleted),
        cmocka_unit_test(bodies_that_are_no_faults_are_refused_as_the_service_does),
        cmocka_unit_test(bodies_that_are_encoded_or_too_large_are_refused),
        cmocka_unit_test(unknown_paths_and_verbs_say_what_there_is),
        cmocka_unit_test(pages_of_the_web_cannot_call),
    };
    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
