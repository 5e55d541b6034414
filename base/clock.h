/*
 * The only place that asks the system what time it is.
 *
 * Emulated time is what the API shows: timestamps, training, Date. It may follow the system clock,
 * stand still, or run at another rate, which may change, and it can be moved forward. Pacing
 * (latency, gaps in streams, time-outs) uses clock_monotonic_ns, which a frozen emulation does not
 * stop.
 *
 * All functions may be called from any thread, and end the process if the system's clock cannot be
 * read.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum clock_mode {
    CLOCK_MODE_REAL,   /* the system's time, plus what it was advanced */
    CLOCK_MODE_FROZEN, /* stands still until advanced */
    CLOCK_MODE_RATE    /* runs `rate` times as fast as the system's */
};

struct clock_setting {
    enum clock_mode mode;
    bool has_start; /* start_ns was given; otherwise the clock starts at the system's time */
    int64_t start_ns;
    double rate; /* see clock_rate_is_good; in other modes what CLOCK_MODE_RATE takes later, or 0 */
};

/* What a clock says at one moment. */
struct clock_view {
    enum clock_mode mode;
    double rate; /* emulated seconds in a second while it runs; 1 but for CLOCK_MODE_RATE */
    int64_t now_ns;
};

/* What is to become of a clock that runs. */
struct clock_change {
    bool has_time, has_mode, has_rate;
    int64_t time_ns;
    enum clock_mode mode;
    double rate;
};

struct clock {
    pthread_mutex_t mutex; /* guards all below */
    struct clock_setting setting;
    int64_t origin_emulated_ns; /* emulated time at the moment of origin_system_ns */
    int64_t origin_system_ns;
    int64_t last_ns; /* the latest time handed out: emulated time never goes back */
};

/*
 * Parses "real", "frozen", "frozen@2024-07-20T18:23:29Z" or "rate:60". False if it is none of
 * them, in any mix of capitals, or if the rate is not in (0, 1000000].
 */
bool clock_setting_parse(struct text text, struct clock_setting *ret_setting);

/* A mode as people write it: "real", "frozen" or "rate", in any mix of capitals; false if it is
 * none of these. */
bool clock_mode_parse(struct text text, enum clock_mode *ret_mode);
struct text clock_mode_text(enum clock_mode mode);

/* Above 0, and at most 1000000. */
bool clock_rate_is_good(double rate);

void clock_init(struct clock *clock, const struct clock_setting *setting);
void clock_release(struct clock *clock);

/* Emulated time now. Read it once per request and pass it down. Never less than before. */
int64_t clock_now_ns(struct clock *clock);

/*
 * How much real time it takes until the emulated one has come to `emulated_ns`, if nobody moves the
 * clock; 0 if it has, INT64_MAX if it never does.
 */
int64_t clock_real_until(struct clock *clock, int64_t emulated_ns);

/*
 * Moves emulated time forward; the mode stays. False (and no change) if the duration is negative
 * or leads beyond TIME_MAX_NS.
 */
bool clock_advance(struct clock *clock, int64_t duration_ns);

/*
 * Changes all that is named at once. False (and no change) if the time lies before the emulated one
 * or beyond TIME_MAX_NS; `ret_view` is the clock after the change, or as it is.
 *
 * A mode without a time goes on from the emulated time, but CLOCK_MODE_REAL where that is behind
 * the system's: from the system's. CLOCK_MODE_RATE without a rate takes the last one, or 1.
 */
bool clock_change(
    struct clock *clock, const struct clock_change *change, struct clock_view *ret_view);

struct clock_view clock_look(struct clock *clock);

/* A setting with which clock_reset has a clock go on from this moment, as this one does. */
struct clock_setting clock_keep(struct clock *clock);

/* Begins anew, as clock_init does; time may go back. */
void clock_reset(struct clock *clock, const struct clock_setting *setting);

/* The system's time, whatever the emulation: for the log. */
int64_t clock_system_ns(void);

/* Monotonic system time for pacing; unrelated to any date. */
int64_t clock_monotonic_ns(void);

/* Makes a condition variable for clock_wait_until; it is destroyed like any other. */
void clock_init_condition(pthread_cond_t *condition);

/*
 * Waits until the condition is signalled, which may also seem so without cause, or until
 * clock_monotonic_ns has come to `until_ns`: then false. The caller holds the mutex, as for
 * pthread_cond_wait.
 */
bool clock_wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t until_ns);

/* Random bits from the system, for a seed that was not given. */
uint64_t clock_entropy(void);

#endif
