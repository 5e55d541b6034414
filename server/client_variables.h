/*
 * The variables by which clients find this server, and leave alone what would lead them elsewhere:
 * set for the command of `tunemock exec`, and printed by `tunemock env`.
 */
#ifndef SERVER_CLIENT_VARIABLES_H
#define SERVER_CLIENT_VARIABLES_H

#include <stdio.h>

#include "base/arena.h"

/* This process's variables with those for clients of `url`, ended by NULL; in the arena. */
char **client_variables(const char *url, struct arena *arena);

/* Writes them as commands of a POSIX shell, for `eval`; but no key that is set already. */
void client_variables_print(const char *url, FILE *out, struct arena *arena);

#endif
