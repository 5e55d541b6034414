/* A snapshot is taken, and whatever is done then, it is gone back to: answers tell that all is the
 * same. */
#include "server/state/snapshot.h"

#include <pthread.h>

#include "base/hash.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/space/stories.h"
#include "store/internal.h"
#include "tests/lib/race.h"

#define MODELS "/v1beta/tunedModels"
#define TASK                                                                                       \
    "\"tuningTask\": {\"hyperparameters\": {\"epochCount\": 5, \"batchSize\": 1}, "                \
    "\"trainingData\": {\"examples\": {\"examples\": [{\"textInput\": \"1\", "                     \
    "\"output\": \"2\"}]}}}"
#define BASE "\"baseModel\": \"models/gemini-1.5-flash-001-tuning\""
#define CONTROL "/emulator/v1"
#define SNAPSHOTS CONTROL "/snapshots"
#define GENERATE "{\"contents\": {\"parts\": {\"text\": \"%llu\"}}}"

/* What traffic is made of; a %llu is a small number. */
static const struct {
    const char *verb, *target, *body;
} steps[] = {
    {"POST", MODELS, "{\"displayName\": \"mine %llu\", " BASE ", " TASK "}"},
    {"POST", MODELS "?tunedModelId=m%llu", "{" BASE ", " TASK "}"},
    {"POST", MODELS "?tunedModelId=m%llu", "{" BASE ", " TASK "}"},
    {"PATCH", MODELS "/m%llu?updateMask=description", "{\"description\": \"is %llu\"}"},
    {"DELETE", MODELS "/m%llu", NULL},
    {"GET", MODELS "/m%llu", NULL},
    {"GET", MODELS "?pageSize=2", NULL},
    {"GET", MODELS "?pageSize=100", NULL},
    {"GET", "/v1beta/operations?pageSize=3", NULL},
    {"GET", MODELS "/m%llu/operations", NULL},
    {"POST", MODELS "/m%llu/permissions",
        "{\"role\": \"READER\", \"granteeType\": \"USER\", \"emailAddress\": \"a%llu@b.c\"}"},
    {"GET", MODELS "/m%llu/permissions?pageSize=2", NULL},
    {"POST", MODELS "/m%llu:transferOwnership", "{\"emailAddress\": \"a%llu@b.c\"}"},
    {"POST", MODELS "/m%llu:cancel", NULL},
    {"POST", MODELS "/m%llu:generateContent", GENERATE},
    {"POST", MODELS "/m%llu:streamGenerateContent", GENERATE},
    {"POST", MODELS "/m%llu:generateContent", GENERATE},
    {"GET", "/v1beta/models?pageSize=1", NULL},
    {"GET", "/v1beta/nothing", NULL},
    {"POST", CONTROL "/tunedModels/m%llu:complete", NULL},
    {"POST", CONTROL "/tunedModels/m%llu:stall", "{\"atStep\": %llu}"},
    {"POST", CONTROL "/tunedModels/m%llu:resume", NULL},
    {"POST", CONTROL "/tunedModels/m%llu:advance", "{\"steps\": 1}"},
    {"POST", CONTROL "/clock:advance", "{\"duration\": \"0.%llus\"}"},
    {"PATCH", CONTROL "/clock", "{\"mode\": \"rate\", \"rate\": 1e-12}"},
    {"PATCH", CONTROL "/clock", "{\"mode\": \"frozen\"}"},
    {"PATCH", CONTROL "/clock", "{\"time\": \"203%llu-01-01T00:00:00Z\"}"},
    {"PATCH", CONTROL "/config", "{\"seed\": \"%llu\"}"},
    {"PATCH", CONTROL "/config", "{\"stepTime\": \"0.%llus\", \"onNoMatch\": \"error\"}"},
    {"PATCH", CONTROL "/config", "{\"progress\": \"polls:%llu\", \"onNoMatch\": \"answer\"}"},
    {"PATCH", CONTROL "/config", "{\"streamDelay\": {\"uniform\": [\"1ms\", \"%llus\"]}}"},
    {"POST", CONTROL "/faults",
        "{\"method\": \"tunedModels.get\", \"status\": 503, \"probability\": 0.%llu}"},
    {"POST", CONTROL "/faults",
        "{\"method\": \"*\", \"status\": 429, \"after\": %llu, \"times\": 2}"},
    {"DELETE", CONTROL "/faults/%llu", NULL},
    {"GET", CONTROL "/faults", NULL},
    {"POST", CONTROL "/stories", "{\"stallAtStep\": %llu, \"times\": 2}"},
    {"POST", CONTROL "/stories", "{\"match\": {\"id\": \"m%llu\"}, \"failAtStep\": 1}"},
    {"DELETE", CONTROL "/stories/%llu", NULL},
    {"GET", CONTROL "/stories", NULL},
    {"POST", CONTROL "/stubs",
        "{\"match\": {\"prompt\": {\"regex\": \"[%llu-9]\"}}, \"times\": 4, \"replies\": "
        "[{\"text\": \"one {{count}}\"}, {\"text\": \"two {{now}}\"}, {\"error\": {\"status\": "
        "\"UNAVAILABLE\"}}]}"},
    {"POST", CONTROL "/stubs",
        "{\"match\": {}, \"priority\": %llu, \"reply\": {\"text\": \"begun\"}, \"delay\": "
        "{\"uniform\": [\"1s\", \"2s\"]}, \"scenario\": {\"name\": \"s\", \"requires\": \"\", "
        "\"sets\": \"begun\"}}"},
    {"DELETE", CONTROL "/stubs/%llu", NULL},
    {"GET", CONTROL "/stubs", NULL},
    {"POST", CONTROL "/requests:count", "{}"},
    {"GET", CONTROL "/info", NULL},
    {"GET", CONTROL "/clock", NULL},
    {"GET", CONTROL "/config", NULL},
    {"GET", CONTROL "/requests/nothing", NULL},
    {"GET", CONTROL "/state", NULL},
};

