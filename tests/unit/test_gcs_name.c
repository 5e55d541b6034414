#include "server/gcs/gcs_name.h"

#include "base/buf.h"
#include "server/contract/limits.h"
#include "server/gcs/gcs_samples.h"
#include "tests/lib/unit.h"

static void a_uri_is_a_bucket_and_a_file(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *bucket, *object;
    } rows[] = {
        {"gs://b/t.jsonl", "b", "t.jsonl"},
        {"gs://my-bucket_1.example.org/a/b c/\xC3\xA9.jsonl", "my-bucket_1.example.org",
            "a/b c/\xC3\xA9.jsonl"},
        {"gs://b//x", "b", "/x"},
        {"gs://b/..x/x../...", "b", "..x/x../..."},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct gcs_name name;
        assert_null(gcs_name_parse(text_of(rows[i].uri), &name));
        assert_text(name.bucket, rows[i].bucket);
        assert_text(name.object, rows[i].object);
    }
}

static void what_names_no_file_is_said(void **state)
{
    (void)state;
    static const struct {
        struct text uri;
        const char *words;
    } rows[] = {
        {TEXT_INIT(""), "must begin with gs://"},
        {TEXT_INIT("s3://b/x"), "must begin with gs://"},
        {TEXT_INIT("GS://b/x"), "must begin with gs://"},
        {TEXT_INIT("gs://"), "must name a bucket"},
        {TEXT_INIT("gs:///x"), "must name a bucket"},
        {TEXT_INIT("gs://../x"), "must name a bucket"},
        {TEXT_INIT("gs://.b/x"), "must name a bucket"},
        {TEXT_INIT("gs://B/x"), "must name a bucket"},
        {TEXT_INIT("gs://a b/x"), "must name a bucket"},
        {TEXT_INIT("gs://b\0/x"), "must name a bucket"},
        {TEXT_INIT("gs://b"), "must name a file"},
        {TEXT_INIT("gs://b/"), "must name a file"},
        {TEXT_INIT("gs://b/x\0y"), "control characters"},
        {TEXT_INIT("gs://b/x\ny"), "control characters"},
        {TEXT_INIT("gs://b/\xFF"), "must be UTF-8"},
        {TEXT_INIT("gs://b/../x"), ". or .."},
        {TEXT_INIT("gs://b/x/.."), ". or .."},
        {TEXT_INIT("gs://b/x/./y"), ". or .."},
    };
    struct gcs_name name;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const char *problem = gcs_name_parse(rows[i].uri, &name);
        assert_non_null(problem);
        assert_non_null(strstr(problem, rows[i].words));
    }
}

static void names_have_the_lengths_of_the_storage(void **state)
{
    (void)state;
    struct buf uri = BUF_INIT;
    struct gcs_name name;
    buf_add_string(&uri, "gs://");
    buf_add_repeated(&uri, 'b', GCS_BUCKET_BYTES_MAX);
    buf_add_byte(&uri, '/');
    buf_add_repeated(&uri, 'o', GCS_OBJECT_BYTES_MAX);
    assert_null(gcs_name_parse(buf_text(&uri), &name));
    buf_add_byte(&uri, 'o');
    assert_non_null(gcs_name_parse(buf_text(&uri), &name));
    buf_clear(&uri);
    buf_add_string(&uri, "gs://");
    buf_add_repeated(&uri, 'b', GCS_BUCKET_BYTES_MAX + 1);
    buf_add_string(&uri, "/o");
    assert_non_null(gcs_name_parse(buf_text(&uri), &name));
    buf_release(&uri);
}

static void samples_have_the_names_of_tutorials(void **state)
{
    (void)state;
    static const struct {
        const char *uri;
        bool is_there;
    } rows[] = {
#define SAMPLES "gs://cloud-samples-data/ai-platform/generative_ai/"
        {SAMPLES "sft_train_data.jsonl", true},
        {SAMPLES "gemini/text/sft_train_data.jsonl", true},
        {SAMPLES "gemini-1_5/text/sft_validation_data.jsonl", true},
        {SAMPLES "gemini-2_0/text/sft_train_data.jsonl", true},
        {SAMPLES "gemini-2_0/text/sft_test_data.jsonl", false},
        {SAMPLES "gemini-9_0/text/sft_train_data.jsonl", false},
        {"gs://other/ai-platform/generative_ai/sft_train_data.jsonl", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct gcs_name name;
        struct text bytes;
        assert_null(gcs_name_parse(text_of(rows[i].uri), &name));
        assert_int_equal(gcs_samples_find(&name, &bytes), rows[i].is_there);
        if (rows[i].is_there)
            assert_true(text_starts_with(bytes, TEXT("{\"contents\":")));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_uri_is_a_bucket_and_a_file),
        cmocka_unit_test(what_names_no_file_is_said),
        cmocka_unit_test(names_have_the_lengths_of_the_storage),
        cmocka_unit_test(samples_have_the_names_of_tutorials),
    };
    return cmocka_run_group_tests_name("gcs_name", tests, NULL, NULL);
}
