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
    /* What a WAL grows to under load stays; what a batch made of it beyond this does not. */
    WRITER_BATCH_WAL_PAGES = 2 * WRITER_CHECKPOINT_PAGES,
    /* Once no write came for this long, writer_tidy. */
    WRITER_IDLE_MS = 250,
    /* How long it can take until it is said that the file is gone when nobody writes. */
    WRITER_LOOK_MS = 2000
};

/* Whether a write may add rows or lengthen them. The end of a training does so by a few bytes, but
 * who is out of room must be able to cancel. */
static bool writer_can_grow(const struct store_write *write)
{
    static const bool can_grow[] = {
        [STORE_CREATE_MODEL] = true,
        [STORE_PATCH_MODEL] = true,
        [STORE_DELETE_MODEL] = false,
        [STORE_CHANGE_TRAINING] = true,
        [STORE_CREATE_OPERATION] = true,
        [STORE_DELETE_OPERATION] = false,
        [STORE_CREATE_PERMISSION] = true,
        [STORE_PATCH_PERMISSION] = false,
        [STORE_DELETE_PERMISSION] = false,
        [STORE_TRANSFER_OWNERSHIP] = true,
        [STORE_CLEAR_NAMESPACE] = false,
        [STORE_DROP_NAMESPACE] = false,
        [STORE_COPY_NAMESPACE] = true,
    };
    bool is_end = write->kind == STORE_CHANGE_TRAINING && write->model.end != 0;
    return can_grow[write->kind] && !is_end;
}

/* Applies one write. Gives a failure only if the transaction is lost with it. */
static enum store_result writer_apply(struct store *store, struct store_write *write)
{
    store->numbering = numberings_use(&store->numberings, write->namespace_id);
    bool is_void = write->is_void && atomic_load(write->is_void);
    write->result = is_void ? STORE_VOID : write_apply(store, write);
    numbering_carry(store->numbering, write->counter_used);
    /* On a full disk, for one, SQLite may end the whole transaction by itself. */
    if (sqlite3_get_autocommit(store->writer.db))
        return write->result != STORE_OK ? write->result : STORE_FAILED;
    if (write->result != STORE_OK)
        return STORE_OK;
    store->is_growing |= writer_can_grow(write);
    store->numbering->models_added += store->models_added - store->models_deleted;
    store->numbering->jobs_added += store->jobs_added;
    store->freed_count += store->models_deleted;
    return STORE_OK;
}

/* Applies one write of many; if it fails, undoes what it did and nothing else. */
static enum store_result writer_apply_alone(struct store *store, struct store_write *write)
{
    enum store_result result = connection_run(&store->writer, STATEMENT_SAVE_POINT);
    if (result == STORE_OK)
        result = writer_apply(store, write);
    if (result == STORE_OK && write->result != STORE_OK)
        result = connection_run(&store->writer, STATEMENT_UNDO);
    if (result == STORE_OK)
        result = connection_run(&store->writer, STATEMENT_RELEASE);
    return result;
}

/* Looks whether another program (a person with the sqlite3 shell) has written to the file. */
static enum store_result writer_notice_others(struct store *store)
{
    struct query query;
    query_start(&query, &store->writer, STATEMENT_DATA_VERSION);
    int64_t data_version = query_step(&query) ? query_read_int64(&query) : store->data_version;
    store->have_others_written |= data_version != store->data_version;
    store->data_version = data_version;
    return query_end(&query);
}

static enum store_result writer_begin(struct store *store)
{
    store->is_growing = false;
    store->freed_count = 0;
    /* Without memory not even the end of the last one may have worked. */
    if (!sqlite3_get_autocommit(store->writer.db))
        connection_run(&store->writer, STATEMENT_ROLLBACK);
    enum store_result result = connection_run(&store->writer, STATEMENT_BEGIN_WRITE);
    return result == STORE_OK ? writer_notice_others(store) : result;
}

/* Commits. What it changes is out of the readers' hands before anybody can see it changed, and
 * until the generation has grown; see row_versions.h. */
static enum store_result writer_commit_rows(struct store *store)
{
    if (store->have_others_written)
        row_versions_touch_all(&store->row_versions);
    row_versions_begin(&store->row_versions);
    enum store_result result = connection_run(&store->writer, STATEMENT_COMMIT);
    if (result == STORE_OK)
        store->have_others_written = false;
    return result;
}

/* Commits what was applied if that went well, and otherwise rolls it back. The readers that are
 * held are so still, whose next snapshots will be of this commit. */
