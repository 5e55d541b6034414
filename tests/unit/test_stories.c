#include "server/space/stories.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "tests/lib/race.h"

#define STORIES "/emulator/v1/stories"
/* 20 steps of a model "NAME". */
#define MODEL(name)                                                                                \
    "{\"displayName\": \"" name "\", \"baseModel\": \"models/gemini-1.5-flash-001-tuning\", "      \
    "\"tuningTask\": {\"hyperparameters\": {\"epochCount\": 20, \"batchSize\": 1}, "               \
    "\"trainingData\": {\"examples\": {\"examples\": [{\"textInput\": \"1\", \"output\": "         \
    "\"2\"}]}}}}"

static void start(struct loopback *loopback)
{
    loopback_start(loopback, FIDELITY_COMPAT, AUTH_OPEN);
}

static void tell(struct loopback *loopback, const char *body)
{
    loopback_send(loopback, "POST", STORIES, body);
    assert_status(loopback, 200);
}

static int create(struct loopback *loopback, const char *id, const char *body)
{
    char target[200];
    snprintf(target, sizeof(target), "/v1beta/tunedModels?tunedModelId=%s", id);
    loopback_send(loopback, "POST", target, body);
    return loopback->status;
}

static void assert_model(struct loopback *loopback, const char *id, const char *state)
{
    char target[200];
    snprintf(target, sizeof(target), "/v1beta/tunedModels/%s", id);
    loopback_send(loopback, "GET", target, NULL);
    assert_status(loopback, 200);
    assert_json_path(loopback, "state", state);
}

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

/* The stories that are left have these ids, of one digit each. */
static void assert_left(struct loopback *loopback, const char *ids)
{
    char path[40];
    loopback_send(loopback, "GET", STORIES, NULL);
    assert_status(loopback, 200);
    size_t count = strlen(ids);
    for (size_t i = 0; i < count; i++) {
        char id[2] = {ids[i], '\0'};
        snprintf(path, sizeof(path), "stories.%zu.id", i);
        assert_json_path(loopback, path, id);
    }
    snprintf(path, sizeof(path), "stories.%zu", count);
    assert_json_path(loopback, path, NULL);
}

static void the_oldest_that_fits_is_told(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    tell(&loopback, "{\"match\": {\"displayName\": {\"contains\": \"bad\"}}, \"failAtStep\": 2, "
                    "\"stepTime\": \"1s\", \"error\": {\"code\": 3, \"message\": \"no\"}}");
    tell(&loopback, "{\"match\": {\"id\": \"still\"}, \"stallAtStep\": 2}");
    tell(&loopback, "{\"stepTime\": \"0\"}");
    assert_int_equal(create(&loopback, "failing", MODEL("a bad one")), 200);
    assert_int_equal(create(&loopback, "still", MODEL("still")), 200);
    assert_int_equal(create(&loopback, "fast", MODEL("fast")), 200);
    loopback_advance(&loopback, NS_PER_SECOND / 10);
    assert_model(&loopback, "fast", "ACTIVE");
    assert_model(&loopback, "failing", "CREATING");
    loopback_advance(&loopback, 3 * NS_PER_SECOND);
    assert_model(&loopback, "failing", "FAILED");
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/failing/operations", NULL);
    assert_json_path(&loopback, "operations.0.error.code", "3");
    assert_json_path(&loopback, "operations.0.error.message", "no");
    loopback_advance(&loopback, 3600 * NS_PER_SECOND);
    assert_model(&loopback, "still", "CREATING");
    assert_json_path(&loopback, "tuningTask.snapshots.1.step", "2");
    assert_json_path(&loopback, "tuningTask.snapshots.2", NULL);
    assert_left(&loopback, "123");
    loopback_stop(&loopback);
}