static struct text fill_in(struct arena *arena, const char *format, uint64_t number)
{
    struct text text = TEXT(""), rest = text_of(format);
    const struct text hole = TEXT("%llu");
    for (size_t at; (at = text_find(rest, hole)) < rest.len;
         rest = text_slice(rest, at + hole.len, rest.len)) {
        text = arena_printf(arena, "%.*s%.*s%d", TEXT_ARGS(text),
            TEXT_ARGS(text_slice(rest, 0, at)), (int)(1 + number % 4));
        number = hash_mix(number, at);
    }
    return arena_joined(arena, text, rest);
}

static void add_answer(struct buf *out, const struct loopback *loopback)
{
    const struct reply *reply = &loopback->exchange.reply;
    buf_printf(out, "%d %lld\n", loopback->status, (long long)loopback->paced_ns);
    for (int i = 0; i < reply->header_count; i++)
        buf_printf(out, "%s: %.*s\n", reply->headers[i].name, TEXT_ARGS(reply->headers[i].value));
    buf_add_text(out, loopback->answer);
}

/* Sends `count` requests that a number stands for, and keeps all that is answered. */
static void play(struct loopback *loopback, uint64_t series, int count, struct buf *out)
{
    struct arena arena;
    arena_init(&arena);
    buf_clear(out);
    for (int i = 0; i < count; i++) {
        uint64_t random = hash_mix(series, (uint64_t)i);
        size_t step = (random >> 32) % ARRAY_COUNT(steps);
        const char *body = steps[step].body;
        struct text target = fill_in(&arena, steps[step].target, random);
        body = body ? fill_in(&arena, body, random).bytes : NULL;
        loopback_send(loopback, steps[step].verb, target.bytes, body);
        buf_printf(out, "--- %s %s %s\n", steps[step].verb, target.bytes, body ? body : "");
        add_answer(out, loopback);
    }
    arena_release(&arena);
}

static void send_good(
    struct loopback *loopback, const char *verb, const char *target, const char *body)
{
    loopback_send(loopback, verb, target, body);
    if (loopback->status != 200)
        fail_msg("%s: %.*s", target, TEXT_ARGS(loopback->answer));
}

static void assert_same_text(const struct buf *one, const struct buf *other)
{
    size_t at = 0;
    while (at < one->len && at < other->len && one->data[at] == other->data[at])
        at++;
    size_t from = at < 600 ? 0 : at - 600;
    if (at < one->len || at < other->len)
        fail_msg("...%.900s\n--- not ---\n...%.900s", one->data + from, other->data + from);
}

