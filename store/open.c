#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "store/database_file.h"
#include "store/internal.h"
#include "store/migrate.h"
#include "store/numbering_read.h"
#include "store/private_folder.h"

/* What is open, and how. */
struct opening {
    const char *path;
    bool is_private; /* in memory, for this process alone */
    bool is_new;     /* its tables were made just now */
    store_model_check *check_model;
    struct arena *arena;
    struct text *ret_message;
};

/* Always false, so that it can be returned. */
static bool opening_fail(
    const struct opening *opening, const struct connection *connection, int code)
{
    if (connection_is_out_of_space(code)) {
        *opening->ret_message = arena_printf(opening->arena,
            "%s cannot grow, no space is left (%s); make room or choose another file",
            opening->path, connection_error(connection, code));
        return false;
    }
    switch (code & 0xff) {
    case SQLITE_MISMATCH:
        *opening->ret_message = arena_printf(opening->arena,
            "%s was written by a newer tunemock than this one; use that or choose another file",
            opening->path);
        break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        *opening->ret_message = arena_printf(opening->arena,
            "%s is damaged (%s); restore a copy or choose another file", opening->path,
            connection_error(connection, code));
        break;
    case SQLITE_BUSY:
        *opening->ret_message = arena_printf(opening->arena,
            "%s is locked by another program; end that or choose another file", opening->path);
        break;
    case SQLITE_READONLY:
        *opening->ret_message = arena_printf(opening->arena,
            "%s cannot be written; make it and its folder writable or choose another file",
            opening->path);
        break;
    default:
        *opening->ret_message = arena_printf(opening->arena, "cannot open %s: %s (SQLite code %d)",
            opening->path, connection_error(connection, code), code);
        break;
    }
    return false;
}

