/* The schemas of a discovery document: the messages that a version's methods use. */
#ifndef SERVER_API_DISCOVERY_SCHEMA_H
#define SERVER_API_DISCOVERY_SCHEMA_H

#include "server/contract/method.h"
#include "server/json/write.h"

/* Which messages a document describes. */
struct discovery_schemas {
    struct arena *arena;
    enum api_version version;
    bool is_used[MESSAGE_COUNT];
};

/* True if the document of the version has the method: the service itself has it there. */
bool discovery_has_method(enum api_version version, const struct method *method);

/* Finds all messages that the version's methods send, answer with, or hold in those. */
void discovery_schemas_init(
    struct discovery_schemas *schemas, enum api_version version, struct arena *arena);

/*
 * The name of a message's schema: that of a nested message is its last part (UsageMetadata), or all
 * of them where other messages of the document end in the same (LogprobsResultCandidate).
 */
struct text discovery_schema_name(const struct discovery_schemas *schemas, enum message_id id);

/* Writes "schemas". */
void discovery_schemas_write(const struct discovery_schemas *schemas, struct json_document *json);

/* True for a field that can be a query parameter: no message in it. */
bool discovery_is_parameter(const struct field *field);

/* Writes type, format and enum of one item of a field: members of a property or a parameter. */
void discovery_write_type(
    const struct discovery_schemas *schemas, const struct field *field, struct json_document *json);

#endif
