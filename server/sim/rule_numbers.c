#include "server/sim/rule_numbers.h"

#include <inttypes.h>

#include "base/array.h"
#include "server/sim/number_words.h"
#include "server/sim/unicode.h"

/* What a rule does to a number, and as which text that is stored: one of NUMBERS_..., then the
 * distance, or numerator, "/" and denominator of the factor. */
struct numbers_change {
    bool is_factor;
    bool is_shortest; /* no zeros at the end of a fraction: 1.5 and 1.5 are "3", and not "3.0" */
    struct number distance;
    struct number_ratio factor;
};

enum { NUMBERS_SHORTEST = 's', NUMBERS_ALIGNED = 'a' };

/* "six" is English before it is French, and "dix" is French before it is Roman. */
static const struct notation *const numbers_notations[] = {
    &notation_digits, &notation_words, &notation_list, &notation_roman};

static bool numbers_read(struct text input, struct arena *arena, struct notated *ret_notated)
{
    for (size_t i = 0; i < ARRAY_COUNT(numbers_notations); i++)
        if (numbers_notations[i]->read(input, arena, ret_notated))
            return true;
    return false;
}

static bool numbers_change_apply(const struct numbers_change *change, const struct notated *from,
    struct arena *arena, struct text *ret_output)
{
    struct number to;
    if (!change->is_factor)
        to = number_sum(from->number, change->distance, arena);
    else if (!number_product(from->number, change->factor, arena, &to))
        return false;
    if (change->is_shortest)
        to = number_shortest(to);
    return from->notation->write(to, from->style, arena, ret_output);
}

static bool numbers_is_joiner(char byte)
{
    return byte == ' ' || byte == '-' || byte == ',';
}

/* Skips what joins the parts of a number: spaces, hyphens, commas and "and" between such. */
static size_t numbers_skip_joiners(struct text text, size_t at)
{
    if (at == 0)
        return 0;
    size_t start = at;
    while (at < text.len && numbers_is_joiner(text.bytes[at]))
        at++;
    size_t and_end = at + 3;
    bool has_and = at > start && and_end < text.len && numbers_is_joiner(text.bytes[and_end]) &&
                   text_equals_ignoring_case(text_slice(text, at, and_end), TEXT("and"));
    return has_and ? and_end + 1 : at;
}

/* True if both are the same but for what joins their parts. */
static bool numbers_are_written_alike(struct text left, struct text right)
{
    size_t left_at = 0;
    size_t right_at = 0;
    while (left_at < left.len && right_at < right.len) {
        if (left.bytes[left_at++] != right.bytes[right_at++])
            return false;
        left_at = numbers_skip_joiners(left, left_at);
        right_at = numbers_skip_joiners(right, right_at);
    }
    return left_at == left.len && right_at == right.len;
}

static bool numbers_example_obeys(const struct example *example,
    const struct numbers_change *change, struct arena *arena, struct notated *ret_input)
{
    struct text expected;
    return numbers_read(unicode_trim(example->input), arena, ret_input) &&
           numbers_change_apply(change, ret_input, arena, &expected) &&
           numbers_are_written_alike(expected, unicode_trim(example->output));
}

/* True if all examples obey, and their inputs have two values at least; 0 shows no factor. */
static bool numbers_all_obey(const struct example *examples, size_t example_count,
    const struct numbers_change *change, struct arena *arena)
{
    struct number first = {.digits = TEXT_INIT("")};
    bool has_two = false;
    for (size_t i = 0; i < example_count; i++) {
        struct arena_mark mark = arena_mark(arena);
        struct notated input;
        if (!numbers_example_obeys(&examples[i], change, arena, &input))
            return false;
        bool is_evidence = !change->is_factor || !number_is_zero(input.number);
        if (is_evidence && first.digits.len == 0) {
            first = input.number;
            continue;
        }
        has_two |= is_evidence && !number_equals(first, input.number);
        arena_rewind(arena, mark);
    }
    return has_two;
}

/* The number of the example's input, and that of its output. */
static bool numbers_read_both(const struct example *example, struct arena *arena,
    struct number *ret_input, struct number *ret_output)
{
    struct notated input;
    struct notated output;
    if (!numbers_read(unicode_trim(example->input), arena, &input) ||
        !numbers_read(unicode_trim(example->output), arena, &output))
        return false;
    *ret_input = input.number;
    *ret_output = output.number;
    return true;
}

/* Tries both ways to write fractions. */
static bool numbers_recognise(const struct example *examples, size_t example_count,
    struct numbers_change *change, struct arena *arena)
{
    change->is_shortest = false;
    if (numbers_all_obey(examples, example_count, change, arena))
        return true;
    change->is_shortest = true;
    return numbers_all_obey(examples, example_count, change, arena);
}

