/* The command `check`: what is wrong with a database file. */
#ifndef SERVER_CHECK_H
#define SERVER_CHECK_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/text.h"

enum check_outcome { CHECK_GOOD, CHECK_BAD, CHECK_IMPOSSIBLE };

/*
 * Looks at all of a database file and changes nothing. Writes a line to `out` for each problem, and
 * one that sums up. CHECK_IMPOSSIBLE, with a message, if the file cannot be checked.
 */
enum check_outcome check_database(
    const char *path, FILE *out, struct arena *arena, struct text *ret_message);

#endif
