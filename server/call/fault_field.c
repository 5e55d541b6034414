#include "server/call/fault_field.h"

#include "base/array.h"

/*
 * Which field a kind means in a request, and what is said of it: of several the first that the
 * request has, else the first; requests without a row have their first field.
 */
static const struct fault_field {
    enum error_argument argument;
    enum message_id request;
    struct text path, said;
} fault_fields[] = {
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
static const struct field *fault_field_first(const struct call *call, bool is_message)
{
    const struct message_type *type = &message_types[call->method->request];
    for (unsigned i = 0; i < type->field_count; i++)
        if ((type->fields[i].kind == FIELD_MESSAGE) == is_message)
            return &type->fields[i];
    return type->field_count ? &type->fields[0] : NULL;
}

struct text fault_field_name(const struct fault_subject *subject, bool is_message)
{
    const struct field *field = fault_field_first(subject->call, is_message);
    return field ? field->proto_name : FAULT_SUBJECT_NONE;
}

/* True if the message has the field of this path, which goes through no list. */
static bool fault_field_is_in(const struct message *message, struct text path)
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
static const struct fault_field *fault_field_find(
    struct fault_subject *subject, enum error_argument argument)
{
    const struct message *request = fault_subject_request(subject);
    const struct fault_field *first = NULL;
    for (size_t i = 0; i < ARRAY_COUNT(fault_fields); i++) {
        const struct fault_field *field = &fault_fields[i];
        if (field->argument != argument || field->request != subject->call->method->request)
            continue;
        if (fault_field_is_in(request, field->path))
            return field;
        first = first ? first : field;
    }
    return first;
}

struct text fault_field_path(struct fault_subject *subject, enum error_argument argument)
{
    const struct fault_field *field = fault_field_find(subject, argument);
    return field ? field->path : fault_field_name(subject, false);
}

struct text fault_field_type(const struct fault_subject *subject)
{
    const struct call *call = subject->call;
    const struct field *field = fault_field_first(call, true);
    enum message_id id = field && field->kind == FIELD_MESSAGE ? (enum message_id)field->type
                                                               : call->method->request;
    return message_full_name(call->arena, &message_types[id], call->version);
}

struct text fault_field_said(
    struct fault_subject *subject, enum error_argument argument, struct text otherwise)
{
    const struct fault_field *field = fault_field_find(subject, argument);
    return field && field->said.len ? field->said : otherwise;
}
