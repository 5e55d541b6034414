/*
 * The writer: one thread that commits all that has queued in one transaction, and that keeps the
 * WAL short. Where the disk is full it sees to it that deletes get through: room.h.
 *
 * Readers hold their snapshots between requests, and SQLite cannot start the WAL anew while a
 * snapshot needs it. So the writer, when the WAL has grown, ends each reader's snapshot (it is free
 * but for the length of a look-up, and long lists give it away in between), copies the WAL into the
 * file, and ends them once more. A snapshot taken after the copy needs the file alone, nobody
 * commits meanwhile, and so the next commit finds the WAL free and writes it from its start. At
 * most one reader waits at any moment.
 */
#include <assert.h>

#include "base/clock.h"
#include "base/timefmt.h"
#include "store/internal.h"

enum {
    /* 4 MiB: few enough pages that a copy does not hold up the writes behind it for long. */
    WRITER_CHECKPOINT_PAGES = 1000,
    /* Once no write came for this long, writer_tidy. */
    WRITER_IDLE_MS = 250,
    /* How long it can take until it is said that the file is gone when nobody writes. */
    WRITER_LOOK_MS = 2000
};

/*
 * Applies one write; if it fails, undoes what it did and nothing else. Gives a failure only if the
 * transaction is lost with it.
 */
static enum store_result writer_apply(struct store *store, struct store_write *write)
{
    enum store_result result = connection_run(&store->writer, STATEMENT_SAVE_POINT);
    if (result != STORE_OK)
        return result;
    store->numbering = numberings_use(&store->numberings, write->namespace_id);
    if (write->counter_used > store->numbering->counter_used)
        store->numbering->counter_used = write->counter_used;
    write->result = write_apply(store, write);
    /* On a full disk, for one, SQLite may end the whole transaction by itself. */
    if (sqlite3_get_autocommit(store->writer.db))
        return write->result != STORE_OK ? write->result : STORE_FAILED;
    if (write->result != STORE_OK)
        result = connection_run(&store->writer, STATEMENT_UNDO);
    if (result == STORE_OK)
        result = connection_run(&store->writer, STATEMENT_RELEASE);
    return result;
}

/* Whether a write may add rows or lengthen them. The end of a training does so by a few bytes, but
 * who is out of room must be able to cancel. */
static bool writer_can_grow(enum store_write_kind kind)
{
    static const bool can_grow[] = {
        [STORE_CREATE_MODEL] = true,
        [STORE_PATCH_MODEL] = true,
        [STORE_DELETE_MODEL] = false,
        [STORE_END_TRAINING] = false,
        [STORE_CREATE_OPERATION] = true,
        [STORE_DELETE_OPERATION] = false,
        [STORE_CREATE_PERMISSION] = true,
        [STORE_PATCH_PERMISSION] = false,
        [STORE_DELETE_PERMISSION] = false,
        [STORE_TRANSFER_OWNERSHIP] = true,
    };
    return can_grow[kind];
}

/* See room_cover. */
static enum store_result writer_cover(
    struct store *store, const struct store_write *first, const struct store_write *end)
{
    bool is_growing = false;
    int freed_count = 0;
    for (const struct store_write *write = first; write != end; write = write->next) {
        bool is_done = write->result == STORE_OK;
        is_growing = is_growing || (is_done && writer_can_grow(write->kind));
        freed_count += is_done && write->kind == STORE_DELETE_MODEL;
    }
    return room_cover(&store->room, is_growing, freed_count);
}

static enum store_result writer_run_transaction(
    struct store *store, struct store_write *first, const struct store_write *end)
{
    enum store_result result = connection_run(&store->writer, STATEMENT_BEGIN_WRITE);
    for (struct store_write *write = first; result == STORE_OK && write != end; write = write->next)
        result = writer_apply(store, write);
    if (result == STORE_OK)
        result = numberings_save(&store->numberings, &store->writer);
    if (result == STORE_OK)
        result = writer_cover(store, first, end);
    if (result == STORE_OK)
        result = connection_run(&store->writer, STATEMENT_COMMIT);
    if (!sqlite3_get_autocommit(store->writer.db))
        connection_run(&store->writer, STATEMENT_ROLLBACK);
    numberings_end(&store->numberings, result == STORE_OK);
    if (result == STORE_OK)
        atomic_fetch_add(&store->generation, 1);
    return result;
}

/* Commits the writes from `first` to before `end` in one transaction; on failure none of them. */
static enum store_result writer_commit(
    struct store *store, struct store_write *first, const struct store_write *end)
{
    enum store_result result = writer_run_transaction(store, first, end);
    /* Now that the next snapshots will be of this commit. */
    reader_hold_all(store, false);
    return result;
}

