#include "store/statements.h"

#define READERS STATEMENT_FOR_READERS
#define WRITER STATEMENT_FOR_WRITER

/* What rows.c reads, in its order. */
#define SELECT_MODEL "SELECT model_seq, id, facts FROM model"
#define SELECT_OPERATION                                                                           \
    "SELECT operation.seq, model.id, operation.id, operation.fixed"                                \
    " FROM model JOIN operation USING (namespace_id, model_seq)"
#define SELECT_PERMISSION                                                                          \
    "SELECT permission.seq, model.id, permission.id, grantee_type, role, email"                    \
    " FROM model JOIN permission USING (namespace_id, model_seq)"

/* One model by its name; the one row of a model by its number. */
#define OF_MODEL " WHERE model.namespace_id = ?1 AND model.id = ?2"
#define BY_SEQ " WHERE namespace_id = ?1 AND model_seq = ?2"

const struct statement_row statement_table[STATEMENT_COUNT] = {
    [STATEMENT_BEGIN_READ] = {"BEGIN DEFERRED", READERS},
    [STATEMENT_COMMIT] = {"COMMIT", READERS | WRITER},
    [STATEMENT_ROLLBACK] = {"ROLLBACK", READERS | WRITER},

    [STATEMENT_FIND_MODEL] = {SELECT_MODEL OF_MODEL, READERS | WRITER},
    [STATEMENT_LIST_MODELS] = {SELECT_MODEL " WHERE namespace_id = ?1 AND model_seq > ?2"
                                            " ORDER BY model_seq",
        READERS},
    [STATEMENT_FIND_DATA_SET] = {"SELECT bytes FROM data_set WHERE name = ?1", READERS},
    [STATEMENT_FIND_OPERATION] = {SELECT_OPERATION OF_MODEL " AND operation.id = ?3", READERS},
    /* CROSS JOIN and + keep the planner on the one good way: here along the operations, below
     * along those of the model. A model has one operation, or the few that a seed gave it: sorting
     * them is cheaper than one more index. */
    [STATEMENT_LIST_OPERATIONS] =
        {"SELECT operation.seq, model.id, operation.id, operation.fixed"
         " FROM operation CROSS JOIN model USING (namespace_id, model_seq)"
         " WHERE operation.namespace_id = ?1 AND operation.seq > ?2 ORDER BY operation.seq",
            READERS},
    [STATEMENT_LIST_OPERATIONS_OF_MODEL] = {SELECT_OPERATION OF_MODEL
        " AND +operation.seq > ?3 ORDER BY +operation.seq",
        READERS},
    [STATEMENT_FIND_PERMISSION] = {SELECT_PERMISSION OF_MODEL " AND permission.id = ?3", READERS},
    [STATEMENT_LIST_PERMISSIONS] = {SELECT_PERMISSION OF_MODEL
        " AND permission.seq > ?3 ORDER BY permission.seq",
        READERS},
    [STATEMENT_FIND_ROLES] =
        {"SELECT coalesce((SELECT role FROM permission WHERE namespace_id = model.namespace_id"
         " AND model_seq = model.model_seq AND email = ?3 AND email <> ''), 0),"
         " coalesce((SELECT role FROM permission WHERE namespace_id = model.namespace_id"
         " AND model_seq = model.model_seq AND id = 'everyone'), 0) FROM model" OF_MODEL,
            READERS | WRITER},

    [STATEMENT_BEGIN_WRITE] = {"BEGIN IMMEDIATE", WRITER},
    [STATEMENT_SAVE_POINT] = {"SAVEPOINT one_write", WRITER},
    [STATEMENT_RELEASE] = {"RELEASE one_write", WRITER},
    [STATEMENT_UNDO] = {"ROLLBACK TO one_write", WRITER},
    [STATEMENT_READ_NUMBERING] = {"SELECT last_seq, last_counter FROM numbering", WRITER},
    [STATEMENT_SAVE_NUMBERING] = {"UPDATE numbering SET last_seq = ?1, last_counter = ?2", WRITER},
    [STATEMENT_FIND_DATA_SET_ID] = {"SELECT data_set_id FROM data_set WHERE name = ?1", WRITER},
    [STATEMENT_FIND_MODEL_ROW] = {"SELECT model_seq, data_set_id FROM model" OF_MODEL, WRITER},
    /* Both give a role, which an operation has not. */
    [STATEMENT_FIND_OPERATION_ROW] = {"SELECT seq, 0 FROM operation" BY_SEQ " AND id = ?3", WRITER},
    [STATEMENT_FIND_PERMISSION_ROW] = {"SELECT seq, role FROM permission" BY_SEQ " AND id = ?3",
        WRITER},
    [STATEMENT_INSERT_DATA_SET] = {"INSERT INTO data_set (name, bytes) VALUES (?1, ?2)"
                                   " RETURNING data_set_id",
        WRITER},
    [STATEMENT_INSERT_MODEL] = {"INSERT INTO model"
                                " (namespace_id, model_seq, id, data_set_id, facts)"
                                " VALUES (?1, ?2, ?3, ?4, ?5)",
        WRITER},
    [STATEMENT_INSERT_OPERATION] =
        {"INSERT INTO operation (namespace_id, model_seq, id, seq, fixed)"
         " VALUES (?1, ?2, ?3, ?4, ?5)",
            WRITER},
    [STATEMENT_INSERT_PERMISSION] = {"INSERT INTO permission (namespace_id, model_seq, id, seq,"
                                     " grantee_type, role, email)"
                                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        WRITER},
    [STATEMENT_SET_FACTS] = {"UPDATE model SET facts = ?3" BY_SEQ, WRITER},
    [STATEMENT_DELETE_MODEL] = {"DELETE FROM model" BY_SEQ, WRITER},
    [STATEMENT_DELETE_OPERATIONS_OF_MODEL] = {"DELETE FROM operation" BY_SEQ, WRITER},
    [STATEMENT_DELETE_PERMISSIONS_OF_MODEL] = {"DELETE FROM permission" BY_SEQ, WRITER},
    [STATEMENT_DELETE_DATA_SET] =
        {"DELETE FROM data_set WHERE data_set_id = ?1"
         " AND NOT EXISTS (SELECT 1 FROM model WHERE model.data_set_id = ?1)",
            WRITER},
    [STATEMENT_DELETE_OPERATION] = {"DELETE FROM operation" BY_SEQ " AND id = ?3", WRITER},
    [STATEMENT_PATCH_PERMISSION] = {"UPDATE permission SET role = ?4" BY_SEQ " AND id = ?3",
        WRITER},
    [STATEMENT_DELETE_PERMISSION] = {"DELETE FROM permission" BY_SEQ " AND id = ?3", WRITER},
    [STATEMENT_DEMOTE_OWNERS] = {"UPDATE permission SET role = 2" BY_SEQ " AND role = 1", WRITER},
    [STATEMENT_PROMOTE_USER] = {"UPDATE permission SET role = 1" BY_SEQ
                                " AND email = ?3 AND email <> '' AND grantee_type = 1",
        WRITER},
};
