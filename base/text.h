/*
 * Text as a pointer and a length. The bytes are UTF-8 unless a function says otherwise, may hold
 * NUL, and are borrowed: a `struct text` never owns what it points to. The smallest functions are
 * inline, so that the length of a literal is known when the program is built.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
    const char *bytes;
    size_t len;
};

/* A text from a string literal, usable in constant initialisers as TEXT_INIT. */
#define TEXT_INIT(literal)                                                                         \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }
#define TEXT(literal) ((struct text)TEXT_INIT(literal))

/* Arguments for the printf conversion "%.*s". */
#define TEXT_ARGS(text) (int)(text).len, (text).bytes

/* The text of a NUL-terminated string; NULL gives the empty text. */
static inline struct text text_of(const char *string)
{
    return string ? (struct text){string, strlen(string)} : TEXT("");
}

static inline bool text_is_empty(struct text text)
{
    return text.len == 0;
}

static inline bool text_equals(struct text left, struct text right)
{
    /* The length is asked first because memcmp must not be given NULL. */
    return left.len == right.len &&
           (left.len == 0 || memcmp(left.bytes, right.bytes, left.len) == 0);
}

static inline bool text_equals_string(struct text left, const char *right)
{
    return text_equals(left, text_of(right));
}

/* Compares as if A-Z were a-z; other bytes as they are. */
bool text_equals_ignoring_case(struct text left, struct text right);
/* True if each byte is an ASCII letter or digit, or one of `others`; also of the empty text. */
bool text_is_alphanumeric(struct text text, const char *others);
bool text_ends_with(struct text text, struct text suffix);
/* How many bytes both begin with, or end with. */
size_t text_common_start(struct text left, struct text right);
size_t text_common_end(struct text left, struct text right);
/* Offset of the first `byte`, or text.len if there is none. */
static inline size_t text_find_byte(struct text text, char byte)
{
    const char *found = text.len ? (const char *)memchr(text.bytes, byte, text.len) : NULL;
    return found ? (size_t)(found - text.bytes) : text.len;
}
/* Offset of the first `needle`, or text.len if there is none (an empty needle is at 0). */
size_t text_find(struct text text, struct text needle);

/* The part from `from` (inclusive) to `to` (exclusive); both are cut to the text's length. */
static inline struct text text_slice(struct text text, size_t from, size_t to)
{
    if (to > text.len)
        to = text.len;
    if (from > to)
        from = to;
    /* NULL + 0 is undefined in C17. */
    return (struct text){from ? text.bytes + from : text.bytes, to - from};
}

static inline bool text_starts_with(struct text text, struct text prefix)
{
    return text.len >= prefix.len && text_equals(text_slice(text, 0, prefix.len), prefix);
}

/* A byte of a character of UTF-8 behind its first. */
static inline bool text_is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* The end of the last whole character within the first `len` bytes, of which there must be so many;
 * of valid UTF-8 a place where a text can be cut. */
size_t text_boundary(struct text text, size_t len);

/* Without ASCII white space (space, \t, \n, \v, \f, \r) at both ends. */
struct text text_trim(struct text text);

/* Index of the first of `names` that equals the text, or `count` if none does. */
size_t text_find_name(struct text text, const struct text *names, size_t count);
/* The same as if A-Z were a-z. */
size_t text_find_word(struct text text, const struct text *words, size_t count);

/*
 * Takes the part before the next `separator` off the front of `*rest` and returns it; the
 * separator is dropped. At the last part `*rest` becomes empty with bytes == NULL, which is how a
 * loop ends: while (rest.bytes) { part = text_split(&rest, ','); ... }.
 */
struct text text_split(struct text *rest, char separator);

/* Number of Unicode code points. The text must be valid UTF-8. */
size_t text_code_points(struct text text);

/*
 * True if the bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing
 * above U+10FFFF). `ret_bad_offset` may be NULL; if they are not, it gets the offset at
 * which the first ill-formed sequence begins.
 */
bool text_is_utf8(struct text text, size_t *ret_bad_offset);

/* Length, 1 to 4, of the well-formed UTF-8 sequence at `offset` < text.len; 0 if none is there. */
size_t text_sequence_length(struct text text, size_t offset);

/* Decodes the code point at `*offset` of valid UTF-8 and moves the offset behind it. */
uint32_t text_next_code_point(struct text text, size_t *offset);

/* Writes the UTF-8 of `code_point` and returns its length, 1 to 4. */
size_t text_encode_code_point(uint32_t code_point, char ret_bytes[4]);

/* Room for the digits of any int64_t and its minus. */
enum { TEXT_INT64_BYTES = sizeof("-9223372036854775808") - 1 };

/* The decimal digits of a number, as PRId64 prints them; they lie at the end of `ret_bytes`. */
static inline struct text text_of_int64(int64_t number, char ret_bytes[TEXT_INT64_BYTES])
{
    char *end = ret_bytes + TEXT_INT64_BYTES;
    char *start = end;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        *--start = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0)
        *--start = '-';
    return (struct text){start, (size_t)(end - start)};
}

/*
 * Parses a whole decimal integer with an optional minus; no spaces, no plus, no leading zero
 * required or refused. False if it is not one or does not fit.
 */
bool text_parse_int64(struct text text, int64_t *ret_number);
/* The same for 64 bits without a sign. */
bool text_parse_uint64(struct text text, uint64_t *ret_number);

#endif
