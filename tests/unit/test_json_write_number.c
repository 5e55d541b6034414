#include "tests/lib/unit.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "server/json/write.h"

static float float_of_bits(uint32_t bits)
{
    float real;
    memcpy(&real, &bits, sizeof(real));
    return real;
}

static void floats_are_printed_as_recorded(void **state)
{
    (void)state;
    static const struct {
        float real;
        const char *text;
    } rows[] = {
        /* Losses and percentages that the service has printed. */
        {11.499258F, "11.499258"},
        {7.523674F, "7.523674"},
        {5.263158F, "5.263158"},
        {6.272615e-05F, "6.272615e-05"},
        {-1.1145603e-06F, "-1.1145603e-06"},
        {0.001F, "0.001"},
        {0.0002F, "0.0002"},
        {0.95F, "0.95"},
        {1.0F, "1"},
        {100.0F, "100"},
        /* Both sides of where the exponent form begins. */
        {0.0001F, "0.0001"},
        {0.00012345678F, "0.00012345678"},
        {0.00009999F, "9.999e-05"},
        {0.00001F, "1e-05"},
        {100000.0F, "100000"},
        {123456.0F, "123456"},
        {999999.0F, "999999"},
        {1000000.0F, "1e+06"},
        {1234567.0F, "1234567"},
        {524287.97F, "524287.97"},
        {524288.0F, "524288"},
        {16777216.0F, "16777216"},
        {1e21F, "1e+21"},
        {1e10F, "1e+10"},
        {0.1F, "0.1"},
        {1.0F / 3.0F, "0.33333334"},
        {9.999999F, "9.999999"},
        {9.9999999F, "10"},
        {1e-10F, "1e-10"},
        {1e-12F, "1e-12"},
        {1.5e-11F, "1.5e-11"},
        /* Extremes. */
        {0.0F, "0"},
        {-0.0F, "-0"},
        {FLT_MAX, "3.4028235e+38"},
        {-FLT_MAX, "-3.4028235e+38"},
        {FLT_MIN, "1.1754944e-38"},
        {FLT_TRUE_MIN, "1.4013e-45"},
        {FLT_EPSILON, "1.1920929e-07"},
        {INFINITY, "\"Infinity\""},
        {-INFINITY, "\"-Infinity\""},
        {NAN, "\"NaN\""},
        {-NAN, "\"NaN\""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct buf buf = BUF_INIT;
        json_write_float(&buf, rows[i].real);
        assert_string_equal(buf.data, rows[i].text);
        buf_release(&buf);
    }
}

/* The rule as the contract words it: the fewest of 6 to 9 digits that read back. */
static void print_by_rule(float real, char *ret_text, size_t size)
{
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(ret_text, size, "%.*g", digits, (double)real);
        if (strtof(ret_text, NULL) == real)
            return;
    }
}

static void assert_float_follows_the_rule(float real)
{
    char expected[40];
    print_by_rule(real, expected, sizeof(expected));
    struct buf buf = BUF_INIT;
    json_write_float(&buf, real);
    assert_string_equal(buf.data, expected);
    assert_true(strtof(buf.data, NULL) == real);
    buf_release(&buf);
}

static void floats_of_all_sizes_follow_the_rule(void **state)
{
    (void)state;
    enum { STEP = 42013 }; /* about 100,000 floats from 0 to infinity, of all last digits */
    const uint32_t infinity = UINT32_C(0x7f800000);
    for (uint32_t bits = 0; bits < infinity; bits += STEP) {
        assert_float_follows_the_rule(float_of_bits(bits));
        assert_float_follows_the_rule(-float_of_bits(bits));
    }
}

static void assert_neighbours_follow_the_rule(float real)
{
    uint32_t bits;
    memcpy(&bits, &real, sizeof(bits));
    assert_float_follows_the_rule(float_of_bits(bits - 1));
    assert_float_follows_the_rule(real);
    assert_float_follows_the_rule(float_of_bits(bits + 1));
}

static void floats_around_powers_of_two_and_ten_follow_the_rule(void **state)
{
    (void)state;
    for (int exponent = -44; exponent <= 38; exponent++) {
        char power[16];
        snprintf(power, sizeof(power), "1e%d", exponent);
        assert_neighbours_follow_the_rule(strtof(power, NULL));
    }
    for (uint32_t exponent = 1; exponent < 255; exponent++)
        assert_neighbours_follow_the_rule(float_of_bits(exponent << 23));
}

static void doubles_are_printed_as_recorded(void **state)
{
    (void)state;
    static const struct {
        double real;
        const char *text;
    } rows[] = {
        {-0.14098815917968749, "-0.14098815917968749"}, /* 17 digits where 16 would do */
        {-0.038273578381720387, "-0.038273578381720387"},
        {-0.50018133435930523, "-0.50018133435930523"},
        {-0.19659008085727692, "-0.19659008085727692"},
        {0.1, "0.1"},
        {1.0, "1"},
        {1e15, "1e+15"},
        {123456789012345.0, "123456789012345"},
        {9007199254740993.0, "9007199254740992"},
        {1e21, "1e+21"},
        {0.0001, "0.0001"},
        {-0.000100000000000001, "-0.000100000000000001"},
        {-0.581606979911209, "-0.581606979911209"},
        {0.999999999999999, "0.999999999999999"},
        {0.9999999999999999, "0.99999999999999989"},
        {0.5, "0.5"},
        {467.184, "467.184"},
        {0.00001, "1e-05"},
        {1.0 / 3.0, "0.33333333333333331"},
        {0.0, "0"},
        {-0.0, "-0"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {-DBL_MAX, "-1.7976931348623157e+308"},
        {DBL_MIN, "2.2250738585072014e-308"},
        {DBL_TRUE_MIN, "4.94065645841247e-324"},
        {INFINITY, "\"Infinity\""},
        {-INFINITY, "\"-Infinity\""},
        {NAN, "\"NaN\""},
        {-NAN, "\"NaN\""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct buf buf = BUF_INIT;
        json_write_double(&buf, rows[i].real);
        assert_string_equal(buf.data, rows[i].text);
        buf_release(&buf);
    }
}

/* The rule of the service, by printf. */
static void assert_double_follows_the_rule(double real)
{
    char expected[40];
    snprintf(expected, sizeof(expected), "%.15g", real);
    if (strtod(expected, NULL) != real)
        snprintf(expected, sizeof(expected), "%.17g", real);
    struct buf buf = BUF_INIT;
    json_write_double(&buf, real);
    assert_string_equal(buf.data, expected);
    buf_release(&buf);
}

/* Decimals of few places have a way of their own, up to the neighbours that are none. */
static void fractions_follow_the_rule(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 20000; i++) {
        uint64_t random = hash_mix(7, i);
        int places = 1 + (int)(random % 17);
        double unit = pow(10.0, places);
        double real = floor(hash_to_unit(random) * unit) / unit;
        assert_double_follows_the_rule(real);
        assert_double_follows_the_rule(-real);
        assert_double_follows_the_rule(nextafter(real, 1.0));
        assert_double_follows_the_rule(nextafter(real, 0.0));
        assert_double_follows_the_rule(real / 1000.0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_are_printed_as_recorded),
        cmocka_unit_test(floats_of_all_sizes_follow_the_rule),
        cmocka_unit_test(floats_around_powers_of_two_and_ten_follow_the_rule),
        cmocka_unit_test(doubles_are_printed_as_recorded),
        cmocka_unit_test(fractions_follow_the_rule),
    };
    return cmocka_run_group_tests_name("json_write_number", tests, NULL, NULL);
}
