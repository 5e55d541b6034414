/* Rules about characters as a reader sees them: "e" with an accent, a family of emoji and a flag
 * are one each (unicode.h). */
#ifndef SERVER_SIM_RULE_CHARACTERS_H
#define SERVER_SIM_RULE_CHARACTERS_H

#include "server/sim/rule_kind.h"

/* The characters from last to first. */
rule_recognise_function rule_reverse_characters_recognise;
rule_apply_function rule_reverse_characters_apply;

/*
 * How many there are, in digits or in English words. What is counted differs between data sets, and
 * the examples show it; where they do not, it is the first of these: all characters, code points,
 * all but white space, only those that belong to words.
 */
rule_recognise_function rule_length_characters_recognise;
rule_apply_function rule_length_characters_apply;

#endif
