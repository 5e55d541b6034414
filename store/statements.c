#include "store/statements.h"

#define READERS STATEMENT_FOR_READERS
#define WRITER STATEMENT_FOR_WRITER

/* In the order in which rows.c reads and binds them. */
#define MODEL_COLUMNS "seq, id, data_set, facts"
#define OPERATION_COLUMNS "seq, model_id, id, fixed"
#define PERMISSION_COLUMNS "seq, model_id, id, grantee_type, role, email"

const struct statement_row statement_table[STATEMENT_COUNT] = {
    [STATEMENT_BEGIN_READ] = {"BEGIN DEFERRED", READERS},
    [STATEMENT_COMMIT] = {"COMMIT", READERS | WRITER},
    [STATEMENT_ROLLBACK] = {"ROLLBACK", READERS | WRITER},

    [STATEMENT_FIND_MODEL] = {"SELECT " MODEL_COLUMNS " FROM model"
                              " WHERE namespace_id = ?1 AND id = ?2",
        READERS | WRITER},
    [STATEMENT_LIST_MODELS] = {"SELECT " MODEL_COLUMNS " FROM model"
                               " WHERE namespace_id = ?1 AND seq > ?2 ORDER BY seq",
        READERS},
    [STATEMENT_FIND_DATA_SET] = {"SELECT bytes FROM data_set WHERE name = ?1", READERS},
    [STATEMENT_FIND_OPERATION] = {"SELECT " OPERATION_COLUMNS " FROM operation"
                                  " WHERE namespace_id = ?1 AND model_id = ?2 AND id = ?3",
        READERS},
    [STATEMENT_LIST_OPERATIONS] = {"SELECT " OPERATION_COLUMNS " FROM operation"
                                   " WHERE namespace_id = ?1 AND seq > ?2 ORDER BY seq",
        READERS},
    /* A model has one operation, or the few that a seed gave it: sorting them is cheaper than one
     * more index. The + keeps the planner from walking all operations by seq instead. */
    [STATEMENT_LIST_OPERATIONS_OF_MODEL] =
        {"SELECT " OPERATION_COLUMNS " FROM operation"
         " WHERE namespace_id = ?1 AND model_id = ?2 AND +seq > ?3 ORDER BY +seq",
            READERS},
    [STATEMENT_FIND_PERMISSION] = {"SELECT " PERMISSION_COLUMNS " FROM permission"
                                   " WHERE namespace_id = ?1 AND model_id = ?2 AND id = ?3",
        READERS},
    [STATEMENT_LIST_PERMISSIONS] = {"SELECT " PERMISSION_COLUMNS " FROM permission"
                                    " WHERE namespace_id = ?1 AND model_id = ?2 AND seq > ?3"
                                    " ORDER BY seq",
        READERS},
    [STATEMENT_FIND_ROLES] = {"SELECT coalesce((SELECT role FROM permission WHERE namespace_id = ?1"
                              " AND model_id = ?2 AND email = ?3 AND email <> ''), 0),"
                              " coalesce((SELECT role FROM permission WHERE namespace_id = ?1"
                              " AND model_id = ?2 AND id = 'everyone'), 0)",
        READERS | WRITER},

    [STATEMENT_BEGIN_WRITE] = {"BEGIN IMMEDIATE", WRITER},
    [STATEMENT_SAVE_POINT] = {"SAVEPOINT one_write", WRITER},
    [STATEMENT_RELEASE] = {"RELEASE one_write", WRITER},
    [STATEMENT_UNDO] = {"ROLLBACK TO one_write", WRITER},
    [STATEMENT_READ_NUMBERING] = {"SELECT last_seq, last_counter FROM numbering", WRITER},
    [STATEMENT_SAVE_NUMBERING] = {"UPDATE numbering SET last_seq = ?1, last_counter = ?2", WRITER},
    [STATEMENT_INSERT_DATA_SET] = {"INSERT INTO data_set (name, bytes) VALUES (?1, ?2)"
                                   " ON CONFLICT (name) DO NOTHING",
        WRITER},
    [STATEMENT_INSERT_MODEL] = {"INSERT INTO model (namespace_id, " MODEL_COLUMNS
                                ") VALUES (?1, ?2, ?3, ?4, ?5)",
        WRITER},
    [STATEMENT_INSERT_OPERATION] = {"INSERT INTO operation (namespace_id, " OPERATION_COLUMNS
                                    ") VALUES (?1, ?2, ?3, ?4, ?5)",
        WRITER},
    [STATEMENT_INSERT_PERMISSION] = {"INSERT INTO permission (namespace_id, " PERMISSION_COLUMNS
                                     ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        WRITER},
    [STATEMENT_SET_FACTS] = {"UPDATE model SET facts = ?3 WHERE namespace_id = ?1 AND seq = ?2",
        WRITER},
    [STATEMENT_DELETE_MODEL] = {"DELETE FROM model WHERE namespace_id = ?1 AND id = ?2"
                                " RETURNING data_set",
        WRITER},
    [STATEMENT_DELETE_OPERATIONS_OF_MODEL] = {"DELETE FROM operation"
                                              " WHERE namespace_id = ?1 AND model_id = ?2",
        WRITER},
    [STATEMENT_DELETE_PERMISSIONS_OF_MODEL] = {"DELETE FROM permission"
                                               " WHERE namespace_id = ?1 AND model_id = ?2",
        WRITER},
    [STATEMENT_DELETE_DATA_SET] = {"DELETE FROM data_set WHERE name = ?1"
                                   " AND NOT EXISTS (SELECT 1 FROM model WHERE data_set = ?1)",
        WRITER},
    [STATEMENT_DELETE_OPERATION] = {"DELETE FROM operation"
                                    " WHERE namespace_id = ?1 AND model_id = ?2 AND id = ?3",
        WRITER},
    [STATEMENT_PATCH_PERMISSION] = {"UPDATE permission SET role = ?4"
                                    " WHERE namespace_id = ?1 AND model_id = ?2 AND id = ?3",
        WRITER},
    [STATEMENT_DELETE_PERMISSION] = {"DELETE FROM permission"
                                     " WHERE namespace_id = ?1 AND model_id = ?2 AND id = ?3",
        WRITER},
    [STATEMENT_DEMOTE_OWNERS] = {"UPDATE permission SET role = 2"
                                 " WHERE namespace_id = ?1 AND model_id = ?2 AND role = 1",
        WRITER},
    [STATEMENT_PROMOTE_USER] = {"UPDATE permission SET role = 1"
                                " WHERE namespace_id = ?1 AND model_id = ?2 AND email = ?3"
                                " AND email <> '' AND grantee_type = 1",
        WRITER},
};
