/*
 * The number after a number, one function per notation. Each takes input without white space
 * around it, gives false if that is not a number in its notation or its successor cannot be
 * written in it, and otherwise a text in the arena, written the way the input is. English words
 * are in number_words.h.
 */
#ifndef SERVER_SIM_SUCCESSOR_H
#define SERVER_SIM_SUCCESSOR_H

#include "base/arena.h"
#include "base/text.h"

/*
 * Decimal digits of any length, with an optional "+", "-" or U+2212 in front: "9" "10", "-1" "0",
 * "-0" "1". Leading zeros are a width that is kept: "007" "008", "-010" "-009".
 *
 * Digits may stand in groups of three, all separated the same way by a comma, a space, a no-break
 * space (U+00A0, U+202F), an underscore, an apostrophe (' or U+2019) or a full stop:
 * "999,999" "1,000,000", "1.999" "2.000". After a zero a full stop is a decimal point: "0.125" is
 * refused. Input without separators gets none ("999" "1000").
 */
bool successor_of_digits(struct text input, struct arena *arena, struct text *ret_output);

/*
 * Canonical Roman numerals of 1 to 3999, all upper or all lower case: "LXIII" "LXIV". "IIII",
 * "IL" and "Iv" are refused, and so is "MMMCMXCIX", whose successor has no canonical form. A word
 * that happens to be a canonical numeral is read as one: "I" "II", "mix" "mx".
 */
bool successor_of_roman(struct text input, struct arena *arena, struct text *ret_output);

/*
 * The small numbers in French and in Chinese characters that notebooks about tuning ask for:
 * "quatre" "cinq", U+516D U+4E03. Lower case, zero to nineteen.
 */
bool successor_of_word_list(struct text input, struct arena *arena, struct text *ret_output);

#endif
