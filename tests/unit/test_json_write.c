#include "tests/lib/unit.h"

#include <float.h>
#include <math.h>

#include "base/timefmt.h"
#include "server/json/write.h"

struct fixture {
    struct arena arena;
    struct buf out;
};

static int setup(void **state)
{
    static struct fixture fixture;
    arena_init(&fixture.arena);
    buf_init(&fixture.out);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    arena_release(&fixture->arena);
    buf_release(&fixture->out);
    return 0;
}

static struct message *make(struct fixture *fixture, enum message_id id)
{
    return message_new(&fixture->arena, id, VERSION_V1BETA);
}

static void assert_written(struct fixture *fixture, const struct message *message,
    struct json_style style, const char *expected)
{
    buf_clear(&fixture->out);
    json_write(&fixture->out, message, &style);
    assert_string_equal(fixture->out.data, expected);
    assert_int_equal(fixture->out.len, strlen(expected));
}

static void assert_compact(
    struct fixture *fixture, const struct message *message, const char *expected)
{
    assert_written(fixture, message, (struct json_style){.layout = JSON_COMPACT}, expected);
}

static int64_t time_of(const char *text)
{
    int64_t time_ns = 0;
    assert_true(time_parse(text_of(text), &time_ns));
    return time_ns;
}

static void add_snapshot(
    struct message *parent, unsigned field, int step, int epoch, float loss, const char *time)
{
    struct message *snapshot = message_add_child(parent, field);
    message_set_int(snapshot, TuningSnapshot_step, step);
    message_set_int(snapshot, TuningSnapshot_epoch, epoch);
    message_set_float(snapshot, TuningSnapshot_mean_loss, loss);
    message_set_int(snapshot, TuningSnapshot_compute_time, time_of(time));
}

/* Bodies that the service has sent. */

static struct message *make_running_operation(struct fixture *fixture)
{
    struct message *metadata = make(fixture, MESSAGE_CreateTunedModelMetadata);
    message_set_text(metadata, CreateTunedModelMetadata_tuned_model,
        TEXT("tunedModels/text-predictor-dsygc8rjuymz"));
    message_set_int(metadata, CreateTunedModelMetadata_total_steps, 38);
    message_set_int(metadata, CreateTunedModelMetadata_completed_steps, 2);
    message_set_float(metadata, CreateTunedModelMetadata_completed_percent, 100.0F * 2 / 38);
    add_snapshot(metadata, CreateTunedModelMetadata_snapshots, 1, 0, 11.499258F,
        "2024-07-31T06:58:29.639551971Z");
    add_snapshot(metadata, CreateTunedModelMetadata_snapshots, 2, 0, 13.789906F,
        "2024-07-31T06:58:38.054294552Z");
    /* Polled on v1: the Any keeps the version of the create. */
    struct message *operation = message_new(&fixture->arena, MESSAGE_Operation, VERSION_V1);
    message_set_text(operation, Operation_name,
        TEXT("tunedModels/text-predictor-dsygc8rjuymz/operations/r6z44bgt2mog"));
    message_set_message(operation, Operation_metadata, metadata);
    message_set_bool(operation, Operation_done, false);
    return operation;
}

static void a_running_operation_is_printed_as_recorded(void **state)
{
    struct fixture *fixture = *state;
    assert_written(fixture, make_running_operation(fixture),
        (struct json_style){.layout = JSON_PRETTY},
        "{\n"
        "  \"name\": \"tunedModels/text-predictor-dsygc8rjuymz/operations/r6z44bgt2mog\",\n"
        "  \"metadata\": {\n"
        "    \"@type\": \"type.googleapis.com/"
        "google.ai.generativelanguage.v1beta.CreateTunedModelMetadata\",\n"
        "    \"totalSteps\": 38,\n"
        "    \"completedSteps\": 2,\n"
        "    \"completedPercent\": 5.263158,\n"
        "    \"snapshots\": [\n"
        "      {\n"
        "        \"step\": 1,\n"
        "        \"meanLoss\": 11.499258,\n"
        "        \"computeTime\": \"2024-07-31T06:58:29.639551971Z\"\n"
        "      },\n"
        "      {\n"
        "        \"step\": 2,\n"
        "        \"meanLoss\": 13.789906,\n"
        "        \"computeTime\": \"2024-07-31T06:58:38.054294552Z\"\n"
        "      }\n"
        "    ],\n"
        "    \"tunedModel\": \"tunedModels/text-predictor-dsygc8rjuymz\"\n"
        "  }\n"
        "}");
}

