/*
 * The rules that all examples of a data set may obey, found once when the data set is made, and
 * applied to every prompt that is no example. Pure functions, for any thread.
 */
#ifndef SERVER_SIM_RULE_H
#define SERVER_SIM_RULE_H

#include <stdint.h>

#include "server/sim/rule_kind.h"

/* Stored in data sets: never renumber. */
enum rule {
    RULE_NONE = 0,
    RULE_SUCCESSOR = 1,
    RULE_DISTANCE = 2,
    RULE_FACTOR = 3,
    RULE_AFFIX = 4,
    RULE_TEMPLATE = 5,
    RULE_UPPER = 6,
    RULE_LOWER = 7,
    RULE_TITLE = 8,
    RULE_SENTENCE = 9,
    RULE_REVERSE_CHARACTERS = 10,
    RULE_REVERSE_WORDS = 11,
    RULE_FIRST_WORD = 12,
    RULE_LAST_WORD = 13,
    RULE_LENGTH_CHARACTERS = 14,
    RULE_LENGTH_WORDS = 15,
    RULE_REMOVAL = 16,
    RULE_IDENTITY = 17,
    RULE_CONSTANT = 18,
    RULE_PART = 19
};

struct rule_found {
    uint32_t kind;         /* of enum rule */
    struct text parameter; /* any bytes, at most RULE_PARAMETER_BYTES_MAX */
};

/*
 * The first rule of the table in rule.c that every one of the examples obeys; RULE_NONE if there is
 * none, or no example. A rule that holds for all but a few is no rule. The parameter lives in the
 * arena, or is a constant, or a part of the examples. Linear in the examples, and no kind goes on
 * after the first example that disobeys.
 *
 * What a rule says, and when it is believed, is told beside its functions: rule_numbers.h,
 * rule_template.h, rule_case.h, rule_characters.h, rule_words.h, rule_removal.h, rule_same.h. All
 * but the successor need two different inputs, since one example shows nothing; a rule that changes
 * texts needs one that is changed, which tells it from identity. Inputs and outputs are trimmed;
 * outputs are compared byte by byte, but for numbers.
 */
struct rule_found rule_of_examples(
    const struct example *examples, size_t example_count, struct arena *arena);

/*
 * What the rule makes of the input, without white space around it. False if it cannot be applied to
 * it, the input is blank, or the kind is none or unknown. The output lives in the arena, or is a
 * part of the input or of the parameter. Linear in the input. The parameter may be any bytes.
 */
bool rule_apply(uint32_t kind, struct text parameter, struct text input, struct arena *arena,
    struct text *ret_output);

/* "successor": what X-Emulator-Answer calls it; empty if the kind is none or unknown. A constant.
 */
struct text rule_name(uint32_t kind);

/* True of RULE_NONE and of every kind of the table. */
bool rule_is_known(uint32_t kind);

#endif
