#include "server/call/fault_text.h"

#include <assert.h>

#include "base/timefmt.h"
#include "server/call/fail.h"
#include "server/call/fault_field.h"
#include "server/call/fault_part.h"
#include "server/call/update_mask.h"
#include "server/call/vertex_name.h"

static struct text fault_text_version(struct fault_subject *subject)
{
    return text_of(api_version_name(subject->call->version));
}

static struct text fault_text_request_name(struct fault_subject *subject)
{
    return call_request_name(subject->call);
}

static struct text fault_text_path(struct fault_subject *subject)
{
    return subject->call->request->raw_path;
}

static struct text fault_text_json_place(struct fault_subject *subject)
{
    return fault_field_name(subject, true);
}

static struct text fault_text_json_field(struct fault_subject *subject)
{
    return fault_field_name(subject, false);
}

static struct text fault_text_json_type(struct fault_subject *subject)
{
    return fault_field_type(subject);
}

static struct text fault_text_model_field(struct fault_subject *subject)
{
    const char *parameter = subject->call->method->parameter;
    return parameter ? text_of(parameter) : TEXT("model");
}

static struct text fault_text_hyper_range(struct fault_subject *subject)
{
    return fault_field_said(subject, ARGUMENT_HYPER_FIELD, TEXT("greater than 0"));
}

static struct text fault_text_sampling_range(struct fault_subject *subject)
{
    return fault_field_said(subject, ARGUMENT_SAMPLING_FIELD, TEXT("[0.0, 1.0]"));
}

static struct text fault_text_generation_range(struct fault_subject *subject)
{
    return fault_field_said(subject, ARGUMENT_GENERATION_FIELD, TEXT("at least 0"));
}

static struct text fault_text_required_name(struct fault_subject *subject)
{
    return fault_field_said(subject, ARGUMENT_REQUIRED_FIELD, fault_field_name(subject, false));
}

static struct text fault_text_number(const struct fault_subject *subject, size_t number)
{
    return arena_printf(subject->call->arena, "%zu", number);
}

static struct text fault_text_text_max(struct fault_subject *subject)
{
    return fault_text_number(subject, TRAINING_INPUT_CHARACTERS_MAX);
}

static struct text fault_text_text_length(struct fault_subject *subject)
{
    return fault_text_number(subject, TRAINING_INPUT_CHARACTERS_MAX + 1);
}

static struct text fault_text_name_max(struct fault_subject *subject)
{
    return fault_text_number(subject, DISPLAY_NAME_CHARACTERS_MAX);
}

static struct text fault_text_name_length(struct fault_subject *subject)
{
    return fault_text_number(subject, DISPLAY_NAME_CHARACTERS_MAX + 1);
}

static struct text fault_text_list_max(struct fault_subject *subject)
{
    return fault_text_number(subject, READER_PROJECT_NUMBERS_MAX);
}

static struct text fault_text_list_length(struct fault_subject *subject)
{
    return fault_text_number(subject, READER_PROJECT_NUMBERS_MAX + 1);
}

static struct text fault_text_query_max(struct fault_subject *subject)
{
    return fault_text_number(subject, QUERY_BYTES_MAX);
}

static struct text fault_text_body_max(struct fault_subject *subject)
{
    return fault_text_number(subject, subject->call->app->settings.body_bytes_max);
}

static struct text fault_text_body_values_max(struct fault_subject *subject)
{
    return fault_text_number(subject, subject->call->app->body_limits.values_max);
}

static struct text fault_text_body_memory_max(struct fault_subject *subject)
{
    return fault_text_number(subject, subject->call->app->body_limits.bytes_max);
}

static struct text fault_text_bodies_memory_max(struct fault_subject *subject)
{
    return fault_text_number(subject, subject->call->app->body_limits.budget->max);
}

static struct text fault_text_retry(struct fault_subject *subject)
{
    char *text = arena_alloc(subject->call->arena, TIME_TEXT_MAX);
    int64_t ns = subject->retry_after_ns ? subject->retry_after_ns : QUOTA_RETRY_NS;
    return (struct text){text, duration_format(ns, text)};
}

