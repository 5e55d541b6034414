#include "tests/lib/unit.h"

#include <stdio.h>

#include "base/memory.h"
#include "server/api/permissions.h"
#include "server/contract/limits.h"
#include "server/state/callers.h"
#include "server/state/identity.h"
#include "tests/lib/loopback.h"

#define MODEL "text-predictor-dsygc8rjuymz"
#define PERMISSIONS "/v1beta/tunedModels/" MODEL "/permissions"
#define RECORDED "100000000000000000002"

static void create_model(struct loopback *loopback, const char *id)
{
    char target[200];
    snprintf(target, sizeof(target), "/v1beta/tunedModels?tunedModelId=%s", id);
    loopback_send(loopback, "POST", target,
        "{\"baseModel\": \"models/gemini-1.5-flash-001-tuning\", \"tuningTask\": "
        "{\"trainingData\": "
        "{\"examples\": {\"examples\": [{\"textInput\": \"1\", \"output\": \"2\"}]}}}}");
    assert_status(loopback, 200);
}

static int set_up(void **state)
{
    struct loopback *loopback = memory_alloc(sizeof(*loopback));
    loopback_start(loopback, FIDELITY_COMPAT, AUTH_OPEN);
    create_model(loopback, MODEL);
    *state = loopback;
    return 0;
}

static int tear_down(void **state)
{
    loopback_stop(*state);
    free(*state);
    return 0;
}

/* A test whose state is a loopback with MODEL. */
#define TEST_WITH_MODEL(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* Puts a row into the store as a seed does. */
static void insert(struct loopback *loopback, const char *model, const char *id,
    enum Permission_GranteeType grantee_type, enum Permission_Role role, const char *email)
{
    struct store_write write = {.kind = STORE_CREATE_PERMISSION,
        .permission = {.model_id = text_of(model),
            .id = text_of(id),
            .grantee_type = (int32_t)grantee_type,
            .role = (int32_t)role,
            .email = text_of(email)}};
    assert_int_equal(store_write_and_wait(loopback->app.store, &write), STORE_OK);
}

/* The recorded permission of a group. */
static void insert_recorded(struct loopback *loopback, const char *email)
{
    insert(loopback, MODEL, RECORDED, Permission_GranteeType_GROUP, Permission_Role_READER, email);
}

static struct text id_of(struct loopback *loopback, const char *email)
{
    struct text id;
    id = identity_permission_id(text_of(email), &loopback->app.arena);
    return id;
}

static void create(struct loopback *loopback, const char *body)
{
    loopback_send(loopback, "POST", PERMISSIONS, body);
}

/* "/v1beta/tunedModels/.../permissions/" and the id of an address. */
static const char *path_of(struct loopback *loopback, const char *email)
{
    return arena_printf(&loopback->app.arena, PERMISSIONS "/%s", id_of(loopback, email).bytes)
        .bytes;
}

static void ids_are_21_digits_that_follow_from_the_address(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    static const char *const emails[] = {"a@b.c", "a@b.d", "owner@example.com", ""};
    struct text ids[ARRAY_COUNT(emails)];
    for (size_t i = 0; i < ARRAY_COUNT(emails); i++) {
        struct text again;
        ids[i] = identity_permission_id(text_of(emails[i]), &arena);
        again = identity_permission_id(text_of(emails[i]), &arena);
        assert_true(text_equals(ids[i], again));
        assert_int_equal(ids[i].len, 21);
        assert_int_equal(strspn(ids[i].bytes, "0123456789"), 21);
        assert_int_equal(ids[i].bytes[0], '1');
        for (size_t j = 0; j < i; j++)
            assert_false(text_equals(ids[i], ids[j]));
    }
    arena_release(&arena);
}

static void a_new_model_is_owned_by_its_creator(void **state)
{
    struct loopback *loopback = *state;
    loopback_send(loopback, "GET", PERMISSIONS, NULL);
    assert_status(loopback, 200);
    struct text id = id_of(loopback, CALLERS_OPEN_EMAIL);
    struct text expected = arena_printf(&loopback->app.arena,
        "{\n"
        "  \"permissions\": [\n"
        "    {\n"
        "      \"name\": \"tunedModels/" MODEL "/permissions/%s\",\n"
        "      \"granteeType\": \"USER\",\n"
        "      \"emailAddress\": \"" CALLERS_OPEN_EMAIL "\",\n"
        "      \"role\": \"OWNER\"\n"
        "    }\n"
        "  ]\n"
        "}\n",
        id.bytes);
    assert_body(loopback, expected.bytes);
}

