/* Rights that change, and models that are exchanged, between a call's check and its write. */
#include "tests/lib/unit.h"

#include <stdio.h>

#include "base/timefmt.h"
#include "server/api/permissions.h"
#include "server/state/callers.h"
#include "server/state/identity.h"
#include "tests/lib/race.h"

#define CREATE                                                                                     \
    "{\"baseModel\": \"models/gemini-1.5-flash-001-tuning\", \"tuningTask\": {\"trainingData\": "  \
    "{\"examples\": {\"examples\": [{\"textInput\": \"1\", \"output\": \"2\"}]}}}}"
#define CREATE_FROM "{\"tunedModelSource\": {\"tunedModel\": \"tunedModels/x\"}}"
#define MODELS "/v1beta/tunedModels?tunedModelId="
#define MODEL "/v1beta/tunedModels/x"
#define NAME "tunedModels/x/operations/gg6unvum1vit"
#define OPERATION "/v1/operations/" NAME
#define PERMISSIONS MODEL "/permissions"
/* The permission of writer@x.org; its id follows from that address. */
#define PERMISSION PERMISSIONS "/180599446988505266798"
#define GRANT(type, address, role)                                                                 \
    "{\"granteeType\": \"" type "\", \"emailAddress\": \"" address "\", \"role\": \"" role "\"}"

#define FORBIDDEN 403, "You do not have permission to access tuned model tunedModels/x."
#define NO_OWNER 403, "You need to be the owner of the resource to transfer ownership"
#define NO_MODEL 404, "Tuned model tunedModels/x does not exist."
#define NO_OPERATION 404, "Operation " NAME " does not exist."
#define NO_PERMISSION 404, "Permission tunedModels/x/permissions/"

/* A call of one of those whom `callers` lists: {name}@x.org by the token {name}. */
struct step {
    const char *name, *verb, *target, *body;
};
static const char *const callers[] = {"owner", "writer", "guest", "heir"};

/* What others do first. */
static const struct step delete_model = {"owner", "DELETE", MODEL, NULL};
static const struct step create_model = {"owner", "POST", MODELS "x", CREATE};
static const struct step revoke = {"owner", "DELETE", PERMISSION, NULL};
static const struct step grant = {
    "owner", "POST", PERMISSIONS, GRANT("USER", "writer@x.org", "WRITER")};
static const struct step lower = {
    "owner", "PATCH", PERMISSION "?updateMask=role", "{\"role\": \"READER\"}"};
static const struct step close_to_all = {"owner", "DELETE", PERMISSIONS "/everyone", NULL};
static const struct step give_away = {
    "owner", "POST", MODEL ":transferOwnership", "{\"emailAddress\": \"heir@x.org\"}"};
static const struct step promote_writer = {
    "owner", "POST", MODEL ":transferOwnership", "{\"emailAddress\": \"writer@x.org\"}"};
static const struct step forget = {"owner", "DELETE", OPERATION, NULL};

/* What comes too late for it. */
static const struct step patch = {"writer", "PATCH", MODEL, "{\"description\": \"late\"}"};
static const struct step share = {
    "writer", "POST", PERMISSIONS, GRANT("USER", "late@x.org", "READER")};
static const struct step lower_self = {
    "writer", "PATCH", PERMISSION "?updateMask=role", "{\"role\": \"READER\"}"};
static const struct step leave = {"writer", "DELETE", PERMISSION, NULL};
static const struct step cancel = {"writer", "POST", "/v1/" NAME ":cancel", NULL};
static const struct step cancel_model = {"writer", "POST", MODEL ":cancel", NULL};
static const struct step forget_late = {"writer", "DELETE", OPERATION, NULL};
static const struct step tune = {"guest", "POST", MODELS "late", CREATE_FROM};

static void call(struct race *race, const struct step *step)
{
    char authorization[40];
    snprintf(authorization, sizeof(authorization), "Bearer %s", step->name);
    loopback_set_header(&race->loopback, HEADER_AUTHORIZATION, authorization);
    loopback_send(&race->loopback, step->verb, step->target, step->body);
}

