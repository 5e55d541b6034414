#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/array.h"
#include "base/timefmt.h"

#define CLOCK_RATE_MAX 1000000.0

/* More digits than any rate in the allowed range needs. */
enum { CLOCK_RATE_TEXT_MAX = 32 };

static _Noreturn void clock_fail(const char *what)
{
    perror(what);
    abort();
}

static int64_t clock_read_ns(clockid_t id)
{
    struct timespec now;
    if (clock_gettime(id, &now) != 0)
        clock_fail("tunemock: cannot read the system's clock");
    return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

int64_t clock_system_ns(void)
{
    return clock_read_ns(CLOCK_REALTIME);
}

int64_t clock_monotonic_ns(void)
{
    return clock_read_ns(CLOCK_MONOTONIC);
}

void clock_init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

bool clock_wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t until_ns)
{
    struct timespec until = {
        .tv_sec = (time_t)(until_ns / NS_PER_SECOND),
        .tv_nsec = (long)(until_ns % NS_PER_SECOND),
    };
    return pthread_cond_timedwait(condition, mutex, &until) == 0;
}

uint64_t clock_entropy(void)
{
    uint64_t bits;
    /* So few bytes are never cut short nor interrupted once the pool is filled (getrandom(2)). */
    if (getrandom(&bits, sizeof(bits), 0) != (ssize_t)sizeof(bits))
        clock_fail("tunemock: cannot get random bits");
    return bits;
}

static const struct text clock_mode_names[] = {
    [CLOCK_MODE_REAL] = TEXT_INIT("real"),
    [CLOCK_MODE_FROZEN] = TEXT_INIT("frozen"),
    [CLOCK_MODE_RATE] = TEXT_INIT("rate"),
};

bool clock_mode_parse(struct text text, enum clock_mode *ret_mode)
{
    size_t mode = text_find_word(text, clock_mode_names, ARRAY_COUNT(clock_mode_names));
    if (mode == ARRAY_COUNT(clock_mode_names))
        return false;
    *ret_mode = (enum clock_mode)mode;
    return true;
}

struct text clock_mode_text(enum clock_mode mode)
{
    return clock_mode_names[mode];
}

bool clock_rate_is_good(double rate)
{
    return rate > 0 && rate <= CLOCK_RATE_MAX;
}

/* Digits with at most one point: strtod alone would also take spaces, signs, "inf" and "0x1p3". */
static bool clock_parse_rate(struct text text, double *ret_rate)
{
    char digits[CLOCK_RATE_TEXT_MAX];
    if (text.len == 0 || text.len >= sizeof(digits))
        return false;
    memcpy(digits, text.bytes, text.len);
    digits[text.len] = '\0';
    if (strspn(digits, "0123456789.") != text.len)
        return false;
    char *end;
    double rate = strtod(digits, &end);
    if (*end != '\0' || !clock_rate_is_good(rate))
        return false;
    *ret_rate = rate;
    return true;
}

bool clock_setting_parse(struct text text, struct clock_setting *ret_setting)
{
    static const struct text frozen_at = TEXT_INIT("frozen@");
    static const struct text rate_of = TEXT_INIT("rate:");
    struct clock_setting setting = {.mode = CLOCK_MODE_REAL, .rate = 1};
    if (text_equals_ignoring_case(text, TEXT("frozen"))) {
        setting.mode = CLOCK_MODE_FROZEN;
    } else if (text_equals_ignoring_case(text_slice(text, 0, frozen_at.len), frozen_at)) {
        setting.mode = CLOCK_MODE_FROZEN;
        setting.has_start = true;
        if (!time_parse(text_slice(text, frozen_at.len, text.len), &setting.start_ns))
            return false;
    } else if (text_equals_ignoring_case(text_slice(text, 0, rate_of.len), rate_of)) {
        setting.mode = CLOCK_MODE_RATE;
        if (!clock_parse_rate(text_slice(text, rate_of.len, text.len), &setting.rate))
            return false;
    } else if (!text_equals_ignoring_case(text, TEXT("real"))) {
        return false;
    }
    *ret_setting = setting;
    return true;
}

/* Lets emulated time go on from `time_ns`. */
static void clock_set_origin(struct clock *clock, int64_t time_ns, int64_t system_ns)
{
    clock->origin_emulated_ns = time_ns;
    clock->origin_system_ns = system_ns;
    clock->last_ns = time_ns;
}

static void clock_begin(struct clock *clock, const struct clock_setting *setting)
{
    int64_t system_ns = clock_system_ns();
    clock->setting = *setting;
    if (!clock_rate_is_good(setting->rate))
        clock->setting.rate = 1;
    clock_set_origin(clock, setting->has_start ? setting->start_ns : system_ns, system_ns);
}

void clock_init(struct clock *clock, const struct clock_setting *setting)
{
    *clock = (struct clock){.mutex = PTHREAD_MUTEX_INITIALIZER};
    clock_begin(clock, setting);
}

void clock_release(struct clock *clock)
{
    pthread_mutex_destroy(&clock->mutex);
}