static struct text fault_text_status_name(struct fault_subject *subject)
{
    return subject->status_name;
}

static struct text fault_text_mask_problem(struct fault_subject *subject)
{
    struct text *paths;
    fault_subject_request(subject);
    size_t count = update_mask_read(subject->call, &paths);
    return update_mask_problem(subject->call, count > 0 ? paths[0] : TEXT(""));
}

static struct text fault_text_vertex_name(struct fault_subject *subject)
{
    return vertex_name(subject->call);
}

static struct text fault_text_vertex_kind(struct fault_subject *subject)
{
    return vertex_kind(subject->call->method);
}

static struct text fault_text_vertex_permission(struct fault_subject *subject)
{
    return vertex_permission(subject->call->method, subject->call->arena);
}

/* By kind: how it follows from the call, or what stands for it where nothing does; the paths of
 * fields are in fault_field.c. */
static const struct {
    struct text (*make)(struct fault_subject *subject);
    struct text sample;
} fault_text_arguments[ARGUMENT_COUNT] = {
    [ARGUMENT_MODEL_ID] = {.make = fault_subject_model_id},
    [ARGUMENT_NEW_ID] = {.make = fault_subject_new_id},
    [ARGUMENT_BASE] = {.make = fault_subject_base},
    [ARGUMENT_QUOTA_MODEL] = {.make = fault_subject_quota_model},
    [ARGUMENT_RESOURCE] = {.make = fault_subject_resource},
    [ARGUMENT_PERMISSION_ID] = {.make = fault_subject_permission_id},
    [ARGUMENT_OPERATION] = {.make = fault_subject_operation},
    [ARGUMENT_OUTPUT_TOKENS] = {.sample = TEXT_INIT("0")},
    [ARGUMENT_OUTPUT_BOUND] = {.sample = TEXT_INIT("65537")},
    [ARGUMENT_VERTEX_NAME] = {.make = fault_text_vertex_name},
    [ARGUMENT_VERTEX_KIND] = {.make = fault_text_vertex_kind},
    [ARGUMENT_VERTEX_PERMISSION] = {.make = fault_text_vertex_permission},
    [ARGUMENT_VERTEX_FIELD] = {.sample = TEXT_INIT("tuning_job.base_model")},
    [ARGUMENT_VERTEX_PROBLEM] = {.sample = TEXT_INIT("Required field is not set.")},
    [ARGUMENT_VERTEX_BASE] = {.sample = TEXT_INIT("gemini-embedding-001")},
    [ARGUMENT_VERTEX_SPEC] = {.sample = TEXT_INIT("distillationSpec")},
    [ARGUMENT_VERSION] = {.make = fault_text_version},
    [ARGUMENT_METHOD] = {.make = fault_subject_method},
    [ARGUMENT_REQUEST] = {.make = fault_text_request_name},
    [ARGUMENT_PATH] = {.make = fault_text_path},
    [ARGUMENT_EXAMPLE_MAX] = {.make = fault_text_text_max},
    [ARGUMENT_EXAMPLE_LENGTH] = {.make = fault_text_text_length},
    [ARGUMENT_PROMPT_MAX] = {.make = fault_text_text_max},
    [ARGUMENT_PROMPT_LENGTH] = {.make = fault_text_text_length},
    [ARGUMENT_NAME_MAX] = {.make = fault_text_name_max},
    [ARGUMENT_NAME_LENGTH] = {.make = fault_text_name_length},
    [ARGUMENT_LIST_MAX] = {.make = fault_text_list_max},
    [ARGUMENT_LIST_LENGTH] = {.make = fault_text_list_length},
    [ARGUMENT_HYPER_RANGE] = {.make = fault_text_hyper_range},
    [ARGUMENT_SAMPLING_RANGE] = {.make = fault_text_sampling_range},
    [ARGUMENT_GENERATION_RANGE] = {.make = fault_text_generation_range},
    [ARGUMENT_REQUIRED_NAME] = {.make = fault_text_required_name},
    [ARGUMENT_MODEL_FIELD] = {.make = fault_text_model_field},
    [ARGUMENT_PERMISSION_PROBLEM] = {.sample = TEXT_INIT("must be set")},
    [ARGUMENT_MASK_PROBLEM] = {.make = fault_text_mask_problem},
    [ARGUMENT_FILTER_PROBLEM] = {.sample = TEXT_INIT("is not a filter")},
    [ARGUMENT_INDEX] = {.sample = TEXT_INIT("0")},
    [ARGUMENT_HTTP_PROBLEM] = {.sample = TEXT_INIT("the request line is not understood")},
    [ARGUMENT_QUERY_MAX] = {.make = fault_text_query_max},
    [ARGUMENT_BODY_MAX] = {.make = fault_text_body_max},
    [ARGUMENT_BODY_VALUES_MAX] = {.make = fault_text_body_values_max},
    [ARGUMENT_BODY_MEMORY_MAX] = {.make = fault_text_body_memory_max},
    [ARGUMENT_BODIES_MEMORY_MAX] = {.make = fault_text_bodies_memory_max},
    [ARGUMENT_ENCODING] = {.sample = TEXT_INIT("gzip")},
    [ARGUMENT_JSON_CONTEXT] = {.sample = TEXT_INIT("")},
    [ARGUMENT_JSON_INDENT] = {.sample = TEXT_INIT("")},
    [ARGUMENT_JSON_EXPECTED] = {.sample = TEXT_INIT("Expected a value.")},
    [ARGUMENT_JSON_KEY] = {.sample = TEXT_INIT("example")},
    [ARGUMENT_JSON_PLACE] = {.make = fault_text_json_place},
    [ARGUMENT_JSON_FIELD] = {.make = fault_text_json_field},
    [ARGUMENT_JSON_NAME] = {.make = fault_text_json_field},
    [ARGUMENT_JSON_SCALAR] = {.sample = TEXT_INIT("STRING")},
    [ARGUMENT_JSON_TYPE] = {.make = fault_text_json_type},
    [ARGUMENT_JSON_VALUE] = {.sample = TEXT_INIT("true")},
    [ARGUMENT_JSON_ONEOF] = {.sample = TEXT_INIT("example")},
    [ARGUMENT_UNKNOWN_NAME] = {.sample = TEXT_INIT("example")},
    [ARGUMENT_STATE] = {.sample = TEXT_INIT("CREATING")},
    [ARGUMENT_MODALITY] = {.make = fault_part_modality, .sample = TEXT_INIT("Image")},
    [ARGUMENT_MIME_TYPE] = {.make = fault_part_mime_type, .sample = TEXT_INIT("image/example")},
    [ARGUMENT_FILE_URI] = {.make = fault_part_file_uri, .sample = TEXT_INIT("gs://example/file")},
    [ARGUMENT_RETRY] = {.make = fault_text_retry},
    [ARGUMENT_STATUS_NAME] = {.make = fault_text_status_name},
    [ARGUMENT_PROBLEMS] = {.make = fault_text_status_name},
    [ARGUMENT_CONTROL_PROBLEM] = {.sample = TEXT_INIT("Host is missing")},
    [ARGUMENT_CONTROL_PLACE] = {.sample = TEXT_INIT("fault example")},
};

static struct text fault_text_argument(struct fault_subject *subject, enum error_argument argument)
{
    struct text text = TEXT(""), sample = fault_text_arguments[argument].sample;
    if (!fault_text_arguments[argument].make && !sample.bytes)
        return fault_field_path(subject, argument);
    if (fault_text_arguments[argument].make)
        text = fault_text_arguments[argument].make(subject);
    return text_is_empty(text) && sample.bytes ? sample : text;
}

struct text fault_text(struct fault_subject *subject, enum error_id error)
{
    enum { HOLES_MAX = 8 };
    struct text arguments[HOLES_MAX];
    size_t count = 0;
    struct text template = text_of(errors[error].text);
    struct error_hole hole = {.end = 0};
    if (text_is_empty(subject->status_name))
        subject->status_name = text_of(status_find((int)errors[error].status)->name);
    while (error_next_hole(template, hole.end, &hole)) {
        assert(count < HOLES_MAX);
        arguments[count++] = fault_text_argument(subject, hole.argument);
    }
    return error_text(subject->call->arena, error, arguments, count);
}
