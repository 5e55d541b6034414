#include "store/statements.h"

#define READERS STATEMENT_FOR_READERS
#define WRITER STATEMENT_FOR_WRITER
#define CHECKS STATEMENT_FOR_CHECKS
#define OLD_CHECKS STATEMENT_FOR_OLD_CHECKS
#define NAMED_CHECKS STATEMENT_FOR_NAMED_CHECKS

/* What rows.c reads, in its order. */
#define MODEL_COLUMNS " model.model_seq, model.id, model.facts"
#define SELECT_MODEL "SELECT" MODEL_COLUMNS " FROM model"
#define OPERATION_COLUMNS " operation.seq, model.id, operation.id, operation.fixed"
#define SELECT_OPERATION                                                                           \
    "SELECT" OPERATION_COLUMNS " FROM model JOIN operation USING (namespace_id, model_seq)"
#define SELECT_PERMISSION                                                                          \
    "SELECT permission.seq, model.id, permission.id, grantee_type, role, email"                    \
    " FROM model JOIN permission USING (namespace_id, model_seq)"

/* One model by its name; the one row of a model by its number. */
#define OF_MODEL " WHERE model.namespace_id = ?1 AND model.id = ?2"
#define BY_SEQ " WHERE namespace_id = ?1 AND model_seq = ?2"

/* Tuning jobs among the models: the words of the index's condition. */
#define ARE_JOBS " AND id >= 'tuningJobs/' AND id < 'tuningJobs0'"

/* A stretch of the models of a namespace. */
#define STRETCH " WHERE namespace_id = ?1 AND model_seq > ?2 AND model_seq <= ?3"

/* All rows of a namespace from a model on. */
#define FROM_SEQ(table)                                                                            \
    " FROM " table " WHERE namespace_id = ?1 AND model_seq >= ?2 ORDER BY namespace_id, model_seq"
#define COMPARE_MODELS "SELECT model_seq, id, data_set_id, facts" FROM_SEQ("model")
#define COMPARE_OPERATIONS "SELECT model_seq, id, seq, fixed" FROM_SEQ("operation") ", id"
#define COMPARE_PERMISSIONS                                                                        \
    "SELECT model_seq, id, seq, grantee_type, role, email" FROM_SEQ("permission") ", id"

/* Along the permissions of an address; the role that it has on a model, 0 if none. */
#define OF_ADDRESS                                                                                 \
    " WHERE caller.namespace_id = ?1 AND caller.email = ?2 AND caller.email <> ''"                 \
    " AND caller.model_seq > ?3"
#define ROLE_OF_ADDRESS                                                                            \
    " coalesce((SELECT role FROM permission WHERE namespace_id = model.namespace_id"               \
    " AND model_seq = model.model_seq AND email = ?2 AND email <> ''), 0)"

/* The highest number of a namespace that its models and operations have: their indexes end with it.
 */
#define LAST_SEQ_OF(namespace)                                                                     \
    " max(coalesce((SELECT max(model_seq) FROM model WHERE namespace_id = " namespace "), 0),"     \
                                                                                      " coalesce(" \
                                                                                      "(SELECT "   \
                                                                                      "max(seq) "  \
                                                                                      "FROM "      \
                                                                                      "operation " \
                                                                                      "WHERE "     \
                                                                                      "namespace_" \
                                                                                      "id "        \
                                                                                      "="          \
                                                                                      " " namespace "), 0))"

