/* English number words, as the tuning quickstart counts with them. */
#ifndef SERVER_SIM_NUMBER_WORDS_H
#define SERVER_SIM_NUMBER_WORDS_H

#include "server/sim/notation.h"

/* Input that is longer is no number: the longest that can be written has about 550 bytes. */
enum { NUMBER_WORDS_LEN_MAX = 1024 };

/*
 * Reads and writes whole numbers between -10^36 and 10^36 exclusively.
 *
 * Read: words in any case, between them white space or a hyphen, and after a scale word
 * ("thousand") a comma; "and" before what follows "hundred" or a scale word; "a" or nothing
 * instead of a "one" that begins the number ("a hundred", "thousand"). Refused: scale words that
 * do not fall ("one thousand thousand"), zero inside a number, more than nine hundreds.
 *
 * Written: as the input shows it. "and", commas, the hyphen of "twenty-two", "a", the word for
 * minus and capitals are used if the input uses them; what it does not show is written as in the
 * quickstart ("eighty" "eighty one", "two hundred" "two hundred one"). Capitals are those of all
 * letters, of every word, or of the first word; a single word with a capital counts as the last
 * ("Eighty" "Eighty one"). "and" stands between hundreds and the rest, and before a last group
 * below one hundred, where it replaces the comma.
 */
extern const struct notation notation_words;

#endif
