#include "base/printable.h"

#include <string.h>

#include "base/array.h"

/*
 * What is not shown, or shown as something else than a character: controls, format characters
 * (category Cf), line separators, fillers, variation selectors, noncharacters, tags; of Unicode 15.
 * In order; the controls of ASCII are seen to elsewhere.
 */
static const struct {
    uint32_t first, last;
} printable_hidden[] = {
    {0x80, 0x9F},       /* C1 controls: terminals take them for commands */
    {0xAD, 0xAD},       /* soft hyphen */
    {0x34F, 0x34F},     /* combining grapheme joiner */
    {0x600, 0x605},     /* Arabic number signs */
    {0x61C, 0x61C},     /* Arabic letter mark */
    {0x6DD, 0x6DD},     /* Arabic end of ayah */
    {0x70F, 0x70F},     /* Syriac abbreviation mark */
    {0x890, 0x891},     /* Arabic pound and piastre marks */
    {0x8E2, 0x8E2},     /* Arabic disputed end of ayah */
    {0x115F, 0x1160},   /* Hangul fillers */
    {0x17B4, 0x17B5},   /* Khmer inherent vowels */
    {0x180B, 0x180F},   /* Mongolian variation selectors */
    {0x200B, 0x200F},   /* zero width; left-to-right and right-to-left marks */
    {0x2028, 0x202E},   /* line and paragraph separator; bidirectional embeddings, overrides */
    {0x2060, 0x206F},   /* word joiner; invisible operators; bidirectional isolates */
    {0x3164, 0x3164},   /* Hangul filler */
    {0xFDD0, 0xFDEF},   /* noncharacters */
    {0xFE00, 0xFE0F},   /* variation selectors */
    {0xFEFF, 0xFEFF},   /* byte order mark */
    {0xFFA0, 0xFFA0},   /* half-width Hangul filler */
    {0xFFF0, 0xFFFB},   /* unassigned specials; interlinear annotation */
    {0xFFFE, 0xFFFF},   /* noncharacters, like the last two of each plane, see below */
    {0x110BD, 0x110BD}, /* Kaithi number signs */
    {0x110CD, 0x110CD}, {0x13430, 0x1345F}, /* Egyptian hieroglyph format controls */
    {0x1BCA0, 0x1BCA3},                     /* shorthand format controls */
    {0x1D173, 0x1D17A},                     /* musical format controls */
    {0xE0000, 0xE0FFF},                     /* tags, variation selectors supplement */
};

static bool printable_is_hidden(uint32_t code_point)
{
    if ((code_point & 0xFFFE) == 0xFFFE)
        return true;
    for (size_t i = 0; i < ARRAY_COUNT(printable_hidden); i++)
        if (code_point <= printable_hidden[i].last)
            return code_point >= printable_hidden[i].first;
    return false;
}

static bool printable_is_plain(char byte, enum printable_style style)
{
    if (byte < ' ' || byte > '~')
        return false;
    return style == PRINTABLE_TEXT || (byte != '"' && byte != '\\');
}

/* One byte below 0x80, or an ill-formed one, that cannot stand as it is. */
static void printable_add_byte(struct buf *buf, unsigned char byte, enum printable_style style)
{
    if (byte == '\n') {
        buf_add_string(buf, "\\n");
    } else if (byte == '"' || byte == '\\') {
        buf_add_byte(buf, '\\');
        buf_add_byte(buf, (char)byte);
    } else if (style == PRINTABLE_TEXT) {
        buf_printf(buf, "\\x%02x", byte);
    } else if (byte < 0x80) {
        buf_printf(buf, "\\u%04x", byte);
    } else {
        buf_add_string(buf, "\\ufffd");
    }
}

