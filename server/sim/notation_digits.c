#include "server/sim/notation.h"

#include <string.h>

#include "base/array.h"
#include "base/ascii.h"
#include "server/sim/unicode.h"

enum { DIGITS_PER_GROUP = 3 };

static const struct text digits_separators[] = {
    TEXT_INIT(","),
    TEXT_INIT("."),
    TEXT_INIT(" "),
    TEXT_INIT("_"),
    TEXT_INIT("'"),
    TEXT_INIT("\u00a0"),
    TEXT_INIT("\u202f"),
    TEXT_INIT("\u2019"),
    TEXT_INIT("\u066c"),
    TEXT_INIT("\uff0c"),
};

static const struct text digits_minus_signs[] = {
    TEXT_INIT("-"), TEXT_INIT("\u2212"), TEXT_INIT("\uff0d")};

/* The zeros of other scripts, each with its other digits behind it. */
static const uint32_t digits_zeros[] = {0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6,
    0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810, 0xFF10};

/* What a number may be one of: money before or behind it, shares and degrees behind it. */
static const struct text digits_money[] = {TEXT_INIT("$"), TEXT_INIT("\u20ac"), TEXT_INIT("\u00a3"),
    TEXT_INIT("\u00a5"), TEXT_INIT("\uffe5"), TEXT_INIT("\u20b9"), TEXT_INIT("\u20bd"),
    TEXT_INIT("\u20a9"), TEXT_INIT("\u20ba"), TEXT_INIT("\u20aa"), TEXT_INIT("\u0e3f"),
    TEXT_INIT("\u00a2")};
static const struct text digits_shares[] = {TEXT_INIT("%"), TEXT_INIT("\uff05"),
    TEXT_INIT("\u066a"), TEXT_INIT("\u2030"), TEXT_INIT("\u00b0")};
static const struct text digits_gaps[] = {TEXT_INIT(" "), TEXT_INIT("\u00a0"), TEXT_INIT("\u202f")};

struct digits_style {
    bool has_plus;
    struct text minus;
    struct text separator; /* empty if the digits are not grouped */
    char point;
    uint32_t zero;             /* of its script; '0' where that is ours */
    struct text before, after; /* money and the like, with the gap */
};

/* Takes the sign off the front of `*rest`; true if it is a minus. */
static bool digits_take_sign(struct text *rest, struct digits_style *style)
{
    for (size_t i = 0; i < ARRAY_COUNT(digits_minus_signs); i++) {
        if (text_starts_with(*rest, digits_minus_signs[i])) {
            style->minus = digits_minus_signs[i];
            *rest = text_slice(*rest, style->minus.len, rest->len);
            return true;
        }
    }
    style->has_plus = text_starts_with(*rest, TEXT("+"));
    *rest = text_slice(*rest, style->has_plus, rest->len);
    return false;
}

/* Moves the digits that `*rest` begins with behind those of `number`; gives how many. */
static size_t digits_take_run(struct text *rest, char *digits, struct number *number)
{
    size_t count = 0;
    while (count < rest->len && ascii_is_digit(rest->bytes[count]))
        count++;
    memcpy(digits + number->digits.len, rest->bytes, count);
    number->digits.len += count;
    *rest = text_slice(*rest, count, rest->len);
    return count;
}

/* True if a separator stands here with exactly one group behind it. */
static bool digits_is_group(struct text rest, struct text separator)
{
    if (!text_starts_with(rest, separator) || rest.len < separator.len + DIGITS_PER_GROUP)
        return false;
    rest = text_slice(rest, separator.len, rest.len);
    size_t count = 0;
    while (count < rest.len && ascii_is_digit(rest.bytes[count]))
        count++;
    return count == DIGITS_PER_GROUP;
}

/* Takes the groups behind the first, if there are any. */
static void digits_take_groups(
    struct text *rest, char *digits, struct number *number, struct digits_style *style)
{
    if (number->digits.len > DIGITS_PER_GROUP)
        return;
    for (size_t i = 0; i < ARRAY_COUNT(digits_separators); i++)
        if (digits_is_group(*rest, digits_separators[i]))
            style->separator = digits_separators[i];
    /* "0.125" is no 125. */
    if (text_equals(style->separator, TEXT(".")) && digits[0] == '0')
        style->separator = TEXT("");
    while (style->separator.len > 0 && digits_is_group(*rest, style->separator)) {
        *rest = text_slice(*rest, style->separator.len, rest->len);
        digits_take_run(rest, digits, number);
    }
}

static bool digits_take_fraction(
    struct text *rest, char *digits, struct number *number, struct digits_style *style)
{
    char point = rest->bytes[0];
    bool is_separator = style->separator.len == 1 && style->separator.bytes[0] == point;
    if ((point != '.' && point != ',') || is_separator)
        return false;
    style->point = point;
    *rest = text_slice(*rest, 1, rest->len);
    number->fraction_count = digits_take_run(rest, digits, number);
    return number->fraction_count > 0;
}

static uint32_t digits_zero_of(uint32_t code_point)
{
    enum { DIGITS_OF_A_SCRIPT = 10 };
    for (size_t i = 0; i < ARRAY_COUNT(digits_zeros); i++)
        if (code_point - digits_zeros[i] < DIGITS_OF_A_SCRIPT)
            return digits_zeros[i];
    return code_point - '0' < DIGITS_OF_A_SCRIPT ? '0' : 0;
}

/* The input with our digits in place of another script's; false if it has those of two, or begins
 * with none after what may stand before them: a sign, that of money, and a gap. */
