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

/* Up to three bytes, the first the most significant. */
static uint32_t base64_bits(const char *bytes, size_t len)
{
    uint32_t bits = (uint32_t)(unsigned char)bytes[0] << 16;
    if (len > 1)
        bits |= (uint32_t)(unsigned char)bytes[1] << 8;
    if (len > 2)
        bits |= (unsigned char)bytes[2];
    return bits;
}

void base64_encode(struct buf *out, struct text bytes, bool is_url_safe)
{
    static const char standard[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char url_safe[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *digits = is_url_safe ? url_safe : standard;
    buf_reserve(out, 4 * ((bytes.len + 2) / 3));
    char *at = out->data + out->len;
    size_t i = 0;
    for (; i + 3 <= bytes.len; i += 3) {
        uint32_t bits = base64_bits(bytes.bytes + i, 3);
        *at++ = digits[bits >> 18];
        *at++ = digits[bits >> 12 & 0x3f];
        *at++ = digits[bits >> 6 & 0x3f];
        *at++ = digits[bits & 0x3f];
    }
    size_t rest = bytes.len - i;
    if (rest > 0) {
        uint32_t bits = base64_bits(bytes.bytes + i, rest);
        *at++ = digits[bits >> 18];
        *at++ = digits[bits >> 12 & 0x3f];
        if (rest == 2)
            *at++ = digits[bits >> 6 & 0x3f];
    }
    out->len = (size_t)(at - out->data);
    if (!is_url_safe)
        buf_add_repeated(out, '=', (3 - bytes.len % 3) % 3);
}
