/* Private to the decoder: what it asks of a cJSON tree made from json_read_strict's output. */
#ifndef SERVER_JSON_TREE_H
#define SERVER_JSON_TREE_H

#include <cjson/cJSON.h>

#include "base/arena.h"
#include "base/buf.h"
#include "server/json/scalar.h"

/* Parses what json_read_strict has written. The tree lies in the arena: nothing of it is freed
 * singly, and cJSON_Delete is not for it. */
cJSON *tree_parse(struct text strict, struct arena *arena);

/* What a tree of so many values takes at most. */
size_t tree_bytes_max(struct text strict, size_t value_count);

/* A key as a text of its own. */
struct text tree_key(const cJSON *item, struct arena *arena);

/* False if `item` is an object or an array. The scalar borrows from the tree. */
bool tree_scalar(const cJSON *item, struct arena *arena, struct scalar *ret_scalar);

/*
 * For each member of an object, whether an earlier one has the same key; NULL if all keys differ.
 * Takes n log n steps.
 */
const bool *tree_repeated_keys(const cJSON *object, struct arena *arena);

/* Where a tree is written to. */
struct tree_writer {
    struct buf out;
    size_t len_max;       /* of `out`, about: escapes can make six bytes of one */
    struct arena *arena;  /* for what is needed on the way */
    struct text repeated; /* a key that an object has twice, in the arena; bytes NULL: none */
};

/*
 * Appends `item` as compact JSON in the service's format; numbers are doubles, as in
 * google.protobuf.Value. False, with a part of it written, if that is longer than `len_max`.
 */
bool tree_write(struct tree_writer *writer, const cJSON *item);

#endif
