/*
 * A model's facts as the bytes of one column: a head with a checksum, the numbers of struct
 * store_model in a fixed order and little-endian, the lengths of its texts, then the texts. Seq and
 * id are columns of their own and not in here; the checksum is also of the id.
 */
#ifndef STORE_FACTS_H
#define STORE_FACTS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/text.h"
#include "store/store.h"

/* Replaces the content of `out`. */
void facts_encode(struct buf *out, const struct store_model *model);

/*
 * Sets all of `ret_model` that facts hold; its id must be set already, its texts borrow from
 * `facts`. Gives NULL, or in words what is wrong; then the model is undefined. Lengths and ranges
 * of numbers are always checked. `ret_is_vouched` gets whether the checksum vouches for the rest;
 * of rows of the format that had none, the texts have to be looked at.
 */
const char *facts_decode(struct text facts, struct store_model *ret_model, bool *ret_is_vouched);

/* The same of bytes in which facts_decode has found nothing wrong, and which lay in memory since.
 */
void facts_decode_again(struct text facts, struct store_model *ret_model);

/* NULL if id and texts are UTF-8, else what is not, in words. */
const char *facts_check_texts(const struct store_model *model);

#endif
