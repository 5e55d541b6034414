#include "tests/lib/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/state/callers.h"
#include "server/state/catalogue.h"
#include "server/state/seed.h"
#include "tests/lib/loopback.h"

#define SEED_LIST "tests/fixtures/seed_list.json"
#define SEED_RESOURCES "tests/fixtures/seed_resources.json"

enum { PATH_BYTES_MAX = 512 };

static struct text read_file(struct loopback *loopback, const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    struct buf bytes = BUF_INIT;
    for (int byte; (byte = fgetc(file)) != EOF;)
        buf_add_byte(&bytes, (char)byte);
    fclose(file);
    struct text text = arena_text(&loopback->app.arena, buf_text(&bytes));
    buf_release(&bytes);
    return text;
}

/* Loads a seed that is given as text; `ret_message` is what is wrong, from the line on or, where
 * none is told, without the file's name. */
static bool load_text(struct loopback *loopback, const char *seed, struct text *ret_message)
{
    char path[PATH_BYTES_MAX];
    const char *folder = getenv("TMPDIR");
    snprintf(path, sizeof(path), "%s/tunemock-seed-XXXXXX", folder ? folder : "/tmp");
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, seed, strlen(seed)), strlen(seed));
    close(descriptor);
    bool is_good = app_load_seed(&loopback->app, loopback_space(loopback), path, ret_message);
    unlink(path);
    if (!is_good) {
        assert_true(text_starts_with(*ret_message, text_of(path)));
        *ret_message = text_slice(*ret_message, strlen(path) + 1, ret_message->len);
        if (text_starts_with(*ret_message, TEXT(" ")))
            *ret_message = text_slice(*ret_message, 1, ret_message->len);
    }
    return is_good;
}

static void load_good_text(struct loopback *loopback, const char *seed)
{
    struct text message = TEXT("");
    if (!load_text(loopback, seed, &message))
        fail_msg("%.*s", TEXT_ARGS(message));
}

static void load_file(struct loopback *loopback, const char *path)
{
    struct text message = TEXT("");
    if (!app_load_seed(&loopback->app, loopback_space(loopback), path, &message))
        fail_msg("%.*s", TEXT_ARGS(message));
}

/* Asks for the resource that `json` is, and expects those bytes. */
static void assert_comes_back(struct loopback *loopback, struct text json)
{
    char target[PATH_BYTES_MAX];
    size_t at = text_find(json, TEXT("\"name\": \""));
    struct text name = text_slice(json, at + strlen("\"name\": \""), json.len);
    name = text_slice(name, 0, text_find_byte(name, '"'));
    snprintf(target, sizeof(target), "/v1beta/%.*s", TEXT_ARGS(name));
    loopback_send(loopback, "GET", target, NULL);
    assert_status(loopback, 200);
    assert_body(loopback, json.bytes);
}

/*
 * The items of the lists of a seed that is written as the service prints it: each from "    {" to
 * "    }", brought to the left. Returns how many there were.
 */
static size_t assert_all_come_back(struct loopback *loopback, struct text seed)
{
    struct buf item = BUF_INIT;
    size_t count = 0;
    while (seed.bytes && seed.len) {
        struct text line = text_split(&seed, '\n');
        if (text_equals_string(line, "    {"))
            buf_clear(&item);
        bool is_end = text_equals_string(line, "    }") || text_equals_string(line, "    },");
        if (is_end)
            line = TEXT("    }");
        buf_add_text(&item, text_slice(line, strlen("    "), line.len));
        buf_add_byte(&item, '\n');
        if (!is_end)
            continue;
        assert_comes_back(loopback, buf_text(&item));
        count++;
    }
    buf_release(&item);
    return count;
}

static void every_resource_comes_back_byte_for_byte(void **state)
{
    (void)state;
    for (int fidelity = FIDELITY_COMPAT; fidelity <= FIDELITY_STRICT; fidelity++) {
        struct loopback loopback;
        loopback_start(&loopback, (enum fidelity)fidelity, AUTH_OPEN);
        load_file(&loopback, SEED_RESOURCES);
        assert_int_equal(assert_all_come_back(&loopback, read_file(&loopback, SEED_RESOURCES)), 26);
        loopback_stop(&loopback);
    }
}

static void the_recorded_list_comes_back_byte_for_byte(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    load_file(&loopback, SEED_LIST);
    struct text seed = read_file(&loopback, SEED_LIST);
    loopback_send(&loopback, "GET", "/v1beta/tunedModels", NULL);
    assert_body(&loopback, seed.bytes);
    assert_int_equal(assert_all_come_back(&loopback, seed), 1);
    loopback_stop(&loopback);
}