static bool digits_to_ours(
    struct text input, struct arena *arena, uint32_t *ret_zero, struct text *ret_ours)
{
    enum { BYTES_BEFORE_DIGITS_MAX = 9 };
    *ret_zero = 0;
    char *bytes = arena_alloc(arena, input.len);
    size_t len = 0;
    for (size_t at = 0; at < input.len;) {
        size_t start = at;
        uint32_t code_point = unicode_next(input, &at);
        uint32_t zero = digits_zero_of(code_point);
        if (zero && *ret_zero && zero != *ret_zero)
            return false;
        if (!zero && !*ret_zero && at > BYTES_BEFORE_DIGITS_MAX)
            return false;
        if (zero) {
            *ret_zero = zero;
            bytes[len++] = (char)('0' + (code_point - zero));
        } else {
            memcpy(bytes + len, input.bytes + start, at - start);
            len += at - start;
        }
    }
    *ret_ours = (struct text){bytes, len};
    return *ret_zero != 0;
}

static struct text digits_to_script(struct text ours, uint32_t zero, struct arena *arena)
{
    enum { BYTES_OF_A_DIGIT = 4 };
    char *bytes = arena_alloc(arena, ours.len * BYTES_OF_A_DIGIT);
    size_t len = 0;
    for (size_t i = 0; i < ours.len; i++)
        if (ascii_is_digit(ours.bytes[i]))
            len += unicode_encode(zero + (uint32_t)(ours.bytes[i] - '0'), bytes + len);
        else
            bytes[len++] = ours.bytes[i];
    return (struct text){bytes, len};
}

/* The length of the text among these that `text` begins with; 0 if there is none. */
static size_t digits_len_of_one(struct text text, const struct text *ones, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_starts_with(text, ones[i]))
            return ones[i].len;
    return 0;
}

static void digits_take_before(struct text *rest, struct digits_style *style)
{
    size_t len = digits_len_of_one(*rest, digits_money, ARRAY_COUNT(digits_money));
    if (len > 0)
        len += digits_len_of_one(
            text_slice(*rest, len, rest->len), digits_gaps, ARRAY_COUNT(digits_gaps));
    style->before = text_slice(*rest, 0, len);
    *rest = text_slice(*rest, len, rest->len);
}

/* Only one of both is taken, and only if nothing comes behind it. */
static void digits_take_after(struct text *rest, struct digits_style *style)
{
    size_t gap = digits_len_of_one(*rest, digits_gaps, ARRAY_COUNT(digits_gaps));
    struct text one = text_slice(*rest, gap, rest->len);
    size_t len = digits_len_of_one(one, digits_shares, ARRAY_COUNT(digits_shares));
    if (len == 0)
        len = digits_len_of_one(one, digits_money, ARRAY_COUNT(digits_money));
    if (len == 0 || len < one.len || style->before.len > 0)
        return;
    style->after = *rest;
    *rest = text_slice(*rest, rest->len, rest->len);
}

static bool digits_read(struct text input, struct arena *arena, struct notated *ret_notated)
{
    struct digits_style style = {
        .minus = digits_minus_signs[0], .separator = TEXT_INIT(""), .after = TEXT_INIT("")};
    struct text rest;
    if (!digits_to_ours(input, arena, &style.zero, &rest))
        return false;
    bool is_negative = digits_take_sign(&rest, &style);
    digits_take_before(&rest, &style);
    if (rest.len == 0 || !ascii_is_digit(rest.bytes[0]))
        return false;
    char *digits = arena_alloc(arena, rest.len);
    struct number number = {.digits = {digits, 0}};
    digits_take_run(&rest, digits, &number);
    digits_take_groups(&rest, digits, &number, &style);
    if (rest.len > 0 && (rest.bytes[0] == '.' || rest.bytes[0] == ',') &&
        !digits_take_fraction(&rest, digits, &number, &style))
        return false;
    digits_take_after(&rest, &style);
    if (rest.len > 0)
        return false;
    number.is_negative = is_negative && !number_is_zero(number);
    struct digits_style *kept = arena_alloc(arena, sizeof(*kept));
    *kept = style;
    *ret_notated = (struct notated){number, &notation_digits, kept};
    return true;
}

static size_t digits_add(char *bytes, size_t len, struct text text)
{
    memcpy(bytes + len, text.bytes, text.len);
    return len + text.len;
}

static bool digits_write(
    struct number number, const void *style, struct arena *arena, struct text *ret_output)
{
    const struct digits_style *as = style;
    size_t whole_count = number.digits.len - number.fraction_count;
    size_t group_count = whole_count / DIGITS_PER_GROUP;
    char *bytes = arena_alloc(arena, as->minus.len + as->before.len + number.digits.len +
                                         group_count * as->separator.len + 2 + as->after.len);
    size_t len = 0;
    if (number.is_negative)
        len = digits_add(bytes, len, as->minus);
    else if (as->has_plus)
        bytes[len++] = '+';
    len = digits_add(bytes, len, as->before);
    for (size_t i = 0; i < whole_count; i++) {
        if (i > 0 && (whole_count - i) % DIGITS_PER_GROUP == 0)
            len = digits_add(bytes, len, as->separator);
        bytes[len++] = number.digits.bytes[i];
    }
    if (number.fraction_count > 0) {
        bool is_stop_taken = text_equals(as->separator, TEXT("."));
        bytes[len++] = (char)(as->point ? as->point : is_stop_taken ? ',' : '.');
        len = digits_add(bytes, len, text_slice(number.digits, whole_count, number.digits.len));
    }
    len = digits_add(bytes, len, as->after);
    *ret_output = (struct text){bytes, len};
    if (as->zero != '0')
        *ret_output = digits_to_script(*ret_output, as->zero, arena);
    return true;
}

const struct notation notation_digits = {digits_read, digits_write};