static void printable_add_hidden(struct buf *buf, uint32_t code_point, enum printable_style style)
{
    if (code_point <= 0xFFFF) {
        buf_printf(buf, "\\u%04x", (unsigned)code_point);
    } else if (style == PRINTABLE_TEXT) {
        buf_printf(buf, "\\U%08x", (unsigned)code_point);
    } else {
        uint32_t rest = code_point - 0x10000;
        buf_printf(buf, "\\u%04x\\u%04x", (unsigned)(0xD800 | rest >> 10),
            (unsigned)(0xDC00 | (rest & 0x3FF)));
    }
}

/* Adds the character at `offset`, which is not plain; gives the offset behind it. */
static size_t printable_add_character(
    struct buf *buf, struct text text, size_t offset, enum printable_style style)
{
    size_t len = text_sequence_length(text, offset);
    if (len <= 1) {
        printable_add_byte(buf, (unsigned char)text.bytes[offset], style);
        return offset + 1;
    }
    size_t end = offset;
    uint32_t code_point = text_next_code_point(text, &end);
    if (printable_is_hidden(code_point))
        printable_add_hidden(buf, code_point, style);
    else
        buf_add(buf, text.bytes + offset, len);
    return offset + len;
}

/* True if eight bytes are plain in either style, as most are: looking at each takes longer. */
static bool printable_are_plain(uint64_t bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = 0x80 * ones;
    uint64_t quotes = bytes ^ ('"' * ones), backslashes = bytes ^ ('\\' * ones);
    /* The high bit of a byte that is below a space, above the tilde, or was made 0. */
    uint64_t marks =
        (bytes - ' ' * ones) | bytes | (bytes + ones) | (quotes - ones) | (backslashes - ones);
    return (marks & highs) == 0;
}

/* The same of a whole text; one of less than four bytes is not looked at. */
static bool printable_is_all_plain(struct text text)
{
    uint64_t word;
    uint32_t first, last;
    if (text.len < sizeof(first))
        return false;
    if (text.len < sizeof(word)) {
        memcpy(&first, text.bytes, sizeof(first));
        memcpy(&last, text.bytes + text.len - sizeof(last), sizeof(last));
        return printable_are_plain((uint64_t)first << 32 | last);
    }
    for (size_t offset = 0; offset < text.len - sizeof(word); offset += sizeof(word)) {
        memcpy(&word, text.bytes + offset, sizeof(word));
        if (!printable_are_plain(word))
            return false;
    }
    memcpy(&word, text.bytes + text.len - sizeof(word), sizeof(word));
    return printable_are_plain(word);
}

static size_t printable_find_not_plain(struct text text, size_t offset, enum printable_style style)
{
    uint64_t bytes;
    for (; text.len - offset >= sizeof(bytes); offset += sizeof(bytes)) {
        memcpy(&bytes, text.bytes + offset, sizeof(bytes));
        if (!printable_are_plain(bytes))
            break;
    }
    while (offset < text.len && printable_is_plain(text.bytes[offset], style))
        offset++;
    return offset;
}

static void printable_add_mark(struct buf *buf, size_t left_out_count)
{
    buf_add_string(buf, "...[+");
    buf_add_int64(buf, (int64_t)left_out_count);
    buf_add_byte(buf, ']');
}

void printable_add(struct buf *buf, struct text text, enum printable_style style, size_t bytes_max)
{
    size_t start = buf->len, offset = 0;
    if (text.len <= bytes_max && printable_is_all_plain(text)) {
        buf_add_text(buf, text);
        return;
    }
    while (offset < text.len) {
        size_t room = bytes_max - (buf->len - start);
        size_t plain_end = printable_find_not_plain(text, offset, style);
        if (plain_end - offset > room)
            plain_end = offset + room;
        buf_add_text(buf, text_slice(text, offset, plain_end));
        room -= plain_end - offset;
        offset = plain_end;
        if (offset == text.len)
            return;
        /* Adds it and takes it back if it was too long: this happens once at most. */
        size_t kept = buf->len;
        size_t next = room > 0 ? printable_add_character(buf, text, offset, style) : offset;
        if (room == 0 || buf->len - kept > room) {
            buf->len = kept;
            printable_add_mark(buf, text.len - offset);
            return;
        }
        offset = next;
    }
}
