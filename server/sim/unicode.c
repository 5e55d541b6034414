#include "server/sim/unicode.h"

#include <assert.h>
#include <string.h>
#include <utf8proc.h>

#include "base/array.h"
#include "base/ascii.h"

enum {
    ASCII_COUNT = 0x80,
    CAPITAL_SHARP_S = 0x1e9e,
    SMALL_IOTA = 0x3b9,
    COMBINING_IOTA_BELOW = 0x345,
    CAPITAL_I_WITH_DOT = 0x130,
    COMBINING_DOT_ABOVE = 0x307,
    CAPITAL_SIGMA = 0x3a3,
    FINAL_SIGMA = 0x3c2,
    RIGHT_QUOTE = 0x2019,
    NEXT_LINE = 0x85,
    ZERO_WIDTH_NO_BREAK_SPACE = 0xfeff,
    CJK_BEGIN = 0x3000,
    CJK_END = 0xa640,
    HANGUL_BEGIN = 0xac00,
    HANGUL_END = 0xd800
};

static const unsigned char unicode_classes[] = {
    [UTF8PROC_CATEGORY_CN] = UNICODE_OTHER,
    [UTF8PROC_CATEGORY_LU] = UNICODE_UPPER,
    [UTF8PROC_CATEGORY_LL] = UNICODE_LOWER,
    [UTF8PROC_CATEGORY_LT] = UNICODE_UPPER,
    [UTF8PROC_CATEGORY_LM] = UNICODE_LETTER,
    [UTF8PROC_CATEGORY_LO] = UNICODE_LETTER,
    [UTF8PROC_CATEGORY_MN] = UNICODE_MARK,
    [UTF8PROC_CATEGORY_MC] = UNICODE_MARK,
    [UTF8PROC_CATEGORY_ME] = UNICODE_MARK,
    [UTF8PROC_CATEGORY_ND] = UNICODE_DIGIT,
    [UTF8PROC_CATEGORY_NL] = UNICODE_NUMBER,
    [UTF8PROC_CATEGORY_NO] = UNICODE_NUMBER,
    [UTF8PROC_CATEGORY_PC] = UNICODE_PUNCTUATION,
    [UTF8PROC_CATEGORY_PD] = UNICODE_PUNCTUATION,
    [UTF8PROC_CATEGORY_PS] = UNICODE_PUNCTUATION,
    [UTF8PROC_CATEGORY_PE] = UNICODE_PUNCTUATION,
    [UTF8PROC_CATEGORY_PI] = UNICODE_PUNCTUATION,
    [UTF8PROC_CATEGORY_PF] = UNICODE_PUNCTUATION,
    [UTF8PROC_CATEGORY_PO] = UNICODE_PUNCTUATION,
    [UTF8PROC_CATEGORY_SM] = UNICODE_SYMBOL,
    [UTF8PROC_CATEGORY_SC] = UNICODE_SYMBOL,
    [UTF8PROC_CATEGORY_SK] = UNICODE_SYMBOL,
    [UTF8PROC_CATEGORY_SO] = UNICODE_SYMBOL,
    [UTF8PROC_CATEGORY_ZS] = UNICODE_SPACE,
    [UTF8PROC_CATEGORY_ZL] = UNICODE_SPACE,
    [UTF8PROC_CATEGORY_ZP] = UNICODE_SPACE,
    [UTF8PROC_CATEGORY_CC] = UNICODE_OTHER,
    [UTF8PROC_CATEGORY_CF] = UNICODE_OTHER,
    [UTF8PROC_CATEGORY_CS] = UNICODE_OTHER,
    [UTF8PROC_CATEGORY_CO] = UNICODE_OTHER,
};

static bool unicode_is_ascii(struct text text)
{
    unsigned char all = 0;
    for (size_t i = 0; i < text.len; i++)
        all |= (unsigned char)text.bytes[i];
    return all < ASCII_COUNT;
}