static void create_answers_the_permission_with_its_name(void **state)
{
    struct loopback *loopback = *state;
    create(loopback, "{\"granteeType\": \"GROUP\", \"emailAddress\": \"redacted@example.com\", "
                     "\"role\": \"READER\"}");
    assert_status(loopback, 200);
    struct text id = id_of(loopback, "redacted@example.com");
    /* As recorded, but for the id. */
    struct text expected = arena_printf(&loopback->app.arena,
        "{\n"
        "  \"name\": \"tunedModels/" MODEL "/permissions/%s\",\n"
        "  \"granteeType\": \"GROUP\",\n"
        "  \"emailAddress\": \"redacted@example.com\",\n"
        "  \"role\": \"READER\"\n"
        "}\n",
        id.bytes);
    assert_body(loopback, expected.bytes);
    assert_string_equal(loopback->content_type, "application/json; charset=UTF-8");

    loopback_send(loopback, "GET", path_of(loopback, "redacted@example.com"), NULL);
    assert_status(loopback, 200);
    assert_body(loopback, expected.bytes);
}

static void everyone_has_a_fixed_id_and_no_address(void **state)
{
    struct loopback *loopback = *state;
    create(loopback, "{\"granteeType\": \"EVERYONE\", \"role\": \"READER\"}");
    assert_status(loopback, 200);
    assert_body(loopback, "{\n"
                          "  \"name\": \"tunedModels/" MODEL "/permissions/everyone\",\n"
                          "  \"granteeType\": \"EVERYONE\",\n"
                          "  \"role\": \"READER\"\n"
                          "}\n");
    create(loopback, "{\"granteeType\": \"EVERYONE\", \"role\": \"READER\"}");
    assert_status(loopback, 409);
}

