/* Decimal numbers as text: what JSON numbers and numbers in JSON strings have in common. */
#ifndef SERVER_JSON_DECIMAL_H
#define SERVER_JSON_DECIMAL_H

#include "base/arena.h"
#include "base/text.h"

/* The parts of "-12.5e+3"; each of the texts may be empty. */
struct decimal {
    bool is_negative;
    struct text whole;    /* digits before the point, leading zeros included */
    struct text fraction; /* digits behind the point */
    struct text exponent; /* with its sign, without the e */
};

/*
 * Splits what strtod takes in base ten: an optional sign, digits with an optional point (at least
 * one digit in all), and an optional exponent. False for anything else, white space included.
 */
bool decimal_parse(struct text text, struct decimal *ret_decimal);

/*
 * The double nearest to the text; False if it is no decimal, or too large for a double. The arena
 * is used for a moment where the text is long.
 */
bool decimal_to_double(struct text text, struct arena *arena, double *ret_number);

#endif
