/*
 * How the server says that it answers: a line on stdout, and the file of --ready-file. Neither may
 * keep it: a pipe that nobody reads is written to by a thread that nobody waits for.
 */
#ifndef SERVER_READY_H
#define SERVER_READY_H

#include <pthread.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/* Lives as long as the process: whoever ends it may come to remove the file at any time. */
struct ready_file {
    const char *path;      /* NULL: there is to be none */
    bool is_pipe;          /* a FIFO or a device: written to, and left where it is */
    pthread_mutex_t mutex; /* guards what is below */
    int descriptor;        /* of the file that was written; kept, so that no other file can have
                              its number; -1: none */
};

#define READY_FILE_INIT                                                                            \
    {                                                                                              \
        .mutex = PTHREAD_MUTEX_INITIALIZER, .descriptor = -1                                       \
    }

/*
 * Clears the way at the start: removes the file that an earlier server left, so that nobody reads
 * its URL. A symbolic link is removed itself, not what it leads to, unless that is a FIFO or a
 * device. `path` is borrowed; NULL means no file. False with a message if something else is in the
 * way.
 */
bool ready_file_prepare(
    struct ready_file *file, const char *path, struct arena *arena, struct text *ret_message);

/* Writes the URL to a new file with another name, and renames it, so that who waits for the file
 * never reads half of it. False with a message, and nothing left behind, if that fails. */
bool ready_file_write(
    struct ready_file *file, const char *url, struct arena *arena, struct text *ret_message);

/* Removes the file if it is still the one that was written. Does not wait for a file system that
 * keeps ready_file_write. */
void ready_file_remove(struct ready_file *file);

/* Prints "tunemock ready on URL" to stdout. A failure is logged, and so is a pipe that is full. */
void ready_print(const char *url);

#endif
