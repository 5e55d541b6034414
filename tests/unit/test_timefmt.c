#include "tests/lib/unit.h"

#include <time.h>

#include "base/hash.h"
#include "base/timefmt.h"

/* 2024-07-20T18:23:29Z */
#define JULY_NS (INT64_C(1721499809) * NS_PER_SECOND)

static void times_have_as_few_digits_as_hold_them(void **state)
{
    (void)state;
    static const struct {
        int64_t time_ns;
        const char *text;
        const char *text_ms;
    } rows[] = {
        {0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"},
        {JULY_NS, "2024-07-20T18:23:29Z", "2024-07-20T18:23:29.000Z"},
        {JULY_NS + 427 * NS_PER_MS, "2024-07-20T18:23:29.427Z", "2024-07-20T18:23:29.427Z"},
        {JULY_NS + 400 * NS_PER_MS, "2024-07-20T18:23:29.400Z", "2024-07-20T18:23:29.400Z"},
        {JULY_NS + 1000, "2024-07-20T18:23:29.000001Z", "2024-07-20T18:23:29.000Z"},
        {JULY_NS + 120000, "2024-07-20T18:23:29.000120Z", "2024-07-20T18:23:29.000Z"},
        {JULY_NS + 1, "2024-07-20T18:23:29.000000001Z", "2024-07-20T18:23:29.000Z"},
        {JULY_NS + 999999999, "2024-07-20T18:23:29.999999999Z", "2024-07-20T18:23:29.999Z"},
        {-1, "1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999Z"},
        {-NS_PER_SECOND, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.000Z"},
        {TIME_MIN_NS, "1678-01-01T00:00:00Z", "1678-01-01T00:00:00.000Z"},
        {TIME_MAX_NS, "2261-12-31T23:59:59.999999999Z", "2261-12-31T23:59:59.999Z"},
        {INT64_MIN, "1677-09-21T00:12:43.145224192Z", "1677-09-21T00:12:43.145Z"},
        {INT64_MAX, "2262-04-11T23:47:16.854775807Z", "2262-04-11T23:47:16.854Z"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char text[TIME_TEXT_MAX];
        assert_int_equal(time_format(rows[i].time_ns, text), strlen(rows[i].text));
        assert_string_equal(text, rows[i].text);
        assert_int_equal(time_format_ms(rows[i].time_ns, text), strlen(rows[i].text_ms));
        assert_string_equal(text, rows[i].text_ms);
    }
}

static void every_day_is_the_one_libc_knows(void **state)
{
    (void)state;
    const int64_t day_ns = 86400 * NS_PER_SECOND;
    int64_t days = 0;
    for (int64_t time_ns = TIME_MIN_NS; time_ns <= TIME_MAX_NS - day_ns; time_ns += day_ns) {
        time_t seconds = (time_t)(time_ns / NS_PER_SECOND);
        struct tm date;
        char expected[TIME_TEXT_MAX];
        char text[TIME_TEXT_MAX];
        gmtime_r(&seconds, &date);
        strftime(expected, sizeof(expected), "%a, %d %b %Y %H:%M:%S GMT", &date);
        size_t len = time_format_http(time_ns, text);
        if (len != strlen(text) || strcmp(text, expected) != 0)
            fail_msg("%s instead of %s", text, expected);
        int64_t parsed_ns = 0;
        len = time_format(time_ns, text);
        if (!time_parse((struct text){text, len}, &parsed_ns) || parsed_ns != time_ns)
            fail_msg("%s is not read as it was written", text);
        days++;
    }
    assert_true(days > 213000);
}

static void http_dates_are_fixdates(void **state)
{
    (void)state;
    char text[TIME_TEXT_MAX];
    assert_int_equal(time_format_http(INT64_C(1723319640) * NS_PER_SECOND, text), 29);
    assert_string_equal(text, "Sat, 10 Aug 2024 19:54:00 GMT");
    time_format_http(JULY_NS + 999999999, text);
    assert_string_equal(text, "Sat, 20 Jul 2024 18:23:29 GMT");
    time_format_http(-1, text);
    assert_string_equal(text, "Wed, 31 Dec 1969 23:59:59 GMT");
}

static void times_of_all_spellings_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t time_ns;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2024-07-20T18:23:29Z", JULY_NS},
        {"2024-07-20t18:23:29z", JULY_NS},
        {"2024-07-20T18:23:29.5Z", JULY_NS + 500 * NS_PER_MS},
        {"2024-07-20T18:23:29.000000001Z", JULY_NS + 1},
        {"2024-07-20T18:23:29.000000000Z", JULY_NS},
        {"2024-07-20T23:53:29+05:30", JULY_NS},
        {"2024-07-20T10:23:29.25-08:00", JULY_NS + 250 * NS_PER_MS},
        {"2024-07-21T00:23:29+06:00", JULY_NS},
        {"2024-07-20T18:23:29+00:00", JULY_NS},
        {"2024-07-20T18:23:29-00:00", JULY_NS},
        {"2024-02-29T00:00:00Z", INT64_C(1709164800) * NS_PER_SECOND},
        {"2000-02-29T00:00:00Z", INT64_C(951782400) * NS_PER_SECOND},
        {"1969-12-31T23:59:59.999999999Z", -1},
        {"1678-01-01T00:00:00Z", TIME_MIN_NS},
        {"2261-12-31T23:59:59.999999999Z", TIME_MAX_NS},
        {"2262-01-01T00:59:59+01:00", TIME_MAX_NS - 999999999},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        int64_t time_ns = 77;
        if (!time_parse(text_of(rows[i].text), &time_ns))
            fail_msg("%s", rows[i].text);
        assert_int_equal(time_ns, rows[i].time_ns);
    }
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const struct text rows[] = {
        {NULL, 0},
        TEXT_INIT(""),
        TEXT_INIT("now"),
        TEXT_INIT("2024-07-20"),
        TEXT_INIT("2024-07-20T18:23:29"),
        TEXT_INIT("2024-07-20T18:23Z"),
        TEXT_INIT("2024-07-20 18:23:29Z"),
        TEXT_INIT("20240720T182329Z"),
        TEXT_INIT("24-07-20T18:23:29Z"),
        TEXT_INIT("+2024-07-20T18:23:29Z"),
        TEXT_INIT("02024-07-20T18:23:29Z"),
        TEXT_INIT("2024-7-20T18:23:29Z"),
        TEXT_INIT(" 2024-07-20T18:23:29Z"),
        TEXT_INIT("2024-07-20T18:23:29Z "),
        TEXT_INIT("2024-07-20T18:23:29Z\0"),
        TEXT_INIT("2024-07-20T18:23:29ZZ"),
        TEXT_INIT("2024-00-20T18:23:29Z"),
        TEXT_INIT("2024-13-20T18:23:29Z"),
        TEXT_INIT("2024-07-00T18:23:29Z"),
        TEXT_INIT("2024-07-32T18:23:29Z"),
        TEXT_INIT("2024-04-31T18:23:29Z"),
        TEXT_INIT("2023-02-29T18:23:29Z"),
        TEXT_INIT("1900-02-29T18:23:29Z"),
        TEXT_INIT("2024-07-20T24:00:00Z"),
        TEXT_INIT("2024-07-20T18:60:29Z"),
        TEXT_INIT("2024-07-20T23:59:60Z"),
        TEXT_INIT("2024-07-20T-1:23:29Z"),
        TEXT_INIT("2024-07-20T18:23:29.Z"),
        TEXT_INIT("2024-07-20T18:23:29,5Z"),
        TEXT_INIT("2024-07-20T18:23:29.0000000000Z"),
        TEXT_INIT("2024-07-20T18:23:29.1234567891Z"),
        TEXT_INIT("2024-07-20T18:23:29+0530"),
        TEXT_INIT("2024-07-20T18:23:29+5:30"),
        TEXT_INIT("2024-07-20T18:23:29+05"),
        TEXT_INIT("2024-07-20T18:23:29+24:00"),
        TEXT_INIT("2024-07-20T18:23:29+05:60"),
        TEXT_INIT("2024-07-20T18:23:29 +05:30"),
        TEXT_INIT("2024-07-20T18:23:29-+05:30"),
        TEXT_INIT("0000-01-01T00:00:00Z"),
        TEXT_INIT("0001-01-01T00:00:00Z"),
        TEXT_INIT("9999-12-31T23:59:59Z"),
        TEXT_INIT("1677-12-31T23:59:59.999999999Z"),
        TEXT_INIT("2262-01-01T00:00:00Z"),
        TEXT_INIT("2261-12-31T23:59:59-00:01"),
        TEXT_INIT("1678-01-01T00:00:00+00:01"),
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        int64_t time_ns = 77;
        if (time_parse(rows[i], &time_ns))
            fail_msg("%.*s", TEXT_ARGS(rows[i]));
        assert_int_equal(time_ns, 77);
    }
}

static void far_years_become_the_nearest_time(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t time_ns;
    } rows[] = {
        {"0001-01-01T00:00:00Z", TIME_MIN_NS},
        {"1677-12-31T23:59:59.999999999Z", TIME_MIN_NS},
        {"1678-01-01T00:00:00Z", TIME_MIN_NS},
        {"1970-01-01T00:00:00.000000001Z", 1},
        {"2262-01-01T00:00:00+00:01", TIME_MAX_NS + 1 - 60 * NS_PER_SECOND},
        {"2262-01-01T00:00:00Z", TIME_MAX_NS},
        {"9999-12-31T23:59:59.999999999Z", TIME_MAX_NS},
    };
    int64_t time_ns;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_true(time_parse_nearest(text_of(rows[i].text), &time_ns));
        assert_int_equal(time_ns, rows[i].time_ns);
    }
    assert_false(time_parse_nearest(TEXT("0000-12-31T23:59:59Z"), &time_ns));
    assert_false(time_parse_nearest(TEXT("0001-01-01T00:00:00+00:01"), &time_ns));
    assert_false(time_parse_nearest(TEXT("9999-12-31T23:59:59-00:01"), &time_ns));
    assert_false(time_parse_nearest(TEXT("9999-13-31T23:59:59Z"), &time_ns));
}

