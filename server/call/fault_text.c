#include "server/call/fault_text.h"

#include <assert.h>

#include "base/array.h"
#include "base/timefmt.h"
#include "server/state/catalogue.h"
#include "server/call/body.h"
#include "server/call/fail.h"
#include "server/state/identity.h"

/* Stands for an id where the call has none, as that of a list. */
#define ID_OF_NONE TEXT("example")

void fault_subject_init(struct fault_subject *subject, struct call *call, const char *status_name,
    int64_t retry_after_ns)
{
    *subject = (struct fault_subject){
        .call = call, .status_name = text_of(status_name), .retry_after_ns = retry_after_ns};
}

/* --- what the call is about --- */

/* The request as far as it can be read; what is wrong with it does not matter here. */
static const struct message *fault_subject_request(struct fault_subject *subject)
{
    struct call *call = subject->call;
    if (subject->request)
        return subject->request;
    struct decode_problems problems;
    decode_problems_init(&problems, call->arena);
    body_decode(call, &problems);
    subject->request = call->in;
    return subject->request;
}

/* The TunedModel of a create's body; NULL for other calls. */
static const struct message *fault_subject_creation(struct fault_subject *subject)
{
    if (subject->call->method_id != METHOD_TUNED_MODELS_CREATE)
        return NULL;
    return message_child(fault_subject_request(subject), CreateTunedModelRequest_tuned_model);
}

/* The tuned model that a create starts from, without "tunedModels/"; empty: from none. */
static struct text fault_subject_source_id(struct fault_subject *subject)
{
    const struct message *creation = fault_subject_creation(subject);
    const struct message *source =
        creation ? message_child(creation, TunedModel_tuned_model_source) : NULL;
    struct text name = source ? message_text(source, TunedModelSource_tuned_model) : TEXT("");
    struct text prefix = TEXT("tunedModels/");
    return text_starts_with(name, prefix) ? text_slice(name, prefix.len, name.len) : name;
}

/* The two ids of an operation's or a permission's path, either of which may be empty. */
static void fault_subject_ids(
    const struct call *call, struct text *ret_model_id, struct text *ret_id)
{
    bool is_top_level = method_subject(call->method) == SUBJECT_OTHER;
    *ret_model_id = call->ids[0];
    *ret_id = call->ids[1];
    if (is_top_level && !identity_split_child(call->ids[0], "operations", ret_model_id, ret_id))
        *ret_model_id = *ret_id = TEXT("");
}

static struct text fault_subject_new_id(struct fault_subject *subject)
{
    const struct message *creation = fault_subject_creation(subject);
    struct text id = TEXT(""), other;
    if (!creation) {
        fault_subject_ids(subject->call, &id, &other);
        return text_is_empty(id) ? ID_OF_NONE : id;
    }
    id = message_text(subject->call->in, CreateTunedModelRequest_tuned_model_id);
    if (!text_is_empty(id))
        return id;
    return identity_tuned_model_id(
        subject->call->arena, message_text(creation, TunedModel_display_name), ID_SUFFIX_LENGTH, 0);
}

static struct text fault_subject_model_id(struct fault_subject *subject)
{
    struct text source = fault_subject_source_id(subject);
    return text_is_empty(source) ? fault_subject_new_id(subject) : source;
}

static struct text fault_subject_resource(struct fault_subject *subject)
{
    bool is_base = method_subject(subject->call->method) == SUBJECT_BASE_MODEL;
    struct text id = fault_subject_new_id(subject);
    return arena_printf(
        subject->call->arena, "%s/%.*s", is_base ? "models" : "tunedModels", TEXT_ARGS(id));
}

/* The base of a tuned model; empty if there is no such model. */
static struct text fault_subject_stored_base(struct fault_subject *subject, struct text model_id)
{
    struct call *call = subject->call;
    struct store_model model;
    if (text_is_empty(model_id) || store_read_begin(call->reader) != STORE_OK)
        return TEXT("");
    bool is_found = store_find_model(call->reader, call->space->number, model_id, call->arena,
                        &model) == STORE_OK;
    store_read_end(call->reader);
    return is_found ? model.base_model : TEXT("");
}