static void the_same_requests_after_a_restore_give_the_same_bytes(void **state)
{
    (void)state;
    enum { ROUNDS = 40, REQUESTS = 60 };
    struct buf ignored = BUF_INIT, first = BUF_INIT, second = BUF_INIT;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        struct loopback loopback;
        loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
        play(&loopback, 3 * round, REQUESTS, &ignored);
        send_good(&loopback, "DELETE", CONTROL "/requests", NULL);
        send_good(&loopback, "POST", SNAPSHOTS, "{\"id\": \"a/b::c\"}");
        play(&loopback, 3 * round + 1, REQUESTS, &first);
        for (uint64_t i = 0; i < 2; i++) {
            play(&loopback, 3 * round + 2 - i, REQUESTS, &ignored);
            send_good(&loopback, "POST", SNAPSHOTS "/a%2Fb%3A%3Ac:restore", NULL);
            assert_body(&loopback, "{}\n");
            play(&loopback, 3 * round + 1, REQUESTS, &second);
            assert_same_text(&first, &second);
        }
        loopback_stop(&loopback);
    }
    buf_release(&ignored);
    buf_release(&first);
    buf_release(&second);
}

static void a_snapshot_stays_until_it_is_deleted(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    send_good(&loopback, "POST", MODELS "?tunedModelId=one", "{" BASE ", " TASK "}");
    send_good(&loopback, "POST", SNAPSHOTS, NULL);
    assert_json_path(&loopback, "id", "1");
    assert_json_path(&loopback, "createTime", LOOPBACK_TIME);
    assert_json_path(&loopback, "models", "1");
    static const struct {
        const char *verb, *target, *body;
    } changes[] = {
        {"POST", CONTROL "/state:reset", NULL},
        {"PUT", CONTROL "/state", "{}"},
        {"DELETE", MODELS "/one", NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(changes); i++) {
        send_good(&loopback, changes[i].verb, changes[i].target, changes[i].body);
        loopback_send(&loopback, "GET", MODELS "/one", NULL);
        assert_status(&loopback, 404);
        send_good(&loopback, "POST", SNAPSHOTS "/1:restore", NULL);
        send_good(&loopback, "GET", MODELS "/one", NULL);
    }
    send_good(&loopback, "POST", SNAPSHOTS, NULL);
    assert_json_path(&loopback, "id", "2");
    send_good(&loopback, "DELETE", SNAPSHOTS "/1", NULL);
    send_good(&loopback, "GET", SNAPSHOTS, NULL);
    assert_json_path(&loopback, "snapshots.0.id", "2");
    assert_json_path(&loopback, "snapshots.1", NULL);
    loopback_send(&loopback, "POST", SNAPSHOTS "/1:restore", NULL);
    assert_status(&loopback, 404);
    loopback_send(&loopback, "DELETE", SNAPSHOTS "/1", NULL);
    assert_status(&loopback, 404);
    send_good(&loopback, "GET", MODELS "/one", NULL);
    loopback_stop(&loopback);
}

static void the_journal_goes_or_stays(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    send_good(&loopback, "GET", MODELS, NULL);
    send_good(&loopback, "POST", SNAPSHOTS, "{\"id\": \"s\"}");
    send_good(&loopback, "GET", MODELS, NULL);
    send_good(&loopback, "POST", SNAPSHOTS "/s:restore", "{\"keepRequests\": true}");
    send_good(&loopback, "GET", MODELS, NULL);
    send_good(&loopback, "GET", CONTROL "/requests", NULL);
    assert_json_path(&loopback, "requests.0.id", "3");
    send_good(&loopback, "POST", SNAPSHOTS "/s:restore", NULL);
    send_good(&loopback, "GET", MODELS, NULL);
    send_good(&loopback, "GET", CONTROL "/requests", NULL);
    assert_json_path(&loopback, "requests.0.id", "2");
    assert_json_path(&loopback, "requests.0.requestId", "req-2");
    assert_json_path(&loopback, "requests.1", NULL);
    loopback_stop(&loopback);
}

/* A create that has its story, and is not committed, when the snapshot is taken. */
static void a_model_that_is_not_made_yet_is_not_in_the_snapshot(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    struct space *space = loopback_space(&loopback);
    send_good(&loopback, "POST", CONTROL "/stories", "{\"stallAtStep\": 1, \"times\": 1}");
    const struct match_facts facts = {.method = MATCH_NO_METHOD, .id = TEXT_INIT("one")};
    struct arena arena;
    arena_init(&arena);
    struct story_plot plot = stories_take(space->stories, &facts, 5, &arena);
    assert_int_equal(plot.number, 1);
    send_good(&loopback, "POST", SNAPSHOTS, NULL);
    stories_settle(space->stories, plot.number, true);
    send_good(&loopback, "GET", CONTROL "/stories", NULL);
    assert_json_path(&loopback, "stories.0", NULL);
    send_good(&loopback, "POST", SNAPSHOTS "/1:restore", NULL);
    send_good(&loopback, "GET", CONTROL "/stories", NULL);
    assert_json_path(&loopback, "stories.0.times", "1");
    arena_release(&arena);
    loopback_stop(&loopback);
}

static void there_are_so_many_and_no_more(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    struct space *space = loopback_space(&loopback);
    atomic_fetch_add(&space->snapshots.all->now, SNAPSHOTS_MAX - 1);
    send_good(&loopback, "POST", SNAPSHOTS, NULL);
    loopback_send(&loopback, "POST", SNAPSHOTS, NULL);
    assert_status(&loopback, 400);
    assert_json_path(&loopback, "error.message",
        "There are 16384 snapshots in all namespaces, which is the most: delete some.");
    send_good(&loopback, "DELETE", SNAPSHOTS "/1", NULL);
    send_good(&loopback, "POST", SNAPSHOTS, NULL);
    assert_json_path(&loopback, "id", "2");
    loopback_stop(&loopback);
}

static void a_copy_for_which_there_is_no_room_changes_nothing(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    struct space *space = loopback_space(&loopback);
    send_good(&loopback, "POST", CONTROL "/faults", "{\"status\": 503}");
    send_good(&loopback, "POST", SNAPSHOTS, NULL);
    size_t max = space->scripts->max;
    space->scripts->max = budget_used(space->scripts);
    static const char *const targets[] = {SNAPSHOTS, SNAPSHOTS "/1:restore"};
    for (size_t i = 0; i < ARRAY_COUNT(targets); i++) {
        loopback_send(&loopback, "POST", targets[i], NULL);
        assert_status(&loopback, 400);
        assert_json_path(&loopback, "error.status", "FAILED_PRECONDITION");
    }
    space->scripts->max = max;
    send_good(&loopback, "GET", CONTROL "/faults", NULL);
    assert_json_path(&loopback, "faults.0.id", "1");
    send_good(&loopback, "POST", SNAPSHOTS, NULL);
    send_good(&loopback, "DELETE", SNAPSHOTS "/1", NULL);
    send_good(&loopback, "DELETE", SNAPSHOTS "/2", NULL);
    send_good(&loopback, "DELETE", CONTROL "/faults", NULL);
    assert_true(budget_used(space->scripts) == 0);
    loopback_stop(&loopback);
}

/* A server that ends does not wait for it. */
static void what_is_given_up_changes_nothing(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    send_good(&loopback, "POST", SNAPSHOTS, NULL);
    store_give_up(loopback.app.store);
    static const struct {
        const char *verb, *target;
    } calls[] = {{"POST", SNAPSHOTS}, {"POST", SNAPSHOTS "/1:restore"}, {"DELETE", SNAPSHOTS "/1"}};
    for (size_t i = 0; i < ARRAY_COUNT(calls); i++) {
        loopback_send(&loopback, calls[i].verb, calls[i].target, NULL);
        assert_status(&loopback, 400);
        assert_json_path(&loopback, "error.message", "The server stops; nothing was changed.");
    }
    send_good(&loopback, "GET", SNAPSHOTS, NULL);
    assert_json_path(&loopback, "snapshots.0.id", "1");
    assert_json_path(&loopback, "snapshots.1", NULL);
    loopback_stop(&loopback);
}

/* Orders are looked at when their turn comes, and not when they were given. */
static void orders_that_wait_are_followed_in_turn(void **state)
{
    (void)state;
    struct race race;
    race_start(&race, AUTH_OPEN);
    send_good(&race.loopback, "POST", MODELS "?tunedModelId=one", "{" BASE ", " TASK "}");
    race_keep(&race);
    race_send(&race, NULL, "POST", SNAPSHOTS, "{\"id\": \"a\"}");
    race_send(&race, NULL, "POST", SNAPSHOTS, "{\"id\": \"a\"}");
    race_send(&race, NULL, "POST", MODELS "?tunedModelId=two", "{" BASE ", " TASK "}");
    race_send(&race, NULL, "DELETE", MODELS "/one", NULL);
    race_send(&race, NULL, "POST", SNAPSHOTS "/a:restore", NULL);
    race_send(&race, NULL, "POST", MODELS "?tunedModelId=late", "{" BASE ", " TASK "}");
    race_send(&race, NULL, "DELETE", SNAPSHOTS "/a", NULL);
    race_send(&race, NULL, "POST", SNAPSHOTS "/a:restore", NULL);
    race_send(&race, NULL, "DELETE", SNAPSHOTS "/a", NULL);
    race_send(&race, NULL, "POST", SNAPSHOTS, NULL);
    race_let_go(&race);
    assert_race(&race, 0, 200, "\"models\": 1");
    assert_race(&race, 1, 409, "has snapshot a already");
    assert_race(&race, 2, 200, NULL);
    assert_race(&race, 3, 200, NULL);
    assert_race(&race, 4, 200, "{}");
    assert_race(&race, 5, 200, NULL);
    assert_race(&race, 6, 200, "{}");
    assert_race(&race, 7, 404, "has no snapshot a.");
    assert_race(&race, 8, 404, "has no snapshot a.");
    assert_race(&race, 9, 200, "\"models\": 2");
    send_good(&race.loopback, "GET", MODELS "/one", NULL);
    send_good(&race.loopback, "GET", MODELS "/late", NULL);
    loopback_send(&race.loopback, "GET", MODELS "/two", NULL);
    assert_status(&race.loopback, 404);
    race_stop(&race);
}

/* One thread of two that ask at once: what it asks, and how often the server was at a loss. */
struct crowd {
    struct app *app;
    int worker;
    int failed_count;
};

static void crowd_send(struct crowd *crowd, const char *verb, const char *target, const char *body)
{
    struct exchange exchange;
    exchange_init(&exchange);
    loopback_fill_request(&exchange.request, verb, target, text_of(body));
    loopback_handle(crowd->app, crowd->worker, &exchange);
    crowd->failed_count += exchange.reply.status == 500;
    door_end(&exchange);
    exchange_release(&exchange);
}

static void *crowd_run(void *context)
{
    enum { CALLS = 400 };
    static const char *const snapshots[][2] = {{"POST", SNAPSHOTS "/s:restore"},
        {"POST", SNAPSHOTS}, {"DELETE", SNAPSHOTS "/s"}, {"GET", SNAPSHOTS}};
    struct crowd *crowd = context;
    struct arena arena;
    arena_init(&arena);
    for (uint64_t i = 0; i < CALLS; i++) {
        uint64_t random = hash_mix((uint64_t)crowd->worker, i);
        size_t step = (random >> 32) % ARRAY_COUNT(steps);
        const char *body = steps[step].body;
        crowd_send(crowd, steps[step].verb, fill_in(&arena, steps[step].target, random).bytes,
            body ? fill_in(&arena, body, random).bytes : NULL);
        crowd_send(crowd, "POST", SNAPSHOTS, "{\"id\": \"s\"}");
        crowd_send(crowd, snapshots[i % 4][0], snapshots[i % 4][1], NULL);
    }
    arena_release(&arena);
    return NULL;
}

static void all_of_it_goes_on_at_once(void **state)
{
    (void)state;
    struct loopback loopback;
    struct crowd crowds[LOOPBACK_WORKERS];
    pthread_t threads[LOOPBACK_WORKERS];
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    for (int i = 0; i < LOOPBACK_WORKERS; i++) {
        crowds[i] = (struct crowd){&loopback.app, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, crowd_run, &crowds[i]), 0);
    }
    for (int i = 0; i < LOOPBACK_WORKERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(crowds[i].failed_count, 0);
    }
    loopback_stop(&loopback);
}