static void resources_with_a_state_never_advance(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    load_file(&loopback, SEED_RESOURCES);
    loopback_advance(&loopback, 86400 * NS_PER_SECOND);
    assert_int_equal(assert_all_come_back(&loopback, read_file(&loopback, SEED_RESOURCES)), 26);
    loopback_stop(&loopback);
}

static void what_is_there_already_is_left_alone(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    load_file(&loopback, SEED_RESOURCES);
    loopback_send(&loopback, "PATCH", "/v1beta/tunedModels/failed", "{\"displayName\": \"mine\"}");
    load_file(&loopback, SEED_RESOURCES);
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/failed", NULL);
    assert_json_path(&loopback, "displayName", "mine");
    loopback_stop(&loopback);
}

#define SEED_CREATE                                                                                \
    "{\"version\": 1, \"tunedModels\": [{\"name\": \"tunedModels/mine\", \"displayName\": "        \
    "\"Mine\", \"baseModel\": \"models/gemini-1.5-flash-001-tuning\", \"tuningTask\": "            \
    "{\"trainingData\": {\"examples\": {\"examples\": [{\"textInput\": \"1\", \"output\": "        \
    "\"2\"}]}}}}]}"

static void a_model_without_a_state_is_a_create(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    load_good_text(&loopback, SEED_CREATE);
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/mine", NULL);
    assert_json_path(&loopback, "state", "CREATING");
    assert_json_path(&loopback, "tuningTask.hyperparameters.epochCount", "5");
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/mine/operations", NULL);
    assert_json_path(&loopback, "operations.0.metadata.totalSteps", "2");
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/mine/permissions", NULL);
    assert_json_path(&loopback, "permissions.0.emailAddress", CALLERS_OPEN_EMAIL);
    loopback_advance(&loopback, 10 * NS_PER_SECOND);
    loopback_send(&loopback, "POST", "/v1beta/tunedModels/mine:generateContent",
        "{\"contents\": {\"parts\": {\"text\": \"1\"}}}");
    assert_json_path(&loopback, "candidates.0.content.parts.0.text", "2");

    load_good_text(&loopback, SEED_CREATE);
    loopback_send(&loopback, "GET", "/v1beta/tunedModels", NULL);
    assert_json_path(&loopback, "tunedModels.1", NULL);
    loopback_stop(&loopback);
}

static void what_a_create_cannot_keep_is_said(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    char path[] = "/tmp/tunemock-test-XXXXXX";
    int log = mkstemp(path);
    assert_true(log >= 0);
    log_start(log, LOG_TEXT, LOG_INFO);
    load_good_text(&loopback,
        "{\"tunedModels\": [{\"name\": \"tunedModels/a\", \"createTime\": "
        "\"2024-01-01T00:00:00Z\", "
        "\"baseModel\": \"models/gemini-1.5-flash-001-tuning\", \"tuningTask\": {\"startTime\": "
        "\"2024-01-01T00:00:00Z\", \"trainingData\": {\"examples\": {\"examples\": "
        "[{\"textInput\": "
        "\"1\", \"output\": \"2\"}]}}}}]}");
    log_stop();
    char lines[4096] = "";
    assert_true(pread(log, lines, sizeof(lines) - 1, 0) > 0);
    assert_non_null(strstr(lines, "tunedModels[0]: createTime is not kept"));
    assert_non_null(strstr(lines, "tunedModels[0]: startTime is not kept"));
    assert_null(strstr(lines, ": name is not kept"));
    close(log);
    unlink(path);
    loopback_stop(&loopback);
}

static void a_model_with_a_state_answers_from_its_examples(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    load_good_text(&loopback,
        "{'tuned_models': {name: 'tunedModels/x', state: 2, base_model: "
        "'models/gemini-1.0-pro-001', "
        "tuning_task: {training_data: {examples: {examples: {text_input: 'a', output: 'b'}}}}}}");
    loopback_send(&loopback, "POST", "/v1beta/tunedModels/x:generateContent",
        "{\"contents\": {\"parts\": {\"text\": \"a\"}}}");
    assert_json_path(&loopback, "candidates.0.content.parts.0.text", "b");
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/x", NULL);
    assert_json_path(&loopback, "tuningTask.trainingData", NULL);
    loopback_stop(&loopback);
}

