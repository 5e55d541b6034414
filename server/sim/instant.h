/*
 * Times of a training, in nanoseconds. Those of steps have nanosecond digits of 1 to 999, which are
 * below what the clock resolves. Sums and the like stop at INT64_MAX, which is never reached: what
 * has it never happens.
 */
#ifndef SERVER_SIM_INSTANT_H
#define SERVER_SIM_INSTANT_H

#include <stdint.h>

#include "base/timefmt.h"

/* Steps at one moment are told apart by nanoseconds, until these have grown to a millisecond. */
enum { INSTANT_TICKS_MAX = 999999 };

static inline int64_t instant_add(int64_t time_ns, int64_t duration_ns)
{
    int64_t sum = 0;
    return __builtin_add_overflow(time_ns, duration_ns, &sum) ? INT64_MAX : sum;
}

static inline int64_t instant_subtract(int64_t time_ns, int64_t from_ns)
{
    int64_t difference = 0;
    if (!__builtin_sub_overflow(time_ns, from_ns, &difference))
        return difference;
    return time_ns < from_ns ? INT64_MIN : INT64_MAX;
}

static inline int64_t instant_multiply(int64_t duration_ns, int64_t count)
{
    int64_t product = 0;
    return __builtin_mul_overflow(duration_ns, count, &product) ? INT64_MAX : product;
}

/* The whole microsecond at or before a time. */
static inline int64_t instant_floor(int64_t time_ns)
{
    int64_t digits = time_ns % NS_PER_US;
    return time_ns - (digits < 0 ? digits + NS_PER_US : digits);
}

/* The whole microsecond at or after a time. */
static inline int64_t instant_ceil(int64_t time_ns)
{
    int64_t floor_ns = instant_floor(time_ns);
    return floor_ns == time_ns ? time_ns : instant_add(floor_ns, NS_PER_US);
}

/* The microsecond of a time, with nanosecond digits of 1 to 999 from the hash. */
static inline int64_t instant_stamp(int64_t time_ns, uint64_t hash)
{
    if (time_ns > INT64_MAX - NS_PER_US)
        return INT64_MAX;
    return instant_floor(time_ns) + 1 + (int64_t)(hash % (uint64_t)(NS_PER_US - 1));
}

/* The time `ticks` nanoseconds after `time_ns`, leaving out those with nanosecond digits of 0. */
static inline int64_t instant_after_ticks(int64_t time_ns, int64_t ticks)
{
    int64_t floor_ns = instant_floor(time_ns);
    int64_t index = instant_add(time_ns - floor_ns - 1, ticks);
    int64_t whole_ns = instant_multiply(index / (NS_PER_US - 1), NS_PER_US);
    return instant_add(instant_add(floor_ns, whole_ns), index % (NS_PER_US - 1) + 1);
}

/*
 * The moment of a time that has nanosecond digits: these are below what the clock resolves, and
 * what is planned for a microsecond happens at its beginning.
 */
static inline int64_t instant_moment(int64_t time_ns)
{
    return time_ns == INT64_MAX ? INT64_MAX : instant_floor(time_ns);
}

#endif