/* Or whoever takes them while their space is deleted takes memory for each. */
static void of_one_that_is_not_taken_no_number_stays(void **state)
{
    (void)state;
    struct race race;
    race_start(&race, AUTH_OPEN);
    const struct app *app = &race.loopback.app;
    struct space *space = loopback_space(&race.loopback);
    size_t count = app->store->numberings.count;
    race_keep(&race);
    race_send(&race, NULL, "POST", SNAPSHOTS, NULL);
    atomic_store(&space->is_gone, true);
    race_let_go(&race);
    assert_race(&race, 0, 400, "was deleted while the call was under way");
    assert_int_equal(app->store->numberings.count, count);
    atomic_store(&space->is_gone, false);
    race_stop(&race);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_requests_after_a_restore_give_the_same_bytes),
        cmocka_unit_test(a_snapshot_stays_until_it_is_deleted),
        cmocka_unit_test(the_journal_goes_or_stays),
        cmocka_unit_test(a_model_that_is_not_made_yet_is_not_in_the_snapshot),
        cmocka_unit_test(there_are_so_many_and_no_more),
        cmocka_unit_test(a_copy_for_which_there_is_no_room_changes_nothing),
        cmocka_unit_test(what_is_given_up_changes_nothing),
        cmocka_unit_test(orders_that_wait_are_followed_in_turn),
        cmocka_unit_test(all_of_it_goes_on_at_once),
        cmocka_unit_test(of_one_that_is_not_taken_no_number_stays),
    };
    return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
