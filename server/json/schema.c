#include "server/json/schema.h"

#include "base/array.h"
#include "base/ascii.h"
#include "server/contract/notes.h"

/* Of a field's kind: the type of its JSON, which is empty where any will do, and more of it. */
static const struct {
    struct text type;
    struct text keyword, value; /* one member beside the type; empty: none */
} kind_schemas[] = {
    [FIELD_STRING] = {TEXT_INIT("string"), TEXT_INIT(""), TEXT_INIT("")},
    [FIELD_BYTES] = {TEXT_INIT("string"), TEXT_INIT("contentEncoding"), TEXT_INIT("base64")},
    [FIELD_BOOL] = {TEXT_INIT("boolean"), TEXT_INIT(""), TEXT_INIT("")},
    [FIELD_INT32] = {TEXT_INIT("integer"), TEXT_INIT("format"), TEXT_INIT("int32")},
    [FIELD_INT64] = {TEXT_INIT("string"), TEXT_INIT("pattern"), TEXT_INIT("^-?[0-9]+$")},
    [FIELD_FLOAT] = {TEXT_INIT("number"), TEXT_INIT("format"), TEXT_INIT("float")},
    [FIELD_DOUBLE] = {TEXT_INIT("number"), TEXT_INIT("format"), TEXT_INIT("double")},
    [FIELD_ENUM] = {TEXT_INIT("string"), TEXT_INIT(""), TEXT_INIT("")},
    [FIELD_MESSAGE] = {TEXT_INIT("object"), TEXT_INIT(""), TEXT_INIT("")},
    [FIELD_ANY] = {TEXT_INIT("object"), TEXT_INIT(""), TEXT_INIT("")},
    [FIELD_TIMESTAMP] = {TEXT_INIT("string"), TEXT_INIT("format"), TEXT_INIT("date-time")},
    [FIELD_DURATION] = {TEXT_INIT("string"), TEXT_INIT("pattern"),
        TEXT_INIT("^-?[0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h)$")},
    [FIELD_FIELD_MASK] = {TEXT_INIT("string"), TEXT_INIT(""), TEXT_INIT("")},
    [FIELD_JSON] = {TEXT_INIT(""), TEXT_INIT(""), TEXT_INIT("")},
    [FIELD_STRUCT] = {TEXT_INIT("object"), TEXT_INIT(""), TEXT_INIT("")},
};

static bool schema_has_field(const struct schema_set *set, const struct field *field)
{
    return field->versions & 1U << set->version;
}

/* --- the set --- */

/* Marks the messages in the fields of one message. True if any of them was not marked before. */
static bool schema_mark_fields(struct schema_set *set, enum message_id id)
{
    bool is_new = false;
    for (unsigned i = 0; i < message_types[id].field_count; i++) {
        const struct field *field = &message_types[id].fields[i];
        if (field->kind != FIELD_MESSAGE || !schema_has_field(set, field))
            continue;
        is_new = is_new || !set->has[field->type];
        set->has[field->type] = true;
    }
    return is_new;
}

/* No field has these types: they are what an operation's metadata and response hold. */
static bool schema_mark_operation(struct schema_set *set)
{
    bool is_new = set->has[MESSAGE_Operation] && !set->has[MESSAGE_CreateTunedModelMetadata];
    if (is_new)
        set->has[MESSAGE_CreateTunedModelMetadata] = set->has[MESSAGE_TunedModel] = true;
    return is_new;
}

void schema_set_add(struct schema_set *set, enum message_id id)
{
    set->has[id] = true;
    bool is_growing = true;
    while (is_growing) {
        is_growing = schema_mark_operation(set);
        for (int other = 0; other < MESSAGE_COUNT; other++)
            if (set->has[other] && schema_mark_fields(set, (enum message_id)other))
                is_growing = true;
    }
}

/* --- values --- */

struct text schema_name(enum message_id id, struct arena *arena)
{
    const struct message_type *type = &message_types[id];
    const char *service = type->package == PACKAGE_AIPLATFORM ? "aiplatform." : "";
    return arena_printf(arena, "%s%s", service, type->name);
}

void schema_write_reference(
    const struct schema_set *set, enum message_id id, struct json_document *json)
{
    json_document_add_string(json, TEXT("$ref"),
        arena_printf(set->arena, "%s%.*s", set->place, TEXT_ARGS(schema_name(id, set->arena))));
}

