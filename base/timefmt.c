#include "base/timefmt.h"

#include <string.h>

#include "base/array.h"
#include "base/ascii.h"

enum { SECONDS_PER_DAY = 86400, DAYS_PER_ERA = 146097 };

/*
 * Days from 0000-03-01 to 1970-01-01. Years are counted from March, so that the leap day is the
 * last of its year, and in eras of 400 years, which are all of the same length.
 */
enum { DAYS_BEFORE_1970 = 719468 };

struct time_date {
    int64_t year;
    int64_t month; /* 1 to 12 */
    int64_t day;   /* from 1 */
};

static int64_t time_days_of_date(struct time_date date)
{
    int64_t year = date.month > 2 ? date.year : date.year - 1;
    int64_t month = date.month > 2 ? date.month - 3 : date.month + 9;
    int64_t era = year / 400;
    int64_t year_of_era = year % 400;
    int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_BEFORE_1970;
}

static struct time_date time_date_of_days(int64_t days)
{
    /* Never negative: no time is before 1677. Nor large: short divisions are the cheaper ones. */
    unsigned all_days = (unsigned)(days + DAYS_BEFORE_1970);
    unsigned era = all_days / DAYS_PER_ERA;
    unsigned day_of_era = all_days % DAYS_PER_ERA;
    unsigned leap_days = day_of_era / 1460 - day_of_era / 36524 + day_of_era / 146096;
    unsigned year_of_era = (day_of_era - leap_days) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned month = (5 * day_of_year + 2) / 153;
    struct time_date date = {
        .year = era * 400 + year_of_era,
        .month = month < 10 ? month + 3 : month - 9,
        .day = day_of_year - (153 * month + 2) / 5 + 1,
    };
    if (date.month <= 2)
        date.year++;
    return date;
}

