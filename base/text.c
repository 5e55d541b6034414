#include "base/text.h"

#include <string.h>

#include "base/array.h"
#include "base/ascii.h"

bool text_equals_ignoring_case(struct text left, struct text right)
{
    if (left.len != right.len)
        return false;
    for (size_t i = 0; i < left.len; i++)
        if (ascii_to_lower(left.bytes[i]) != ascii_to_lower(right.bytes[i]))
            return false;
    return true;
}

bool text_is_alphanumeric(struct text text, const char *others)
{
    struct text allowed = text_of(others);
    for (size_t i = 0; i < text.len; i++)
        if (!ascii_is_letter_or_digit(text.bytes[i]) &&
            text_find_byte(allowed, text.bytes[i]) == allowed.len)
            return false;
    return true;
}

bool text_ends_with(struct text text, struct text suffix)
{
    return text.len >= suffix.len &&
           text_equals(text_slice(text, text.len - suffix.len, text.len), suffix);
}

size_t text_common_start(struct text left, struct text right)
{
    size_t same = 0;
    while (same < left.len && same < right.len && left.bytes[same] == right.bytes[same])
        same++;
    return same;
}

size_t text_common_end(struct text left, struct text right)
{
    size_t same = 0;
    while (same < left.len && same < right.len &&
           left.bytes[left.len - 1 - same] == right.bytes[right.len - 1 - same])
        same++;
    return same;
}

size_t text_find(struct text text, struct text needle)
{
    if (needle.len == 0)
        return 0;
    const char *found = NULL;
    if (text.len >= needle.len)
        found = memmem(text.bytes, text.len, needle.bytes, needle.len);
    return found ? (size_t)(found - text.bytes) : text.len;
}

size_t text_boundary(struct text text, size_t len)
{
    if (len == text.len)
        return len;
    while (len > 0 && text_is_continuation(text.bytes[len]))
        len--;
    return len;
}

struct text text_trim(struct text text)
{
    size_t from = 0;
    size_t to = text.len;
    while (from < to && ascii_is_space(text.bytes[from]))
        from++;
    while (to > from && ascii_is_space(text.bytes[to - 1]))
        to--;
    return text_slice(text, from, to);
}

size_t text_find_name(struct text text, const struct text *names, size_t count)
{
    size_t index = 0;
    while (index < count && !text_equals(text, names[index]))
        index++;
    return index;
}

size_t text_find_word(struct text text, const struct text *words, size_t count)
{
    size_t index = 0;
    while (index < count && !text_equals_ignoring_case(text, words[index]))
        index++;
    return index;
}

struct text text_split(struct text *rest, char separator)
{
    struct text part = *rest;
    size_t at = text_find_byte(part, separator);
    if (at == part.len) {
        *rest = (struct text){NULL, 0};
        return part;
    }
    *rest = text_slice(part, at + 1, part.len);
    return text_slice(part, 0, at);
}

size_t text_code_points(struct text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += !text_is_continuation(text.bytes[i]);
    return count;
}

/*
 * What a lead byte from 0xC2 to 0xF4 demands (RFC 3629 section 4): the length, and the range of the
 * second byte, which is what rules out overlong forms, surrogates and values above U+10FFFF.
 */
struct text_lead {
    unsigned char first, last;
    unsigned char len;
    unsigned char second_min, second_max;
};

static const struct text_lead text_leads[] = {
    {0xC2, 0xDF, 2, 0x80, 0xBF},
    {0xE0, 0xE0, 3, 0xA0, 0xBF},
    {0xE1, 0xEC, 3, 0x80, 0xBF},
    {0xED, 0xED, 3, 0x80, 0x9F},
    {0xEE, 0xEF, 3, 0x80, 0xBF},
    {0xF0, 0xF0, 4, 0x90, 0xBF},
    {0xF1, 0xF3, 4, 0x80, 0xBF},
    {0xF4, 0xF4, 4, 0x80, 0x8F},
};

static const struct text_lead *text_find_lead(unsigned char byte)
{
    for (size_t i = 0; i < ARRAY_COUNT(text_leads); i++)
        if (byte <= text_leads[i].last)
            return byte >= text_leads[i].first ? &text_leads[i] : NULL;
    return NULL;
}

size_t text_sequence_length(struct text text, size_t offset)
{
    const char *bytes = text.bytes + offset;
    if ((unsigned char)bytes[0] < 0x80)
        return 1;
    const struct text_lead *lead = text_find_lead((unsigned char)bytes[0]);
    if (!lead || lead->len > text.len - offset)
        return 0;
    unsigned char second = (unsigned char)bytes[1];
    if (second < lead->second_min || second > lead->second_max)
        return 0;
    for (size_t i = 2; i < lead->len; i++)
        if (!text_is_continuation(bytes[i]))
            return 0;
    return lead->len;
}

/* True if all of the eight bytes are below 0x80: most text is ASCII, and this reads it fast. */
static bool text_is_ascii_word(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    return (word & UINT64_C(0x8080808080808080)) == 0;
}

bool text_is_utf8(struct text text, size_t *ret_bad_offset)
{
    size_t offset = 0;
    while (offset < text.len) {
        if (text.len - offset >= sizeof(uint64_t) && text_is_ascii_word(text.bytes + offset)) {
            offset += sizeof(uint64_t);
            continue;
        }
        size_t len = text_sequence_length(text, offset);
        if (len == 0) {
            if (ret_bad_offset)
                *ret_bad_offset = offset;
            return false;
        }
        offset += len;
    }
    return true;
}

uint32_t text_next_code_point(struct text text, size_t *offset)
{
    uint32_t lead = (unsigned char)text.bytes[(*offset)++];
    if (lead < 0x80)
        return lead;
    uint32_t code_point = lead < 0xE0 ? lead & 0x1F : lead < 0xF0 ? lead & 0x0F : lead & 0x07;
    while (*offset < text.len && text_is_continuation(text.bytes[*offset]))
        code_point = code_point << 6 | ((unsigned char)text.bytes[(*offset)++] & 0x3F);
    return code_point;
}

size_t text_encode_code_point(uint32_t code_point, char ret_bytes[4])
{
    if (code_point < 0x80) {
        ret_bytes[0] = (char)code_point;
        return 1;
    }
    size_t len = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        ret_bytes[i] = (char)(0x80 | (code_point & 0x3F));
        code_point >>= 6;
    }
    static const unsigned char marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    ret_bytes[0] = (char)(marks[len] | code_point);
    return len;
}

bool text_parse_int64(struct text text, int64_t *ret_number)
{
    bool is_negative = text.len > 0 && text.bytes[0] == '-';
    struct text digits = text_slice(text, is_negative, text.len);
    if (digits.len == 0)
        return false;
    int64_t number = 0;
    for (size_t i = 0; i < digits.len; i++) {
        int digit = digits.bytes[i] - '0';
        if (digit < 0 || digit > 9)
            return false;
        /* Gathered with its sign, since the least number has no positive counterpart. */
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, is_negative ? -digit : digit, &number))
            return false;
    }
    *ret_number = number;
    return true;
}

bool text_parse_uint64(struct text text, uint64_t *ret_number)
{
    uint64_t number = 0;
    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int digit = text.bytes[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)digit, &number))
            return false;
    }
    *ret_number = number;
    return true;
}
