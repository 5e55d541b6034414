#include "server/call/namespace.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/contract/limits.h"
#include "server/space/journal.h"
#include "tests/lib/loopback.h"

#define CREATE "/v1beta/tunedModels?tunedModelId="
#define MODEL "{\"baseModel\":\"models/gemini-1.5-flash-001-tuning\"}"

static void start(struct loopback *loopback)
{
    loopback_start(loopback, FIDELITY_COMPAT, AUTH_OPEN);
}

static size_t count_spaces(const struct loopback *loopback)
{
    return spaces_count(loopback->app.spaces);
}

static void a_header_names_the_namespace(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    loopback_send_in(&loopback, " one ", "POST", CREATE "x", MODEL);
    assert_status(&loopback, 200);
    loopback_send_in(&loopback, "one", "GET", "/v1beta/tunedModels/x", NULL);
    assert_status(&loopback, 200);
    loopback_send_in(&loopback, "two", "GET", "/v1beta/tunedModels/x", NULL);
    assert_status(&loopback, 404);
    loopback_send_in(&loopback, "default", "GET", "/v1beta/tunedModels/x", NULL);
    assert_status(&loopback, 404);
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/x", NULL);
    assert_status(&loopback, 404);
    assert_int_equal(count_spaces(&loopback), 3);
    loopback_send_in(&loopback, "one", "GET", "/emulator/v1/info", NULL);
    assert_json_path(&loopback, "namespace", "one");
    assert_json_path(&loopback, "isolate", "none");
    loopback_stop(&loopback);
}

static void the_same_requests_get_the_same_bytes_in_each(void **state)
{
    (void)state;
    static const char *const names[] = {"default", "one", "tests/a.py::test[two]"};
    struct loopback loopback;
    char *first = NULL;
    start(&loopback);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        loopback_send_in(&loopback, names[i], "POST", "/v1beta/tunedModels", MODEL);
        assert_status(&loopback, 200);
        loopback_send_in(&loopback, names[i], "GET", "/v1beta/tunedModels/none", NULL);
        assert_header(&loopback, "X-Request-Id", "req-2");
        /* What is no call, too. */
        loopback_send_in(
            &loopback, names[i], "POST", "/emulator/v1/clock:advance", "{\"duration\":\"60s\"}");
        loopback_send_in(&loopback, names[i], "GET", "/emulator/v1/nothing", NULL);
        assert_status(&loopback, 404);
        assert_header(&loopback, "X-Request-Id", "control-1");
        assert_header(&loopback, "Date", "Sat, 20 Jul 2024 18:24:29 GMT");
        loopback_send_in(&loopback, names[i], "GET", "/emulator/v1/state", NULL);
        char *state_file = loopback_json(&loopback, "tunedModels");
        if (first)
            assert_string_equal(state_file, first);
        else
            first = state_file;
        if (state_file != first)
            free(state_file);
    }
    free(first);
    loopback_stop(&loopback);
}

static void a_control_call_may_name_it_in_its_query(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    loopback_send_in(&loopback, "one", "POST", "/emulator/v1/clock:advance?namespace=tw%6F",
        "{\"duration\":\"60s\"}");
    assert_status(&loopback, 200);
    loopback_send(&loopback, "GET", "/emulator/v1/clock?namespace=two", NULL);
    assert_json_path(&loopback, "time", "2024-07-20T18:24:29Z");
    assert_header(&loopback, "Date", "Sat, 20 Jul 2024 18:24:29 GMT");
    loopback_send_in(&loopback, "one", "GET", "/emulator/v1/clock", NULL);
    assert_json_path(&loopback, "time", LOOPBACK_TIME);
    loopback_send(&loopback, "GET", "/emulator/v1/clock", NULL);
    assert_json_path(&loopback, "time", LOOPBACK_TIME);
    /* Of the service it is a name that is unknown. */
    loopback_send(&loopback, "GET", "/v1beta/tunedModels?namespace=two", NULL);
    assert_status(&loopback, 400);
    loopback_stop(&loopback);
}

static void a_bad_name_is_400_and_no_namespace_is_told_of_it(void **state)
{
    (void)state;
    char longest[SPACE_NAME_BYTES_MAX + 2] = {0};
    memset(longest, 'x', sizeof(longest) - 1);
    const char *const names[] = {"", "  ", "a b", "\xc3\xa9", longest};
    struct loopback loopback;
    start(&loopback);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        loopback_send_in(&loopback, names[i], "GET", "/v1beta/tunedModels", NULL);
        assert_status(&loopback, 400);
        assert_json_path(&loopback, "error.status", "INVALID_ARGUMENT");
        assert_json_path(&loopback, "error.message",
            "X-Emulator-Namespace: must be 1 to 128 visible ASCII characters, without blanks");
        loopback_send_in(&loopback, names[i], "GET", "/emulator/v1/clock", NULL);
        assert_status(&loopback, 400);
    }
    loopback_send(&loopback, "GET", "/emulator/v1/clock?namespace=a%00b", NULL);
    assert_status(&loopback, 400);
    assert_json_path(&loopback, "error.message",
        "namespace: must be 1 to 128 visible ASCII characters, without blanks");
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/none", NULL);
    assert_header(&loopback, "X-Request-Id", "req-1");
    loopback_send(&loopback, "GET", "/emulator/v1/requests", NULL);
    assert_json_path(&loopback, "requests.1", NULL);
    assert_int_equal(count_spaces(&loopback), 1);
    loopback_stop(&loopback);
}