/* "type": ["string", "number"] */
static void schema_write_types(struct json_document *json, const char *first, const char *second)
{
    json_document_open_list(json, TEXT("type"));
    json_document_add_string(json, TEXT(""), text_of(first));
    json_document_add_string(json, TEXT(""), text_of(second));
    json_document_close_list(json);
}

static void schema_write_words(struct json_document *json, struct text words)
{
    json_document_open_list(json, TEXT("enum"));
    while (words.bytes)
        json_document_add_string(json, TEXT(""), text_split(&words, '|'));
    json_document_close_list(json);
}

static void schema_write_enum(
    const struct schema_set *set, const struct enum_type *type, struct json_document *json)
{
    json_document_open_list(json, TEXT("enum"));
    for (unsigned i = 0; i < type->value_count; i++)
        if (type->values[i].versions & 1U << set->version)
            json_document_add_string(json, TEXT(""), type->values[i].name);
    json_document_close_list(json);
}

/* A pattern of the enum's names in any case, with either dash, or numbers. */
static void schema_add_enum_pattern(
    const struct schema_set *set, const struct enum_type *type, struct json_document *json)
{
    struct buf pattern = BUF_INIT;
    buf_add_string(&pattern, "^(-?[0-9]+");
    for (unsigned i = 0; i < type->value_count; i++) {
        struct text name = type->values[i].name;
        if (!(type->values[i].versions & 1U << set->version))
            continue;
        buf_add_byte(&pattern, '|');
        for (size_t j = 0; j < name.len; j++) {
            char upper = name.bytes[j];
            char lower = '-';
            if (upper != '_')
                lower = ascii_to_lower(upper);
            char both[] = {'[', upper, lower, ']'};
            buf_add(&pattern, both, sizeof(both));
        }
    }
    buf_add_string(&pattern, ")$");
    json_document_add_string(json, TEXT("pattern"), buf_text(&pattern));
    buf_release(&pattern);
}

/* An enum's values; lenient schemas offer these, and take any case and numbers, too. */
static void schema_write_enum_value(
    const struct schema_set *set, const struct field *field, struct json_document *json)
{
    const struct enum_type *type = &enum_types[field->type];
    if (!(set->flags & SCHEMA_LENIENT)) {
        json_document_add_string(json, TEXT("type"), TEXT("string"));
        schema_write_enum(set, type, json);
        return;
    }
    json_document_open_list(json, TEXT("anyOf"));
    json_document_open_object(json, TEXT(""));
    schema_write_enum(set, type, json);
    json_document_close_object(json);
    json_document_open_object(json, TEXT(""));
    schema_write_types(json, "string", "integer");
    schema_add_enum_pattern(set, type, json);
    json_document_close_object(json);
    json_document_close_list(json);
}

/* A message of any type, which says which. */
static void schema_write_any(struct json_document *json)
{
    json_document_add_string(json, TEXT("type"), TEXT("object"));
    json_document_open_object(json, TEXT("properties"));
    json_document_open_object(json, TEXT("@type"));
    json_document_add_string(json, TEXT("type"), TEXT("string"));
    json_document_close_object(json);
    json_document_close_object(json);
    json_document_open_list(json, TEXT("required"));
    json_document_add_string(json, TEXT(""), TEXT("@type"));
    json_document_close_list(json);
}

static void schema_write_scalar(
    const struct schema_set *set, const struct field *field, struct json_document *json)
{
    bool is_lenient = set->flags & SCHEMA_LENIENT;
    unsigned kind = field->kind;
    if (is_lenient && kind == FIELD_INT64)
        schema_write_types(json, "string", "integer");
    else if (field->flags & FIELD_TAKES_NUMBER)
        schema_write_types(json, "string", "number");
    else if (kind_schemas[kind].type.len)
        json_document_add_string(json, TEXT("type"), kind_schemas[kind].type);
    if (kind_schemas[kind].keyword.len)
        json_document_add_string(json, kind_schemas[kind].keyword, kind_schemas[kind].value);
}

/* A message that a text may stand for, as its first field. */
static void schema_write_shorthand(
    const struct schema_set *set, enum message_id id, struct json_document *json)
{
    json_document_open_list(json, TEXT("anyOf"));
    json_document_open_object(json, TEXT(""));
    schema_write_scalar(set, &message_types[id].fields[0], json);
    json_document_close_object(json);
    json_document_open_object(json, TEXT(""));
    schema_write_reference(set, id, json);
    json_document_close_object(json);
    json_document_close_list(json);
}

