#include <stdio.h>
#include <stdlib.h>

#include "server/contract/limits.h"
#include "server/space/space.h"
#include "tests/lib/loopback.h"

#define NAMESPACES "/emulator/v1/namespaces"
#define CREATE "/v1beta/tunedModels?tunedModelId="
#define MODEL "{\"baseModel\":\"models/gemini-1.5-flash-001-tuning\"}"

static void start(struct loopback *loopback)
{
    loopback_start(loopback, FIDELITY_COMPAT, AUTH_OPEN);
}

static void one_is_made_shown_and_deleted(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    loopback_send(&loopback, "GET", NAMESPACES "/t1", NULL);
    assert_status(&loopback, 404);
    assert_json_path(&loopback, "error.message", "The control API has no namespace t1.");
    loopback_send(&loopback, "POST", NAMESPACES, "{\"id\":\"t1\"}");
    assert_status(&loopback, 200);
    assert_json_path(&loopback, "id", "t1");
    assert_json_path(&loopback, "models", "0");
    assert_json_path(&loopback, "requests", "0");
    loopback_send_in(&loopback, "t1", "POST", CREATE "x", MODEL);
    assert_status(&loopback, 200);
    loopback_send(&loopback, "GET", NAMESPACES "/t1", NULL);
    assert_json_path(&loopback, "models", "1");
    assert_json_path(&loopback, "requests", "1");
    loopback_send(&loopback, "GET", NAMESPACES, NULL);
    assert_json_path(&loopback, "namespaces.0.id", "default");
    assert_json_path(&loopback, "namespaces.0.models", "0");
    assert_json_path(&loopback, "namespaces.1.id", "t1");
    assert_json_path(&loopback, "namespaces.2", NULL);
    loopback_send(&loopback, "DELETE", NAMESPACES "/t1", NULL);
    assert_status(&loopback, 200);
    assert_body(&loopback, "{}\n");
    loopback_send(&loopback, "DELETE", NAMESPACES "/t1", NULL);
    assert_status(&loopback, 404);
    loopback_send(&loopback, "GET", NAMESPACES, NULL);
    assert_json_path(&loopback, "namespaces.1", NULL);
    loopback_stop(&loopback);
}

static void a_new_one_of_a_name_has_nothing_of_the_last(void **state)
{
    (void)state;
    struct loopback loopback;
    char *first = NULL;
    start(&loopback);
    for (int i = 0; i < 3; i++) {
        loopback_send_in(&loopback, "a/b::c[d]", "GET", "/emulator/v1/stubs", NULL);
        assert_json_path(&loopback, "stubs", "[]");
        loopback_send_in(&loopback, "a/b::c[d]", "POST", "/v1beta/tunedModels", MODEL);
        assert_status(&loopback, 200);
        loopback_send_in(&loopback, "a/b::c[d]", "POST", "/emulator/v1/stubs",
            "{\"match\":{},\"reply\":{\"text\":\"a\"}}");
        assert_json_path(&loopback, "id", "1");
        loopback_send_in(&loopback, "a/b::c[d]", "GET", "/emulator/v1/state", NULL);
        char *models = loopback_json(&loopback, "tunedModels");
        if (first)
            assert_string_equal(models, first);
        else
            first = models;
        if (models != first)
            free(models);
        loopback_send(&loopback, "DELETE", NAMESPACES "/a%2Fb%3A%3Ac%5Bd%5D", NULL);
        assert_status(&loopback, 200);
    }
    free(first);
    assert_int_equal(store_count_all_models(loopback.app.store), 0);
    loopback_stop(&loopback);
}

static void the_default_one_is_emptied(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    loopback_send(&loopback, "POST", CREATE "x", MODEL);
    loopback_send(&loopback, "POST", "/emulator/v1/faults", "{\"status\":\"ABORTED\"}");
    loopback_send_in(&loopback, "other", "POST", CREATE "x", MODEL);
    loopback_send(&loopback, "DELETE", NAMESPACES "/default", NULL);
    assert_status(&loopback, 200);
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/x", NULL);
    assert_status(&loopback, 404);
    loopback_send(&loopback, "GET", "/emulator/v1/requests", NULL);
    assert_json_path(&loopback, "requests.1", NULL);
    loopback_send_in(&loopback, "other", "GET", "/v1beta/tunedModels/x", NULL);
    assert_status(&loopback, 200);
    loopback_stop(&loopback);
}

