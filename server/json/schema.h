/*
 * Messages as JSON Schema (2020-12, which is also that of OpenAPI 3.1), made from the contract's
 * tables: fields by their kinds, words and enum values, lists, maps and references. A schema allows
 * no other names than the message has.
 */
#ifndef SERVER_JSON_SCHEMA_H
#define SERVER_JSON_SCHEMA_H

#include "server/contract/message.h"
#include "server/json/write.h"

enum schema_flag {
    /* Also what the reader takes and nobody writes: names_with_underscores, 64-bit integers as
     * numbers, words of enums in any case or as numbers. */
    SCHEMA_LENIENT = 1 << 0,
    /* Fields of FIELD_REQUIRED have to be there; not of FIELD_INPUT_ONLY, which answers lack. */
    SCHEMA_REQUIRES = 1 << 1
};

/* The messages that a document describes. */
struct schema_set {
    struct arena *arena;
    enum api_version version; /* whose fields they have */
    const char *place;        /* what references begin with: "#/$defs/" */
    unsigned flags;           /* of enum schema_flag */
    bool has[MESSAGE_COUNT];
};

/* By what name a document has a message: its own, "TunedModel" or "Job.End", or, since both
 * services have a TunedModel, "aiplatform.TunedModel". In the arena. */
struct text schema_name(enum message_id id, struct arena *arena);

/* Adds a message and all that it can hold; of an Operation also those in its Any fields. */
void schema_set_add(struct schema_set *set, enum message_id id);

/* Writes "$ref": members of the object that is open, as the next two. */
void schema_write_reference(
    const struct schema_set *set, enum message_id id, struct json_document *json);
/* Those of a field's value, be it a list or a map. */
void schema_write_field(const struct schema_set *set, enum message_id message, unsigned field,
    struct json_document *json);
/* Those of a message itself: "type", "properties", ... */
void schema_write_message(
    const struct schema_set *set, enum message_id id, struct json_document *json);

/* Writes a member for each message of the set, by its name. */
void schema_write_set(const struct schema_set *set, struct json_document *json);

#endif
