/*
 * Bounds of what a seed may hold: the fields that no request could set, or not to such values,
 * since seeds are taken as they are. Each function gives NULL, or what is wrong, for people.
 */
#ifndef SERVER_API_SEED_CHECK_H
#define SERVER_API_SEED_CHECK_H

#include "server/json/message.h"

/* A tuned model with a state: its texts, examples, snapshots and project numbers. */
const char *seed_check_model(const struct message *tuned_model);

/* What is kept as JSON. */
const char *seed_check_json(struct text json);

/* The address of a permission or a caller; it may be empty. */
const char *seed_check_email(struct text email);

/* A key or token of a caller. */
const char *seed_check_credential(struct text credential);

#endif
