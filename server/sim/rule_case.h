/*
 * Rules about capitals, in every script that has them (unicode.h). An input without such letters
 * stays as it is.
 */
#ifndef SERVER_SIM_RULE_CASE_H
#define SERVER_SIM_RULE_CASE_H

#include "server/sim/rule_kind.h"

rule_recognise_function rule_upper_recognise;
rule_apply_function rule_upper_apply;

rule_recognise_function rule_lower_recognise;
rule_apply_function rule_lower_apply;

/*
 * Each word begins with a capital. The first of these that the examples obey: all other letters are
 * small ("Well-Known"); only white space separates words ("Well-known"); the other letters stay as
 * they are ("McDonald"); English articles, conjunctions and short prepositions stay small unless
 * they are the first word ("The Lord of the Rings").
 */
rule_recognise_function rule_title_recognise;
rule_apply_function rule_title_apply;

/*
 * Each sentence begins with a capital. The first of these that the examples obey: all other letters
 * are small; only the first sentence does, and all other letters are small; only the first does,
 * and the others stay as they are.
 */
rule_recognise_function rule_sentence_recognise;
rule_apply_function rule_sentence_apply;

#endif
