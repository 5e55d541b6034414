#include "server/sim/answers.h"

#include "base/ascii.h"
#include "base/hash.h"
#include "server/sim/number_words.h"
#include "server/sim/successor.h"

enum {
    /* What the fallback looks at, so that it takes about a millisecond at most. */
    FALLBACK_EXAMPLES_MAX = 1000,
    FALLBACK_INPUT_BYTES_MAX = 512,
    /* Bits of the set of trigrams, and how many of them a trigram's number has. */
    TRIGRAM_BITS = 4096,
    TRIGRAM_NUMBER_BITS = 12
};

static const struct text answer_without_examples =
    TEXT_INIT("This model has no training examples to answer from.");

bool answer_successor(struct text input, struct arena *arena, struct text *ret_output)
{
    /* "six" is English before it is French, and "dix" is French before it is Roman. */
    struct text trimmed = text_trim(input);
    return successor_of_digits(trimmed, arena, ret_output) ||
           number_words_successor(trimmed, arena, ret_output) ||
           successor_of_word_list(trimmed, arena, ret_output) ||
           successor_of_roman(trimmed, arena, ret_output);
}

static bool answer_is_joiner(char byte)
{
    return byte == ' ' || byte == '-' || byte == ',';
}

/* Skips what joins the parts of a number: spaces, hyphens, commas and "and" between such. */
static size_t answer_skip_joiners(struct text text, size_t at)
{
    if (at == 0)
        return 0;
    size_t start = at;
    while (at < text.len && answer_is_joiner(text.bytes[at]))
        at++;
    size_t and_end = at + 3;
    bool has_and = at > start && and_end < text.len && answer_is_joiner(text.bytes[and_end]) &&
                   text_equals_ignoring_case(text_slice(text, at, and_end), TEXT("and"));
    return has_and ? and_end + 1 : at;
}

/* True if both are the same but for what joins their parts. */
static bool answer_is_same_number(struct text left, struct text right)
{
    size_t left_at = 0;
    size_t right_at = 0;
    while (left_at < left.len && right_at < right.len) {
        if (left.bytes[left_at++] != right.bytes[right_at++])
            return false;
        left_at = answer_skip_joiners(left, left_at);
        right_at = answer_skip_joiners(right, right_at);
    }
    return left_at == left.len && right_at == right.len;
}

bool answer_rule_is_successor(
    const struct example *examples, size_t example_count, struct arena *scratch)
{
    for (size_t i = 0; i < example_count; i++) {
        struct text expected;
        if (!answer_successor(examples[i].input, scratch, &expected) ||
            !answer_is_same_number(expected, text_trim(examples[i].output)))
            return false;
    }
    return example_count > 0;
}

struct trigram_set {
    uint64_t words[TRIGRAM_BITS / 64];
};

static unsigned char trigram_byte(struct text text, size_t at)
{
    return (unsigned char)ascii_to_lower(text.bytes[at]);
}

/* The bit of the trigram around the byte at `at`; a space stands before and after the text. */
static uint32_t trigram_bit(struct text text, size_t at)
{
    uint32_t before = at > 0 ? trigram_byte(text, at - 1) : ' ';
    uint32_t after = at + 1 < text.len ? trigram_byte(text, at + 1) : ' ';
    uint32_t trigram = before << 16 | (uint32_t)trigram_byte(text, at) << 8 | after;
    /* The upper bits of the product depend on all bits of the trigram. */
    return trigram * UINT32_C(0x9E3779B1) >> (32 - TRIGRAM_NUMBER_BITS);
}

static void trigram_set_add(struct trigram_set *set, struct text text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint32_t bit = trigram_bit(text, i);
        set->words[bit / 64] |= UINT64_C(1) << bit % 64;
    }
}

static size_t trigram_set_count_shared(const struct trigram_set *set, struct text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint32_t bit = trigram_bit(text, i);
        count += set->words[bit / 64] >> bit % 64 & 1;
    }
    return count;
}

static struct text answer_compared_part(struct text text)
{
    return text_slice(text_trim(text), 0, FALLBACK_INPUT_BYTES_MAX);
}

/*
 * The example most like the prompt, of those looked at: the largest share of trigrams in common,
 * and the first of equals. False if none has any in common.
 */
static bool answer_find_nearest(
    const struct examples *examples, struct text prompt, uint32_t *ret_index)
{
    struct trigram_set prompt_trigrams = {{0}};
    struct text compared_prompt = answer_compared_part(prompt);
    trigram_set_add(&prompt_trigrams, compared_prompt);
    uint32_t looked_at =
        examples->count < FALLBACK_EXAMPLES_MAX ? examples->count : FALLBACK_EXAMPLES_MAX;
    uint64_t best_shared = 0;
    uint64_t best_total = 1;
    for (uint32_t i = 0; i < looked_at; i++) {
        uint32_t index = (uint32_t)((uint64_t)i * examples->count / looked_at);
        struct text input = answer_compared_part(examples_at(examples, index).input);
        uint64_t shared = trigram_set_count_shared(&prompt_trigrams, input);
        uint64_t total = compared_prompt.len + input.len;
        if (shared * best_total > best_shared * total) {
            best_shared = shared;
            best_total = total;
            *ret_index = index;
        }
    }
    return best_shared > 0;
}

static struct text answer_fallback(
    const struct examples *examples, struct text prompt, uint64_t seed)
{
    if (examples == NULL || examples->count == 0)
        return answer_without_examples;
    uint32_t index;
    if (!answer_find_nearest(examples, prompt, &index))
        index = (uint32_t)(hash_text(seed, text_trim(prompt)) % examples->count);
    return examples_at(examples, index).output;
}

struct answer answer_prompt(
    const struct examples *examples, struct text prompt, uint64_t seed, struct arena *arena)
{
    struct answer answer = {.source = ANSWER_FROM_EXAMPLE};
    if (examples != NULL && examples_find(examples, prompt, arena, &answer.example_index)) {
        answer.text = examples_at(examples, answer.example_index).output;
        return answer;
    }
    if (examples != NULL && examples->rule == ANSWER_RULE_SUCCESSOR &&
        answer_successor(prompt, arena, &answer.text)) {
        answer.source = ANSWER_FROM_RULE;
        answer.rule = ANSWER_RULE_SUCCESSOR;
        return answer;
    }
    answer.source = ANSWER_FROM_FALLBACK;
    answer.text = answer_fallback(examples, prompt, seed);
    return answer;
}

const char *answer_source_name(const struct answer *answer)
{
    switch (answer->source) {
    case ANSWER_FROM_EXAMPLE:
        return "example";
    case ANSWER_FROM_RULE:
        return "rule successor";
    case ANSWER_FROM_FALLBACK:
        break;
    }
    return "fallback";
}
