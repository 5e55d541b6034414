/* A namespace begins, and ends, while calls for it are under way. */
#include "server/state/making.h"

#include "server/call/call.h"
#include "tests/lib/race.h"

#define SEED                                                                                       \
    "{\"tunedModels\": [{\"name\": \"tunedModels/x\", \"state\": \"ACTIVE\"}], "                   \
    "\"faults\": [{\"method\": \"tunedModels.delete\", \"status\": \"ABORTED\"}]}"
#define MODELS "/v1beta/tunedModels"
#define CREATE "{\"baseModel\":\"models/gemini-1.5-flash-001-tuning\"}"

static void start(struct race *race)
{
    race_start(race, AUTH_OPEN);
    race->loopback.app.settings.isolate = ISOLATE_KEY;
}

static void keep_seed(struct race *race, const char *seed)
{
    kept_seeds_add(&race->loopback.app.kept_seeds, "seed.json", text_of(seed));
}

/* A call of a namespace that is not there yet, and is early. */
static struct exchange *send_early(struct race *race, const char *verb, const char *target)
{
    struct exchange *exchange = &race->exchanges[race->call_count++];
    exchange_init(exchange);
    exchange->wait.wake = wait_arrive;
    loopback_fill_request(&exchange->request, verb, target, TEXT(""));
    exchange->request.headers[HEADER_X_EMULATOR_NAMESPACE] = TEXT("one");
    assert_int_equal(door_handle(&race->loopback.app, 0, exchange), DOOR_EARLY);
    wait_begin(&exchange->wait);
    door_watch(exchange);
    assert_false(wait_is_over(&exchange->wait));
    return exchange;
}

/* Until another thread has ended the wait; nothing but this look orders what that did before. */
static enum wait_cause await_end(struct exchange *exchange)
{
    while (atomic_load(&exchange->wait.state) != WAIT_ARRIVED)
        continue;
    return wait_take(&exchange->wait);
}

/* Looks until there is an answer. */
static void look(struct race *race, struct exchange *exchange)
{
    enum door_result result = DOOR_EARLY;
    while (result == DOOR_EARLY) {
        enum wait_cause cause = await_end(exchange);
        result = door_look_again(&race->loopback.app, 1, exchange, cause);
        if (result != DOOR_EARLY)
            break;
        wait_begin(&exchange->wait);
        door_watch(exchange);
    }
    assert_int_equal(result, DOOR_DONE);
}

static struct space *take_one(struct race *race)
{
    struct space *space;
    assert_int_equal(
        spaces_take(race->loopback.app.spaces, TEXT("one"), false, &space), SPACES_FOUND);
    return space;
}

static void calls_wait_until_their_namespace_has_its_seeds(void **state)
{
    (void)state;
    struct race race;
    start(&race);
    keep_seed(&race, SEED);
    race_keep(&race);
    struct exchange *first = send_early(&race, "GET", MODELS "/x");
    struct exchange *second = send_early(&race, "GET", MODELS "/none");
    struct exchange *third = send_early(&race, "DELETE", MODELS "/x");
    struct exchange *control = send_early(&race, "GET", "/emulator/v1/info");
    sem_post(&race.is_open);
    look(&race, first);
    assert_race(&race, 0, 200, "tunedModels/x");
    look(&race, second);
    assert_race(&race, 1, 404, "does not exist");
    assert_string_equal(second->reply.request_id, "req-2");
    look(&race, third);
    assert_race(&race, 2, 409, "ABORTED");
    look(&race, control);
    assert_race(&race, 3, 200, "\"namespace\": \"one\"");
    race_stop(&race);
}

static void calls_are_told_if_it_cannot_be_made_and_the_next_may_try_again(void **state)
{
    (void)state;
    struct race race;
    start(&race);
    keep_seed(&race, "{\"tunedModels\": [{}]}");
    for (int i = 0; i < 2; i++) {
        race_keep(&race);
        struct exchange *exchange = send_early(&race, "GET", MODELS "/x");
        sem_post(&race.is_open);
        look(&race, exchange);
        assert_race(&race, 0, 400, "The namespace one cannot be made: seed.json: tunedModels[0]");
        assert_int_equal(spaces_count(race.loopback.app.spaces), 1);
    }
    race_stop(&race);
}

static void a_call_that_waits_is_told_that_its_namespace_was_deleted(void **state)
{
    (void)state;
    struct race race;
    start(&race);
    keep_seed(&race, SEED);
    race_keep(&race);
    struct exchange *exchange = send_early(&race, "GET", MODELS "/x");
    struct space *space = take_one(&race);
    assert_true(spaces_remove(race.loopback.app.spaces, space));
    space_drop(space);
    look(&race, exchange);
    assert_race(&race, 0, 400, "The namespace one was deleted while the call was under way.");
    sem_post(&race.is_open);
    race_stop(&race);
}