/* The base that spring 2025 tuned, where the call is about none. */
static struct text fault_subject_any_base(const struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue_count(catalogue); i++) {
        const struct base_model *base = catalogue_at(catalogue, i);
        if (base_model_is_tunable(base) && !base->is_retired)
            return message_text(base->model, Model_name);
    }
    return TEXT("models/example");
}

/* Empty if the call is about none, or about a tuned model that is not there. */
static struct text fault_subject_known_base(struct fault_subject *subject)
{
    struct call *call = subject->call;
    const struct message *creation = fault_subject_creation(subject);
    struct text base = TEXT(""), model_id, other;
    if (method_subject(call->method) == SUBJECT_BASE_MODEL)
        return fault_subject_resource(subject);
    if (creation) {
        base = message_text(creation, TunedModel_base_model);
        model_id = fault_subject_source_id(subject);
    } else {
        fault_subject_ids(call, &model_id, &other);
    }
    return text_is_empty(base) ? fault_subject_stored_base(subject, model_id) : base;
}

static struct text fault_subject_base(struct fault_subject *subject)
{
    struct text base = fault_subject_known_base(subject);
    return text_is_empty(base) ? fault_subject_any_base(subject->call->app->catalogue) : base;
}

/* What is counted are generations; for other calls it is the model of the recorded error. */
struct text fault_subject_quota_model(struct fault_subject *subject)
{
    struct text base = fault_subject_known_base(subject), prefix = TEXT("models/");
    if (text_is_empty(base) || method_verb(subject->call->method).len == 0)
        return TEXT("gemini-1.5-flash");
    return text_starts_with(base, prefix) ? text_slice(base, prefix.len, base.len) : base;
}

struct operation_search {
    struct arena *arena;
    struct text id;
};

static bool fault_subject_take_operation(void *context, const struct store_operation *operation,
    const struct store_model *model, int32_t role)
{
    struct operation_search *search = context;
    (void)model;
    (void)role;
    search->id = arena_text(search->arena, operation->id);
    return false;
}

/* The operation of the path, else the one that made the model. */
static struct text fault_subject_operation(struct fault_subject *subject)
{
    struct call *call = subject->call;
    struct text model_id, id;
    fault_subject_ids(call, &model_id, &id);
    bool is_operation = text_starts_with(text_of(call->method->rpc), TEXT("Operations."));
    struct operation_search search = {.arena = call->arena, .id = is_operation ? id : TEXT("")};
    if (text_is_empty(model_id))
        model_id = fault_subject_model_id(subject);
    if (text_is_empty(search.id) && store_read_begin(call->reader) == STORE_OK) {
        store_list_operations_of(
            call->reader, call->space->number, model_id, 0, fault_subject_take_operation, &search);
        store_read_end(call->reader);
    }
    if (text_is_empty(search.id))
        search.id = ID_OF_NONE;
    return arena_printf(
        call->arena, "tunedModels/%.*s/operations/%.*s", TEXT_ARGS(model_id), TEXT_ARGS(search.id));
}

static struct text fault_subject_permission_id(struct fault_subject *subject)
{
    struct text id = subject->call->ids[1];
    return text_is_empty(id) ? ID_OF_NONE : id;
}

static struct text fault_subject_version(struct fault_subject *subject)
{
    return text_of(api_version_name(subject->call->version));
}

/* The verb of the path, a stream's being that of the whole, or create's; else the name of the rpc.
 */
static struct text fault_subject_method(struct fault_subject *subject)
{
    const struct method *method = subject->call->method;
    if (method->flags & METHOD_STREAMING)
        return TEXT("generateContent");
    if (subject->call->method_id == METHOD_TUNED_MODELS_CREATE)
        return TEXT("createTunedModel");
    struct text verb = method_verb(method), rpc = text_of(method->rpc);
    return verb.len ? verb : text_slice(rpc, text_find_byte(rpc, '.') + 1, rpc.len);
}

static struct text fault_subject_request_name(struct fault_subject *subject)
{
    return call_request_name(subject->call);
}

static struct text fault_subject_path(struct fault_subject *subject)
{
    return subject->call->request->raw_path;
}

/* --- fields of the request --- */

/*
 * Which field a kind means in a request, and what is said of it: of several the first that the
 * request has, else the first; requests without a row have their first field.
 */