static void a_tuned_model_is_printed_as_recorded(void **state)
{
    struct fixture *fixture = *state;
    struct message *model = make(fixture, MESSAGE_TunedModel);
    struct message *task = message_make_child(model, TunedModel_tuning_task);
    struct message *parameters = message_make_child(task, TuningTask_hyperparameters);
    message_set_int(parameters, Hyperparameters_epoch_count, 5);
    message_set_int(parameters, Hyperparameters_batch_size, 2);
    message_set_float(parameters, Hyperparameters_learning_rate, 0.001F);
    add_snapshot(task, TuningTask_snapshots, 8, 1, 6.272615e-05F, "2024-07-20T18:23:51.559295Z");
    message_set_int(task, TuningTask_start_time, time_of("2024-07-20T18:23:31.528229372Z"));
    message_set_int(task, TuningTask_complete_time, time_of("2024-07-20T18:25:31.801179Z"));
    message_set_text(model, TunedModel_name, TEXT("tunedModels/next-m1lwcujgc644"));
    message_set_text(model, TunedModel_base_model, TEXT("models/gemini-1.0-pro-001"));
    message_set_text(model, TunedModel_display_name, TEXT("Next Number"));
    message_set_int(model, TunedModel_state, TunedModel_State_ACTIVE);
    message_set_int(model, TunedModel_create_time, time_of("2024-07-20T18:23:29Z"));
    message_set_float(model, TunedModel_temperature, 0.9F);
    message_set_float(model, TunedModel_top_p, 1.0F);
    message_set_int(model, TunedModel_top_k, 0);
    assert_written(fixture, model, (struct json_style){.layout = JSON_PRETTY},
        "{\n"
        "  \"name\": \"tunedModels/next-m1lwcujgc644\",\n"
        "  \"baseModel\": \"models/gemini-1.0-pro-001\",\n"
        "  \"displayName\": \"Next Number\",\n"
        "  \"state\": \"ACTIVE\",\n"
        "  \"createTime\": \"2024-07-20T18:23:29Z\",\n"
        "  \"tuningTask\": {\n"
        "    \"startTime\": \"2024-07-20T18:23:31.528229372Z\",\n"
        "    \"completeTime\": \"2024-07-20T18:25:31.801179Z\",\n"
        "    \"snapshots\": [\n"
        "      {\n"
        "        \"step\": 8,\n"
        "        \"epoch\": 1,\n"
        "        \"meanLoss\": 6.272615e-05,\n"
        "        \"computeTime\": \"2024-07-20T18:23:51.559295Z\"\n"
        "      }\n"
        "    ],\n"
        "    \"hyperparameters\": {\n"
        "      \"epochCount\": 5,\n"
        "      \"batchSize\": 2,\n"
        "      \"learningRate\": 0.001\n"
        "    }\n"
        "  },\n"
        "  \"temperature\": 0.9,\n"
        "  \"topP\": 1,\n"
        "  \"topK\": 0\n"
        "}");
}