static void who_makes_one_is_told_that_it_was_deleted_before_it_began(void **state)
{
    (void)state;
    struct race race;
    start(&race);
    keep_seed(&race, SEED);
    race_keep(&race);
    race_send(&race, NULL, "POST", "/emulator/v1/namespaces", "{\"id\": \"one\"}");
    struct space *space = take_one(&race);
    assert_true(spaces_remove(race.loopback.app.spaces, space));
    space_drop(space);
    race_let_go(&race);
    assert_race(&race, 0, 400, "The namespace one cannot be made: it was deleted meanwhile.");
    race_stop(&race);
}

static void at_the_end_nobody_waits(void **state)
{
    (void)state;
    struct race race;
    start(&race);
    keep_seed(&race, SEED);
    race_keep(&race);
    struct exchange *exchange = send_early(&race, "GET", MODELS "/x");
    assert_true(wait_end(&exchange->wait, WAIT_CUT));
    wait_wake(&exchange->wait);
    look(&race, exchange);
    assert_race(&race, 0, 400, "is not made yet, and the server stops");
    exchange = send_early(&race, "GET", MODELS "/x");
    door_forget(exchange);
    sem_post(&race.is_open);
    race_stop(&race);
}

static void an_answer_that_may_have_been_read_after_a_deletion_is_none(void **state)
{
    (void)state;
    struct race race;
    start(&race);
    struct exchange *exchange = &race.exchanges[race.call_count++];
    exchange_init(exchange);
    exchange->wait.wake = wait_arrive;
    loopback_fill_request(&exchange->request, "POST", MODELS "?tunedModelId=x", TEXT(CREATE));
    exchange->request.headers[HEADER_X_EMULATOR_NAMESPACE] = TEXT("one");
    assert_int_equal(door_handle(&race.loopback.app, 0, exchange), DOOR_PENDING);
    wait_begin(&exchange->wait);
    door_submit(&race.loopback.app, exchange);
    await_end(exchange);
    struct space *space = take_one(&race);
    assert_true(spaces_remove(race.loopback.app.spaces, space));
    space_drop(space);
    door_finish(&race.loopback.app, 0, exchange);
    assert_race(&race, 0, 400, "was deleted while the call was under way");
    race_stop(&race);
}

static void what_is_written_after_a_deletion_leaves_nothing(void **state)
{
    (void)state;
    struct race race;
    start(&race);
    loopback_send(&race.loopback, "POST", MODELS "?key=one&tunedModelId=x", CREATE);
    assert_status(&race.loopback, 200);
    loopback_send(&race.loopback, "GET", "/emulator/v1/info?key=one", NULL);
    char *name = loopback_json(&race.loopback, "namespace");
    race_keep(&race);
    race_send(&race, "one", "POST", MODELS "?tunedModelId=y", CREATE);
    race_send(&race, "one", "DELETE", MODELS "/x", NULL);
    race_send(&race, "one", "POST", "/emulator/v1/state:reset", "{}");
    struct space *space;
    spaces_take(race.loopback.app.spaces, text_of(name), false, &space);
    int64_t number = space->number;
    assert_true(spaces_remove(race.loopback.app.spaces, space));
    space_drop(space);
    race_let_go(&race);
    for (int i = 0; i < 3; i++)
        assert_race(&race, i, 400, "was deleted while the call was under way");
    struct store_reader *reader = store_get_reader(race.loopback.app.store, 0);
    struct store_model model;
    assert_int_equal(store_read_begin(reader), STORE_OK);
    assert_int_equal(store_find_model(reader, number, TEXT("y"), &race.loopback.app.arena, &model),
        STORE_NOT_FOUND);
    assert_int_equal(
        store_find_model(reader, number, TEXT("x"), &race.loopback.app.arena, &model), STORE_OK);
    store_read_end(reader);
    free(name);
    race_stop(&race);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_wait_until_their_namespace_has_its_seeds),
        cmocka_unit_test(calls_are_told_if_it_cannot_be_made_and_the_next_may_try_again),
        cmocka_unit_test(a_call_that_waits_is_told_that_its_namespace_was_deleted),
        cmocka_unit_test(who_makes_one_is_told_that_it_was_deleted_before_it_began),
        cmocka_unit_test(at_the_end_nobody_waits),
        cmocka_unit_test(an_answer_that_may_have_been_read_after_a_deletion_is_none),
        cmocka_unit_test(what_is_written_after_a_deletion_leaves_nothing),
    };
    return cmocka_run_group_tests_name("making", tests, NULL, NULL);
}
