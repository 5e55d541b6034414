#include <stdio.h>

#include "base/array.h"
#include "server/contract/limits.h"
#include "server/state/catalogue.h"
#include "tests/lib/loopback.h"

struct fixture {
    struct loopback compat, strict;
};

static int start(void **state)
{
    static struct fixture fixture;
    loopback_start(&fixture.compat, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_start(&fixture.strict, FIDELITY_STRICT, AUTH_OPEN);
    *state = &fixture;
    return 0;
}

static int stop(void **state)
{
    struct fixture *fixture = *state;
    loopback_stop(&fixture->compat);
    loopback_stop(&fixture->strict);
    return 0;
}

static struct loopback *compat(void **state)
{
    return &((struct fixture *)*state)->compat;
}

static struct loopback *strict(void **state)
{
    return &((struct fixture *)*state)->strict;
}

/* The whole body as the real service sent it on 2024-07-27. */
static void a_base_model_is_printed_as_recorded(void **state)
{
    struct loopback *loopback = compat(state);
    loopback_send(loopback, "GET", "/v1beta/models/gemini-1.5-flash", NULL);
    assert_status(loopback, 200);
    assert_body(loopback, "{\n"
                          "  \"name\": \"models/gemini-1.5-flash\",\n"
                          "  \"version\": \"001\",\n"
                          "  \"displayName\": \"Gemini 1.5 Flash\",\n"
                          "  \"description\": \"Fast and versatile multimodal model for scaling "
                          "across diverse tasks\",\n"
                          "  \"inputTokenLimit\": 1048576,\n"
                          "  \"outputTokenLimit\": 8192,\n"
                          "  \"supportedGenerationMethods\": [\n"
                          "    \"generateContent\",\n"
                          "    \"countTokens\"\n"
                          "  ],\n"
                          "  \"temperature\": 1,\n"
                          "  \"topP\": 0.95,\n"
                          "  \"topK\": 64,\n"
                          "  \"maxTemperature\": 2\n"
                          "}\n");
}

static void a_version_prints_only_its_own_fields(void **state)
{
    struct loopback *loopback = compat(state);
    loopback_send(loopback, "GET", "/v1beta3/models/gemini-1.5-flash", NULL);
    assert_status(loopback, 200);
    assert_json_path(loopback, "topK", "64");
    assert_json_path(loopback, "maxTemperature", NULL);
    loopback_send(loopback, "GET", "/v1/models/gemini-1.5-flash", NULL);
    assert_json_path(loopback, "maxTemperature", "2");
}

static void what_is_not_there_is_an_error_that_names_it(void **state)
{
    static const struct {
        bool is_strict;
        const char *verb, *target, *body, *message;
    } rows[] = {
        {false, "GET", "/v1beta/models/nope", NULL,
            "models/nope is not found for API version v1beta, or is not supported for GetModel. "
            "Call ListModels to see the list of available models and their supported methods."},
        {true, "GET", "/v1beta/models/text-bison-001", NULL,
            "models/text-bison-001 is not found for API version v1beta, or is not supported for "
            "GetModel. Call ListModels to see the list of available models and their supported "
            "methods."},
        {true, "POST", "/v1/models/gemini-1.0-pro:countTokens",
            "{\"contents\":[{\"parts\":[{\"text\":\"1\"}]}]}",
            "models/gemini-1.0-pro is not found for API version v1, or is not supported for "
            "countTokens. Call ListModels to see the list of available models and their supported "
            "methods."},
        {false, "POST", "/v1beta/models/text-embedding-004:countTokens",
            "{\"contents\":[{\"parts\":[{\"text\":\"1\"}]}]}",
            "models/text-embedding-004 is not found for API version v1beta, or is not supported "
            "for countTokens. Call ListModels to see the list of available models and their "
            "supported methods."},
        {false, "POST", "/v1beta/models/gemini-1.5-flash:embedContent",
            "{\"content\":{\"parts\":[{\"text\":\"1\"}]}}",
            "models/gemini-1.5-flash is not found for API version v1beta, or is not supported for "
            "embedContent. Call ListModels to see the list of available models and their supported "
            "methods."},
        {false, "POST", "/v1beta/models/aqa:batchEmbedContents", "{}",
            "models/aqa is not found for API version v1beta, or is not supported for "
            "batchEmbedContents. Call ListModels to see the list of available models and their "
            "supported methods."},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct loopback *loopback = rows[i].is_strict ? strict(state) : compat(state);
        loopback_send(loopback, rows[i].verb, rows[i].target, rows[i].body);
        assert_status(loopback, 404);
        assert_json_path(loopback, "error.status", "NOT_FOUND");
        assert_json_path(loopback, "error.message", rows[i].message);
    }
}

static void retired_models_work_in_compat(void **state)
{
    struct loopback *loopback = compat(state);
    loopback_send(loopback, "GET", "/v1beta/models/text-bison-001", NULL);
    assert_status(loopback, 200);
    loopback_send(loopback, "POST", "/v1beta/models/gemini-1.0-pro:countTokens",
        "{\"contents\":[{\"parts\":[{\"text\":\"1\"}]}]}");
    assert_status(loopback, 200);
}

/* Takes pages of a size to the end; the count of models, and the number of pages. */
static size_t count_models(struct loopback *loopback, int size, int *ret_page_count)
{
    char *token = NULL;
    size_t count = 0;
    *ret_page_count = 0;
    do {
        char target[256], path[32];
        snprintf(target, sizeof(target), "/v1beta/models?pageSize=%d&pageToken=%s", size,
            token ? token : "");
        free(token);
        loopback_send(loopback, "GET", target, NULL);
        assert_status(loopback, 200);
        size_t before = count;
        for (bool has_more = true; has_more;) {
            snprintf(path, sizeof(path), "models.%zu.name", count - before);
            char *name = loopback_json(loopback, path);
            has_more = name != NULL;
            count += has_more;
            free(name);
        }
        assert_true(count - before > 0 && (size == 0 || count - before <= (size_t)size));
        token = loopback_json(loopback, "nextPageToken");
        (*ret_page_count)++;
    } while (token);
    return count;
}

static void models_are_listed_in_pages(void **state)
{
    struct loopback *loopback = compat(state);
    size_t all = 0;
    for (size_t i = 0; i < catalogue_count(loopback->app.catalogue); i++)
        all += !catalogue_at(loopback->app.catalogue, i)->is_unlisted;
    int page_count;
    assert_int_equal(count_models(loopback, 0, &page_count), all);
    assert_int_equal(page_count, (all + MODELS_PAGE_SIZE - 1) / MODELS_PAGE_SIZE);
    assert_int_equal(count_models(loopback, 1, &page_count), all);
    assert_int_equal(page_count, all);
    assert_int_equal(count_models(loopback, 7, &page_count), all);
    assert_int_equal(page_count, (all + 6) / 7);
    assert_int_equal(count_models(loopback, 100000, &page_count), all);
}

static void the_internal_twin_of_text_bison_is_there_but_not_listed(void **state)
{
    struct loopback *loopback = compat(state);
    loopback_send(loopback, "GET", "/v1beta/models/text-bison-tuning-test", NULL);
    assert_status(loopback, 200);
    loopback_send(loopback, "GET", "/v1beta/models?pageSize=1000", NULL);
    struct text listed = buf_text(&loopback->exchange.reply.body);
    assert_true(text_find(listed, TEXT("models/text-bison-001")) < listed.len);
    assert_int_equal(text_find(listed, TEXT("tuning-test")), listed.len);
    loopback_send(strict(state), "GET", "/v1beta/models/text-bison-tuning-test", NULL);
    assert_status(strict(state), 404);
}

static void strict_lists_the_models_of_its_year(void **state)
{
    struct loopback *loopback = strict(state);
    const struct catalogue *catalogue = loopback->app.catalogue;
    size_t living = 0;
    for (size_t i = 0; i < catalogue_count(catalogue); i++)
        living += base_model_is_there(catalogue_at(catalogue, i), FIDELITY_STRICT);
    assert_true(living < catalogue_count(catalogue));
    for (int size = 0; size < 5; size++) {
        int page_count;
        assert_int_equal(count_models(loopback, size, &page_count), living);
    }
}

static void pages_that_cannot_be_are_refused(void **state)
{
    static const char *const targets[] = {
        "/v1beta/models?pageSize=-1",
        "/v1beta/models?pageToken=x",
        "/v1beta/models?pageToken=%00",
    };
    for (size_t i = 0; i < ARRAY_COUNT(targets); i++) {
        loopback_send(compat(state), "GET", targets[i], NULL);
        assert_status(compat(state), 400);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_base_model_is_printed_as_recorded),
        cmocka_unit_test(a_version_prints_only_its_own_fields),
        cmocka_unit_test(what_is_not_there_is_an_error_that_names_it),
        cmocka_unit_test(retired_models_work_in_compat),
        cmocka_unit_test(models_are_listed_in_pages),
        cmocka_unit_test(the_internal_twin_of_text_bison_is_there_but_not_listed),
        cmocka_unit_test(strict_lists_the_models_of_its_year),
        cmocka_unit_test(pages_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests_name("models", tests, start, stop);
}
