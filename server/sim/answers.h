/*
 * How a tuned model answers: a pure function of its data set, the prompt and a seed. The first
 * that fits wins, over all forms of the prompt: an exact training example in the same context; one
 * in another; the rule that every
 * example obeys; the nearest example (nearest.h); a fallback that is the same for the same prompt.
 *
 * Where the outputs are labels (examples.h), those of the nearest examples are voted for. A vote
 * weighs the more the nearer its example is, (s / (1 - s))^2 for a likeness of s, so that one
 * example that the prompt is a slip of the pen away from outvotes several that merely resemble it.
 *
 * The fallback is the output of an example that the hash of seed and prompt picks: nothing else is
 * a likely answer of a tuned model. Without examples it is a sentence that says so.
 */
#ifndef SERVER_SIM_ANSWERS_H
#define SERVER_SIM_ANSWERS_H

#include "server/sim/examples.h"
#include "server/sim/prompt.h"
#include "server/sim/rule.h"

enum answer_source {
    ANSWER_FROM_EXAMPLE,
    ANSWER_FROM_RULE,
    ANSWER_FROM_NEAREST,
    ANSWER_FROM_FALLBACK,
    ANSWER_FROM_BASE /* no tuned model's */
};

struct answer {
    enum answer_source source;
    struct text text;       /* lives in the arena or in the data set */
    uint32_t example_index; /* whose output it is, if an example's; of a vote, who weighed most */
    double score;           /* ANSWER_FROM_NEAREST only: likeness of the input, at most 1 */
    uint32_t rule;          /* ANSWER_FROM_RULE only: its kind */
};

/*
 * Answers `prompt`. `examples` may be NULL: a model created without training data.
 */
struct answer answer_prompt(const struct examples *examples, const struct prompt *prompt,
    uint64_t seed, struct arena *arena);

/* The value of the X-Emulator-Answer header: "example:N" (from 0), "rule:NAME", "nearest:N SCORE",
 * "fallback", "base". In the arena, or a constant. */
struct text answer_source_name(const struct answer *answer, struct arena *arena);

#endif