static void a_model_has_the_owner_that_the_seed_names_or_the_one_of_open_calls(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    load_good_text(&loopback,
        "{\"tunedModels\": [{\"name\": \"tunedModels/a\", \"state\": \"ACTIVE\"}, "
        "{\"name\": \"tunedModels/b\", \"state\": \"ACTIVE\"}], \"permissions\": [{\"name\": "
        "\"tunedModels/b/permissions/1\", \"granteeType\": \"USER\", \"emailAddress\": "
        "\"me@x.org\", \"role\": \"OWNER\"}]}");
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/a/permissions", NULL);
    assert_json_path(&loopback, "permissions.0.emailAddress", CALLERS_OPEN_EMAIL);
    assert_json_path(&loopback, "permissions.0.role", "OWNER");
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/b/permissions", NULL);
    assert_json_path(&loopback, "permissions.0.emailAddress", "me@x.org");
    assert_json_path(&loopback, "permissions.1", NULL);
    loopback_stop(&loopback);
}

static void base_models_are_added_or_replaced_and_learn_as_their_names_say(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_STRICT, AUTH_OPEN);
    load_good_text(&loopback,
        "{\"models\": [{\"name\": \"models/text-bison-002\"}, {\"name\": "
        "\"models/gemini-1.0-pro-9\"},"
        " {\"name\": \"models/other\"}, {\"name\": \"models/gemini-1.0-pro\", \"displayName\": "
        "\"back again\"}]}");
    static const struct {
        const char *name;
        enum training_curve curve;
    } rows[] = {
        {"models/text-bison-002", TRAINING_CURVE_TEXT_BISON},
        {"models/gemini-1.0-pro-9", TRAINING_CURVE_GEMINI_1_0_PRO},
        {"models/other", TRAINING_CURVE_GEMINI_1_5_FLASH},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_int_equal(
            catalogue_find(loopback.app.catalogue, text_of(rows[i].name))->curve, rows[i].curve);
    loopback_send(&loopback, "GET", "/v1beta/models/gemini-1.0-pro", NULL);
    assert_json_path(&loopback, "displayName", "back again");
    loopback_stop(&loopback);
}

static void faults_of_a_seed_are_served(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    load_good_text(&loopback,
        "{\"faults\": [{\"method\": \"models.list\", \"preset\": \"overloaded\", \"times\": 1}]}");
    loopback_send(&loopback, "GET", "/v1beta/models", NULL);
    assert_status(&loopback, 503);
    loopback_send(&loopback, "GET", "/v1beta/models", NULL);
    assert_status(&loopback, 200);
    loopback_stop(&loopback);
}

static void a_seed_of_nothing_is_good(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    load_good_text(&loopback, "{}");
    load_good_text(&loopback, "{\"version\": 1}");
    loopback_stop(&loopback);
}

