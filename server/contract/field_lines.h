/*
 * Lines of field problems as the backend reports them, "* Request.path: reason\n" each (contract
 * 4.4), all at once. At most VIOLATIONS_MAX are kept.
 */
#ifndef SERVER_CONTRACT_FIELD_LINES_H
#define SERVER_CONTRACT_FIELD_LINES_H

#include "base/arena.h"
#include "server/contract/error.h"

struct field_lines {
    struct arena *arena;
    struct text request_name; /* "CreateTunedModelRequest" */
    struct text text;
    size_t count; /* of all problems, kept or not */
};

void field_lines_begin(struct field_lines *lines, struct arena *arena, struct text request_name);

/* Adds a line: `id` is an error whose text begins with "* {}.{}: ", where the request's name and
 * `path` go; further arguments follow. */
void field_lines_add(struct field_lines *lines, enum error_id id, struct text path,
    size_t argument_count, const struct text *arguments);

#endif