static void more_than_there_may_be_are_refused(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    char name[16];
    for (int i = 1; i < NAMESPACES_MAX; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        struct space *space;
        assert_int_equal(
            spaces_take(loopback.app.spaces, text_of(name), true, &space), SPACES_MADE);
        atomic_store(&space->is_ready, true);
        space_drop(space);
    }
    loopback_send_in(&loopback, "more", "GET", "/v1beta/tunedModels", NULL);
    assert_status(&loopback, 400);
    assert_json_path(&loopback, "error.status", "FAILED_PRECONDITION");
    assert_json_path(&loopback, "error.message",
        "There are 16384 namespaces, and --namespaces-max allows no more: delete one that is done, "
        "or start the server with a higher number.");
    loopback_send_in(&loopback, "n1", "GET", "/v1beta/tunedModels", NULL);
    assert_status(&loopback, 200);
    loopback_stop(&loopback);
}

/* What a caller is in: as the control API tells who asks with the same credential. */
static char *namespace_of(
    struct loopback *loopback, enum request_header header, const char *value, const char *target)
{
    if (header < HEADER_COUNT)
        loopback_set_header(loopback, header, value);
    loopback_send(loopback, "GET", target, NULL);
    assert_status(loopback, 200);
    return loopback_json(loopback, "namespace");
}

static void a_credential_may_be_what_names_it(void **state)
{
    (void)state;
    static const struct {
        enum request_header header;
        const char *value, *target;
    } rows[] = {
        {HEADER_X_GOOG_API_KEY, "AIza-one", "/emulator/v1/info"},
        {HEADER_COUNT, NULL, "/emulator/v1/info?key=AIza-one"},
        {HEADER_COUNT, NULL, "/emulator/v1/info?alt=json?key=AIz%61-one"},
        {HEADER_AUTHORIZATION, "Bearer AIza-one", "/emulator/v1/info"},
        {HEADER_COUNT, NULL, "/emulator/v1/info?access_token=AIza-one&key=two"},
    };
    struct loopback loopback;
    start(&loopback);
    loopback.app.settings.isolate = ISOLATE_KEY;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char *name = namespace_of(&loopback, rows[i].header, rows[i].value, rows[i].target);
        assert_string_equal(name, "key-4c76085596df"); /* files keep it */
        free(name);
    }
    loopback_stop(&loopback);
}

static void a_credential_names_it_for_the_service_too(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    loopback.app.settings.isolate = ISOLATE_KEY;
    loopback_send(&loopback, "POST", CREATE "x&key=one", MODEL);
    assert_status(&loopback, 200);
    loopback_set_header(&loopback, HEADER_X_GOOG_API_KEY, "one");
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/x", NULL);
    assert_status(&loopback, 200);
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/x?key=two", NULL);
    assert_status(&loopback, 404);
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/x", NULL);
    assert_status(&loopback, 404);
    /* A query in a form. */
    loopback_set_header(&loopback, HEADER_X_HTTP_METHOD_OVERRIDE, "GET");
    loopback_send(&loopback, "POST", "/v1beta/tunedModels/x", "key=one");
    assert_status(&loopback, 200);
    /* The header wins. */
    loopback_send_in(&loopback, "three", "GET", "/v1beta/tunedModels/x?key=one", NULL);
    assert_status(&loopback, 404);
    loopback_send(&loopback, "GET", "/emulator/v1/info?namespace=four&key=one", NULL);
    assert_json_path(&loopback, "namespace", "four");
    assert_json_path(&loopback, "isolate", "key");
    loopback_stop(&loopback);
}

