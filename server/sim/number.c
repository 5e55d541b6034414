#include "server/sim/number.h"

#include <assert.h>

/* The digit that stands for 10 to the power of `place`; 0 where the number has none. */
static unsigned number_digit_at(struct number number, size_t fraction_count, size_t place)
{
    /* Places are counted from the last of `fraction_count` digits behind the point. */
    size_t missing = fraction_count - number.fraction_count;
    if (place < missing || place - missing >= number.digits.len)
        return 0;
    return (unsigned)(number.digits.bytes[number.digits.len - 1 - (place - missing)] - '0');
}

bool number_is_zero(struct number number)
{
    for (size_t i = 0; i < number.digits.len; i++)
        if (number.digits.bytes[i] != '0')
            return false;
    return true;
}

static size_t number_larger(size_t left, size_t right)
{
    return left > right ? left : right;
}

/* Digits that two numbers need when they stand below each other, point below point. */
static size_t number_places(struct number left, struct number right, size_t fraction_count)
{
    return fraction_count + number_larger(left.digits.len - left.fraction_count,
                                right.digits.len - right.fraction_count);
}

/* Below 0, 0, above 0, without regard to the signs. */
static int number_compare_magnitudes(struct number left, struct number right)
{
    size_t fraction_count = number_larger(left.fraction_count, right.fraction_count);
    for (size_t place = number_places(left, right, fraction_count); place-- > 0;) {
        unsigned left_digit = number_digit_at(left, fraction_count, place);
        unsigned right_digit = number_digit_at(right, fraction_count, place);
        if (left_digit != right_digit)
            return left_digit < right_digit ? -1 : 1;
    }
    return 0;
}

bool number_equals(struct number left, struct number right)
{
    return left.is_negative == right.is_negative && number_compare_magnitudes(left, right) == 0;
}

struct number number_negated(struct number number)
{
    number.is_negative = !number.is_negative && !number_is_zero(number);
    return number;
}

/* How many digits before the point the number is written with at least. */
static size_t number_width(struct number number)
{
    size_t whole_count = number.digits.len - number.fraction_count;
    return whole_count > 1 && number.digits.bytes[0] == '0' ? whole_count : 1;
}

/* Without the zeros in front that `width` does not ask for, and of a sign that is right for it. */
static struct number number_trimmed(
    const char *digits, size_t count, size_t fraction_count, size_t width, bool is_negative)
{
    size_t skipped = 0;
    while (digits[skipped] == '0' && count - skipped > fraction_count + width)
        skipped++;
    struct number number = {
        .digits = {digits + skipped, count - skipped},
        .fraction_count = fraction_count,
    };
    number.is_negative = is_negative && !number_is_zero(number);
    return number;
}

struct number number_sum(struct number left, struct number right, struct arena *arena)
{
    size_t fraction_count = number_larger(left.fraction_count, right.fraction_count);
    size_t count = number_places(left, right, fraction_count) + 1;
    bool is_difference = left.is_negative != right.is_negative;
    bool is_swapped = is_difference && number_compare_magnitudes(left, right) < 0;
    struct number larger = is_swapped ? right : left;
    struct number smaller = is_swapped ? left : right;
    char *digits = arena_alloc(arena, count);
    int carry = 0;
    for (size_t place = 0; place < count; place++) {
        int digit = (int)number_digit_at(larger, fraction_count, place) + carry;
        int other = (int)number_digit_at(smaller, fraction_count, place);
        digit += is_difference ? -other : other;
        carry = digit < 0 ? -1 : digit > 9;
        digits[count - 1 - place] = (char)('0' + digit - 10 * carry);
    }
    return number_trimmed(digits, count, fraction_count, number_width(left), larger.is_negative);
}

/* Decimal digits of the largest part of a ratio. */
enum { NUMBER_RATIO_DIGITS = 18 };

/* Divides the digits in place, with more behind them as long as there is a rest. Gives how many
 * they are then; 0 if NUMBER_QUOTIENT_FRACTION_MAX more were not enough. */
static size_t number_divide(char *digits, size_t count, uint64_t divisor)
{
    assert(divisor > 0);
    size_t end = count;
    uint64_t rest = 0;
    for (size_t i = 0; i < end; i++) {
        rest = rest * 10 + (uint64_t)(digits[i] - '0');
        uint64_t digit = rest / divisor;
        digits[i] = (char)('0' + digit);
        rest -= digit * divisor;
        if (rest == 0 || i + 1 < end)
            continue;
        if (end == count + NUMBER_QUOTIENT_FRACTION_MAX)
            return 0;
        digits[end++] = '0';
    }
    return end;
}

