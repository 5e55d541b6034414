#include "server/sim/slip.h"

#include <stdbool.h>

#include "server/sim/unicode.h"

/* Takes what both begin with and what both end with off, whole code points only. */
static void slip_take_same_off(struct text *one, struct text *other)
{
    size_t same = text_common_start(*one, *other);
    size_t start = text_boundary(*one, same);
    size_t other_start = text_boundary(*other, same);
    start = start < other_start ? start : other_start;
    *one = text_slice(*one, start, one->len);
    *other = text_slice(*other, start, other->len);
    size_t end = text_common_end(*one, *other);
    while (end > 0 && text_is_continuation(one->bytes[one->len - end]))
        end--;
    *one = text_slice(*one, 0, one->len - end);
    *other = text_slice(*other, 0, other->len - end);
}

enum { SLIP_LETTERS = 2 };

/* How many letters a text has; one more than SLIP_LETTERS if these are not all. */
static size_t slip_letters(struct text text, uint32_t ret_letters[SLIP_LETTERS])
{
    size_t count = 0;
    size_t at = 0;
    for (; at < text.len && count < SLIP_LETTERS; count++)
        ret_letters[count] = unicode_next(text, &at);
    return count + (at < text.len);
}

static bool slip_is_of_letter(struct text one, struct text other)
{
    uint32_t left[SLIP_LETTERS];
    uint32_t right[SLIP_LETTERS];
    slip_take_same_off(&one, &other);
    size_t left_count = slip_letters(one, left);
    size_t right_count = slip_letters(other, right);
    if (left_count <= 1 && right_count <= 1)
        return left_count + right_count > 0;
    return left_count == SLIP_LETTERS && right_count == SLIP_LETTERS && left[0] == right[1] &&
           left[1] == right[0];
}

/* Takes the first word off, and what is before it; empty if there is none. */
static struct text slip_take_word(struct text *rest)
{
    size_t at = 0;
    struct unicode_run run = {.is_word = false};
    while (at < rest->len && !run.is_word)
        run = unicode_next_run(*rest, &at);
    *rest = text_slice(*rest, at, rest->len);
    return run.is_word ? run.text : TEXT("");
}

/* How many words the longer has that the shorter has not, if these are at most one, and all others
 * are the same; else 2. */
static unsigned slip_words(struct text longer, struct text shorter)
{
    unsigned count = 0;
    struct text word = slip_take_word(&longer);
    for (; word.len > 0 && count < 2; word = slip_take_word(&longer)) {
        struct text rest = shorter;
        if (text_equals(word, slip_take_word(&rest)))
            shorter = rest;
        else
            count++;
    }
    return slip_take_word(&shorter).len == 0 ? count : 2;
}

/* True if there is a word at all. */
static bool slip_has_word(struct text text)
{
    return slip_take_word(&text).len > 0;
}

enum slip slip_between(struct text one, struct text other)
{
    if (text_equals(one, other) || !slip_has_word(one) || !slip_has_word(other))
        return slip_is_of_letter(one, other) ? SLIP_OF_LETTER : SLIP_NONE;
    unsigned left = slip_words(one, other);
    unsigned right = slip_words(other, one);
    if (left == 0 && right == 0)
        return SLIP_OF_MARKS;
    if (slip_is_of_letter(one, other))
        return SLIP_OF_LETTER;
    return left == 1 || right == 1 ? SLIP_OF_WORD : SLIP_NONE;
}