static const struct subject_field {
    enum error_argument argument;
    enum message_id request;
    struct text path, said;
} subject_fields[] = {
#define EXAMPLE "tuned_model.tuning_task.training_data.examples.examples[0]."
#define HYPER "tuned_model.tuning_task.hyperparameters."
    {ARGUMENT_EXAMPLE_INPUT, MESSAGE_CreateTunedModelRequest, TEXT_INIT(EXAMPLE "model_input"),
        TEXT_INIT("")},
    {ARGUMENT_EXAMPLE_OUTPUT, MESSAGE_CreateTunedModelRequest, TEXT_INIT(EXAMPLE "output"),
        TEXT_INIT("")},
    {ARGUMENT_EXAMPLE_TEXT, MESSAGE_CreateTunedModelRequest, TEXT_INIT(EXAMPLE "text_input"),
        TEXT_INIT("")},
    {ARGUMENT_EXAMPLE_TEXT, MESSAGE_GenerateTextRequest, TEXT_INIT("prompt.text"), TEXT_INIT("")},
    {ARGUMENT_HYPER_FIELD, MESSAGE_CreateTunedModelRequest, TEXT_INIT(HYPER "epoch_count"),
        TEXT_INIT("in the range [1, 1000000]")},
    {ARGUMENT_HYPER_FIELD, MESSAGE_CreateTunedModelRequest, TEXT_INIT(HYPER "batch_size"),
        TEXT_INIT("in the range [1, 1000000]")},
    {ARGUMENT_HYPER_FIELD, MESSAGE_CreateTunedModelRequest, TEXT_INIT(HYPER "learning_rate"),
        TEXT_INIT("greater than 0")},
    {ARGUMENT_HYPER_FIELD, MESSAGE_CreateTunedModelRequest,
        TEXT_INIT(HYPER "learning_rate_multiplier"), TEXT_INIT("greater than 0")},
    {ARGUMENT_HYPER_FIELD, MESSAGE_CreateTunedModelRequest, TEXT_INIT("tuned_model.top_k"),
        TEXT_INIT("at least 0")},
    {ARGUMENT_HYPER_FIELD, MESSAGE_UpdateTunedModelRequest, TEXT_INIT("tuned_model.top_k"),
        TEXT_INIT("at least 0")},
    {ARGUMENT_HYPER_FIELD, MESSAGE_EmbedContentRequest, TEXT_INIT("output_dimensionality"),
        TEXT_INIT("in the range 1 to 768")},
    {ARGUMENT_HYPER_FIELD, MESSAGE_BatchEmbedContentsRequest,
        TEXT_INIT("requests[0].output_dimensionality"), TEXT_INIT("in the range 1 to 768")},
    {ARGUMENT_HYPER_FIELD, MESSAGE_GenerateContentRequest, TEXT_INIT("generation_config.top_k"),
        TEXT_INIT("at least 0")},
    {ARGUMENT_SAMPLING_FIELD, MESSAGE_CreateTunedModelRequest, TEXT_INIT("tuned_model.temperature"),
        TEXT_INIT("[0.0, 1.0]")},
    {ARGUMENT_SAMPLING_FIELD, MESSAGE_CreateTunedModelRequest, TEXT_INIT("tuned_model.top_p"),
        TEXT_INIT("[0.0, 1.0]")},
    {ARGUMENT_SAMPLING_FIELD, MESSAGE_UpdateTunedModelRequest, TEXT_INIT("tuned_model.temperature"),
        TEXT_INIT("[0.0, 1.0]")},
    {ARGUMENT_SAMPLING_FIELD, MESSAGE_UpdateTunedModelRequest, TEXT_INIT("tuned_model.top_p"),
        TEXT_INIT("[0.0, 1.0]")},
    {ARGUMENT_SAMPLING_FIELD, MESSAGE_GenerateContentRequest,
        TEXT_INIT("generation_config.temperature"), TEXT_INIT("")},
    {ARGUMENT_SAMPLING_FIELD, MESSAGE_GenerateContentRequest, TEXT_INIT("generation_config.top_p"),
        TEXT_INIT("")},
    {ARGUMENT_SAMPLING_FIELD, MESSAGE_GenerateTextRequest, TEXT_INIT("temperature"), TEXT_INIT("")},
    {ARGUMENT_SAMPLING_FIELD, MESSAGE_GenerateTextRequest, TEXT_INIT("top_p"), TEXT_INIT("")},
    {ARGUMENT_GENERATION_FIELD, MESSAGE_GenerateContentRequest,
        TEXT_INIT("generation_config.temperature"), TEXT_INIT("in the range [0.0, 2.0]")},
    {ARGUMENT_GENERATION_FIELD, MESSAGE_GenerateContentRequest,
        TEXT_INIT("generation_config.top_p"), TEXT_INIT("in the range [0.0, 1.0]")},
    {ARGUMENT_GENERATION_FIELD, MESSAGE_GenerateContentRequest,
        TEXT_INIT("generation_config.top_k"), TEXT_INIT("at least 0")},
    {ARGUMENT_GENERATION_FIELD, MESSAGE_GenerateContentRequest,
        TEXT_INIT("generation_config.candidate_count"), TEXT_INIT("in the range [1, 8]")},
    {ARGUMENT_GENERATION_FIELD, MESSAGE_GenerateContentRequest,
        TEXT_INIT("generation_config.max_output_tokens"), TEXT_INIT("at least 1")},
    {ARGUMENT_GENERATION_FIELD, MESSAGE_GenerateContentRequest,
        TEXT_INIT("generation_config.stop_sequences"), TEXT_INIT("at most 5 sequences")},
    {ARGUMENT_GENERATION_FIELD, MESSAGE_GenerateTextRequest, TEXT_INIT("temperature"),
        TEXT_INIT("in the range [0.0, 1.0]")},
    {ARGUMENT_GENERATION_FIELD, MESSAGE_GenerateTextRequest, TEXT_INIT("top_p"),
        TEXT_INIT("in the range [0.0, 1.0]")},
    {ARGUMENT_GENERATION_FIELD, MESSAGE_GenerateTextRequest, TEXT_INIT("top_k"),
        TEXT_INIT("at least 0")},
    {ARGUMENT_GENERATION_FIELD, MESSAGE_GenerateTextRequest, TEXT_INIT("candidate_count"),
        TEXT_INIT("in the range [1, 8]")},
    {ARGUMENT_GENERATION_FIELD, MESSAGE_GenerateTextRequest, TEXT_INIT("max_output_tokens"),
        TEXT_INIT("at least 1")},
    {ARGUMENT_GENERATION_FIELD, MESSAGE_GenerateTextRequest, TEXT_INIT("stop_sequences"),
        TEXT_INIT("at most 5 sequences")},
    {ARGUMENT_NAME_FIELD, MESSAGE_CreateTunedModelRequest, TEXT_INIT("tuned_model.display_name"),
        TEXT_INIT("")},
    {ARGUMENT_NAME_FIELD, MESSAGE_UpdateTunedModelRequest, TEXT_INIT("tuned_model.display_name"),
        TEXT_INIT("")},
    {ARGUMENT_LIST_FIELD, MESSAGE_CreateTunedModelRequest,
        TEXT_INIT("tuned_model.reader_project_numbers"), TEXT_INIT("")},
    {ARGUMENT_LIST_FIELD, MESSAGE_UpdateTunedModelRequest,
        TEXT_INIT("tuned_model.reader_project_numbers"), TEXT_INIT("")},
    {ARGUMENT_REQUIRED_FIELD, MESSAGE_CreateTunedModelRequest,
        TEXT_INIT("tuned_model.tuned_model_source.tuned_model"), TEXT_INIT("tuned_model")},
    {ARGUMENT_REQUIRED_FIELD, MESSAGE_GenerateTextRequest, TEXT_INIT("prompt.text"),
        TEXT_INIT("text")},
    {ARGUMENT_REQUIRED_FIELD, MESSAGE_EmbedContentRequest, TEXT_INIT("content"),
        TEXT_INIT("content")},
    {ARGUMENT_REQUIRED_FIELD, MESSAGE_BatchEmbedContentsRequest, TEXT_INIT("requests"),
        TEXT_INIT("requests")},
    {ARGUMENT_REQUIRED_FIELD, MESSAGE_CountTokensRequest, TEXT_INIT("contents"),
        TEXT_INIT("contents")},
    {ARGUMENT_PERMISSION_FIELD, MESSAGE_CreatePermissionRequest, TEXT_INIT("permission.role"),
        TEXT_INIT("")},
    {ARGUMENT_PERMISSION_FIELD, MESSAGE_UpdatePermissionRequest, TEXT_INIT("permission.role"),
        TEXT_INIT("")},
    {ARGUMENT_PERMISSION_FIELD, MESSAGE_TransferOwnershipRequest, TEXT_INIT("email_address"),
        TEXT_INIT("")},
#undef EXAMPLE
#undef HYPER
};

