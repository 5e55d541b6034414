#include "server/api/discovery_schema.h"

#include <string.h>

#include "base/array.h"

/* JSON schema type and format by field kind; messages are references instead. */
static const struct {
    struct text type;
    struct text format; /* empty: none */
} kind_types[] = {
    [FIELD_STRING] = {TEXT_INIT("string"), TEXT_INIT("")},
    [FIELD_BYTES] = {TEXT_INIT("string"), TEXT_INIT("byte")},
    [FIELD_BOOL] = {TEXT_INIT("boolean"), TEXT_INIT("")},
    [FIELD_INT32] = {TEXT_INIT("integer"), TEXT_INIT("int32")},
    [FIELD_INT64] = {TEXT_INIT("string"), TEXT_INIT("int64")},
    [FIELD_FLOAT] = {TEXT_INIT("number"), TEXT_INIT("float")},
    [FIELD_DOUBLE] = {TEXT_INIT("number"), TEXT_INIT("double")},
    [FIELD_ENUM] = {TEXT_INIT("string"), TEXT_INIT("")},
    [FIELD_MESSAGE] = {TEXT_INIT("object"), TEXT_INIT("")},
    [FIELD_ANY] = {TEXT_INIT("object"), TEXT_INIT("")},
    [FIELD_TIMESTAMP] = {TEXT_INIT("string"), TEXT_INIT("google-datetime")},
    [FIELD_DURATION] = {TEXT_INIT("string"), TEXT_INIT("google-duration")},
    [FIELD_FIELD_MASK] = {TEXT_INIT("string"), TEXT_INIT("google-fieldmask")},
    [FIELD_JSON] = {TEXT_INIT("any"), TEXT_INIT("")},
    [FIELD_STRUCT] = {TEXT_INIT("object"), TEXT_INIT("")},
};

/* How members that no schema lists are described, for the kinds that have such. */
static const struct text kind_extras[ARRAY_COUNT(kind_types)] = {
    [FIELD_ANY] = TEXT_INIT("Properties of the object. Contains field @type with type URL."),
    [FIELD_STRUCT] = TEXT_INIT("Properties of the object."),
};

/* How descriptions begin, by what clients may do with a field. */
static const struct {
    enum field_flag flag;
    const char *claim;
} flag_claims[] = {
    {FIELD_REQUIRED, "Required."},
    {FIELD_OUTPUT_ONLY, "Output only."},
    {FIELD_INPUT_ONLY, "Input only."},
    {FIELD_IMMUTABLE, "Immutable."},
};

bool discovery_has_method(enum api_version version, const struct method *method)
{
    return !(method->flags & METHOD_VERTEX) && method_has_version(method, FIDELITY_STRICT, version);
}

static bool discovery_schema_has_field(
    const struct discovery_schemas *schemas, const struct field *field)
{
    return field->versions & 1U << schemas->version;
}

/* Marks the messages in the fields of one message. True if any of them was not marked before. */
static bool discovery_schema_mark_fields(struct discovery_schemas *schemas, enum message_id id)
{
    bool is_new = false;
    for (unsigned i = 0; i < message_types[id].field_count; i++) {
        const struct field *field = &message_types[id].fields[i];
        if (field->kind != FIELD_MESSAGE || !discovery_schema_has_field(schemas, field))
            continue;
        is_new = is_new || !schemas->is_used[field->type];
        schemas->is_used[field->type] = true;
    }
    return is_new;
}

void discovery_schemas_init(
    struct discovery_schemas *schemas, enum api_version version, struct arena *arena)
{
    *schemas = (struct discovery_schemas){.arena = arena, .version = version};
    for (int i = 0; i < METHOD_COUNT; i++) {
        if (!discovery_has_method(version, &methods[i]))
            continue;
        enum message_id body;
        schemas->is_used[methods[i].response] = true;
        if (method_body_message(&methods[i], &body))
            schemas->is_used[body] = true;
    }
    /* No field has this type: it is what an operation's metadata holds. */
    if (discovery_has_method(version, &methods[METHOD_TUNED_MODELS_CREATE]))
        schemas->is_used[MESSAGE_CreateTunedModelMetadata] = true;

    bool is_growing = true;
    while (is_growing) {
        is_growing = false;
        for (int id = 0; id < MESSAGE_COUNT; id++)
            if (schemas->is_used[id] && discovery_schema_mark_fields(schemas, (enum message_id)id))
                is_growing = true;
    }
}

static struct text discovery_schema_last_part(enum message_id id)
{
    const char *name = message_types[id].name;
    const char *dot = strrchr(name, '.');
    return text_of(dot ? dot + 1 : name);
}

