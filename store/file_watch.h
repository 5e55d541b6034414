/*
 * Whether the names of an open database still lead to the files that were opened: what is written
 * to a file that was removed is lost with the process, and SQLite does not notice.
 */
#ifndef STORE_FILE_WATCH_H
#define STORE_FILE_WATCH_H

#include <stdbool.h>
#include <sys/types.h>

/* The database itself, its WAL, and the index of that. */
enum { FILE_WATCH_NAMES = 3 };

struct file_watch {
    char *names[FILE_WATCH_NAMES]; /* owned; NULL: not watched */
    dev_t devices[FILE_WATCH_NAMES];
    ino_t inodes[FILE_WATCH_NAMES];
    int descriptor; /* of the database; borrowed */
    off_t size_max; /* that the database had; it never shrinks, but for VACUUM */
    bool is_cut;    /* it was, which nothing heals */
    bool is_gone;   /* said so last */
};

#define FILE_WATCH_INIT                                                                            \
    {                                                                                              \
        .descriptor = -1                                                                           \
    }

/* Begins; all connections must be open. `database` and `wal` are descriptors of what was opened,
 * and are borrowed until the end: what has their names by now may be others already. A watch that
 * was not begun finds nothing wrong. */
void file_watch_start(struct file_watch *watch, const char *path, int database, int wal);
void file_watch_stop(struct file_watch *watch);

/* False, and a line in the log the first time, if one of the files was removed, moved, replaced or
 * cut. All may be well again later, which is logged, too. Takes some microseconds. */
bool file_watch_is_sound(struct file_watch *watch);

#endif
