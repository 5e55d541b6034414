/* The words of the command line: commands, and what else people write for an option's value. */
#ifndef SERVER_SPELLINGS_H
#define SERVER_SPELLINGS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/* Those up to COMMAND_HEALTHCHECK have options. */
enum command {
    COMMAND_SERVE,
    COMMAND_EXEC,
    COMMAND_ENV,
    COMMAND_HEALTHCHECK,
    COMMAND_CHECK,
    COMMAND_VALIDATE,
    COMMAND_SCHEMA,
    COMMAND_VERSION,
    COMMAND_HELP
};

/* The value of an option that is meant, which is most often the one given; else in the arena. */
const char *spelling_value(const char *option, const char *value, struct arena *arena);

/* False if the word is no command; `ret_message` (in the arena) then says which may be meant. */
bool spelling_command(
    const char *word, struct arena *arena, enum command *ret_command, struct text *ret_message);

#endif