/* True if SQLite opened the file that we hold: the name may have been given to another between. */
static bool opening_is_held(
    const struct opening *opening, const struct store *store, const struct connection *connection)
{
    int has_moved = 1;
    int code = sqlite3_file_control(connection->db, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
    if (code == SQLITE_OK && !has_moved && database_file_is_at(store->database, opening->path))
        return true;
    *opening->ret_message =
        arena_printf(opening->arena, "%s was replaced just now; start again", opening->path);
    return false;
}

static int opening_set_up_writer(struct opening *opening, struct connection *writer)
{
    int code = SQLITE_OK;
    if (sqlite3_db_readonly(writer->db, "main") == 1)
        return SQLITE_READONLY;
    /* Until the version is known to be ours, not even a WAL that was left may be copied into the
     * file by closing it. */
    code = sqlite3_db_config(writer->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(writer->db,
            opening->is_private ? "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY"
                                : "PRAGMA synchronous = FULL",
            NULL, NULL, NULL);
    /* A new file gets its tables before its WAL: otherwise a crash right here would leave a file
     * whose own bytes do not show that it is ours. */
    if (code == SQLITE_OK)
        code = migrate_forward(writer, &opening->is_new);
    if (code == SQLITE_OK)
        code = sqlite3_exec(writer->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_db_config(
            writer->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, (int)opening->is_private, (int *)NULL);
    if (code == SQLITE_OK)
        code = connection_prepare_ends(writer);
    if (code == SQLITE_OK && !opening->is_new)
        code = connection_prepare(writer, STATEMENT_FOR_WRITER);
    return code;
}

/* Holds the WAL, which SQLite has made by now if it was not there, and looks what room there is. */
static bool opening_set_room_aside(const struct opening *opening, struct store *store)
{
    const char *wal_path = arena_printf(opening->arena, "%s-wal", opening->path).bytes;
    if (store->wal >= 0 && !database_file_is_at(store->wal, wal_path)) {
        close(store->wal);
        store->wal = -1;
    }
    if (store->wal < 0 &&
        !database_file_hold_wal(wal_path, &store->wal, opening->arena, opening->ret_message))
        return false;
    if (room_open(&store->room, &store->writer, store->database, store->wal) != STORE_OK)
        return opening_fail(opening, &store->writer, sqlite3_extended_errcode(store->writer.db));
    return true;
}

static bool opening_connect_writer(struct opening *opening, struct store *store)
{
    struct connection *writer = &store->writer;
    int code = connection_open(writer, opening->path, CONNECTION_WRITES);
    if (code != SQLITE_OK)
        return opening_fail(opening, writer, code);
    if (!opening_is_held(opening, store, writer))
        return false;
    code = opening_set_up_writer(opening, writer);
    if (code != SQLITE_OK)
        return opening_fail(opening, writer, code);
    writer->check_model = opening->check_model;
    code = numberings_read(&store->numberings, writer, opening->is_new);
    if (code != SQLITE_OK)
        return opening_fail(opening, writer, code);
    return opening_set_room_aside(opening, store);
}

static bool opening_connect(struct opening *opening, struct store *store)
{
    if (!opening_connect_writer(opening, store))
        return false;
    for (int i = 0; i < store->reader_count; i++) {
        struct connection *connection = &store->readers[i].connection;
        int code = connection_open(connection, opening->path, CONNECTION_READS);
        if (code == SQLITE_OK && !opening_is_held(opening, store, connection))
            return false;
        if (code == SQLITE_OK)
            code = connection_prepare_ends(connection);
        /* What fits for one, fits for all: they see the same tables. */
        if (code == SQLITE_OK && !opening->is_new && i == 0)
            code = connection_prepare(connection, STATEMENT_FOR_READERS);
        if (code != SQLITE_OK)
            return opening_fail(opening, connection, code);
        connection->check_model = opening->check_model;
    }
    return true;
}

/* Always true, for opening_file's last step. */
static bool opening_watch(const struct opening *opening, struct store *store)
{
    file_watch_start(&store->watch, opening->path, store->database, store->wal);
    return true;
}

static bool opening_file(struct opening *opening, struct store *store)
{
    struct arena *arena = opening->arena;
    opening->path = database_file_resolve(opening->path, arena, opening->ret_message);
    if (!opening->path)
        return false;
    store->place = memory_copy_text(opening->path);
    store->is_file = true;
    const char *wal_path = arena_printf(arena, "%s-wal", opening->path).bytes;
    return database_file_check(opening->path, arena, opening->ret_message) &&
           lock_file_take(&store->lock, opening->path, arena, opening->ret_message) &&
           database_file_hold(opening->path, &store->database, arena, opening->ret_message) &&
           database_file_hold_wal(wal_path, &store->wal, arena, opening->ret_message) &&
           opening_connect(opening, store) && opening_watch(opening, store);
}

/* A private file whose names are gone as soon as all connections are open, and whose bytes are gone
 * with the process. SQLite's own databases in memory do not allow held snapshots. */
static bool opening_private(struct opening *opening, struct store *store)
{
    struct private_folder folder;
    if (!private_folder_make(&folder, opening->arena, opening->ret_message))
        return false;
    opening->is_private = true;
    opening->path = arena_printf(opening->arena, "%s/" PRIVATE_FOLDER_FILE, folder.path).bytes;
    bool is_open =
        database_file_hold(opening->path, &store->database, opening->arena, opening->ret_message) &&
        opening_connect(opening, store);
    store->place = memory_copy_text(folder.parent);
    private_folder_remove(&folder);
    return is_open;
}

static struct store *store_make(int reader_count)
{
    struct store *store = memory_alloc_zeroed(1, sizeof(*store));
    store->lock = (struct lock_file)LOCK_FILE_INIT;
    store->watch = (struct file_watch)FILE_WATCH_INIT;
    store->database = store->wal = -1;
    buf_init(&store->facts);
    numberings_init(&store->numberings);
    store->reader_count = reader_count;
    store->readers = memory_alloc_zeroed((size_t)reader_count, sizeof(*store->readers));
    for (int i = 0; i < reader_count; i++) {
        store->readers[i].store = store;
        store->readers[i].kept.bytes_max = KEPT_ROWS_BYTES_MAX / (size_t)reader_count;
        pthread_mutex_init(&store->readers[i].mutex, NULL);
        pthread_cond_init(&store->readers[i].released, NULL);
        pthread_mutex_init(&store->readers[i].turn, NULL);
    }
    pthread_mutex_init(&store->mutex, NULL);
    clock_init_condition(&store->wake);
    return store;
}

const char *store_place(const struct store *store)
{
    return store->place;
}

struct store *store_open(
    const struct store_options *options, struct arena *arena, struct text *ret_message)
{
    assert(options->reader_count >= 1);
    connection_configure();
    struct store *store = store_make(options->reader_count);
    struct opening opening = {
        .path = options->path,
        .check_model = options->check_model,
        .arena = arena,
        .ret_message = ret_message,
    };
    bool is_open = opening.path ? opening_file(&opening, store) : opening_private(&opening, store);
    if (is_open && !writer_start(store)) {
        *ret_message = TEXT("cannot start the store's thread: too many threads");
        is_open = false;
    }
    store->is_open = is_open;
    if (is_open) {
        namespaces_drop_hidden(store);
        return store;
    }
    store_close(store);
    return NULL;
}

/* Says what SQLite may do with the files when it closes the last connection to them. */
static void store_prepare_end(struct store *store)
{
    if (!store->is_open || !store->is_file)
        return;
    sqlite3 *db = store->writer.db;
    if (!database_file_is_at(store->database, store->place)) {
        /* What has our files' names now is not ours to remove. */
        sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
    } else if (room_is_scarce(&store->room)) {
        /* The next start could not make it again. */
        int is_kept = 1;
        sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &is_kept);
    }
}

/* After SQLite's last connection is closed: see database_file.h. */
static void store_let_go(struct store *store)
{
    if (store->wal >= 0)
        close(store->wal);
    if (store->database >= 0)
        close(store->database);
    lock_file_release(&store->lock);
}

void store_close(struct store *store)
{
    if (!store)
        return;
    writer_stop(store);
    store_prepare_end(store);
    for (int i = 0; i < store->reader_count; i++) {
        reader_end_snapshot(&store->readers[i]);
        connection_close(&store->readers[i].connection);
        kept_rows_release(&store->readers[i].kept);
        pthread_mutex_destroy(&store->readers[i].mutex);
        pthread_cond_destroy(&store->readers[i].released);
        pthread_mutex_destroy(&store->readers[i].turn);
    }
    /* Last, since the last connection to a file copies the WAL into it. */
    connection_close(&store->writer);
    file_watch_stop(&store->watch);
    store_let_go(store);
    pthread_cond_destroy(&store->wake);
    pthread_mutex_destroy(&store->mutex);
    buf_release(&store->facts);
    numberings_release(&store->numberings);
    free(store->readers);
    free(store->place);
    free(store);
}