/* The request's first field, of a kind that is a message or of one that is not, if it has both. */
static const struct field *fault_subject_first_field(const struct call *call, bool is_message)
{
    const struct message_type *type = &message_types[call->method->request];
    for (unsigned i = 0; i < type->field_count; i++)
        if ((type->fields[i].kind == FIELD_MESSAGE) == is_message)
            return &type->fields[i];
    return type->field_count ? &type->fields[0] : NULL;
}

static struct text fault_subject_field_name(const struct call *call, bool is_message)
{
    const struct field *field = fault_subject_first_field(call, is_message);
    return field ? field->proto_name : ID_OF_NONE;
}

/* True if the message has the field of this path, which goes through no list. */
static bool fault_subject_has_path(const struct message *message, struct text path)
{
    while (path.bytes) {
        const struct field *field =
            message_type_find(message->type, message->version, text_split(&path, '.'));
        unsigned index = field ? (unsigned)(field - message->type->fields) : 0;
        if (!field || !message_has(message, index))
            return false;
        bool is_child = field->kind == FIELD_MESSAGE && !(field->flags & FIELD_REPEATED);
        if (path.bytes && !is_child)
            return false;
        if (path.bytes)
            message = message_child(message, index);
    }
    return true;
}

/* NULL: there is no row for such a request. */
static const struct subject_field *fault_subject_find_field(
    struct fault_subject *subject, enum error_argument argument)
{
    const struct message *request = fault_subject_request(subject);
    const struct subject_field *first = NULL;
    for (size_t i = 0; i < ARRAY_COUNT(subject_fields); i++) {
        const struct subject_field *field = &subject_fields[i];
        if (field->argument != argument || field->request != subject->call->method->request)
            continue;
        if (fault_subject_has_path(request, field->path))
            return field;
        first = first ? first : field;
    }
    return first;
}

