/*
 * One connection to SQLite with its prepared statements, and queries on it: the only way in which
 * the rest of the store speaks to SQLite.
 */
#ifndef STORE_CONNECTION_H
#define STORE_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "base/text.h"
#include "store/statements.h"
#include "store/store.h"

struct connection {
    sqlite3 *db;                               /* NULL: not open */
    sqlite3_stmt *statements[STATEMENT_COUNT]; /* NULL: not used yet */
    bool has_failed; /* a query failed in a way that may have ended the transaction */
    int turn_count;  /* of SQLite's machine since the query began: CONNECTION_TURN_STEPS each */
    store_model_check *check_model; /* of the models it reads; NULL: none */
    int unmapped_query_count; /* queries until the file is mapped; 0: it is, or will be at once */
};

/* How long a lock of somebody else's (a person with the sqlite3 shell) is waited for. */
enum { CONNECTION_BUSY_MS = 1000 };

/* A check opens its connection itself (check.c). */
enum connection_use { CONNECTION_READS, CONNECTION_WRITES };

/*
 * Sets SQLite up for this process; before that no function of SQLite may have been called. Every
 * call but the first does nothing. store_open calls it; a test that wants to replace SQLite's
 * files does so in between.
 */
void connection_configure(void);

/*
 * Opens the file (a writer makes it if it is missing), with its WAL if there is one, reads its
 * schema, and sets what concerns the connection alone. Gives SQLite's code and an open or a failed
 * connection: connection_close it in either case.
 */
int connection_open(struct connection *connection, const char *path, enum connection_use use);

/*
 * Before a reader's snapshot. At each that is of another moment SQLite maps the file anew, and
 * pages that are looked at fault in: a sixth of a create's time under many. So the file is mapped
 * once the snapshot has served some queries, and read until then.
 */
void connection_unmap(struct connection *connection);

/* Prepares what ends transactions; the tables must exist. Gives SQLite's code. */
int connection_prepare_ends(struct connection *connection);

/* Prepares the statements of these users (STATEMENT_FOR_...) before they are used; the tables must
 * exist. Gives SQLite's code. */
int connection_prepare(struct connection *connection, unsigned users);

/* Frees all; a connection of zero bytes is allowed. */
void connection_close(struct connection *connection);

/* True for the failures of a disk or quota that is used up, or of a file that may not grow. */
bool connection_is_out_of_space(int code);

/* What SQLite says about a failure. Borrowed until the next call of SQLite. */
const char *connection_error(const struct connection *connection, int code);

/*
 * The result that stands for an extended result code of SQLite. STORE_FULL, STORE_BUSY and
 * STORE_FAILED are logged with `doing` (a statement), since nobody else knows the cause.
 */
enum store_result connection_result(struct connection *connection, int code, const char *doing);

/* Runs a statement that has no parameters and gives no rows. */
enum store_result connection_run(struct connection *connection, enum statement statement);

/*
 * A use of a statement: start, which prepares it at its first use, bind in order, step while it
 * gives rows, end. Whatever
 * fails first is kept and makes the following calls do nothing, so only the end need be looked at.
 * Bound texts are borrowed until the end.
 */
struct query {
    struct connection *connection;
    sqlite3_stmt *statement; /* NULL: it could not be prepared, see the code */
    const char *sql;
    int parameter; /* bound last */
    int column;    /* to be read next */
    int code;      /* of SQLite */
};

void query_start(struct query *query, struct connection *connection, enum statement statement);

void query_bind_int64(struct query *query, int64_t number);
void query_bind_text(struct query *query, struct text text);
void query_bind_blob(struct query *query, struct text bytes);
void query_bind_null(struct query *query);

/* True if there is a row to be read. */
bool query_step(struct query *query);

/* Reads the next column of the row. Texts are borrowed until the next step or the end. */
int64_t query_read_int64(struct query *query);
int32_t query_read_int32(struct query *query);
/* Text or blob; NULL gives the empty text. */
struct text query_read_text(struct query *query);

/* The first column behind the first one in which the rows of two queries for the same columns
 * differ, to the byte; 0: they do in none. */
int query_find_difference(const struct query *one, const struct query *other);

/* Takes the bindings away and makes the statement ready for its next use. STORE_OK unless something
 * failed, whether there were rows or not. */
enum store_result query_end(struct query *query);

/* The same, but STORE_NOT_FOUND if nothing failed and there was no row to find or to change. */
enum store_result query_end_found(struct query *query, bool is_found);

/* Steps once, for a statement whose rows nobody reads, and ends. */
enum store_result query_run(struct query *query);
/* The same for a change of one row: STORE_NOT_FOUND if there was none to change. */
enum store_result query_run_change(struct query *query);

#endif