static void a_code_is_shown_as_it_was_told(void **state)
{
    (void)state;
    static const struct {
        const char *told, *shown;
    } rows[] = {
        {"13", "\"code\": 13,"},
        {"\"13\"", "\"code\": 13,"},
        {"\"013\"", "\"code\": \"013\","},
        {"\"INTERNAL\"", "\"code\": \"INTERNAL\","},
    };
    struct loopback loopback;
    start(&loopback);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char body[100];
        snprintf(
            body, sizeof(body), "{\"failAtStep\": 1, \"error\": {\"code\": %s}}", rows[i].told);
        tell(&loopback, body);
        assert_true(text_find(loopback.answer, text_of(rows[i].shown)) < loopback.answer.len);
    }
    loopback_stop(&loopback);
}

static void times_count_down_and_creates_that_fail_count_for_nothing(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    assert_int_equal(create(&loopback, "there", MODEL("there")), 200);
    tell(&loopback, "{\"failAtStep\": 0, \"times\": 2}");
    assert_int_equal(create(&loopback, "there", MODEL("again")), 409);
    assert_int_equal(create(&loopback, "BAD", MODEL("bad id")), 400);
    assert_int_equal(create(&loopback, "x", "{\"baseModel\": \"models/none\"}"), 404);
    assert_left(&loopback, "1");
    assert_json_path(&loopback, "stories.0.times", "2");
    assert_int_equal(create(&loopback, "one", MODEL("one")), 200);
    assert_left(&loopback, "1");
    assert_json_path(&loopback, "stories.0.times", "1");
    assert_int_equal(create(&loopback, "there", MODEL("again")), 409);
    assert_int_equal(create(&loopback, "two", MODEL("two")), 200);
    assert_left(&loopback, "");
    assert_int_equal(create(&loopback, "three", MODEL("three")), 200);
    loopback_advance(&loopback, NS_PER_SECOND / 10);
    assert_model(&loopback, "there", "CREATING");
    assert_model(&loopback, "one", "FAILED");
    assert_model(&loopback, "two", "FAILED");
    assert_model(&loopback, "three", "CREATING");
    loopback_stop(&loopback);
}

static void a_story_is_taken_by_one_of_those_that_come_at_once(void **state)
{
    (void)state;
    struct race race;
    race_start(&race, AUTH_OPEN);
    struct loopback *loopback = &race.loopback;
    tell(loopback, "{\"match\": {\"id\": \"x\"}, \"failAtStep\": 0, \"times\": 1}");
    race_keep(&race);
    race_send(&race, NULL, "POST", "/v1beta/tunedModels?tunedModelId=x", MODEL("first"));
    race_send(&race, NULL, "POST", "/v1beta/tunedModels?tunedModelId=x", MODEL("second"));
    /* It is taken, but could come back. */
    assert_left(loopback, "");
    race_let_go(&race);
    assert_race(&race, 0, 200, NULL);
    assert_race(&race, 1, 409, NULL);
    assert_left(loopback, "");
    loopback_advance(loopback, NS_PER_SECOND / 10);
    assert_model(loopback, "x", "FAILED");

    /* Taken by the one that fails: it is back. */
    tell(loopback, "{\"match\": {\"displayName\": \"second\"}, \"failAtStep\": 0, \"times\": 1}");
    race_keep(&race);
    race_send(&race, NULL, "POST", "/v1beta/tunedModels?tunedModelId=y", MODEL("first"));
    race_send(&race, NULL, "POST", "/v1beta/tunedModels?tunedModelId=y", MODEL("second"));
    race_let_go(&race);
    assert_race(&race, 1, 409, NULL);
    assert_left(loopback, "2");
    assert_json_path(loopback, "stories.0.times", "1");

    /* One that is removed, or replaced, meanwhile. */
    race_keep(&race);
    race_send(&race, NULL, "POST", "/v1beta/tunedModels?tunedModelId=y", MODEL("second"));
    loopback_send(loopback, "DELETE", STORIES, NULL);
    assert_status(loopback, 200);
    race_let_go(&race);
    assert_left(loopback, "");
    race_stop(&race);
}

