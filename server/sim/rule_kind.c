#include "server/sim/rule_kind.h"

#include "server/sim/unicode.h"

/* A change counts if its input differs from the first one that counted. */
static void rule_evidence_add(
    struct rule_evidence *evidence, struct text input, struct text *first_changed)
{
    if (evidence->change_count == 0)
        *first_changed = input;
    if (evidence->change_count == 0 ||
        (evidence->change_count == 1 && !text_equals(input, *first_changed)))
        evidence->change_count++;
}

struct rule_evidence rule_evidence_of(const struct example *examples, size_t example_count,
    rule_apply_function *apply, struct text parameter, struct arena *arena)
{
    struct rule_evidence evidence = {.is_obeyed = example_count > 0};
    struct text first = example_count > 0 ? unicode_trim(examples[0].input) : TEXT("");
    struct text first_changed = TEXT("");
    for (size_t i = 0; i < example_count && evidence.is_obeyed; i++) {
        struct text input = unicode_trim(examples[i].input);
        struct text output = unicode_trim(examples[i].output);
        struct arena_mark mark = arena_mark(arena);
        struct text expected;
        evidence.seen_bytes += input.len;
        evidence.is_obeyed = input.len > 0 && apply(parameter, input, arena, &expected) &&
                             text_equals(unicode_trim(expected), output);
        arena_rewind(arena, mark);
        evidence.has_two_inputs |= !text_equals(input, first);
        if (!text_equals(input, output))
            rule_evidence_add(&evidence, input, &first_changed);
    }
    return evidence;
}

bool rule_variant_recognise(const struct example *examples, size_t example_count,
    rule_apply_function *apply, const struct text *parameters, size_t parameter_count,
    struct arena *arena, struct text *ret_parameter)
{
    for (size_t i = 0; i < parameter_count; i++) {
        struct rule_evidence evidence =
            rule_evidence_of(examples, example_count, apply, parameters[i], arena);
        if (evidence.is_obeyed && evidence.has_two_inputs && evidence.change_count > 0) {
            *ret_parameter = parameters[i];
            return true;
        }
    }
    return false;
}