static struct text fault_subject_field_path(
    struct fault_subject *subject, enum error_argument argument)
{
    const struct subject_field *field = fault_subject_find_field(subject, argument);
    return field ? field->path : fault_subject_field_name(subject->call, false);
}

static struct text fault_subject_json_place(struct fault_subject *subject)
{
    return fault_subject_field_name(subject->call, true);
}

static struct text fault_subject_json_field(struct fault_subject *subject)
{
    return fault_subject_field_name(subject->call, false);
}

static struct text fault_subject_json_type(struct fault_subject *subject)
{
    const struct call *call = subject->call;
    const struct field *field = fault_subject_first_field(call, true);
    enum message_id id = field && field->kind == FIELD_MESSAGE ? (enum message_id)field->type
                                                               : call->method->request;
    return message_full_name(call->arena, &message_types[id], call->version);
}

static struct text fault_subject_model_field(struct fault_subject *subject)
{
    const char *parameter = subject->call->method->parameter;
    return parameter ? text_of(parameter) : TEXT("model");
}

static struct text fault_subject_said(
    struct fault_subject *subject, enum error_argument argument, struct text otherwise)
{
    const struct subject_field *field = fault_subject_find_field(subject, argument);
    return field && field->said.len ? field->said : otherwise;
}

static struct text fault_subject_hyper_range(struct fault_subject *subject)
{
    return fault_subject_said(subject, ARGUMENT_HYPER_FIELD, TEXT("greater than 0"));
}

static struct text fault_subject_sampling_range(struct fault_subject *subject)
{
    return fault_subject_said(subject, ARGUMENT_SAMPLING_FIELD, TEXT("[0.0, 1.0]"));
}

static struct text fault_subject_generation_range(struct fault_subject *subject)
{
    return fault_subject_said(subject, ARGUMENT_GENERATION_FIELD, TEXT("at least 0"));
}

