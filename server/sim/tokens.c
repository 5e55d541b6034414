#include "server/sim/tokens.h"

#include "base/ascii.h"
#include "server/sim/unicode.h"

enum {
    /* Recorded answers count common words of 12 letters ("headquarters") once. */
    TOKEN_LETTERS_MAX = 12,
    /* "**" and "..." count once. */
    TOKEN_MARKS_MAX = 4
};

enum token_class {
    TOKEN_SPACE,  /* belongs to the token after it */
    TOKEN_LETTER, /* up to TOKEN_LETTERS_MAX in a row make a token */
    TOKEN_MARK,   /* up to TOKEN_MARKS_MAX of the same in a row make a token */
    TOKEN_SINGLE  /* a token of its own: digits, line ends, ideographs, symbols, emoji */
};

static enum token_class token_class_of_ascii(char byte)
{
    if (ascii_is_letter(byte))
        return TOKEN_LETTER;
    if (ascii_is_digit(byte) || byte == '\n' || byte == '\r')
        return TOKEN_SINGLE;
    return byte == ' ' || ascii_is_control(byte) ? TOKEN_SPACE : TOKEN_MARK;
}

static enum token_class token_class_of(uint32_t code_point)
{
    static const enum token_class classes[] = {
        [UNICODE_OTHER] = TOKEN_SINGLE,
        [UNICODE_SPACE] = TOKEN_SPACE,
        [UNICODE_UPPER] = TOKEN_LETTER,
        [UNICODE_LOWER] = TOKEN_LETTER,
        [UNICODE_LETTER] = TOKEN_LETTER,
        [UNICODE_MARK] = TOKEN_LETTER,
        [UNICODE_DIGIT] = TOKEN_SINGLE,
        [UNICODE_NUMBER] = TOKEN_SINGLE,
        [UNICODE_PUNCTUATION] = TOKEN_MARK,
        [UNICODE_SYMBOL] = TOKEN_SINGLE,
    };
    if (code_point < 0x80)
        return token_class_of_ascii((char)code_point);
    enum unicode_class class = unicode_class_of(code_point);
    /* An ideograph or a syllable of Hangul is as good as a word. */
    if (class == UNICODE_LETTER && unicode_is_wide(code_point))
        return TOKEN_SINGLE;
    return classes[class];
}

/* The end of the character, as a reader sees it, at `at`, and the class of its first code point. */
static size_t token_character_end(struct text text, size_t at, enum token_class *ret_class)
{
    if (unicode_is_plain(text, at)) {
        *ret_class = token_class_of_ascii(text.bytes[at]);
        return at + 1;
    }
    size_t first = at;
    *ret_class = token_class_of(unicode_next(text, &first));
    return unicode_character_end(text, at);
}

/* Behind the letters at `at`, of which there may be so many. */
static size_t token_any_letters_end(struct text text, size_t at, size_t count_max)
{
    for (size_t count = 0; count < count_max && at < text.len; count++) {
        enum token_class class;
        size_t end = token_character_end(text, at, &class);
        if (class != TOKEN_LETTER)
            break;
        at = end;
    }
    return at;
}

/* The same, quickly for those of ASCII, which nearly all are. */
static size_t token_letters_end(struct text text, size_t at, size_t count_max)
{
    size_t end = at;
    while (end < text.len && end - at < count_max && ascii_is_letter(text.bytes[end]))
        end++;
    if (end == text.len || (unsigned char)text.bytes[end] < 0x80)
        return end;
    /* What follows may belong to the last of them. */
    size_t sure = end > at ? end - 1 : at;
    return token_any_letters_end(text, sure, count_max - (sure - at));
}

/* Behind the characters at `at` that are as `mark`, of which there may be so many. */
static size_t token_marks_end(struct text text, size_t at, struct text mark, size_t count_max)
{
    for (size_t count = 0; count < count_max && at < text.len; count++) {
        size_t end = unicode_character_end(text, at);
        if (!text_equals(text_slice(text, at, end), mark))
            break;
        at = end;
    }
    return at;
}

/* The offset behind the first token at or after `at` < text.len; of white space alone its end. */
static size_t token_any_end(struct text text, size_t at)
{
    enum token_class class = TOKEN_SPACE;
    size_t start = at;
    while (class == TOKEN_SPACE && at < text.len) {
        start = at;
        at = token_character_end(text, at, &class);
    }
    if (class == TOKEN_LETTER)
        return token_letters_end(text, at, TOKEN_LETTERS_MAX - 1);
    if (class == TOKEN_MARK)
        return token_marks_end(text, at, text_slice(text, start, at), TOKEN_MARKS_MAX - 1);
    return at;
}

/* The same, quickly for a word of ASCII with no more than a blank before it, as most tokens are. */
static size_t token_end(struct text text, size_t at)
{
    size_t start = at + (text.bytes[at] == ' ');
    if (start < text.len && ascii_is_letter(text.bytes[start]))
        return token_letters_end(text, start, TOKEN_LETTERS_MAX);
    return token_any_end(text, at);
}

/* Where the white space begins that ends the text. */
static size_t token_text_end(struct text text)
{
    size_t end = text.len;
    if (end > 0 && text.bytes[end - 1] > ' ' && text.bytes[end - 1] <= '~')
        return end;
    for (size_t before = end; before > 0; end = before)
        if (token_class_of(unicode_previous(text, &before)) != TOKEN_SPACE)
            break;
    return end;
}

int32_t tokens_estimate(struct text text)
{
    size_t end = token_text_end(text);
    int32_t count = 0;
    for (size_t at = 0; at < end && count < INT32_MAX; count++)
        at = token_end(text, at);
    return count == 0 && text.len > 0 ? 1 : count;
}

size_t tokens_prefix_bytes(struct text text, int32_t token_count)
{
    size_t end = token_text_end(text);
    size_t at = 0;
    for (int32_t count = 0; count < token_count && at < end; count++)
        at = token_end(text, at);
    return at >= end && token_count > 0 ? text.len : at;
}
