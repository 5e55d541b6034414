/* The credentials that a seed lists, and the e-mail address of each. */
#ifndef SERVER_STATE_CALLERS_H
#define SERVER_STATE_CALLERS_H

#include "base/text.h"

/* The one caller of --auth open, and the owner of what it creates. */
#define CALLERS_OPEN_EMAIL "owner@example.com"

struct callers;

/* A copy of `source`, to which some are to be added; NULL: of none. What answers requests is never
 * changed, but replaced whole. */
struct callers *callers_copy(const struct callers *source);
/* NULL is allowed. */
void callers_free(struct callers *callers);

/* Adds a listed credential; key or token is empty. Copies the texts. */
void callers_add(struct callers *callers, struct text key, struct text token, struct text email);

/* The address that a key or a token is listed with; NULL if it is not. */
const struct text *callers_find_key(const struct callers *callers, struct text key);
const struct text *callers_find_token(const struct callers *callers, struct text token);

/* True if any are listed: others are refused then. */
bool callers_are_listed(const struct callers *callers);

#endif
