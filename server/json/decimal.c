#include "server/json/decimal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"

/* Longer texts than any number that was printed by a program are copied to the arena. */
enum { DECIMAL_SHORT_BYTES = 64 };

/* Takes the digits off the front of `*rest`. */
static struct text decimal_take_digits(struct text *rest)
{
    size_t count = 0;
    while (count < rest->len && ascii_is_digit(rest->bytes[count]))
        count++;
    struct text digits = text_slice(*rest, 0, count);
    *rest = text_slice(*rest, count, rest->len);
    return digits;
}

/* Takes one byte off the front of `*rest` if it is one of the two. */
static bool decimal_take(struct text *rest, char one, char other)
{
    if (rest->len == 0 || (rest->bytes[0] != one && rest->bytes[0] != other))
        return false;
    *rest = text_slice(*rest, 1, rest->len);
    return true;
}

bool decimal_parse(struct text text, struct decimal *ret_decimal)
{
    struct decimal decimal = {.is_negative = text.len > 0 && text.bytes[0] == '-'};
    struct text rest = text;
    decimal_take(&rest, '-', '+');
    decimal.whole = decimal_take_digits(&rest);
    if (decimal_take(&rest, '.', '.'))
        decimal.fraction = decimal_take_digits(&rest);
    if (decimal.whole.len + decimal.fraction.len == 0)
        return false;
    struct text exponent = rest;
    if (decimal_take(&exponent, 'e', 'E')) {
        rest = exponent;
        decimal_take(&rest, '-', '+');
        if (decimal_take_digits(&rest).len == 0)
            return false;
        decimal.exponent = text_slice(exponent, 0, exponent.len - rest.len);
    }
    if (rest.len > 0)
        return false;
    *ret_decimal = decimal;
    return true;
}

bool decimal_to_double(struct text text, struct arena *arena, double *ret_number)
{
    struct decimal decimal;
    if (!decimal_parse(text, &decimal))
        return false;
    char short_copy[DECIMAL_SHORT_BYTES];
    char *copy = short_copy;
    if (text.len < sizeof(short_copy)) {
        memcpy(copy, text.bytes, text.len);
        copy[text.len] = '\0';
    } else {
        copy = arena_copy(arena, text.bytes, text.len);
    }
    double number = strtod(copy, NULL);
    if (!isfinite(number))
        return false;
    *ret_number = number;
    return true;
}
