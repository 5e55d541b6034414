/*
 * Bounds of what a seed may hold: the fields that no request could set, or not to such values,
 * since seeds are taken as they are, and names that stand twice. Each function gives NULL, or what
 * is wrong, for people.
 */
#ifndef SERVER_STATE_SEED_CHECK_H
#define SERVER_STATE_SEED_CHECK_H

#include "server/json/message.h"

/* A tuned model with a state: its texts, examples, snapshots and project numbers. */
const char *seed_check_model(const struct message *tuned_model);

/* What is kept as JSON. */
const char *seed_check_json(struct text json);

/* The address of a permission or a caller; it may be empty. */
const char *seed_check_email(struct text email);

/* A key or token of a caller. */
const char *seed_check_credential(struct text credential);

/*
 * Whether a name stands twice in a list of the file: of two rows of the store the second would be
 * left alone as if an earlier run had loaded it, of two others the first would never be found.
 * Tuned models without a name are given one each. What is wrong is in the arena, and where is set
 * then: the list and the second one's index.
 */
const char *seed_check_names(
    const struct message *file, struct arena *arena, const char **ret_place, size_t *ret_index);

#endif
