/*
 * How a tuned model answers: a pure function of its data set, the prompt and a seed. The first
 * that fits wins: an exact training example; the rule that every example obeys; a fallback that is
 * the same for the same prompt.
 *
 * The fallback is the output of an example, since nothing else is a likely answer of a tuned
 * model: of the example whose input shares the largest part of its trigrams (of bytes, A-Z as
 * a-z) with the prompt, the first of equals; if none shares any, of one that the hash of seed and
 * prompt picks. It looks at no more than 1,000 examples, spread evenly over the data set, and at
 * the first 512 bytes of each text. Without examples it is a sentence that says so.
 */
#ifndef SERVER_SIM_ANSWERS_H
#define SERVER_SIM_ANSWERS_H

#include "server/sim/examples.h"

/* Rules that can be induced from examples. Stored in data sets: never renumber. */
enum answer_rule {
    ANSWER_RULE_NONE = 0,
    ANSWER_RULE_SUCCESSOR = 1 /* the next number: digits, separators, minus, English words, Roman */
};

enum answer_source { ANSWER_FROM_EXAMPLE, ANSWER_FROM_RULE, ANSWER_FROM_FALLBACK };

struct answer {
    enum answer_source source;
    struct text text;       /* lives in the arena or in the data set */
    uint32_t example_index; /* ANSWER_FROM_EXAMPLE only */
    enum answer_rule rule;  /* ANSWER_FROM_RULE only */
};

/* Answers `prompt`. `examples` may be NULL: a model created without training data. */
struct answer answer_prompt(
    const struct examples *examples, struct text prompt, uint64_t seed, struct arena *arena);

/*
 * True if every one of the examples is its input's successor; needs at least one example. Outputs
 * are compared trimmed and by case, but may join their parts in another way (spaces, hyphens,
 * commas, "and"), since an input does not always show how its writer does: "two hundred" "two
 * hundred and one" and "999" "1,000" obey the rule. What answer_successor gives does not depend on
 * the examples.
 */
bool answer_rule_is_successor(
    const struct example *examples, size_t example_count, struct arena *scratch);

/*
 * The number after `input`, written the way `input` is: "9" "10"; "1,000" "1,001"; "-1" "0";
 * "ninety nine" "one hundred"; "LXIII" "LXIV"; white space around it is dropped; capitals and
 * hyphens are kept ("Forty-Nine" "Fifty", "Twenty-Two" "Twenty-Three"). False if input is no number
 * in one of these notations, or its successor cannot be written in it. What exactly is read and
 * written is told in successor.h and number_words.h; a text that is a number in several notations
 * is read in the first of digits, English, the small lists of other languages, Roman.
 */
bool answer_successor(struct text input, struct arena *arena, struct text *ret_output);

/* Short name for the X-Emulator-Answer header: "example", "rule successor", "fallback". */
const char *answer_source_name(const struct answer *answer);

#endif