static void what_is_wrong_is_named_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *seed, *message;
    } rows[] = {
        {"nonsense", "1:1: Invalid JSON payload received. Unexpected token.\nnonsense\n^"},
        {"{\"version\": 1,\n\"models\": [\n1 2]}",
            "3:3: Invalid JSON payload received. Expected , or ] after array value.\n"
            "\": 1,\n\"models\": [\n1 2]}\n                    ^"},
        {"", "is empty"},
        {" \n", "is empty"},
        {"{\"nothing\": 1}",
            "Invalid JSON payload received. Unknown name \"nothing\": Cannot find field."},
        {"{\"nothing\": 1, \"version\": \"one\"}",
            "Invalid JSON payload received. Unknown name \"nothing\": Cannot find field.\n"
            "Invalid value at 'version' (TYPE_INT32), \"one\""},
        {"{\"tunedModels\": [{\"nothing\": 1}]}",
            "Invalid JSON payload received. Unknown name \"nothing\" at 'tuned_models[0]': Cannot "
            "find field."},
        {"{\"version\": 2}", "has a version that this tunemock does not know; it reads 1"},
        {"{\"stubs\": [{\"reply\": {\"text\": \"x\"}}, {}]}",
            "stubs[1].reply: is needed, or else replies, but not both"},
        {"{\"stubs\": [{\"replies\": [{\"text\": \"{{name}}\"}]}]}",
            "stubs[0].replies[0].text: there is no variable {{name}}, only {{prompt}}, {{model}}, "
            "{{match.1}}, {{count}} and {{now}}; the text itself is written {{{{name}}"},
        {"{\"stubs\": [{\"match\": {\"prompt\": {\"regex\": \"(\"}}, \"reply\": {\"text\": "
         "\"x\"}}]}",
            "stubs[0].match.prompt.regex: has ( without )"},
        {"{\"stubs\": [{\"id\": \"one\"}]}", "stubs[0].id: must be a number from 1 on"},
        {"{\"scenarios\": {\"\": \"x\"}}",
            "scenarios: the name of a scenario must have 1 to 128 bytes"},
        {"{\"tunedModels\": [{\"state\": \"ACTIVE\"}]}",
            "tunedModels[0]: needs a name of the form tunedModels/{id}"},
        {"{\"tunedModels\": [{\"name\": \"tunedModels/a\\u0000b\", \"state\": \"ACTIVE\"}]}",
            "tunedModels[0]: needs a name of the form tunedModels/{id}"},
        {"{\"tunedModels\": [{\"name\": \"tunedModels/a/b\", \"state\": \"ACTIVE\"}]}",
            "tunedModels[0]: needs a name of the form tunedModels/{id}"},
        {"{\"tunedModels\": [{\"name\": \"tunedModels/\", \"state\": \"ACTIVE\"}]}",
            "tunedModels[0]: needs a name of the form tunedModels/{id}"},
        {"{\"tunedModels\": [{\"name\": \"tunedModels/a\", \"state\": 7}]}",
            "tunedModels[0]: needs a state of CREATING, ACTIVE or FAILED, or none"},
        {"{\"tunedModels\": [{\"name\": \"x\", \"baseModel\": "
         "\"models/gemini-1.5-flash-001-tuning\"}]}",
            "tunedModels[0]: needs a name of the form tunedModels/{id}"},
        {"{\"tunedModels\": [{\"name\": \"tunedModels/a\"}]}",
            "tunedModels[0]: needs a baseModel to be trained from, such as "
            "models/gemini-1.5-flash-001-tuning, or a state to be taken as it is"},
        {"{\"tunedModels\": [{\"name\": \"tunedModels/a\", \"baseModel\": "
         "\"models/gemini-1.5-flash-001-tuning\", \"topP\": 2, \"tuningTask\": "
         "{\"hyperparameters\": "
         "{\"epochCount\": 0}, \"trainingData\": {\"examples\": {\"examples\": [{\"textInput\": "
         "\"1\", \"output\": \"2\"}]}}}}]}",
            "tunedModels[0]: topP: must be in the range [0.0, 1.0]\n"
            "tuningTask.hyperparameters.epochCount: must be in the range [1, 1000000]"},
        {"{\"tunedModels\": [{\"name\": \"tunedModels/a\", \"baseModel\": "
         "\"models/gemini-1.5-flash-001-tuning\", \"tuningTask\": {\"trainingData\": "
         "{\"examples\": "
         "{\"examples\": [{\"output\": \"2\"}, {\"textInput\": \"1\"}]}}}}]}",
            "tunedModels[0]: tuningTask.trainingData.examples.examples[0]: needs a textInput\n"
            "tuningTask.trainingData.examples.examples[1].output: is needed"},
        {"{\"tunedModels\": [{\"name\": \"tunedModels/a\", \"baseModel\": \"models/aqa\"}]}",
            "tunedModels[0]: models/aqa is no base model that can be tuned"},
        {"{\"tunedModels\": [{\"name\": \"tunedModels/A\", \"baseModel\": "
         "\"models/gemini-1.5-flash-001-tuning\"}]}",
            "tunedModels[0]: name: the id must match [a-z]([a-z0-9-]{0,38}[a-z0-9])?"},
        {"{\"operations\": [{\"name\": \"operations/a\"}]}",
            "operations[0]: needs a name of the form tunedModels/{id}/operations/{id}"},
        {"{\"operations\": [{\"name\": \"tunedModels/a/operations/b\\u0000c\"}]}",
            "operations[0]: needs a name of the form tunedModels/{id}/operations/{id}"},
        {"{\"operations\": [{\"name\": \"tunedModels/a/permissions/b\"}]}",
            "operations[0]: needs a name of the form tunedModels/{id}/operations/{id}"},
        {"{\"operations\": [{\"name\": \"tunedModels/a/operations/b/c\"}]}",
            "operations[0]: needs a name of the form tunedModels/{id}/operations/{id}"},
        {"{\"permissions\": [{\"name\": \"tunedModels/a/permissions/\", \"role\": \"READER\"}]}",
            "permissions[0]: needs a name of the form tunedModels/{id}/permissions/{id}"},
        {"{\"tunedModels\": [{\"name\": \"tunedModels/a\", \"state\": \"ACTIVE\"}], "
         "\"permissions\": [{\"name\": \"tunedModels/a/permissions/b\"}]}",
            "permissions[0]: needs a role of OWNER, WRITER or READER"},
        {"{\"tunedModels\": [{\"name\": \"tunedModels/a\", \"state\": \"ACTIVE\"}, "
         "{\"name\": \"tunedModels/b\", \"state\": \"ACTIVE\"}, "
         "{\"name\": \"tunedModels/a\", \"state\": \"FAILED\"}]}",
            "tunedModels[2]: tunedModels/a stands in tunedModels[0] already"},
        {"{\"tunedModels\": [{\"name\": \"tunedModels/a\", \"state\": \"ACTIVE\"}], "
         "\"operations\": [{\"name\": \"tunedModels/a/operations/b\"}, "
         "{\"name\": \"tunedModels/a/operations/b\"}]}",
            "operations[1]: tunedModels/a/operations/b stands in operations[0] already"},
        {"{\"models\": [{\"name\": \"gemini\"}]}",
            "models[0]: needs a name of the form models/{id}"},
        {"{\"callers\": [{\"email\": \"a@x.org\"}]}",
            "callers[0]: needs an email, and either key or token"},
        {"{\"callers\": [{\"key\": \"k\"}]}",
            "callers[0]: needs an email, and either key or token"},
        {"{\"callers\": [{\"key\": \"k\", \"token\": \"t\", \"email\": \"a@x.org\"}]}",
            "callers[0]: needs an email, and either key or token"},
        {"{\"models\": [{\"name\": \"models/a\"}, {\"name\": \"models/a\"}]}",
            "models[1]: models/a stands in models[0] already"},
        {"{\"callers\": [{\"key\": \"k\", \"email\": \"a@x.org\"}, "
         "{\"token\": \"k\", \"email\": \"b@x.org\"}, {\"key\": \"k\", \"email\": \"c@x.org\"}]}",
            "callers[2]: its key stands in callers[0] already"},
        {"{\"callers\": [{\"token\": \"t\", \"email\": \"a@x.org\"}, "
         "{\"token\": \"t\", \"email\": \"a@x.org\"}]}",
            "callers[1]: its token stands in callers[0] already"},
        {"{\"faults\": [{\"kind\": \"nothing\"}]}",
            "faults[0].kind: must be \"status\", \"reset\", \"truncate\", \"stall\", "
            "\"malformed\", \"empty\", \"slow\" or \"blocked\""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct loopback loopback;
        struct text message = TEXT("");
        loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
        if (load_text(&loopback, rows[i].seed, &message))
            fail_msg("was loaded: %s", rows[i].seed);
        if (!text_equals_string(message, rows[i].message))
            fail_msg("%s: %.*s", rows[i].seed, TEXT_ARGS(message));
        loopback_stop(&loopback);
    }
}

