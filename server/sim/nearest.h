/*
 * The examples whose inputs are nearest to a text. How near two texts are is the share of their
 * features (signature.h) that both have: 2 * shared / (all of one + all of the other), 1 if they
 * are all the same.
 *
 * All examples are looked at by their signatures. Those that may be nearest are then compared as
 * they are, the most promising first, until no other can be nearer or NEAREST_COMPARED_BYTES_MAX
 * are read. So time is bounded whatever prompt and examples hold: some 50 ns for each example, and
 * 15 ms for texts of megabytes, of which signature.h reads 128 KiB each.
 */
#ifndef SERVER_SIM_NEAREST_H
#define SERVER_SIM_NEAREST_H

#include "server/sim/examples.h"
#include "server/sim/slip.h"

enum {
    /*
     * Of a hundred parts: what is less near is not near at all. Of English, Russian, Polish,
     * German, Japanese, Korean and Chinese sentences, 98 of 100 with a slip of the pen are nearer
     * than 47 parts to what they were, and of 100 random rows of their letters 98 are less near
     * than 39 to any; single words of seven letters, 55 and 46.
     */
    NEAREST_PERCENT_MIN = 40,
    /* Those that vote where the outputs are labels. */
    NEAREST_VOTERS = 7,
    /* In a text of so many bytes a slip of the pen changes much of what is compared: what was meant
     * is looked for among several. In longer ones it is the nearest without. */
    NEAREST_SHORT_BYTES_MAX = 64,
    /* Of inputs that are compared for one text, each with NEAREST_COMPARED_BYTES_EACH more for
     * the work that even the shortest is: less than 1 ms.  */
    NEAREST_COMPARED_BYTES_MAX = 32768,
    NEAREST_COMPARED_BYTES_EACH = 64,
    /* But so many are compared however long they are. */
    NEAREST_COMPARED_MIN = 4
};

struct nearest_example {
    uint32_t index;
    uint32_t shared, total; /* the likeness is 2 * shared / total */
    uint32_t length_gap;    /* in bytes; of equals the nearer in length comes first */
    enum slip slip;         /* of the pen, if it is one away: such come before all others */
};

/* The nearest, at most `count_max` of them; none is less near than NEAREST_PERCENT_MIN. */
struct nearest {
    struct nearest_example examples[NEAREST_VOTERS]; /* nearest first; of equals the first given */
    size_t count;
};

/* Looks at the examples that are seen (examples.h). The same is always nearest to the same text. */
struct nearest nearest_find(
    const struct examples *examples, struct text text, size_t count_max, struct arena *scratch);

/* From NEAREST_PERCENT_MIN / 100 to 1. */
double nearest_likeness(const struct nearest_example *example);

/* True if the one is nearer than the other, of whatever text. */
bool nearest_is_nearer(const struct nearest_example *one, const struct nearest_example *other);

#endif
