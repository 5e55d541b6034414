#include "server/sim/rule_words.h"

#include <string.h>

#include "base/array.h"
#include "server/sim/rule_token.h"
#include "server/sim/unicode.h"

/* What a word is. */
enum words_kind { WORDS_BARE, WORDS_SPACED, WORDS_RUN };

/* As parameters, stored in data sets: in the order of enum words_kind; and another order to try. */
static const struct text words_kinds[] = {TEXT_INIT("bare"), TEXT_INIT("spaced"), TEXT_INIT("run")};
static const struct text words_spaced_first[] = {
    TEXT_INIT("spaced"), TEXT_INIT("bare"), TEXT_INIT("run")};

/* The words of a text, one after another. */
struct words_walk {
    struct text text;
    size_t offset;
    enum words_kind kind;
};

static struct words_walk words_walk_of(struct text parameter, struct text text)
{
    size_t kind = text_find_name(parameter, words_kinds, ARRAY_COUNT(words_kinds));
    return (struct words_walk){
        .text = text,
        .kind = kind < ARRAY_COUNT(words_kinds) ? (enum words_kind)kind : WORDS_BARE,
    };
}

/* From the first run of word characters to the last; empty if there is none. */
static struct text words_bare(struct text token)
{
    size_t start = token.len;
    size_t end = token.len;
    size_t offset = 0;
    while (offset < token.len) {
        size_t run_start = offset;
        if (!unicode_next_run(token, &offset).is_word)
            continue;
        start = start < run_start ? start : run_start;
        end = offset;
    }
    return text_slice(token, start, end);
}

/* False after the last. */
static bool words_walk_next(struct words_walk *walk, struct text *ret_word)
{
    while (walk->offset < walk->text.len) {
        if (walk->kind == WORDS_RUN) {
            struct unicode_run run = unicode_next_run(walk->text, &walk->offset);
            *ret_word = run.is_word ? run.text : TEXT("");
        } else {
            struct rule_token token = rule_token_next(walk->text, &walk->offset);
            struct text word = walk->kind == WORDS_BARE ? words_bare(token.text) : token.text;
            *ret_word = token.is_space ? TEXT("") : word;
        }
        if (ret_word->len > 0)
            return true;
    }
    return false;
}

static size_t words_count(struct text parameter, struct text text)
{
    struct words_walk walk = words_walk_of(parameter, text);
    struct text word;
    size_t count = 0;
    while (words_walk_next(&walk, &word))
        count++;
    return count;
}

bool rule_reverse_words_apply(
    struct text parameter, struct text input, struct arena *arena, struct text *ret_output)
{
    size_t count = words_count(parameter, input);
    struct text *words = arena_array(arena, count, sizeof(*words));
    struct words_walk walk = words_walk_of(parameter, input);
    for (size_t i = 0; i < count; i++)
        words_walk_next(&walk, &words[i]);
    char *bytes = arena_alloc(arena, input.len);
    size_t len = 0;
    const char *gap = input.bytes;
    for (size_t i = 0; i < count; i++) {
        struct text other = words[count - 1 - i];
        size_t gap_len = (size_t)(words[i].bytes - gap);
        memcpy(bytes + len, gap, gap_len);
        memcpy(bytes + len + gap_len, other.bytes, other.len);
        len += gap_len + other.len;
        gap = words[i].bytes + words[i].len;
    }
    memcpy(bytes + len, gap, input.len - len);
    *ret_output = (struct text){bytes, input.len};
    return count > 0;
}

bool rule_reverse_words_recognise(const struct example *examples, size_t example_count,
    struct arena *arena, struct text *ret_parameter)
{
    return rule_variant_recognise(examples, example_count, rule_reverse_words_apply,
        words_spaced_first, ARRAY_COUNT(words_spaced_first), arena, ret_parameter);
}

/* One of several words: "wow!" "wow" alone does not show which. */
static bool words_recognise_one(const struct example *examples, size_t example_count,
    rule_apply_function *apply, struct arena *arena, struct text *ret_parameter)
{
    struct text parameter;
    if (!rule_variant_recognise(examples, example_count, apply, words_kinds,
            ARRAY_COUNT(words_kinds), arena, &parameter))
        return false;
    *ret_parameter = parameter;
    for (size_t i = 0; i < example_count; i++)
        if (words_count(parameter, examples[i].input) > 1)
            return true;
    return false;
}

bool rule_first_word_apply(
    struct text parameter, struct text input, struct arena *arena, struct text *ret_output)
{
    (void)arena;
    struct words_walk walk = words_walk_of(parameter, input);
    struct text first;
    if (!words_walk_next(&walk, &first))
        return false;
    *ret_output = first;
    return true;
}

bool rule_first_word_recognise(const struct example *examples, size_t example_count,
    struct arena *arena, struct text *ret_parameter)
{
    return words_recognise_one(
        examples, example_count, rule_first_word_apply, arena, ret_parameter);
}

bool rule_last_word_apply(
    struct text parameter, struct text input, struct arena *arena, struct text *ret_output)
{
    (void)arena;
    struct words_walk walk = words_walk_of(parameter, input);
    struct text word;
    struct text last = TEXT("");
    while (words_walk_next(&walk, &word))
        last = word;
    if (last.len == 0)
        return false;
    *ret_output = last;
    return true;
}

bool rule_last_word_recognise(const struct example *examples, size_t example_count,
    struct arena *arena, struct text *ret_parameter)
{
    return words_recognise_one(examples, example_count, rule_last_word_apply, arena, ret_parameter);
}

bool rule_length_words_apply(
    struct text parameter, struct text input, struct arena *arena, struct text *ret_output)
{
    char digits[TEXT_INT64_BYTES];
    size_t count = words_count(parameter, input);
    *ret_output = arena_text(arena, text_of_int64((int64_t)count, digits));
    return true;
}

bool rule_length_words_recognise(const struct example *examples, size_t example_count,
    struct arena *arena, struct text *ret_parameter)
{
    return rule_variant_recognise(examples, example_count, rule_length_words_apply, words_kinds,
        ARRAY_COUNT(words_kinds), arena, ret_parameter);
}
