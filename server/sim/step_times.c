#include "server/sim/step_times.h"

#include <math.h>

#include "base/hash.h"
#include "server/sim/instant.h"

/*
 * Recorded step times are drawn in blocks: a block always takes PACE_BLOCK_STEPS times the mean, so
 * that the time of any step is known without adding up all those before it.
 */
enum { PACE_BLOCK_STEPS = 16 };

/* The longest steps exceed the shortest by about this many times what the mean does. */
#define PACE_WEIGHT_MAX 4.0

/* The largest batch that still makes steps longer. */
enum { PACE_BATCH_MAX = 512 };

/* Of steps of a fixed length: the longest wait before the first, and after the last. */
static const int64_t step_times_delay_max_ns = 500 * NS_PER_MS;
static const int64_t step_times_finish_max_ns = NS_PER_SECOND;

/* How long a base model took. All shares are of its mean step. */
struct step_times_pace {
    const char *name;
    int64_t step_ns;       /* mean, of an empty batch ... */
    int64_t example_ns;    /* ... and what each example of the batch adds */
    double shortest_share; /* the shortest step */
    double lead_share;     /* from start to the first snapshot: at least this, */
    double lead_spread;    /* and at most this more */
    int64_t delay_min_ns;  /* from creation to start */
    int64_t delay_max_ns;
    int64_t finish_min_ns; /* from the last snapshot to completion */
    int64_t finish_max_ns;
};

static const struct step_times_pace step_times_paces[TRAINING_CURVE_COUNT] = {
    [TRAINING_CURVE_TEXT_BISON] =
        {
            .name = "text-bison",
            .step_ns = 1000 * NS_PER_MS,
            .example_ns = 102 * NS_PER_MS,
            .shortest_share = 0.86,
            .lead_share = 1.5,
            .lead_spread = 1.2,
            .delay_min_ns = 80 * NS_PER_MS,
            .delay_max_ns = 500 * NS_PER_MS,
            .finish_min_ns = 120 * NS_PER_MS,
            .finish_max_ns = 500 * NS_PER_MS,
        },
    [TRAINING_CURVE_GEMINI_1_0_PRO] =
        {
            .name = "gemini-1.0-pro",
            .step_ns = 2880 * NS_PER_MS,
            .example_ns = 100 * NS_PER_MS,
            .shortest_share = 0.69,
            .lead_share = 0.5,
            .lead_spread = 0.3,
            .delay_min_ns = 300 * NS_PER_MS,
            .delay_max_ns = 2100 * NS_PER_MS,
            .finish_min_ns = 4000 * NS_PER_MS,
            .finish_max_ns = 4800 * NS_PER_MS,
        },
    [TRAINING_CURVE_GEMINI_1_5_FLASH] =
        {
            .name = "gemini-1.5-flash",
            .step_ns = 1940 * NS_PER_MS,
            .example_ns = 100 * NS_PER_MS,
            .shortest_share = 0.8,
            .lead_share = 0.8,
            .lead_spread = 0.8,
            .delay_min_ns = 100 * NS_PER_MS,
            .delay_max_ns = 2100 * NS_PER_MS,
            .finish_min_ns = 300 * NS_PER_MS,
            .finish_max_ns = 3000 * NS_PER_MS,
        },
};

/* Streams of random numbers, so that no two uses share one. These numbers must never change. */
enum step_times_stream {
    STEP_TIMES_DELAY = 101,
    STEP_TIMES_START_DIGITS = 102,
    STEP_TIMES_STEP_DIGITS = 103,
    STEP_TIMES_LEAD = 104,
    STEP_TIMES_PACE = 105,
    STEP_TIMES_FINISH = 106
};

static uint64_t step_times_hash(uint64_t seed, enum step_times_stream stream, int64_t index)
{
    return hash_mix(hash_mix(seed, (uint64_t)stream), (uint64_t)index);
}

static int64_t step_times_draw(int64_t min_ns, int64_t max_ns, uint64_t hash)
{
    return min_ns + (int64_t)(hash_to_unit(hash) * (double)(max_ns - min_ns));
}

bool training_curve_parse(struct text name, enum training_curve *ret_curve)
{
    for (int curve = 0; curve < TRAINING_CURVE_COUNT; curve++) {
        if (text_equals_string(name, step_times_paces[curve].name)) {
            *ret_curve = (enum training_curve)curve;
            return true;
        }
    }
    return false;
}

const char *training_curve_name(enum training_curve curve)
{
    return step_times_paces[curve].name;
}

int64_t training_start_time(
    int64_t create_ns, int64_t step_ns, enum training_curve curve, uint64_t noise_seed)
{
    const struct step_times_pace *pace = &step_times_paces[curve];
    int64_t delay_min_ns = 0;
    int64_t delay_max_ns =
        step_ns / 2 < step_times_delay_max_ns ? step_ns / 2 : step_times_delay_max_ns;
    if (step_ns == TRAINING_STEP_REAL) {
        delay_min_ns = pace->delay_min_ns;
        delay_max_ns = pace->delay_max_ns;
    }
    int64_t delay_ns = step_times_draw(
        delay_min_ns, delay_max_ns, step_times_hash(noise_seed, STEP_TIMES_DELAY, 0));
    return instant_stamp(
        instant_add(create_ns, delay_ns), step_times_hash(noise_seed, STEP_TIMES_START_DIGITS, 0));
}

