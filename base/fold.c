#include "base/fold.h"

#include <locale.h>
#include <pthread.h>
#include <wctype.h>

#include "base/ascii.h"

/* Opened once and never closed: opening takes longer than a whole answer. */
static locale_t fold_locale;
static pthread_once_t fold_locale_once = PTHREAD_ONCE_INIT;

static void fold_open_locale(void)
{
    fold_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/*
 * Lower case by way of upper case, so that letters with two small forms (sigma, long s) become
 * one.
 */
static uint32_t fold_code_point(uint32_t code_point)
{
    if (code_point < 0x80)
        return (unsigned char)ascii_to_lower((char)code_point);
    pthread_once(&fold_locale_once, fold_open_locale);
    if (fold_locale == (locale_t)0)
        return code_point;
    wint_t upper = towupper_l((wint_t)code_point, fold_locale);
    return (uint32_t)towlower_l(upper, fold_locale);
}

static bool fold_is_ascii(struct text text)
{
    unsigned char all = 0;
    for (size_t i = 0; i < text.len; i++)
        all |= (unsigned char)text.bytes[i];
    return all < 0x80;
}

struct text fold_text(struct text text, struct arena *arena)
{
    if (fold_is_ascii(text) || !text_is_utf8(text, NULL)) {
        char *bytes = arena_alloc(arena, text.len);
        for (size_t i = 0; i < text.len; i++)
            bytes[i] = ascii_to_lower(text.bytes[i]);
        return (struct text){bytes, text.len};
    }
    /* A code point of two bytes may become one of three. */
    char *bytes = arena_array(arena, text.len, 2);
    size_t len = 0;
    for (size_t offset = 0; offset < text.len;) {
        uint32_t folded = fold_code_point(text_next_code_point(text, &offset));
        len += text_encode_code_point(folded, bytes + len);
    }
    return (struct text){bytes, len};
}

/* True if the text has the word at its beginning, both folded. */
static bool fold_starts_with(struct text text, struct text word)
{
    size_t at = 0;
    for (size_t word_at = 0; word_at < word.len;)
        if (at == text.len || fold_code_point(text_next_code_point(text, &at)) !=
                                  fold_code_point(text_next_code_point(word, &word_at)))
            return false;
    return true;
}

bool fold_contains(struct text text, struct text word)
{
    size_t at = 0;
    while (!fold_starts_with(text_slice(text, at, text.len), word)) {
        if (at == text.len)
            return false;
        text_next_code_point(text, &at);
    }
    return true;
}
