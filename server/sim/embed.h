/*
 * Embeddings of texts: vectors that are near each other when the texts share words and parts of
 * words. What a text is made of (its words, and the trigrams of its letters with a space for
 * whatever stands between words; A-Z as a-z) is counted, and the counts are projected at random:
 * each feature adds its own pattern of plus and minus ones. Such a projection keeps cosines
 * (Johnson and Lindenstrauss). A pure function; the results must never change.
 */
#ifndef SERVER_SIM_EMBED_H
#define SERVER_SIM_EMBED_H

#include <stdint.h>

#include "base/text.h"

/* That of the service's embedding models of 2023 and 2024, and that of the later ones. Both are
 * whole numbers of the patterns that a hash gives. */
enum { EMBED_DIMENSIONS = 768, EMBED_DIMENSIONS_MAX = 3072 };

/* The projected counts of all that was added so far. */
struct embedding {
    unsigned dimensions;
    int32_t sums[EMBED_DIMENSIONS_MAX];
};

/* `dimensions` is EMBED_DIMENSIONS or EMBED_DIMENSIONS_MAX. */
void embed_init(struct embedding *embedding, unsigned dimensions);

/*
 * Adds a text (UTF-8, at most 100 MB in all), apart from those added before as if by a space. A
 * text without letters or digits counts as a whole; the empty text adds nothing.
 */
void embed_add(struct embedding *embedding, struct text text);

/* The vector of length 1 in the direction of the sums, as many values as `dimensions`; along the
 * first axis if they are zero. */
void embed_finish(const struct embedding *embedding, float *ret_values);

#endif
