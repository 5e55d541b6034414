/*
 * What all kinds of rules share: the examples, and the pair of functions that is a kind. The kinds
 * stand in a table in rule.c, which says when the functions are called and with what.
 */
#ifndef SERVER_SIM_RULE_KIND_H
#define SERVER_SIM_RULE_KIND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"

/* One of a data set, which examples.h encodes. */
struct example {
    struct text input;
    struct text output;
};

enum {
    /* Of a rule's parameter, which is stored with the data set: twice the longest output. What has
     * a longer one is no rule. */
    RULE_PARAMETER_BYTES_MAX = 65536
};

/*
 * True if every one of the examples obeys the kind's rule. `ret_parameter` then gets what apply
 * needs to know beside the input; it lives in the arena, or is a constant. Time is linear in the
 * bytes of the examples, and ends with the first example that disobeys.
 */
typedef bool rule_recognise_function(const struct example *examples, size_t example_count,
    struct arena *arena, struct text *ret_parameter);

/*
 * What the rule makes of an input without white space around it, of which it has at least one
 * byte; in the arena, or a part of the input or of the parameter. False if the rule cannot be
 * applied to it. The parameter is what recognise gave, but may have been damaged on a disk: any
 * bytes are survived.
 */
typedef bool rule_apply_function(
    struct text parameter, struct text input, struct arena *arena, struct text *ret_output);

/* What examples say about a rule. */
struct rule_evidence {
    bool is_obeyed;      /* by all; if not, the rest says nothing */
    bool has_two_inputs; /* that differ, trimmed */
    size_t change_count; /* different inputs that are not their outputs: 0, 1, or 2 for more */
    size_t seen_bytes;   /* of the inputs that were looked at, until one disobeyed; said always */
};

/* Inputs and outputs are trimmed and compared by their bytes. A blank input obeys nothing. */
struct rule_evidence rule_evidence_of(const struct example *examples, size_t example_count,
    rule_apply_function *apply, struct text parameter, struct arena *arena);

/*
 * For rules that come in variants: the first parameter under which all examples obey. Two different
 * inputs have to show the rule, one of them with an output that is another text: two upper case
 * words that stay as they are do not tell upper case from identity.
 */
bool rule_variant_recognise(const struct example *examples, size_t example_count,
    rule_apply_function *apply, const struct text *parameters, size_t parameter_count,
    struct arena *arena, struct text *ret_parameter);

#endif
