/*
 * JSON text for the discovery document, which is no message of the contract: objects and arrays in
 * the layout of the service (two spaces, one member a line). A value inside an array has the name
 * TEXT("").
 */
#ifndef SERVER_API_DISCOVERY_JSON_H
#define SERVER_API_DISCOVERY_JSON_H

#include <stdbool.h>

#include "base/buf.h"

struct discovery_json {
    struct buf *out;
    unsigned depth;
    bool needs_comma; /* something stands before the next value at this depth */
};

void discovery_json_open_object(struct discovery_json *json, struct text name);
void discovery_json_close_object(struct discovery_json *json);
void discovery_json_open_array(struct discovery_json *json, struct text name);
void discovery_json_close_array(struct discovery_json *json);
void discovery_json_string(struct discovery_json *json, struct text name, struct text value);
void discovery_json_true(struct discovery_json *json, struct text name);

#endif
