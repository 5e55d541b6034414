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

/*
 * Opens the file, makes it (0600) if it is missing, checks it once more, and locks it: the file
 * itself, whatever names lead to it (a hard link, a bind mount), beside the lock on its name that
 * lock_file.h gives. A file of ours is made 0600, with what SQLite left beside it. False, with a
 * message that says what to do, if another process has it; then nothing was changed.
 *
 * `ret_descriptor` holds the lock. The caller closes it, after SQLite's last connection to the file
 * is closed: closing any descriptor of a file drops the locks that SQLite has on it.
 */
bool database_file_hold(
    const char *path, int *ret_descriptor, struct arena *arena, struct text *ret_message);

/*
 * Opens and locks the WAL at `wal_path` likewise: a server whose database was removed or replaced
 * under it still uses the files beside, and a second one must not join it there. True with
 * `ret_descriptor` -1 if there is no WAL.
 */
bool database_file_hold_wal(
    const char *wal_path, int *ret_descriptor, struct arena *arena, struct text *ret_message);

/*
 * Opens and locks the database, or what lies beside it, for one who only reads: nothing is made or
 * changed, and it may lie where nobody can write. Else as above; `ret_descriptor` is -1 if there is
 * no such file.
 */
bool database_file_hold_to_read(
    const char *path, int *ret_descriptor, struct arena *arena, struct text *ret_message);

/* Takes other users' rights to a file of ours away, and gives its owner those that a umask took. */
void database_file_make_private(int descriptor);

/* True if the name leads to the file that is open here. */
bool database_file_is_at(int descriptor, const char *path);

#endif
