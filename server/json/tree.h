/* Private to the decoder: what it asks of a cJSON tree made from json_read_strict's output. */
#ifndef SERVER_JSON_TREE_H
#define SERVER_JSON_TREE_H

#include <cjson/cJSON.h>

#include "base/arena.h"
#include "base/buf.h"
#include "server/json/scalar.h"

/* A key as a text of its own. */
struct text tree_key(const cJSON *item, struct arena *arena);

/* False if `item` is an object or an array. The scalar borrows from the tree. */
bool tree_scalar(const cJSON *item, struct arena *arena, struct scalar *ret_scalar);

/*
 * For each member of an object, whether an earlier one has the same key; NULL if all keys differ.
 * Takes n log n steps.
 */
const bool *tree_repeated_keys(const cJSON *object, struct arena *arena);

/*
 * Appends `item` as compact JSON in the service's format; numbers are doubles, as in
 * google.protobuf.Value. `ret_repeated` gets a key that an object has twice, if there is
 * one.
 */
void tree_write(struct buf *out, const cJSON *item, struct arena *arena, struct text *ret_repeated);

#endif
