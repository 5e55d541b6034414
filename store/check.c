/* The check of a whole file, which is opened without a lock, an index or a write of SQLite's. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/buf.h"
#include "store/database_file.h"
#include "store/facts.h"
#include "store/internal.h"
#include "store/migrate.h"
#include "store/numbering_read.h"
#include "store/rows.h"

/* What SQLite finds wrong with pages and indexes is listed up to here. */
enum { CHECK_PAGE_PROBLEMS_MAX = 100 };
_Static_assert(CHECK_PAGE_PROBLEMS_MAX == 100, "integrity_check(100)");

struct checking {
    const char *path;  /* absolute */
    unsigned users;    /* of the statements that its version has */
    int database, wal; /* descriptors that hold the locks; -1: none */
    struct connection connection;
    const struct store_checks *checks;
    struct store_counts *counts;
    struct arena *arena;
    struct text *ret_message;
};

static void checking_report(
    struct checking *checking, const char *table, struct text id, const char *problem)
{
    if (!problem)
        return;
    checking->counts->problems++;
    checking->checks->report(checking->checks->context, table, id, problem);
}

static bool checking_has(const struct checking *checking, const char *suffix)
{
    struct stat status;
    const char *path = arena_printf(checking->arena, "%s%s", checking->path, suffix).bytes;
    return stat(path, &status) == 0 && status.st_size > 0;
}

/* The file as a URI that says that nobody changes it. */
static const char *checking_uri(const struct checking *checking)
{
    static const char digits[] = "0123456789abcdef";
    struct buf uri = BUF_INIT;
    buf_add_string(&uri, "file:");
    for (const char *at = checking->path; *at; at++) {
        if (*at != '%' && *at != '?' && *at != '#') {
            buf_add_byte(&uri, *at);
            continue;
        }
        buf_add_byte(&uri, '%');
        buf_add_byte(&uri, digits[*at >> 4 & 0xf]);
        buf_add_byte(&uri, digits[*at & 0xf]);
    }
    buf_add_string(&uri, "?immutable=1");
    const char *copy = arena_copy(checking->arena, uri.data, uri.len);
    buf_release(&uri);
    return copy;
}

/*
 * SQLite's code. With a WAL, SQLite needs an index of it: in exclusive mode it makes one in memory
 * instead of beside the file, and with "unix-none" it asks for no lock, which a file that is open
 * for reading alone could not give; our own lock keeps servers away. The WAL stays as it is.
 */