/* Seeds that are refused for the size of something. */
static void what_is_too_large_is_no_resource(void **state)
{
    (void)state;
    enum { MIB = 1024 * 1024 };
#define FIXED "{\"tunedModels\": [{\"name\": \"tunedModels/a\", \"state\": \"ACTIVE\", "
#define DATA FIXED "\"tuningTask\": {\"trainingData\": {\"examples\": {\"examples\": ["
#define SNAPSHOTS FIXED "\"tuningTask\": {\"snapshots\": [{\"step\": 1}"
    static const struct {
        const char *before, *repeated;
        int count_max; /* of what is repeated */
        const char *after, *message;
    } rows[] = {
        {"{\"tunedModels\": [{\"state\": \"ACTIVE\", \"name\": \"tunedModels/", "a", 256, "\"}]}",
            "tunedModels[0]: needs a name of the form tunedModels/{id}"},
        {"{\"operations\": [{\"name\": \"tunedModels/a/operations/", "a", 256, "\"}]}",
            "operations[0]: needs a name of the form tunedModels/{id}/operations/{id}"},
        {FIXED "\"description\": \"", "a", MIB, "\"}]}",
            "tunedModels[0]: has a text of more than 1 MiB"},
        {FIXED "\"baseModel\": \"", "a", MIB, "\"}]}",
            "tunedModels[0]: has a text of more than 1 MiB"},
        {FIXED "\"tunedModelSource\": {\"tunedModel\": \"", "a", MIB, "\"}}]}",
            "tunedModels[0]: has a text of more than 1 MiB"},
        {FIXED "\"readerProjectNumbers\": [1", ",1", 999, "]}]}",
            "tunedModels[0]: has more than 1000 readerProjectNumbers"},
        {DATA "{\"textInput\": \"1\", \"output\": \"", "a", MIB, "\"}]}}}}]}",
            "tunedModels[0]: has an example of more than 1 MiB"},
        {SNAPSHOTS, ",{}", 99999, "]}}]}", "tunedModels[0]: has more than 100000 snapshots"},
        {"{\"operations\": [{\"name\": \"tunedModels/a/operations/b\", \"error\": {\"message\": \"",
            "a", 4 * MIB - 60, "\"}}]}",
            "operations[0]: is more than 4 MiB of JSON without its examples"},
        {"{\"models\": [{\"name\": \"models/a\", \"description\": \"", "a", 4 * MIB - 36, "\"}]}",
            "models[0]: is more than 4 MiB of JSON without its examples"},
        {"{\"permissions\": [{\"name\": \"tunedModels/a/permissions/1\", \"role\": \"READER\", "
         "\"emailAddress\": \"a@",
            "a", 252, "\"}]}", "permissions[0]: has an e-mail address of more than 254 bytes"},
        {"{\"callers\": [{\"key\": \"k\", \"email\": \"a@", "a", 252, "\"}]}",
            "callers[0]: has an e-mail address of more than 254 bytes"},
        {"{\"callers\": [{\"email\": \"a@x.org\", \"token\": \"", "a", 16384, "\"}]}",
            "callers[0]: has a key or token of more than 16 KiB, which no request can send"},
    };
    for (size_t i = 0; i < 2 * ARRAY_COUNT(rows); i++) {
        struct loopback loopback;
        struct text message = TEXT("");
        struct buf seed = BUF_INIT;
        bool is_good = i % 2;
        buf_add_string(&seed, rows[i / 2].before);
        for (int k = is_good; k <= rows[i / 2].count_max; k++)
            buf_add_string(&seed, rows[i / 2].repeated);
        buf_add_string(&seed, rows[i / 2].after);
        loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
        if (load_text(&loopback, seed.data, &message) != is_good)
            fail_msg("row %zu: %.*s", i / 2, TEXT_ARGS(message));
        if (!is_good && !text_equals_string(message, rows[i / 2].message))
            fail_msg("row %zu: %.*s", i / 2, TEXT_ARGS(message));
        buf_release(&seed);
        loopback_stop(&loopback);
    }
}

