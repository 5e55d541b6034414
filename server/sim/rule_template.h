/*
 * Rules about texts with the input inside. How often it stands in the output, and where, is what
 * two examples with different inputs have in common; all others have to agree.
 */
#ifndef SERVER_SIM_RULE_TEMPLATE_H
#define SERVER_SIM_RULE_TEMPLATE_H

#include "server/sim/rule_kind.h"

/* The input once, with a constant text before it, behind it, or both. */
rule_recognise_function rule_affix_recognise;

/* The input several times, with or without constant texts around: "Dear X, thank you, X!". */
rule_recognise_function rule_template_recognise;

/*
 * A part of the input once or several times: what is left of it without what all inputs begin and
 * end with: "Translate X to French" "French for X". Preferably these end with a word of theirs:
 * "Bob" and "Bill" do not begin with a constant "B". A prompt that does not begin and end like that
 * has no such part. This also goes by the name of template, but comes behind all rules that know
 * the input as a whole: "the cat" "The cat" is sentence case.
 */
rule_recognise_function rule_part_recognise;

/* Of all three. */
rule_apply_function rule_template_apply;

#endif
