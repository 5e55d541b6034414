/* Rules without a change: the output is the input, or always the same. */
#ifndef SERVER_SIM_RULE_SAME_H
#define SERVER_SIM_RULE_SAME_H

#include "server/sim/rule_kind.h"

/* Two different inputs have to show it. No label set does: its labels are not their own inputs. */
rule_recognise_function rule_identity_recognise;
rule_apply_function rule_identity_apply;

/* Two different inputs have to show it. */
rule_recognise_function rule_constant_recognise;
rule_apply_function rule_constant_apply;

#endif
