#include "server/sim/rule_case.h"

#include "base/array.h"
#include "base/buf.h"
#include "server/sim/rule_token.h"
#include "server/sim/unicode.h"

static const struct text case_no_parameter = TEXT_INIT("");

bool rule_upper_apply(
    struct text parameter, struct text input, struct arena *arena, struct text *ret_output)
{
    (void)parameter;
    *ret_output = unicode_change_case(input, UNICODE_TO_UPPER, arena);
    return true;
}

bool rule_upper_recognise(const struct example *examples, size_t example_count, struct arena *arena,
    struct text *ret_parameter)
{
    return rule_variant_recognise(
        examples, example_count, rule_upper_apply, &case_no_parameter, 1, arena, ret_parameter);
}

bool rule_lower_apply(
    struct text parameter, struct text input, struct arena *arena, struct text *ret_output)
{
    (void)parameter;
    *ret_output = unicode_change_case(input, UNICODE_TO_LOWER, arena);
    return true;
}

bool rule_lower_recognise(const struct example *examples, size_t example_count, struct arena *arena,
    struct text *ret_parameter)
{
    return rule_variant_recognise(
        examples, example_count, rule_lower_apply, &case_no_parameter, 1, arena, ret_parameter);
}

/* Adds the text with a capital as its first letter, and the rest as it is. */
static void case_add_capitalised(struct buf *out, struct text text, struct arena *arena)
{
    size_t start = 0;
    size_t end = 0;
    while (end < text.len && !unicode_is_word(unicode_next(text, &end)))
        start = end;
    buf_add_text(out, text_slice(text, 0, start));
    buf_add_text(out, unicode_change_case(text_slice(text, start, end), UNICODE_TO_TITLE, arena));
    buf_add_text(out, text_slice(text, end, text.len));
}

/* Words that a title leaves small. */
static const struct text case_minor_words[] = {TEXT_INIT("a"), TEXT_INIT("an"), TEXT_INIT("and"),
    TEXT_INIT("as"), TEXT_INIT("at"), TEXT_INIT("but"), TEXT_INIT("by"), TEXT_INIT("for"),
    TEXT_INIT("in"), TEXT_INIT("nor"), TEXT_INIT("of"), TEXT_INIT("on"), TEXT_INIT("or"),
    TEXT_INIT("the"), TEXT_INIT("to")};

/* What becomes of what stands between white space. */
enum case_title { CASE_TITLE_ALL, CASE_TITLE_SPACED, CASE_TITLE_KEPT, CASE_TITLE_MINOR };

/* Stored in data sets: in the order of enum case_title. */
static const struct text case_titles[] = {
    TEXT_INIT("all"), TEXT_INIT("spaced"), TEXT_INIT("kept"), TEXT_INIT("minor")};

static void case_add_title_word(
    struct buf *out, struct text word, enum case_title title, struct arena *arena)
{
    bool is_minor = out->len > 0 && title == CASE_TITLE_MINOR &&
                    text_find_word(word, case_minor_words, ARRAY_COUNT(case_minor_words)) <
                        ARRAY_COUNT(case_minor_words);
    if (title == CASE_TITLE_KEPT)
        case_add_capitalised(out, word, arena);
    else if (is_minor)
        buf_add_text(out, unicode_change_case(word, UNICODE_TO_LOWER, arena));
    else if (title == CASE_TITLE_SPACED)
        case_add_capitalised(out, unicode_change_case(word, UNICODE_TO_LOWER, arena), arena);
    else
        buf_add_text(out, unicode_change_case(word, UNICODE_TO_TITLE, arena));
}

bool rule_title_apply(
    struct text parameter, struct text input, struct arena *arena, struct text *ret_output)
{
    size_t title = text_find_name(parameter, case_titles, ARRAY_COUNT(case_titles));
    if (title == ARRAY_COUNT(case_titles))
        return false;
    if (title == CASE_TITLE_ALL) {
        *ret_output = unicode_change_case(input, UNICODE_TO_TITLE, arena);
        return true;
    }
    struct buf out = BUF_INIT;
    size_t offset = 0;
    while (offset < input.len) {
        struct arena_mark mark = arena_mark(arena);
        struct rule_token token = rule_token_next(input, &offset);
        if (token.is_space)
            buf_add_text(&out, token.text);
        else
            case_add_title_word(&out, token.text, (enum case_title)title, arena);
        arena_rewind(arena, mark);
    }
    *ret_output = arena_text(arena, buf_text(&out));
    buf_release(&out);
    return true;
}

bool rule_title_recognise(const struct example *examples, size_t example_count, struct arena *arena,
    struct text *ret_parameter)
{
    return rule_variant_recognise(examples, example_count, rule_title_apply, case_titles,
        ARRAY_COUNT(case_titles), arena, ret_parameter);
}

enum case_sentence { CASE_SENTENCE_EACH, CASE_SENTENCE_FIRST, CASE_SENTENCE_KEPT };

/* Stored in data sets: in the order of enum case_sentence. */
static const struct text case_sentences[] = {
    TEXT_INIT("each"), TEXT_INIT("first"), TEXT_INIT("kept")};

bool rule_sentence_apply(
    struct text parameter, struct text input, struct arena *arena, struct text *ret_output)
{
    size_t sentence = text_find_name(parameter, case_sentences, ARRAY_COUNT(case_sentences));
    if (sentence == ARRAY_COUNT(case_sentences))
        return false;
    if (sentence == CASE_SENTENCE_EACH) {
        *ret_output = unicode_change_case(input, UNICODE_TO_SENTENCE, arena);
        return true;
    }
    if (sentence == CASE_SENTENCE_FIRST)
        input = unicode_change_case(input, UNICODE_TO_LOWER, arena);
    struct buf out = BUF_INIT;
    case_add_capitalised(&out, input, arena);
    *ret_output = arena_text(arena, buf_text(&out));
    buf_release(&out);
    return true;
}

bool rule_sentence_recognise(const struct example *examples, size_t example_count,
    struct arena *arena, struct text *ret_parameter)
{
    return rule_variant_recognise(examples, example_count, rule_sentence_apply, case_sentences,
        ARRAY_COUNT(case_sentences), arena, ret_parameter);
}