static bool unicode_is_stray(uint32_t code_point)
{
    return code_point >= UNICODE_STRAY_BYTE;
}

/* The code point of a whole sequence of `len` bytes, 2 to 4. */
static uint32_t unicode_decode(const unsigned char *bytes, size_t len)
{
    if (len == 2)
        return (uint32_t)(bytes[0] & 0x1f) << 6 | (bytes[1] & 0x3f);
    uint32_t low = (uint32_t)(bytes[len - 2] & 0x3f) << 6 | (bytes[len - 1] & 0x3f);
    if (len == 3)
        return (uint32_t)(bytes[0] & 0x0f) << 12 | low;
    return (uint32_t)(bytes[0] & 0x07) << 18 | (uint32_t)(bytes[1] & 0x3f) << 12 | low;
}

uint32_t unicode_next(struct text text, size_t *offset)
{
    assert(*offset < text.len);
    const unsigned char *bytes = (const unsigned char *)text.bytes + *offset;
    size_t len = *bytes < ASCII_COUNT ? 1 : text_sequence_length(text, *offset);
    *offset += len > 0 ? len : 1;
    if (len < 2)
        return len == 1 ? *bytes : (uint32_t)UNICODE_STRAY_BYTE + *bytes;
    return unicode_decode(bytes, len);
}

uint32_t unicode_previous(struct text text, size_t *offset)
{
    assert(*offset > 0 && *offset <= text.len);
    size_t start = *offset - 1;
    while (start > 0 && *offset - start < 4 && text_is_continuation(text.bytes[start]))
        start--;
    size_t end = start;
    uint32_t code_point = unicode_next(text, &end);
    if (end != *offset) {
        start = *offset - 1;
        code_point = (uint32_t)UNICODE_STRAY_BYTE + (unsigned char)text.bytes[start];
    }
    *offset = start;
    return code_point;
}

size_t unicode_encode(uint32_t code_point, char ret_bytes[4])
{
    if (code_point < UNICODE_STRAY_BYTE)
        return text_encode_code_point(code_point, ret_bytes);
    ret_bytes[0] = (char)(code_point - UNICODE_STRAY_BYTE);
    return 1;
}

enum unicode_class unicode_class_of(uint32_t code_point)
{
    if (code_point < ASCII_COUNT && ascii_is_letter((char)code_point))
        return ascii_is_upper((char)code_point) ? UNICODE_UPPER : UNICODE_LOWER;
    if (code_point < ASCII_COUNT && ascii_is_digit((char)code_point))
        return UNICODE_DIGIT;
    if ((code_point < ASCII_COUNT && ascii_is_space((char)code_point)) || code_point == NEXT_LINE ||
        code_point == ZERO_WIDTH_NO_BREAK_SPACE)
        return UNICODE_SPACE;
    /* What is no code point has no category, which utf8proc says of any number. */
    return unicode_classes[utf8proc_category((utf8proc_int32_t)code_point)];
}

bool unicode_is_wide(uint32_t code_point)
{
    return utf8proc_charwidth((utf8proc_int32_t)code_point) > 1;
}

/* --- white space --------------------------------------------------------------------------------
 */

struct text unicode_trim(struct text text)
{
    text = text_trim(text);
    if (text.len == 0 ||
        (((unsigned char)text.bytes[0] | (unsigned char)text.bytes[text.len - 1]) < ASCII_COUNT))
        return text;
    size_t end = text.len, before = end;
    while (before > 0 && unicode_is_space(unicode_previous(text, &before)))
        end = before;
    size_t start = 0, after = 0;
    while (after < end && unicode_is_space(unicode_next(text, &after)))
        start = after;
    return text_slice(text, start, end);
}

/* --- case ---------------------------------------------------------------------------------------
 */

