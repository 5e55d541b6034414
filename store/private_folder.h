/*
 * The folder of a store in memory: made at the start, in memory if the system has such, and removed
 * as soon as its files are open. What a process that was killed in between has left is cleared by
 * the next start. A folder is locked while it is in use, so that one without a lock is nobody's,
 * whatever machine, container or process number made it.
 */
#ifndef STORE_PRIVATE_FOLDER_H
#define STORE_PRIVATE_FOLDER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

struct private_folder {
    const char *path;   /* in the arena; NULL: none */
    const char *parent; /* borrowed from the environment, or static */
    int descriptor;     /* holds the lock; -1: none */
};

/* The one file in it that is not SQLite's own; those are called like it, and -wal, -shm, -journal.
 */
#define PRIVATE_FOLDER_FILE "db"

/*
 * Clears what others have left in /dev/shm, TMPDIR and /tmp, and makes a folder that nobody else
 * can look into in the first of these that has room, else in the one with most; logs a warning if
 * there is little. False, with a message that says what to do, if none has any.
 */
bool private_folder_make(
    struct private_folder *folder, struct arena *arena, struct text *ret_message);

/* Removes the folder with its files. Does nothing if there is none. */
void private_folder_remove(struct private_folder *folder);

#endif
