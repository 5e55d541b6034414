/* What other resources need of permissions: creating a tuned model makes its first one. */
#ifndef SERVER_API_PERMISSIONS_H
#define SERVER_API_PERMISSIONS_H

#include "server/call/call.h"

/* Adds a line if the address at this path is missing or none. */
void permission_check_email(struct field_lines *lines, const char *path, struct text email);

/* Answers that the model, which this path names, has as many permissions as it can have. */
void permissions_fail_too_many(struct call *call, const char *path);

#endif
