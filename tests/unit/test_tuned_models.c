/* What cases as data cannot say of tunedModels: calls that overtake each other. */
#include "tests/lib/unit.h"

#include <semaphore.h>

#include "base/timefmt.h"
#include "tests/lib/loopback.h"

#define CREATE                                                                                     \
    "{\"baseModel\": \"models/gemini-1.5-flash-001-tuning\", \"tuningTask\": {\"trainingData\": "  \
    "{\"examples\": {\"examples\": [{\"textInput\": \"1\", \"output\": \"2\"}]}}}}"
#define MODEL "/v1beta/tunedModels/x"
#define OPERATION "tunedModels/x/operations/gg6unvum1vit"

/* A store whose writer waits, so that several calls pass their checks before any is written. */
struct race {
    struct loopback loopback;
    struct store_write gate;
    sem_t is_reached, is_open, is_awake;
    struct exchange exchanges[2];
};

static void race_hold(struct store_write *write)
{
    struct race *race = write->context;
    sem_post(&race->is_reached);
    sem_wait(&race->is_open);
}

static void race_wake(struct exchange *exchange)
{
    struct race *race = exchange->wake_context;
    sem_post(&race->is_awake);
}

static void race_start(struct race *race)
{
    memset(race, 0, sizeof(*race));
    loopback_start(&race->loopback, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_send(&race->loopback, "POST", "/v1beta/tunedModels?tunedModelId=x", CREATE);
    assert_status(&race->loopback, 200);
    assert_int_equal(sem_init(&race->is_reached, 0, 0), 0);
    assert_int_equal(sem_init(&race->is_open, 0, 0), 0);
    assert_int_equal(sem_init(&race->is_awake, 0, 0), 0);
}

static void race_stop(struct race *race)
{
    sem_destroy(&race->is_reached);
    sem_destroy(&race->is_open);
    sem_destroy(&race->is_awake);
    loopback_stop(&race->loopback);
}

static void race_send(
    struct race *race, int index, const char *verb, const char *target, const char *body)
{
    struct exchange *exchange = &race->exchanges[index];
    exchange_init(exchange);
    exchange->wake = race_wake;
    exchange->wake_context = race;
    loopback_fill_request(&exchange->request, verb, target, text_of(body));
    assert_int_equal(api_handle(&race->loopback.app, index, exchange), API_PENDING);
}

/* Sends two calls, of which neither sees what the other does, and answers them in turn. */
static void race_run(struct race *race, const char *const first[3], const char *const second[3])
{
    race->gate = (struct store_write){
        .kind = STORE_DELETE_MODEL, .model.id = TEXT("none"), .done = race_hold, .context = race};
    store_submit(race->loopback.app.store, &race->gate);
    sem_wait(&race->is_reached);
    race_send(race, 0, first[0], first[1], first[2]);
    race_send(race, 1, second[0], second[1], second[2]);
    sem_post(&race->is_open);
    for (int i = 0; i < 2; i++)
        sem_wait(&race->is_awake);
    for (int i = 0; i < 2; i++)
        api_finish(&race->loopback.app, i, &race->exchanges[i]);
}

static void whoever_is_overtaken_gets_the_answer_of_who_comes_later(void **state)
{
    (void)state;
    static const char *const cancel[] = {"POST", "/v1/" OPERATION ":cancel", NULL};
    static const char *const cancel_model[] = {"POST", MODEL ":cancel", NULL};
    static const char *const delete[] = {"DELETE", MODEL, NULL};
    static const char *const patch[] = {"PATCH", MODEL, "{\"description\": \"d\"}"};
    static const char *const transfer[] = {
        "POST", MODEL ":transferOwnership", "{\"emailAddress\": \"a@x.org\"}"};
    static const char *const forget[] = {"DELETE", "/v1/operations/" OPERATION, NULL};
    static const char *const create[] = {"POST", "/v1beta/tunedModels?tunedModelId=y", CREATE};
    static const struct {
        const char *const *first, *const *second;
        int status;
        const char *message;
    } rows[] = {
        {create, create, 409, "Tuned model tunedModels/y already exists."},
        {delete, delete, 404, "Tuned model tunedModels/x does not exist."},
        {delete, patch, 404, "Tuned model tunedModels/x does not exist."},
        {delete, transfer, 404, "Tuned model tunedModels/x does not exist."},
        {delete, cancel, 404, "Tuned model tunedModels/x does not exist."},
        {delete, cancel_model, 404, "Tuned model tunedModels/x does not exist."},
        {delete, forget, 404, "Operation " OPERATION " does not exist."},
        {forget, forget, 404, "Operation " OPERATION " does not exist."},
        {cancel, cancel, 200, NULL},
        {cancel, cancel_model, 200, NULL},
        {patch, patch, 200, NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct race race;
        race_start(&race);
        race_run(&race, rows[i].first, rows[i].second);
        assert_int_equal(race.exchanges[0].reply.status, 200);
        const struct reply *reply = &race.exchanges[1].reply;
        if (reply->status != rows[i].status)
            fail_msg("row %zu: %d %s", i, reply->status, reply->body.data);
        if (rows[i].message)
            assert_non_null(strstr(reply->body.data, rows[i].message));
        for (int k = 0; k < 2; k++)
            exchange_release(&race.exchanges[k]);
        race_stop(&race);
    }
}

static void the_first_of_two_cancels_says_when_it_ended(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_send(&loopback, "POST", "/v1beta/tunedModels?tunedModelId=x", CREATE);
    loopback_send(&loopback, "POST", MODEL ":cancel", NULL);
    loopback_send(&loopback, "GET", MODEL, NULL);
    char *ended = loopback_json(&loopback, "updateTime");
    loopback_advance(&loopback, NS_PER_SECOND);
    loopback_send(&loopback, "POST", MODEL ":cancel", NULL);
    loopback_send(&loopback, "GET", MODEL, NULL);
    assert_json_path(&loopback, "updateTime", ended);
    free(ended);
    loopback_stop(&loopback);
}

static void a_great_many_project_numbers_are_kept_in_order(void **state)
{
    (void)state;
    enum { NUMBERS = 200000 };
    struct loopback loopback;
    struct buf body = BUF_INIT;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_send(&loopback, "POST", "/v1beta/tunedModels?tunedModelId=x", CREATE);
    buf_add_string(&body, "{\"readerProjectNumbers\": [");
    for (int i = 0; i < NUMBERS; i++)
        buf_printf(&body, "%s%d", i ? "," : "", i);
    buf_add_string(&body, "]}");
    loopback_send_bytes(&loopback, "PATCH", MODEL, buf_text(&body));
    buf_release(&body);
    assert_json_path(&loopback, "readerProjectNumbers.199999", "199999");
    assert_json_path(&loopback, "readerProjectNumbers.200000", NULL);
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_is_overtaken_gets_the_answer_of_who_comes_later),
        cmocka_unit_test(the_first_of_two_cancels_says_when_it_ended),
        cmocka_unit_test(a_great_many_project_numbers_are_kept_in_order),
    };
    return cmocka_run_group_tests_name("tuned models", tests, NULL, NULL);
}
