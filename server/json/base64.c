#include "server/json/base64.h"

#include <stdint.h>

#include "base/ascii.h"

/* The value of a digit, or -1. */
static int base64_digit(char digit, bool is_url_safe)
{
    if (ascii_is_upper(digit))
        return digit - 'A';
    if (ascii_is_lower(digit))
        return digit - 'a' + 26;
    if (ascii_is_digit(digit))
        return digit - '0' + 52;
    if (digit == (is_url_safe ? '-' : '+'))
        return 62;
    return digit == (is_url_safe ? '_' : '/') ? 63 : -1;
}

/* Takes the padding off; False if there is some but not all of it. */
static bool base64_trim_padding(struct text *text)
{
    size_t len = text->len;
    while (len > 0 && text->bytes[len - 1] == '=')
        len--;
    size_t padding = text->len - len;
    if (padding > 0 && (padding > 2 || text->len % 4 != 0))
        return false;
    text->len = len;
    return len % 4 != 1;
}

bool base64_decode(struct text text, struct arena *arena, struct text *ret_bytes)
{
    struct text digits = text;
    if (!base64_trim_padding(&digits))
        return false;
    bool is_url_safe =
        text_find_byte(digits, '-') < digits.len || text_find_byte(digits, '_') < digits.len;
    char *bytes = arena_alloc(arena, digits.len / 4 * 3 + 3);
    size_t len = 0;
    uint32_t bits = 0;
    unsigned bit_count = 0;
    for (size_t i = 0; i < digits.len; i++) {
        int digit = base64_digit(digits.bytes[i], is_url_safe);
        if (digit < 0)
            return false;
        bits = bits << 6 | (uint32_t)digit;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            bytes[len++] = (char)(bits >> bit_count);
            bits &= (1U << bit_count) - 1;
        }
    }
    *ret_bytes = (struct text){bytes, len};
    return bits == 0;
}

void base64_encode(struct buf *out, struct text bytes, bool is_url_safe)
{
    static const char standard[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char url_safe[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *digits = is_url_safe ? url_safe : standard;
    uint32_t bits = 0;
    unsigned bit_count = 0;
    buf_reserve(out, 4 * ((bytes.len + 2) / 3));
    for (size_t i = 0; i < bytes.len; i++) {
        bits = bits << 8 | (unsigned char)bytes.bytes[i];
        for (bit_count += 8; bit_count >= 6; bit_count -= 6)
            buf_add_byte(out, digits[bits >> (bit_count - 6) & 0x3f]);
    }
    if (bit_count > 0)
        buf_add_byte(out, digits[bits << (6 - bit_count) & 0x3f]);
    if (!is_url_safe)
        buf_add_repeated(out, '=', (3 - bytes.len % 3) % 3);
}
