#include "server/json/read_scalar.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/ascii.h"
#include "server/json/decimal.h"
#include "server/json/reader.h"

enum {
    /* Decimal digits that every double keeps (DBL_DIG). */
    READ_DIGITS_MAX = 15,
    /* "\uXXXX" */
    READ_ESCAPE_BYTES = 6,
    READ_PAIR_BYTES = 12,
    /* Numbers with more digits than this before the point may exceed a double. */
    READ_WHOLE_DIGITS_SAFE = 300,
    /* cJSON copies a number into a fixed array; longer ones are passed on as marked strings. */
    READ_NUMBER_BYTES_MAX = 40
};

#define READ_EACH_BYTE UINT64_C(0x0101010101010101)
#define READ_HIGH_BITS UINT64_C(0x8080808080808080)

/* True if one of the eight bytes of `word` is below `limit`, which is at most 0x80. */
static bool read_word_has_below(uint64_t word, uint64_t limit)
{
    return ((word - READ_EACH_BYTE * limit) & ~word & READ_HIGH_BITS) != 0;
}

static bool read_word_has(uint64_t word, char byte)
{
    return read_word_has_below(word ^ READ_EACH_BYTE * (unsigned char)byte, 1);
}

/* How many bytes can be copied as they are: up to a control byte, a backslash or a quote. */
static size_t read_plain_run(const struct reader *reader, char quote)
{
    const char *at = reader->at;
    while (reader->end - at >= (ptrdiff_t)sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        if (read_word_has_below(word, 0x20) || read_word_has(word, '"') ||
            read_word_has(word, '\\') || read_word_has(word, quote))
            break;
        at += sizeof(word);
    }
    while (
        at < reader->end && (unsigned char)*at >= 0x20 && *at != '"' && *at != '\\' && *at != quote)
        at++;
    return (size_t)(at - reader->at);
}

/* Writes one byte of a string so that cJSON reads it back. */
static void read_add_string_byte(struct buf *out, char byte)
{
    if (byte == '\0') {
        buf_add(out, "\xC0\x80", 2);
        return;
    }
    /* Control bytes need no escape for cJSON, and escapes would make six bytes of one. */
    if (byte == '"' || byte == '\\')
        buf_add_byte(out, '\\');
    buf_add_byte(out, byte);
}

/* What is wrong with an escape: a quote in place of a digit makes it a short one. */
static const char *read_hex_problem(char digit)
{
    return reader_is_quote(digit) ? "Invalid escape sequence." : "Illegal hex string.";
}

/* Reads the four digits of an escape. False, with the error, if one of them is none. */
static bool read_hex(struct reader *reader, const char *digits, uint32_t *ret_code)
{
    uint32_t code = 0;
    for (int i = 0; i < 4; i++) {
        int value = ascii_hex_value(digits[i]);
        if (value < 0)
            return reader_fail(reader, read_hex_problem(digits[i]));
        code = code << 4 | (uint32_t)value;
    }
    *ret_code = code;
    return true;
}

/* Reads the low half of a surrogate pair, which begins READ_ESCAPE_BYTES after the position. */
static bool read_low_surrogate(struct reader *reader, uint32_t *code)
{
    if (reader_rest(reader) < READ_PAIR_BYTES)
        return reader_fail_cut(reader, "Missing low surrogate.");
    const char *escape = reader->at + READ_ESCAPE_BYTES;
    if (escape[0] != '\\' || escape[1] != 'u')
        return reader_fail(reader, "Missing low surrogate.");
    uint32_t low = 0;
    if (!read_hex(reader, escape + 2, &low))
        return false;
    if (low < 0xDC00 || low > 0xDFFF)
        return reader_fail(reader, "Invalid low surrogate.");
    *code = 0x10000 + ((*code & 0x3FF) << 10 | (low & 0x3FF));
    reader->at += READ_ESCAPE_BYTES;
    return true;
}

static bool read_unicode_escape(struct reader *reader)
{
    if (reader_rest(reader) < READ_ESCAPE_BYTES) {
        const char *at = reader->at + 2;
        while (at < reader->end && !reader_is_quote(*at))
            at++;
        bool is_short = at < reader->end;
        return reader_fail_cut(reader, is_short ? read_hex_problem(*at) : "Illegal hex string.");
    }
    uint32_t code = 0;
    if (!read_hex(reader, reader->at + 2, &code))
        return false;
    if (code >= 0xD800 && code <= 0xDBFF && !read_low_surrogate(reader, &code))
        return false;
    if (code >= 0xDC00 && code <= 0xDFFF)
        return reader_fail(reader, "Invalid unicode code point.");
    reader->at += READ_ESCAPE_BYTES;
    if (code < 0x80) {
        read_add_string_byte(reader->out, (char)code);
    } else {
        char bytes[4];
        size_t len = text_encode_code_point(code, bytes);
        buf_add(reader->out, bytes, len);
    }
    return true;
}

