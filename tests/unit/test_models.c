#include <stdio.h>

#include "base/array.h"
#include "server/state/catalogue.h"
#include "server/contract/limits.h"
#include "server/sim/embed.h"
#include "tests/lib/loopback.h"

#define EMBED "/v1beta/models/text-embedding-004:embedContent"
#define BATCH "/v1beta/models/text-embedding-004:batchEmbedContents"
#define COUNT "/v1beta/models/gemini-1.5-flash:countTokens"

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

static void tokens_of_a_prompt_are_counted(void **state)
{
    static const struct {
        const char *body, *answer;
    } rows[] = {
        {"{\"contents\":[{\"parts\":[{\"text\":\"100\"}]}]}", "{\n  \"totalTokens\": 4\n}\n"},
        {"{\"contents\":[{\"parts\":[{\"text\":\"100\"},{\"text\":\"101\"}]},"
         "{\"parts\":[{\"text\":\"100\"}]}]}",
            "{\n  \"totalTokens\": 11\n}\n"},
        {"{\"contents\":[{\"parts\":[{\"text\":\"\"}]}]}", "{\n  \"totalTokens\": 1\n}\n"},
        {"{\"generateContentRequest\":{\"model\":\"models/gemini-1.5-flash\",\"contents\":"
         "[{\"parts\":[{\"text\":\"100\"}]}],\"systemInstruction\":{\"parts\":[{\"text\":\"101\"}]}"
         "}}",
            "{\n  \"totalTokens\": 9\n}\n"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_send(compat(state), "POST", COUNT, rows[i].body);
        assert_status(compat(state), 200);
        assert_body(compat(state), rows[i].answer);
    }
}

static void counting_needs_one_prompt(void **state)
{
    static const struct {
        const char *body, *message;
    } rows[] = {
        {NULL, "* CountTokensRequest.contents: contents is not specified\n"},
        {"{}", "* CountTokensRequest.contents: contents is not specified\n"},
        {"{\"contents\":[]}", "* CountTokensRequest.contents: contents is not specified\n"},
        {"{\"contents\":[{\"parts\":[{\"text\":\"1\"}]}],\"generateContentRequest\":{}}",
            "* CountTokensRequest.contents: must not be set together with "
            "generate_content_request\n"},
        {"{\"generateContentRequest\":{\"contents\":[{\"parts\":[{\"text\":\"1\"}]}]}}",
            "* GenerateContentRequest.model: unexpected model name format\n"},
        {"{\"generateContentRequest\":{\"model\":\"models/gemini-1.5-flash\"}}",
            "* GenerateContentRequest.contents: contents is not specified\n"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_send(compat(state), "POST", COUNT, rows[i].body);
        assert_status(compat(state), 400);
        assert_json_path(compat(state), "error.message", rows[i].message);
    }
}

static void tokens_are_counted_for_tuned_models_that_exist(void **state)
{
    struct loopback *loopback = compat(state);
    loopback_send(loopback, "POST", "/v1beta/tunedModels?tunedModelId=counted",
        "{\"baseModel\":\"models/gemini-1.5-flash-001-tuning\",\"tuningTask\":{\"trainingData\":"
        "{\"examples\":{\"examples\":[{\"textInput\":\"1\",\"output\":\"2\"}]}}}}");
    assert_status(loopback, 200);
    const char *body = "{\"contents\":[{\"parts\":[{\"text\":\"100\"}]}]}";
    loopback_send(loopback, "POST", "/v1beta/tunedModels/counted:countTokens", body);
    assert_status(loopback, 200);
    assert_json_path(loopback, "totalTokens", "4");
    loopback_send(loopback, "POST", "/v1beta/tunedModels/other:countTokens", body);
    assert_status(loopback, 404);
    assert_json_path(loopback, "error.message", "Tuned model tunedModels/other does not exist.");
}

static void a_text_is_embedded(void **state)
{
    struct loopback *loopback = compat(state);
    loopback_send(loopback, "POST", EMBED,
        "{\"content\":{\"parts\":[{\"text\":\"Hello world\"}]},\"taskType\":\"RETRIEVAL_QUERY\"}");
    assert_status(loopback, 200);
    assert_json_path(loopback, "embedding.values.0", "0.04722835");
    char *last = loopback_json(loopback, "embedding.values.767");
    assert_non_null(last);
    free(last);
    assert_json_path(loopback, "embedding.values.768", NULL);
}

static void the_later_models_have_more_dimensions(void **state)
{
    struct loopback *loopback = compat(state);
    loopback_send(loopback, "POST", "/v1beta/models/gemini-embedding-001:embedContent",
        "{\"content\":{\"parts\":[{\"text\":\"Hello world\"}]}}");
    assert_status(loopback, 200);
    char *last = loopback_json(loopback, "embedding.values.3071");
    assert_non_null(last);
    free(last);
    assert_json_path(loopback, "embedding.values.3072", NULL);
}

static void fewer_dimensions_are_the_first_ones(void **state)
{
    struct loopback *loopback = compat(state);
    loopback_send(loopback, "POST", EMBED,
        "{\"content\":{\"parts\":[{\"text\":\"Hello world\"}]},\"outputDimensionality\":2}");
    assert_status(loopback, 200);
    assert_json_path(loopback, "embedding.values", "[0.04722835,0.020240722]");
}

static void what_an_embedding_lacks_is_named(void **state)
{
    static const struct {
        const char *target, *body, *message;
    } rows[] = {
        {EMBED, "{}", "* EmbedContentRequest.content: content is not specified\n"},
        {EMBED, "{\"content\":{}}",
            "* EmbedContentRequest.content.parts: parts is not specified\n"},
        {EMBED, "{\"content\":{\"parts\":[{\"text\":\"a\"},{\"text\":\"\"},{}]}}",
            "* EmbedContentRequest.content.parts[1].text: text is not specified\n"
            "* EmbedContentRequest.content.parts[2].text: text is not specified\n"},
        {EMBED, "{\"outputDimensionality\":0}",
            "* EmbedContentRequest.content: content is not specified\n"
            "* EmbedContentRequest.output_dimensionality: must be in the range 1 to 768\n"},
        {EMBED, "{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"outputDimensionality\":769}",
            "* EmbedContentRequest.output_dimensionality: must be in the range 1 to 768\n"},
        {"/v1beta/models/embedding-001:embedContent",
            "{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"outputDimensionality\":10}",
            "* EmbedContentRequest.output_dimensionality: must be unset for "
            "models/embedding-001\n"},
        {BATCH, "{}", "* BatchEmbedContentsRequest.requests: requests is not specified\n"},
        {BATCH, "{\"requests\":[{}]}",
            "* BatchEmbedContentsRequest.requests[0].model: must be models/text-embedding-004, the "
            "model of the batch\n"
            "* BatchEmbedContentsRequest.requests[0].content: content is not specified\n"},
        {BATCH,
            "{\"requests\":[{\"model\":\"models/text-embedding-004\",\"content\":{\"parts\":"
            "[{\"text\":\"a\"}]}},{\"model\":\"models/embedding-001\",\"content\":{\"parts\":"
            "[{\"text\":\"a\"}]}}]}",
            "* BatchEmbedContentsRequest.requests[1].model: must be models/text-embedding-004, the "
            "model of the batch\n"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_send(compat(state), "POST", rows[i].target, rows[i].body);
        assert_status(compat(state), 400);
        assert_json_path(compat(state), "error.message", rows[i].message);
    }
}

/* The body of a batch of this many equal texts. */
static struct text batch_of(size_t count, struct buf *out)
{
    buf_clear(out);
    buf_add_string(out, "{\"requests\":[");
    for (size_t i = 0; i < count; i++)
        buf_printf(out,
            "%s{\"model\":\"models/text-embedding-004\",\"outputDimensionality\":2,"
            "\"content\":{\"parts\":[{\"text\":\"Hello world\"}]}}",
            i ? "," : "");
    buf_add_string(out, "]}");
    return buf_text(out);
}

static void a_batch_is_embedded_up_to_its_limit(void **state)
{
    struct loopback *loopback = compat(state);
    struct buf body = BUF_INIT;
    loopback_send_bytes(loopback, "POST", BATCH, batch_of(EMBED_REQUESTS_MAX, &body));
    assert_status(loopback, 200);
    assert_json_path(loopback, "embeddings.0.values", "[0.04722835,0.020240722]");
    assert_json_path(loopback, "embeddings.99.values", "[0.04722835,0.020240722]");
    loopback_send_bytes(loopback, "POST", BATCH, batch_of(EMBED_REQUESTS_MAX + 1, &body));
    assert_status(loopback, 400);
    assert_json_path(loopback, "error.message",
        "* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch\n");
    buf_release(&body);
}

/* What lies beyond the model's input changes nothing. */
static void a_long_text_is_cut(void **state)
{
    struct loopback *loopback = compat(state);
    struct buf body = BUF_INIT;
    char *first[2];
    for (int i = 0; i < 2; i++) {
        buf_clear(&body);
        buf_add_string(&body, "{\"content\":{\"parts\":[{\"text\":\"");
        for (int j = 0; j < 2 * EMBED_INPUT_TOKENS_MAX; j++)
            buf_add_string(&body, "word ");
        buf_add_string(&body, i ? "end" : "other");
        buf_add_string(&body, "\"},{\"text\":\"more\"}]}}");
        loopback_send_bytes(loopback, "POST", EMBED, buf_text(&body));
        assert_status(loopback, 200);
        first[i] = loopback_json(loopback, "embedding.values");
        assert_non_null(first[i]);
    }
    assert_string_equal(first[0], first[1]);
    free(first[0]);
    free(first[1]);
    buf_release(&body);
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
        cmocka_unit_test(tokens_of_a_prompt_are_counted),
        cmocka_unit_test(counting_needs_one_prompt),
        cmocka_unit_test(tokens_are_counted_for_tuned_models_that_exist),
        cmocka_unit_test(a_text_is_embedded),
        cmocka_unit_test(the_later_models_have_more_dimensions),
        cmocka_unit_test(fewer_dimensions_are_the_first_ones),
        cmocka_unit_test(what_an_embedding_lacks_is_named),
        cmocka_unit_test(a_batch_is_embedded_up_to_its_limit),
        cmocka_unit_test(a_long_text_is_cut),
    };
    return cmocka_run_group_tests_name("models", tests, start, stop);
}