/* How far emulated time has come since its origin. */
static int64_t clock_elapsed_ns(const struct clock *clock, int64_t system_ns)
{
    int64_t elapsed_ns = system_ns - clock->origin_system_ns;
    if (elapsed_ns < 0)
        return 0; /* set back before the origin: nothing to scale, and out of range if scaled */
    switch (clock->setting.mode) {
    case CLOCK_MODE_REAL:
        return elapsed_ns;
    case CLOCK_MODE_FROZEN:
        return 0;
    case CLOCK_MODE_RATE:
        break;
    }
    double scaled_ns = (double)elapsed_ns * clock->setting.rate;
    return scaled_ns < (double)TIME_MAX_NS ? (int64_t)scaled_ns : TIME_MAX_NS;
}

/* The caller holds the mutex. */
static int64_t clock_read(struct clock *clock, int64_t system_ns)
{
    int64_t now_ns;
    int64_t elapsed_ns = clock_elapsed_ns(clock, system_ns);
    if (__builtin_add_overflow(clock->origin_emulated_ns, elapsed_ns, &now_ns) ||
        now_ns > TIME_MAX_NS)
        now_ns = TIME_MAX_NS;
    /* The system's clock may be set back; emulated time waits until it is overtaken. */
    if (now_ns > clock->last_ns)
        clock->last_ns = now_ns;
    return clock->last_ns;
}

int64_t clock_now_ns(struct clock *clock)
{
    pthread_mutex_lock(&clock->mutex);
    int64_t now_ns = clock_read(clock, clock_system_ns());
    pthread_mutex_unlock(&clock->mutex);
    return now_ns;
}

int64_t clock_real_until(struct clock *clock, int64_t emulated_ns)
{
    pthread_mutex_lock(&clock->mutex);
    struct clock_setting setting = clock->setting;
    int64_t left_ns = emulated_ns - clock_read(clock, clock_system_ns());
    pthread_mutex_unlock(&clock->mutex);
    if (left_ns <= 0 || setting.mode == CLOCK_MODE_REAL)
        return left_ns > 0 ? left_ns : 0;
    if (setting.mode == CLOCK_MODE_FROZEN)
        return INT64_MAX;
    double real_ns = ceil((double)left_ns / setting.rate);
    return real_ns < (double)INT64_MAX ? (int64_t)real_ns : INT64_MAX;
}

bool clock_advance(struct clock *clock, int64_t duration_ns)
{
    pthread_mutex_lock(&clock->mutex);
    int64_t system_ns = clock_system_ns();
    int64_t now_ns = clock_read(clock, system_ns);
    bool is_allowed = duration_ns >= 0 && duration_ns <= TIME_MAX_NS - now_ns;
    if (is_allowed)
        clock_set_origin(clock, now_ns + duration_ns, system_ns);
    pthread_mutex_unlock(&clock->mutex);
    return is_allowed;
}

static struct clock_view clock_view(const struct clock *clock, int64_t now_ns)
{
    const struct clock_setting *setting = &clock->setting;
    double rate = setting->mode == CLOCK_MODE_RATE ? setting->rate : 1;
    return (struct clock_view){.mode = setting->mode, .rate = rate, .now_ns = now_ns};
}

/* From when a changed clock goes on. */
static int64_t clock_change_start(
    const struct clock_change *change, int64_t now_ns, int64_t system_ns)
{
    if (change->has_time)
        return change->time_ns;
    bool is_behind = change->has_mode && change->mode == CLOCK_MODE_REAL && now_ns < system_ns;
    return is_behind && system_ns <= TIME_MAX_NS ? system_ns : now_ns;
}

bool clock_change(
    struct clock *clock, const struct clock_change *change, struct clock_view *ret_view)
{
    pthread_mutex_lock(&clock->mutex);
    int64_t system_ns = clock_system_ns();
    int64_t now_ns = clock_read(clock, system_ns);
    int64_t start_ns = clock_change_start(change, now_ns, system_ns);
    bool is_allowed = start_ns >= now_ns && start_ns <= TIME_MAX_NS;
    if (is_allowed && change->has_mode)
        clock->setting.mode = change->mode;
    if (is_allowed && change->has_rate)
        clock->setting.rate = change->rate;
    if (is_allowed)
        clock_set_origin(clock, start_ns, system_ns);
    *ret_view = clock_view(clock, clock->last_ns);
    pthread_mutex_unlock(&clock->mutex);
    return is_allowed;
}

struct clock_view clock_look(struct clock *clock)
{
    pthread_mutex_lock(&clock->mutex);
    struct clock_view view = clock_view(clock, clock_read(clock, clock_system_ns()));
    pthread_mutex_unlock(&clock->mutex);
    return view;
}

struct clock_setting clock_keep(struct clock *clock)
{
    pthread_mutex_lock(&clock->mutex);
    struct clock_setting kept = clock->setting;
    kept.has_start = true;
    kept.start_ns = clock_read(clock, clock_system_ns());
    pthread_mutex_unlock(&clock->mutex);
    return kept;
}

void clock_reset(struct clock *clock, const struct clock_setting *setting)
{
    pthread_mutex_lock(&clock->mutex);
    clock_begin(clock, setting);
    pthread_mutex_unlock(&clock->mutex);
}
