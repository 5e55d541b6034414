/*
 * An estimate of how many tokens a text has; deterministic, additive over parts that are separated
 * by white space, and right for the recorded answers ("100" and "101" are 3 tokens each).
 */
#ifndef SERVER_SIM_TOKENS_H
#define SERVER_SIM_TOKENS_H

#include <stdint.h>

#include "base/text.h"

/* At least 1 for a text that is not empty; 0 for the empty text. */
int32_t tokens_estimate(struct text text);

/*
 * The length in bytes of the first `token_count` tokens of `text` (its whole length if it has no
 * more), for maxOutputTokens and for cutting streams into chunks. A token never ends inside a
 * character as a reader sees it (server/sim/unicode.h), so that a letter keeps its marks.
 */
size_t tokens_prefix_bytes(struct text text, int32_t token_count);

#endif
