#include "base/fold.h"

#include <locale.h>
#include <pthread.h>
#include <wctype.h>

#include "base/ascii.h"

enum {
    /* Latin, Greek, Cyrillic and nearly all else that has case: looked up instead of asked for. */
    FOLD_TABLE_COUNT = 0x3000,
    /* The two large stretches after it where no letter has case: CJK, Hangul. */
    FOLD_CJK_END = 0xa640,
    FOLD_HANGUL_BEGIN = 0xac00,
    FOLD_HANGUL_END = 0xd800
};

/* Set up once and never closed: opening the locale takes longer than a whole answer. */
static locale_t fold_locale;
static uint16_t fold_table[FOLD_TABLE_COUNT];
static pthread_once_t fold_once = PTHREAD_ONCE_INIT;

/*
 * Lower case by way of upper case, so that letters with two small forms (sigma, long s) become
 * one.
 */
static uint32_t fold_ask_locale(uint32_t code_point)
{
    if (fold_locale == (locale_t)0)
        return code_point;
    wint_t upper = towupper_l((wint_t)code_point, fold_locale);
    return (uint32_t)towlower_l(upper, fold_locale);
}

static void fold_set_up(void)
{
    fold_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    for (uint32_t i = 0; i < FOLD_TABLE_COUNT; i++)
        fold_table[i] =
            (uint16_t)(i < 0x80 ? (unsigned char)ascii_to_lower((char)i) : fold_ask_locale(i));
}

static uint32_t fold_code_point(uint32_t code_point)
{
    if (code_point < FOLD_TABLE_COUNT)
        return fold_table[code_point];
    if (code_point < FOLD_CJK_END ||
        (code_point >= FOLD_HANGUL_BEGIN && code_point < FOLD_HANGUL_END))
        return code_point;
    return fold_ask_locale(code_point);
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
    pthread_once(&fold_once, fold_set_up);
    /* A code point of two bytes may become one of three. */
    char *bytes = arena_array(arena, text.len, 2);
    size_t len = 0;
    for (size_t offset = 0; offset < text.len;) {
        uint32_t folded = fold_code_point(text_next_code_point(text, &offset));
        len += text_encode_code_point(folded, bytes + len);
    }
    return (struct text){bytes, len};
}
