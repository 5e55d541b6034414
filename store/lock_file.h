/* The file that keeps a second process from a database by its name: FILE.lock, beside it. The file
 * itself is locked, too: database_file.h. */
#ifndef STORE_LOCK_FILE_H
#define STORE_LOCK_FILE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

struct lock_file {
    int descriptor; /* -1: not held */
    char *path;     /* owned */
};

#define LOCK_FILE_INIT                                                                             \
    {                                                                                              \
        .descriptor = -1                                                                           \
    }

/*
 * Makes and locks the file beside `path`. The lock is the kernel's, so that it is gone with the
 * process however that ends; a file that a killed process left is taken over, one that is not a
 * lock file is left alone. False, with a message that names the process that holds it or says what
 * is in the way, if it cannot be had.
 */
bool lock_file_take(
    struct lock_file *lock, const char *path, struct arena *arena, struct text *ret_message);

/* Removes the file, if the name is still its, and gives the lock back. Does nothing if it is not
 * held. */
void lock_file_release(struct lock_file *lock);

#endif
