#include "server/sim/rule.h"

#include "server/sim/number_words.h"
#include "server/sim/successor.h"

bool rule_successor(struct text input, struct arena *arena, struct text *ret_output)
{
    /* "six" is English before it is French, and "dix" is French before it is Roman. */
    struct text trimmed = text_trim(input);
    return successor_of_digits(trimmed, arena, ret_output) ||
           number_words_successor(trimmed, arena, ret_output) ||
           successor_of_word_list(trimmed, arena, ret_output) ||
           successor_of_roman(trimmed, arena, ret_output);
}

static bool rule_is_joiner(char byte)
{
    return byte == ' ' || byte == '-' || byte == ',';
}

/* Skips what joins the parts of a number: spaces, hyphens, commas and "and" between such. */
static size_t rule_skip_joiners(struct text text, size_t at)
{
    if (at == 0)
        return 0;
    size_t start = at;
    while (at < text.len && rule_is_joiner(text.bytes[at]))
        at++;
    size_t and_end = at + 3;
    bool has_and = at > start && and_end < text.len && rule_is_joiner(text.bytes[and_end]) &&
                   text_equals_ignoring_case(text_slice(text, at, and_end), TEXT("and"));
    return has_and ? and_end + 1 : at;
}

/* True if both are the same but for what joins their parts. */
static bool rule_is_same_number(struct text left, struct text right)
{
    size_t left_at = 0;
    size_t right_at = 0;
    while (left_at < left.len && right_at < right.len) {
        if (left.bytes[left_at++] != right.bytes[right_at++])
            return false;
        left_at = rule_skip_joiners(left, left_at);
        right_at = rule_skip_joiners(right, right_at);
    }
    return left_at == left.len && right_at == right.len;
}

/* Needs at least one example. */
static bool rule_is_successor(
    const struct example *examples, size_t example_count, struct arena *scratch)
{
    for (size_t i = 0; i < example_count; i++) {
        struct text expected;
        if (!rule_successor(examples[i].input, scratch, &expected) ||
            !rule_is_same_number(expected, text_trim(examples[i].output)))
            return false;
    }
    return example_count > 0;
}

enum rule rule_of_examples(const struct example *examples, size_t example_count)
{
    struct arena scratch;
    arena_init(&scratch);
    bool is_successor = rule_is_successor(examples, example_count, &scratch);
    arena_release(&scratch);
    return is_successor ? RULE_SUCCESSOR : RULE_NONE;
}
