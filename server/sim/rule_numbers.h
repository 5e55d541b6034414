/*
 * Rules about numbers: successor, distance, factor. Inputs and outputs are numbers in digits,
 * English words, the small lists of other languages or Roman numerals, of which a text is read as
 * the first that it can be; an output is written as its input is, and an example set may mix
 * notations. Outputs are compared trimmed and by case, but may join their parts in another way
 * (spaces, hyphens, commas, "and"), since an input does not always show how its writer does: "two
 * hundred" "two hundred and one" and "999" "1,000" obey successor. What cannot be written in the
 * input's notation (zero in Roman numerals, a fraction in words) is no answer.
 */
#ifndef SERVER_SIM_RULE_NUMBERS_H
#define SERVER_SIM_RULE_NUMBERS_H

#include "server/sim/rule_kind.h"

/* The next whole number, and of a decimal that none of the examples is, one more. One example shows
 * it: nobody else maps a number to the next. */
rule_recognise_function rule_successor_recognise;
rule_apply_function rule_successor_apply;

/*
 * A number that is a fixed distance away, up or down, but not 0; of any size, and decimals, too.
 * Two examples with different values have to show it, as one also shows a factor.
 */
rule_recognise_function rule_distance_recognise;
rule_apply_function rule_distance_apply;

/*
 * A number that is a fixed number of times as large, but not 0 or 1 times; a fraction, if every
 * output is then a decimal that ends. Two examples with different values that are not 0 have to
 * show it. Inputs and outputs have any number of digits, but the factor is found in an example
 * where both have at most 18 between the zeros at their ends.
 */
rule_recognise_function rule_factor_recognise;
rule_apply_function rule_factor_apply;

#endif