static enum store_result writer_end(struct store *store, enum store_result result)
{
    if (result == STORE_OK)
        result = numberings_save(&store->numberings, &store->writer);
    if (result == STORE_OK)
        result = room_cover(&store->room, store->is_growing, store->freed_count);
    if (result == STORE_OK)
        result = writer_commit_rows(store);
    if (!sqlite3_get_autocommit(store->writer.db))
        connection_run(&store->writer, STATEMENT_ROLLBACK);
    numberings_end(&store->numberings, result == STORE_OK);
    if (result == STORE_OK)
        atomic_fetch_add(&store->generation, 1);
    row_versions_end(&store->row_versions);
    return result;
}

/* Commits the writes from `first` to before `end` in one transaction; on failure none of them. */
static enum store_result writer_commit(
    struct store *store, struct store_write *first, const struct store_write *end)
{
    enum store_result result = writer_begin(store);
    for (struct store_write *write = first; result == STORE_OK && write != end; write = write->next)
        result = writer_apply_alone(store, write);
    result = writer_end(store, result);
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

/* Commits one write of a group that failed; where there was no room, twice. */
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

/* Pages that a delete frees need not be written, if they have not been before its end: where there
 * is no room for them they stay in memory. */
static void writer_allow_spill(struct store *store, bool is_allowed)
{
    sqlite3_exec(store->writer.db,
        is_allowed ? "PRAGMA cache_spill = ON" : "PRAGMA cache_spill = OFF", NULL, NULL, NULL);
}

/* Commits all, each alone if they cannot be committed together: a write that fills the disk must
 * not take the others with it. A lock of somebody else's is not waited for again. */
static void writer_commit_group(struct store *store, struct store_write *first)
{
    enum store_result group_result =
        writer_look(store) ? writer_commit(store, first, NULL) : STORE_GONE;
    if (group_result == STORE_OK)
        return;
    bool is_full = group_result == STORE_FULL;
    bool is_tried_again =
        is_full || (first->next && group_result != STORE_BUSY && group_result != STORE_GONE);
    if (is_full) {
        writer_make_room(store);
        writer_allow_spill(store, false);
    }
    for (struct store_write *write = first; write; write = write->next) {
        enum store_result result =
            is_tried_again ? writer_commit_alone(store, write) : group_result;
        if (result != STORE_OK)
            write->result = result;
    }
    if (is_full)
        writer_allow_spill(store, true);
}

static void writer_call_done(struct store *store, struct store_write *first)
{
    while (first) {
        struct store_write *write = first;
        first = write->next; /* the caller may free the write as soon as it is done */
        atomic_fetch_sub(&store->queue_count, 1);
        store_is_outside = true;
        write->done(write);
        store_is_outside = false;
    }
}

/* Before anything of it is written. */
static void writer_reset_batch(struct store_batch *batch)
{
    for (struct store_write *write = batch->first; write; write = write->next)
        write->result = STORE_NOT_WRITTEN;
}

/* Commits the writes of a batch, or none of them. */
static enum store_result writer_run_batch(struct store *store, struct store_batch *batch)
{
    enum store_result result = writer_begin(store);
    for (struct store_write *write = batch->first; result == STORE_OK && write;
         write = write->next) {
        assert(!write->condition.holds || write->kind != STORE_CHANGE_TRAINING);
        result = writer_apply(store, write);
        if (result == STORE_OK)
            result = write->result;
        if (result == STORE_OK && atomic_load(&store->has_given_up))
            result = STORE_GIVEN_UP;
    }
    if (result == STORE_OK && batch->settle)
        reader_hold_all(store, true);
    result = writer_end(store, result);
    for (struct store_write *write = batch->first; result != STORE_OK && write; write = write->next)
        if (write->result == STORE_OK)
            write->result = STORE_NOT_WRITTEN;
    return result;
}

static bool writer_prepare_batch(struct store_batch *batch)
{
    store_is_outside = true;
    bool is_good = !batch->prepare || batch->prepare(batch);
    store_is_outside = false;
    return is_good;
}

/* Where there was no room, twice: like a group's writes, but all of them together. */
static enum store_result writer_commit_batch(struct store *store, struct store_batch *batch)
{
    if (atomic_load(&store->has_given_up))
        return STORE_GIVEN_UP;
    if (!writer_look(store))
        return STORE_GONE;
    bool is_prepared = writer_prepare_batch(batch);
    writer_reset_batch(batch);
    if (!is_prepared)
        return STORE_REFUSED;
    enum store_result result = writer_run_batch(store, batch);
    if (result != STORE_FULL)
        return result;
    bool is_freeing = store->freed_count > 0;
    writer_make_room(store);
    writer_reset_batch(batch);
    if (is_freeing)
        writer_allow_spill(store, false);
    result = writer_run_batch(store, batch);
    if (is_freeing)
        writer_allow_spill(store, true);
    return result;
}

/* A large batch, also one that was undone, leaves a WAL of its own size. */
static void writer_clean_up_batch(struct store *store)
{
    if (room_measure_wal(&store->room) <= (int64_t)WRITER_BATCH_WAL_PAGES * store->room.page_bytes)
        return;
    writer_checkpoint(store);
    writer_restart_wal(store);
}

static void writer_do_batch(struct store *store, struct store_batch *batch)
{
    writer_reset_batch(batch);
    batch->result = writer_commit_batch(store, batch);
    store_is_outside = true;
    if (batch->settle)
        batch->settle(batch);
    store_is_outside = false;
    reader_hold_all(store, false);
    atomic_fetch_sub(&store->queue_count, 1);
    store_is_outside = true;
    batch->done(batch);
    store_is_outside = false;
    writer_clean_up_batch(store);
}

/* Cuts the queue behind its first batch, or before it if there are writes, and gives the rest. */
static struct store_write *writer_cut(struct store_write *first)
{
    struct store_write *last = first;
    while (!first->batch && last->next && !last->next->batch)
        last = last->next;
    struct store_write *rest = last->next;
    last->next = NULL;
    return rest;
}

/* Does all that was queued, in its order: writes together, each batch for itself. */
static void writer_do(struct store *store, struct store_write *first)
{
    while (first) {
        struct store_write *rest = writer_cut(first);
        if (first->batch) {
            writer_do_batch(store, first->batch);
        } else {
            writer_commit_group(store, first);
            writer_call_done(store, first);
        }
        first = rest;
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
        if (first)
            writer_do(store, first);
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
    writer_notice_others(store);
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

static void writer_queue(struct store *store, struct store_write *write)
{
    assert(!store_is_outside);
    write->next = NULL;
    atomic_fetch_add(&store->queue_count, 1);
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

void store_submit(struct store *store, struct store_write *write)
{
    write->batch = NULL;
    writer_queue(store, write);
}

void store_batch_add(struct store_batch *batch, struct store_write *write)
{
    write->next = NULL;
    if (batch->last)
        batch->last->next = write;
    else
        batch->first = write;
    batch->last = write;
}

void store_submit_batch(struct store *store, struct store_batch *batch)
{
    batch->place.batch = batch;
    writer_queue(store, &batch->place);
}

void store_give_up(struct store *store)
{
    atomic_store(&store->has_given_up, true);
}

struct waiter {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    bool is_done;
};

#define WAITER_INIT                                                                                \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false                                 \
    }

static void waiter_wake(struct waiter *waiter)
{
    pthread_mutex_lock(&waiter->mutex);
    waiter->is_done = true;
    pthread_cond_signal(&waiter->cond);
    pthread_mutex_unlock(&waiter->mutex);
}

static void waiter_wait(struct waiter *waiter)
{
    pthread_mutex_lock(&waiter->mutex);
    while (!waiter->is_done)
        pthread_cond_wait(&waiter->cond, &waiter->mutex);
    pthread_mutex_unlock(&waiter->mutex);
    pthread_cond_destroy(&waiter->cond);
    pthread_mutex_destroy(&waiter->mutex);
}

static void waiter_write_done(struct store_write *write)
{
    waiter_wake(write->context);
}

static void waiter_batch_done(struct store_batch *batch)
{
    waiter_wake(batch->context);
}

enum store_result store_write_and_wait(struct store *store, struct store_write *write)
{
    struct waiter waiter = WAITER_INIT;
    write->done = waiter_write_done;
    /* cppcheck-suppress autoVariables; it is not looked at after `done`, for which this waits */
    write->context = &waiter;
    store_submit(store, write);
    waiter_wait(&waiter);
    return write->result;
}

enum store_result store_batch_and_wait(struct store *store, struct store_batch *batch)
{
    struct waiter waiter = WAITER_INIT;
    batch->done = waiter_batch_done;
    /* cppcheck-suppress autoVariables; it is not looked at after `done`, for which this waits */
    batch->context = &waiter;
    store_submit_batch(store, batch);
    waiter_wait(&waiter);
    return batch->result;
}
