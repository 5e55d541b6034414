/*
 * Rules about words. What a word is differs between data sets, and the examples show it; where they
 * do not, it is the first of these that they obey:
 *
 *   bare     what stands between white space, without what is no letter, mark or digit at its ends:
 *            "don't" and "well-known" of "(don't!) well-known,"
 *   spaced   what stands between white space
 *   run      a run of letters, marks and digits: "well" and "known"
 */
#ifndef SERVER_SIM_RULE_WORDS_H
#define SERVER_SIM_RULE_WORDS_H

#include "server/sim/rule_kind.h"

/* The words from last to first; what stands between them stays where it is. Spaced words come
 * first: "Hello, world!" is "world! Hello," unless the examples show "world, Hello!". */
rule_recognise_function rule_reverse_words_recognise;
rule_apply_function rule_reverse_words_apply;

/* An input with several words has to show this and the next. */
rule_recognise_function rule_first_word_recognise;
rule_apply_function rule_first_word_apply;

rule_recognise_function rule_last_word_recognise;
rule_apply_function rule_last_word_apply;

/* How many words there are, in digits. */
rule_recognise_function rule_length_words_recognise;
rule_apply_function rule_length_words_apply;

#endif
