/* What other resources need of permissions: creating a tuned model makes its first one. */
#ifndef SERVER_API_PERMISSIONS_H
#define SERVER_API_PERMISSIONS_H

#include "server/call/call.h"

/*
 * The id of the permission of a user or group: 21 decimal digits, as recorded, that follow from the
 * address alone. In the arena.
 */
void permission_id_of_email(struct text email, struct arena *arena, struct text *ret_id);

/* Adds a line if the address at this path is missing or none. */
void permission_check_email(struct field_lines *lines, const char *path, struct text email);

/* Answers that the model, which this path names, has as many permissions as it can have. */
void permissions_fail_too_many(struct call *call, const char *path);

#endif
