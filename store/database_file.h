/* What a database file is, told from its bytes alone: no file that is not ours is ever opened for
 * writing, or through SQLite. */
#ifndef STORE_DATABASE_FILE_H
#define STORE_DATABASE_FILE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/* "tune" in ASCII; as in schema.sql. */
#define DATABASE_APPLICATION_ID 0x74756e65u

/*
 * The one absolute name of the file at `path`, links resolved, so that two names for a file have
 * one lock. The file need not exist, its folder must. NULL, with a message, if there is no such.
 */
const char *database_file_resolve(const char *path, struct arena *arena, struct text *ret_message);

/*
 * True if the file may be opened: it is missing, has no content, or is ours and of a version that
 * this program knows. Otherwise false, with a message that says what to do.
 */
bool database_file_check(const char *path, struct arena *arena, struct text *ret_message);

#endif
