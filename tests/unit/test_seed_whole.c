/* A seed is loaded as a whole: rows that belong together, rows that are there, and none of it. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "server/contract/limits.h"
#include "server/space/faults.h"
#include "server/state/callers.h"
#include "server/state/catalogue.h"
#include "server/state/seed.h"
#include "tests/lib/loopback.h"
#include "tests/lib/store_kit.h"
#include "tests/lib/unit.h"

static bool load(struct loopback *loopback, const char *text, struct text *ret_message)
{
    char path[] = "/tmp/tunemock-test-XXXXXX";
    int descriptor = mkstemp(path);
    FILE *file = fdopen(descriptor, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    bool is_good = app_load_seed(&loopback->app, loopback_space(loopback), path, ret_message);
    unlink(path);
    return is_good;
}

static void load_good(struct loopback *loopback, const char *text)
{
    struct text message;
    if (!load(loopback, text, &message))
        fail_msg("%.*s", TEXT_ARGS(message));
}

static void assert_refused(struct loopback *loopback, const char *text, const char *part)
{
    struct text message;
    assert_false(load(loopback, text, &message));
    if (text_find(message, text_of(part)) == message.len)
        fail_msg("%.*s", TEXT_ARGS(message));
}

static int count_models(struct loopback *loopback)
{
    return store_kit_count_models(store_get_reader(loopback->app.store, 0), SPACE_DEFAULT);
}

static void a_file_with_one_bad_row_leaves_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } rows[] = {
        {"{\"callers\": [{\"key\": \"k\", \"email\": \"a@b.c\"}],"
         "\"models\": [{\"name\": \"models/mine\"}],"
         "\"faults\": [{\"status\": \"ABORTED\"}, {\"status\": \"nothing\"}],"
         "\"tunedModels\": [{\"name\": \"tunedModels/a\", \"state\": \"ACTIVE\"}]}",
            "faults[1].status: "},
        {"{\"faults\": [{\"status\": \"ABORTED\"}],"
         "\"tunedModels\": [{\"name\": \"tunedModels/a\", \"state\": \"ACTIVE\"},"
         "{\"name\": \"tunedModels/b\", \"baseModel\": \"models/none\"}]}",
            "tunedModels[1]: "},
        {"{\"stubs\": [{\"reply\": {\"text\": \"x\"}, \"scenario\": {\"name\": \"s\", \"sets\": "
         "\"1\"}}, {\"reply\": {\"text\": \"y\"}}], \"scenarios\": {\"s\": \"1\", \"t\": \"2\", "
         "\"\": \"3\"}}",
            "scenarios: the name"},
        {"{\"models\": [{\"name\": \"models/mine\"}],"
         "\"tunedModels\": [{\"name\": \"tunedModels/a\", \"state\": \"ACTIVE\"}],"
         "\"permissions\": [{\"name\": \"tunedModels/a/permissions/1\", \"role\": \"READER\"},"
         "{\"name\": \"tunedModels/a/permissions/2\"}]}",
            "permissions[1]: needs a role"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct loopback loopback;
        loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
        const struct catalogue *catalogue = loopback.app.catalogue;
        assert_refused(&loopback, rows[i].text, rows[i].part);
        assert_int_equal(count_models(&loopback), 0);
        assert_ptr_equal(loopback.app.catalogue, catalogue);
        assert_null(catalogue_find(catalogue, TEXT("models/mine")));
        assert_false(callers_are_listed(loopback.app.callers));
        loopback_send(&loopback, "GET", "/emulator/v1/faults", NULL);
        assert_body(&loopback, "{\n  \"faults\": []\n}\n");
        loopback_send(&loopback, "GET", "/emulator/v1/stubs", NULL);
        assert_body(&loopback, "{\n  \"stubs\": []\n}\n");
        loopback_send(&loopback, "GET", "/emulator/v1/state", NULL);
        assert_true(text_find(loopback.answer, TEXT("scenarios")) == loopback.answer.len);
        loopback_stop(&loopback);
    }
}

static void a_row_that_the_database_refuses_undoes_the_others(void **state)
{
    (void)state;
    struct loopback loopback;
    struct buf text = BUF_INIT;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    buf_add_string(&text, "{\"tunedModels\": [{\"name\": \"tunedModels/a\", \"state\": \"ACTIVE\"},"
                          "{\"name\": \"tunedModels/b\", \"state\": \"ACTIVE\"}],"
                          "\"permissions\": [");
    /* With the owner's they are one too many. */
    for (int i = 0; i < PERMISSIONS_MAX; i++)
        buf_printf(&text,
            "%s{\"name\": \"tunedModels/a/permissions/p%d\", \"role\": \"READER\", "
            "\"emailAddress\": \"p%d@b.c\"}",
            i ? "," : "", i, i);
    buf_add_string(&text, "]}");
    buf_add_byte(&text, '\0');
    assert_refused(&loopback, text.data, "permissions[999]: is more than the 1000 permissions");
    assert_int_equal(count_models(&loopback), 0);
    buf_release(&text);
    loopback_stop(&loopback);
}

