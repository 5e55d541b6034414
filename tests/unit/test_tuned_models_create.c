/* What cases as data cannot say of tunedModels.create: tables of figures, great bodies, ids. */
#include "tests/lib/unit.h"

#include <stdio.h>

#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "tests/lib/loopback.h"

/* Sends a create with so many examples; the other texts are JSON members with a comma after each.
 */
static void create(struct loopback *loopback, const char *query, const char *members,
    const char *hyperparameters, int example_count)
{
    struct buf body = BUF_INIT;
    char target[200];
    snprintf(target, sizeof(target), "/v1beta/tunedModels%s", query);
    buf_printf(&body, "{%s\"tuningTask\": {\"hyperparameters\": {%s}, \"trainingData\": ", members,
        hyperparameters);
    buf_add_string(&body, "{\"examples\": {\"examples\": [");
    for (int i = 0; i < example_count; i++)
        buf_printf(&body, "{\"textInput\": \"%d\", \"output\": \"%d\"},", i, i + 1);
    buf_add_string(&body, "]}}}}");
    loopback_send_bytes(loopback, "POST", target, buf_text(&body));
    buf_release(&body);
}

#define FLASH "\"baseModel\": \"models/gemini-1.5-flash-001-tuning\", "

static void steps_are_those_of_the_recorded_trainings(void **state)
{
    (void)state;
    static const struct {
        int examples, batch, epochs;
        const char *steps;
    } rows[] = {
        {15, 2, 3, "23"},
        {15, 4, 3, "12"},
        {15, 2, 5, "38"},
        {15, 4, 5, "19"},
        {15, 4, 50, "188"},
        {15, 4, 100, "375"},
        {25, 16, 10, "16"},
        {1, 1, 1, "1"},
        {1, 1000000, 1, "1"},
        {1, 1, 100000, "100000"},
        {1, 1000000, 1000000, "1"},
    };
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char hyper[100];
        snprintf(hyper, sizeof(hyper), "\"batchSize\": %d, \"epochCount\": %d", rows[i].batch,
            rows[i].epochs);
        create(&loopback, "", FLASH, hyper, rows[i].examples);
        assert_status(&loopback, 200);
        assert_json_path(&loopback, "metadata.totalSteps", rows[i].steps);
    }
    loopback_stop(&loopback);
}

static void defaults_are_those_of_the_base_model(void **state)
{
    (void)state;
    static const struct {
        const char *base, *temperature, *top_p, *top_k;
    } rows[] = {
        {"text-bison-001", "0.7", "0.95", "40"},
        {"gemini-1.0-pro-001", "0.9", "1", "0"},
        {"gemini-1.5-flash-001-tuning", "1", "0.95", "64"},
    };
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char query[100], members[100], target[100];
        snprintf(query, sizeof(query), "?tunedModelId=m%zu", i);
        snprintf(members, sizeof(members), "\"baseModel\": \"models/%s\", ", rows[i].base);
        snprintf(target, sizeof(target), "/v1beta/tunedModels/m%zu", i);
        create(&loopback, query, members, "", 3);
        assert_status(&loopback, 200);
        loopback_send(&loopback, "GET", target, NULL);
        assert_json_path(&loopback, "temperature", rows[i].temperature);
        assert_json_path(&loopback, "topP", rows[i].top_p);
        assert_json_path(&loopback, "topK", rows[i].top_k);
    }
    loopback_stop(&loopback);
}

static void large_data_sets_have_defaults_of_their_own(void **state)
{
    (void)state;
    static const struct {
        int examples;
        const char *batch, *rate;
    } rows[] = {
        {1, "4", "0.001"}, {999, "4", "0.001"}, {1000, "16", "0.0002"}, {1500, "16", "0.0002"}};
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char query[100], target[100];
        snprintf(query, sizeof(query), "?tunedModelId=m%zu", i);
        snprintf(target, sizeof(target), "/v1beta/tunedModels/m%zu", i);
        create(&loopback, query, FLASH, "", rows[i].examples);
        loopback_send(&loopback, "GET", target, NULL);
        assert_json_path(&loopback, "tuningTask.hyperparameters.epochCount", "5");
        assert_json_path(&loopback, "tuningTask.hyperparameters.batchSize", rows[i].batch);
        assert_json_path(&loopback, "tuningTask.hyperparameters.learningRate", rows[i].rate);
    }
    loopback_stop(&loopback);
}

