/*
 * What a reader has looked up lately, as the bytes of the rows: to find them again here costs a
 * tenth of what SQLite takes. Belongs to one reader, who asks and keeps while he is locked, so that
 * what is kept is never of a newer snapshot than his.
 *
 * Rows that are not there are not kept, nor are lists.
 */
#ifndef STORE_KEPT_ROWS_H
#define STORE_KEPT_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "store/row_versions.h"

enum {
    /* Of all readers of a store, each of whom has an even part: two thousand models with the data
     * sets that examples of the documentation have. */
    KEPT_ROWS_BYTES_MAX = 4 * 1024 * 1024,
    /* Of a row: a large one would drive out many, and costs less to look up than to go through. */
    KEPT_ROW_BYTES_MAX = 64 * 1024
};

enum kept_row_kind { KEPT_MODEL, KEPT_OPERATION, KEPT_ROLES, KEPT_DATA_SET };

/*
 * What a row is found by, and where it was before it was looked up. Texts are borrowed. To be made
 * by kept_row_key right before the row is asked for.
 */
struct kept_row_key {
    enum kept_row_kind kind;
    int64_t namespace_id;
    struct text model_id; /* or a data set's name */
    struct text child;    /* id of the operation, address of the roles; else empty */
    uint64_t hash;
    uint64_t version;
};

/* Of each kind what the comment says; the rest is 0. */
struct kept_row_value {
    int64_t seq;            /* of a model or operation */
    int32_t role, everyone; /* those of an address and of everyone */
    struct text bytes;      /* a model's facts, a fixed operation's JSON, a data set */
};

struct kept_row;

/* Zero bytes, but for the bound, are none: nothing is allocated until the first row is kept. */
struct kept_rows {
    struct kept_row **chains; /* by hash; NULL: no row was ever kept */
    size_t hand;              /* the chain that is swept next */
    size_t bytes;             /* in use */
    size_t bytes_max;
};

void kept_rows_release(struct kept_rows *rows);

struct kept_row_key kept_row_key(const struct row_versions *versions, enum kept_row_kind kind,
    int64_t namespace_id, struct text model_id, struct text child);

/* True if the row is kept and was not touched since. The bytes of the value are borrowed until the
 * next call. */
bool kept_rows_find(
    struct kept_rows *rows, const struct kept_row_key *key, struct kept_row_value *ret_value);

/*
 * Copies a row that kept_rows_find did not find and that was looked up afterwards. The caller has
 * made sure, after the key was made, that the store's generation is that of his snapshot.
 */
void kept_rows_keep(
    struct kept_rows *rows, const struct kept_row_key *key, const struct kept_row_value *value);

#endif
