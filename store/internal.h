/* What the parts of the store share: its state. */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/connection.h"
#include "store/file_watch.h"
#include "store/kept_rows.h"
#include "store/lock_file.h"
#include "store/numbering.h"
#include "store/room.h"
#include "store/row_versions.h"
#include "store/store.h"

struct store_reader {
    struct store *store;
    pthread_mutex_t mutex; /* held between store_read_begin and store_read_end; guards the rest */
    pthread_mutex_t turn;  /* held while waiting for the mutex: see reader_lock */
    struct connection connection;
    bool has_snapshot;
    uint64_t generation;  /* of the store at the latest when the snapshot was taken */
    int64_t data_version; /* SQLite's, in the snapshot: another one after commits */
    struct kept_rows kept;
    bool is_held; /* the writer wants nobody to read for a while; see reader_hold_all */
    pthread_cond_t released;
};

struct store {
    struct store_reader *readers;
    int reader_count;
    struct lock_file lock;
    bool is_open;             /* all of it, once */
    bool is_file;             /* not in memory */
    atomic_bool has_given_up; /* on batches; any thread may set it */
    char *place;              /* see store_place */
    int database, wal;        /* held until SQLite has closed them: database_file.h; -1: not open */

    _Atomic uint64_t generation; /* commits made; grows before the writes of a commit are done */
    struct row_versions row_versions;
    struct numberings numberings;
    _Atomic int64_t queue_count; /* writes and batches that are not done */

    /* The writer's thread's alone, once it runs. */
    struct connection writer;
    struct buf facts;            /* of the model being written */
    struct numbering *numbering; /* of the write being applied */
    struct room room;
    int wal_pages;               /* in the WAL after the last commit */
    int checkpoint_pages;        /* in the WAL when the next checkpoint is due */
    int64_t models_added;        /* by the write being applied */
    int64_t models_deleted;      /* by it as well */
    int64_t jobs_added;          /* those of both that are tuning jobs, of one write's model */
    int64_t freed_count;         /* models that the transaction under way deleted */
    int64_t data_version;        /* SQLite's, which grows when another program commits */
    bool have_others_written;    /* since the last commit */
    bool is_growing;             /* a write of it may add to rows */
    bool is_wal_used;            /* there were commits since room was made */
    bool is_idle_checkpoint_due; /* there were commits since the last */
    bool are_readers_held;       /* until the commit is over */
    struct file_watch watch;     /* of a file; in memory there are no names to watch */

    pthread_t thread;
    bool is_thread_running;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t wake;   /* something was queued, or is_closing set; for clock_wait_until */
    struct store_write *queue_first, *queue_last;
    bool is_closing;
};

/*
 * True of a thread that is in a function of the store's callers: a visitor, a `holds`, a `done`.
 * These must not call the store, since its state is in the middle of something then; each function
 * that they could call looks at this.
 */
extern _Thread_local bool store_is_outside;

/*
 * Whoever waits for a reader holds its turn meanwhile. So who has unlocked it and wants it again at
 * once comes after those who wait, which a mutex alone does not promise.
 */
void reader_lock(struct store_reader *reader);
void reader_unlock(struct store_reader *reader);

/* Ends a reader's snapshot, if it has one. Its mutex must be held. */
void reader_end_snapshot(struct store_reader *reader);

/* For the writer: waits until nobody reads, and lets nobody begin until it is called with false. */
void reader_hold_all(struct store *store, bool is_held);

/* Applies one write inside the open transaction. On failure part of it may have been written. */
enum store_result write_apply(struct store *store, struct store_write *write);

/* Has the writer drop the snapshots that an earlier process left in the file. */
void namespaces_drop_hidden(struct store *store);

/* Starts and ends the writer's thread. The connection must be open. */
bool writer_start(struct store *store);
void writer_stop(struct store *store);

#endif
