/* Strings as the service prints them: UTF-8, with escapes for more than JSON asks for. */
#include "server/json/write.h"

#include <string.h>

#include "base/array.h"

/*
 * The code points that the service's printer never writes as they are: those that JSON forbids,
 * those that are dangerous in a script or a page, and invisible ones. In ascending order.
 */
static const struct {
    uint32_t first;
    uint32_t last;
} escaped_code_points[] = {
    {0x00, 0x1f},
    {'"', '"'},
    {'<', '<'},
    {'>', '>'},
    {'\\', '\\'},
    {0x7f, 0x9f},
    {0xad, 0xad}, /* soft hyphen */
    /* Arabic and Syriac signs that enclose or mark, and vowels of Khmer that are not seen. */
    {0x600, 0x603},
    {0x6dd, 0x6dd},
    {0x70f, 0x70f},
    {0x17b4, 0x17b5},
    /* Zero width spaces and joiners, separators, directions, invisible operators, shaping. */
    {0x200b, 0x200f},
    {0x2028, 0x202e},
    {0x2060, 0x2064},
    {0x206a, 0x206f},
    /* Byte order mark, annotations, musical formatting, tags. */
    {0xfeff, 0xfeff},
    {0xfff9, 0xfffb},
    {0x1d173, 0x1d17a},
    {0xe0001, 0xe0001},
    {0xe0020, 0xe007f},
};

static bool write_escape_is_needed(uint32_t code_point)
{
    size_t count = ARRAY_COUNT(escaped_code_points);
    for (size_t i = 0; i < count && escaped_code_points[i].first <= code_point; i++)
        if (code_point <= escaped_code_points[i].last)
            return true;
    return false;
}

/* True for the first bytes of all code points of the table above, and of some others. */
static bool write_escape_may_be_needed(unsigned char byte)
{
    switch (byte) {
    case '"':
    case '<':
    case '>':
    case '\\':
    case 0x7f:
    case 0xc2:
    case 0xd8:
    case 0xdb:
    case 0xdc:
    case 0xe1:
    case 0xe2:
    case 0xef:
    case 0xf0:
    case 0xf3:
        return true;
    }
    return byte < 0x20;
}

/*
 * True if all of eight bytes are ASCII that stands for itself. Each line sets the high bit of the
 * bytes that fail one condition; a borrow can only come from a byte that has failed already.
 */
static bool write_escape_is_plain_word(const char *bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    uint64_t failed = word;
    failed |= word - ones * 0x20;
    failed |= word + ones; /* 0x7f */
    failed |= (word ^ ones * '"') - ones;
    failed |= (word ^ ones * '\\') - ones;
    failed |= ((word & ~(ones * ('<' ^ '>'))) ^ ones * ('<' & '>')) - ones;
    return (failed & ones * 0x80) == 0;
}

/* Offset of the first byte at or after `offset` that may need an escape. */
static size_t write_escape_skip_plain(struct text text, size_t offset)
{
    while (text.len - offset >= sizeof(uint64_t) && write_escape_is_plain_word(text.bytes + offset))
        offset += sizeof(uint64_t);
    /* The last bytes of a longer text are plain if the word that ends with them is. */
    if (text.len - offset < sizeof(uint64_t) && text.len >= sizeof(uint64_t) &&
        write_escape_is_plain_word(text.bytes + text.len - sizeof(uint64_t)))
        return text.len;
    while (offset < text.len && !write_escape_may_be_needed((unsigned char)text.bytes[offset]))
        offset++;
    return offset;
}

static char *write_escape_put_code_unit(char *at, uint32_t unit)
{
    static const char hex[] = "0123456789abcdef";
    *at++ = '\\';
    *at++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4)
        *at++ = hex[unit >> shift & 0xf];
    return at;
}

static void write_escape(struct buf *out, uint32_t code_point)
{
    static const char letters[] = "\b\t\n\f\r\"\\";
    static const char names[] = "btnfr\"\\";
    const char *letter =
        code_point > 0 && code_point < 0x80 ? strchr(letters, (int)code_point) : NULL;
    char escape[12];
    char *at = escape;
    if (letter) {
        *at++ = '\\';
        *at++ = names[letter - letters];
    } else if (code_point > 0xffff) {
        uint32_t rest = code_point - 0x10000;
        at = write_escape_put_code_unit(at, 0xd800 + (rest >> 10));
        at = write_escape_put_code_unit(at, 0xdc00 + (rest & 0x3ff));
    } else {
        at = write_escape_put_code_unit(at, code_point);
    }
    buf_add(out, escape, (size_t)(at - escape));
}

void json_write_escaped(struct buf *out, struct text text)
{
    size_t done = 0;
    size_t offset = 0;
    while ((offset = write_escape_skip_plain(text, offset)) < text.len) {
        size_t end = offset;
        uint32_t code_point = text_next_code_point(text, &end);
        if (write_escape_is_needed(code_point)) {
            buf_add(out, text.bytes + done, offset - done);
            write_escape(out, code_point);
            done = end;
        }
        offset = end;
    }
    if (done < text.len)
        buf_add(out, text.bytes + done, text.len - done);
}

void json_write_string(struct buf *out, struct text text)
{
    buf_reserve(out, text.len + 2);
    buf_add_byte(out, '"');
    json_write_escaped(out, text);
    buf_add_byte(out, '"');
}