static void writer_end_snapshots(struct store *store)
{
    for (int i = 0; i < store->reader_count; i++) {
        struct store_reader *reader = &store->readers[i];
        reader_lock(reader);
        reader_end_snapshot(reader);
        reader_unlock(reader);
    }
}

/* See the top of the file. */
static void writer_checkpoint(struct store *store)
{
    /* Another program's snapshot may be in the way; then the next checkpoint gets further. */
    sqlite3 *db = store->writer.db;
    sqlite3_busy_timeout(db, 0);
    writer_end_snapshots(store);
    int code = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    writer_end_snapshots(store);
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
        connection_result(&store->writer, code, "checkpoint");
    sqlite3_busy_timeout(db, CONNECTION_BUSY_MS);
    store->checkpoint_pages = store->wal_pages + WRITER_CHECKPOINT_PAGES;
    room_note_checkpoint(&store->room);
}

/* A commit that changes nothing: after a checkpoint it begins the WAL anew, and SQLite then cuts
 * it. */
static void writer_restart_wal(struct store *store)
{
    room_limit_wal(&store->room, true);
    enum store_result result = connection_run(&store->writer, STATEMENT_BEGIN_WRITE);
    if (result == STORE_OK)
        result = connection_run(&store->writer, STATEMENT_TOUCH);
    if (result == STORE_OK)
        connection_run(&store->writer, STATEMENT_COMMIT);
    if (!sqlite3_get_autocommit(store->writer.db))
        connection_run(&store->writer, STATEMENT_ROLLBACK);
    room_limit_wal(&store->room, false);
    writer_checkpoint(store);
}

/* No write came for a while: the file is made complete, for whoever copies it and since look-ups in
 * it alone are faster, and the WAL gives back what it holds beyond its share. */
static void writer_tidy(struct store *store)
{
    writer_checkpoint(store);
    if (room_is_wal_too_long(&store->room))
        writer_restart_wal(store);
    room_hold_wal(&store->room);
    store->is_idle_checkpoint_due = false;
}

/* Gives back what failing commits have taken, and has the WAL start anew: its room, which is set
 * aside, is enough for any one delete. */
static void writer_make_room(struct store *store)
{
    writer_checkpoint(store);
    if (room_is_wal_too_long(&store->room))
        writer_restart_wal(store);
    room_give_back(&store->room);
    room_hold_wal(&store->room);
    store->is_wal_used = false;
}

/* Commits one write of a batch that failed; where there was no room, twice. */
static enum store_result writer_commit_alone(struct store *store, struct store_write *write)
{
    enum store_result result = writer_commit(store, write, write->next);
    if (result != STORE_FULL || !store->is_wal_used)
        return result;
    writer_make_room(store);
    return writer_commit(store, write, write->next);
}

/*
 * False if the file's names lead elsewhere. As soon as that is found, what the WAL holds is copied
 * into the file, so that one that was moved away is whole; and since the names may be another
 * process's by now, the end of this one must not remove them.
 */
static bool writer_look(struct store *store)
{
    bool was_gone = store->watch.is_gone;
    bool is_gone = !file_watch_is_sound(&store->watch);
    if (is_gone == was_gone)
        return !is_gone;
    if (is_gone)
        writer_checkpoint(store);
    int code = sqlite3_db_config(
        store->writer.db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, (int)is_gone, (int *)NULL);
    assert(code == SQLITE_OK);
    return !is_gone;
}

/* Commits all, each alone if they cannot be committed together: a write that fills the disk must
 * not take the others with it. A lock of somebody else's is not waited for again. */
static void writer_commit_batch(struct store *store, struct store_write *first)
{
    enum store_result batch_result =
        writer_look(store) ? writer_commit(store, first, NULL) : STORE_GONE;
    if (batch_result == STORE_OK)
        return;
    bool is_full = batch_result == STORE_FULL;
    bool is_tried_again =
        is_full || (first->next && batch_result != STORE_BUSY && batch_result != STORE_GONE);
    if (is_full) {
        writer_make_room(store);
        /* Pages that a delete frees need not be written, if they have not been before its end. */
        sqlite3_exec(store->writer.db, "PRAGMA cache_spill = OFF", NULL, NULL, NULL);
    }
    for (struct store_write *write = first; write; write = write->next) {
        enum store_result result =
            is_tried_again ? writer_commit_alone(store, write) : batch_result;
        if (result != STORE_OK)
            write->result = result;
    }
    if (is_full)
        sqlite3_exec(store->writer.db, "PRAGMA cache_spill = ON", NULL, NULL, NULL);
}

