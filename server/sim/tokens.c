#include "server/sim/tokens.h"

#include <assert.h>

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
    TOKEN_SINGLE  /* a token of its own: digits, line feeds, ideographs, symbols, emoji */
};

static enum token_class token_class_of(unsigned char lead)
{
    /* The lead bytes from 0xE2 on begin U+2000 and what follows: symbols, ideographs, emoji. */
    if (lead >= 0x80)
        return lead < 0xE2 ? TOKEN_LETTER : TOKEN_SINGLE;
    if ((lead >= '0' && lead <= '9') || lead == '\n')
        return TOKEN_SINGLE;
    if ((lead >= 'a' && lead <= 'z') || (lead >= 'A' && lead <= 'Z'))
        return TOKEN_LETTER;
    return lead <= ' ' || lead == 0x7F ? TOKEN_SPACE : TOKEN_MARK;
}

/* The end of the code point whose first byte is before `at`. */
static size_t token_code_point_end(struct text text, size_t at)
{
    while (at < text.len && ((unsigned char)text.bytes[at] & 0xC0) == 0x80)
        at++;
    return at;
}

/* The offset behind the first token at or after `at`; there must be one. */
static size_t token_end(struct text text, size_t at)
{
    enum token_class class = TOKEN_SPACE;
    while (class == TOKEN_SPACE) {
        assert(at < text.len);
        class = token_class_of((unsigned char)text.bytes[at++]);
    }
    char first = text.bytes[at - 1];
    at = token_code_point_end(text, at);
    size_t count_max = class == TOKEN_LETTER ? TOKEN_LETTERS_MAX : 1;
    count_max = class == TOKEN_MARK ? TOKEN_MARKS_MAX : count_max;
    for (size_t count = 1; count < count_max && at < text.len; count++) {
        bool is_same = class == TOKEN_LETTER
                           ? token_class_of((unsigned char)text.bytes[at]) == TOKEN_LETTER
                           : text.bytes[at] == first;
        if (!is_same)
            break;
        at = token_code_point_end(text, at + 1);
    }
    return at;
}

/* Where the white space begins that ends the text. */
static size_t token_text_end(struct text text)
{
    size_t end = text.len;
    while (end > 0 && token_class_of((unsigned char)text.bytes[end - 1]) == TOKEN_SPACE)
        end--;
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
    return at == end && token_count > 0 ? text.len : at;
}
