/* Where the rows of two namespaces differ: what has to be copied so that they are the same. */
#ifndef STORE_DIFFERENCE_H
#define STORE_DIFFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/store.h"

/* Models behind `after_seq` up to `last_seq`, by their numbers, of which none is the same in both
 * namespaces. */
struct difference {
    int64_t after_seq, last_seq;
    bool is_of_facts; /* each is in both, and nothing but its facts differs */
};

enum {
    /* SQLite keeps in memory what it reads of a table that it copies into itself. With a thousand
     * permissions each, the most that a model may have, this many take a few megabytes. */
    DIFFERENCE_MODELS_MAX = 64
};

/*
 * Inside the writer's transaction. Adds struct differences to `differences`, in the order of the
 * numbers, of up to DIFFERENCE_MODELS_MAX models each. Models are the same that have the same
 * columns, and operations and permissions with the same columns.
 */
enum store_result difference_list(
    struct store *store, int64_t namespace_id, int64_t other_namespace_id, struct buf *differences);

#endif
