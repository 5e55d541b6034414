/* How far a name is from one that was meant: for "did you mean". */
#ifndef BASE_DISTANCE_H
#define BASE_DISTANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* What names may have; of longer texts only the first bytes are compared. */
enum { DISTANCE_BYTES_MAX = 256 };

/*
 * The number of bytes to be inserted, deleted or replaced, and of neighbours to be swapped, to make
 * `text` the pattern, A-Z as a-z. A '/' or ':' counts as five, since another number of them is
 * another kind of path.
 * A '*' of the pattern stands for one or more bytes without '/' and ':', two for any bytes.
 */
size_t distance_between(struct text text, struct text pattern);

/* True if a text at this distance may well have been meant to be the pattern: less than half of it
 * would have to be mended. */
bool distance_is_near(size_t distance, struct text pattern);

#endif
