/*
 * A walk through a text from its end to its begin: where can a part of the pattern end that begins
 * here? The steps are followed backwards, from those that end the part; each knows the farthest end
 * that is known to be reached from it, and as the farthest are followed first, a step is never
 * followed twice at one place. Private to the regular expressions.
 */
#ifndef BASE_REGEX_WALK_H
#define BASE_REGEX_WALK_H

#include "base/regex_program.h"

/* A place is between two characters of the text: 0 is its begin. */
#define REGEX_NOWHERE UINT32_MAX

/* A set of places, none before `first`: a bit each from there on. bits == NULL: the first alone. */
struct regex_places {
    uint8_t *bits;
    uint32_t first;
};

struct regex_walk;

/* Reads the text, which is not looked at any more; to be freed. The text has less than 2^32 - 1
 * bytes. Each walk takes its steps off `steps_left`. */
struct regex_walk *regex_walk_new(
    const struct regex *regex, struct text text, bool is_whole, uint64_t *steps_left);
void regex_walk_free(struct regex_walk *walk);

/* The place behind the last character. */
uint32_t regex_walk_count(const struct regex_walk *walk);

/* Of a place, in bytes. */
size_t regex_walk_offset(const struct regex_walk *walk, uint32_t place);

/* What is taken, by the steps [from, to), within [start, end] of the text. */
struct regex_part {
    size_t from, to;
    uint32_t start, end;
    struct regex_places goals; /* where it may end */
    bool is_loop; /* the steps are taken over and over; it may also end where it can begin anew */
};

/* What regex_walk_end tells from now on. If no steps are left, everything ends at the part's end:
 * who asks on comes to an end, too, and what it has then is to be thrown away. */
void regex_walk_back(struct regex_walk *walk, const struct regex_part *part);

/* The farthest end of what begins at a place within [start, end], or REGEX_NOWHERE; of a loop the
 * end of its first turn. */
uint32_t regex_walk_end(const struct regex_walk *walk, uint32_t place);

#endif