const struct statement_row statement_table[STATEMENT_COUNT] = {
    [STATEMENT_BEGIN_READ] = {"BEGIN DEFERRED", READERS},
    /* Gives no row; but with the first look at a table SQLite takes the snapshot. */
    [STATEMENT_COMMIT] = {"COMMIT", READERS | WRITER},
    [STATEMENT_ROLLBACK] = {"ROLLBACK", READERS | WRITER},

    [STATEMENT_FIND_MODEL] = {SELECT_MODEL OF_MODEL, READERS | WRITER},
    /* Models; but for the first with the roles of an address, ?2, and of everyone. CROSS
     * JOIN, INDEXED BY and + keep the planner on the one good way: along the models, the
     * permissions of the address, those of everyone. */
    [STATEMENT_LIST_MODELS] = {SELECT_MODEL
        " WHERE namespace_id = ?1 AND model_seq > ?3 ORDER BY model_seq",
        READERS},
    [STATEMENT_LIST_MODELS_OF_ADDRESS] =
        {"SELECT" MODEL_COLUMNS ", caller.role, 0"
         " FROM permission AS caller INDEXED BY permission_by_email CROSS JOIN model USING "
         "(namespace_id, model_seq)" OF_ADDRESS " ORDER BY caller.model_seq",
            READERS},
    [STATEMENT_LIST_MODELS_OF_EVERYONE] =
        {"SELECT" MODEL_COLUMNS "," ROLE_OF_ADDRESS ", everyone.role"
         " FROM permission AS everyone INDEXED BY permission_of_everyone CROSS JOIN model USING "
         "(namespace_id, model_seq)"
         " WHERE everyone.namespace_id = ?1 AND everyone.id = 'everyone'"
         " AND everyone.model_seq > ?3 ORDER BY everyone.model_seq",
            READERS},
    /* Along their own index. */
    [STATEMENT_LIST_JOBS] = {SELECT_MODEL " INDEXED BY model_of_job WHERE namespace_id = ?1"
                                          " AND model_seq < ?3" ARE_JOBS " ORDER BY model_seq DESC",
        READERS},
    [STATEMENT_FIND_DATA_SET] = {"SELECT bytes FROM data_set WHERE name = ?1", READERS},
    [STATEMENT_FIND_OPERATION] = {SELECT_OPERATION OF_MODEL " AND operation.id = ?3", READERS},
    /* Operations with their models and the role of an address, ?2. */
    [STATEMENT_LIST_OPERATIONS] =
        {"SELECT" OPERATION_COLUMNS "," MODEL_COLUMNS ", 0"
         " FROM operation CROSS JOIN model USING (namespace_id, model_seq)"
         " WHERE operation.namespace_id = ?1 AND operation.seq > ?3 ORDER BY operation.seq",
            READERS},
    /* Those that creates made: see schema_2.sql. One that was deleted gives a row without an id, so
     * that no step goes over many. */
    [STATEMENT_LIST_OPERATIONS_OF_ADDRESS] =
        {"SELECT caller.model_seq + 1, model.id, operation.id, operation.fixed," MODEL_COLUMNS
         ", caller.role"
         " FROM permission AS caller INDEXED BY permission_by_email CROSS JOIN model USING "
         "(namespace_id, model_seq)"
         " LEFT JOIN operation ON operation.namespace_id = caller.namespace_id"
         " AND operation.seq = caller.model_seq + 1"
         " AND +operation.model_seq = caller.model_seq" OF_ADDRESS " ORDER BY caller.model_seq",
            READERS},
    [STATEMENT_LIST_OPERATIONS_ADDED] =
        {"SELECT" OPERATION_COLUMNS "," MODEL_COLUMNS "," ROLE_OF_ADDRESS
         " FROM operation INDEXED BY operation_added"
         " CROSS JOIN model USING (namespace_id, model_seq)"
         " WHERE operation.namespace_id = ?1 AND operation.seq > ?3"
         " AND operation.seq <> operation.model_seq + 1 ORDER BY operation.seq",
            READERS},
    /* Of the one model ?2. It has one operation, or the few that a seed gave it: sorting them is
     * cheaper than one more index. */
    [STATEMENT_LIST_OPERATIONS_OF_MODEL] =
        {"SELECT" OPERATION_COLUMNS "," MODEL_COLUMNS ", 0"
         " FROM model JOIN operation USING (namespace_id, model_seq)" OF_MODEL
         " AND +operation.seq > ?3 ORDER BY +operation.seq",
            READERS},
    [STATEMENT_FIND_PERMISSION] = {SELECT_PERMISSION OF_MODEL " AND permission.id = ?3", READERS},
    /* In the order of ids, in which they lie: most models have one or a few, and to have SQLite
     * sort them by seq takes an eighth of a list's instructions. */
    [STATEMENT_LIST_PERMISSIONS] = {SELECT_PERMISSION OF_MODEL
        " AND permission.seq > ?3 ORDER BY permission.id",
        READERS},
    [STATEMENT_FIND_ROLES] =
        {"SELECT coalesce((SELECT role FROM permission WHERE namespace_id = model.namespace_id"
         " AND model_seq = model.model_seq AND email = ?3 AND email <> ''), 0),"
         " coalesce((SELECT role FROM permission WHERE namespace_id = model.namespace_id"
         " AND model_seq = model.model_seq AND id = 'everyone'), 0) FROM model" OF_MODEL,
            READERS | WRITER},

    [STATEMENT_BEGIN_WRITE] = {"BEGIN IMMEDIATE", WRITER},
    [STATEMENT_DATA_VERSION] = {"PRAGMA data_version", READERS | WRITER},
    [STATEMENT_SAVE_POINT] = {"SAVEPOINT one_write", WRITER},
    [STATEMENT_RELEASE] = {"RELEASE one_write", WRITER},
    [STATEMENT_UNDO] = {"ROLLBACK TO one_write", WRITER},
    [STATEMENT_READ_NUMBERING] =
        {"SELECT numbering.namespace_id, last_seq, last_counter," LAST_SEQ_OF(
             "numbering.namespace_id") " FROM numbering",
            WRITER | CHECKS},
    [STATEMENT_READ_NAMES] = {"SELECT namespace_id, name, model_count FROM numbering",
        WRITER | NAMED_CHECKS},
    /* As STATEMENT_READ_NUMBERING, of namespaces that have rows but no numbering, and of the
     * default one if it has none. Goes from one namespace to the next. */
    [STATEMENT_FIND_UNNUMBERED] =
        {"WITH RECURSIVE space (id) AS (SELECT 0 UNION"
         " SELECT (SELECT min(namespace_id) FROM model WHERE namespace_id > space.id)"
         " FROM space WHERE space.id IS NOT NULL)"
         " SELECT space.id, 0, 0," LAST_SEQ_OF(
             "space.id") " FROM space WHERE space.id IS NOT NULL"
                         " AND NOT EXISTS (SELECT 1 FROM numbering WHERE numbering.namespace_id = "
                         "space.id)",
            WRITER | CHECKS},
    /* Pages are counted, not rows. */
    [STATEMENT_COUNT_ALL_MODELS] = {"SELECT count(*) FROM model", WRITER},
    /* Along all rows, but only if the above says that a count is wrong. */
    [STATEMENT_COUNT_MODELS] = {"SELECT namespace_id, count(*) FROM model GROUP BY namespace_id",
        WRITER},
    [STATEMENT_COUNT_JOBS] =
        {"SELECT namespace_id, count(*) FROM model INDEXED BY model_of_job WHERE true" ARE_JOBS
         " GROUP BY namespace_id",
            WRITER},
    /* Looks at all of them. */
    [STATEMENT_FIND_LAST_PERMISSION] =
        {"SELECT max(seq) FROM permission NOT INDEXED WHERE namespace_id = ?1", WRITER},
    [STATEMENT_SAVE_NUMBERING] =
        {"INSERT INTO numbering (namespace_id, last_seq, last_counter, name, model_count)"
         " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (namespace_id)"
         " DO UPDATE SET last_seq = ?2, last_counter = ?3, name = ?4, model_count = ?5",
            WRITER},
    [STATEMENT_DELETE_NUMBERING] = {"DELETE FROM numbering WHERE namespace_id = ?1", WRITER},
    /* Those of the models, one after the other. */
    [STATEMENT_LIST_DATA_SETS] = {"SELECT data_set_id FROM model" STRETCH
                                  " AND data_set_id IS NOT NULL",
        WRITER},
    [STATEMENT_FIND_DATA_SET_ROW] = {"SELECT data_set_id, bytes FROM data_set WHERE name = ?1",
        WRITER},
    [STATEMENT_FIND_MODEL_ROW] = {"SELECT model_seq, data_set_id FROM model" OF_MODEL, WRITER},
    /* Both give a role, which an operation has not. */
    [STATEMENT_FIND_OPERATION_ROW] = {"SELECT seq, 0 FROM operation" BY_SEQ " AND id = ?3", WRITER},
    [STATEMENT_FIND_PERMISSION_ROW] = {"SELECT seq, role FROM permission" BY_SEQ " AND id = ?3",
        WRITER},
    /* Any, if there are more than ?3. */
    [STATEMENT_FIND_PERMISSION_BEYOND] = {"SELECT 1 FROM permission" BY_SEQ " LIMIT 1 OFFSET ?3",
        WRITER},
    [STATEMENT_INSERT_DATA_SET] = {"INSERT INTO data_set (name, bytes) VALUES (?1, ?2)"
                                   " RETURNING data_set_id",
        WRITER},
    [STATEMENT_SET_DATA_SET] = {"UPDATE data_set SET bytes = ?2 WHERE data_set_id = ?1", WRITER},
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

    [STATEMENT_DELETE_MODELS] = {"DELETE FROM model" STRETCH, WRITER},
    [STATEMENT_DELETE_OPERATIONS] = {"DELETE FROM operation" STRETCH, WRITER},
    [STATEMENT_DELETE_PERMISSIONS] = {"DELETE FROM permission" STRETCH, WRITER},

    /* What copies copy, in the order of the tables. Two of each, which step side by side. */
    [STATEMENT_COMPARE_MODELS] = {COMPARE_MODELS, WRITER},
    [STATEMENT_COMPARE_MODELS_WITH] = {COMPARE_MODELS, WRITER},
    [STATEMENT_COMPARE_OPERATIONS] = {COMPARE_OPERATIONS, WRITER},
    [STATEMENT_COMPARE_OPERATIONS_WITH] = {COMPARE_OPERATIONS, WRITER},
    [STATEMENT_COMPARE_PERMISSIONS] = {COMPARE_PERMISSIONS, WRITER},
    [STATEMENT_COMPARE_PERMISSIONS_WITH] = {COMPARE_PERMISSIONS, WRITER},
    [STATEMENT_COPY_FACTS] =
        {"UPDATE model SET facts = (SELECT facts FROM model AS source"
         " WHERE source.namespace_id = ?1 AND source.model_seq = model.model_seq)"
         " WHERE namespace_id = ?4 AND model_seq > ?2 AND model_seq <= ?3",
            WRITER},
    [STATEMENT_COPY_MODELS] = {"INSERT INTO model (namespace_id, model_seq, id, data_set_id, facts)"
                               " SELECT ?4, model_seq, id, data_set_id, facts FROM model" STRETCH,
        WRITER},
    [STATEMENT_COPY_OPERATIONS] = {"INSERT INTO operation (namespace_id, model_seq, id, seq, fixed)"
                                   " SELECT ?4, model_seq, id, seq, fixed FROM operation" STRETCH,
        WRITER},
    [STATEMENT_COPY_PERMISSIONS] =
        {"INSERT INTO permission (namespace_id, model_seq, id, seq, grantee_type, role, email)"
         " SELECT ?4, model_seq, id, seq, grantee_type, role, email FROM permission" STRETCH,
            WRITER},

    /* What it is already; but this writes a page, unlike an update of a row to what it is. */
    [STATEMENT_TOUCH] = {"PRAGMA application_id = 0x74756e65", WRITER},
    [STATEMENT_PAGE_BYTES] = {"PRAGMA page_size", WRITER},
    [STATEMENT_PAGE_COUNT] = {"PRAGMA page_count", WRITER},
    [STATEMENT_FREE_COUNT] = {"PRAGMA freelist_count", WRITER},
    /* Never there after a commit; the names of data sets are hexadecimal. */
    [STATEMENT_INSERT_SPARE] = {"INSERT INTO data_set (name, bytes) VALUES ('spare', zeroblob(?1))",
        WRITER},
    [STATEMENT_DELETE_SPARE] = {"DELETE FROM data_set WHERE name = 'spare'", WRITER},
    /* As STATEMENT_READ_NUMBERING, of the one that all namespaces had. */
    [STATEMENT_CHECK_NUMBERING] = {"SELECT 0, last_seq, last_counter,"
                                   " max(coalesce((SELECT max(model_seq) FROM model), 0),"
                                   " coalesce((SELECT max(seq) FROM operation), 0)) FROM numbering",
        OLD_CHECKS},
    [STATEMENT_CHECK_COUNTS] = {"SELECT namespace_id FROM numbering WHERE model_count <>"
                                " (SELECT count(*) FROM model"
                                " WHERE model.namespace_id = numbering.namespace_id)",
        NAMED_CHECKS},
    /* All rows of all namespaces, in the order of the tables, by columns that every version has. */
    [STATEMENT_CHECK_DATA_SETS] = {"SELECT name, bytes FROM data_set NOT INDEXED",
        CHECKS | OLD_CHECKS},
    [STATEMENT_CHECK_MODELS] =
        {"SELECT model_seq, id, facts, (SELECT name FROM data_set"
         " WHERE data_set.data_set_id = model.data_set_id) FROM model NOT INDEXED",
            CHECKS | OLD_CHECKS},
    [STATEMENT_CHECK_OPERATIONS] =
        {"SELECT operation.seq, model.id, operation.id, operation.fixed"
         " FROM operation NOT INDEXED LEFT JOIN model USING (namespace_id, model_seq)",
            CHECKS | OLD_CHECKS},
    [STATEMENT_CHECK_PERMISSIONS] =
        {"SELECT permission.seq, model.id, permission.id, grantee_type, role, email"
         " FROM permission NOT INDEXED LEFT JOIN model USING (namespace_id, model_seq)",
            CHECKS | OLD_CHECKS},
};
