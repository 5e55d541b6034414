#include "server/contract/message.h"

#include "base/array.h"

/* What the type column of a row means depends on its kind. */
#define FIELD_TYPE_STRING(type) 0
#define FIELD_TYPE_BYTES(type) 0
#define FIELD_TYPE_BOOL(type) 0
#define FIELD_TYPE_INT32(type) 0
#define FIELD_TYPE_INT64(type) 0
#define FIELD_TYPE_FLOAT(type) 0
#define FIELD_TYPE_DOUBLE(type) 0
#define FIELD_TYPE_ENUM(type) ENUM_##type
#define FIELD_TYPE_MESSAGE(type) MESSAGE_##type
#define FIELD_TYPE_ANY(type) 0
#define FIELD_TYPE_TIMESTAMP(type) 0
#define FIELD_TYPE_DURATION(type) 0
#define FIELD_TYPE_FIELD_MASK(type) 0
#define FIELD_TYPE_JSON(type) 0
#define FIELD_TYPE_STRUCT(type) 0

/* Each list ends with an empty row, since C has no empty arrays and some messages no fields. */
#define MESSAGE(id, name, package, versions) static const struct field id##_fields[] = {
#define FIELD(id, proto_name, json_name, number, kind, type, flags, oneof, versions)               \
    {TEXT_INIT(#json_name), TEXT_INIT("\"" #json_name "\": "), TEXT_INIT(#proto_name), oneof,      \
        number, flags, FIELD_TYPE_##kind(type), FIELD_##kind, versions},
#define END_MESSAGE(id)                                                                            \
    {                                                                                              \
        .number = 0                                                                                \
    }                                                                                              \
    }                                                                                              \
    ;
#include "server/contract/messages.def"

#define MESSAGE(id, name, package, versions)                                                       \
    _Static_assert(                                                                                \
        (unsigned)id##_FIELD_COUNT <= (unsigned)MESSAGE_FIELDS_MAX, name " has too many fields");
#include "server/contract/messages.def"

const struct message_type message_types[MESSAGE_COUNT] = {
#define MESSAGE(id, name, package, versions)                                                       \
    [MESSAGE_##id] = {name, id##_fields, id##_FIELD_COUNT, package, versions},
#include "server/contract/messages.def"
};

#define ENUM(id, name, package) static const struct enum_value id##_values[] = {
#define ENUM_VALUE(id, name, number, versions) {TEXT_INIT(#name), number, versions},
#define END_ENUM(id)                                                                               \
    }                                                                                              \
    ;
#include "server/contract/messages.def"

const struct enum_type enum_types[ENUM_COUNT] = {
#define ENUM(id, name, package)                                                                    \
    [ENUM_##id] = {name, id##_values, ARRAY_COUNT(id##_values), package},
#include "server/contract/messages.def"
};

/* What full names begin with; a version follows where the package has versions. */
static const struct text package_names[] = {
    [PACKAGE_GENERATIVE_LANGUAGE] = TEXT_INIT("google.ai.generativelanguage."),
    [PACKAGE_AIPLATFORM] = TEXT_INIT("google.cloud.aiplatform."),
    [PACKAGE_LONGRUNNING] = TEXT_INIT("google.longrunning."),
    [PACKAGE_RPC] = TEXT_INIT("google.rpc."),
    [PACKAGE_TYPE] = TEXT_INIT("google.type."),
    [PACKAGE_PROTOBUF] = TEXT_INIT("google.protobuf."),
    [PACKAGE_EMULATOR] = TEXT_INIT("tunemock.v1."),
};

const struct field *message_type_find(
    const struct message_type *type, enum api_version version, struct text name)
{
    for (unsigned i = 0; i < type->field_count; i++) {
        const struct field *field = &type->fields[i];
        if (!(field->versions & 1U << version))
            continue;
        if (text_equals(field->json_name, name) || text_equals(field->proto_name, name))
            return field;
    }
    return NULL;
}

const struct enum_value *enum_type_find(
    const struct enum_type *type, enum api_version version, struct text name)
{
    for (unsigned i = 0; i < type->value_count; i++) {
        const struct enum_value *value = &type->values[i];
        if (value->versions & 1U << version && text_equals_ignoring_case(value->name, name))
            return value;
    }
    return NULL;
}

const struct enum_value *enum_type_find_number(const struct enum_type *type, int64_t number)
{
    /* Most enums count up from 0. */
    if (number >= 0 && number < type->value_count && type->values[number].number == number)
        return &type->values[number];
    for (unsigned i = 0; i < type->value_count; i++)
        if (type->values[i].number == number)
            return &type->values[i];
    return NULL;
}

/* What a full name begins with: that of a package with versions has one, "v1beta." */
struct message_prefix {
    struct text package, version;
};

static struct message_prefix message_prefix_of(unsigned package, enum api_version version)
{
    if (package == PACKAGE_GENERATIVE_LANGUAGE && version == VERSION_V1BETA1)
        package = PACKAGE_AIPLATFORM;
    struct message_prefix prefix = {package_names[package], TEXT("")};
    if (package == PACKAGE_GENERATIVE_LANGUAGE)
        prefix.version = text_of(api_version_name(version));
    else if (package == PACKAGE_AIPLATFORM)
        prefix.version =
            text_of(api_version_name(version == VERSION_V1 ? version : VERSION_V1BETA1));
    return prefix;
}

static struct text message_qualify(
    struct arena *arena, unsigned package, const char *name, enum api_version version)
{
    struct message_prefix prefix = message_prefix_of(package, version);
    return arena_printf(arena, "%.*s%.*s%s%s", TEXT_ARGS(prefix.package), TEXT_ARGS(prefix.version),
        prefix.version.len ? "." : "", name);
}

struct text message_full_name(
    struct arena *arena, const struct message_type *type, enum api_version version)
{
    return message_qualify(arena, type->package, type->name, version);
}

struct text enum_full_name(
    struct arena *arena, const struct enum_type *type, enum api_version version)
{
    return message_qualify(arena, type->package, type->name, version);
}

void message_add_full_name(
    struct buf *out, const struct message_type *type, enum api_version version)
{
    struct message_prefix prefix = message_prefix_of(type->package, version);
    buf_add_text(out, prefix.package);
    buf_add_text(out, prefix.version);
    if (prefix.version.len)
        buf_add_byte(out, '.');
    buf_add_string(out, type->name);
}

/* The versions in which types of a package go by its name. */
static unsigned message_package_versions(size_t package)
{
    return package == PACKAGE_AIPLATFORM            ? IN_V1 | IN_V1BETA1
           : package == PACKAGE_GENERATIVE_LANGUAGE ? IN_ALL & ~(unsigned)IN_V1BETA1
                                                    : 0;
}

/* Takes the version and its dot off the front of `*rest`. */
static bool message_take_version(struct text *rest, enum api_version *ret_version)
{
    size_t dot = text_find_byte(*rest, '.');
    if (!api_version_parse(text_slice(*rest, 0, dot), ret_version))
        return false;
    *rest = text_slice(*rest, dot + 1, rest->len);
    return true;
}

/* Which package's full name the text begins with; false if none. */
static bool message_package_of(struct text full_name, size_t *ret_package)
{
    for (size_t i = 0; i < ARRAY_COUNT(package_names); i++) {
        if (text_starts_with(full_name, package_names[i])) {
            *ret_package = i;
            return true;
        }
    }
    return false;
}

bool message_type_by_full_name(
    struct text full_name, enum message_id *ret_id, enum api_version *ret_version)
{
    size_t package;
    if (!message_package_of(full_name, &package))
        return false;
    struct text name = text_slice(full_name, package_names[package].len, full_name.len);
    unsigned versions = message_package_versions(package);
    bool has_version = versions != 0;
    enum api_version version = VERSION_V1;
    if (has_version && !(message_take_version(&name, &version) && versions & 1U << version))
        return false;
    for (unsigned i = 0; i < MESSAGE_COUNT; i++) {
        const struct message_type *type = &message_types[i];
        if (type->package != package || !text_equals_string(name, type->name))
            continue;
        if (has_version && !(type->versions & 1U << version))
            return false;
        *ret_id = (enum message_id)i;
        if (has_version)
            *ret_version = version;
        return true;
    }
    return false;
}