static void create_takes_numbers_either_spelling_and_no_grantee_type(void **state)
{
    struct loopback *loopback = *state;
    static const struct {
        const char *body, *grantee_type, *email, *role;
    } rows[] = {
        {"{\"granteeType\":1,\"emailAddress\":\"a@b.c\",\"role\":3}", "USER", "a@b.c", "READER"},
        {"{\"grantee_type\":2,\"email_address\":\"d@b.c\",\"role\":2}", "GROUP", "d@b.c", "WRITER"},
        {"{\"emailAddress\":\"e@b.c\",\"role\":\"WRITER\",}", "USER", "e@b.c", "WRITER"},
        {"{\"name\":\"tunedModels/x/permissions/y\",\"emailAddress\":\"f@b.c\",\"role\":3}", "USER",
            "f@b.c", "READER"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        create(loopback, rows[i].body);
        assert_status(loopback, 200);
        assert_json_path(loopback, "granteeType", rows[i].grantee_type);
        assert_json_path(loopback, "emailAddress", rows[i].email);
        assert_json_path(loopback, "role", rows[i].role);
    }
}

#define LINE(path, reason) "* CreatePermissionRequest.permission." path ": " reason "\n"

static void create_names_every_field_that_is_wrong(void **state)
{
    struct loopback *loopback = *state;
    /* Most rows have one of two problems: NULL stands for the first, "" for the second. */
    const char *no_email = LINE("email_address", "email_address is not specified");
    const char *bad_email = LINE("email_address", "must be an e-mail address of at most 254 bytes");
    static const struct {
        const char *body, *message;
    } rows[] = {
        {NULL, LINE("email_address", "email_address is not specified")
                   LINE("role", "role is not specified")},
        {"{\"role\":\"READER\"}", NULL},
        {"{\"granteeType\":\"USER\",\"role\":\"READER\"}", NULL},
        {"{\"granteeType\":\"GROUP\",\"role\":\"READER\",\"emailAddress\":\"\"}", NULL},
        {"{\"role\":3,\"emailAddress\":\"nobody\"}", ""},
        {"{\"role\":3,\"emailAddress\":\"@b.c\"}", ""},
        {"{\"role\":3,\"emailAddress\":\"a@\"}", ""},
        {"{\"role\":3,\"emailAddress\":\"a b@c\"}", ""},
        {"{\"role\":3,\"emailAddress\":\"a@b\\u0000c\"}", ""},
        {"{\"role\":3,\"emailAddress\":\"a@b\\n\"}", ""},
        {"{\"granteeType\":3,\"emailAddress\":\"a@b.c\",\"role\":3}",
            LINE("email_address", "must not be set for EVERYONE")},
        {"{\"granteeType\":3,\"role\":2}", LINE("role", "must be READER for EVERYONE")},
        {"{\"granteeType\":9,\"emailAddress\":\"a@b.c\",\"role\":3}",
            LINE("grantee_type", "must be USER, GROUP or EVERYONE")},
        {"{\"granteeType\":-1,\"role\":3}",
            LINE("grantee_type", "must be USER, GROUP or EVERYONE")},
        {"{\"emailAddress\":\"a@b.c\"}", LINE("role", "role is not specified")},
        {"{\"emailAddress\":\"a@b.c\",\"role\":0}", LINE("role", "role is not specified")},
        {"{\"emailAddress\":\"a@b.c\",\"role\":\"OWNER\"}",
            LINE("role", "must not be OWNER; use transferOwnership")},
        {"{\"emailAddress\":\"a@b.c\",\"role\":7}", LINE("role", "must be WRITER or READER")},
        {"{\"granteeType\":\"EVERYONE\",\"emailAddress\":\"a@b.c\",\"role\":\"OWNER\"}",
            LINE("email_address", "must not be set for EVERYONE")
                LINE("role", "must not be OWNER; use transferOwnership")},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const char *message = rows[i].message ? rows[i].message : no_email;
        message = *message ? message : bad_email;
        create(loopback, rows[i].body);
        assert_status(loopback, 400);
        assert_json_path(loopback, "error.status", "INVALID_ARGUMENT");
        assert_json_path(loopback, "error.message", message);
        assert_json_path(loopback, "error.details", NULL);
    }
    loopback_send(loopback, "GET", PERMISSIONS, NULL);
    assert_json_path(loopback, "permissions.1", NULL);
}

static void addresses_have_at_most_254_bytes(void **state)
{
    struct loopback *loopback = *state;
    for (size_t len = EMAIL_ADDRESS_BYTES_MAX; len <= EMAIL_ADDRESS_BYTES_MAX + 1; len++) {
        char email[EMAIL_ADDRESS_BYTES_MAX + 2] = {0}, body[400];
        memset(email, 'a', len);
        email[1] = '@';
        snprintf(body, sizeof(body), "{\"emailAddress\":\"%s\",\"role\":3}", email);
        create(loopback, body);
        assert_status(loopback, len <= EMAIL_ADDRESS_BYTES_MAX ? 200 : 400);
    }
}

static void unknown_roles_and_names_are_typing_errors(void **state)
{
    struct loopback *loopback = *state;
    create(loopback, "{\"emailAddress\":\"a@b.c\",\"role\":\"ADMIN\"}");
    assert_status(loopback, 400);
    assert_json_path(loopback, "error.message",
        "Invalid value at 'permission.role' "
        "(type.googleapis.com/google.ai.generativelanguage.v1beta.Permission.Role), \"ADMIN\"");
    create(loopback, "{\"email\":\"a@b.c\"}");
    assert_status(loopback, 400);
    assert_json_path(loopback, "error.message",
        "Invalid JSON payload received. Unknown name \"email\" at 'permission': Cannot find "
        "field.");
}

static void a_grantee_has_one_permission_only(void **state)
{
    struct loopback *loopback = *state;
    static const char *const rows[] = {
        "{\"granteeType\":\"USER\",\"emailAddress\":\"a@b.c\",\"role\":\"READER\"}",
        "{\"granteeType\":\"USER\",\"emailAddress\":\"a@b.c\",\"role\":\"WRITER\"}",
        "{\"granteeType\":\"GROUP\",\"emailAddress\":\"a@b.c\",\"role\":\"READER\"}",
        "{\"granteeType\":\"USER\",\"emailAddress\":\"" CALLERS_OPEN_EMAIL
        "\",\"role\":\"READER\"}",
    };
    create(loopback, rows[0]);
    assert_status(loopback, 200);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        create(loopback, rows[i]);
        assert_status(loopback, 409);
        assert_json_path(loopback, "error.status", "ALREADY_EXISTS");
        assert_json_path(loopback, "error.message",
            "Permission for this grantee already exists on tunedModels/" MODEL ".");
    }
    create_model(loopback, "another");
    loopback_send(loopback, "POST", "/v1beta/tunedModels/another/permissions", rows[0]);
    assert_status(loopback, 200);
}

