#include "server/sim/rule_characters.h"

#include "base/array.h"
#include "server/sim/number_words.h"
#include "server/sim/rule_token.h"
#include "server/sim/unicode.h"

static const struct text characters_no_parameter = TEXT_INIT("");

bool rule_reverse_characters_apply(
    struct text parameter, struct text input, struct arena *arena, struct text *ret_output)
{
    (void)parameter;
    *ret_output = unicode_reverse(input, arena);
    return true;
}

bool rule_reverse_characters_recognise(const struct example *examples, size_t example_count,
    struct arena *arena, struct text *ret_parameter)
{
    return rule_variant_recognise(examples, example_count, rule_reverse_characters_apply,
        &characters_no_parameter, 1, arena, ret_parameter);
}

static size_t characters_in_code_points(struct text text)
{
    size_t count = 0;
    for (size_t offset = 0; offset < text.len; count++)
        unicode_next(text, &offset);
    return count;
}

static size_t characters_without_space(struct text text)
{
    size_t count = 0;
    size_t offset = 0;
    while (offset < text.len) {
        struct rule_token token = rule_token_next(text, &offset);
        count += token.is_space ? 0 : unicode_characters(token.text);
    }
    return count;
}

static size_t characters_of_words(struct text text)
{
    size_t count = 0;
    size_t offset = 0;
    while (offset < text.len) {
        struct unicode_run run = unicode_next_run(text, &offset);
        count += run.is_word ? unicode_characters(run.text) : 0;
    }
    return count;
}

/* What is counted, and how the count is written: as parameters, and what they mean. */
static const struct characters_length {
    size_t (*count)(struct text text);
    bool is_in_words;
} characters_lengths[] = {
    {unicode_characters, false},
    {characters_in_code_points, false},
    {characters_without_space, false},
    {characters_of_words, false},
    {unicode_characters, true},
    {characters_in_code_points, true},
    {characters_without_space, true},
    {characters_of_words, true},
};

/* Stored in data sets: never change what one means. */
static const struct text characters_length_parameters[ARRAY_COUNT(characters_lengths)] = {
    TEXT_INIT("characters"),
    TEXT_INIT("code points"),
    TEXT_INIT("without space"),
    TEXT_INIT("of words"),
    TEXT_INIT("characters, in words"),
    TEXT_INIT("code points, in words"),
    TEXT_INIT("without space, in words"),
    TEXT_INIT("of words, in words"),
};

bool rule_length_characters_apply(
    struct text parameter, struct text input, struct arena *arena, struct text *ret_output)
{
    size_t kind = text_find_name(
        parameter, characters_length_parameters, ARRAY_COUNT(characters_length_parameters));
    if (kind == ARRAY_COUNT(characters_lengths))
        return false;
    struct number length = number_of_size(characters_lengths[kind].count(input), arena);
    *ret_output = length.digits;
    struct notated plain;
    return !characters_lengths[kind].is_in_words ||
           (notation_words.read(TEXT("one"), arena, &plain) &&
               notation_words.write(length, plain.style, arena, ret_output));
}

bool rule_length_characters_recognise(const struct example *examples, size_t example_count,
    struct arena *arena, struct text *ret_parameter)
{
    return rule_variant_recognise(examples, example_count, rule_length_characters_apply,
        characters_length_parameters, ARRAY_COUNT(characters_length_parameters), arena,
        ret_parameter);
}