static void snapshots_end_with_their_namespace(void **state)
{
    (void)state;
    static const char *const names[] = {"default", "t1"};
    struct loopback loopback;
    char target[64];
    start(&loopback);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        loopback_send_in(&loopback, names[i], "POST", CREATE "x", MODEL);
        loopback_send_in(&loopback, names[i], "POST", "/emulator/v1/snapshots", "{\"id\":\"a\"}");
        assert_json_path(&loopback, "models", "1");
        snprintf(target, sizeof(target), NAMESPACES "/%s", names[i]);
        loopback_send(&loopback, "DELETE", target, NULL);
        assert_status(&loopback, 200);
        loopback_send_in(&loopback, names[i], "GET", "/emulator/v1/snapshots", NULL);
        assert_json_path(&loopback, "snapshots", "[]");
        loopback_send_in(&loopback, names[i], "POST", "/emulator/v1/snapshots", "{\"id\":\"a\"}");
        assert_json_path(&loopback, "models", "0");
    }
    loopback_stop(&loopback);
}

static void what_cannot_be_made_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        int status;
        const char *message;
    } rows[] = {
        {"{}", 400, "id: must be 1 to 128 visible ASCII characters, without blanks"},
        {"{\"id\":\"a b\"}", 400, "id: must be 1 to 128 visible ASCII characters, without blanks"},
        {"{\"id\":\"a\",\"from\":\"scratch\"}", 400, "from: must be seed or empty"},
        {"{\"id\":\"default\"}", 409,
            "The control API has namespace default already: choose another id, or delete that "
            "one."},
        {"{\"id\":\"one\",\"from\":\"empty\"}", 200, NULL},
        {"{\"id\":\"one\"}", 409,
            "The control API has namespace one already: choose another id, or delete that one."},
        {"{\"id\":\"two\"}", 400,
            "There are 2 namespaces, and --namespaces-max allows no more: delete one that is done, "
            "or start the server with a higher number."},
    };
    struct loopback loopback;
    start(&loopback);
    spaces_free(loopback.app.spaces);
    loopback.app.settings.namespaces_max = 2;
    loopback.app.spaces = spaces_new(&loopback.app.settings.space, 2);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_send(&loopback, "POST", NAMESPACES, rows[i].body);
        assert_status(&loopback, rows[i].status);
        if (rows[i].message)
            assert_json_path(&loopback, "error.message", rows[i].message);
    }
    loopback_stop(&loopback);
}

/* Has all namespaces look as if nobody had used them for a day. */
static void let_a_day_pass(struct loopback *loopback, const char *const names[])
{
    for (size_t i = 0; names[i]; i++) {
        struct space *space;
        assert_int_equal(
            spaces_take(loopback->app.spaces, text_of(names[i]), false, &space), SPACES_FOUND);
        atomic_fetch_sub(&space->last_use_ns, INT64_C(86400) * NS_PER_SECOND);
        space_drop(space);
    }
    atomic_store(&loopback->app.idle_looked_ns, 0);
}

static void one_that_nobody_uses_goes_if_that_was_asked_for(void **state)
{
    (void)state;
    static const char *const names[] = {"default", "idle", "held", NULL};
    struct loopback loopback;
    struct space *held;
    start(&loopback);
    for (size_t i = 0; names[i]; i++)
        loopback_send_in(&loopback, names[i], "POST", CREATE "x", MODEL);
    spaces_take(loopback.app.spaces, TEXT("held"), false, &held);
    let_a_day_pass(&loopback, names);
    loopback_send_in(&loopback, "new", "GET", "/v1beta/tunedModels", NULL);
    assert_int_equal(spaces_count(loopback.app.spaces), 4);

    loopback.app.settings.namespace_idle_ns = 3600 * NS_PER_SECOND;
    let_a_day_pass(&loopback, names);
    loopback_send_in(&loopback, "new", "GET", "/v1beta/tunedModels", NULL);
    loopback_send(&loopback, "GET", NAMESPACES, NULL);
    assert_json_path(&loopback, "namespaces.0.id", "default");
    assert_json_path(&loopback, "namespaces.1.id", "held");
    assert_json_path(&loopback, "namespaces.2.id", "new");
    assert_json_path(&loopback, "namespaces.3", NULL);
    /* Its rows go, too. */
    loopback_send_in(&loopback, "idle", "GET", "/v1beta/tunedModels/x", NULL);
    assert_status(&loopback, 404);
    loopback_send_in(&loopback, "held", "GET", "/v1beta/tunedModels/x", NULL);
    assert_status(&loopback, 200);
    space_drop(held);
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_is_made_shown_and_deleted),
        cmocka_unit_test(a_new_one_of_a_name_has_nothing_of_the_last),
        cmocka_unit_test(the_default_one_is_emptied),
        cmocka_unit_test(snapshots_end_with_their_namespace),
        cmocka_unit_test(what_cannot_be_made_is_refused),
        cmocka_unit_test(one_that_nobody_uses_goes_if_that_was_asked_for),
    };
    return cmocka_run_group_tests_name("namespaces", tests, NULL, NULL);
}
