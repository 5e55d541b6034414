/* The command `validate`: what is wrong with seed and state files, before a server is started. */
#ifndef SERVER_VALIDATE_H
#define SERVER_VALIDATE_H

#include <stdbool.h>
#include <stdio.h>

#include "server/call/app.h"

/*
 * Reads the files in their order, as a start with --data would on an empty database; "-" is stdin.
 * Writes a line to `out` for each problem, with the text that the start would have. False if there
 * was one.
 */
bool validate_files(
    const char *const *paths, int count, const struct app_settings *settings, FILE *out);

#endif