static void call_well(struct race *race, const struct step *step)
{
    call(race, step);
    assert_status(&race->loopback, 200);
}

static void send(struct race *race, const struct step *step)
{
    race_send(race, step->name, step->verb, step->target, step->body);
}

/* The owner's model x, which the writer may write and everyone read. */
static void start(struct race *race)
{
    static const struct step open_to_all = {
        "owner", "POST", PERMISSIONS, "{\"granteeType\": \"EVERYONE\", \"role\": \"READER\"}"};
    race_start(race, AUTH_REQUIRED);
    struct app *app = &race->loopback.app;
    for (size_t i = 0; i < ARRAY_COUNT(callers); i++)
        callers_add(app->callers, TEXT(""), text_of(callers[i]),
            arena_printf(&app->arena, "%s@x.org", callers[i]));
    call_well(race, &create_model);
    call_well(race, &grant);
    call_well(race, &open_to_all);
}

/* What can be seen of the models and of who may do what with x. */
static struct text look(struct race *race, struct buf *out)
{
    static const char *const targets[] = {
        "/v1beta/tunedModels", PERMISSIONS, "/v1beta/tunedModels/x/operations"};
    buf_clear(out);
    for (size_t i = 0; i < ARRAY_COUNT(targets); i++) {
        call(race, &(struct step){"owner", "GET", targets[i], NULL});
        buf_add_text(out, race->loopback.answer);
    }
    return buf_text(out);
}

static void what_comes_too_late_is_answered_as_if_it_had_come_later_and_changes_nothing(
    void **state)
{
    (void)state;
    static const struct {
        const struct step *first[2], *late;
        int status;
        const char *message;
    } rows[] = {
        {{&delete_model}, &patch, NO_MODEL},
        {{&delete_model}, &share, NO_MODEL},
        {{&delete_model}, &lower_self, NO_MODEL},
        {{&delete_model}, &leave, NO_MODEL},
        {{&delete_model}, &cancel, NO_OPERATION},
        {{&delete_model}, &cancel_model, NO_MODEL},
        {{&delete_model}, &forget_late, NO_OPERATION},
        {{&delete_model}, &delete_model, NO_MODEL},
        {{&delete_model}, &give_away, NO_MODEL},
        /* Another model under the same name is not what was asked for. */
        {{&delete_model, &create_model}, &patch, NO_MODEL},
        {{&delete_model, &create_model}, &share, NO_MODEL},
        {{&delete_model, &create_model}, &cancel_model, NO_MODEL},
        {{&delete_model, &create_model}, &delete_model, NO_MODEL},
        {{&delete_model, &create_model}, &give_away, NO_MODEL},
        {{&delete_model, &create_model}, &lower, NO_PERMISSION},
        {{&delete_model, &create_model}, &cancel, NO_OPERATION},
        {{&delete_model, &create_model}, &forget, NO_OPERATION},
        {{&delete_model, &create_model}, &forget_late, FORBIDDEN},
        /* Rights are taken away. */
        {{&revoke}, &patch, FORBIDDEN},
        {{&revoke}, &share, FORBIDDEN},
        {{&revoke}, &lower_self, FORBIDDEN},
        {{&revoke}, &leave, FORBIDDEN},
        {{&revoke}, &cancel, FORBIDDEN},
        {{&revoke}, &cancel_model, FORBIDDEN},
        {{&revoke}, &forget_late, FORBIDDEN},
        {{&lower}, &patch, FORBIDDEN},
        {{&lower_self}, &patch, FORBIDDEN},
        {{&leave}, &share, FORBIDDEN},
        {{&give_away}, &delete_model, FORBIDDEN},
        {{&give_away}, &promote_writer, NO_OWNER},
        {{&give_away}, &give_away, NO_OWNER},
        /* A permission is gone, another, or the owner's. */
        {{&revoke}, &revoke, NO_PERMISSION},
        {{&revoke}, &lower, NO_PERMISSION},
        {{&revoke, &grant}, &lower, NO_PERMISSION},
        {{&revoke, &grant}, &revoke, NO_PERMISSION},
        {{&promote_writer}, &lower, 400, "the owner keeps that role"},
        {{&promote_writer}, &leave, 400, "the owner's permission cannot be deleted"},
        {{&share}, &share, 409, "already exists"},
        /* An operation is gone. */
        {{&forget}, &cancel, NO_OPERATION},
        {{&forget}, &forget_late, NO_OPERATION},
    };
    struct buf before = BUF_INIT, after = BUF_INIT;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct race race;
        start(&race);
        race_keep(&race);
        for (size_t k = 0; k < 2 && rows[i].first[k]; k++)
            send(&race, rows[i].first[k]);
        race_let_go(&race);
        look(&race, &before);
        race_stop(&race);

        start(&race);
        race_keep(&race);
        for (size_t k = 0; k < 2 && rows[i].first[k]; k++)
            send(&race, rows[i].first[k]);
        send(&race, rows[i].late);
        race_let_go(&race);
        for (int k = 0; k < race.call_count - 1; k++)
            assert_race(&race, k, 200, NULL);
        assert_race(&race, race.call_count - 1, rows[i].status, rows[i].message);
        look(&race, &after);
        assert_string_equal(before.data, after.data);
        race_stop(&race);
    }
    buf_release(&before);
    buf_release(&after);
}

