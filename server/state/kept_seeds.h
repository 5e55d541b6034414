/*
 * The seeds that a server began with, as they were read: a reset goes back to them, whatever has
 * become of the files. Little stays in memory, more in a file that has no name.
 */
#ifndef SERVER_STATE_KEPT_SEEDS_H
#define SERVER_STATE_KEPT_SEEDS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/text.h"

struct kept_seed {
    struct kept_seed *next;
    char *path; /* of the file, for problems */
    size_t len;
    char *bytes;    /* or NULL */
    int descriptor; /* of the file without a name; -1: none */
};

/* Begins as zero bytes. */
struct kept_seeds {
    struct kept_seed *first, *last; /* in the order in which they were added */
    size_t held_bytes;              /* in memory */
};

void kept_seeds_release(struct kept_seeds *seeds);

/* Keeps a copy of both. */
void kept_seeds_add(struct kept_seeds *seeds, const char *path, struct text bytes);

/* Appends the bytes of one. False if its file cannot be read. */
bool kept_seed_read(const struct kept_seed *seed, struct buf *out);

#endif
