/* All of a space is put back, or in the place of what it was: answers tell that nothing is left. */
#include "server/state/change.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "tests/lib/loopback.h"

#define MODELS "/v1beta/tunedModels"
#define TASK                                                                                       \
    "\"tuningTask\": {\"trainingData\": {\"examples\": {\"examples\": [{\"textInput\": \"1\", "    \
    "\"output\": \"2\"}]}}}"
#define BASE "\"baseModel\": \"models/gemini-1.5-flash-001-tuning\""
#define RESET "/emulator/v1/state:reset"
#define STATE "/emulator/v1/state"

#define SEED_START                                                                                 \
    "{\"$schema\": \"x\", \"counter\": \"7\", \"clock\": {\"time\": \"2025-01-01T00:00:00Z\"},"    \
    "\"config\": {\"stepTime\": \"1s\"}, "                                                         \
    "\"tunedModels\": [{\"name\": \"tunedModels/fixed\", \"state\": \"ACTIVE\", " TASK "},"        \
    "{\"displayName\": \"trained\", " BASE ", " TASK "}],"                                         \
    "\"faults\": [{\"method\": \"tunedModels.delete\", \"status\": \"ABORTED\", \"times\": 1}],"   \
    "\"permissions\": [{\"name\": \"tunedModels/made/permissions/1\", \"role\": \"OWNER\","        \
    "\"emailAddress\": \"a@b.c\"}]"
static const char seed[] = SEED_START
    ", \"operations\": [{\"name\": \"tunedModels/made/operations/one\", \"done\": true}]}";

static void load(struct loopback *loopback, const char *text)
{
    char path[] = "/tmp/tunemock-test-XXXXXX";
    struct text message = TEXT("");
    FILE *file = fdopen(mkstemp(path), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    if (!app_load_seed(&loopback->app, loopback_space(loopback), path, &message))
        fail_msg("%.*s", TEXT_ARGS(message));
    unlink(path);
}

static void send_good(
    struct loopback *loopback, const char *verb, const char *target, const char *body)
{
    loopback_send(loopback, verb, target, body);
    if (loopback->status != 200)
        fail_msg("%s: %.*s", target, TEXT_ARGS(loopback->answer));
}

/* What a test does, and all that it is answered, headers too. */
static const struct {
    const char *verb, *target, *body;
} steps[] = {
    {"GET", STATE, NULL},
    {"GET", "/emulator/v1/clock", NULL},
    {"GET", MODELS, NULL},
    {"DELETE", MODELS "/fixed", NULL}, /* a fault */
    {"DELETE", MODELS "/fixed", NULL},
    {"POST", MODELS, "{\"displayName\": \"mine\", " BASE ", " TASK "}"},
    {"POST", MODELS "/made/permissions", "{\"role\": \"READER\", \"granteeType\": \"EVERYONE\"}"},
    {"POST", "/emulator/v1/faults", "{\"status\": \"INTERNAL\", \"method\": \"models.list\"}"},
    {"GET", "/v1beta/models", NULL},
    {"PATCH", MODELS "/made?updateMask=description", "{\"description\": \"changed\"}"},
    {"POST", "/emulator/v1/clock:advance", "{\"duration\": \"1000s\"}"},
    {"PATCH", "/emulator/v1/clock", "{\"mode\": \"rate\", \"rate\": 1e-12}"},
    {"PATCH", "/emulator/v1/clock", "{\"mode\": \"frozen\", \"time\": \"2026-01-01T00:00:00Z\"}"},
    {"GET", MODELS, NULL},
    {"GET", "/v1beta/operations", NULL},
    {"GET", MODELS "?pageSize=2", NULL},
    {"GET", "/v1beta/operations?pageSize=1", NULL},
    {"GET", MODELS "/made/permissions?pageSize=1", NULL},
    {"POST", MODELS "/made:generateContent", "{\"contents\": {\"parts\": {\"text\": \"1\"}}}"},
    {"GET", STATE, NULL},
};

static void add_answer(struct buf *out, const struct loopback *loopback)
{
    const struct reply *reply = &loopback->exchange.reply;
    buf_printf(out, "%d\n", loopback->status);
    for (int i = 0; i < reply->header_count; i++)
        buf_printf(out, "%s: %.*s\n", reply->headers[i].name, TEXT_ARGS(reply->headers[i].value));
    buf_add_text(out, loopback->answer);
}

/* `name` NULL: in the default namespace. */
static void play_in(struct loopback *loopback, const char *name, struct buf *out)
{
    buf_clear(out);
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        loopback_send_in(loopback, name, steps[i].verb, steps[i].target, steps[i].body);
        buf_printf(out, "--- %s %s\n", steps[i].verb, steps[i].target);
        add_answer(out, loopback);
    }
}