static void an_error_is_printed_as_recorded(void **state)
{
    struct fixture *fixture = *state;
    struct message *body = make(fixture, MESSAGE_ErrorBody);
    struct message *error = message_make_child(body, ErrorBody_error);
    message_set_int(error, ErrorBody_Error_code, 400);
    message_set_text(error, ErrorBody_Error_message, TEXT("API key not valid."));
    message_set_text(error, ErrorBody_Error_status, TEXT("INVALID_ARGUMENT"));
    struct message *info = make(fixture, MESSAGE_ErrorInfo);
    message_set_text(info, ErrorInfo_reason, TEXT("API_KEY_INVALID"));
    message_add_pair(info, ErrorInfo_metadata, TEXT("service"), TEXT("x.googleapis.com"));
    message_add_pair(info, ErrorInfo_metadata, TEXT("a\"b"), TEXT(""));
    message_add_message(error, ErrorBody_Error_details, info);
    message_add_message(error, ErrorBody_Error_details, make(fixture, MESSAGE_Help));
    assert_written(fixture, body, (struct json_style){.layout = JSON_PRETTY},
        "{\n"
        "  \"error\": {\n"
        "    \"code\": 400,\n"
        "    \"message\": \"API key not valid.\",\n"
        "    \"status\": \"INVALID_ARGUMENT\",\n"
        "    \"details\": [\n"
        "      {\n"
        "        \"@type\": \"type.googleapis.com/google.rpc.ErrorInfo\",\n"
        "        \"reason\": \"API_KEY_INVALID\",\n"
        "        \"metadata\": {\n"
        "          \"service\": \"x.googleapis.com\",\n"
        "          \"a\\\"b\": \"\"\n"
        "        }\n"
        "      },\n"
        "      {\n"
        "        \"@type\": \"type.googleapis.com/google.rpc.Help\"\n"
        "      }\n"
        "    ]\n"
        "  }\n"
        "}");
}

static struct message *make_chunk(struct fixture *fixture)
{
    struct message *response = make(fixture, MESSAGE_GenerateContentResponse);
    struct message *candidate = message_add_child(response, GenerateContentResponse_candidates);
    struct message *content = message_make_child(candidate, Candidate_content);
    message_set_text(content, Content_role, TEXT("model"));
    message_set_text(
        message_add_child(content, Content_parts), Part_text, TEXT(" is **Cheyenne**.\n"));
    message_set_int(candidate, Candidate_finish_reason, Candidate_FinishReason_STOP);
    struct message *usage = message_make_child(response, GenerateContentResponse_usage_metadata);
    message_set_int(usage, GenerateContentResponse_UsageMetadata_prompt_token_count, 7);
    message_set_int(usage, GenerateContentResponse_UsageMetadata_total_token_count, 17);
    struct message *details =
        message_add_child(usage, GenerateContentResponse_UsageMetadata_prompt_tokens_details);
    message_set_int(details, ModalityTokenCount_modality, Modality_TEXT);
    message_set_int(details, ModalityTokenCount_token_count, 7);
    message_set_text(response, GenerateContentResponse_model_version, TEXT("gemini-2.0-flash"));
    return response;
}

static void an_event_has_spaces_after_colons_only(void **state)
{
    struct fixture *fixture = *state;
    assert_written(fixture, make_chunk(fixture), (struct json_style){.layout = JSON_EVENT},
        "{\"candidates\": [{\"content\": {\"parts\": [{\"text\": \" is **Cheyenne**.\\n\"}],"
        "\"role\": \"model\"},\"finishReason\": \"STOP\"}],"
        "\"usageMetadata\": {\"promptTokenCount\": 7,\"totalTokenCount\": 17,"
        "\"promptTokensDetails\": [{\"modality\": \"TEXT\",\"tokenCount\": 7}]},"
        "\"modelVersion\": \"gemini-2.0-flash\"}");
}

static void compact_has_no_white_space(void **state)
{
    struct fixture *fixture = *state;
    assert_compact(fixture, make_chunk(fixture),
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\" is **Cheyenne**.\\n\"}],"
        "\"role\":\"model\"},\"finishReason\":\"STOP\"}],"
        "\"usageMetadata\":{\"promptTokenCount\":7,\"totalTokenCount\":17,"
        "\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":7}]},"
        "\"modelVersion\":\"gemini-2.0-flash\"}");
}

