/*
 * Room that is set aside so that a full store can be emptied: on a disk without a free byte deletes
 * work, and after them creates.
 *
 * A commit needs room in three places. The WAL has a stretch that keeps its blocks while the store
 * is open, whatever is in it; the writer starts the WAL anew whenever that is used up. The database
 * file gets its blocks before a commit that makes it grow, so that the copy of the WAL into it,
 * which alone lets the WAL start anew, never fails for want of room. And some pages of the file are
 * kept free, since a create needs a page here and there even after deletes have freed more bytes
 * than it brings: creates may not take the last of them, deletes may.
 *
 * All functions are for the writer's thread, or for the opening before it runs.
 */
#ifndef STORE_ROOM_H
#define STORE_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

enum {
    /* Of the WAL: the delete of a model with 10,000 permissions fits in this, and its data set does
     * not count. A quarter of what is free or ours is taken if that is less. */
    ROOM_WAL_BYTES_MAX = 1 << 20,
    ROOM_WAL_BYTES_MIN = 128 << 10,
    /* Where that is not to be had: still enough for the delete of one small model. */
    ROOM_WAL_BYTES_LEAST = 64 << 10,
    /* Free pages of the file; a sixteenth of what is free if that is less. */
    ROOM_SPARE_PAGES_MAX = 32,
    ROOM_SPARE_PAGES_MIN = 8
};

struct connection;

struct room {
    struct connection *writer; /* borrowed */
    int database;              /* descriptors; borrowed */
    int wal;
    int page_bytes;
    int64_t covered_bytes; /* of the file: these have blocks */
    int64_t wal_bytes;     /* kept */
    int spare_pages;       /* to be kept free */
    int floor_pages;       /* creates may leave no fewer free where there is no room for more */
    bool is_full;          /* a commit was refused, and no other was given more since */
    bool is_told;          /* that the room could not be had */
};

/* Measures the file system and sees to it that the file has its blocks, as far as there is room: no
 * failure but one of SQLite's, since a full store must start. The writer's connection must be open.
 */
enum store_result room_open(struct room *room, struct connection *writer, int database, int wal);

/* Sets the WAL's room aside, which the writer does before its first commit: nothing else of a start
 * has to wait for it. Does so later if it could not be had before, or more of it if more is free by
 * then. */
void room_hold_wal(struct room *room);

/* Whether the next commit that begins the WAL anew cuts it to the length that it is to keep. Under
 * load it stays as long as it is: writing over it is faster than making it grow. */
void room_limit_wal(struct room *room, bool is_limited);

/*
 * Stands before a commit of writes of which some may add rows (is_growing) and `freed_count` delete
 * models: gives the file blocks for all its pages. STORE_FULL if there are none, or if these writes
 * would take the last free pages.
 */
enum store_result room_cover(struct room *room, bool is_growing, int64_t freed_count);

/* Stands after a copy of the WAL into the file, which may have cut the file. */
void room_note_checkpoint(struct room *room);

/* The length of the WAL. */
int64_t room_measure_wal(const struct room *room);

/* True if the WAL holds more of the disk than it is to keep. */
bool room_is_wal_too_long(const struct room *room);

/* Gives back blocks that a commit which failed was given. No transaction may be open. */
void room_give_back(struct room *room);

/* True if so little is left that closing should leave the WAL's room where it is. */
bool room_is_scarce(const struct room *room);

#endif