static int64_t time_days_of_month(int64_t year, int64_t month)
{
    static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

/* A time taken apart. */
struct time_parts {
    struct time_date date;
    int64_t weekday; /* 0 is Sunday */
    int64_t second_of_day;
    int64_t nanosecond;
};

static struct time_parts time_parts_of(int64_t time_ns)
{
    /* Division towards minus infinity: what is left over is never negative. */
    int64_t nanosecond = time_ns % NS_PER_SECOND;
    int64_t seconds = time_ns / NS_PER_SECOND - (nanosecond < 0 ? 1 : 0);
    int64_t second_of_day = seconds % SECONDS_PER_DAY;
    int64_t days = seconds / SECONDS_PER_DAY - (second_of_day < 0 ? 1 : 0);
    return (struct time_parts){
        .date = time_date_of_days(days),
        .weekday = (days + DAYS_BEFORE_1970 + 3) % 7,
        .second_of_day = second_of_day + (second_of_day < 0 ? SECONDS_PER_DAY : 0),
        .nanosecond = nanosecond + (nanosecond < 0 ? NS_PER_SECOND : 0),
    };
}

/* Writing: each function returns the place behind what it wrote. */

/* Of a number below 100: most of a time. */
static char *time_put_pair(char *at, int64_t number)
{
    unsigned pair = (unsigned)number;
    *at++ = (char)('0' + pair / 10);
    *at++ = (char)('0' + pair % 10);
    return at;
}

/* Of a number that is not negative; unsigned division is the cheaper one. */
static char *time_put_digits(char *at, int64_t number, int count)
{
    uint64_t rest = (uint64_t)number;
    for (int i = count - 1; i >= 0; i--) {
        at[i] = (char)('0' + rest % 10);
        rest /= 10;
    }
    return at + count;
}

/* No time is after 9999. */
static char *time_put_year(char *at, int64_t year)
{
    unsigned number = (unsigned)year;
    return time_put_pair(time_put_pair(at, number / 100), number % 100);
}

static char *time_put_bytes(char *at, const char *bytes, size_t len)
{
    memcpy(at, bytes, len);
    return at + len;
}

static char *time_put_clock(char *at, int64_t second_of_day)
{
    unsigned second = (unsigned)second_of_day;
    at = time_put_pair(at, second / 3600);
    *at++ = ':';
    at = time_put_pair(at, second / 60 % 60);
    *at++ = ':';
    return time_put_pair(at, second % 60);
}

static char *time_put_fraction(char *at, int64_t nanosecond)
{
    if (nanosecond == 0)
        return at;
    *at++ = '.';
    if (nanosecond % NS_PER_MS == 0)
        return time_put_digits(at, nanosecond / NS_PER_MS, 3);
    if (nanosecond % NS_PER_US == 0)
        return time_put_digits(at, nanosecond / NS_PER_US, 6);
    return time_put_digits(at, nanosecond, 9);
}

static char *time_put_date_and_clock(char *at, const struct time_parts *parts)
{
    at = time_put_year(at, parts->date.year);
    *at++ = '-';
    at = time_put_pair(at, parts->date.month);
    *at++ = '-';
    at = time_put_pair(at, parts->date.day);
    *at++ = 'T';
    return time_put_clock(at, parts->second_of_day);
}

static size_t time_finish(char *text, char *end, char unit)
{
    *end++ = unit;
    *end = '\0';
    return (size_t)(end - text);
}

size_t time_format(int64_t time_ns, char ret_text[TIME_TEXT_MAX])
{
    struct time_parts parts = time_parts_of(time_ns);
    char *at = time_put_date_and_clock(ret_text, &parts);
    return time_finish(ret_text, time_put_fraction(at, parts.nanosecond), 'Z');
}

size_t time_format_ms(int64_t time_ns, char ret_text[TIME_TEXT_MAX])
{
    struct time_parts parts = time_parts_of(time_ns);
    char *at = time_put_date_and_clock(ret_text, &parts);
    *at++ = '.';
    return time_finish(ret_text, time_put_digits(at, parts.nanosecond / NS_PER_MS, 3), 'Z');
}

size_t time_format_http(int64_t time_ns, char ret_text[TIME_TEXT_MAX])
{
    static const char weekdays[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct time_parts parts = time_parts_of(time_ns);
    char *at = time_put_bytes(ret_text, weekdays[parts.weekday], 3);
    at = time_put_bytes(at, ", ", 2);
    at = time_put_pair(at, parts.date.day);
    *at++ = ' ';
    at = time_put_bytes(at, months[parts.date.month - 1], 3);
    *at++ = ' ';
    at = time_put_year(at, parts.date.year);
    *at++ = ' ';
    at = time_put_clock(at, parts.second_of_day);
    at = time_put_bytes(at, " GM", 3);
    return time_finish(ret_text, at, 'T');
}

size_t duration_format(int64_t duration_ns, char ret_text[TIME_TEXT_MAX])
{
    char *at = ret_text;
    int64_t seconds = duration_ns / NS_PER_SECOND;
    int64_t nanosecond = duration_ns % NS_PER_SECOND;
    if (duration_ns < 0) {
        *at++ = '-';
        seconds = -seconds;
        nanosecond = -nanosecond;
    }
    int digits = 1;
    for (int64_t rest = seconds / 10; rest > 0; rest /= 10)
        digits++;
    at = time_put_digits(at, seconds, digits);
    return time_finish(ret_text, time_put_fraction(at, nanosecond), 's');
}

/* Reading: each function takes what it read off the front of `*rest`, or returns false. */

static bool time_next_is_digit(struct text rest)
{
    return rest.len > 0 && ascii_is_digit(rest.bytes[0]);
}

static int time_take_digit(struct text *rest)
{
    int digit = rest->bytes[0] - '0';
    *rest = text_slice(*rest, 1, rest->len);
    return digit;
}

/* Exactly two or four digits. */
static bool time_take_number(struct text *rest, int count, int64_t *ret_number)
{
    int64_t number = 0;
    for (int i = 0; i < count; i++) {
        if (!time_next_is_digit(*rest))
            return false;
        number = number * 10 + time_take_digit(rest);
    }
    *ret_number = number;
    return true;
}

static bool time_take_byte(struct text *rest, char byte)
{
    if (rest->len == 0 || rest->bytes[0] != byte)
        return false;
    *rest = text_slice(*rest, 1, rest->len);
    return true;
}

static bool time_take_date(struct text *rest, int64_t *ret_days)
{
    struct time_date date;
    if (!time_take_number(rest, 4, &date.year) || !time_take_byte(rest, '-') ||
        !time_take_number(rest, 2, &date.month) || !time_take_byte(rest, '-') ||
        !time_take_number(rest, 2, &date.day))
        return false;
    if (date.year < 1 || date.month < 1 || date.month > 12 || date.day < 1 ||
        date.day > time_days_of_month(date.year, date.month))
        return false;
    *ret_days = time_days_of_date(date);
    return true;
}

static bool time_take_clock(struct text *rest, int64_t *ret_seconds)
{
    int64_t hour;
    int64_t minute;
    int64_t second;
    if (!time_take_number(rest, 2, &hour) || !time_take_byte(rest, ':') ||
        !time_take_number(rest, 2, &minute) || !time_take_byte(rest, ':') ||
        !time_take_number(rest, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    *ret_seconds = hour * 3600 + minute * 60 + second;
    return true;
}

/*
 * Digits behind a point, as parts of a unit; a text without a point has none. A digit that is worth
 * less than a nanosecond must be 0.
 */
static bool time_take_fraction(struct text *rest, int64_t unit_ns, int64_t *ret_fraction_ns)
{
    int64_t fraction_ns = 0;
    int64_t place_ns = unit_ns;
    if (time_take_byte(rest, '.')) {
        if (!time_next_is_digit(*rest))
            return false;
        while (time_next_is_digit(*rest)) {
            int digit = time_take_digit(rest);
            if (digit != 0 && (place_ns == 0 || place_ns % 10 != 0))
                return false;
            place_ns /= 10;
            fraction_ns += digit * place_ns;
        }
    }
    *ret_fraction_ns = fraction_ns;
    return true;
}

static bool time_take_zone(struct text *rest, int64_t *ret_offset_seconds)
{
    if (time_take_byte(rest, 'Z') || time_take_byte(rest, 'z')) {
        *ret_offset_seconds = 0;
        return true;
    }
    bool is_west = time_take_byte(rest, '-');
    int64_t hour;
    int64_t minute;
    if ((!is_west && !time_take_byte(rest, '+')) || !time_take_number(rest, 2, &hour) ||
        !time_take_byte(rest, ':') || !time_take_number(rest, 2, &minute) || hour > 23 ||
        minute > 59)
        return false;
    int64_t offset_seconds = hour * 3600 + minute * 60;
    *ret_offset_seconds = is_west ? -offset_seconds : offset_seconds;
    return true;
}

/* Seconds since 1970 and what is beyond them, in the years 1 to 9999. */
static bool time_parse_parts(struct text text, int64_t *ret_seconds, int64_t *ret_fraction_ns)
{
    enum { FRACTION_DIGITS_MAX = 9 };
    struct text rest = text;
    int64_t days;
    int64_t second_of_day;
    int64_t offset_seconds;
    if (!time_take_date(&rest, &days) ||
        (!time_take_byte(&rest, 'T') && !time_take_byte(&rest, 't')) ||
        !time_take_clock(&rest, &second_of_day))
        return false;
    size_t len_before = rest.len;
    if (!time_take_fraction(&rest, NS_PER_SECOND, ret_fraction_ns) ||
        len_before - rest.len > 1 + FRACTION_DIGITS_MAX ||
        !time_take_zone(&rest, &offset_seconds) || rest.len > 0)
        return false;
    /* 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, which an offset can leave. */
    static const int64_t first_second = INT64_C(-62135596800);
    static const int64_t last_second = INT64_C(253402300799);
    *ret_seconds = days * SECONDS_PER_DAY + second_of_day - offset_seconds;
    return *ret_seconds >= first_second && *ret_seconds <= last_second;
}

bool time_parse_nearest(struct text text, int64_t *ret_time_ns)
{
    int64_t seconds;
    int64_t fraction_ns;
    if (!time_parse_parts(text, &seconds, &fraction_ns))
        return false;
    if (seconds < TIME_MIN_NS / NS_PER_SECOND)
        *ret_time_ns = TIME_MIN_NS;
    else if (seconds > TIME_MAX_NS / NS_PER_SECOND)
        *ret_time_ns = TIME_MAX_NS;
    else
        *ret_time_ns = seconds * NS_PER_SECOND + fraction_ns;
    return true;
}

bool time_parse(struct text text, int64_t *ret_time_ns)
{
    int64_t seconds;
    int64_t fraction_ns;
    if (!time_parse_parts(text, &seconds, &fraction_ns) || seconds < TIME_MIN_NS / NS_PER_SECOND ||
        seconds > TIME_MAX_NS / NS_PER_SECOND)
        return false;
    *ret_time_ns = seconds * NS_PER_SECOND + fraction_ns;
    return true;
}

/* What one of this unit lasts; 0 if there is no such unit. */
static int64_t duration_unit_ns(struct text unit)
{
    static const struct {
        struct text name;
        int64_t unit_ns;
    } units[] = {
        {TEXT_INIT("s"), NS_PER_SECOND},
        {TEXT_INIT("ms"), NS_PER_MS},
        {TEXT_INIT("us"), NS_PER_US},
        {TEXT_INIT("ns"), 1},
        {TEXT_INIT("m"), 60 * NS_PER_SECOND},
        {TEXT_INIT("h"), 3600 * NS_PER_SECOND},
    };
    for (size_t i = 0; i < ARRAY_COUNT(units); i++)
        if (text_equals(unit, units[i].name))
            return units[i].unit_ns;
    return 0;
}

bool duration_parse(struct text text, int64_t *ret_duration_ns)
{
    if (text_equals(text, TEXT("0"))) {
        *ret_duration_ns = 0;
        return true;
    }
    size_t number_len = 0;
    while (number_len < text.len && (text.bytes[number_len] == '.' ||
                                        time_next_is_digit(text_slice(text, number_len, text.len))))
        number_len++;
    int64_t unit_ns = duration_unit_ns(text_slice(text, number_len, text.len));
    struct text number = text_slice(text, 0, number_len);
    struct text whole_digits = text_slice(number, 0, text_find_byte(number, '.'));
    struct text rest = text_slice(number, whole_digits.len, number.len);
    int64_t whole;
    int64_t fraction_ns;
    if (unit_ns == 0 || !text_parse_int64(whole_digits, &whole) ||
        !time_take_fraction(&rest, unit_ns, &fraction_ns) || rest.len > 0)
        return false;
    int64_t duration_ns;
    if (__builtin_mul_overflow(whole, unit_ns, &duration_ns) ||
        __builtin_add_overflow(duration_ns, fraction_ns, &duration_ns))
        return false;
    *ret_duration_ns = duration_ns;
    return true;
}
