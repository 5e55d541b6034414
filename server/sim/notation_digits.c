#include "server/sim/notation.h"

#include <string.h>

#include "base/array.h"
#include "base/ascii.h"

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
};

static const struct text digits_minus_signs[] = {TEXT_INIT("-"), TEXT_INIT("\u2212")};

struct digits_style {
    bool has_plus;
    struct text minus;
    struct text separator; /* empty if the digits are not grouped */
    char point;
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

static bool digits_read(struct text input, struct arena *arena, struct notated *ret_notated)
{
    struct digits_style style = {.minus = digits_minus_signs[0], .separator = TEXT_INIT("")};
    struct text rest = input;
    bool is_negative = digits_take_sign(&rest, &style);
    if (rest.len == 0 || !ascii_is_digit(rest.bytes[0]))
        return false;
    char *digits = arena_alloc(arena, rest.len);
    struct number number = {.digits = {digits, 0}};
    digits_take_run(&rest, digits, &number);
    digits_take_groups(&rest, digits, &number, &style);
    if (rest.len > 0 && !digits_take_fraction(&rest, digits, &number, &style))
        return false;
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
    char *bytes =
        arena_alloc(arena, as->minus.len + number.digits.len + group_count * as->separator.len + 1);
    size_t len = 0;
    if (number.is_negative)
        len = digits_add(bytes, len, as->minus);
    else if (as->has_plus)
        bytes[len++] = '+';
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
    *ret_output = (struct text){bytes, len};
    return true;
}

const struct notation notation_digits = {digits_read, digits_write};