static int checking_open(struct checking *checking)
{
    bool has_wal = checking_has(checking, "-wal");
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    sqlite3 **db = &checking->connection.db;
    int code = has_wal ? sqlite3_open_v2(checking->path, db, flags, "unix-none")
                       : sqlite3_open_v2(checking_uri(checking), db, flags | SQLITE_OPEN_URI, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_db_config(*db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
    if (code == SQLITE_OK)
        code = sqlite3_db_config(*db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(*db,
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
            " PRAGMA cell_size_check = ON; PRAGMA query_only = ON",
            NULL, NULL, NULL);
    int version = 0;
    if (code == SQLITE_OK)
        code = migrate_read_version(*db, &version);
    checking->users =
        version < MIGRATE_VERSION_NUMBERED ? STATEMENT_FOR_OLD_CHECKS : STATEMENT_FOR_CHECKS;
    if (version >= MIGRATE_VERSION_NAMED)
        checking->users |= STATEMENT_FOR_NAMED_CHECKS;
    return code == SQLITE_OK ? connection_prepare(&checking->connection, checking->users) : code;
}

/* Reports what SQLite itself finds: rows of a table and a problem. */
static void checking_ask(struct checking *checking, const char *sql)
{
    sqlite3 *db = checking->connection.db;
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *table = (const char *)sqlite3_column_text(statement, 0);
        const char *problem = (const char *)sqlite3_column_text(statement, 1);
        checking_report(
            checking, table ? table : "pages", TEXT(""), problem ? problem : "out of memory");
        code = SQLITE_OK;
    }
    if (code != SQLITE_DONE)
        checking_report(checking, "pages", TEXT(""), connection_error(&checking->connection, code));
    sqlite3_finalize(statement);
}

/* The part of a row's name behind "tunedModels/". */
static struct text checking_name(
    struct checking *checking, struct text model_id, const char *kind, struct text id)
{
    return arena_printf(checking->arena, "%.*s/%s/%.*s", TEXT_ARGS(model_id), kind, TEXT_ARGS(id));
}

static void checking_data_set(struct checking *checking, struct query *query)
{
    struct text name = query_read_text(query);
    struct text bytes = query_read_text(query);
    checking->counts->data_sets++;
    checking_report(checking, "data_set", name,
        checking->checks->data_set(checking->checks->context, name, bytes));
}

static void checking_model(struct checking *checking, struct query *query)
{
    struct store_model model;
    bool is_vouched;
    const char *problem = model_load(query, NULL, &model, &is_vouched);
    checking->counts->models++;
    if (!problem)
        problem = facts_check_texts(&model);
    if (!problem && !text_equals(query_read_text(query), model.data_set))
        problem = "its data set is not the one that its facts name";
    if (!problem)
        problem = checking->checks->model(checking->checks->context, &model);
    checking_report(checking, "model", model.id, problem);
}

static void checking_operation(struct checking *checking, struct query *query)
{
    struct store_operation operation;
    const char *problem = operation_load(query, NULL, &operation);
    checking->counts->operations++;
    if (!problem)
        problem = checking->checks->operation(checking->checks->context, &operation);
    if (problem)
        checking_report(checking, "operation",
            checking_name(checking, operation.model_id, "operations", operation.id), problem);
}

static void checking_permission(struct checking *checking, struct query *query)
{
    struct store_permission permission;
    const char *problem = permission_load(query, NULL, &permission);
    checking->counts->permissions++;
    if (problem)
        checking_report(checking, "permission",
            checking_name(checking, permission.model_id, "permissions", permission.id), problem);
}

/* How a namespace is named: nothing for the default one. */
static struct text checking_namespace(struct checking *checking, int64_t namespace_id)
{
    return namespace_id == 0
               ? TEXT("")
               : arena_printf(checking->arena, "of namespace %lld", (long long)namespace_id);
}

static void checking_numbering(struct checking *checking, struct query *query)
{
    int64_t namespace_id = query_read_int64(query);
    int64_t last_seq = query_read_int64(query);
    int64_t last_counter = query_read_int64(query);
    int64_t seq_used = query_read_int64(query);
    bool is_good = last_seq >= seq_used && last_seq <= NUMBERING_MAX && last_counter >= 0 &&
                   last_counter <= NUMBERING_MAX;
    if (!is_good)
        checking_report(checking, "numbering", checking_namespace(checking, namespace_id),
            "it is behind the rows, or far ahead of any");
}

static void checking_namespace_name(struct checking *checking, struct query *query)
{
    int64_t namespace_id = query_read_int64(query);
    struct text name = query_read_text(query);
    if (namespace_id == 0 ? name.len > 0 : !numbering_name_is_good(name))
        checking_report(checking, "numbering", checking_namespace(checking, namespace_id),
            "its name is none that a namespace can have");
}

static void checking_count(struct checking *checking, struct query *query)
{
    checking_report(checking, "numbering", checking_namespace(checking, query_read_int64(query)),
        "it has another count of models than there are");
}

static void checking_unnumbered(struct checking *checking, struct query *query)
{
    checking_report(checking, "numbering", checking_namespace(checking, query_read_int64(query)),
        "it is missing");
}

static void checking_rows(struct checking *checking)
{
    static const struct {
        enum statement statement;
        const char *table;
        void (*check)(struct checking *checking, struct query *query);
    } tables[] = {
        {STATEMENT_CHECK_NUMBERING, "numbering", checking_numbering},
        {STATEMENT_READ_NUMBERING, "numbering", checking_numbering},
        {STATEMENT_READ_NAMES, "numbering", checking_namespace_name},
        {STATEMENT_CHECK_COUNTS, "numbering", checking_count},
        {STATEMENT_FIND_UNNUMBERED, "numbering", checking_unnumbered},
        {STATEMENT_CHECK_DATA_SETS, "data_set", checking_data_set},
        {STATEMENT_CHECK_MODELS, "model", checking_model},
        {STATEMENT_CHECK_OPERATIONS, "operation", checking_operation},
        {STATEMENT_CHECK_PERMISSIONS, "permission", checking_permission},
    };
    for (size_t i = 0; i < ARRAY_COUNT(tables); i++) {
        struct query query;
        if (!(statement_table[tables[i].statement].users & checking->users))
            continue;
        query_start(&query, &checking->connection, tables[i].statement);
        while (query_step(&query))
            tables[i].check(checking, &query);
        if (query.code != SQLITE_DONE)
            checking_report(
                checking, tables[i].table, TEXT(""), "its rows cannot be read to the end");
        query.code = SQLITE_OK; /* it is reported, not logged */
        query_end(&query);
    }
}

/* False, with a message, unless there is a file that this program can read. */
static bool checking_find(struct checking *checking, const char *path)
{
    if (access(path, R_OK) != 0) {
        *checking->ret_message =
            arena_printf(checking->arena, "cannot open %s: %s", path, strerror(errno));
        return false;
    }
    checking->path = database_file_resolve(path, checking->arena, checking->ret_message);
    if (!checking->path ||
        !database_file_check(checking->path, checking->arena, checking->ret_message))
        return false;
    if (checking_has(checking, "") && !checking_has(checking, "-journal"))
        return true;
    *checking->ret_message = arena_printf(checking->arena,
        "%s is empty or its first start was not finished; start tunemock on it first",
        checking->path);
    return false;
}

/* Takes the locks of servers: that on the name unless the folder is none in which one could run,
 * and those on the files, which other names may lead to. */
static bool checking_lock(struct checking *checking, struct lock_file *lock)
{
    struct arena *arena = checking->arena;
    const char *slash = strrchr(checking->path, '/');
    const char *folder =
        arena_printf(arena, "%.*s/", (int)(slash - checking->path), checking->path).bytes;
    const char *wal_path = arena_printf(arena, "%s-wal", checking->path).bytes;
    struct text *ret_message = checking->ret_message;
    return (access(folder, W_OK) != 0 ||
               lock_file_take(lock, checking->path, arena, ret_message)) &&
           database_file_hold_to_read(checking->path, &checking->database, arena, ret_message) &&
           database_file_hold_to_read(wal_path, &checking->wal, arena, ret_message);
}

static void checking_unlock(struct checking *checking, struct lock_file *lock)
{
    if (checking->wal >= 0)
        close(checking->wal);
    if (checking->database >= 0)
        close(checking->database);
    lock_file_release(lock);
}

bool store_check(const char *path, const struct store_checks *checks, struct arena *arena,
    struct store_counts *ret_counts, struct text *ret_message)
{
    struct checking checking = {
        .database = -1,
        .wal = -1,
        .checks = checks,
        .counts = ret_counts,
        .arena = arena,
        .ret_message = ret_message,
    };
    struct lock_file lock = LOCK_FILE_INIT;
    *ret_counts = (struct store_counts){0};
    connection_configure();
    if (!checking_find(&checking, path))
        return false;
    if (!checking_lock(&checking, &lock)) {
        checking_unlock(&checking, &lock);
        return false;
    }
    int code = checking_open(&checking);
    if (code == SQLITE_OK) {
        checking_ask(&checking, "SELECT 'pages', integrity_check FROM pragma_integrity_check(100)"
                                " WHERE integrity_check <> 'ok'");
        checking_ask(&checking,
            "SELECT \"table\", printf('%d rows refer to a %s that is not there', count(*), parent)"
            " FROM pragma_foreign_key_check GROUP BY \"table\", parent");
        checking_rows(&checking);
    } else {
        checking_report(&checking, "pages", TEXT(""), connection_error(&checking.connection, code));
    }
    connection_close(&checking.connection);
    checking_unlock(&checking, &lock);
    return true;
}