static void ids_follow_from_display_names(void **state)
{
    (void)state;
    static const struct {
        const char *display_name, *prefix;
        size_t len;
    } rows[] = {
        {"generate-num-8563", "tunedModels/generatenum8563-", 15 + 1 + 12},
        {"KeyPhraseExtractV0.1.0", "tunedModels/keyphraseextractv010-", 20 + 1 + 12},
        {"Sentence Translator", "tunedModels/sentence-translator-", 19 + 1 + 12},
        {"Saloon Next Number Generator Test", "tunedModels/saloon-next-number-generator-test-", 40},
        {"", "tunedModels/", 12},
        {"é!", "tunedModels/", 12},
    };
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char members[200];
        snprintf(members, sizeof(members), FLASH "\"displayName\": \"%s\", ", rows[i].display_name);
        create(&loopback, "", members, "", 1);
        assert_status(&loopback, 200);
        char *name = loopback_json(&loopback, "metadata.tunedModel");
        assert_true(text_starts_with(text_of(name), text_of(rows[i].prefix)));
        assert_int_equal(strlen(name), strlen("tunedModels/") + rows[i].len);
        free(name);
    }
    loopback_stop(&loopback);
}

/* The answers to three creates and what is listed then, as one text. */
static char *life(uint64_t seed)
{
    struct loopback loopback;
    struct buf all = BUF_INIT;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_space(&loopback)->dials.now.seed = seed;
    for (int i = 0; i < 3; i++) {
        create(&loopback, "", FLASH "\"displayName\": \"same\", ", "", 10);
        buf_add_text(&all, loopback.answer);
        loopback_advance(&loopback, NS_PER_SECOND);
    }
    loopback_send(&loopback, "GET", "/v1beta/tunedModels", NULL);
    buf_add_text(&all, loopback.answer);
    loopback_stop(&loopback);
    return buf_detach(&all, NULL);
}

/* Creates one without an id and gives its name, for the caller to free. */
static char *create_drawn(struct loopback *loopback)
{
    create(loopback, "", FLASH "\"displayName\": \"same\", ", "", 10);
    assert_status(loopback, 200);
    return loopback_json(loopback, "metadata.tunedModel");
}

static void a_seed_that_is_set_again_gives_the_ids_again_that_are_free(void **state)
{
    (void)state;
    struct loopback loopback;
    char *first[3], *again[3];
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    for (size_t i = 0; i < ARRAY_COUNT(first); i++)
        first[i] = create_drawn(&loopback);
    loopback_send(&loopback, "PATCH", "/emulator/v1/config", "{\"seed\": \"1\"}");
    assert_status(&loopback, 200);
    /* All three are taken: what comes next is what would have come. */
    again[0] = create_drawn(&loopback);
    for (size_t i = 0; i < ARRAY_COUNT(first); i++)
        assert_string_not_equal(again[0], first[i]);
    char path[200];
    snprintf(path, sizeof(path), "/v1beta/%s", first[1]);
    loopback_send(&loopback, "DELETE", path, NULL);
    assert_status(&loopback, 200);
    loopback_send(&loopback, "PATCH", "/emulator/v1/config", "{\"seed\": 1}");
    again[1] = create_drawn(&loopback);
    assert_string_equal(again[1], first[1]);
    again[2] = create_drawn(&loopback);
    for (size_t i = 0; i < ARRAY_COUNT(first); i++) {
        assert_string_not_equal(again[2], first[i]);
        free(first[i]);
    }
    for (size_t i = 0; i < ARRAY_COUNT(again); i++)
        free(again[i]);
    loopback_stop(&loopback);
}

