/*
 * Field checks that several methods share; each adds a line per problem (contract 4.4). Paths are
 * below the request's "tuned_model".
 */
#ifndef SERVER_STATE_MODEL_CHECK_H
#define SERVER_STATE_MODEL_CHECK_H

#include "server/contract/field_lines.h"
#include "server/json/message.h"

/* A line unless `text` has at most `max` code points; `path` is complete. */
void check_length(
    struct field_lines *lines, enum error_id id, struct text path, struct text text, size_t max);

/* A line unless a repeated field has at most `max` items. */
void check_count(struct field_lines *lines, const char *path, size_t count, size_t max);

/* A line that says what is allowed, unless the value is good. */
void check_range(struct field_lines *lines, enum error_id id, const char *path, bool is_good,
    const char *allowed);

/* The fields of a TunedModel that clients may set on create and patch. */
void check_settable_fields(struct field_lines *lines, const struct message *tuned_model);

#endif