/* With the owner's, as many as a model can have. */
static void insert_all(struct loopback *loopback)
{
    for (int i = 1; i < PERMISSIONS_MAX; i++) {
        char id[20], email[20];
        snprintf(id, sizeof(id), "%d", i);
        snprintf(email, sizeof(email), "u%d@b.c", i);
        insert(loopback, MODEL, id, Permission_GranteeType_USER, Permission_Role_READER, email);
    }
}

static void a_model_has_at_most_1000_permissions(void **state)
{
    struct loopback *loopback = *state;
    insert_all(loopback);
    create(loopback, "{\"emailAddress\":\"new@b.c\",\"role\":\"READER\"}");
    assert_status(loopback, 400);
    assert_json_path(loopback, "error.status", "INVALID_ARGUMENT");
    assert_json_path(loopback, "error.message",
        "* CreatePermissionRequest.parent: has 1000 permissions, the most that a tuned model can "
        "have\n");
    create(loopback, "{\"emailAddress\":\"u1@b.c\",\"role\":\"READER\"}");
    assert_status(loopback, 409);
    loopback_send(loopback, "GET", path_of(loopback, "new@b.c"), NULL);
    assert_status(loopback, 404);

    loopback_send(loopback, "DELETE", PERMISSIONS "/1", NULL);
    assert_status(loopback, 200);
    create(loopback, "{\"emailAddress\":\"new@b.c\",\"role\":\"READER\"}");
    assert_status(loopback, 200);
}

static void a_new_owner_is_no_permission_too_many(void **state)
{
    struct loopback *loopback = *state;
    const char *target = "/v1beta/tunedModels/" MODEL ":transferOwnership";
    insert_all(loopback);
    loopback_send(loopback, "POST", target, "{\"emailAddress\":\"new@b.c\"}");
    assert_status(loopback, 400);
    assert_json_path(loopback, "error.message",
        "* TransferOwnershipRequest.name: has 1000 permissions, the most that a tuned model can "
        "have\n");
    loopback_send(loopback, "GET", path_of(loopback, CALLERS_OPEN_EMAIL), NULL);
    assert_json_path(loopback, "role", "OWNER");
    /* One that has a permission already adds none. */
    loopback_send(loopback, "POST", target, "{\"emailAddress\":\"u1@b.c\"}");
    assert_status(loopback, 200);
}

static void lists_are_in_order_of_creation_and_have_pages(void **state)
{
    struct loopback *loopback = *state;
    enum { PERMISSION_COUNT = 25 };
    for (int i = 1; i < PERMISSION_COUNT; i++) {
        char body[80];
        snprintf(body, sizeof(body), "{\"emailAddress\":\"user%d@b.c\",\"role\":3}", 99 - i);
        create(loopback, body);
        assert_status(loopback, 200);
    }

    static const int page_sizes[] = {10, 10, 5};
    char target[300] = PERMISSIONS;
    int seen = 0;
    for (size_t page = 0; page < ARRAY_COUNT(page_sizes); page++) {
        loopback_send(loopback, "GET", target, NULL);
        assert_status(loopback, 200);
        for (int i = 0; i < page_sizes[page]; i++, seen++) {
            char path[60], email[60] = CALLERS_OPEN_EMAIL;
            snprintf(path, sizeof(path), "permissions.%d.emailAddress", i);
            if (seen > 0)
                snprintf(email, sizeof(email), "user%d@b.c", 99 - seen);
            assert_json_path(loopback, path, email);
        }
        char *token = loopback_json(loopback, "nextPageToken");
        assert_true((token != NULL) == (page + 1 < ARRAY_COUNT(page_sizes)));
        snprintf(target, sizeof(target), PERMISSIONS "?pageToken=%s", token ? token : "");
        free(token);
    }

    loopback_send(loopback, "GET", PERMISSIONS "?page_size=1000", NULL);
    assert_json_path(loopback, "permissions.24.emailAddress", "user75@b.c");
    assert_json_path(loopback, "nextPageToken", NULL);
}

