#include "tests/lib/race.h"

/* Of all calls; one race is run at a time. */
static sem_t race_is_awake;

static void race_hold(struct store_write *write)
{
    struct race *race = write->context;
    sem_post(&race->is_kept);
    sem_wait(&race->is_open);
}

static void race_wake(struct wait *wait)
{
    wait_arrive(wait);
    sem_post(&race_is_awake);
}

static void race_forget(struct race *race)
{
    for (int i = 0; i < race->call_count; i++)
        exchange_release(&race->exchanges[i]);
    race->call_count = 0;
}

void race_start(struct race *race, enum auth_mode auth)
{
    memset(race, 0, sizeof(*race));
    loopback_start(&race->loopback, FIDELITY_COMPAT, auth);
    sem_init(&race->is_kept, 0, 0);
    sem_init(&race->is_open, 0, 0);
    sem_init(&race_is_awake, 0, 0);
}

void race_stop(struct race *race)
{
    race_forget(race);
    sem_destroy(&race->is_kept);
    sem_destroy(&race->is_open);
    sem_destroy(&race_is_awake);
    loopback_stop(&race->loopback);
}

void race_keep(struct race *race)
{
    race_forget(race);
    race->gate = (struct store_write){
        .kind = STORE_DELETE_MODEL, .model.id = TEXT("none"), .done = race_hold, .context = race};
    store_submit(race->loopback.app.store, &race->gate);
    sem_wait(&race->is_kept);
}

void race_send(
    struct race *race, const char *token, const char *verb, const char *target, const char *body)
{
    assert_true(race->call_count < RACE_CALLS_MAX);
    struct exchange *exchange = &race->exchanges[race->call_count++];
    exchange_init(exchange);
    exchange->wait.wake = race_wake;
    loopback_fill_request(&exchange->request, verb, target, text_of(body));
    if (token)
        exchange->request.headers[HEADER_AUTHORIZATION] =
            arena_printf(&exchange->arena, "Bearer %s", token);
    if (door_handle(&race->loopback.app, 0, exchange) != DOOR_PENDING)
        fail_msg("%s %s is answered at once: %s", verb, target, exchange->reply.body.data);
    wait_begin(&exchange->wait);
    door_submit(&race->loopback.app, exchange);
}

void race_let_go(struct race *race)
{
    sem_post(&race->is_open);
    for (int i = 0; i < race->call_count; i++)
        sem_wait(&race_is_awake);
    for (int i = 0; i < race->call_count; i++) {
        wait_take(&race->exchanges[i].wait);
        door_finish(&race->loopback.app, 0, &race->exchanges[i]);
    }
}

void race_assert(
    const struct race *race, int index, int status, const char *part, const char *file, int line)
{
    assert_in_range(index, 0, race->call_count - 1);
    const struct reply *reply = &race->exchanges[index].reply;
    if (reply->status == status && (!part || strstr(reply->body.data, part)))
        return;
    print_error("call %d is not answered with %d and %s, but with %d\n%s\n", index, status,
        part ? part : "anything", reply->status, reply->body.data);
    _fail(file, line);
}
