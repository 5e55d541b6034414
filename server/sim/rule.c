#include "server/sim/rule.h"

#include "base/array.h"
#include "server/sim/number_words.h"
#include "server/sim/successor.h"

/* "six" is English before it is French, and "dix" is French before it is Roman. */
static bool rule_successor(
    struct text parameter, struct text input, struct arena *arena, struct text *ret_output)
{
    (void)parameter;
    return successor_of_digits(input, arena, ret_output) ||
           number_words_successor(input, arena, ret_output) ||
           successor_of_word_list(input, arena, ret_output) ||
           successor_of_roman(input, arena, ret_output);
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

static bool rule_is_successor(const struct example *examples, size_t example_count,
    struct arena *arena, struct text *ret_parameter)
{
    for (size_t i = 0; i < example_count; i++) {
        struct arena_mark mark = arena_mark(arena);
        struct text expected;
        bool is_obeyed = rule_successor(TEXT(""), text_trim(examples[i].input), arena, &expected) &&
                         rule_is_same_number(expected, text_trim(examples[i].output));
        arena_rewind(arena, mark);
        if (!is_obeyed)
            return false;
    }
    *ret_parameter = TEXT("");
    return true;
}

struct rule_kind {
    uint32_t number;
    struct text name;
    rule_recognise_function *recognise;
    rule_apply_function *apply;
};

/* Of several that the examples obey, the first. */
static const struct rule_kind rule_kinds[] = {
    {RULE_SUCCESSOR, TEXT_INIT("successor"), rule_is_successor, rule_successor},
};

struct rule_found rule_of_examples(
    const struct example *examples, size_t example_count, struct arena *arena)
{
    struct text parameter;
    for (size_t i = 0; i < ARRAY_COUNT(rule_kinds) && example_count > 0; i++)
        if (rule_kinds[i].recognise(examples, example_count, arena, &parameter) &&
            parameter.len <= RULE_PARAMETER_BYTES_MAX)
            return (struct rule_found){rule_kinds[i].number, parameter};
    return (struct rule_found){RULE_NONE, TEXT("")};
}

static const struct rule_kind *rule_kind_of(uint32_t number)
{
    for (size_t i = 0; i < ARRAY_COUNT(rule_kinds); i++)
        if (rule_kinds[i].number == number)
            return &rule_kinds[i];
    return NULL;
}

bool rule_apply(uint32_t kind, struct text parameter, struct text input, struct arena *arena,
    struct text *ret_output)
{
    const struct rule_kind *rule = rule_kind_of(kind);
    struct text trimmed = text_trim(input);
    return rule && trimmed.len > 0 && rule->apply(parameter, trimmed, arena, ret_output);
}

struct text rule_name(uint32_t kind)
{
    const struct rule_kind *rule = rule_kind_of(kind);
    return rule ? rule->name : TEXT("");
}

bool rule_is_known(uint32_t kind)
{
    return kind == RULE_NONE || rule_kind_of(kind);
}
