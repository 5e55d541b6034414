/*
 * Floats and doubles as the service prints them. Losses and embeddings are floats by the hundred,
 * so most floats take a way without printf; what it gives is the same text.
 */
#include "server/json/write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "-1.7976931348623157e+308" and its NUL. */
enum { NUMBER_TEXT_MAX = 32 };

/* Writes what JSON has no number for; false if `real` is an ordinary number. */
static bool number_write_not_finite(struct buf *out, double real)
{
    if (isfinite(real))
        return false;
    buf_add_text(out, isnan(real)  ? TEXT("\"NaN\"")
                      : real < 0.0 ? TEXT("\"-Infinity\"")
                                   : TEXT("\"Infinity\""));
    return true;
}

enum { PLACES_MAX = 15 };
#define PLACES_UNITS 1e15

/*
 * Writes a fraction, from 0.0001 up to 1, that is a decimal of at most PLACES_MAX places: %.15g
 * then prints these, for it has digits for more. False if it is none.
 */
static bool number_write_places(struct buf *out, double real)
{
    double size = fabs(real);
    if (!(size >= 0.0001 && size < 1.0))
        return false;
    double units = round(size * PLACES_UNITS);
    if (units >= PLACES_UNITS || units / PLACES_UNITS != size)
        return false;
    char places[PLACES_MAX];
    /* Divisions of 32 bits are the cheaper ones. */
    uint32_t low = (uint32_t)((uint64_t)units % 100000000);
    uint32_t high = (uint32_t)((uint64_t)units / 100000000);
    for (int i = PLACES_MAX - 1; i >= PLACES_MAX - 8; i--, low /= 10)
        places[i] = (char)('0' + low % 10);
    for (int i = PLACES_MAX - 9; i >= 0; i--, high /= 10)
        places[i] = (char)('0' + high % 10);
    int last = PLACES_MAX - 1;
    while (places[last] == '0')
        last--;
    buf_add_text(out, real < 0.0 ? TEXT("-0.") : TEXT("0."));
    buf_add(out, places, (size_t)last + 1);
    return true;
}

void json_write_double(struct buf *out, double real)
{
    if (number_write_not_finite(out, real) || number_write_places(out, real))
        return;
    char number[NUMBER_TEXT_MAX];
    int len = snprintf(number, sizeof(number), "%.15g", real);
    if (strtod(number, NULL) != real)
        len = snprintf(number, sizeof(number), "%.17g", real);
    buf_add(out, number, (size_t)len);
}

enum { FLOAT_DIGITS_MIN = 6, FLOAT_DIGITS_MAX = 9 };

/* The rule itself, right for every finite float and slow. */
static void write_float_by_printf(struct buf *out, float real)
{
    char number[NUMBER_TEXT_MAX];
    int len = 0;
    for (int digits = FLOAT_DIGITS_MIN; digits <= FLOAT_DIGITS_MAX; digits++) {
        len = snprintf(number, sizeof(number), "%.*g", digits, (double)real);
        if (strtof(number, NULL) == real)
            break;
    }
    buf_add(out, number, (size_t)len);
}

/* digits / 10^(count - 1) * 10^exponent; the first of the `count` digits is not 0. */
struct float_digits {
    uint64_t digits;
    int count;
    int exponent;
};

__extension__ typedef unsigned __int128 uint128;

static const uint64_t powers_of_ten[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000,
    100000000, 1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000,
    100000000000000, 1000000000000000, 10000000000000000};

/* Floats of 2^FAST_EXPONENT_MIN up to 2^(FAST_EXPONENT_MAX + 1): all products fit. */
enum { FAST_EXPONENT_MIN = -36, FAST_EXPONENT_MAX = 18, MANTISSA_BITS = 23 };
/* Those below, in twice as many bits: losses of a training that has long converged. */
enum { SMALL_EXPONENT_MIN = -64 };

/*
 * Finds the decimal that write_float_by_printf would print, in whole numbers. The float is
 * mantissa / 2^shift and has this decimal exponent. `unit` is the power of ten that brings all
 * digits that are tried before the point, and so what one step of the mantissa is worth there: a
 * decimal reads back as the float if it is off by less than half a unit, or by half if the mantissa
 * is even.
 */
static struct float_digits write_find_float_digits(uint32_t mantissa, int shift, int exponent)
{
    const uint64_t one = UINT64_C(1) << shift;
    uint64_t unit = powers_of_ten[FLOAT_DIGITS_MIN - 1 - exponent];
    for (int count = FLOAT_DIGITS_MIN;; count++, unit *= 10) {
        uint128 scaled = (uint128)mantissa * unit;
        uint64_t digits = (uint64_t)(scaled >> shift);
        /* What was cut off has as many bits as the shift, which are less than 64. */
        uint64_t below = (uint64_t)scaled & (one - 1);
        uint64_t above = one - below;
        bool rounds_up = below > above || (below == above && digits % 2 == 1);
        /* Below a power of two the floats lie twice as close. */
        bool is_narrow = !rounds_up && mantissa == 1U << MANTISSA_BITS;
        uint64_t twice_error = (rounds_up ? above : below) * (is_narrow ? 4 : 2);
        if (twice_error < unit || (twice_error == unit && mantissa % 2 == 0) ||
            count == FLOAT_DIGITS_MAX)
            return (struct float_digits){digits + rounds_up, count, exponent};
    }
}