static void every_cut_of_a_time_is_refused(void **state)
{
    (void)state;
    struct text whole = TEXT("2024-07-20T18:23:29.427123+05:30");
    for (size_t len = 0; len < whole.len; len++) {
        int64_t time_ns;
        assert_false(time_parse(text_slice(whole, 0, len), &time_ns));
    }
}

static void durations_are_written_in_seconds(void **state)
{
    (void)state;
    static const struct {
        int64_t duration_ns;
        const char *text;
    } rows[] = {
        {0, "0s"},
        {41 * NS_PER_SECOND, "41s"},
        {10 * NS_PER_SECOND, "10s"},
        {1500 * NS_PER_MS, "1.500s"},
        {NS_PER_US, "0.000001s"},
        {1, "0.000000001s"},
        {3600 * NS_PER_SECOND, "3600s"},
        {-NS_PER_SECOND / 2, "-0.500s"},
        {-41 * NS_PER_SECOND, "-41s"},
        {INT64_MAX, "9223372036.854775807s"},
        {INT64_MIN, "-9223372036.854775808s"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char text[TIME_TEXT_MAX];
        assert_int_equal(duration_format(rows[i].duration_ns, text), strlen(rows[i].text));
        assert_string_equal(text, rows[i].text);
    }
}

static void durations_of_all_units_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t duration_ns;
    } rows[] = {
        {"0", 0},
        {"0s", 0},
        {"0.0h", 0},
        {"7ns", 7},
        {"7us", 7000},
        {"300ms", 300 * NS_PER_MS},
        {"41s", 41 * NS_PER_SECOND},
        {"1.500s", 1500 * NS_PER_MS},
        {"1.5m", 90 * NS_PER_SECOND},
        {"2h", 7200 * NS_PER_SECOND},
        {"0.25h", 900 * NS_PER_SECOND},
        {"007s", 7 * NS_PER_SECOND},
        {"0.000000001s", 1},
        {"0.001us", 1},
        {"1.000ns", 1},
        {"0.00000000025h", 900},
        {"0.10000000000000000000000000s", 100 * NS_PER_MS},
        {"9223372036.854775807s", INT64_MAX},
        {"9223372036854775807ns", INT64_MAX},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        int64_t duration_ns = 77;
        if (!duration_parse(text_of(rows[i].text), &duration_ns))
            fail_msg("%s", rows[i].text);
        assert_int_equal(duration_ns, rows[i].duration_ns);
    }
}

