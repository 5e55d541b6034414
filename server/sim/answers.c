#include "server/sim/answers.h"

#include <inttypes.h>

#include "base/hash.h"
#include "server/sim/nearest.h"
#include "server/sim/unicode.h"

static const struct text answer_without_examples =
    TEXT_INIT("This model has no training examples to answer from.");

/* How much the vote of an example weighs; finite for one that is all the same. */
static double answer_weight(const struct nearest_example *example)
{
    const double likeness_of_slip = 0.95;
    double likeness = nearest_likeness(example);
    if (example->slip >= SLIP_OF_LETTER && likeness < likeness_of_slip)
        likeness = likeness_of_slip;
    double odds = likeness / (1.01 - likeness);
    return odds * odds;
}

static struct text answer_label(
    const struct examples *examples, const struct nearest_example *example)
{
    return unicode_trim(examples_at(examples, example->index).output);
}

/* The nearest of those whose output has most votes, and of equals the nearer. */
static struct nearest_example answer_vote(
    const struct examples *examples, const struct nearest *nearest)
{
    double most = 0;
    size_t winner = 0;
    for (size_t i = 0; i < nearest->count; i++) {
        struct text label = answer_label(examples, &nearest->examples[i]);
        double votes = 0;
        for (size_t k = 0; k < nearest->count; k++)
            if (text_equals(label, answer_label(examples, &nearest->examples[k])))
                votes += answer_weight(&nearest->examples[k]);
        if (votes > most) {
            most = votes;
            winner = i;
        }
    }
    return nearest->examples[winner];
}

/* True if an example is near a form of the prompt: that of the form to which one is nearest. */
static bool answer_by_nearest(const struct examples *examples, const struct prompt *prompt,
    struct arena *arena, struct answer *ret_answer)
{
    struct nearest nearest = {.count = 0};
    for (size_t i = 0; i < prompt->form_count; i++) {
        bool is_short = prompt->forms[i].len <= NEAREST_SHORT_BYTES_MAX;
        size_t count = is_short || examples->are_outputs_labels ? NEAREST_VOTERS : 1;
        struct nearest found = nearest_find(examples, prompt->forms[i], count, arena);
        if (found.count > 0 &&
            (nearest.count == 0 || nearest_is_nearer(&found.examples[0], &nearest.examples[0])))
            nearest = found;
    }
    if (nearest.count == 0)
        return false;
    struct nearest_example chosen =
        examples->are_outputs_labels ? answer_vote(examples, &nearest) : nearest.examples[0];
    ret_answer->source = ANSWER_FROM_NEAREST;
    ret_answer->example_index = chosen.index;
    ret_answer->score = nearest_likeness(&chosen);
    ret_answer->text = examples_at(examples, chosen.index).output;
    return true;
}

/* The output of an example that seed and prompt pick. */
static struct answer answer_by_fallback(
    const struct examples *examples, const struct prompt *prompt, uint64_t seed)
{
    struct answer answer = {.source = ANSWER_FROM_FALLBACK, .text = answer_without_examples};
    if (!examples || examples->seen_count == 0)
        return answer;
    uint64_t hash = hash_text(seed, unicode_trim(prompt->forms[0]));
    answer.example_index = (uint32_t)(hash % examples->seen_count);
    answer.text = examples_at(examples, answer.example_index).output;
    return answer;
}

/* True if a form of the prompt is an example; with a context, one that has the same. */
static bool answer_by_example_in(const struct examples *examples, const struct prompt *prompt,
    const uint64_t *context, struct arena *arena, struct answer *ret_answer)
{
    for (size_t i = 0; i < prompt->form_count; i++)
        if (examples_find(examples, prompt->forms[i], context, arena, &ret_answer->example_index)) {
            ret_answer->source = ANSWER_FROM_EXAMPLE;
            ret_answer->text = examples_at(examples, ret_answer->example_index).output;
            return true;
        }
    return false;
}

/* Of examples with the same input that which was trained in the prompt's context goes first; where
 * there is none, a context changes nothing. */
static bool answer_by_example(const struct examples *examples, const struct prompt *prompt,
    struct arena *arena, struct answer *ret_answer)
{
    return (examples->has_contexts &&
               answer_by_example_in(examples, prompt, &prompt->context, arena, ret_answer)) ||
           answer_by_example_in(examples, prompt, NULL, arena, ret_answer);
}

/* True if the examples obey a rule, and it can be applied to a form of the prompt. Many rules can
 * be to any text, so where there are labels, the form that has least around its input is the first.
 */
static bool answer_by_rule(const struct examples *examples, const struct prompt *prompt,
    struct arena *arena, struct answer *ret_answer)
{
    ret_answer->source = ANSWER_FROM_RULE;
    ret_answer->rule = examples->rule;
    for (size_t i = 0; i < prompt->form_count; i++) {
        struct text form = prompt->forms[prompt->has_labels ? prompt->form_count - 1 - i : i];
        if (rule_apply(examples->rule, examples->parameter, form, arena, &ret_answer->text))
            return true;
    }
    return false;
}

struct answer answer_prompt(const struct examples *examples, const struct prompt *prompt,
    uint64_t seed, struct arena *arena)
{
    struct answer answer = {.text = TEXT("")};
    if (examples && examples->seen_count > 0 &&
        (answer_by_example(examples, prompt, arena, &answer) ||
            answer_by_rule(examples, prompt, arena, &answer) ||
            answer_by_nearest(examples, prompt, arena, &answer)))
        return answer;
    return answer_by_fallback(examples, prompt, seed);
}

struct text answer_source_name(const struct answer *answer, struct arena *arena)
{
    char digits[TEXT_INT64_BYTES];
    switch (answer->source) {
    case ANSWER_FROM_EXAMPLE:
        return arena_joined(arena, TEXT("example:"), text_of_int64(answer->example_index, digits));
    case ANSWER_FROM_RULE:
        return arena_joined(arena, TEXT("rule:"), rule_name(answer->rule));
    case ANSWER_FROM_NEAREST:
        return arena_printf(
            arena, "nearest:%" PRIu32 " %.2f", answer->example_index, answer->score);
    case ANSWER_FROM_BASE:
        return TEXT("base");
    case ANSWER_FROM_FALLBACK:
        break;
    }
    return TEXT("fallback");
}
