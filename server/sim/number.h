/*
 * Whole numbers and decimals of any length, as decimal digits. All functions are linear in the
 * digits and exact; what they return lives in the arena.
 */
#ifndef SERVER_SIM_NUMBER_H
#define SERVER_SIM_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

struct number {
    bool is_negative;      /* never of zero */
    struct text digits;    /* at least one more than the fraction has, all '0' to '9' */
    size_t fraction_count; /* how many of them are behind the point */
};

/*
 * A ratio of two numbers. Both parts are below this, so that a digit's product and its carry fit
 * into 64 bits.
 */
#define NUMBER_RATIO_PART_MAX UINT64_C(1000000000000000000)
struct number_ratio {
    bool is_negative;
    uint64_t numerator;
    uint64_t denominator; /* not 0 */
};

enum {
    /* Digits behind the point that a quotient may have more than what is divided. */
    NUMBER_QUOTIENT_FRACTION_MAX = 18
};

bool number_is_zero(struct number number);

/* True if both have the same value. */
bool number_equals(struct number left, struct number right);

/* The same with the other sign. */
struct number number_negated(struct number number);

/*
 * Zeros that lead `left` are a width that is kept ("009" and 1 are "010"), and so are those behind
 * the point of whichever has more of them.
 */
struct number number_sum(struct number left, struct number right, struct arena *arena);

/* Leading zeros and those behind the point are kept likewise. False if the product is no decimal
 * with NUMBER_QUOTIENT_FRACTION_MAX more digits behind the point than `number` has. */
bool number_product(struct number number, struct number_ratio ratio, struct arena *arena,
    struct number *ret_product);

/* How many times `number` is what `part` is. False if part is zero, or the ratio, in its lowest
 * terms, has parts that are too large. */
bool number_ratio_of(struct number number, struct number part, struct number_ratio *ret_ratio);

/* A number that is not negative, from its binary form and back. False if it is negative, above
 * `max`, which is at most 10^18, or no whole number. */
struct number number_of_size(size_t value, struct arena *arena);
bool number_is_size(struct number number, size_t max, size_t *ret_value);

/* The same number without zeros at the end of its fraction. */
struct number number_shortest(struct number number);

#endif
