/*
 * The command line and the environment. Every option has a variable, TUNEMOCK_ and the option's
 * name in capitals; the option wins.
 */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/text.h"
#include "server/option_values.h"

/*
 * Reads the arguments (of COMMAND_EXEC those before the command that it runs), then, for a command
 * that has options, the variables of those that were not given. False if anything is not valid;
 * `ret_message` (in the arena) then says what is allowed.
 */
bool options_read(int argument_count, char **arguments, struct arena *arena,
    struct options *ret_options, struct text *ret_message);

/* Writes what --help prints. */
void options_print_help(FILE *file);

#endif