static struct text fault_subject_required_name(struct fault_subject *subject)
{
    return fault_subject_said(
        subject, ARGUMENT_REQUIRED_FIELD, fault_subject_field_name(subject->call, false));
}

/* --- numbers --- */

static struct text fault_subject_number(const struct fault_subject *subject, size_t number)
{
    return arena_printf(subject->call->arena, "%zu", number);
}

static struct text fault_subject_text_max(struct fault_subject *subject)
{
    return fault_subject_number(subject, TRAINING_INPUT_CHARACTERS_MAX);
}

static struct text fault_subject_text_length(struct fault_subject *subject)
{
    return fault_subject_number(subject, TRAINING_INPUT_CHARACTERS_MAX + 1);
}

static struct text fault_subject_name_max(struct fault_subject *subject)
{
    return fault_subject_number(subject, DISPLAY_NAME_CHARACTERS_MAX);
}

static struct text fault_subject_name_length(struct fault_subject *subject)
{
    return fault_subject_number(subject, DISPLAY_NAME_CHARACTERS_MAX + 1);
}

static struct text fault_subject_list_max(struct fault_subject *subject)
{
    return fault_subject_number(subject, READER_PROJECT_NUMBERS_MAX);
}

static struct text fault_subject_list_length(struct fault_subject *subject)
{
    return fault_subject_number(subject, READER_PROJECT_NUMBERS_MAX + 1);
}

static struct text fault_subject_query_max(struct fault_subject *subject)
{
    return fault_subject_number(subject, QUERY_BYTES_MAX);
}

static struct text fault_subject_body_max(struct fault_subject *subject)
{
    return fault_subject_number(subject, subject->call->app->settings.body_bytes_max);
}

static struct text fault_subject_body_values_max(struct fault_subject *subject)
{
    return fault_subject_number(subject, subject->call->app->body_limits.values_max);
}

static struct text fault_subject_body_memory_max(struct fault_subject *subject)
{
    return fault_subject_number(subject, subject->call->app->body_limits.bytes_max);
}

static struct text fault_subject_bodies_memory_max(struct fault_subject *subject)
{
    return fault_subject_number(subject, subject->call->app->body_limits.budget->max);
}

static struct text fault_subject_retry(struct fault_subject *subject)
{
    char *text = arena_alloc(subject->call->arena, TIME_TEXT_MAX);
    int64_t ns = subject->retry_after_ns ? subject->retry_after_ns : QUOTA_RETRY_NS;
    return (struct text){text, duration_format(ns, text)};
}

static struct text fault_subject_status_name(struct fault_subject *subject)
{
    return subject->status_name;
}

/* By kind: how it follows from the call, or what stands for it where nothing does; the paths of
 * fields are in subject_fields. */