static bool read_escape(struct reader *reader)
{
    static const char letters[] = "b\bf\fn\nr\rt\tv\v";
    if (reader_rest(reader) == 1)
        return reader_fail_cut(reader, "Closing quote expected in string.");
    char escaped = reader->at[1];
    if (escaped == 'u')
        return read_unicode_escape(reader);
    for (size_t i = 0; i + 1 < sizeof(letters); i += 2) {
        if (letters[i] == escaped) {
            escaped = letters[i + 1];
            break;
        }
    }
    /* Any other character stands for itself; of a longer one this is the first byte. */
    read_add_string_byte(reader->out, escaped);
    reader->at += 2;
    return true;
}

bool read_string(struct reader *reader)
{
    char quote = *reader->at++;
    buf_add_byte(reader->out, '"');
    for (;;) {
        size_t run = read_plain_run(reader, quote);
        buf_add(reader->out, reader->at, run);
        reader->at += run;
        if (reader->at == reader->end)
            return reader_fail_cut(reader, "Closing quote expected in string.");
        if (*reader->at == quote) {
            reader->at++;
            buf_add_byte(reader->out, '"');
            return true;
        }
        if (*reader->at != '\\')
            read_add_string_byte(reader->out, *reader->at++);
        else if (!read_escape(reader))
            return false;
    }
}

/* Writes a number, or its text with a mark. */
static void read_add_number(struct buf *out, const struct decimal *decimal)
{
    size_t digit_count = decimal->whole.len + decimal->fraction.len;
    bool is_marked = digit_count > READ_DIGITS_MAX ||
                     digit_count + decimal->exponent.len > READ_NUMBER_BYTES_MAX;
    if (is_marked) {
        buf_add_byte(out, '"');
        buf_add_byte(out, READ_NUMBER_MARK);
    }
    if (decimal->is_negative)
        buf_add_byte(out, '-');
    buf_add_text(out, decimal->whole);
    if (decimal->fraction.len > 0) {
        buf_add_byte(out, '.');
        buf_add_text(out, decimal->fraction);
    }
    if (decimal->exponent.len > 0) {
        buf_add_byte(out, 'e');
        buf_add_text(out, decimal->exponent);
    }
    if (is_marked)
        buf_add_byte(out, '"');
}

static bool read_is_point_or_exponent(char byte)
{
    return byte == '.' || byte == 'e' || byte == 'E';
}

/* Takes what looks like a number; the service looks at the whole of it before it judges. */
static struct text read_number_token(const struct reader *reader)
{
    const char *at = reader->at;
    while (at < reader->end && (ascii_is_digit(*at) || read_is_point_or_exponent(*at) ||
                                   *at == '+' || *at == '-' || *at == 'x'))
        at++;
    return (struct text){reader->at, (size_t)(at - reader->at)};
}

/* True for the numbers of RFC 8259, whose points have digits on both sides. */
static bool read_split_number(struct text token, struct decimal *ret_decimal)
{
    bool has_point = text_find_byte(token, '.') < token.len;
    return decimal_parse(token, ret_decimal) && ret_decimal->whole.len > 0 &&
           has_point == (ret_decimal->fraction.len > 0);
}

bool read_number(struct reader *reader)
{
    struct text token = read_number_token(reader);
    if (token.len == reader_rest(reader) && !reader_resume(reader, reader->at))
        return false;
    size_t sign_len = token.bytes[0] == '-';
    if (token.len >= sign_len + 2 && token.bytes[sign_len] == '0' &&
        !read_is_point_or_exponent(token.bytes[sign_len + 1]))
        return reader_fail(reader, "Octal/hex numbers are not valid JSON values.");
    struct decimal decimal;
    if (!read_split_number(token, &decimal))
        return reader_fail(reader, "Unable to parse number.");
    double number;
    if ((decimal.exponent.len > 0 || decimal.whole.len > READ_WHOLE_DIGITS_SAFE) &&
        !decimal_to_double(token, reader->arena, &number))
        return reader_fail(reader, "Number exceeds the range of double.");
    read_add_number(reader->out, &decimal);
    reader->at += token.len;
    return true;
}
