/*
 * Bytes that are kept under a key for as long as there is room: those that were used longest ago
 * make room for others. A key has all that its bytes follow from, so that nothing ever has to be
 * taken out because it is no longer true. Belongs to one thread at a time.
 */
#ifndef BASE_KEPT_H
#define BASE_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct kept;

/* Keeps no more than this, all its own memory counted; takes nearly none until something is kept.
 */
struct kept *kept_new(size_t bytes_max);
/* NULL is allowed. */
void kept_free(struct kept *kept);

/* What is kept: bytes, and a number that says something of them. */
struct kept_value {
    struct text bytes;
    int64_t number;
};

/* What is kept under a key, borrowed until something else is; no bytes and 0: nothing. NULL keeps
 * nothing. */
struct kept_value kept_find(struct kept *kept, struct text key);

/*
 * Adds bytes behind those that kept_find has just found, or to nothing if it has not, and replaces
 * the number. False if there is no room, or for NULL: all stays as it is. Copies key and bytes.
 */
bool kept_add(struct kept *kept, struct text key, struct kept_value value);

/* Has a key keep these bytes and no others, or nothing. */
void kept_put(struct kept *kept, struct text key, struct kept_value value);

#endif