/* 10^power, up to 10^32. */
static uint128 write_power_of_ten(int power)
{
    return (uint128)powers_of_ten[power / 2] * powers_of_ten[power - power / 2];
}

/* The same for floats from 2^SMALL_EXPONENT_MIN on, whose products take 118 bits. */
static struct float_digits write_find_small_digits(uint32_t mantissa, int shift, int exponent)
{
    const uint128 one = (uint128)1 << shift;
    uint128 unit = write_power_of_ten(FLOAT_DIGITS_MIN - 1 - exponent);
    for (int count = FLOAT_DIGITS_MIN;; count++, unit *= 10) {
        uint128 scaled = mantissa * unit;
        uint64_t digits = (uint64_t)(scaled >> shift);
        uint128 below = scaled & (one - 1);
        uint128 above = one - below;
        bool rounds_up = below > above || (below == above && digits % 2 == 1);
        bool is_narrow = !rounds_up && mantissa == 1U << MANTISSA_BITS;
        uint128 twice_error = (rounds_up ? above : below) * (is_narrow ? 4 : 2);
        if (twice_error < unit || (twice_error == unit && mantissa % 2 == 0) ||
            count == FLOAT_DIGITS_MAX)
            return (struct float_digits){digits + rounds_up, count, exponent};
    }
}

/* As printf's %g does with a precision of found.count. */
static void write_float_digits(struct buf *out, bool is_negative, struct float_digits found)
{
    char digits[FLOAT_DIGITS_MAX + 1];
    memset(digits, '0', sizeof(digits));
    int printed = 0;
    for (uint64_t rest = found.digits; rest > 0; rest /= 10)
        digits[FLOAT_DIGITS_MAX - printed++] = (char)('0' + rest % 10);
    const char *first = digits + FLOAT_DIGITS_MAX + 1 - printed;
    /* Rounding can make one digit more: 999999.9 is 1000000. */
    int exponent = found.exponent + printed - found.count;
    int significant = printed;
    while (significant > 1 && first[significant - 1] == '0')
        significant--;

    char number[NUMBER_TEXT_MAX];
    char *at = number;
    if (is_negative)
        *at++ = '-';
    bool is_scientific = exponent < -4 || exponent >= found.count;
    int point = is_scientific ? 1 : exponent + 1; /* digits before the point; may be negative */
    if (point <= 0) {
        memcpy(at, "0.000", 5);
        at += 2 - point;
    }
    for (int i = 0; i < significant || i < point; i++) {
        if (i == point && i > 0)
            *at++ = '.';
        *at++ = first[i];
    }
    if (is_scientific) {
        int size = exponent < 0 ? -exponent : exponent;
        *at++ = 'e';
        *at++ = "+-"[exponent < 0];
        *at++ = (char)('0' + size / 10);
        *at++ = (char)('0' + size % 10);
    }
    buf_add(out, number, (size_t)(at - number));
}

void json_write_float(struct buf *out, float real)
{
    if (number_write_not_finite(out, (double)real))
        return;
    uint32_t bits;
    memcpy(&bits, &real, sizeof(bits));
    int binary_exponent = (int)(bits >> MANTISSA_BITS & 0xff) - 127;
    if (binary_exponent < SMALL_EXPONENT_MIN || binary_exponent > FAST_EXPONENT_MAX) {
        write_float_by_printf(out, real);
        return;
    }
    uint32_t implicit_bit = 1U << MANTISSA_BITS;
    uint32_t mantissa = (bits & (implicit_bit - 1)) | implicit_bit;
    int shift = MANTISSA_BITS - binary_exponent;
    bool is_small = binary_exponent < FAST_EXPONENT_MIN;
    /* log10(2) is a little more than 1233 / 4096: this floor is right or one too small. */
    int exponent = (binary_exponent * 1233 - (binary_exponent < 0 ? 4095 : 0)) / 4096;
    uint128 scaled = mantissa * write_power_of_ten(FLOAT_DIGITS_MIN - 1 - exponent);
    if (scaled >> shift >= powers_of_ten[FLOAT_DIGITS_MIN])
        exponent++;
    write_float_digits(out, bits >> 31,
        is_small ? write_find_small_digits(mantissa, shift, exponent)
                 : write_find_float_digits(mantissa, shift, exponent));
}