static void a_model_to_tune_from_is_still_there_and_readable(void **state)
{
    (void)state;
    static const struct {
        const struct step *first[2];
        int status;
        const char *message;
    } rows[] = {
        {{&patch}, 200, "tunedModels/late/operations/"},
        {{&delete_model}, NO_MODEL},
        {{&delete_model, &create_model}, NO_MODEL},
        {{&close_to_all}, FORBIDDEN},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct race race;
        start(&race);
        loopback_advance(&race.loopback, 3600 * NS_PER_SECOND);
        race_keep(&race);
        for (size_t k = 0; k < 2 && rows[i].first[k]; k++)
            send(&race, rows[i].first[k]);
        send(&race, &tune);
        race_let_go(&race);
        assert_race(&race, race.call_count - 1, rows[i].status, rows[i].message);
        call(&race, &(struct step){"guest", "GET", "/v1beta/tunedModels/late", NULL});
        assert_status(&race.loopback, rows[i].status == 200 ? 200 : 404);
        race_stop(&race);
    }
}

enum { HEIR_COUNT = 32 };

/* Transfers to as many addresses at once; returns how many were acknowledged. */
static int give_to_all(struct race *race, const char *token)
{
    static char bodies[HEIR_COUNT][64];
    race_keep(race);
    for (int i = 0; i < HEIR_COUNT; i++) {
        snprintf(bodies[i], sizeof(bodies[i]), "{\"emailAddress\": \"heir-%d@x.org\"}", i);
        race_send(race, token, "POST", MODEL ":transferOwnership", bodies[i]);
    }
    race_let_go(race);
    int count = 0;
    for (int i = 0; i < HEIR_COUNT; i++)
        count += race->exchanges[i].reply.status == 200;
    return count;
}

static void an_owner_gives_a_model_away_once(void **state)
{
    (void)state;
    struct race race;
    start(&race);
    assert_int_equal(give_to_all(&race, "owner"), 1);
    assert_race(&race, 0, 200, "{}\n");
    for (int i = 1; i < HEIR_COUNT; i++)
        assert_race(&race, i, NO_OWNER);
    call_well(&race, &(struct step){"owner", "GET", PERMISSIONS, NULL});
    assert_json_path(&race.loopback, "permissions.0.role", "WRITER");
    assert_json_path(&race.loopback, "permissions.3.emailAddress", "heir-0@x.org");
    assert_json_path(&race.loopback, "permissions.3.role", "OWNER");
    assert_json_path(&race.loopback, "permissions.4", NULL);
    race_stop(&race);
}