struct text discovery_schema_name(const struct discovery_schemas *schemas, enum message_id id)
{
    struct text last = discovery_schema_last_part(id);
    bool is_shared = false;
    for (int other = 0; other < MESSAGE_COUNT; other++)
        if (other != (int)id && schemas->is_used[other] &&
            text_equals(discovery_schema_last_part((enum message_id)other), last))
            is_shared = true;
    if (!is_shared)
        return last;

    struct text rest = text_of(message_types[id].name);
    struct text name = TEXT("");
    while (rest.bytes) {
        struct text part = text_split(&rest, '.');
        name = arena_printf(schemas->arena, "%.*s%.*s", TEXT_ARGS(name), TEXT_ARGS(part));
    }
    return name;
}

bool discovery_is_parameter(const struct field *field)
{
    return field->kind != FIELD_MESSAGE && field->kind != FIELD_ANY && field->kind != FIELD_JSON &&
           field->kind != FIELD_STRUCT && !(field->flags & FIELD_MAP);
}

static void discovery_schema_write_enum(const struct discovery_schemas *schemas,
    const struct enum_type *type, struct json_document *json)
{
    json_document_open_list(json, TEXT("enum"));
    for (unsigned i = 0; i < type->value_count; i++)
        if (type->values[i].versions & 1U << schemas->version)
            json_document_add_string(json, TEXT(""), type->values[i].name);
    json_document_close_list(json);
}

void discovery_write_type(
    const struct discovery_schemas *schemas, const struct field *field, struct json_document *json)
{
    if (field->kind == FIELD_MESSAGE) {
        json_document_add_string(
            json, TEXT("$ref"), discovery_schema_name(schemas, (enum message_id)field->type));
        return;
    }
    json_document_add_string(json, TEXT("type"), kind_types[field->kind].type);
    if (kind_types[field->kind].format.len)
        json_document_add_string(json, TEXT("format"), kind_types[field->kind].format);
    if (field->kind == FIELD_ENUM)
        discovery_schema_write_enum(schemas, &enum_types[field->type], json);
    if (kind_extras[field->kind].len) {
        json_document_open_object(json, TEXT("additionalProperties"));
        json_document_add_string(json, TEXT("type"), TEXT("any"));
        json_document_add_string(json, TEXT("description"), kind_extras[field->kind]);
        json_document_close_object(json);
    }
}

static struct text discovery_schema_description(
    const struct discovery_schemas *schemas, const struct field *field)
{
    struct text description = TEXT("");
    for (size_t i = 0; i < ARRAY_COUNT(flag_claims); i++)
        if (field->flags & flag_claims[i].flag)
            description = arena_printf(schemas->arena, "%.*s%s%s", TEXT_ARGS(description),
                description.len ? " " : "", flag_claims[i].claim);
    return description;
}

static void discovery_schema_write_property(
    const struct discovery_schemas *schemas, const struct field *field, struct json_document *json)
{
    json_document_open_object(json, field->json_name);
    struct text description = discovery_schema_description(schemas, field);
    if (description.len)
        json_document_add_string(json, TEXT("description"), description);
    if (field->flags & FIELD_OUTPUT_ONLY)
        json_document_add_true(json, TEXT("readOnly"));
    bool is_list = field->flags & FIELD_REPEATED, is_map = field->flags & FIELD_MAP;
    if (is_list || is_map) {
        json_document_add_string(json, TEXT("type"), is_list ? TEXT("array") : TEXT("object"));
        json_document_open_object(json, is_list ? TEXT("items") : TEXT("additionalProperties"));
    }
    discovery_write_type(schemas, field, json);
    if (is_list || is_map)
        json_document_close_object(json);
    json_document_close_object(json);
}

void discovery_schemas_write(const struct discovery_schemas *schemas, struct json_document *json)
{
    json_document_open_object(json, TEXT("schemas"));
    for (int id = 0; id < MESSAGE_COUNT; id++) {
        if (!schemas->is_used[id])
            continue;
        struct text name = discovery_schema_name(schemas, (enum message_id)id);
        json_document_open_object(json, name);
        json_document_add_string(json, TEXT("id"), name);
        json_document_add_string(json, TEXT("type"), TEXT("object"));
        json_document_open_object(json, TEXT("properties"));
        for (unsigned i = 0; i < message_types[id].field_count; i++) {
            const struct field *field = &message_types[id].fields[i];
            if (discovery_schema_has_field(schemas, field))
                discovery_schema_write_property(schemas, field, json);
        }
        json_document_close_object(json);
        json_document_close_object(json);
    }
    json_document_close_object(json);
}