static void scalars_of_a_list_stand_on_lines_of_their_own(void **state)
{
    struct fixture *fixture = *state;
    struct message *model = make(fixture, MESSAGE_Model);
    message_add_item(model, Model_supported_generation_methods)->text = TEXT("generateContent");
    message_add_item(model, Model_supported_generation_methods)->text = TEXT("");
    assert_written(fixture, model, (struct json_style){.layout = JSON_PRETTY},
        "{\n"
        "  \"supportedGenerationMethods\": [\n"
        "    \"generateContent\",\n"
        "    \"\"\n"
        "  ]\n"
        "}");
}

/* What is printed and what is left out. */

static void empty_messages_are_printed_as_braces(void **state)
{
    struct fixture *fixture = *state;
    const enum json_layout layouts[] = {JSON_PRETTY, JSON_COMPACT, JSON_EVENT};
    for (size_t i = 0; i < ARRAY_COUNT(layouts); i++) {
        for (unsigned id = 0; id < MESSAGE_COUNT; id++) {
            assert_written(fixture, make(fixture, (enum message_id)id),
                (struct json_style){.layout = layouts[i]}, "{}");
        }
    }
    struct message *model = make(fixture, MESSAGE_TunedModel);
    message_make_child(
        message_make_child(model, TunedModel_tuning_task), TuningTask_hyperparameters);
    assert_written(fixture, model, (struct json_style){.layout = JSON_PRETTY},
        "{\n"
        "  \"tuningTask\": {\n"
        "    \"hyperparameters\": {}\n"
        "  }\n"
        "}");
}

static void defaults_without_presence_are_left_out(void **state)
{
    struct fixture *fixture = *state;
    struct message *candidate = make(fixture, MESSAGE_Candidate);
    message_set_int(candidate, Candidate_finish_reason, 0);
    message_set_int(candidate, Candidate_token_count, 0);
    message_set_double(candidate, Candidate_avg_logprobs, 0.0);
    assert_compact(fixture, candidate, "{}");

    struct message *model = make(fixture, MESSAGE_TunedModel);
    message_set_text(model, TunedModel_name, TEXT(""));
    message_add_int(model, TunedModel_reader_project_numbers, 1);
    model->values[TunedModel_reader_project_numbers].list->count = 0;
    assert_compact(fixture, model, "{}");

    struct message *blob = make(fixture, MESSAGE_Blob);
    message_set_text(blob, Blob_data, TEXT(""));
    assert_compact(fixture, blob, "{}");

    struct message *metadata = make(fixture, MESSAGE_CreateTunedModelMetadata);
    message_set_float(metadata, CreateTunedModelMetadata_completed_percent, 0.0F);
    assert_compact(fixture, metadata, "{}");

    struct message *operation = make(fixture, MESSAGE_Operation);
    message_set_bool(operation, Operation_done, false);
    assert_compact(fixture, operation, "{}");
}

static void a_negative_zero_is_no_default(void **state)
{
    struct fixture *fixture = *state;
    struct message *candidate = make(fixture, MESSAGE_Candidate);
    message_set_double(candidate, Candidate_avg_logprobs, -0.0);
    assert_compact(fixture, candidate, "{\"avgLogprobs\":-0}");
    struct message *metadata = make(fixture, MESSAGE_CreateTunedModelMetadata);
    message_set_float(metadata, CreateTunedModelMetadata_completed_percent, -0.0F);
    assert_compact(fixture, metadata, "{\"completedPercent\":-0}");
}

