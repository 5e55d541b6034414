/* Data sets inside the writer's transaction: stored once by content, whoever uses them. */
#ifndef STORE_DATA_SET_H
#define STORE_DATA_SET_H

#include <stdint.h>

#include "store/store.h"

/* Finds the data set of the write's model by its name, or inserts it; 0 for a model without one.
 * One whose bytes are others than the write brings is damaged, and written anew. */
enum store_result data_set_need(
    struct store *store, const struct store_write *write, int64_t *ret_data_set_id);

/* Deletes it unless a model uses it. */
enum store_result data_set_delete(struct store *store, int64_t data_set_id);

#endif