/* A seed of so many permissions of one model, which has no owner but these. */
static bool load_permissions(int count, struct text *ret_message, struct loopback *loopback)
{
    struct buf seed = BUF_INIT;
    buf_add_string(&seed, "{\"permissions\": [");
    for (int i = 0; i < count; i++)
        buf_printf(&seed,
            "%s{\"name\": \"tunedModels/a/permissions/%d\", \"role\": \"%s\", \"emailAddress\": "
            "\"u%d@x.org\"}",
            i > 0 ? "," : "", i, i > 0 ? "READER" : "OWNER", i);
    buf_add_string(&seed, "]}");
    bool is_good = load_text(loopback, seed.data, ret_message);
    buf_release(&seed);
    return is_good;
}

static void a_model_has_at_most_1000_permissions(void **state)
{
    (void)state;
    struct text message = TEXT("");
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    assert_false(load_permissions(PERMISSIONS_MAX + 1, &message, &loopback));
    assert_text(message, "permissions[1000]: is more than the 1000 permissions of a model");
    /* What was written was taken back. */
    assert_true(load_permissions(PERMISSIONS_MAX, &message, &loopback));
    loopback_stop(&loopback);
}

static void operations_and_permissions_bring_the_model_that_is_not_there(void **state)
{
    (void)state;
    static const char seed[] =
        "{\"operations\": [{\"name\": \"tunedModels/a/operations/x\", \"metadata\": {\"@type\": "
        "\"type.googleapis.com/google.ai.generativelanguage.v1beta.CreateTunedModelMetadata\", "
        "\"totalSteps\": 38}}, {\"name\": \"tunedModels/b/operations/x\", \"done\": true, "
        "\"error\": {\"code\": 13}}, {\"name\": \"tunedModels/c/operations/x\", \"done\": true, "
        "\"response\": {\"@type\": "
        "\"type.googleapis.com/google.ai.generativelanguage.v1beta.TunedModel\", \"name\": "
        "\"tunedModels/c\", \"displayName\": \"C\", \"state\": \"ACTIVE\", \"createTime\": "
        "\"2024-07-31T06:58:46.123456Z\"}}, {\"name\": \"tunedModels/d/operations/x\", \"done\": "
        "true}, {\"name\": \"tunedModels/e/operations/x\"}, {\"name\": "
        "\"tunedModels/g/operations/x\", \"done\": true, \"response\": {\"@type\": "
        "\"type.googleapis.com/google.ai.generativelanguage.v1beta.TunedModel\", \"tuningTask\": "
        "{}}}, {\"name\": \"tunedModels/h/operations/x\", \"done\": true, \"response\": "
        "{\"@type\": \"type.googleapis.com/google.ai.generativelanguage.v1beta.TunedModel\", "
        "\"state\": 7}}], \"tunedModels\": [{\"name\": "
        "\"tunedModels/e\", \"state\": \"FAILED\"}], \"permissions\": [{\"name\": "
        "\"tunedModels/f/permissions/7\", \"granteeType\": \"GROUP\", \"emailAddress\": "
        "\"g@x.org\", \"role\": \"READER\"}]}";
    static const struct {
        const char *name, *state, *display_name;
    } models[] = {
        {"tunedModels/a", "CREATING", NULL},
        {"tunedModels/b", "FAILED", NULL},
        {"tunedModels/c", "ACTIVE", "C"},
        {"tunedModels/d", "ACTIVE", NULL},
        {"tunedModels/e", "FAILED", NULL},
        {"tunedModels/f", "ACTIVE", NULL},
        {"tunedModels/g", "ACTIVE", NULL},
        {"tunedModels/h", "ACTIVE", NULL},
    };
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    load_good_text(&loopback, seed);
    loopback_send(&loopback, "GET", "/v1/tunedModels/b/operations/x", NULL);
    assert_json_path(&loopback, "error.code", "13");
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/f/permissions/7", NULL);
    assert_json_path(&loopback, "emailAddress", "g@x.org");
    for (size_t i = 0; i < ARRAY_COUNT(models); i++) {
        char path[64];
        snprintf(path, sizeof(path), "/v1beta/%s", models[i].name);
        loopback_send(&loopback, "GET", path, NULL);
        assert_status(&loopback, 200);
        assert_json_path(&loopback, "name", models[i].name);
        assert_json_path(&loopback, "state", models[i].state);
        assert_json_path(&loopback, "displayName", models[i].display_name);
    }
    loopback_stop(&loopback);
}