static void presence_and_oneofs_print_defaults(void **state)
{
    struct fixture *fixture = *state;
    struct message *model = make(fixture, MESSAGE_TunedModel);
    message_set_text(model, TunedModel_base_model, TEXT(""));
    message_set_float(model, TunedModel_temperature, 0.0F);
    message_set_int(model, TunedModel_top_k, 0);
    assert_compact(fixture, model, "{\"baseModel\":\"\",\"temperature\":0,\"topK\":0}");

    struct message *parameters = make(fixture, MESSAGE_Hyperparameters);
    message_set_float(parameters, Hyperparameters_learning_rate, 0.0F);
    assert_compact(fixture, parameters, "{\"learningRate\":0}");

    struct message *permission = make(fixture, MESSAGE_Permission);
    message_set_int(permission, Permission_role, 0);
    message_set_text(permission, Permission_email_address, TEXT(""));
    assert_compact(fixture, permission, "{\"emailAddress\":\"\",\"role\":\"ROLE_UNSPECIFIED\"}");

    struct message *example = make(fixture, MESSAGE_TuningExample);
    message_set_text(example, TuningExample_text_input, TEXT(""));
    message_set_text(example, TuningExample_output, TEXT(""));
    assert_compact(fixture, example, "{\"textInput\":\"\"}");
}

static void times_are_messages_and_print_at_zero(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        int64_t time_ns;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00Z"},
        {1, "1970-01-01T00:00:00.000000001Z"},
        {1000, "1970-01-01T00:00:00.000001Z"},
        {1000000, "1970-01-01T00:00:00.001Z"},
        {-1, "1969-12-31T23:59:59.999999999Z"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct message *snapshot = make(fixture, MESSAGE_TuningSnapshot);
        message_set_int(snapshot, TuningSnapshot_compute_time, rows[i].time_ns);
        struct text expected =
            arena_printf(&fixture->arena, "{\"computeTime\":\"%s\"}", rows[i].text);
        assert_compact(fixture, snapshot, expected.bytes);
    }
    struct message *video = make(fixture, MESSAGE_VideoMetadata);
    message_set_int(video, VideoMetadata_start_offset, 0);
    message_set_int(video, VideoMetadata_end_offset, 1500 * NS_PER_MS);
    assert_compact(fixture, video, "{\"startOffset\":\"0s\",\"endOffset\":\"1.500s\"}");
}

static void fields_of_other_versions_are_left_out(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        enum api_version version;
        const char *text;
    } rows[] = {
        {VERSION_V1BETA, "{\"name\":\"n\",\"readerProjectNumbers\":[\"7\"]}"},
        {VERSION_V1ALPHA, "{\"name\":\"n\",\"readerProjectNumbers\":[\"7\"]}"},
        {VERSION_V1BETA3, "{\"name\":\"n\"}"},
        {VERSION_V1, "{}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct message *model = message_new(&fixture->arena, MESSAGE_TunedModel, rows[i].version);
        message_set_text(model, TunedModel_name, TEXT("n"));
        message_add_int(model, TunedModel_reader_project_numbers, 7);
        assert_compact(fixture, model, rows[i].text);
    }
}

/* Values. */

static void integers_are_numbers_or_strings(void **state)
{
    struct fixture *fixture = *state;
    struct message *model = make(fixture, MESSAGE_TunedModel);
    message_set_int(model, TunedModel_top_k, INT32_MIN);
    message_add_int(model, TunedModel_reader_project_numbers, INT64_MAX);
    message_add_int(model, TunedModel_reader_project_numbers, INT64_MIN);
    message_add_int(model, TunedModel_reader_project_numbers, 0);
    assert_compact(fixture, model,
        "{\"topK\":-2147483648,\"readerProjectNumbers\":"
        "[\"9223372036854775807\",\"-9223372036854775808\",\"0\"]}");
}