static const struct numbers_change numbers_to_next = {.distance = {.digits = TEXT_INIT("1")}};

bool rule_successor_apply(
    struct text parameter, struct text input, struct arena *arena, struct text *ret_output)
{
    (void)parameter;
    struct notated from;
    return numbers_read(input, arena, &from) &&
           numbers_change_apply(&numbers_to_next, &from, arena, ret_output);
}

bool rule_successor_recognise(const struct example *examples, size_t example_count,
    struct arena *arena, struct text *ret_parameter)
{
    for (size_t i = 0; i < example_count; i++) {
        struct arena_mark mark = arena_mark(arena);
        struct notated input;
        bool is_obeyed = numbers_example_obeys(&examples[i], &numbers_to_next, arena, &input) &&
                         input.number.fraction_count == 0;
        arena_rewind(arena, mark);
        if (!is_obeyed)
            return false;
    }
    *ret_parameter = TEXT("");
    return true;
}

bool rule_distance_recognise(const struct example *examples, size_t example_count,
    struct arena *arena, struct text *ret_parameter)
{
    struct number from;
    struct number to;
    struct notated plain;
    struct text distance;
    if (!numbers_read_both(&examples[0], arena, &from, &to) ||
        !notation_digits.read(TEXT("0"), arena, &plain))
        return false;
    struct numbers_change change = {.distance = number_sum(to, number_negated(from), arena)};
    change.distance = number_shortest(change.distance);
    if (number_is_zero(change.distance) ||
        !numbers_recognise(examples, example_count, &change, arena) ||
        !notation_digits.write(change.distance, plain.style, arena, &distance))
        return false;
    *ret_parameter =
        arena_printf(arena, "%c", change.is_shortest ? NUMBERS_SHORTEST : NUMBERS_ALIGNED);
    *ret_parameter = arena_joined(arena, *ret_parameter, distance);
    return true;
}

bool rule_distance_apply(
    struct text parameter, struct text input, struct arena *arena, struct text *ret_output)
{
    struct notated from;
    struct notated distance;
    if (!numbers_read(input, arena, &from) ||
        !notation_digits.read(text_slice(parameter, 1, parameter.len), arena, &distance))
        return false;
    struct numbers_change change = {
        .is_shortest = parameter.bytes[0] == NUMBERS_SHORTEST,
        .distance = distance.number,
    };
    return numbers_change_apply(&change, &from, arena, ret_output);
}

/* The factor of the first example that shows one; false if one before it is about no numbers. */
static bool numbers_find_factor(const struct example *examples, size_t example_count,
    struct arena *arena, struct number_ratio *ret_factor)
{
    for (size_t i = 0; i < example_count; i++) {
        struct arena_mark mark = arena_mark(arena);
        struct number from;
        struct number to;
        bool is_number = numbers_read_both(&examples[i], arena, &from, &to);
        bool is_found = is_number && number_ratio_of(to, from, ret_factor);
        arena_rewind(arena, mark);
        if (is_found || !is_number)
            return is_found;
    }
    return false;
}

bool rule_factor_recognise(const struct example *examples, size_t example_count,
    struct arena *arena, struct text *ret_parameter)
{
    struct numbers_change change = {.is_factor = true};
    if (!numbers_find_factor(examples, example_count, arena, &change.factor))
        return false;
    const struct number_ratio *factor = &change.factor;
    bool is_one = !factor->is_negative && factor->numerator == factor->denominator;
    if (is_one || !numbers_recognise(examples, example_count, &change, arena))
        return false;
    *ret_parameter = arena_printf(arena, "%c%s%" PRIu64 "/%" PRIu64,
        change.is_shortest ? NUMBERS_SHORTEST : NUMBERS_ALIGNED, factor->is_negative ? "-" : "",
        factor->numerator, factor->denominator);
    return true;
}

bool rule_factor_apply(
    struct text parameter, struct text input, struct arena *arena, struct text *ret_output)
{
    struct text rest = text_slice(parameter, 1, parameter.len);
    struct numbers_change change = {.is_factor = true};
    struct number_ratio *factor = &change.factor;
    factor->is_negative = text_starts_with(rest, TEXT("-"));
    rest = text_slice(rest, factor->is_negative, rest.len);
    struct notated from;
    if (!text_parse_uint64(text_split(&rest, '/'), &factor->numerator) || !rest.bytes ||
        !text_parse_uint64(rest, &factor->denominator) || factor->denominator == 0 ||
        factor->numerator >= NUMBER_RATIO_PART_MAX ||
        factor->denominator >= NUMBER_RATIO_PART_MAX || !numbers_read(input, arena, &from))
        return false;
    change.is_shortest = parameter.bytes[0] == NUMBERS_SHORTEST;
    return numbers_change_apply(&change, &from, arena, ret_output);
}