static void play(struct loopback *loopback, struct buf *out)
{
    play_in(loopback, NULL, out);
}

static void assert_same_text(const struct buf *one, const struct buf *other)
{
    size_t at = 0;
    while (at < one->len && at < other->len && one->data[at] == other->data[at])
        at++;
    size_t from = at < 300 ? 0 : at - 300;
    if (at < one->len || at < other->len)
        fail_msg("...%.600s\n--- not ---\n...%.600s", one->data + from, other->data + from);
}

static void the_same_requests_after_a_reset_give_the_same_bytes(void **state)
{
    (void)state;
    struct loopback loopback;
    struct buf first = BUF_INIT, second = BUF_INIT;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    load(&loopback, seed);
    load(&loopback, "{\"faults\": [{\"status\": \"ABORTED\", \"method\": \"models.get\"}]}");
    play(&loopback, &first);
    static const char *const bodies[] = {NULL, "{}", "{\"to\": \"seed\", \"keepRequests\": true}"};
    for (size_t i = 0; i < ARRAY_COUNT(bodies); i++) {
        send_good(&loopback, "POST", RESET, bodies[i]);
        assert_body(&loopback, "{}\n");
        play(&loopback, &second);
        assert_same_text(&first, &second);
    }
    buf_release(&first);
    buf_release(&second);
    loopback_stop(&loopback);
}

static void a_namespace_that_is_made_later_begins_as_a_reset_would_leave_it(void **state)
{
    (void)state;
    static const char *const names[] = {"one", "two"};
    struct loopback loopback;
    struct buf first = BUF_INIT, second = BUF_INIT;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    load(&loopback, seed);
    load(&loopback, "{\"faults\": [{\"status\": \"ABORTED\", \"method\": \"models.get\"}]}");
    play(&loopback, &first);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        play_in(&loopback, names[i], &second);
        assert_same_text(&first, &second);
    }
    send_good(&loopback, "POST", RESET "?namespace=one", "{}");
    play_in(&loopback, "one", &second);
    assert_same_text(&first, &second);
    send_good(&loopback, "POST", RESET, "{}");
    play(&loopback, &second);
    assert_same_text(&first, &second);
    buf_release(&first);
    buf_release(&second);
    loopback_stop(&loopback);
}

static void without_seeds_a_reset_leads_to_the_start(void **state)
{
    (void)state;
    struct loopback loopback, fresh;
    struct buf first = BUF_INIT, second = BUF_INIT;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_start(&fresh, FIDELITY_COMPAT, AUTH_OPEN);
    play(&loopback, &first);
    send_good(&loopback, "POST", RESET, "{}");
    play(&loopback, &second);
    assert_same_text(&first, &second);
    /* So does an empty one of a server that had a seed. */
    load(&fresh, seed);
    send_good(&fresh, "POST", RESET, "{\"to\": \"empty\"}");
    play(&fresh, &second);
    assert_same_text(&first, &second);
    buf_release(&first);
    buf_release(&second);
    loopback_stop(&loopback);
    loopback_stop(&fresh);
}

/* What an earlier run left in a file is no part of what a server began with. */
static void a_reset_of_a_file_leads_to_what_its_seeds_say(void **state)
{
    (void)state;
    char path[] = "/tmp/tunemock-test-XXXXXX.db";
    close(mkstemps(path, 3));
    unlink(path);
    struct loopback loopback, fresh;
    struct buf first = BUF_INIT, second = BUF_INIT;
    assert_true(loopback_start_file(&loopback, path));
    load(&loopback, "{\"tunedModels\": [{\"name\": \"tunedModels/old\", \"state\": \"FAILED\"},"
                    "{\"name\": \"tunedModels/fixed\", \"state\": \"FAILED\"}]}");
    loopback_stop(&loopback);
    assert_true(loopback_start_file(&loopback, path));
    load(&loopback, seed);
    send_good(&loopback, "GET", MODELS "/fixed", NULL);
    assert_json_path(&loopback, "state", "FAILED");
    send_good(&loopback, "POST", RESET, NULL);
    play(&loopback, &first);
    loopback_start(&fresh, FIDELITY_COMPAT, AUTH_OPEN);
    load(&fresh, seed);
    play(&fresh, &second);
    assert_same_text(&second, &first);
    loopback_stop(&fresh);
    loopback_stop(&loopback);
    buf_release(&first);
    buf_release(&second);
    for (size_t i = 0; i < 4; i++) {
        char name[64];
        snprintf(
            name, sizeof(name), "%s%s", path, (const char *[]){"", "-wal", "-shm", ".lock"}[i]);
        unlink(name);
    }
}

static struct text keep_answer(struct loopback *loopback)
{
    return arena_text(&loopback->app.arena, loopback->answer);
}

