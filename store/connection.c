#include "store/connection.h"

#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include "base/array.h"
#include "base/log.h"
#include "base/memory.h"

enum {
    /* Pages of the file are read through the map; the cache holds what the WAL has. A reader with a
     * map gains nothing from more; the writer keeps the upper pages of its indexes. */
    CONNECTION_READER_CACHE_KIB = 512,
    CONNECTION_WRITER_CACHE_KIB = 2048
};

enum {
    /* A damaged file can send a query around in circles without a row to show for it. After some
     * seconds, which is far beyond a look at a million models, it ends as interrupted. */
    CONNECTION_TURN_STEPS = 1000000,
    CONNECTION_TURNS_MAX = 500
};

/* Address space, not memory: a million models fit. */
#define CONNECTION_MAP_BYTES ((sqlite3_int64)1 << 30)
/* Where that is limited, each connection has this part of it: every one maps the same file. What is
 * not mapped is read. */
enum { CONNECTION_MAP_PART = 64 };
/* A map costs about as much as so many queries gain by it. */
enum { CONNECTION_UNMAPPED_QUERIES = 64 };

static sqlite3_int64 connection_map_bytes(void)
{
    size_t part_bytes = memory_limit_bytes() / CONNECTION_MAP_PART;
    return part_bytes < CONNECTION_MAP_BYTES ? (sqlite3_int64)part_bytes : CONNECTION_MAP_BYTES;
}

static void connection_configure_once(void)
{
    /* Each connection is used by one thread at a time, and SQLite's statistics would cost a mutex
     * that all threads share. Undo information of a save point stays in memory, since a temporary
     * file would lie outside of the folder that was asked for. */
    int code = sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    assert(code == SQLITE_OK);
    code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    assert(code == SQLITE_OK);
    code = sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, -1);
    assert(code == SQLITE_OK);
    code = sqlite3_config(SQLITE_CONFIG_MMAP_SIZE, connection_map_bytes(), CONNECTION_MAP_BYTES);
    assert(code == SQLITE_OK);
}

void connection_configure(void)
{
    /* SQLite's settings are global to the process, hence this once. */
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, connection_configure_once);
}

