/* What a file says of its namespaces, read when the store opens. */
#ifndef STORE_NUMBERING_READ_H
#define STORE_NUMBERING_READ_H

#include <stdbool.h>

#include "base/text.h"
#include "store/numbering.h"

/*
 * Reads the numberings of a file, with names and counts of models. Gives SQLite's code;
 * SQLITE_CORRUPT if one cannot be gone on from. One that is missing or behind its rows is made good
 * and logged: numbers must not be given out twice, whichever of the two is wrong.
 */
int numberings_read(struct numberings *numberings, struct connection *writer, bool is_new);

/* True of what may stand for a name in a file: visible ASCII characters, and blanks. */
bool numbering_name_is_good(struct text name);

#endif