static int64_t step_times_mean(const struct training_plan *plan)
{
    const struct step_times_pace *pace = &step_times_paces[plan->curve];
    int64_t batch = plan->batch_size < PACE_BATCH_MAX ? plan->batch_size : PACE_BATCH_MAX;
    return pace->step_ns + pace->example_ns * batch;
}

static int64_t step_times_lead(const struct training_plan *plan)
{
    const struct step_times_pace *pace = &step_times_paces[plan->curve];
    double unit = hash_to_unit(step_times_hash(plan->noise_seed, STEP_TIMES_LEAD, 0));
    double share = pace->lead_share + pace->lead_spread * unit;
    return (int64_t)(share * (double)step_times_mean(plan));
}

/*
 * How long the first `count` steps of a block take. Every step takes the shortest time; what is
 * left of the block's fixed length is shared out by exponential weights, so that most steps are
 * short and a few are long, as recorded.
 */
static int64_t step_times_block_part(const struct training_plan *plan, int32_t block, int32_t count)
{
    double mean_ns = (double)step_times_mean(plan);
    double shortest_ns = mean_ns * step_times_paces[plan->curve].shortest_share;
    double before = 0;
    double all = 0;
    for (int32_t i = 0; i < PACE_BLOCK_STEPS; i++) {
        int64_t index = (int64_t)block * PACE_BLOCK_STEPS + i;
        double unit = hash_to_unit(step_times_hash(plan->noise_seed, STEP_TIMES_PACE, index));
        double weight = fmin(-log1p(-unit), PACE_WEIGHT_MAX);
        all += weight;
        before += i < count ? weight : 0;
    }
    double spare_ns = PACE_BLOCK_STEPS * (mean_ns - shortest_ns);
    return (int64_t)(count * shortest_ns + spare_ns * (all > 0 ? before / all : 0));
}

/* When a step of recorded length ends, without its nanosecond digits. */
static int64_t step_times_real(const struct training_plan *plan, int32_t step)
{
    int32_t before = step - 1; /* the lead stands for the first step */
    int32_t block = before / PACE_BLOCK_STEPS;
    int64_t blocks_ns = instant_multiply(step_times_mean(plan) * PACE_BLOCK_STEPS, block);
    int64_t part_ns = step_times_block_part(plan, block, before % PACE_BLOCK_STEPS);
    return instant_add(
        instant_add(plan->start_ns, step_times_lead(plan)), instant_add(blocks_ns, part_ns));
}

uint64_t step_times_digits(const struct training_plan *plan, int32_t step)
{
    return step_times_hash(plan->noise_seed, STEP_TIMES_STEP_DIGITS, step);
}

int64_t step_time(const struct training_plan *plan, int32_t step)
{
    uint64_t hash = step_times_digits(plan, step);
    if (plan->step_ns == TRAINING_STEP_REAL)
        return instant_stamp(step_times_real(plan, step), hash);
    if (plan->step_ns >= NS_PER_US) {
        int64_t elapsed_ns = instant_multiply(plan->step_ns, step);
        return instant_stamp(instant_add(plan->start_ns, elapsed_ns), hash);
    }
    if (plan->step_ns > 0)
        return instant_after_ticks(plan->start_ns, plan->step_ns * step);
    return instant_after_ticks(plan->start_ns, step < INSTANT_TICKS_MAX ? step : INSTANT_TICKS_MAX);
}

int64_t step_times_finish(const struct training_plan *plan)
{
    int64_t min_ns = plan->step_ns / 16 < step_times_finish_max_ns / 2
                         ? plan->step_ns / 16
                         : step_times_finish_max_ns / 2;
    int64_t max_ns = 2 * min_ns;
    if (plan->step_ns == TRAINING_STEP_REAL) {
        min_ns = step_times_paces[plan->curve].finish_min_ns;
        max_ns = step_times_paces[plan->curve].finish_max_ns;
    }
    return step_times_draw(min_ns, max_ns, step_times_hash(plan->noise_seed, STEP_TIMES_FINISH, 0));
}

void step_times_narrow(
    const struct training_plan *plan, int64_t now_ns, int32_t *done, int32_t *open)
{
    int64_t elapsed_ns =
        instant_subtract(now_ns, instant_add(plan->start_ns, step_times_lead(plan)));
    int64_t block = elapsed_ns < 0 ? 0 : elapsed_ns / (step_times_mean(plan) * PACE_BLOCK_STEPS);
    int64_t first = instant_multiply(block, PACE_BLOCK_STEPS);
    if (first > *done)
        *done = first < *open ? (int32_t)first : *open;
    if (first < *open - PACE_BLOCK_STEPS - 1)
        *open = (int32_t)first + PACE_BLOCK_STEPS + 1;
    if (*open < *done)
        *open = *done;
}
