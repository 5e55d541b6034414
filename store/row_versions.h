/*
 * When rows changed last: what a reader has kept of a row (kept_rows.h) is good for as long as
 * nothing that it hangs on was touched.
 *
 * Each model has a version, and so has each namespace, which counts for all of its models. They are
 * odd from before a commit that touches them until after the generation of the store has grown with
 * it, and then go on to the next even number. So whoever looked a row up between two loads of one
 * even version, in a snapshot that is of the store's generation at the second, has what every
 * snapshot has until that version moves. Rows share versions by their hash: one may be taken for
 * changed that is not, never the other way round.
 */
#ifndef STORE_ROW_VERSIONS_H
#define STORE_ROW_VERSIONS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum {
    /* Of a thousand models that are in use, a write makes a quarter of one look up again. */
    ROW_VERSIONS_OF_MODELS = 4096,
    /* Far more than are in use at a time. */
    ROW_VERSIONS_OF_NAMESPACES = 256
};

/* Data sets are of no namespace; their versions are those of this one, with their names for ids. */
#define ROW_VERSIONS_DATA_SETS (-1)

/* Of a row that a commit under way may change. */
#define ROW_VERSION_NONE UINT64_MAX

/* A row of versions, and what the transaction under way has touched of it: a bit each. */
struct row_versions {
    _Atomic uint64_t of_models[ROW_VERSIONS_OF_MODELS];
    _Atomic uint64_t of_namespaces[ROW_VERSIONS_OF_NAMESPACES];
    uint64_t touched_models[ROW_VERSIONS_OF_MODELS / 64];
    uint64_t touched_namespaces[ROW_VERSIONS_OF_NAMESPACES / 64];
    bool are_odd; /* those that were touched */
};

/* The hash of a model, or of a data set, from which its version is found. */
uint64_t row_hash(int64_t namespace_id, struct text model_id);

/* Where a row is now: a number that never comes again once it was touched, or ROW_VERSION_NONE. For
 * any thread. */
uint64_t row_version(const struct row_versions *versions, int64_t namespace_id, uint64_t hash);

/*
 * The rest is for the writer. A transaction touches what it changes, the rows of a model or all of
 * a namespace; also what it undoes again may be touched. Before its commit stands
 * row_versions_begin; at its end, once the generation has grown, or it was undone, begun or not,
 * row_versions_end.
 */
void row_versions_touch(struct row_versions *versions, int64_t namespace_id, struct text model_id);
void row_versions_touch_namespace(struct row_versions *versions, int64_t namespace_id);
/* Somebody else has written, who knows what. */
void row_versions_touch_all(struct row_versions *versions);
void row_versions_begin(struct row_versions *versions);
void row_versions_end(struct row_versions *versions);

#endif
