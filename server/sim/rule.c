#include "server/sim/rule.h"

#include "base/array.h"
#include "server/sim/rule_numbers.h"

struct rule_kind {
    uint32_t number;
    struct text name;
    rule_recognise_function *recognise;
    rule_apply_function *apply;
};

/* Of several that the examples obey, the first. */
static const struct rule_kind rule_kinds[] = {
    {RULE_SUCCESSOR, TEXT_INIT("successor"), rule_successor_recognise, rule_successor_apply},
    {RULE_DISTANCE, TEXT_INIT("distance"), rule_distance_recognise, rule_distance_apply},
    {RULE_FACTOR, TEXT_INIT("factor"), rule_factor_recognise, rule_factor_apply},
};

struct rule_found rule_of_examples(
    const struct example *examples, size_t example_count, struct arena *arena)
{
    struct text parameter;
    for (size_t i = 0; i < ARRAY_COUNT(rule_kinds) && example_count > 0; i++)
        if (rule_kinds[i].recognise(examples, example_count, arena, &parameter) &&
            parameter.len <= RULE_PARAMETER_BYTES_MAX)
            return (struct rule_found){rule_kinds[i].number, parameter};
    return (struct rule_found){RULE_NONE, TEXT("")};
}

static const struct rule_kind *rule_kind_of(uint32_t number)
{
    for (size_t i = 0; i < ARRAY_COUNT(rule_kinds); i++)
        if (rule_kinds[i].number == number)
            return &rule_kinds[i];
    return NULL;
}

bool rule_apply(uint32_t kind, struct text parameter, struct text input, struct arena *arena,
    struct text *ret_output)
{
    const struct rule_kind *rule = rule_kind_of(kind);
    struct text trimmed = text_trim(input);
    return rule && trimmed.len > 0 && rule->apply(parameter, trimmed, arena, ret_output);
}

struct text rule_name(uint32_t kind)
{
    const struct rule_kind *rule = rule_kind_of(kind);
    return rule ? rule->name : TEXT("");
}

bool rule_is_known(uint32_t kind)
{
    return kind == RULE_NONE || rule_kind_of(kind);
}
