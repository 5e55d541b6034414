/* The words of the command line: commands, and what else people write for an option's value. */
#ifndef SERVER_SPELLINGS_H
#define SERVER_SPELLINGS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "server/command_rows.h"

/* The value of an option that is meant, which is most often the one given; else in the arena. */
const char *spelling_value(const char *option, const char *value, struct arena *arena);

/* What an option's words are, in its order and with spaces between them: "time manual polls:". The
 * empty text for one that takes none. In the arena. */
struct text spelling_values(const char *option, struct arena *arena);

/* False if the word is no command; `ret_message` (in the arena) then says which may be meant. */
bool spelling_command(
    const char *word, struct arena *arena, enum command *ret_command, struct text *ret_message);

#endif
