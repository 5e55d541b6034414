/*
 * All SQL that runs after a file was opened. A connection prepares a statement at its first use:
 * most connections use a few, and to prepare all of them on each took a quarter of a start's
 * instructions. Those that end a transaction are prepared when it opens: they are what is left to
 * do when all else fails, for want of memory, too.
 *
 * All of it fits the schema that a new file gets; a test prepares each statement on it. What a file
 * that was there before has for a schema is only known once it is seen: on such a file the start
 * prepares every statement once, so that one that does not fit stops the start.
 */
#ifndef STORE_STATEMENTS_H
#define STORE_STATEMENTS_H

enum statement {
    STATEMENT_BEGIN_READ,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,

    STATEMENT_FIND_MODEL,
    STATEMENT_LIST_MODELS,
    STATEMENT_LIST_MODELS_OF_ADDRESS,
    STATEMENT_LIST_MODELS_OF_EVERYONE,
    STATEMENT_FIND_DATA_SET,
    STATEMENT_FIND_OPERATION,
    STATEMENT_LIST_OPERATIONS,
    STATEMENT_LIST_OPERATIONS_OF_ADDRESS,
    STATEMENT_LIST_OPERATIONS_ADDED,
    STATEMENT_LIST_OPERATIONS_OF_MODEL,
    STATEMENT_FIND_PERMISSION,
    STATEMENT_LIST_PERMISSIONS,
    STATEMENT_FIND_ROLES,

    STATEMENT_BEGIN_WRITE,
    STATEMENT_SAVE_POINT,
    STATEMENT_RELEASE,
    STATEMENT_UNDO,
    STATEMENT_READ_NUMBERING,
    STATEMENT_FIND_UNNUMBERED,
    STATEMENT_FIND_LAST_PERMISSION,
    STATEMENT_SAVE_NUMBERING,
    STATEMENT_LIST_DATA_SETS,
    STATEMENT_FIND_DATA_SET_ROW,
    STATEMENT_FIND_MODEL_ROW,
    STATEMENT_FIND_OPERATION_ROW,
    STATEMENT_FIND_PERMISSION_ROW,
    STATEMENT_FIND_PERMISSION_BEYOND,
    STATEMENT_INSERT_DATA_SET,
    STATEMENT_SET_DATA_SET,
    STATEMENT_INSERT_MODEL,
    STATEMENT_INSERT_OPERATION,
    STATEMENT_INSERT_PERMISSION,
    STATEMENT_SET_FACTS,
    STATEMENT_DELETE_MODEL,
    STATEMENT_DELETE_OPERATIONS_OF_MODEL,
    STATEMENT_DELETE_PERMISSIONS_OF_MODEL,
    STATEMENT_DELETE_DATA_SET,
    STATEMENT_DELETE_OPERATION,
    STATEMENT_PATCH_PERMISSION,
    STATEMENT_DELETE_PERMISSION,
    STATEMENT_DEMOTE_OWNERS,
    STATEMENT_PROMOTE_USER,
    STATEMENT_DELETE_MODELS,
    STATEMENT_DELETE_OPERATIONS,
    STATEMENT_DELETE_PERMISSIONS,

    STATEMENT_TOUCH,
    STATEMENT_PAGE_BYTES,
    STATEMENT_PAGE_COUNT,
    STATEMENT_FREE_COUNT,
    STATEMENT_INSERT_SPARE,
    STATEMENT_DELETE_SPARE,
    STATEMENT_CHECK_NUMBERING,
    STATEMENT_CHECK_DATA_SETS,
    STATEMENT_CHECK_MODELS,
    STATEMENT_CHECK_OPERATIONS,
    STATEMENT_CHECK_PERMISSIONS,
    STATEMENT_COUNT
};

/* Which connections use a statement. Checks also read files that were not brought forward. */
enum {
    STATEMENT_FOR_READERS = 1,
    STATEMENT_FOR_WRITER = 2,
    STATEMENT_FOR_CHECKS = 4,
    STATEMENT_FOR_OLD_CHECKS = 8 /* of files before MIGRATE_VERSION_NUMBERED */
};

/* Parameters are numbered in the order in which query_bind_... binds them. */
struct statement_row {
    const char *sql;
    unsigned users; /* of STATEMENT_FOR_... */
};
extern const struct statement_row statement_table[STATEMENT_COUNT];

#endif