static void a_step_that_a_model_does_not_have_is_told_of_no_model(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    tell(&loopback, "{\"failAtStep\": 21, \"times\": 1}");
    assert_int_equal(create(&loopback, "one", MODEL("one")), 200);
    assert_header(&loopback, "X-Emulator-Hint", "story 1 is of step 21, and the model has 20");
    assert_left(&loopback, "1");
    loopback_send(&loopback, "DELETE", STORIES "/1", NULL);
    tell(&loopback, "{\"failAtStep\": 20}");
    assert_int_equal(create(&loopback, "two", MODEL("two")), 200);
    assert_header(&loopback, "X-Emulator-Hint", NULL);
    loopback_advance(&loopback, 3600 * NS_PER_SECOND);
    assert_model(&loopback, "one", "ACTIVE");
    assert_model(&loopback, "two", "FAILED");
    loopback_stop(&loopback);
}

static void what_is_no_story_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *body, *problem;
    } rows[] = {
        {"{}", "failAtStep: needed, or stallAtStep, or stepTime"},
        {"{\"match\": {}, \"times\": 1}", "failAtStep: needed"},
        {"{\"failAtStep\": 1, \"stallAtStep\": 1}", "stallAtStep: cannot be together"},
        {"{\"failAtStep\": -1}", "failAtStep: must be from 0 to 100000"},
        {"{\"stallAtStep\": 100001}", "stallAtStep: must be from 0 to 100000"},
        {"{\"stepTime\": \"soon\"}", "stepTime: must be a duration"},
        {"{\"stepTime\": \"\"}", "stepTime: must be a duration"},
        {"{\"stallAtStep\": 1, \"error\": {}}", "error: needs failAtStep"},
        {"{\"failAtStep\": 1, \"error\": {\"code\": 0}}", "error.code: must be"},
        {"{\"failAtStep\": 1, \"error\": {\"code\": 17}}", "error.code: must be"},
        {"{\"failAtStep\": 1, \"error\": {\"code\": \"500\"}}", "error.code: must be"},
        {"{\"failAtStep\": 1, \"times\": 0}", "times: must be at least 1"},
        {"{\"failAtStep\": 1, \"times\": -1}", "times: must be at least 1"},
        {"{\"failAtStep\": 1, \"match\": {\"prompt\": \"x\"}}", "match.prompt: "},
        {"{\"failAtStep\": 1, \"match\": {\"id\": {\"regex\": \"(\"}}}", "match.id"},
        {"{\"failAtStep\": 1, \"match\": {\"id\": {}}}", "match.id"},
        {"{\"failsAtStep\": 1}", "failsAtStep"},
    };
    struct loopback loopback;
    start(&loopback);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_send(&loopback, "POST", STORIES, rows[i].body);
        assert_status(&loopback, 400);
        char *message = loopback_json(&loopback, "error.message");
        if (!strstr(message, rows[i].problem))
            fail_msg("%s: %s", rows[i].body, message);
        free(message);
    }
    assert_left(&loopback, "");
    loopback_stop(&loopback);
}

static void there_are_not_more_than_the_most(void **state)
{
    (void)state;
    struct loopback loopback;
    start(&loopback);
    for (int i = 0; i < STORIES_MAX; i++)
        tell(&loopback, "{\"stepTime\": \"1s\", \"match\": {\"id\": \"none\"}}");
    loopback_send(&loopback, "POST", STORIES, "{\"stepTime\": \"1s\"}");
    assert_status(&loopback, 400);
    loopback_send(&loopback, "DELETE", STORIES "/500", NULL);
    assert_status(&loopback, 200);
    loopback_send(&loopback, "DELETE", STORIES "/500", NULL);
    assert_status(&loopback, 404);
    tell(&loopback, "{\"stepTime\": \"1s\"}");
    assert_json_path(&loopback, "id", "1001");
    loopback_stop(&loopback);
}

