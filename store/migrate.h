/* The version of a file's tables, and the way forward to this program's. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "store/connection.h"

/* True if this program knows that version (PRAGMA user_version). Otherwise a message. */
bool migrate_check_version(
    uint32_t version, const char *path, struct arena *arena, struct text *ret_message);

enum {
    MIGRATE_VERSION_NUMBERED = 3, /* the first with a numbering for each namespace */
    MIGRATE_VERSION_NAMED = 5     /* the first with their names */
};

/* The version of an open file; 0 if it has no tables yet. Gives SQLite's code. */
int migrate_read_version(sqlite3 *db, int *ret_version);

/*
 * Makes the tables, or brings those of an older version forward, in one transaction, and says
 * whether there were none: then they are as this program knows them. Gives SQLite's code;
 * SQLITE_MISMATCH, with nothing changed, if the file is newer than this program.
 */
int migrate_forward(struct connection *connection, bool *ret_is_new);

#endif