static const struct {
    struct text (*make)(struct fault_subject *subject);
    struct text sample;
} subject_arguments[ARGUMENT_COUNT] = {
    [ARGUMENT_MODEL_ID] = {.make = fault_subject_model_id},
    [ARGUMENT_NEW_ID] = {.make = fault_subject_new_id},
    [ARGUMENT_BASE] = {.make = fault_subject_base},
    [ARGUMENT_QUOTA_MODEL] = {.make = fault_subject_quota_model},
    [ARGUMENT_RESOURCE] = {.make = fault_subject_resource},
    [ARGUMENT_PERMISSION_ID] = {.make = fault_subject_permission_id},
    [ARGUMENT_OPERATION] = {.make = fault_subject_operation},
    [ARGUMENT_VERSION] = {.make = fault_subject_version},
    [ARGUMENT_METHOD] = {.make = fault_subject_method},
    [ARGUMENT_REQUEST] = {.make = fault_subject_request_name},
    [ARGUMENT_PATH] = {.make = fault_subject_path},
    [ARGUMENT_EXAMPLE_MAX] = {.make = fault_subject_text_max},
    [ARGUMENT_EXAMPLE_LENGTH] = {.make = fault_subject_text_length},
    [ARGUMENT_PROMPT_MAX] = {.make = fault_subject_text_max},
    [ARGUMENT_PROMPT_LENGTH] = {.make = fault_subject_text_length},
    [ARGUMENT_NAME_MAX] = {.make = fault_subject_name_max},
    [ARGUMENT_NAME_LENGTH] = {.make = fault_subject_name_length},
    [ARGUMENT_LIST_MAX] = {.make = fault_subject_list_max},
    [ARGUMENT_LIST_LENGTH] = {.make = fault_subject_list_length},
    [ARGUMENT_HYPER_RANGE] = {.make = fault_subject_hyper_range},
    [ARGUMENT_SAMPLING_RANGE] = {.make = fault_subject_sampling_range},
    [ARGUMENT_GENERATION_RANGE] = {.make = fault_subject_generation_range},
    [ARGUMENT_REQUIRED_NAME] = {.make = fault_subject_required_name},
    [ARGUMENT_MODEL_FIELD] = {.make = fault_subject_model_field},
    [ARGUMENT_PERMISSION_PROBLEM] = {.sample = TEXT_INIT("must be set")},
    [ARGUMENT_MASK_PROBLEM] = {.sample = TEXT_INIT("\"example\" is not a field of TunedModel")},
    [ARGUMENT_FILTER_PROBLEM] = {.sample = TEXT_INIT("is not a filter")},
    [ARGUMENT_INDEX] = {.sample = TEXT_INIT("0")},
    [ARGUMENT_HTTP_PROBLEM] = {.sample = TEXT_INIT("the request line is not understood")},
    [ARGUMENT_QUERY_MAX] = {.make = fault_subject_query_max},
    [ARGUMENT_BODY_MAX] = {.make = fault_subject_body_max},
    [ARGUMENT_BODY_VALUES_MAX] = {.make = fault_subject_body_values_max},
    [ARGUMENT_BODY_MEMORY_MAX] = {.make = fault_subject_body_memory_max},
    [ARGUMENT_BODIES_MEMORY_MAX] = {.make = fault_subject_bodies_memory_max},
    [ARGUMENT_ENCODING] = {.sample = TEXT_INIT("gzip")},
    [ARGUMENT_JSON_CONTEXT] = {.sample = TEXT_INIT("")},
    [ARGUMENT_JSON_INDENT] = {.sample = TEXT_INIT("")},
    [ARGUMENT_JSON_EXPECTED] = {.sample = TEXT_INIT("Expected a value.")},
    [ARGUMENT_JSON_KEY] = {.sample = TEXT_INIT("example")},
    [ARGUMENT_JSON_PLACE] = {.make = fault_subject_json_place},
    [ARGUMENT_JSON_FIELD] = {.make = fault_subject_json_field},
    [ARGUMENT_JSON_NAME] = {.make = fault_subject_json_field},
    [ARGUMENT_JSON_SCALAR] = {.sample = TEXT_INIT("STRING")},
    [ARGUMENT_JSON_TYPE] = {.make = fault_subject_json_type},
    [ARGUMENT_JSON_VALUE] = {.sample = TEXT_INIT("true")},
    [ARGUMENT_JSON_ONEOF] = {.sample = TEXT_INIT("example")},
    [ARGUMENT_UNKNOWN_NAME] = {.sample = TEXT_INIT("example")},
    [ARGUMENT_STATE] = {.sample = TEXT_INIT("CREATING")},
    [ARGUMENT_MODALITY] = {.sample = TEXT_INIT("Image")},
    [ARGUMENT_MIME_TYPE] = {.sample = TEXT_INIT("image/example")},
    [ARGUMENT_FILE_URI] = {.sample = TEXT_INIT("gs://example/file")},
    [ARGUMENT_RETRY] = {.make = fault_subject_retry},
    [ARGUMENT_STATUS_NAME] = {.make = fault_subject_status_name},
    [ARGUMENT_PROBLEMS] = {.make = fault_subject_status_name},
    [ARGUMENT_CONTROL_PROBLEM] = {.sample = TEXT_INIT("Host is missing")},
    [ARGUMENT_CONTROL_PLACE] = {.sample = TEXT_INIT("fault example")},
};

static struct text fault_subject_argument(
    struct fault_subject *subject, enum error_argument argument)
{
    if (subject_arguments[argument].make)
        return subject_arguments[argument].make(subject);
    if (subject_arguments[argument].sample.bytes)
        return subject_arguments[argument].sample;
    return fault_subject_field_path(subject, argument);
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
        arguments[count++] = fault_subject_argument(subject, hole.argument);
    }
    return error_text(subject->call->arena, error, arguments, count);
}