static void schema_write_value(const struct schema_set *set, enum message_id message,
    unsigned index, struct json_document *json)
{
    const struct field *field = &message_types[message].fields[index];
    struct text words = note_words(message, index);
    if (field->flags & FIELD_TAKES_TEXT)
        schema_write_shorthand(set, (enum message_id)field->type, json);
    else if (field->kind == FIELD_MESSAGE)
        schema_write_reference(set, (enum message_id)field->type, json);
    else if (field->kind == FIELD_ENUM)
        schema_write_enum_value(set, field, json);
    else if (field->kind == FIELD_ANY)
        schema_write_any(json);
    else
        schema_write_scalar(set, field, json);
    if (words.len)
        schema_write_words(json, words);
}

void schema_write_field(const struct schema_set *set, enum message_id message, unsigned field,
    struct json_document *json)
{
    unsigned flags = message_types[message].fields[field].flags;
    bool is_list = flags & FIELD_REPEATED, is_map = flags & FIELD_MAP;
    if (is_list || is_map) {
        json_document_add_string(json, TEXT("type"), is_list ? TEXT("array") : TEXT("object"));
        json_document_open_object(json, is_list ? TEXT("items") : TEXT("additionalProperties"));
    }
    schema_write_value(set, message, field, json);
    if (is_list || is_map)
        json_document_close_object(json);
}

/* --- messages --- */

static void schema_write_property(
    const struct schema_set *set, enum message_id id, unsigned index, struct json_document *json)
{
    const struct field *field = &message_types[id].fields[index];
    json_document_open_object(json, field->json_name);
    schema_write_field(set, id, index, json);
    if (field->flags & FIELD_OUTPUT_ONLY)
        json_document_add_true(json, TEXT("readOnly"));
    if (field->flags & FIELD_INPUT_ONLY)
        json_document_add_true(json, TEXT("writeOnly"));
    json_document_close_object(json);
}

/* The other spelling of a name is what the first is: for validators only, editors offer one. */
static void schema_write_spellings(
    const struct schema_set *set, enum message_id id, struct json_document *json)
{
    const struct message_type *type = &message_types[id];
    json_document_open_object(json, TEXT("patternProperties"));
    for (unsigned i = 0; i < type->field_count; i++) {
        const struct field *field = &type->fields[i];
        if (!schema_has_field(set, field) || text_equals(field->proto_name, field->json_name))
            continue;
        struct text pattern = arena_printf(set->arena, "^%.*s$", TEXT_ARGS(field->proto_name));
        json_document_open_object(json, pattern);
        schema_write_field(set, id, i, json);
        json_document_close_object(json);
    }
    json_document_close_object(json);
}

static bool schema_is_required(const struct schema_set *set, const struct field *field)
{
    return set->flags & SCHEMA_REQUIRES && field->flags & FIELD_REQUIRED &&
           !(field->flags & FIELD_INPUT_ONLY) && schema_has_field(set, field);
}

static void schema_write_required(
    const struct schema_set *set, const struct message_type *type, struct json_document *json)
{
    bool is_open = false;
    for (unsigned i = 0; i < type->field_count; i++) {
        if (!schema_is_required(set, &type->fields[i]))
            continue;
        if (!is_open)
            json_document_open_list(json, TEXT("required"));
        is_open = true;
        json_document_add_string(json, TEXT(""), type->fields[i].json_name);
    }
    if (is_open)
        json_document_close_list(json);
}

void schema_write_message(
    const struct schema_set *set, enum message_id id, struct json_document *json)
{
    const struct message_type *type = &message_types[id];
    json_document_add_string(json, TEXT("type"), TEXT("object"));
    json_document_open_object(json, TEXT("properties"));
    for (unsigned i = 0; i < type->field_count; i++)
        if (schema_has_field(set, &type->fields[i]))
            schema_write_property(set, id, i, json);
    json_document_close_object(json);
    if (set->flags & SCHEMA_LENIENT)
        schema_write_spellings(set, id, json);
    schema_write_required(set, type, json);
    json_document_add_false(json, TEXT("additionalProperties"));
}

void schema_write_set(const struct schema_set *set, struct json_document *json)
{
    for (int id = 0; id < MESSAGE_COUNT; id++) {
        if (!set->has[id])
            continue;
        json_document_open_object(json, schema_name((enum message_id)id, set->arena));
        schema_write_message(set, (enum message_id)id, json);
        json_document_close_object(json);
    }
}