static void writer_call_done(struct store_write *first)
{
    while (first) {
        struct store_write *write = first;
        first = write->next; /* the caller may free the write as soon as it is done */
        write->done(write);
    }
}

/* Called by SQLite after each commit. */
static int writer_note_wal_pages(void *context, sqlite3 *db, const char *name, int page_count)
{
    (void)db;
    (void)name;
    struct store *store = context;
    if (page_count < store->wal_pages) /* the WAL began anew */
        store->checkpoint_pages = WRITER_CHECKPOINT_PAGES;
    store->wal_pages = page_count;
    store->is_wal_used = true;
    store->is_idle_checkpoint_due = true;
    return SQLITE_OK;
}

/* Waits until the time has come to tidy up or to look at the file's names, or something woke us.
 * True if it is time. */
static bool writer_wait(struct store *store)
{
    if (!store->is_idle_checkpoint_due && !store->watch.names[0]) {
        pthread_cond_wait(&store->wake, &store->mutex);
        return false;
    }
    int64_t wait_ms = store->is_idle_checkpoint_due ? WRITER_IDLE_MS : WRITER_LOOK_MS;
    int64_t until_ns = clock_monotonic_ns() + wait_ms * NS_PER_MS;
    return !clock_wait_until(&store->wake, &store->mutex, until_ns);
}

static void *writer_main(void *context)
{
    struct store *store = context;
    room_hold_wal(&store->room);
    pthread_mutex_lock(&store->mutex);
    while (store->queue_first || !store->is_closing) {
        struct store_write *first = store->queue_first;
        bool is_idle = !first && writer_wait(store) && !store->queue_first;
        if (!first && !is_idle)
            continue;
        if (first)
            store->queue_first = store->queue_last = NULL;
        pthread_mutex_unlock(&store->mutex);
        if (first) {
            writer_commit_batch(store, first);
            writer_call_done(first);
        }
        if (is_idle)
            writer_look(store);
        if (is_idle && store->is_idle_checkpoint_due)
            writer_tidy(store);
        else if (!is_idle && store->wal_pages >= store->checkpoint_pages)
            writer_checkpoint(store);
        pthread_mutex_lock(&store->mutex);
    }
    pthread_mutex_unlock(&store->mutex);
    return NULL;
}

bool writer_start(struct store *store)
{
    store->wal_pages = 0;
    store->checkpoint_pages = WRITER_CHECKPOINT_PAGES;
    /* Takes the place of SQLite's own checkpoints, which come in the middle of a commit. */
    sqlite3_wal_hook(store->writer.db, writer_note_wal_pages, store);
    store->is_thread_running = pthread_create(&store->thread, NULL, writer_main, store) == 0;
    return store->is_thread_running;
}

void writer_stop(struct store *store)
{
    if (!store->is_thread_running)
        return;
    pthread_mutex_lock(&store->mutex);
    store->is_closing = true;
    pthread_cond_signal(&store->wake);
    pthread_mutex_unlock(&store->mutex);
    pthread_join(store->thread, NULL);
    store->is_thread_running = false;
}

void store_submit(struct store *store, struct store_write *write)
{
    write->next = NULL;
    pthread_mutex_lock(&store->mutex);
    assert(!store->is_closing);
    bool is_first = !store->queue_first;
    if (is_first)
        store->queue_first = write;
    else
        store->queue_last->next = write;
    store->queue_last = write;
    pthread_mutex_unlock(&store->mutex);
    if (is_first)
        pthread_cond_signal(&store->wake);
}

struct waiter {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    bool is_done;
};

static void waiter_done(struct store_write *write)
{
    struct waiter *waiter = write->context;
    pthread_mutex_lock(&waiter->mutex);
    waiter->is_done = true;
    pthread_cond_signal(&waiter->cond);
    pthread_mutex_unlock(&waiter->mutex);
}

enum store_result store_write_and_wait(struct store *store, struct store_write *write)
{
    struct waiter waiter = {
        .mutex = PTHREAD_MUTEX_INITIALIZER,
        .cond = PTHREAD_COND_INITIALIZER,
    };
    write->done = waiter_done;
    /* cppcheck-suppress autoVariables; it is not looked at after `done`, for which this waits */
    write->context = &waiter;
    store_submit(store, write);
    pthread_mutex_lock(&waiter.mutex);
    while (!waiter.is_done)
        pthread_cond_wait(&waiter.cond, &waiter.mutex);
    pthread_mutex_unlock(&waiter.mutex);
    pthread_cond_destroy(&waiter.cond);
    pthread_mutex_destroy(&waiter.mutex);
    return write->result;
}

int64_t store_next_counter(struct store *store, int64_t namespace_id)
{
    return numberings_next_counter(&store->numberings, namespace_id);
}
