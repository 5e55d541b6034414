#include "server/sim/rule_same.h"

#include "server/sim/unicode.h"

bool rule_identity_apply(
    struct text parameter, struct text input, struct arena *arena, struct text *ret_output)
{
    (void)parameter;
    (void)arena;
    *ret_output = input;
    return true;
}

bool rule_identity_recognise(const struct example *examples, size_t example_count,
    struct arena *arena, struct text *ret_parameter)
{
    *ret_parameter = TEXT("");
    struct rule_evidence evidence =
        rule_evidence_of(examples, example_count, rule_identity_apply, *ret_parameter, arena);
    return evidence.is_obeyed && evidence.has_two_inputs;
}

bool rule_constant_apply(
    struct text parameter, struct text input, struct arena *arena, struct text *ret_output)
{
    (void)input;
    (void)arena;
    *ret_output = parameter;
    return true;
}

bool rule_constant_recognise(const struct example *examples, size_t example_count,
    struct arena *arena, struct text *ret_parameter)
{
    *ret_parameter = unicode_trim(examples[0].output);
    struct rule_evidence evidence =
        rule_evidence_of(examples, example_count, rule_constant_apply, *ret_parameter, arena);
    return evidence.is_obeyed && evidence.has_two_inputs;
}