static void what_is_new_is_added_to_what_is_there(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    load_good(&loopback, "{\"tunedModels\": [{\"name\": \"tunedModels/a\", \"state\": \"ACTIVE\"}],"
                         "\"operations\": [{\"name\": \"tunedModels/a/operations/o\"}]}");
    load_good(&loopback,
        "{\"tunedModels\": [{\"name\": \"tunedModels/a\", \"state\": \"FAILED\"},"
        "{\"name\": \"tunedModels/b\", \"state\": \"FAILED\"}],"
        "\"operations\": [{\"name\": \"tunedModels/a/operations/o\", \"done\": true},"
        "{\"name\": \"tunedModels/b/operations/o\", \"done\": true}],"
        "\"permissions\": [{\"name\": \"tunedModels/a/permissions/1\", \"role\": \"READER\","
        "\"emailAddress\": \"x@b.c\"}]}");
    assert_int_equal(count_models(&loopback), 2);
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/a", NULL);
    assert_json_path(&loopback, "state", "ACTIVE");
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/a/operations/o", NULL);
    assert_json_path(&loopback, "done", NULL);
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/b/operations/o", NULL);
    assert_json_path(&loopback, "done", "true");
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/a/permissions/1", NULL);
    assert_status(&loopback, 200);
    loopback_stop(&loopback);
}

/* Of two permissions of one address, or of one id, the first counts; the owner's is the first. */
static void a_second_permission_of_the_same_grantee_is_left_alone(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    load_good(&loopback,
        "{\"tunedModels\": [{\"name\": \"tunedModels/a\", \"state\": \"ACTIVE\"}],"
        "\"permissions\": [{\"name\": \"tunedModels/a/permissions/1\", \"role\": \"READER\","
        "\"emailAddress\": \"x@b.c\"},"
        "{\"name\": \"tunedModels/a/permissions/2\", \"role\": \"WRITER\","
        "\"emailAddress\": \"X@B.c\"},"
        "{\"name\": \"tunedModels/a/permissions/3\", \"role\": \"READER\","
        "\"emailAddress\": \"" CALLERS_OPEN_EMAIL "\"},"
        "{\"name\": \"tunedModels/a/permissions/4\", \"role\": \"READER\","
        "\"granteeType\": \"EVERYONE\"}]}");
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/a/permissions", NULL);
    assert_json_path(&loopback, "permissions.0.emailAddress", CALLERS_OPEN_EMAIL);
    assert_json_path(&loopback, "permissions.0.role", "OWNER");
    assert_json_path(&loopback, "permissions.1.role", "READER");
    assert_json_path(&loopback, "permissions.2.granteeType", "EVERYONE");
    assert_json_path(&loopback, "permissions.3", NULL);
    loopback_stop(&loopback);
}

static void a_model_can_start_from_one_of_the_same_file(void **state)
{
    (void)state;
    static const char *const text =
        "{\"tunedModels\": [{\"name\": \"tunedModels/parent\", \"state\": \"%s\","
        "\"baseModel\": \"models/text-bison-001\"},"
        "{\"name\": \"tunedModels/child\", \"tunedModelSource\": {\"tunedModel\": "
        "\"tunedModels/%s\"}, \"tuningTask\": {\"trainingData\": {\"examples\": {\"examples\": "
        "[{\"textInput\": \"1\", \"output\": \"2\"}]}}}}]}";
    static const struct {
        const char *state, *source, *problem; /* NULL: none */
    } rows[] = {
        {"ACTIVE", "parent", NULL},
        {"CREATING", "parent", "tunedModels[1]: "},
        {"ACTIVE", "nobody", "tunedModels[1]: "},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct loopback loopback;
        char file[1024];
        loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
        snprintf(file, sizeof(file), text, rows[i].state, rows[i].source);
        if (rows[i].problem)
            assert_refused(&loopback, file, rows[i].problem);
        else
            load_good(&loopback, file);
        assert_int_equal(count_models(&loopback), rows[i].problem ? 0 : 2);
        loopback_send(&loopback, "GET", "/v1beta/tunedModels/child", NULL);
        if (!rows[i].problem)
            assert_json_path(&loopback, "tunedModelSource.baseModel", "models/text-bison-001");
        loopback_stop(&loopback);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_with_one_bad_row_leaves_nothing),
        cmocka_unit_test(a_row_that_the_database_refuses_undoes_the_others),
        cmocka_unit_test(what_is_new_is_added_to_what_is_there),
        cmocka_unit_test(a_second_permission_of_the_same_grantee_is_left_alone),
        cmocka_unit_test(a_model_can_start_from_one_of_the_same_file),
    };
    return cmocka_run_group_tests_name("seed_whole", tests, NULL, NULL);
}
