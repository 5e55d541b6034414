/*
 * The rules that all examples of a data set may obey, found once when the data set is made, and
 * applied to every prompt that is no example. Pure functions, for any thread.
 */
#ifndef SERVER_SIM_RULE_H
#define SERVER_SIM_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"

/* One of a data set, which examples.h encodes. */
struct example {
    struct text input;
    struct text output;
};

/* Stored in data sets: never renumber. */
enum rule {
    RULE_NONE = 0,
    RULE_SUCCESSOR = 1 /* the next number: digits, separators, minus, English words, Roman */
};

/*
 * The rule that every one of the examples obeys; RULE_NONE without examples.
 *
 * RULE_SUCCESSOR: each output is the input's successor. Outputs are compared trimmed and by case,
 * but may join their parts in another way (spaces, hyphens, commas, "and"), since an input does not
 * always show how its writer does: "two hundred" "two hundred and one" and "999" "1,000" obey it.
 * What rule_successor gives does not depend on the examples.
 */
enum rule rule_of_examples(const struct example *examples, size_t example_count);

/*
 * The number after `input`, written the way `input` is: "9" "10"; "1,000" "1,001"; "-1" "0";
 * "ninety nine" "one hundred"; "LXIII" "LXIV"; white space around it is dropped; capitals and
 * hyphens are kept ("Forty-Nine" "Fifty", "Twenty-Two" "Twenty-Three"). False if input is no number
 * in one of these notations, or its successor cannot be written in it. What exactly is read and
 * written is told in successor.h and number_words.h; a text that is a number in several notations
 * is read in the first of digits, English, the small lists of other languages, Roman.
 */
bool rule_successor(struct text input, struct arena *arena, struct text *ret_output);

#endif
