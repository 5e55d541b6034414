/*
 * Field selections: the partial answers of fields= and X-Goog-FieldMask, and the update masks of
 * patch calls.
 */
#ifndef SERVER_JSON_MASK_H
#define SERVER_JSON_MASK_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "server/contract/message.h"

/* A tree of selected names; a node without children selects all below it. */
struct json_mask {
    const struct field *field;  /* NULL: the root, or a name of which no type is known */
    struct text name;           /* such a name: "*", or one below an Any or a "*" */
    struct json_mask *children; /* first child, or NULL */
    struct json_mask *next;     /* next sibling, or NULL */
};

/*
 * Parses the syntax of fields=: names in either spelling joined by commas, a/b or a.b for one
 * below another, a(b,c) for several, * for all; white space around names is dropped. An empty
 * expression gives NULL, which selects everything. Nesting is bounded by JSON_DEPTH_MAX. Below an
 * Any, a map or a free JSON value every name is let through; of the last two no part can be
 * selected: they are printed whole.
 *
 * False if the expression is malformed or names an unknown field of `type`. `ret_problem` (in the
 * arena) is then the description of the violation that the service reports for the field named
 * like the whole expression: "Error expanding 'fields' parameter. Cannot find matching fields for
 * path 'a.b'.".
 */
bool json_mask_parse(struct text expression, const struct message_type *type,
    enum api_version version, struct arena *arena, const struct json_mask **ret_mask,
    struct text *ret_problem);

/* Copies a mask, and the names in it, into an arena that outlives the expression. NULL stays NULL.
 */
const struct json_mask *json_mask_copy(const struct json_mask *mask, struct arena *arena);

/* The child that selects `field` below `mask` (also through "*"); false if it is not selected. A
 * NULL mask selects everything. The child is NULL if all of the field is selected. */
bool json_mask_selects(
    const struct json_mask *mask, const struct field *field, const struct json_mask **ret_child);

/*
 * The paths of an update mask (google.protobuf.FieldMask) as snake_case texts: splits at commas,
 * turns camelCase into snake_case, drops white space and empty paths. Returns the count; the array
 * is in the arena.
 */
size_t update_mask_paths(struct text mask, struct arena *arena, struct text **ret_paths);

#endif