static uint32_t unicode_fold_code_point(uint32_t code_point)
{
    if (code_point < ASCII_COUNT)
        return (unsigned char)ascii_to_lower((char)code_point);
    /* Two large stretches where no letter has case. */
    if ((code_point >= CJK_BEGIN && code_point < CJK_END) ||
        (code_point >= HANGUL_BEGIN && code_point < HANGUL_END))
        return code_point;
    return (uint32_t)utf8proc_tolower(utf8proc_toupper((utf8proc_int32_t)code_point));
}

static struct text unicode_fold_ascii(struct text text, struct arena *arena)
{
    char *bytes = arena_alloc(arena, text.len);
    for (size_t i = 0; i < text.len; i++)
        bytes[i] = ascii_to_lower(text.bytes[i]);
    return (struct text){bytes, text.len};
}

struct text unicode_fold(struct text text, struct arena *arena)
{
    if (unicode_is_ascii(text))
        return unicode_fold_ascii(text, arena);
    /* A code point of two bytes may become one of three. */
    char *bytes = arena_array(arena, text.len, 2);
    size_t len = 0;
    for (size_t offset = 0; offset < text.len;)
        len += unicode_encode(unicode_fold_code_point(unicode_next(text, &offset)), bytes + len);
    return (struct text){bytes, len};
}

/* The longest full mapping, that of U+0390 to upper case, has three code points. */
enum { MAPPING_MAX = 4, MAPPING_GROWTH_MAX = 3 };

struct unicode_mapping {
    utf8proc_int32_t code_points[MAPPING_MAX];
    size_t count;
};

static struct unicode_mapping unicode_mapping_of(utf8proc_int32_t code_point)
{
    return (struct unicode_mapping){{code_point}, 1};
}

/*
 * utf8proc has a single capital for a letter, and the full mapping only of what texts are compared
 * by, which is in lower case. Where that is longer than one letter, its capitals are those wanted.
 * False where it is not, and of "İ", a capital itself.
 */
static bool unicode_find_parts(utf8proc_int32_t code_point, struct unicode_mapping *ret_parts)
{
    if (unicode_is_stray((uint32_t)code_point) ||
        utf8proc_category(code_point) == UTF8PROC_CATEGORY_LU)
        return false;
    int break_class = 0;
    utf8proc_ssize_t count = utf8proc_decompose_char(
        code_point, ret_parts->code_points, MAPPING_MAX, UTF8PROC_CASEFOLD, &break_class);
    assert(count <= MAPPING_MAX);
    ret_parts->count = count > 1 ? (size_t)count : 0;
    return count > 1;
}

static struct unicode_mapping unicode_to_upper(utf8proc_int32_t code_point)
{
    struct unicode_mapping parts;
    if (!unicode_find_parts(code_point, &parts))
        return unicode_mapping_of(utf8proc_toupper(code_point));
    for (size_t i = 0; i < parts.count; i++)
        parts.code_points[i] = utf8proc_toupper(parts.code_points[i]);
    return parts;
}

/* A small letter without a single title form gets its first part as a capital. */
static struct unicode_mapping unicode_to_title(utf8proc_int32_t code_point)
{
    utf8proc_int32_t title = utf8proc_totitle(code_point);
    struct unicode_mapping parts;
    bool is_whole = title != code_point && title != CAPITAL_SHARP_S;
    if (is_whole || utf8proc_category(code_point) == UTF8PROC_CATEGORY_LT ||
        !unicode_find_parts(code_point, &parts))
        return unicode_mapping_of(title);
    size_t first = 0;
    while (first + 1 < parts.count &&
           utf8proc_totitle(parts.code_points[first]) == parts.code_points[first])
        first++;
    parts.code_points[first] = utf8proc_totitle(parts.code_points[first]);
    /* Below a capital the iota is a mark. */
    if (parts.code_points[parts.count - 1] == SMALL_IOTA)
        parts.code_points[parts.count - 1] = COMBINING_IOTA_BELOW;
    return parts;
}