static void the_same_seed_and_calls_give_the_same_bytes(void **state)
{
    (void)state;
    char *first = life(7), *again = life(7), *other = life(8);
    assert_string_equal(first, again);
    assert_string_not_equal(first, other);
    free(first);
    free(again);
    free(other);
}

static void a_great_many_bad_examples_give_a_hundred_lines(void **state)
{
    (void)state;
    enum { EXAMPLES = 300000 };
    struct loopback loopback;
    struct buf body = BUF_INIT;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    buf_add_string(
        &body, "{" FLASH "\"tuningTask\": {\"trainingData\": {\"examples\": {\"examples\": [");
    for (int i = 0; i < EXAMPLES; i++)
        buf_add_string(&body, "{},");
    buf_add_string(&body, "]}}}}");
    loopback_send_bytes(&loopback, "POST", "/v1beta/tunedModels", buf_text(&body));
    buf_release(&body);
    assert_status(&loopback, 400);
    char *message = loopback_json(&loopback, "error.message");
    int lines = 0;
    for (const char *at = message; *at; at++)
        lines += *at == '\n';
    assert_int_equal(lines, VIOLATIONS_MAX);
    free(message);
    loopback_stop(&loopback);
}

static void times_follow_from_the_clock(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_advance(&loopback, 427331999);
    create(&loopback, "?tunedModelId=x", FLASH, "", 1);
    loopback_send(&loopback, "GET", "/v1beta/tunedModels/x", NULL);
    assert_json_path(&loopback, "createTime", "2024-07-20T18:23:29.427331Z");
    assert_json_path(&loopback, "updateTime", "2024-07-20T18:23:29.427331Z");
    char *start = loopback_json(&loopback, "tuningTask.startTime");
    assert_int_equal(strlen(start), strlen("2024-07-20T18:23:29.123456789Z"));
    assert_true(strcmp(start, "2024-07-20T18:23:29.427331Z") > 0);
    free(start);
    loopback_stop(&loopback);
}

static void learning_rates_must_be_numbers_above_zero(void **state)
{
    (void)state;
    static const struct {
        const char *hyperparameters;
        int status;
    } rows[] = {
        {"\"learningRate\": 0", 400},
        {"\"learningRate\": -1", 400},
        {"\"learningRate\": \"NaN\"", 400},
        {"\"learningRate\": \"Infinity\"", 400},
        {"\"learningRateMultiplier\": 0", 400},
        {"\"learningRateMultiplier\": \"-Infinity\"", 400},
        {"\"learningRate\": 1e-30", 200},
        {"\"learningRate\": 1e30", 200},
        {"\"learningRateMultiplier\": 3e38", 200},
        {"\"epochCount\": 1000001", 400},
        {"\"epochCount\": 2147483647", 400},
        {"\"batchSize\": 0", 400},
        {"\"batchSize\": 1000001", 400},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct loopback loopback;
        loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
        create(&loopback, "?tunedModelId=x", FLASH, rows[i].hyperparameters, 1);
        if (loopback.status != rows[i].status)
            fail_msg("%s: %d", rows[i].hyperparameters, loopback.status);
        loopback_advance(&loopback, 3600 * NS_PER_SECOND);
        loopback_send(&loopback, "GET", "/v1beta/tunedModels/x", NULL);
        assert_int_equal(loopback.status, rows[i].status == 200 ? 200 : 404);
        loopback_stop(&loopback);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_those_of_the_recorded_trainings),
        cmocka_unit_test(defaults_are_those_of_the_base_model),
        cmocka_unit_test(large_data_sets_have_defaults_of_their_own),
        cmocka_unit_test(ids_follow_from_display_names),
        cmocka_unit_test(a_seed_that_is_set_again_gives_the_ids_again_that_are_free),
        cmocka_unit_test(the_same_seed_and_calls_give_the_same_bytes),
        cmocka_unit_test(a_great_many_bad_examples_give_a_hundred_lines),
        cmocka_unit_test(times_follow_from_the_clock),
        cmocka_unit_test(learning_rates_must_be_numbers_above_zero),
    };
    return cmocka_run_group_tests_name("tuned models create", tests, NULL, NULL);
}