static void what_is_imported_is_what_was_exported(void **state)
{
    (void)state;
    struct loopback first, second;
    struct buf one = BUF_INIT, other = BUF_INIT;
    loopback_start(&first, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_start(&second, FIDELITY_COMPAT, AUTH_OPEN);
    load(&first, seed);
    load(&second, "{\"tunedModels\": [{\"name\": \"tunedModels/other\", \"state\": \"ACTIVE\"}],"
                  "\"faults\": [{\"status\": \"ABORTED\"}]}");
    play(&first, &one);
    send_good(&first, "GET", STATE, NULL);
    send_good(&second, "PUT", STATE, keep_answer(&first).bytes);
    assert_body(&second, "{}\n");
    play(&first, &one);
    play(&second, &other);
    assert_same_text(&one, &other);
    buf_release(&one);
    buf_release(&other);
    loopback_stop(&first);
    loopback_stop(&second);
}

static void an_import_that_is_wrong_changes_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *body, *problem;
    } rows[] = {
        {"{\"models\": [{\"name\": \"models/x\"}]}", "models: can only come from --data"},
        {"{\"callers\": [{\"key\": \"k\", \"email\": \"e\"}]}",
            "callers: can only come from --data"},
        {"{\"colour\": 1}", "Unknown name \\\"colour\\\" at 'state'"},
        {"{\"tunedModels\": [{\"state\": \"ACTIVE\"}]}", "tunedModels[0]: needs a name"},
        {"{\"tunedModels\": [{\"name\": 1}]}", "state.tuned_models[0].name"},
        {"{\"tunedModels\": [{\"name\": \"tunedModels/a\", \"state\": \"ACTIVE\"},"
         "{\"name\": \"tunedModels/a\", \"state\": \"ACTIVE\"}]}",
            "tunedModels[1]: tunedModels/a stands in tunedModels[0] already"},
        {"{\"operations\": [{\"name\": \"tunedModels/a/operations/1\"}]}",
            "operations[0]: is of tunedModels/a, which the file does not hold"},
        {"{\"permissions\": [{\"name\": \"tunedModels/a/permissions/1\", \"role\": \"OWNER\"}]}",
            "permissions[0]: is of tunedModels/a, which the file does not hold"},
        {"{\"tunedModels\": [{\"name\": \"tunedModels/a\", \"state\": \"ACTIVE\"}], "
         "\"permissions\":"
         "[{\"name\": \"tunedModels/a/permissions/1\", \"role\": \"OWNER\", \"emailAddress\": "
         "\"A@b\"},"
         "{\"name\": \"tunedModels/a/permissions/2\", \"role\": \"READER\", \"emailAddress\": "
         "\"a@B\"}]}",
            "permissions[1]: the file has a permission of this id or address already"},
        {"{\"tunedModels\": [{\"displayName\": \"a\", \"tunedModelSource\": {\"tunedModel\": "
         "\"tunedModels/fixed\"}, " TASK "}]}",
            "tunedModels[0]: Tuned model tunedModels/fixed does not exist."},
        {"{\"numbers\": {\"lastRow\": -1}}", "numbers: the last ones are out of range"},
        {"{\"numbers\": {\"rows\": {\"tunedModels/a\": \"1\"}}}", "numbers: a row's must be"},
        {"{\"numbers\": {\"lastRow\": 1, \"rows\": {\"tunedModels/a\": \"1\"}}}",
            "numbers: has a row that the file does not hold: tunedModels/a"},
        {"{\"numbers\": {\"lastRequest\": \"9223372036854775807\"}}",
            "numbers: the last ones are out of range"},
        {"{\"numbers\": {\"lastRow\": 1, \"rows\": {\"a\": \"1\", \"b\": \"1\"}}}",
            "numbers: two rows have the same"},
        {"{\"faults\": [{\"status\": \"NONE\"}]}", "faults[0].status: "},
        {"{\"clock\": {\"mode\": \"fast\"}}", "clock: mode: must be real, frozen or rate"},
        {"{\"counter\": -1}", "has a counter that is not from 0 to 1000000000"},
        {"{\"tunedModels\": [], \"tunedModels\": []}",
            "oneof field '_tuned_models' is already set"},
        {"{\"permissions\": [], \"faults\": [], \"permissions\": []}",
            "_permissions' is already set"},
        {"{\"tunedModels\": [], \"tuned_models\": []}",
            "oneof field '_tuned_models' is already set"},
        {"{\"version\": 2}", "has a version that this tunemock does not know"},
        {"{\"jobs\": [{\"name\": \"tunedModels/x\"}]}",
            "jobs[0]: is of \\\"tunedModels/x\\\", a model that the file does not hold"},
        {"{\"faults\": [{\"id\": \"1\", \"status\": 503}, {\"id\": \"1\", \"status\": 503}]}",
            "faults[1]: its id stands in faults[0] already"},
        {"{\"faults\": [{\"id\": \"one\", \"status\": 503}]}",
            "faults[0].id: must be a number from 1 on"},
        {"{\"stories\": [{\"id\": \"7\", \"stallAtStep\": 1}, {\"id\": \"7\", \"stallAtStep\": "
         "1}]}",
            "stories[1]: its id stands in stories[0] already"},
        {"{\"stories\": [{\"id\": \"07\", \"stallAtStep\": 1}]}",
            "stories[0].id: must be a number from 1 on"},
        {"{\"stubs\": [{\"id\": \"7\", \"reply\": {\"text\": \"x\"}}, {\"id\": \"7\"}]}",
            "stubs[1]: its id stands in stubs[0] already"},
        {"{\"stubs\": [{\"reply\": {\"text\": \"x\"}}, {\"reply\": {\"words\": 1}}]}",
            "Unknown name \\\"words\\\" at 'state.stubs[1].reply'"},
        {"{\"scenarios\": {\"s\": \"1\"}, \"stubs\": [{\"reply\": {}}]}",
            "stubs[0].reply: must have one of"},
        {"", "The body is empty."},
        {"[]", "Root element must be a message"},
    };
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    load(&loopback, seed);
    send_good(&loopback, "GET", STATE, NULL);
    struct text before = keep_answer(&loopback);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_send(&loopback, "PUT", STATE, rows[i].body);
        bool is_told = text_find(loopback.answer, text_of(rows[i].problem)) < loopback.answer.len;
        if (loopback.status != 400 || !is_told)
            fail_msg("%s: %.*s", rows[i].body, TEXT_ARGS(loopback.answer));
        loopback_send(&loopback, "GET", STATE, NULL);
        if (!text_equals(loopback.answer, before))
            fail_msg("%s: changed", rows[i].body);
    }
    loopback_stop(&loopback);
}

