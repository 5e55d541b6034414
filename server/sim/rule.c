#include "server/sim/rule.h"

#include "base/array.h"
#include "server/sim/rule_case.h"
#include "server/sim/rule_characters.h"
#include "server/sim/rule_numbers.h"
#include "server/sim/rule_removal.h"
#include "server/sim/rule_same.h"
#include "server/sim/rule_template.h"
#include "server/sim/rule_words.h"
#include "server/sim/unicode.h"

struct rule_kind {
    uint32_t number;
    struct text name;
    rule_recognise_function *recognise;
    rule_apply_function *apply;
};

/* Of several that the examples obey, the first. */
static const struct rule_kind rule_kinds[] = {
    {RULE_SUCCESSOR, TEXT_INIT("successor"), rule_successor_recognise, rule_successor_apply},
    {RULE_DISTANCE, TEXT_INIT("distance"), rule_distance_recognise, rule_distance_apply},
    {RULE_FACTOR, TEXT_INIT("factor"), rule_factor_recognise, rule_factor_apply},
    {RULE_AFFIX, TEXT_INIT("affix"), rule_affix_recognise, rule_template_apply},
    {RULE_TEMPLATE, TEXT_INIT("template"), rule_template_recognise, rule_template_apply},
    {RULE_UPPER, TEXT_INIT("upper"), rule_upper_recognise, rule_upper_apply},
    {RULE_LOWER, TEXT_INIT("lower"), rule_lower_recognise, rule_lower_apply},
    {RULE_TITLE, TEXT_INIT("title"), rule_title_recognise, rule_title_apply},
    {RULE_SENTENCE, TEXT_INIT("sentence"), rule_sentence_recognise, rule_sentence_apply},
    {RULE_REVERSE_CHARACTERS, TEXT_INIT("reverse-characters"), rule_reverse_characters_recognise,
        rule_reverse_characters_apply},
    {RULE_REVERSE_WORDS, TEXT_INIT("reverse-words"), rule_reverse_words_recognise,
        rule_reverse_words_apply},
    {RULE_FIRST_WORD, TEXT_INIT("first-word"), rule_first_word_recognise, rule_first_word_apply},
    {RULE_LAST_WORD, TEXT_INIT("last-word"), rule_last_word_recognise, rule_last_word_apply},
    {RULE_LENGTH_CHARACTERS, TEXT_INIT("length-characters"), rule_length_characters_recognise,
        rule_length_characters_apply},
    {RULE_LENGTH_WORDS, TEXT_INIT("length-words"), rule_length_words_recognise,
        rule_length_words_apply},
    {RULE_REMOVAL, TEXT_INIT("removal"), rule_removal_recognise, rule_removal_apply},
    {RULE_IDENTITY, TEXT_INIT("identity"), rule_identity_recognise, rule_identity_apply},
    {RULE_PART, TEXT_INIT("template"), rule_part_recognise, rule_template_apply},
    {RULE_CONSTANT, TEXT_INIT("constant"), rule_constant_recognise, rule_constant_apply},
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
    struct text trimmed = unicode_trim(input);
    return rule && trimmed.len > 0 && parameter.len <= RULE_PARAMETER_BYTES_MAX &&
           rule->apply(parameter, trimmed, arena, ret_output);
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
