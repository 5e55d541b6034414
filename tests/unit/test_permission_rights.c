/* Who may do what with permissions: test_permissions.c has what they are. */
#include "tests/lib/unit.h"

#include <stdio.h>

#include "server/api/permissions.h"
#include "server/state/callers.h"
#include "server/state/identity.h"
#include "tests/lib/loopback.h"

#define MODEL "text-predictor-dsygc8rjuymz"
#define PERMISSIONS "/v1beta/tunedModels/" MODEL "/permissions"

/* The path of the permission of an address. */
static const char *path_of(struct loopback *loopback, const char *email)
{
    struct text id;
    id = identity_permission_id(text_of(email), &loopback->app.arena);
    return arena_printf(&loopback->app.arena, PERMISSIONS "/%s", id.bytes).bytes;
}

static void send_as(struct loopback *loopback, const char *caller, const char *verb,
    const char *target, const char *body)
{
    char token[60];
    snprintf(token, sizeof(token), "Bearer %s", caller);
    loopback_set_header(loopback, HEADER_AUTHORIZATION, token);
    loopback_send(loopback, verb, target, body);
}

/* With --auth required, where the callers owner, writer, reader and nobody have those roles. */
static void start_with_roles(struct loopback *loopback)
{
    static const char *const callers[] = {"owner", "writer", "reader", "nobody"};
    loopback_start(loopback, FIDELITY_COMPAT, AUTH_REQUIRED);
    for (size_t i = 0; i < ARRAY_COUNT(callers); i++)
        callers_add(loopback->app.callers, TEXT(""), text_of(callers[i]),
            arena_printf(&loopback->app.arena, "%s@b.c", callers[i]));
    send_as(loopback, "owner", "POST", "/v1beta/tunedModels?tunedModelId=" MODEL,
        "{\"baseModel\": \"models/gemini-1.5-flash-001-tuning\", \"tuningTask\": "
        "{\"trainingData\": "
        "{\"examples\": {\"examples\": [{\"textInput\": \"1\", \"output\": \"2\"}]}}}}");
    assert_status(loopback, 200);
    send_as(loopback, "owner", "POST", PERMISSIONS, "{\"emailAddress\":\"writer@b.c\",\"role\":2}");
    assert_status(loopback, 200);
    send_as(
        loopback, "writer", "POST", PERMISSIONS, "{\"emailAddress\":\"reader@b.c\",\"role\":3}");
    assert_status(loopback, 200);
}

static void writers_share_and_readers_look(void **state)
{
    (void)state;
    struct loopback loopback;
    start_with_roles(&loopback);
    const char *reader = path_of(&loopback, "reader@b.c");
    struct text patched = arena_printf(&loopback.app.arena, "%s?updateMask=role", reader);
    const struct {
        const char *caller, *verb, *target, *body;
        int status;
    } rows[] = {
        {"reader", "GET", PERMISSIONS, NULL, 200},
        {"reader", "GET", reader, NULL, 200},
        {"reader", "POST", PERMISSIONS, "{\"emailAddress\":\"x@b.c\",\"role\":3}", 403},
        {"reader", "PATCH", patched.bytes, "{\"role\":2}", 403},
        {"reader", "DELETE", reader, NULL, 403},
        {"reader", "GET", PERMISSIONS "/2", NULL, 404},
        {"reader", "DELETE", PERMISSIONS "/2", NULL, 403},
        {"nobody", "GET", PERMISSIONS, NULL, 403},
        {"nobody", "GET", reader, NULL, 403},
        {"nobody", "GET", PERMISSIONS "/2", NULL, 403},
        {"nobody", "GET", "/v1beta/tunedModels/x/permissions/2", NULL, 404},
        {"writer", "GET", PERMISSIONS, NULL, 200},
        {"writer", "PATCH", patched.bytes, "{\"role\":2}", 200},
        {"writer", "DELETE", reader, NULL, 200},
        {"reader", "GET", PERMISSIONS, NULL, 403},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        send_as(&loopback, rows[i].caller, rows[i].verb, rows[i].target, rows[i].body);
        assert_status(&loopback, rows[i].status);
        if (rows[i].status == 403)
            assert_json_path(&loopback, "error.message",
                "You do not have permission to access tuned model tunedModels/" MODEL ".");
    }
    loopback_stop(&loopback);
}

static void everyone_reads_what_everyone_may(void **state)
{
    (void)state;
    struct loopback loopback;
    start_with_roles(&loopback);
    send_as(&loopback, "owner", "POST", PERMISSIONS, "{\"granteeType\":3,\"role\":3}");
    assert_status(&loopback, 200);
    send_as(&loopback, "nobody", "GET", PERMISSIONS "/everyone", NULL);
    assert_status(&loopback, 200);
    send_as(&loopback, "nobody", "DELETE", PERMISSIONS "/everyone", NULL);
    assert_status(&loopback, 403);
    loopback_stop(&loopback);
}

static void an_api_key_is_no_credential(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_REQUIRED);
    loopback_send(&loopback, "GET", PERMISSIONS "?key=abc", NULL);
    assert_status(&loopback, 401);
    assert_json_path(&loopback, "error.details.0.reason", "CREDENTIALS_MISSING");
    loopback_send(&loopback, "GET", PERMISSIONS, NULL);
    assert_status(&loopback, 403);
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writers_share_and_readers_look),
        cmocka_unit_test(everyone_reads_what_everyone_may),
        cmocka_unit_test(an_api_key_is_no_credential),
    };
    return cmocka_run_group_tests_name("permission_rights", tests, NULL, NULL);
}