static void a_seed_tells_stories_of_its_own_models_and_of_others(void **state)
{
    (void)state;
    static const char *const seed =
        "{\"tunedModels\": [{\"name\": \"tunedModels/seeded\", \"baseModel\": "
        "\"models/gemini-1.5-flash-001-tuning\"}],"
        " \"stories\": [{\"id\": \"7\", \"failAtStep\": 0, \"times\": 2, \"error\": "
        "{\"code\": \"ABORTED\", \"message\": \"seeded\"}}]}";
    struct loopback loopback;
    start(&loopback);
    load(&loopback, seed);
    for (int round = 0; round < 2; round++) {
        assert_left(&loopback, "7");
        assert_json_path(&loopback, "stories.0.times", "1");
        assert_json_path(&loopback, "stories.0.error.message", "seeded");
        assert_int_equal(create(&loopback, "one", MODEL("one")), 200);
        assert_left(&loopback, "");
        loopback_advance(&loopback, NS_PER_SECOND / 10);
        assert_model(&loopback, "seeded", "FAILED");
        assert_model(&loopback, "one", "FAILED");
        tell(&loopback, "{\"stallAtStep\": 1}");
        loopback_send(&loopback, "POST", "/emulator/v1/state:reset", "{}");
        assert_status(&loopback, 200);
    }
    loopback_send(&loopback, "POST", "/emulator/v1/state:reset", "{\"to\": \"empty\"}");
    assert_left(&loopback, "");
    loopback_stop(&loopback);
}

enum { TAKES = 500, THREADS = 4 };

static void *take_often(void *context)
{
    struct stories *stories = context;
    struct arena arena;
    arena_init(&arena);
    const struct match_facts facts = {.method = MATCH_NO_METHOD, .id = TEXT("x")};
    int64_t made_count = 0;
    for (int i = 0; i < TAKES; i++) {
        struct story_plot plot = stories_take(stories, &facts, 5, &arena);
        bool is_made = i % 2;
        made_count += is_made && plot.number;
        stories_settle(stories, plot.number, is_made);
    }
    arena_release(&arena);
    return (void *)(intptr_t)made_count;
}

static void threads_take_no_more_than_there_is(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct stories *stories = stories_new(NULL);
    struct message *story = message_new(&arena, MESSAGE_Story, VERSION_V1BETA);
    struct text problem;
    message_set_int(story, Story_fail_at_step, 3);
    message_set_int(story, Story_times, TAKES);
    assert_true(stories_add(stories, story, &problem));
    pthread_t threads[THREADS];
    int64_t made_count = 0;
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_often, stories), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *made = NULL;
        pthread_join(threads[i], &made);
        made_count += (intptr_t)made;
    }
    struct message *answer = message_new(&arena, MESSAGE_ListStoriesResponse, VERSION_V1BETA);
    stories_list(stories, answer);
    int64_t left =
        message_count(answer, ListStoriesResponse_stories) == 0
            ? 0
            : message_int(message_child_at(answer, ListStoriesResponse_stories, 0), Story_times);
    assert_int_equal(made_count + left, TAKES);
    stories_free(stories);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_that_fits_is_told),
        cmocka_unit_test(a_code_is_shown_as_it_was_told),
        cmocka_unit_test(times_count_down_and_creates_that_fail_count_for_nothing),
        cmocka_unit_test(a_story_is_taken_by_one_of_those_that_come_at_once),
        cmocka_unit_test(a_step_that_a_model_does_not_have_is_told_of_no_model),
        cmocka_unit_test(what_is_no_story_is_refused),
        cmocka_unit_test(there_are_not_more_than_the_most),
        cmocka_unit_test(a_seed_tells_stories_of_its_own_models_and_of_others),
        cmocka_unit_test(threads_take_no_more_than_there_is),
    };
    return cmocka_run_group_tests_name("stories", tests, NULL, NULL);
}
