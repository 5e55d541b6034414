/*
 * Bounds of what a seed may hold: the fields that no request could set, or not to such values,
 * since seeds are taken as they are, and names that stand twice. Most functions give NULL, or what
 * is wrong, for people.
 */
#ifndef SERVER_STATE_SEED_CHECK_H
#define SERVER_STATE_SEED_CHECK_H

#include "server/json/message.h"
#include "server/state/seed_problems.h"

/* The largest number that a file may have something be counted from: no count gets there, nor from
 * there to where it would overflow. */
#define SEED_NUMBER_MAX (INT64_C(1) << 62)

/* A tuned model with a state: its texts, examples, snapshots and project numbers. */
const char *seed_check_model(const struct message *tuned_model);

/* What is kept as JSON. */
const char *seed_check_json(struct text json);

/* The address of a permission or a caller; it may be empty. */
const char *seed_check_email(struct text email);

/* A key or token of a caller. */
const char *seed_check_credential(struct text credential);

/* The id of a fault, a story or a stub; it may be empty. */
const char *seed_check_number(struct text id);

/*
 * Whether no name stands twice in a list of the file: of two rows of the store the second would be
 * left alone as if an earlier run had loaded it, of two others the first would never be found.
 * Tuned models without a name are given one each. False with a problem for each second one.
 */
bool seed_check_names(const struct message *file, struct seed_problems *problems);

#endif