static void a_seed_with_an_error_leaves_nothing_in_the_store(void **state)
{
    (void)state;
    struct loopback loopback;
    struct text message = TEXT("");
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    load_good_text(
        &loopback, "{\"tunedModels\": [{\"name\": \"tunedModels/old\", \"state\": \"ACTIVE\"}]}");
    assert_false(load_text(&loopback,
        "{\"tunedModels\": [{\"name\": \"tunedModels/old\", \"state\": \"FAILED\"}, "
        "{\"name\": \"tunedModels/fixed\", \"state\": \"ACTIVE\"}, {\"name\": "
        "\"tunedModels/made\", "
        "\"baseModel\": \"models/gemini-1.5-flash-001-tuning\", \"tuningTask\": {}}], "
        "\"operations\": [{\"name\": \"tunedModels/old/operations/a\"}, "
        "{\"name\": \"tunedModels/fixed/operations/a\"}], \"permissions\": ["
        "{\"name\": \"tunedModels/old/permissions/a\", \"emailAddress\": \"a@x.org\", "
        "\"role\": \"READER\"}, {\"name\": \"tunedModels/absent/permissions/a\", \"role\": "
        "\"READER\"}, {\"name\": \"tunedModels/old/permissions/b\"}]}",
        &message));
    assert_text(message, "permissions[2]: needs a role of OWNER, WRITER or READER");
    static const struct {
        const char *path;
        int status;
    } rows[] = {
        {"/v1beta/tunedModels/old", 200},
        {"/v1beta/tunedModels/old/operations/a", 404},
        {"/v1beta/tunedModels/old/permissions/a", 404},
        {"/v1beta/tunedModels/fixed", 404},
        {"/v1beta/tunedModels/made", 404},
        {"/v1beta/tunedModels/absent", 404},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_send(&loopback, "GET", rows[i].path, NULL);
        assert_status(&loopback, rows[i].status);
    }
    loopback_stop(&loopback);
}

