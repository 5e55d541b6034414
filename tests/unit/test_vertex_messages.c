#include "tests/lib/unit.h"

#include "base/buf.h"
#include "server/contract/method.h"
#include "server/json/decode.h"
#include "server/json/write.h"

/* What a create's body says, as it would be written again; what is wrong with it, if anything is.
 */
static struct text read_job(const char *body, enum api_version version, struct arena *arena)
{
    struct message *job = message_new(arena, MESSAGE_TuningJob, version);
    struct decode_problems problems;
    decode_problems_init(&problems, arena);
    decode_body(text_of(body), job, TEXT("tuning_job"), &problems);
    if (decode_problems_any(&problems))
        return decode_problems_text(&problems);
    static const struct json_style style = {.layout = JSON_COMPACT};
    struct buf json = BUF_INIT;
    json_write(&json, job, &style);
    struct text text = arena_text(arena, buf_text(&json));
    buf_release(&json);
    return text;
}

static void a_job_is_read_in_every_spelling_that_clients_have(void **state)
{
    static const struct {
        const char *body, *read;
    } rows[] = {
        /* google-genai of Python; of JavaScript. */
        {"{\"preTunedModel\":{\"checkpoint_id\":\"1\",\"tuned_model_name\":\"projects/1/m@1\"},"
         "\"supervisedTuningSpec\":{\"trainingDatasetUri\":\"gs://b/t\"}}",
            "{\"supervisedTuningSpec\":{\"trainingDatasetUri\":\"gs://b/t\"},\"preTunedModel\":{"
            "\"tunedModelName\":\"projects/1/m@1\",\"checkpointId\":\"1\"}}"},
        {"{\"preTunedModel\":{\"checkpointId\":\"1\"}}",
            "{\"preTunedModel\":{\"checkpointId\":\"1\"}}"},
        /* 64-bit integers and enums, as text and as numbers. */
        {"{\"supervisedTuningSpec\":{\"hyperParameters\":{\"epochCount\":3,"
         "\"learningRateMultiplier\":1.0,\"adapterSize\":\"ADAPTER_SIZE_FOUR\"},"
         "\"exportLastCheckpointOnly\":false}}",
            "{\"supervisedTuningSpec\":{\"hyperParameters\":{\"epochCount\":\"3\","
            "\"learningRateMultiplier\":1,\"adapterSize\":\"ADAPTER_SIZE_FOUR\"}}}"},
        {"{\"supervisedTuningSpec\":{\"hyperParameters\":{\"epochCount\":\"3\",\"adapterSize\":2}}"
         "}",
            "{\"supervisedTuningSpec\":{\"hyperParameters\":{\"epochCount\":\"3\","
            "\"adapterSize\":\"ADAPTER_SIZE_FOUR\"}}}"},
        {"{\"supervisedTuningSpec\":{\"hyperParameters\":{\"adapterSize\":6},\"tuningMode\":2}}",
            "{\"supervisedTuningSpec\":{\"hyperParameters\":{\"adapterSize\":\"ADAPTER_SIZE_TWO\"},"
            "\"tuningMode\":\"TUNING_MODE_PEFT_ADAPTER\"}}"},
        /* The published documents' curl. */
        {"{\"baseModel\":\"gemini-2.5-flash\",\"supervisedTuningSpec\":{"
         "\"training_dataset_uri\":\"gs://b/t\",\"hyper_parameters\":{\"epoch_count\":4,},},"
         "\"tunedModelDisplayName\":\"d\",\"labels\":{\"a\":\"b\"},}",
            "{\"tunedModelDisplayName\":\"d\",\"baseModel\":\"gemini-2.5-flash\","
            "\"supervisedTuningSpec\":{\"trainingDatasetUri\":\"gs://b/t\",\"hyperParameters\":{"
            "\"epochCount\":\"4\"}},\"labels\":{\"a\":\"b\"}}"},
        {"{\"preferenceOptimizationSpec\":{\"hyperParameters\":{\"beta\":0}}}",
            "{\"preferenceOptimizationSpec\":{\"hyperParameters\":{\"beta\":0}}}"},
        {"{\"reinforcementTuningSpec\":{\"whatever\":[1]}}",
            "{\"reinforcementTuningSpec\":{\"whatever\":[1]}}"},
        {"{\"state\":4,\"tuningJobState\":3}",
            "{\"state\":\"JOB_STATE_SUCCEEDED\",\"tuningJobState\":\"TUNING_JOB_STATE_TUNING\"}"},
        /* One source, one way of tuning. */
        {"{\"baseModel\":\"b\",\"preTunedModel\":{}}",
            "Invalid value at 'tuning_job' (oneof), oneof field 'source_model' is already set. "
            "Cannot "
            "set 'preTunedModel'"},
        {"{\"supervisedTuningSpec\":{},\"distillationSpec\":{}}",
            "Invalid value at 'tuning_job' (oneof), oneof field 'tuning_spec' is already set. "
            "Cannot "
            "set 'distillationSpec'"},
        {"{\"supervisedTuningSpec\":{\"hyperParameters\":{\"adapterSize\":\"ADAPTER_SIZE_3\"}}}",
            "Invalid value at 'tuning_job.supervised_tuning_spec.hyper_parameters.adapter_size' "
            "(type.googleapis.com/google.cloud.aiplatform.v1beta1.SupervisedHyperParameters."
            "AdapterSize), \"ADAPTER_SIZE_3\""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text read = read_job(rows[i].body, VERSION_V1BETA1, *state);
        if (!text_equals_string(read, rows[i].read))
            fail_msg("row %zu: %.*s", i, TEXT_ARGS(read));
        /* Control calls and seeds have the same fields. */
        assert_true(text_equals(read, read_job(rows[i].body, VERSION_V1BETA, *state)));
    }
}

static void v1_has_fewer_fields(void **state)
{
    assert_text(read_job("{\"state\":3}", VERSION_V1, *state), "{\"state\":\"JOB_STATE_RUNNING\"}");
    static const char *const names[] = {"tuningJobState", "tuningJobMetadata",
        "preferenceOptimizationSpec", "customBaseModel", "outputUri", "distillationSpec"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        const char *body = arena_printf(*state, "{\"%s\":null}", names[i]).bytes;
        assert_text(read_job(body, VERSION_V1BETA1, *state), "{}");
        struct text read = read_job(body, VERSION_V1, *state);
        assert_true(text_find(read, TEXT("Cannot find field.")) < read.len);
    }
}

static void a_call_speaks_the_messages_of_its_service(void **state)
{
    (void)state;
    static const struct {
        enum method_id method;
        enum api_version version;
        enum api_version in_compat, in_strict;
    } rows[] = {
        {METHOD_TUNING_JOBS_GET, VERSION_V1, VERSION_V1BETA1, VERSION_V1},
        {METHOD_TUNING_JOBS_GET, VERSION_V1BETA1, VERSION_V1BETA1, VERSION_V1BETA1},
        /* The Gemini API's message has less in v1. */
        {METHOD_ENDPOINTS_GENERATE_CONTENT, VERSION_V1, VERSION_V1BETA1, VERSION_V1BETA1},
        {METHOD_MODELS_GENERATE_CONTENT, VERSION_V1, VERSION_LATEST, VERSION_V1},
        {METHOD_TUNED_MODELS_GET, VERSION_V1BETA3, VERSION_V1BETA3, VERSION_V1BETA3},
        {METHOD_CLOCK_GET, VERSION_V1BETA, VERSION_V1BETA, VERSION_V1BETA},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct method *method = &methods[rows[i].method];
        assert_int_equal(
            method_messages(method, rows[i].version, FIDELITY_COMPAT), rows[i].in_compat);
        assert_int_equal(
            method_messages(method, rows[i].version, FIDELITY_STRICT), rows[i].in_strict);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(a_job_is_read_in_every_spelling_that_clients_have),
        unit_test_with_arena(v1_has_fewer_fields),
        cmocka_unit_test(a_call_speaks_the_messages_of_its_service),
    };
    return cmocka_run_group_tests_name("vertex_messages", tests, NULL, NULL);
}
