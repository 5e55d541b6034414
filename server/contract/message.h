/*
 * Every message and enum of the API as const tables, made from one list: messages.def. A row there
 * is a field, with all that reading, writing, error texts and the discovery document need.
 *
 * For each message M with a field f the list also gives the constants MESSAGE_M (its index in
 * message_types) and M_f (the field's index in its message, from 0 in the order of numbers, which
 * is the order of output); for each enum E with a value V, ENUM_E and E_V (the value's number).
 * The dot of a nested name is an underscore in these constants.
 */
#ifndef SERVER_CONTRACT_MESSAGE_H
#define SERVER_CONTRACT_MESSAGE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "server/contract/version.h"

enum field_kind {
    FIELD_STRING,
    FIELD_BYTES, /* base64 in JSON */
    FIELD_BOOL,
    FIELD_INT32,
    FIELD_INT64, /* a string in JSON */
    FIELD_FLOAT,
    FIELD_DOUBLE,
    FIELD_ENUM,
    FIELD_MESSAGE,
    FIELD_ANY,        /* google.protobuf.Any: a message of any listed type, with "@type" */
    FIELD_TIMESTAMP,  /* google.protobuf.Timestamp */
    FIELD_DURATION,   /* google.protobuf.Duration */
    FIELD_FIELD_MASK, /* google.protobuf.FieldMask */
    FIELD_JSON,       /* google.protobuf.Value: any JSON, kept as compact text */
    FIELD_STRUCT      /* google.protobuf.Struct: a JSON object, kept as compact text */
};

enum field_flag {
    FIELD_REPEATED = 1 << 0,
    FIELD_MAP = 1 << 1, /* map<string, kind>; never together with FIELD_REPEATED */
    /* proto3 "optional": printed even when zero, if it was set; a list of the control API even when
     * empty, if it was made. Members of a oneof are so, too; one that says so is no member in
     * versions that have none of the others. */
    FIELD_PRESENCE = 1 << 2,
    FIELD_OUTPUT_ONLY = 1 << 3,
    FIELD_INPUT_ONLY = 1 << 4,
    FIELD_IMMUTABLE = 1 << 5,
    FIELD_REQUIRED = 1 << 6,
    FIELD_TAKES_NUMBER = 1 << 7, /* a string that may come as a number, and is its digits then */
    /* A message, or a list of these, that may come as a string, which is the value of its first
     * field then; it is written so, too, if it has no other. */
    FIELD_TAKES_TEXT = 1 << 8,
    /* A FIELD_TAKES_NUMBER that is written as a number if it is one. */
    FIELD_SHOWS_NUMBER = 1 << 9,
    /* A list that JSON may name once only: a second one would be added to it unsaid. */
    FIELD_ONCE = 1 << 10
};

struct field {
    struct text json_name;  /* camelCase, as printed */
    struct text key;        /* json_name in quotes, a colon and a space, to be written as it is */
    struct text proto_name; /* snake_case, as in error paths and masks */
    const char *oneof;      /* name of the oneof it belongs to, or NULL */
    uint16_t number;        /* proto field number; fields of a message are sorted by it */
    uint16_t flags;         /* of enum field_flag */
    uint16_t type;          /* FIELD_MESSAGE: enum message_id; FIELD_ENUM: enum enum_id; else 0 */
    uint8_t kind;           /* enum field_kind */
    uint8_t versions;       /* IN_...: the versions whose message has the field */
};

/* Which package a type's full name begins with. */
enum package {
    PACKAGE_GENERATIVE_LANGUAGE, /* google.ai.generativelanguage.<version>.; in a call of Vertex AI
                                    the next, which has its own of them */
    PACKAGE_AIPLATFORM,          /* google.cloud.aiplatform.<version>.: Vertex AI */
    PACKAGE_LONGRUNNING,         /* google.longrunning. */
    PACKAGE_RPC,                 /* google.rpc. */
    PACKAGE_TYPE,                /* google.type. */
    PACKAGE_PROTOBUF,            /* google.protobuf. */
    PACKAGE_EMULATOR             /* tunemock.v1.: seeds and the control API; not of the service */
};

struct message_type {
    const char *name; /* "GenerateContentResponse.UsageMetadata" */
    const struct field *fields;
    uint8_t field_count; /* at most MESSAGE_FIELDS_MAX */
    uint8_t package;     /* enum package */
    uint8_t versions;    /* IN_...: the versions that have the message */
};

/* A message's set of fields is kept as bits of a uint64_t. */
enum { MESSAGE_FIELDS_MAX = 64 };

struct enum_value {
    struct text name;
    int32_t number;
    uint8_t versions;
};

struct enum_type {
    const char *name; /* "TunedModel.State" */
    const struct enum_value *values;
    uint8_t value_count;
    uint8_t package;
};

enum message_id {
#define MESSAGE(id, name, package, versions) MESSAGE_##id,
#include "server/contract/messages.def"
    MESSAGE_COUNT
};

enum enum_id {
#define ENUM(id, name, package) ENUM_##id,
#include "server/contract/messages.def"
    ENUM_COUNT
};

/* One enum per message: the indices of its fields. */
#define MESSAGE(id, name, package, versions)                                                       \
    enum id##_field                                                                                \
    {
#define FIELD(id, proto_name, json_name, number, kind, type, flags, oneof, versions)               \
    id##_##proto_name,
#define END_MESSAGE(id)                                                                            \
    id##_FIELD_COUNT                                                                               \
    }                                                                                              \
    ;
#include "server/contract/messages.def"

/* One enum per enum: the numbers of its values. */
#define ENUM(id, name, package) enum id {
#define ENUM_VALUE(id, name, number, versions) id##_##name = number,
#define END_ENUM(id)                                                                               \
    }                                                                                              \
    ;
#include "server/contract/messages.def"

extern const struct message_type message_types[MESSAGE_COUNT];
extern const struct enum_type enum_types[ENUM_COUNT];

/*
 * The field with this name, camelCase or snake_case, that a version's message has; NULL if it has
 * none. Exact case.
 */
const struct field *message_type_find(
    const struct message_type *type, enum api_version version, struct text name);

/* Finds a value by its name, in any case; NULL if the version's enum has no such value. */
const struct enum_value *enum_type_find(
    const struct enum_type *type, enum api_version version, struct text name);
/* Finds a value by its number; NULL if there is none. */
const struct enum_value *enum_type_find_number(const struct enum_type *type, int64_t number);

/*
 * The full proto name, "google.ai.generativelanguage.v1beta.TunedModel.State". In the arena.
 */
struct text message_full_name(
    struct arena *arena, const struct message_type *type, enum api_version version);
struct text enum_full_name(
    struct arena *arena, const struct enum_type *type, enum api_version version);

/* Appends the full name of a message. */
void message_add_full_name(
    struct buf *out, const struct message_type *type, enum api_version version);

/*
 * The type and version of a full name as it stands after "type.googleapis.com/". False if it is
 * not listed. `*ret_version` is left alone for types of packages that have no versions, such as
 * google.rpc: set it to the version of the message around first.
 */
bool message_type_by_full_name(
    struct text full_name, enum message_id *ret_id, enum api_version *ret_version);

#endif