static bool unicode_is_apostrophe(uint32_t code_point)
{
    return code_point == '\'' || code_point == RIGHT_QUOTE;
}

/* What stands within a word without being seen by the rule of the final sigma. */
static bool unicode_is_ignored_in_word(uint32_t code_point)
{
    enum unicode_class class = unicode_class_of(code_point);
    return class == UNICODE_MARK || unicode_is_apostrophe(code_point) ||
           (class == UNICODE_OTHER && !unicode_is_stray(code_point) &&
               utf8proc_category((utf8proc_int32_t)code_point) == UTF8PROC_CATEGORY_CF);
}

static bool unicode_has_case(uint32_t code_point)
{
    enum unicode_class class = unicode_class_of(code_point);
    return class == UNICODE_UPPER || class == UNICODE_LOWER;
}

/* Whether a letter with case goes on with the word at `offset`. */
static bool unicode_word_goes_on(struct text text, size_t offset)
{
    while (offset < text.len) {
        uint32_t code_point = unicode_next(text, &offset);
        if (!unicode_is_ignored_in_word(code_point))
            return unicode_has_case(code_point);
    }
    return false;
}

/* What came before the code point that is to be changed. */
struct unicode_place {
    bool is_in_word;     /* a letter or digit, and since then nothing that ends a word */
    bool is_after_cased; /* a letter with case, and since then only what is not seen */
    bool is_first;       /* no letter or digit in this sentence */
    bool is_after_stop;  /* one of ". ! ?", and since then neither letter nor digit */
};

static bool unicode_is_stop(uint32_t code_point)
{
    static const uint32_t stops[] = {'.', '!', '?', 0x2026, 0x3002, 0xff01, 0xff1f, 0x061f, 0x0964};
    for (size_t i = 0; i < ARRAY_COUNT(stops); i++)
        if (stops[i] == code_point)
            return true;
    return false;
}

/* The place behind `code_point`, behind which `offset` lies. */
static void unicode_place_move(
    struct unicode_place *place, uint32_t code_point, struct text text, size_t offset)
{
    if (code_point < ASCII_COUNT && ascii_is_letter((char)code_point)) {
        *place = (struct unicode_place){.is_in_word = true, .is_after_cased = true};
        return;
    }
    if (!unicode_is_ignored_in_word(code_point))
        place->is_after_cased = unicode_has_case(code_point);
    enum unicode_class class = unicode_class_of(code_point);
    if (class == UNICODE_MARK || class == UNICODE_OTHER)
        return;
    if (unicode_is_word(code_point)) {
        *place =
            (struct unicode_place){.is_in_word = true, .is_after_cased = place->is_after_cased};
        return;
    }
    size_t after = offset;
    place->is_in_word = place->is_in_word && unicode_is_apostrophe(code_point) &&
                        offset < text.len && unicode_is_letter(unicode_next(text, &after));
    place->is_first |= class == UNICODE_SPACE && place->is_after_stop;
    place->is_after_stop |= unicode_is_stop(code_point);
}

static struct unicode_mapping unicode_to_lower(
    uint32_t code_point, const struct unicode_place *place, struct text text, size_t offset)
{
    if (code_point == CAPITAL_I_WITH_DOT)
        return (struct unicode_mapping){{'i', COMBINING_DOT_ABOVE}, 2};
    if (code_point == CAPITAL_SIGMA && place->is_after_cased && !unicode_word_goes_on(text, offset))
        return unicode_mapping_of(FINAL_SIGMA);
    return unicode_mapping_of(utf8proc_tolower((utf8proc_int32_t)code_point));
}

static utf8proc_int32_t unicode_map_ascii(uint32_t code_point, bool is_capital)
{
    char byte = (char)code_point;
    return is_capital ? ascii_to_upper(byte) : ascii_to_lower(byte);
}

