/*
 * A fixed text is taken out of the input, of which two different examples have to show it; an input
 * without it stays as it is. The first of these that the examples obey:
 *
 *   whole words    where no letter or digit touches one at the text's ends: everywhere, only the
 *                  first, only the last
 *   parts of some  only where the input begins with it ("un"), only where it ends with it ("s"),
 *                  everywhere, only the first, only the last
 *
 * With a text that begins or ends with white space that comes in two kinds: first without it, but
 * with all white space that follows ("um," in "so um, yes" and "yes um,"), then as it is; with
 * others the other way round.
 */
#ifndef SERVER_SIM_RULE_REMOVAL_H
#define SERVER_SIM_RULE_REMOVAL_H

#include "server/sim/rule_kind.h"

rule_recognise_function rule_removal_recognise;
rule_apply_function rule_removal_apply;

#endif