static void pages_of_other_lists_and_negative_sizes_are_refused(void **state)
{
    struct loopback *loopback = *state;
    create(loopback, "{\"emailAddress\":\"a@b.c\",\"role\":3}");
    create_model(loopback, "another");
    loopback_send(loopback, "GET", PERMISSIONS "?pageSize=1", NULL);
    char *token = loopback_json(loopback, "nextPageToken");
    assert_non_null(token);
    char target[300];
    snprintf(target, sizeof(target), "/v1beta/tunedModels/another/permissions?pageToken=%s", token);
    free(token);
    loopback_send(loopback, "GET", target, NULL);
    assert_status(loopback, 400);
    assert_json_path(loopback, "error.message",
        "* ListPermissionsRequest.page_token: is not valid for this list\n");
    loopback_send(loopback, "GET", PERMISSIONS "?pageSize=-1", NULL);
    assert_status(loopback, 400);
    assert_json_path(
        loopback, "error.message", "* ListPermissionsRequest.page_size: must not be negative\n");
}

static void get_answers_as_recorded(void **state)
{
    struct loopback *loopback = *state;
    insert_recorded(loopback, "genai-samples-test-group@googlegroups.com");
    loopback_send(loopback, "GET", PERMISSIONS "/" RECORDED, NULL);
    assert_status(loopback, 200);
    assert_body(loopback, "{\n"
                          "  \"name\": \"tunedModels/" MODEL "/permissions/" RECORDED "\",\n"
                          "  \"granteeType\": \"GROUP\",\n"
                          "  \"emailAddress\": \"genai-samples-test-group@googlegroups.com\",\n"
                          "  \"role\": \"READER\"\n"
                          "}\n");
}

static void patch_answers_the_whole_permission_as_recorded(void **state)
{
    struct loopback *loopback = *state;
    static const char *const expected =
        "{\n"
        "  \"name\": \"tunedModels/" MODEL "/permissions/" RECORDED "\",\n"
        "  \"granteeType\": \"GROUP\",\n"
        "  \"emailAddress\": \"redacted@example.com\",\n"
        "  \"role\": \"WRITER\"\n"
        "}\n";
    insert_recorded(loopback, "redacted@example.com");
    loopback_send(
        loopback, "PATCH", PERMISSIONS "/" RECORDED "?updateMask=role", "{\"role\": \"WRITER\"}");
    assert_status(loopback, 200);
    assert_body(loopback, expected);
    loopback_send(loopback, "GET", PERMISSIONS "/" RECORDED, NULL);
    assert_body(loopback, expected);
}

static void patch_takes_a_whole_permission_and_changes_the_role_only(void **state)
{
    struct loopback *loopback = *state;
    static const struct {
        const char *mask, *body, *role;
    } rows[] = {
        {"updateMask=role", "{\"granteeType\":1,\"emailAddress\":\"x@y.z\",\"role\":2}", "WRITER"},
        {"update_mask=role", "{\"role\":3}", "READER"},
        {"updateMask=*", "{\"role\":2}", "WRITER"},
        {"updateMask=role,role", "{\"role\":3}", "READER"},
        {"updateMask=role%2C", "{\"role\":3}", "READER"},
    };
    insert_recorded(loopback, "a@b.c");
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char target[200];
        snprintf(target, sizeof(target), PERMISSIONS "/" RECORDED "?%s", rows[i].mask);
        loopback_send(loopback, "PATCH", target, rows[i].body);
        assert_status(loopback, 200);
        assert_json_path(loopback, "granteeType", "GROUP");
        assert_json_path(loopback, "emailAddress", "a@b.c");
        assert_json_path(loopback, "role", rows[i].role);
    }
}