static void who_owns_all_gives_a_model_away_as_often_as_he_likes(void **state)
{
    (void)state;
    struct race race;
    race_start(&race, AUTH_OPEN);
    loopback_send(&race.loopback, "POST", MODELS "x", CREATE);
    assert_int_equal(give_to_all(&race, NULL), HEIR_COUNT);
    loopback_send(&race.loopback, "GET", PERMISSIONS "?pageSize=100", NULL);
    assert_json_path(&race.loopback, "permissions.0.role", "WRITER");
    assert_json_path(&race.loopback, "permissions.31.role", "WRITER");
    assert_json_path(&race.loopback, "permissions.32.emailAddress", "heir-31@x.org");
    assert_json_path(&race.loopback, "permissions.32.role", "OWNER");
    race_stop(&race);
}

static void ignore_done(struct store_write *write)
{
    (void)write;
}

static void who_may_not_even_read_any_more_is_told_so(void **state)
{
    (void)state;
    struct race race;
    start(&race);
    call_well(&race, &close_to_all);
    /* No call takes the owner's permission away, so the store is asked. */
    struct store_write vanish = {
        .kind = STORE_DELETE_PERMISSION, .permission.model_id = TEXT("x"), .done = ignore_done};
    vanish.permission.id = identity_permission_id(TEXT("owner@x.org"), &race.loopback.app.arena);
    race_keep(&race);
    store_submit(race.loopback.app.store, &vanish);
    send(&race, &give_away);
    race_let_go(&race);
    assert_race(&race, 0, FORBIDDEN);
    race_stop(&race);
}

/* Between a call's time and its write more time passes than training takes. */
static void what_was_seen_to_succeed_is_not_cancelled(void **state)
{
    (void)state;
    static const struct step *const cancels[] = {&cancel, &cancel_model};
    static const struct step get = {"owner", "GET", OPERATION, NULL};
    for (size_t i = 0; i < ARRAY_COUNT(cancels); i++) {
        struct race race;
        start(&race);
        race_keep(&race);
        send(&race, cancels[i]);
        loopback_advance(&race.loopback, 3600 * NS_PER_SECOND);
        call_well(&race, &get);
        assert_json_path(&race.loopback, "response.state", "ACTIVE");
        char *seen = loopback_json(&race.loopback, "response");
        race_let_go(&race);
        assert_race(&race, 0, 200, "{}\n");
        call_well(&race, &get);
        assert_json_path(&race.loopback, "response", seen);
        assert_json_path(&race.loopback, "error", NULL);
        free(seen);
        race_stop(&race);
    }
}

static void steps_that_were_seen_stay_when_training_is_cancelled(void **state)
{
    (void)state;
    static const struct step get = {"owner", "GET", OPERATION, NULL};
    struct race race;
    start(&race);
    race_keep(&race);
    send(&race, &cancel);
    loopback_advance(&race.loopback, 500 * NS_PER_MS);
    call_well(&race, &get);
    assert_json_path(&race.loopback, "done", NULL);
    char *seen = loopback_json(&race.loopback, "metadata.completedSteps");
    char *snapshots = loopback_json(&race.loopback, "metadata.snapshots");
    assert_string_equal(seen, "1");
    race_let_go(&race);
    for (int i = 0; i < 2; i++) {
        call_well(&race, &get);
        assert_json_path(&race.loopback, "error.message", "The operation was cancelled.");
        assert_json_path(&race.loopback, "metadata.completedSteps", seen);
        assert_json_path(&race.loopback, "metadata.snapshots", snapshots);
        loopback_advance(&race.loopback, 3600 * NS_PER_SECOND);
    }
    free(seen);
    free(snapshots);
    race_stop(&race);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            what_comes_too_late_is_answered_as_if_it_had_come_later_and_changes_nothing),
        cmocka_unit_test(a_model_to_tune_from_is_still_there_and_readable),
        cmocka_unit_test(an_owner_gives_a_model_away_once),
        cmocka_unit_test(who_owns_all_gives_a_model_away_as_often_as_he_likes),
        cmocka_unit_test(who_may_not_even_read_any_more_is_told_so),
        cmocka_unit_test(what_was_seen_to_succeed_is_not_cancelled),
        cmocka_unit_test(steps_that_were_seen_stay_when_training_is_cancelled),
    };
    return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
