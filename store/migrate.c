#include "store/migrate.h"

#include <assert.h>
#include <stddef.h>

#include "base/array.h"

extern const char embedded_store_schema_sql[];
extern const char embedded_store_schema_2_sql[];
extern const char embedded_store_schema_3_sql[];
extern const char embedded_store_schema_4_sql[];
extern const char embedded_store_schema_5_sql[];
extern const char embedded_store_schema_6_sql[];

/* Step k takes version k to k + 1 and sets user_version itself. Steps that were ever released must
 * not change. */
static const char *const migrate_steps[] = {
    embedded_store_schema_sql,
    embedded_store_schema_2_sql,
    embedded_store_schema_3_sql,
    embedded_store_schema_4_sql,
    embedded_store_schema_5_sql,
    embedded_store_schema_6_sql,
};

enum { MIGRATE_VERSION = ARRAY_COUNT(migrate_steps) };

bool migrate_check_version(
    uint32_t version, const char *path, struct arena *arena, struct text *ret_message)
{
    if (version <= MIGRATE_VERSION)
        return true;
    *ret_message = arena_printf(arena,
        "%s is of format %u, written by a newer tunemock than this one, which knows formats up to"
        " %d; use the newer one or choose another file",
        path, version, MIGRATE_VERSION);
    return false;
}

int migrate_read_version(sqlite3 *db, int *ret_version)
{
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL);
    if (code != SQLITE_OK)
        return code;
    if (sqlite3_step(statement) == SQLITE_ROW)
        *ret_version = sqlite3_column_int(statement, 0);
    return sqlite3_finalize(statement);
}

/* All steps from this version on, or none. */
static int migrate_run(sqlite3 *db, int version)
{
    int code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (int i = version; code == SQLITE_OK && i < MIGRATE_VERSION; i++)
        code = sqlite3_exec(db, migrate_steps[i], NULL, NULL, NULL);
    int reached = -1;
    if (code == SQLITE_OK)
        code = migrate_read_version(db, &reached);
    assert(code != SQLITE_OK || reached == MIGRATE_VERSION);
    if (code == SQLITE_OK)
        code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    if (!sqlite3_get_autocommit(db))
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return code;
}

int migrate_forward(struct connection *connection, bool *ret_is_new)
{
    int version = 0;
    int code = migrate_read_version(connection->db, &version);
    if (code == SQLITE_OK && (version < 0 || version > MIGRATE_VERSION))
        return SQLITE_MISMATCH;
    if (code == SQLITE_OK && version < MIGRATE_VERSION)
        code = migrate_run(connection->db, version);
    *ret_is_new = version == 0;
    return code;
}
