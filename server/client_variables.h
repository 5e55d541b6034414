/*
 * The variables by which clients find this server, and leave alone what would lead them elsewhere:
 * set for the command of `tunemock exec`, and printed by `tunemock env`.
 */
#ifndef SERVER_CLIENT_VARIABLES_H
#define SERVER_CLIENT_VARIABLES_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"

/* What clients are to be told. */
struct client_place {
    const char *url;          /* "http://127.0.0.1:8863" */
    bool is_vertex;           /* they are clients of Vertex AI, which log in */
    const char *login_folder; /* of a Vertex AI's: a folder in which nobody has logged in */
};

/* This process's variables with those for clients, ended by NULL; in the arena. */
char **client_variables(const struct client_place *place, struct arena *arena);

/* Writes them as commands of a POSIX shell, for `eval`; but no key that is set already. */
void client_variables_print(const struct client_place *place, FILE *out, struct arena *arena);

#endif