static int connection_set_up(sqlite3 *db, enum connection_use use)
{
    static const struct {
        int option, value;
    } settings[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
        {SQLITE_DBCONFIG_DQS_DDL, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(settings); i++) {
        int code = sqlite3_db_config(db, settings[i].option, settings[i].value, (int *)NULL);
        if (code != SQLITE_OK)
            return code;
    }
    int code = sqlite3_busy_timeout(db, CONNECTION_BUSY_MS);
    if (code != SQLITE_OK)
        return code;
    /* Looking at all cells of a page whenever it is read costs a reader a quarter of a look-up;
     * what the writer makes of a damaged page is written. */
    bool is_writer = use == CONNECTION_WRITES;
    char pragmas[160];
    sqlite3_snprintf(sizeof(pragmas), pragmas,
        "PRAGMA cache_size = -%d; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = OFF;"
        " PRAGMA cell_size_check = %d",
        is_writer ? CONNECTION_WRITER_CACHE_KIB : CONNECTION_READER_CACHE_KIB, is_writer);
    return sqlite3_exec(db, pragmas, NULL, NULL, NULL);
}

/* Called by SQLite after every so many steps of its machine; ends the query if it gives non-zero.
 */
static int connection_count_turn(void *context)
{
    struct connection *connection = context;
    return ++connection->turn_count > CONNECTION_TURNS_MAX;
}

int connection_open(struct connection *connection, const char *path, enum connection_use use)
{
    memset(connection, 0, sizeof(*connection));
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE;
    flags |= use == CONNECTION_WRITES ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                      : SQLITE_OPEN_READONLY;
    int code = sqlite3_open_v2(path, &connection->db, flags, NULL);
    if (code == SQLITE_OK)
        code = connection_set_up(connection->db, use);
    if (code == SQLITE_OK)
        sqlite3_progress_handler(
            connection->db, CONNECTION_TURN_STEPS, connection_count_turn, connection);
    return code;
}

/* If SQLite does not heed it, pages are read in the other way, no more. */
static void connection_limit_map(struct connection *connection, sqlite3_int64 bytes)
{
    sqlite3_file_control(connection->db, "main", SQLITE_FCNTL_MMAP_SIZE, &bytes);
}

void connection_unmap(struct connection *connection)
{
    if (connection->unmapped_query_count == 0)
        connection_limit_map(connection, 0);
    connection->unmapped_query_count = CONNECTION_UNMAPPED_QUERIES;
}

/* Unless it is prepared already. Gives SQLite's code. */
static int connection_prepare_one(struct connection *connection, enum statement statement)
{
    if (connection->statements[statement])
        return SQLITE_OK;
    return sqlite3_prepare_v3(connection->db, statement_table[statement].sql, -1,
        SQLITE_PREPARE_PERSISTENT, &connection->statements[statement], NULL);
}

int connection_prepare_ends(struct connection *connection)
{
    static const enum statement ends[] = {
        STATEMENT_COMMIT, STATEMENT_ROLLBACK, STATEMENT_RELEASE, STATEMENT_UNDO};
    int code = SQLITE_OK;
    for (size_t i = 0; code == SQLITE_OK && i < ARRAY_COUNT(ends); i++)
        code = connection_prepare_one(connection, ends[i]);
    return code;
}

int connection_prepare(struct connection *connection, unsigned users)
{
    int code = SQLITE_OK;
    for (enum statement i = 0; code == SQLITE_OK && i < STATEMENT_COUNT; i++)
        if (statement_table[i].users & users)
            code = connection_prepare_one(connection, i);
    return code;
}

void connection_close(struct connection *connection)
{
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(connection->statements[i]);
    int code = sqlite3_close(connection->db);
    assert(code == SQLITE_OK);
    memset(connection, 0, sizeof(*connection));
}

const char *connection_error(const struct connection *connection, int code)
{
    /* SQLite's own message says more, if it is about this failure. */
    bool is_last = connection->db && sqlite3_extended_errcode(connection->db) == code;
    return is_last ? sqlite3_errmsg(connection->db) : sqlite3_errstr(code);
}

bool connection_is_out_of_space(int code)
{
    switch (code) {
    /* Writing can also fail like this when space or quota is out. */
    case SQLITE_IOERR_WRITE:
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC:
    case SQLITE_IOERR_TRUNCATE:
    case SQLITE_IOERR_SHMSIZE:
        return true;
    default:
        return (code & 0xff) == SQLITE_FULL;
    }
}

/* Without the log line of connection_result. */
static enum store_result connection_map(int code)
{
    if (connection_is_out_of_space(code))
        return STORE_FULL;
    switch (code) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return STORE_OK;
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_ROWID:
        return STORE_EXISTS;
    case SQLITE_CONSTRAINT_FOREIGNKEY: /* a permission of a model that does not exist */
        return STORE_NOT_FOUND;
    default:
        break;
    }
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_READONLY:
        return STORE_BUSY;
    default:
        return STORE_FAILED;
    }
}

enum store_result connection_result(struct connection *connection, int code, const char *doing)
{
    enum store_result result = connection_map(code);
    if (result == STORE_FULL || result == STORE_BUSY || result == STORE_FAILED) {
        connection->has_failed = true;
        log_write(LOG_ERROR, "store: %s failed: %s (SQLite code %d)", doing,
            connection_error(connection, code), code);
    }
    return result;
}

enum store_result connection_run(struct connection *connection, enum statement statement)
{
    struct query query;
    query_start(&query, connection, statement);
    return query_run(&query);
}