static void patch_needs_a_mask_of_role(void **state)
{
    struct loopback *loopback = *state;
    static const struct {
        const char *query, *reason;
    } rows[] = {
        {"", "update_mask is not specified"},
        {"?updateMask=", "update_mask is not specified"},
        {"?updateMask=,", "update_mask is not specified"},
        {"?updateMask=emailAddress", "\"email_address\" cannot be updated, only \"role\" can"},
        {"?updateMask=role,name", "\"name\" cannot be updated, only \"role\" can"},
        {"?updateMask=nothing.of.it", "\"nothing.of.it\" cannot be updated, only \"role\" can"},
    };
    insert_recorded(loopback, "a@b.c");
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char target[200], message[200];
        snprintf(target, sizeof(target), PERMISSIONS "/" RECORDED "%s", rows[i].query);
        snprintf(message, sizeof(message), "* UpdatePermissionRequest.update_mask: %s\n",
            rows[i].reason);
        loopback_send(loopback, "PATCH", target, "{\"role\":2}");
        assert_status(loopback, 400);
        assert_json_path(loopback, "error.message", message);
    }
    loopback_send(loopback, "GET", PERMISSIONS "/" RECORDED, NULL);
    assert_json_path(loopback, "role", "READER");
}

static void patch_refuses_roles_that_cannot_be(void **state)
{
    struct loopback *loopback = *state;
    /* The id NULL is that of the owner's permission. */
    static const struct {
        const char *id, *body, *reason;
    } rows[] = {
        {RECORDED, "{}", "role is not specified"},
        {RECORDED, "{\"role\":\"OWNER\"}", "must not be OWNER; use transferOwnership"},
        {RECORDED, "{\"role\":8}", "must be WRITER or READER"},
        {"everyone", "{\"role\":\"WRITER\"}", "must be READER for EVERYONE"},
        {NULL, "{\"role\":\"WRITER\"}", "the owner keeps that role; use transferOwnership"},
    };
    insert_recorded(loopback, "a@b.c");
    insert(
        loopback, MODEL, "everyone", Permission_GranteeType_EVERYONE, Permission_Role_READER, "");
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char target[200], message[200];
        const char *id = rows[i].id ? rows[i].id : id_of(loopback, CALLERS_OPEN_EMAIL).bytes;
        snprintf(target, sizeof(target), PERMISSIONS "/%s?updateMask=role", id);
        snprintf(message, sizeof(message), "* UpdatePermissionRequest.permission.role: %s\n",
            rows[i].reason);
        loopback_send(loopback, "PATCH", target, rows[i].body);
        assert_status(loopback, 400);
        assert_json_path(loopback, "error.message", message);
    }
}

static void delete_answers_an_empty_object_and_deletes(void **state)
{
    struct loopback *loopback = *state;
    insert_recorded(loopback, "a@b.c");
    loopback_send(loopback, "DELETE", PERMISSIONS "/" RECORDED, NULL);
    assert_status(loopback, 200);
    assert_body(loopback, "{}\n");
    loopback_send(loopback, "DELETE", PERMISSIONS "/" RECORDED, NULL);
    assert_status(loopback, 404);
    assert_json_path(loopback, "error.status", "NOT_FOUND");
    assert_json_path(loopback, "error.message",
        "Permission tunedModels/" MODEL "/permissions/" RECORDED " does not exist.");
}

static void the_owner_stays(void **state)
{
    struct loopback *loopback = *state;
    loopback_send(loopback, "DELETE", path_of(loopback, CALLERS_OPEN_EMAIL), NULL);
    assert_status(loopback, 400);
    assert_json_path(loopback, "error.message",
        "* DeletePermissionRequest.name: the owner's permission cannot be deleted; use "
        "transferOwnership\n");
    loopback_send(loopback, "GET", path_of(loopback, CALLERS_OPEN_EMAIL), NULL);
    assert_status(loopback, 200);
}