static void lists_print_zeroes_and_what_is_no_number(void **state)
{
    struct fixture *fixture = *state;
    struct message *embedding = make(fixture, MESSAGE_ContentEmbedding);
    const float values[] = {
        0.0F, -0.0F, NAN, INFINITY, -INFINITY, FLT_MAX, FLT_TRUE_MIN, 1e21F, 0.013168523F};
    for (size_t i = 0; i < ARRAY_COUNT(values); i++)
        message_add_float(embedding, ContentEmbedding_values, values[i]);
    assert_compact(fixture, embedding,
        "{\"values\":[0,-0,\"NaN\",\"Infinity\",\"-Infinity\",3.4028235e+38,1.4013e-45,1e+21,"
        "0.013168523]}");
}

static void enums_are_names_or_numbers(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        int64_t number;
        const char *as_name;
        const char *as_number;
    } rows[] = {
        {1, "{\"state\":\"CREATING\"}", "{\"state\":1}"},
        {3, "{\"state\":\"FAILED\"}", "{\"state\":3}"},
        {4, "{\"state\":4}", "{\"state\":4}"},
        {-1, "{\"state\":-1}", "{\"state\":-1}"},
        {INT32_MAX, "{\"state\":2147483647}", "{\"state\":2147483647}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct message *model = make(fixture, MESSAGE_TunedModel);
        message_set_int(model, TunedModel_state, rows[i].number);
        assert_compact(fixture, model, rows[i].as_name);
        assert_written(fixture, model,
            (struct json_style){.layout = JSON_COMPACT, .enums_as_numbers = true},
            rows[i].as_number);
    }
}

static void bytes_are_base64_with_padding(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        struct text bytes;
        const char *text;
    } rows[] = {
        {TEXT_INIT("f"), "{\"data\":\"Zg==\"}"},
        {TEXT_INIT("fo"), "{\"data\":\"Zm8=\"}"},
        {TEXT_INIT("foo"), "{\"data\":\"Zm9v\"}"},
        {TEXT_INIT("foob"), "{\"data\":\"Zm9vYg==\"}"},
        {TEXT_INIT("\0"), "{\"data\":\"AA==\"}"},
        {TEXT_INIT("\xff\xff\xff\xfb\xf0"), "{\"data\":\"////+/A=\"}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct message *blob = make(fixture, MESSAGE_Blob);
        message_set_text(blob, Blob_data, rows[i].bytes);
        assert_compact(fixture, blob, rows[i].text);
    }
}

static void free_values_are_printed_in_the_layout(void **state)
{
    struct fixture *fixture = *state;
    struct message *call = make(fixture, MESSAGE_FunctionCall);
    message_set_text(call, FunctionCall_name, TEXT("f"));
    message_set_text(call, FunctionCall_args,
        TEXT("{\"a\":[1,-2.5e3,[],{}],\"b\":{\"c\":null,\"d\":true},"
             "\"s\":\"{,:}[\\\"<\\\\\",\"\":\"\"}"));
    assert_compact(fixture, call,
        "{\"name\":\"f\",\"args\":{\"a\":[1,-2.5e3,[],{}],\"b\":{\"c\":null,\"d\":true},"
        "\"s\":\"{,:}[\\\"\\u003c\\\\\",\"\":\"\"}}");
    assert_written(fixture, call, (struct json_style){.layout = JSON_EVENT},
        "{\"name\": \"f\",\"args\": {\"a\": [1,-2.5e3,[],{}],\"b\": {\"c\": null,\"d\": true},"
        "\"s\": \"{,:}[\\\"\\u003c\\\\\",\"\": \"\"}}");
    assert_written(fixture, call, (struct json_style){.layout = JSON_PRETTY},
        "{\n"
        "  \"name\": \"f\",\n"
        "  \"args\": {\n"
        "    \"a\": [\n"
        "      1,\n"
        "      -2.5e3,\n"
        "      [],\n"
        "      {}\n"
        "    ],\n"
        "    \"b\": {\n"
        "      \"c\": null,\n"
        "      \"d\": true\n"
        "    },\n"
        "    \"s\": \"{,:}[\\\"\\u003c\\\\\",\n"
        "    \"\": \"\"\n"
        "  }\n"
        "}");
}