static void all_that_is_wrong_is_told_at_once(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_send(&loopback, "PUT", STATE,
        "{\"tunedModels\": [{\"state\": \"ACTIVE\"}, {\"name\": \"x\", \"state\": \"ACTIVE\"}],"
        "\"faults\": [{\"status\": \"NONE\"}, {}], \"counter\": \"-1\"}");
    assert_status(&loopback, 400);
    static const char *const problems[] = {"has a counter",
        "tunedModels[0]: ", "tunedModels[1]: ", "faults[0].status: ", "faults[1]."};
    for (size_t i = 0; i < ARRAY_COUNT(problems); i++)
        assert_true(text_find(loopback.answer, text_of(problems[i])) < loopback.answer.len);
    loopback_stop(&loopback);
}

static void a_reset_leads_to_seed_or_empty_and_nowhere_else(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_send(&loopback, "POST", RESET, "{\"to\": \"yesterday\"}");
    assert_status(&loopback, 400);
    assert_json_path(&loopback, "error.message", "to: must be seed or empty");
    loopback_send(&loopback, "POST", RESET, "{\"too\": \"seed\"}");
    assert_status(&loopback, 400);
    loopback_stop(&loopback);
}

/* A server that ends does not wait for it. */
static void a_change_that_is_given_up_changes_nothing(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    load(&loopback, seed);
    send_good(&loopback, "DELETE", "/emulator/v1/faults", NULL);
    send_good(&loopback, "GET", STATE, NULL);
    struct text before = keep_answer(&loopback);
    store_give_up(loopback.app.store);
    loopback_send(&loopback, "POST", RESET, NULL);
    assert_json_path(&loopback, "error.status", "FAILED_PRECONDITION");
    loopback_send(&loopback, "PUT", STATE, "{}");
    assert_json_path(&loopback, "error.status", "FAILED_PRECONDITION");
    send_good(&loopback, "GET", STATE, NULL);
    assert_true(text_equals(loopback.answer, before));
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_requests_after_a_reset_give_the_same_bytes),
        cmocka_unit_test(a_namespace_that_is_made_later_begins_as_a_reset_would_leave_it),
        cmocka_unit_test(without_seeds_a_reset_leads_to_the_start),
        cmocka_unit_test(a_reset_of_a_file_leads_to_what_its_seeds_say),
        cmocka_unit_test(what_is_imported_is_what_was_exported),
        cmocka_unit_test(an_import_that_is_wrong_changes_nothing),
        cmocka_unit_test(all_that_is_wrong_is_told_at_once),
        cmocka_unit_test(a_reset_leads_to_seed_or_empty_and_nowhere_else),
        cmocka_unit_test(a_change_that_is_given_up_changes_nothing),
    };
    return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
