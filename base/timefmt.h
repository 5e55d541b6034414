/*
 * Times as text. A time is a count of nanoseconds since 1970-01-01T00:00:00Z (`_ns`), between the
 * years 1678 and 2261.
 */
#ifndef BASE_TIMEFMT_H
#define BASE_TIMEFMT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_SECOND INT64_C(1000000000)

/* 1678-01-01T00:00:00Z and 2261-12-31T23:59:59.999999999Z. */
#define TIME_MIN_NS (INT64_C(-9214560000) * NS_PER_SECOND)
#define TIME_MAX_NS (INT64_C(9214646400) * NS_PER_SECOND - 1)

enum { TIME_TEXT_MAX = 40 };

/*
 * Writes a google.protobuf.Timestamp as JSON has it (without quotes): UTC with "Z" and 0, 3, 6 or 9
 * fraction digits, as few as hold the value. Returns the length; the text is NUL-terminated.
 */
size_t time_format(int64_t time_ns, char ret_text[TIME_TEXT_MAX]);

/* The same with always 3 fraction digits; what is finer is cut off. */
size_t time_format_ms(int64_t time_ns, char ret_text[TIME_TEXT_MAX]);

/*
 * Parses RFC 3339 with "Z" or an offset and 0 to 9 fraction digits. False if it is none, names a
 * date that does not exist or a leap second, or is outside TIME_MIN_NS to TIME_MAX_NS.
 */
bool time_parse(struct text text, int64_t *ret_time_ns);

/* The same for all years that RFC 3339 can name, 1 to 9999: a time outside TIME_MIN_NS to
 * TIME_MAX_NS becomes the nearest of these. False if it is in none of the years. */
bool time_parse_nearest(struct text text, int64_t *ret_time_ns);

/* Writes an IMF-fixdate (RFC 9110 section 5.6.7): "Sat, 10 Aug 2024 19:54:00 GMT". */
size_t time_format_http(int64_t time_ns, char ret_text[TIME_TEXT_MAX]);

/* Writes a google.protobuf.Duration as JSON has it: seconds, 0, 3, 6 or 9 digits, "s". */
size_t duration_format(int64_t duration_ns, char ret_text[TIME_TEXT_MAX]);

/*
 * Parses a duration as people write it: a non-negative decimal number and a unit of ns, us, ms, s,
 * m or h ("300ms", "1.5s", "2h"); a bare "0" needs no unit. The protobuf form ("41s", "1.500s") is
 * among these. False if it is none, does not fit, or is finer than a nanosecond.
 */
bool duration_parse(struct text text, int64_t *ret_duration_ns);

#endif