static struct unicode_mapping unicode_map(uint32_t code_point, enum unicode_case to,
    const struct unicode_place *place, struct text text, size_t offset)
{
    bool is_capital = to == UNICODE_TO_UPPER || (to == UNICODE_TO_TITLE && !place->is_in_word) ||
                      (to == UNICODE_TO_SENTENCE && place->is_first);
    if (code_point < ASCII_COUNT)
        return unicode_mapping_of(unicode_map_ascii(code_point, is_capital));
    if (to == UNICODE_TO_UPPER)
        return unicode_to_upper((utf8proc_int32_t)code_point);
    if (is_capital)
        return unicode_to_title((utf8proc_int32_t)code_point);
    return unicode_to_lower(code_point, place, text, offset);
}

struct text unicode_change_case(struct text text, enum unicode_case to, struct arena *arena)
{
    char *bytes = arena_array(arena, text.len, unicode_is_ascii(text) ? 1 : MAPPING_GROWTH_MAX);
    size_t len = 0;
    struct unicode_place place = {.is_first = true};
    bool has_places = to != UNICODE_TO_UPPER;
    for (size_t offset = 0; offset < text.len;) {
        uint32_t code_point = unicode_next(text, &offset);
        struct unicode_mapping mapping = unicode_map(code_point, to, &place, text, offset);
        for (size_t i = 0; i < mapping.count; i++)
            len += unicode_encode((uint32_t)mapping.code_points[i], bytes + len);
        if (has_places)
            unicode_place_move(&place, code_point, text, offset);
    }
    return (struct text){bytes, len};
}

/* --- characters ---------------------------------------------------------------------------------
 */

size_t unicode_character_end(struct text text, size_t offset)
{
    assert(offset < text.len);
    if (unicode_is_plain(text, offset))
        return offset + 1;
    utf8proc_int32_t state = 0;
    size_t next = offset, end;
    uint32_t before = unicode_next(text, &next);
    for (end = next; end < text.len; end = next) {
        uint32_t after = unicode_next(text, &next);
        if (unicode_is_stray(before) || unicode_is_stray(after) ||
            utf8proc_grapheme_break_stateful(
                (utf8proc_int32_t)before, (utf8proc_int32_t)after, &state))
            break;
        before = after;
    }
    return end;
}

/* An offset before `len` at which a character begins, so that the way to `len` is short. */
static size_t unicode_start_before(struct text text, size_t len)
{
    for (size_t i = len; i > 1; i--)
        if (unicode_is_plain(text_slice(text, 0, i), i - 2))
            return i - 1;
    return 0;
}

size_t unicode_boundary(struct text text, size_t len)
{
    assert(len <= text.len);
    if (len == text.len)
        return len;
    size_t at = unicode_start_before(text, len);
    for (size_t end = at; end <= len;) {
        at = end;
        end = unicode_character_end(text, at);
    }
    return at;
}

size_t unicode_characters(struct text text)
{
    size_t count = 0;
    for (size_t at = 0; at < text.len; count++)
        at = unicode_character_end(text, at);
    return count;
}

struct text unicode_reverse(struct text text, struct arena *arena)
{
    char *bytes = arena_alloc(arena, text.len);
    for (size_t at = 0, end; at < text.len; at = end) {
        end = unicode_character_end(text, at);
        memcpy(bytes + text.len - end, text.bytes + at, end - at);
    }
    return (struct text){bytes, text.len};
}

struct unicode_run unicode_next_run(struct text text, size_t *offset)
{
    size_t start = *offset, first = start;
    bool is_word = unicode_is_word(unicode_next(text, &first));
    size_t end = unicode_character_end(text, start);
    while (end < text.len) {
        first = end;
        if (unicode_is_word(unicode_next(text, &first)) != is_word)
            break;
        end = unicode_character_end(text, end);
    }
    *offset = end;
    return (struct unicode_run){text_slice(text, start, end), is_word};
}