static void what_does_not_exist_is_named(void **state)
{
    struct loopback *loopback = *state;
    static const struct {
        const char *verb, *target, *message;
    } rows[] = {
        {"GET", PERMISSIONS "/2", "Permission tunedModels/" MODEL "/permissions/2 does not exist."},
        {"PATCH", PERMISSIONS "/2?updateMask=role",
            "Permission tunedModels/" MODEL "/permissions/2 does not exist."},
        {"DELETE", PERMISSIONS "/everyone",
            "Permission tunedModels/" MODEL "/permissions/everyone does not exist."},
        {"GET", "/v1beta/tunedModels/x/permissions", "Tuned model tunedModels/x does not exist."},
        {"POST", "/v1beta/tunedModels/x/permissions", "Tuned model tunedModels/x does not exist."},
        {"GET", "/v1beta/tunedModels/x/permissions/2", "Tuned model tunedModels/x does not exist."},
        {"PATCH", "/v1beta/tunedModels/x/permissions/2",
            "Tuned model tunedModels/x does not exist."},
        {"DELETE", "/v1beta/tunedModels/x/permissions/%2F",
            "Tuned model tunedModels/x does not exist."},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_send(loopback, rows[i].verb, rows[i].target, NULL);
        assert_status(loopback, 404);
        assert_json_path(loopback, "error.status", "NOT_FOUND");
        assert_json_path(loopback, "error.message", rows[i].message);
    }
}

static void every_version_has_the_permissions(void **state)
{
    (void)state;
    static const char *const versions[] = {"v1", "v1beta", "v1alpha", "v1beta3"};
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    create_model(&loopback, MODEL);
    for (size_t i = 0; i < ARRAY_COUNT(versions); i++) {
        char target[200], body[100];
        snprintf(target, sizeof(target), "/%s/tunedModels/" MODEL "/permissions", versions[i]);
        snprintf(body, sizeof(body), "{\"emailAddress\":\"%s@b.c\",\"role\":3}", versions[i]);
        loopback_send(&loopback, "POST", target, body);
        assert_status(&loopback, 200);
        assert_json_path(&loopback, "role", "READER");
    }
    loopback_stop(&loopback);

    loopback_start(&loopback, FIDELITY_STRICT, AUTH_OPEN);
    loopback_send(&loopback, "GET", "/v1/tunedModels/" MODEL "/permissions", NULL);
    assert_status(&loopback, 404);
    assert_string_equal(loopback.content_type, "text/html; charset=UTF-8");
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_21_digits_that_follow_from_the_address),
        TEST_WITH_MODEL(a_new_model_is_owned_by_its_creator),
        TEST_WITH_MODEL(create_answers_the_permission_with_its_name),
        TEST_WITH_MODEL(everyone_has_a_fixed_id_and_no_address),
        TEST_WITH_MODEL(create_takes_numbers_either_spelling_and_no_grantee_type),
        TEST_WITH_MODEL(create_names_every_field_that_is_wrong),
        TEST_WITH_MODEL(addresses_have_at_most_254_bytes),
        TEST_WITH_MODEL(unknown_roles_and_names_are_typing_errors),
        TEST_WITH_MODEL(a_grantee_has_one_permission_only),
        TEST_WITH_MODEL(a_model_has_at_most_1000_permissions),
        TEST_WITH_MODEL(a_new_owner_is_no_permission_too_many),
        TEST_WITH_MODEL(lists_are_in_order_of_creation_and_have_pages),
        TEST_WITH_MODEL(pages_of_other_lists_and_negative_sizes_are_refused),
        TEST_WITH_MODEL(get_answers_as_recorded),
        TEST_WITH_MODEL(patch_answers_the_whole_permission_as_recorded),
        TEST_WITH_MODEL(patch_takes_a_whole_permission_and_changes_the_role_only),
        TEST_WITH_MODEL(patch_needs_a_mask_of_role),
        TEST_WITH_MODEL(patch_refuses_roles_that_cannot_be),
        TEST_WITH_MODEL(delete_answers_an_empty_object_and_deletes),
        TEST_WITH_MODEL(the_owner_stays),
        TEST_WITH_MODEL(what_does_not_exist_is_named),
        cmocka_unit_test(every_version_has_the_permissions),
    };
    return cmocka_run_group_tests_name("permissions", tests, NULL, NULL);
}