static void free_values_may_be_scalars(void **state)
{
    struct fixture *fixture = *state;
    static const char *const values[] = {"null", "true", "12", "\"x\"", "\"\"", "[]", "{}", "[[]]"};
    for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
        struct message *schema = make(fixture, MESSAGE_Schema);
        message_set_text(schema, Schema_example, text_of(values[i]));
        struct text expected = arena_printf(&fixture->arena, "{\"example\":%s}", values[i]);
        assert_compact(fixture, schema, expected.bytes);
    }
}

static void maps_may_hold_messages(void **state)
{
    struct fixture *fixture = *state;
    struct message *schema = make(fixture, MESSAGE_Schema);
    struct message *property = make(fixture, MESSAGE_Schema);
    message_set_int(property, Schema_type, Type_STRING);
    message_add_item(schema, Schema_properties)->text = TEXT("b");
    message_add_item(schema, Schema_properties)->message = property;
    message_add_item(schema, Schema_properties)->text = TEXT("a");
    message_add_item(schema, Schema_properties)->message = make(fixture, MESSAGE_Schema);
    assert_compact(fixture, schema, "{\"properties\":{\"b\":{\"type\":\"STRING\"},\"a\":{}}}");
}

/* The buffer. */

static void writing_appends_to_what_is_there(void **state)
{
    struct fixture *fixture = *state;
    buf_add_string(&fixture->out, "data: ");
    struct message *operation = make(fixture, MESSAGE_Operation);
    message_set_bool(operation, Operation_done, true);
    json_write(&fixture->out, operation, &(struct json_style){.layout = JSON_EVENT});
    assert_string_equal(fixture->out.data, "data: {\"done\": true}");
}

static void nesting_is_printed_as_deep_as_it_is_read(void **state)
{
    struct fixture *fixture = *state;
    enum { DEPTH = 100 };
    struct message *schema = make(fixture, MESSAGE_Schema);
    struct message *inner = schema;
    struct buf expected = BUF_INIT;
    for (int i = 0; i < DEPTH; i++) {
        inner = message_make_child(inner, Schema_items);
        buf_add_string(&expected, "{\"items\":");
    }
    buf_add_string(&expected, "{}");
    buf_add_repeated(&expected, '}', DEPTH);
    assert_compact(fixture, schema, expected.data);
    buf_release(&expected);
}

#define WRITE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WRITE_TEST(a_running_operation_is_printed_as_recorded),
        WRITE_TEST(a_tuned_model_is_printed_as_recorded),
        WRITE_TEST(an_error_is_printed_as_recorded),
        WRITE_TEST(an_event_has_spaces_after_colons_only),
        WRITE_TEST(compact_has_no_white_space),
        WRITE_TEST(scalars_of_a_list_stand_on_lines_of_their_own),
        WRITE_TEST(empty_messages_are_printed_as_braces),
        WRITE_TEST(defaults_without_presence_are_left_out),
        WRITE_TEST(a_negative_zero_is_no_default),
        WRITE_TEST(presence_and_oneofs_print_defaults),
        WRITE_TEST(times_are_messages_and_print_at_zero),
        WRITE_TEST(fields_of_other_versions_are_left_out),
        WRITE_TEST(integers_are_numbers_or_strings),
        WRITE_TEST(lists_print_zeroes_and_what_is_no_number),
        WRITE_TEST(enums_are_names_or_numbers),
        WRITE_TEST(bytes_are_base64_with_padding),
        WRITE_TEST(free_values_are_printed_in_the_layout),
        WRITE_TEST(free_values_may_be_scalars),
        WRITE_TEST(maps_may_hold_messages),
        WRITE_TEST(writing_appends_to_what_is_there),
        WRITE_TEST(nesting_is_printed_as_deep_as_it_is_read),
    };
    return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