static void a_project_of_vertex_ai_names_it_before_the_credential(void **state)
{
    (void)state;
    static const struct {
        const char *target, *header, *expected;
    } rows[] = {
        {"/v1beta1/projects/team-a/locations/l/tuningJobs?key=one", NULL, "team-a"},
        {"/v1/projects/team%2Da/locations/l/unknown", NULL, "team-a"},
        {"/v1beta1/projects/team-a/locations/l/tuningJobs", "t1", "t1"},
        {"/v1beta1/tuningJobs?key=AIza-one", NULL, "key-4c76085596df"},
        {"/v1beta1/projects/team-a?key=AIza-one", NULL, "key-4c76085596df"},
        {"/v2/projects/team-a/locations/l/tuningJobs", NULL, "default"},
        {"/v1beta1/tuningJobs", NULL, "default"},
    };
    struct loopback loopback;
    start(&loopback);
    for (int is_by_key = 0; is_by_key < 2; is_by_key++)
        for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
            loopback.app.settings.isolate = is_by_key ? ISOLATE_KEY : ISOLATE_NONE;
            const char *expected = is_by_key || rows[i].header ? rows[i].expected : "default";
            loopback_send_in(&loopback, expected, "DELETE", "/emulator/v1/requests", NULL);
            loopback_send_in(&loopback, rows[i].header, "GET", rows[i].target, NULL);
            loopback_send_in(&loopback, expected, "GET", "/emulator/v1/requests", NULL);
            assert_json_path(&loopback, "requests.0.namespace", expected);
        }
    loopback_send(&loopback, "GET", "/v1beta1/projects/a%20b/locations/l/tuningJobs", NULL);
    assert_status(&loopback, 400);
    assert_json_path(&loopback, "error.message",
        "projects/: must be 1 to 128 visible ASCII characters, without blanks");
    loopback_stop(&loopback);
}

static void what_is_about_the_process_or_refused_makes_none(void **state)
{
    (void)state;
    static const struct {
        const char *verb, *target, *host;
    } rows[] = {
        {"GET", "/health", "localhost"},
        {"GET", "/ready", "localhost"},
        {"GET", "/emulator/v1/openapi.json", "localhost"},
        {"GET", "/emulator/v1/info", "example.com"},
        {"OPTIONS", "/v1beta/tunedModels", "localhost"},
        {"OPTIONS", "/emulator/v1/info", "localhost"},
    };
    struct loopback loopback;
    start(&loopback);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_set_header(&loopback, HEADER_HOST, rows[i].host);
        loopback_send_in(&loopback, "one", rows[i].verb, rows[i].target, NULL);
        assert_int_equal(count_spaces(&loopback), 1);
    }
    loopback_stop(&loopback);
}

static void a_file_has_its_namespaces_after_a_restart(void **state)
{
    (void)state;
    static const char seed[] =
        "{\"tunedModels\": [{\"name\": \"tunedModels/seeded\", \"state\": \"ACTIVE\"}],"
        "\"faults\": [{\"method\": \"models.list\", \"status\": \"ABORTED\"}]}";
    char path[] = "/tmp/tunemock-test-XXXXXX.db";
    struct loopback loopback;
    close(mkstemps(path, 3));
    assert_true(loopback_start_file(&loopback, path));
    loopback_send_in(&loopback, "one", "POST", CREATE "x", MODEL);
    assert_status(&loopback, 200);
    loopback_send_in(&loopback, "no-rows", "GET", "/v1beta/tunedModels", NULL);
    loopback_stop(&loopback);

    assert_true(loopback_start_file(&loopback, path));
    kept_seeds_add(&loopback.app.kept_seeds, "seed.json", TEXT(seed));
    assert_int_equal(count_spaces(&loopback), 2);
    loopback_send_in(&loopback, "one", "GET", "/v1beta/tunedModels/x", NULL);
    assert_status(&loopback, 200);
    loopback_send_in(&loopback, "one", "GET", "/v1beta/tunedModels/seeded", NULL);
    assert_status(&loopback, 404);
    loopback_send_in(&loopback, "one", "GET", "/v1beta/models", NULL);
    assert_status(&loopback, 409);
    /* Another begins with all of the seed, and with a number of its own. */
    loopback_send_in(&loopback, "two", "GET", "/v1beta/tunedModels/seeded", NULL);
    assert_status(&loopback, 200);
    loopback_send_in(&loopback, "two", "GET", "/v1beta/tunedModels/x", NULL);
    assert_status(&loopback, 404);
    loopback_stop(&loopback);

    assert_true(loopback_start_file(&loopback, path));
    assert_int_equal(count_spaces(&loopback), 3);
    loopback_send_in(&loopback, "two", "GET", "/v1beta/tunedModels/seeded", NULL);
    assert_status(&loopback, 200);
    loopback_stop(&loopback);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_names_the_namespace),
        cmocka_unit_test(the_same_requests_get_the_same_bytes_in_each),
        cmocka_unit_test(a_control_call_may_name_it_in_its_query),
        cmocka_unit_test(a_bad_name_is_400_and_no_namespace_is_told_of_it),
        cmocka_unit_test(more_than_there_may_be_are_refused),
        cmocka_unit_test(a_credential_may_be_what_names_it),
        cmocka_unit_test(a_credential_names_it_for_the_service_too),
        cmocka_unit_test(a_project_of_vertex_ai_names_it_before_the_credential),
        cmocka_unit_test(what_is_about_the_process_or_refused_makes_none),
        cmocka_unit_test(a_file_has_its_namespaces_after_a_restart),
    };
    return cmocka_run_group_tests_name("namespace", tests, NULL, NULL);
}