static void what_is_no_duration_is_refused(void **state)
{
    (void)state;
    static const struct text rows[] = {
        {NULL, 0},
        TEXT_INIT(""),
        TEXT_INIT("s"),
        TEXT_INIT("1"),
        TEXT_INIT("00"),
        TEXT_INIT("0.0"),
        TEXT_INIT("1.5"),
        TEXT_INIT("-1s"),
        TEXT_INIT("+1s"),
        TEXT_INIT(" 1s"),
        TEXT_INIT("1 s"),
        TEXT_INIT("1s "),
        TEXT_INIT("1s\0"),
        TEXT_INIT("1S"),
        TEXT_INIT("1d"),
        TEXT_INIT("1sec"),
        TEXT_INIT("1h30m"),
        TEXT_INIT("1e3s"),
        TEXT_INIT(".5s"),
        TEXT_INIT("5.s"),
        TEXT_INIT(".s"),
        TEXT_INIT("1.2.3s"),
        TEXT_INIT("0.5ns"),
        TEXT_INIT("0.0000000001s"),
        TEXT_INIT("1.0000000001s"),
        TEXT_INIT("1.00000000001s"),
        TEXT_INIT("0.000000000001h"),
        TEXT_INIT("9223372036.854775808s"),
        TEXT_INIT("9223372036854775808ns"),
        TEXT_INIT("2562048h"),
        TEXT_INIT("99999999999999999999999s"),
        TEXT_INIT("infs"),
        TEXT_INIT("nan"),
        TEXT_INIT("0x1s"),
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        int64_t duration_ns = 77;
        if (duration_parse(rows[i], &duration_ns))
            fail_msg("%.*s", TEXT_ARGS(rows[i]));
        assert_int_equal(duration_ns, 77);
    }
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    static const int64_t grains_ns[] = {1, NS_PER_US, NS_PER_MS, NS_PER_SECOND};
    for (uint64_t i = 0; i < 40000; i++) {
        int64_t grain_ns = grains_ns[i % ARRAY_COUNT(grains_ns)];
        int64_t time_ns = (int64_t)((hash_to_unit(hash_mix(1, i)) * 2 - 1) * 9.2e18);
        time_ns -= time_ns % grain_ns;
        int64_t duration_ns = time_ns < 0 ? -time_ns : time_ns;
        char text[TIME_TEXT_MAX];
        int64_t read_ns = 0;
        size_t len = time_format(time_ns, text);
        assert_true(time_parse((struct text){text, len}, &read_ns));
        assert_int_equal(read_ns, time_ns);
        len = duration_format(duration_ns, text);
        assert_true(duration_parse((struct text){text, len}, &read_ns));
        assert_int_equal(read_ns, duration_ns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_have_as_few_digits_as_hold_them),
        cmocka_unit_test(every_day_is_the_one_libc_knows),
        cmocka_unit_test(http_dates_are_fixdates),
        cmocka_unit_test(times_of_all_spellings_are_read),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(far_years_become_the_nearest_time),
        cmocka_unit_test(every_cut_of_a_time_is_refused),
        cmocka_unit_test(durations_are_written_in_seconds),
        cmocka_unit_test(durations_of_all_units_are_read),
        cmocka_unit_test(what_is_no_duration_is_refused),
        cmocka_unit_test(what_is_written_is_read_back),
    };
    return cmocka_run_group_tests_name("timefmt", tests, NULL, NULL);
}