bool number_product(struct number number, struct number_ratio ratio, struct arena *arena,
    struct number *ret_product)
{
    size_t count = number.digits.len + NUMBER_RATIO_DIGITS;
    char *digits = arena_alloc(arena, count + NUMBER_QUOTIENT_FRACTION_MAX);
    uint64_t carry = 0;
    for (size_t place = 0; place < count; place++) {
        carry += ratio.numerator * number_digit_at(number, number.fraction_count, place);
        digits[count - 1 - place] = (char)('0' + carry % 10);
        carry /= 10;
    }
    size_t quotient_count = number_divide(digits, count, ratio.denominator);
    if (quotient_count == 0)
        return false;
    size_t fraction_count = number.fraction_count + quotient_count - count;
    *ret_product = number_trimmed(digits, quotient_count, fraction_count, number_width(number),
        number.is_negative != ratio.is_negative);
    return true;
}

/* False if the digits, but for zeros in front, are more than a part of a ratio may have. */
static bool number_magnitude(struct text digits, uint64_t *ret_magnitude)
{
    uint64_t magnitude = 0;
    for (size_t i = 0; i < digits.len; i++) {
        magnitude = magnitude * 10 + (uint64_t)(digits.bytes[i] - '0');
        if (magnitude >= NUMBER_RATIO_PART_MAX)
            return false;
    }
    *ret_magnitude = magnitude;
    return true;
}

static uint64_t number_common_divisor(uint64_t left, uint64_t right)
{
    while (right > 0) {
        uint64_t rest = left % right;
        left = right;
        right = rest;
    }
    return left;
}

/* Zeros at the end of the digits. */
static size_t number_zeros(struct number number)
{
    size_t count = 0;
    while (count < number.digits.len && number.digits.bytes[number.digits.len - 1 - count] == '0')
        count++;
    return count;
}

/* Multiplies by 10 to the power of `exponent`; false if that becomes too large. */
static bool number_shift(uint64_t *magnitude, size_t exponent)
{
    for (; exponent > 0; exponent--) {
        *magnitude *= 10;
        if (*magnitude >= NUMBER_RATIO_PART_MAX)
            return false;
    }
    return true;
}

bool number_ratio_of(struct number number, struct number part, struct number_ratio *ret_ratio)
{
    if (number_is_zero(number) || number_is_zero(part))
        return false;
    /* Each is the magnitude of its digits without the zeros at their end, times a power of ten. */
    size_t number_zero_count = number_zeros(number);
    size_t part_zero_count = number_zeros(part);
    size_t up = number_zero_count + part.fraction_count;
    size_t down = part_zero_count + number.fraction_count;
    uint64_t numerator;
    uint64_t denominator;
    if (!number_magnitude(
            text_slice(number.digits, 0, number.digits.len - number_zero_count), &numerator) ||
        !number_magnitude(
            text_slice(part.digits, 0, part.digits.len - part_zero_count), &denominator))
        return false;
    uint64_t divisor = number_common_divisor(numerator, denominator);
    numerator /= divisor;
    denominator /= divisor;
    if (!number_shift(&numerator, up > down ? up - down : 0) ||
        !number_shift(&denominator, down > up ? down - up : 0))
        return false;
    divisor = number_common_divisor(numerator, denominator);
    *ret_ratio = (struct number_ratio){
        number.is_negative != part.is_negative, numerator / divisor, denominator / divisor};
    return true;
}

struct number number_shortest(struct number number)
{
    size_t zero_count = number_zeros(number);
    size_t dropped = zero_count < number.fraction_count ? zero_count : number.fraction_count;
    number.digits.len -= dropped;
    number.fraction_count -= dropped;
    return number;
}

struct number number_of_size(size_t value, struct arena *arena)
{
    char digits[TEXT_INT64_BYTES];
    return (struct number){.digits = arena_text(arena, text_of_int64((int64_t)value, digits))};
}

bool number_is_size(struct number number, size_t max, size_t *ret_value)
{
    uint64_t value;
    if (number.is_negative || number.fraction_count > 0 ||
        !number_magnitude(number.digits, &value) || value > max)
        return false;
    *ret_value = (size_t)value;
    return true;
}