static void files_that_cannot_be_read_are_named(void **state)
{
    (void)state;
    struct loopback loopback;
    struct text message = TEXT("");
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    assert_false(
        app_load_seed(&loopback.app, loopback_space(&loopback), "no/such/file.json", &message));
    assert_text(message, "no/such/file.json: No such file or directory");
    assert_false(
        app_load_seed(&loopback.app, loopback_space(&loopback), "tests/fixtures", &message));
    assert_text(message, "tests/fixtures: is no regular file of at most 256 MiB that can be read");
    loopback_stop(&loopback);
}

static void a_pipe_that_nobody_writes_is_refused_at_once(void **state)
{
    (void)state;
    char folder[PATH_BYTES_MAX], path[PATH_BYTES_MAX + 8];
    const char *parent = getenv("TMPDIR");
    snprintf(folder, sizeof(folder), "%s/tunemock-seed-XXXXXX", parent ? parent : "/tmp");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/pipe", folder);
    assert_int_equal(mkfifo(path, 0600), 0);

    struct loopback loopback;
    struct text message = TEXT("");
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    assert_false(app_load_seed(&loopback.app, loopback_space(&loopback), path, &message));
    assert_true(
        text_ends_with(message, TEXT(": is no regular file of at most 256 MiB that can be read")));
    loopback_stop(&loopback);
    unlink(path);
    rmdir(folder);
}

/* A file of the system that says it has no bytes and never ends, and one with a hole. */
static void no_more_of_a_file_is_read_than_the_bound(void **state)
{
    (void)state;
    static const char endless[] = "/proc/self/pagemap";
    char path[PATH_BYTES_MAX];
    const char *parent = getenv("TMPDIR");
    snprintf(path, sizeof(path), "%s/tunemock-seed-XXXXXX", parent ? parent : "/tmp");
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(ftruncate(descriptor, (off_t)256 * 1024 * 1024 + 1), 0);
    close(descriptor);

    struct loopback loopback;
    struct text message = TEXT("");
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    const char *const paths[] = {path, endless};
    for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
        if (access(paths[i], R_OK) != 0)
            continue;
        assert_false(app_load_seed(&loopback.app, loopback_space(&loopback), paths[i], &message));
        assert_true(text_ends_with(
            message, TEXT(": is no regular file of at most 256 MiB that can be read")));
    }
    loopback_stop(&loopback);
    unlink(path);
}

static void a_seed_has_a_bound_of_values_of_its_own(void **state)
{
    (void)state;
    struct loopback loopback;
    struct text message = TEXT("");
    struct buf seed = BUF_INIT;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    buf_add_string(&seed, "{\"models\":[");
    for (int i = 0; i < SEED_VALUES_MAX; i++)
        buf_add_string(&seed, "1,");
    buf_add_string(&seed, "]}");
    assert_false(load_text(&loopback, seed.data, &message));
    assert_text(message, "has more than 8000000 JSON values (objects, lists and scalars)");
    buf_release(&seed);
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_resource_comes_back_byte_for_byte),
        cmocka_unit_test(the_recorded_list_comes_back_byte_for_byte),
        cmocka_unit_test(resources_with_a_state_never_advance),
        cmocka_unit_test(what_is_there_already_is_left_alone),
        cmocka_unit_test(a_model_without_a_state_is_a_create),
        cmocka_unit_test(what_a_create_cannot_keep_is_said),
        cmocka_unit_test(a_model_with_a_state_answers_from_its_examples),
        cmocka_unit_test(a_model_has_the_owner_that_the_seed_names_or_the_one_of_open_calls),
        cmocka_unit_test(base_models_are_added_or_replaced_and_learn_as_their_names_say),
        cmocka_unit_test(faults_of_a_seed_are_served),
        cmocka_unit_test(a_seed_of_nothing_is_good),
        cmocka_unit_test(what_is_wrong_is_named_with_its_place),
        cmocka_unit_test(what_is_too_large_is_no_resource),
        cmocka_unit_test(a_model_has_at_most_1000_permissions),
        cmocka_unit_test(operations_and_permissions_bring_the_model_that_is_not_there),
        cmocka_unit_test(a_seed_with_an_error_leaves_nothing_in_the_store),
        cmocka_unit_test(files_that_cannot_be_read_are_named),
        cmocka_unit_test(a_pipe_that_nobody_writes_is_refused_at_once),
        cmocka_unit_test(no_more_of_a_file_is_read_than_the_bound),
        cmocka_unit_test(a_seed_has_a_bound_of_values_of_its_own),
    };
    return cmocka_run_group_tests_name("seed", tests, NULL, NULL);
}
