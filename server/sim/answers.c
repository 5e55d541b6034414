#include "server/sim/answers.h"

#include <inttypes.h>

#include "base/ascii.h"
#include "base/hash.h"

enum {
    /* Bits of the set of trigrams, and how many of them a trigram's number has: enough that the
     * longest prompt leaves most of them unset. */
    TRIGRAM_BITS = 65536,
    TRIGRAM_NUMBER_BITS = 16
};

static const struct text answer_without_examples =
    TEXT_INIT("This model has no training examples to answer from.");

struct trigram_set {
    uint64_t words[TRIGRAM_BITS / 64];
};

static unsigned char answer_trigram_byte(struct text text, size_t at)
{
    return (unsigned char)ascii_to_lower(text.bytes[at]);
}

/* The bytes of the character that the byte at `at` belongs to. */
static size_t answer_trigram_step(struct text text, size_t at)
{
    size_t lead = at;
    while (lead > 0 && at - lead < 3 && ((unsigned char)text.bytes[lead] & 0xC0) == 0x80)
        lead--;
    unsigned char byte = (unsigned char)text.bytes[lead];
    return byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

/* The bit of the trigram around the byte at `at`; a space stands before and after the text. Of
 * longer characters it has the bytes at the same place of their neighbours: those beside each other
 * say little more than the script. */
static uint32_t answer_trigram_bit(struct text text, size_t at)
{
    size_t step = (unsigned char)text.bytes[at] < 0x80 ? 1 : answer_trigram_step(text, at);
    uint32_t before = at >= step ? answer_trigram_byte(text, at - step) : ' ';
    uint32_t after = at + step < text.len ? answer_trigram_byte(text, at + step) : ' ';
    uint32_t trigram = before << 16 | (uint32_t)answer_trigram_byte(text, at) << 8 | after;
    /* The upper bits of the product depend on all bits of the trigram. */
    return trigram * UINT32_C(0x9E3779B1) >> (32 - TRIGRAM_NUMBER_BITS);
}

static void trigram_set_add(struct trigram_set *set, struct text text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint32_t bit = answer_trigram_bit(text, i);
        set->words[bit / 64] |= UINT64_C(1) << bit % 64;
    }
}

static size_t trigram_set_count_shared(const struct trigram_set *set, struct text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint32_t bit = answer_trigram_bit(text, i);
        count += set->words[bit / 64] >> bit % 64 & 1;
    }
    return count;
}

/* How much two texts have in common, as a share of what they could have. */
struct likeness {
    uint64_t shared;
    uint64_t total;
};

static bool likeness_is_greater(struct likeness left, struct likeness right)
{
    return left.shared * right.total > right.shared * left.total;
}

/* The nearest example of those seen so far; a likeness of 0: none. */
struct nearest {
    uint32_t index;
    struct likeness likeness;
};

/* Looks at all examples: the first of those whose inputs are most like the text. */
static void answer_look_for_nearest(
    const struct examples *examples, struct text text, struct nearest *nearest)
{
    struct trigram_set trigrams = {{0}};
    struct text trimmed = text_trim(text);
    trigram_set_add(&trigrams, trimmed);
    for (uint32_t i = 0; i < examples->count; i++) {
        struct text input = text_trim(examples_at(examples, i).input);
        size_t shared_max = input.len < trimmed.len ? input.len : trimmed.len;
        struct likeness best_case = {shared_max, trimmed.len + input.len};
        if (!likeness_is_greater(best_case, nearest->likeness))
            continue;
        size_t shared = trigram_set_count_shared(&trigrams, input);
        struct likeness likeness = {
            shared < shared_max ? shared : shared_max, trimmed.len + input.len};
        if (likeness_is_greater(likeness, nearest->likeness))
            *nearest = (struct nearest){i, likeness};
    }
}

/* The output of the example that is most like a form of the prompt; of one that seed and prompt
 * pick if none is like it at all. */
static struct answer answer_without_rule(
    const struct examples *examples, const struct prompt *prompt, uint64_t seed)
{
    struct answer answer = {.source = ANSWER_FROM_FALLBACK, .text = answer_without_examples};
    if (!examples || examples->count == 0)
        return answer;
    struct nearest nearest = {0, {0, 1}};
    for (size_t i = 0; i < prompt->form_count; i++)
        answer_look_for_nearest(examples, prompt->forms[i], &nearest);
    if (nearest.likeness.shared > 0) {
        answer.source = ANSWER_FROM_NEAREST;
        answer.example_index = nearest.index;
        answer.score = 2.0 * (double)nearest.likeness.shared / (double)nearest.likeness.total;
    } else {
        answer.example_index =
            (uint32_t)(hash_text(seed, text_trim(prompt->forms[0])) % examples->count);
    }
    answer.text = examples_at(examples, answer.example_index).output;
    return answer;
}

/* True if a form of the prompt is an example. */
static bool answer_by_example(const struct examples *examples, const struct prompt *prompt,
    struct arena *arena, struct answer *ret_answer)
{
    for (size_t i = 0; i < prompt->form_count; i++)
        if (examples_find(examples, prompt->forms[i], arena, &ret_answer->example_index)) {
            ret_answer->source = ANSWER_FROM_EXAMPLE;
            ret_answer->text = examples_at(examples, ret_answer->example_index).output;
            return true;
        }
    return false;
}

/* True if the examples obey a rule, and it can be applied to a form of the prompt. */
static bool answer_by_rule(const struct examples *examples, const struct prompt *prompt,
    struct arena *arena, struct answer *ret_answer)
{
    ret_answer->source = ANSWER_FROM_RULE;
    ret_answer->rule = examples->rule;
    for (size_t i = 0; i < prompt->form_count; i++)
        if (rule_apply(examples->rule, TEXT(""), prompt->forms[i], arena, &ret_answer->text))
            return true;
    return false;
}

struct answer answer_prompt(const struct examples *examples, const struct prompt *prompt,
    uint64_t seed, struct arena *arena)
{
    struct answer answer = {.text = TEXT("")};
    if (examples && (answer_by_example(examples, prompt, arena, &answer) ||
                        answer_by_rule(examples, prompt, arena, &answer)))
        return answer;
    return answer_without_rule(examples, prompt, seed);
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
