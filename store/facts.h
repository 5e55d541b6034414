/*
 * A model's facts as the bytes of one column: a format number, the numbers of struct store_model in
 * a fixed order and little-endian, the lengths of its texts, then the texts. Seq and id are columns
 * of their own and not in here.
 */
#ifndef STORE_FACTS_H
#define STORE_FACTS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/text.h"
#include "store/store.h"

/* Replaces the content of `out`. */
void facts_encode(struct buf *out, const struct store_model *model);

/* Sets all of `ret_model` that facts hold; its texts borrow from `facts`. False if these are not
 * what facts_encode wrote; then the model is undefined. */
bool facts_decode(struct text facts, struct store_model *ret_model);

#endif