void query_start(struct query *query, struct connection *connection, enum statement statement)
{
    if (connection->unmapped_query_count > 0 && --connection->unmapped_query_count == 0)
        connection_limit_map(connection, connection_map_bytes());
    int code = connection_prepare_one(connection, statement);
    *query = (struct query){
        .connection = connection,
        .statement = connection->statements[statement],
        .sql = statement_table[statement].sql,
        .code = code,
    };
    assert(!sqlite3_stmt_busy(query->statement));
    connection->turn_count = 0;
}

void query_bind_int64(struct query *query, int64_t number)
{
    if (query->code == SQLITE_OK)
        query->code = sqlite3_bind_int64(query->statement, ++query->parameter, number);
}

void query_bind_text(struct query *query, struct text text)
{
    /* A null pointer would be bound as NULL. */
    if (query->code == SQLITE_OK)
        query->code = sqlite3_bind_text64(query->statement, ++query->parameter,
            text.len > 0 ? text.bytes : "", text.len, SQLITE_STATIC, SQLITE_UTF8);
}

void query_bind_blob(struct query *query, struct text bytes)
{
    if (query->code == SQLITE_OK)
        query->code = sqlite3_bind_blob64(query->statement, ++query->parameter,
            bytes.len > 0 ? bytes.bytes : "", bytes.len, SQLITE_STATIC);
}

void query_bind_null(struct query *query)
{
    /* Nothing is bound between uses, so there is nothing to take away. */
    if (query->code == SQLITE_OK)
        query->parameter++;
}

bool query_step(struct query *query)
{
    if (query->code != SQLITE_OK && query->code != SQLITE_ROW)
        return false;
    query->code = sqlite3_step(query->statement);
    query->column = 0;
    return query->code == SQLITE_ROW;
}

int64_t query_read_int64(struct query *query)
{
    return sqlite3_column_int64(query->statement, query->column++);
}

int32_t query_read_int32(struct query *query)
{
    return sqlite3_column_int(query->statement, query->column++);
}

struct text query_read_text(struct query *query)
{
    /* Unlike sqlite3_column_text this never allocates, so NULL can only mean "empty". */
    const char *bytes = sqlite3_column_blob(query->statement, query->column);
    int len = sqlite3_column_bytes(query->statement, query->column++);
    return bytes ? (struct text){bytes, (size_t)len} : TEXT("");
}

static bool query_has_same_value(sqlite3_stmt *one, sqlite3_stmt *other, int column)
{
    int type = sqlite3_column_type(one, column);
    if (type != sqlite3_column_type(other, column))
        return false;
    if (type == SQLITE_INTEGER)
        return sqlite3_column_int64(one, column) == sqlite3_column_int64(other, column);
    /* Neither has to be converted, which could take memory. There are no other numbers. */
    const void *bytes = sqlite3_column_blob(one, column);
    const void *other_bytes = sqlite3_column_blob(other, column);
    int len = sqlite3_column_bytes(one, column);
    return len == sqlite3_column_bytes(other, column) &&
           (len == 0 || memcmp(bytes, other_bytes, (size_t)len) == 0);
}

int query_find_difference(const struct query *one, const struct query *other)
{
    int count = sqlite3_column_count(one->statement);
    for (int column = 1; column < count; column++)
        if (!query_has_same_value(one->statement, other->statement, column))
            return column;
    return 0;
}

enum store_result query_end(struct query *query)
{
    enum store_result result = connection_result(query->connection, query->code, query->sql);
    /* What this gives is the failure of the last step once more. */
    sqlite3_reset(query->statement);
    if (query->parameter > 0)
        sqlite3_clear_bindings(query->statement);
    return result;
}

enum store_result query_end_found(struct query *query, bool is_found)
{
    enum store_result result = query_end(query);
    return result == STORE_OK && !is_found ? STORE_NOT_FOUND : result;
}

enum store_result query_run(struct query *query)
{
    query_step(query);
    return query_end(query);
}

enum store_result query_run_change(struct query *query)
{
    query_step(query);
    return query_end_found(query, sqlite3_changes(query->connection->db) > 0);
}
