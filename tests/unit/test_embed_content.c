#include <stdio.h>

#include "base/array.h"
#include "server/contract/limits.h"
#include "server/sim/embed.h"
#include "tests/lib/loopback.h"

#define EMBED "/v1beta/models/text-embedding-004:embedContent"
#define BATCH "/v1beta/models/text-embedding-004:batchEmbedContents"

static int start(void **state)
{
    static struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    *state = &loopback;
    return 0;
}

static int stop(void **state)
{
    loopback_stop(*state);
    return 0;
}

static void a_text_is_embedded(void **state)
{
    struct loopback *loopback = *state;
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
    struct loopback *loopback = *state;
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
    struct loopback *loopback = *state;
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
        loopback_send(*state, "POST", rows[i].target, rows[i].body);
        assert_status(*state, 400);
        assert_json_path(*state, "error.message", rows[i].message);
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
    struct loopback *loopback = *state;
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
    struct loopback *loopback = *state;
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
        cmocka_unit_test(a_text_is_embedded),
        cmocka_unit_test(the_later_models_have_more_dimensions),
        cmocka_unit_test(fewer_dimensions_are_the_first_ones),
        cmocka_unit_test(what_an_embedding_lacks_is_named),
        cmocka_unit_test(a_batch_is_embedded_up_to_its_limit),
        cmocka_unit_test(a_long_text_is_cut),
    };
    return cmocka_run_group_tests_name("embed content", tests, start, stop);
}
