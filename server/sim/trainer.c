#include "server/sim/trainer.h"

#include <assert.h>
#include <math.h>

#include "base/hash.h"
#include "base/timefmt.h"
#include "server/sim/curves.h"

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
static const int64_t fixed_delay_max_ns = 500 * NS_PER_MS;
static const int64_t fixed_finish_max_ns = NS_PER_SECOND;

/* Steps at one moment are told apart by nanoseconds, until these have grown to a millisecond. */
static const int64_t instant_ticks_max = 999999;

/* How long a base model took. All shares are of its mean step. */
struct trainer_pace {
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

static const struct trainer_pace trainer_paces[TRAINING_CURVE_COUNT] = {
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
enum trainer_stream {
    TRAINER_STREAM_DELAY = 101,
    TRAINER_STREAM_START_DIGITS = 102,
    TRAINER_STREAM_STEP_DIGITS = 103,
    TRAINER_STREAM_LEAD = 104,
    TRAINER_STREAM_PACE = 105,
    TRAINER_STREAM_FINISH = 106
};

static uint64_t trainer_hash(uint64_t seed, enum trainer_stream stream, int64_t index)
{
    return hash_mix(hash_mix(seed, (uint64_t)stream), (uint64_t)index);
}

/* Sums and products of times stop at INT64_MAX, which is never reached: such steps never happen. */
static int64_t trainer_add(int64_t time_ns, int64_t duration_ns)
{
    int64_t sum = 0;
    return __builtin_add_overflow(time_ns, duration_ns, &sum) ? INT64_MAX : sum;
}

static int64_t trainer_multiply(int64_t duration_ns, int64_t count)
{
    int64_t product = 0;
    return __builtin_mul_overflow(duration_ns, count, &product) ? INT64_MAX : product;
}

/* The whole microsecond at or before a time. */
static int64_t trainer_floor(int64_t time_ns)
{
    int64_t digits = time_ns % NS_PER_US;
    return time_ns - (digits < 0 ? digits + NS_PER_US : digits);
}

/* The whole microsecond at or after a time. */
static int64_t trainer_ceil(int64_t time_ns)
{
    int64_t floor_ns = trainer_floor(time_ns);
    return floor_ns == time_ns ? time_ns : trainer_add(floor_ns, NS_PER_US);
}

/* The microsecond of a time, with nanosecond digits of 1 to 999 from the hash. */
static int64_t trainer_stamp(int64_t time_ns, uint64_t hash)
{
    if (time_ns > INT64_MAX - NS_PER_US)
        return INT64_MAX;
    return trainer_floor(time_ns) + 1 + (int64_t)(hash % (uint64_t)(NS_PER_US - 1));
}

/* The time `ticks` nanoseconds after `time_ns`, leaving out those with nanosecond digits of 0. */
static int64_t trainer_after_ticks(int64_t time_ns, int64_t ticks)
{
    int64_t floor_ns = trainer_floor(time_ns);
    int64_t index = trainer_add(time_ns - floor_ns - 1, ticks);
    int64_t whole_ns = trainer_multiply(index / (NS_PER_US - 1), NS_PER_US);
    return trainer_add(trainer_add(floor_ns, whole_ns), index % (NS_PER_US - 1) + 1);
}

static int64_t trainer_draw(int64_t min_ns, int64_t max_ns, uint64_t hash)
{
    return min_ns + (int64_t)(hash_to_unit(hash) * (double)(max_ns - min_ns));
}

bool training_curve_parse(struct text name, enum training_curve *ret_curve)
{
    for (int curve = 0; curve < TRAINING_CURVE_COUNT; curve++) {
        if (text_equals_string(name, trainer_paces[curve].name)) {
            *ret_curve = (enum training_curve)curve;
            return true;
        }
    }
    return false;
}

const char *training_curve_name(enum training_curve curve)
{
    return trainer_paces[curve].name;
}

int32_t training_total_steps(int64_t example_count, int32_t epoch_count, int32_t batch_size)
{
    assert(epoch_count >= 1 && batch_size >= 1);
    if (example_count <= 0)
        return epoch_count;
    int64_t seen = trainer_multiply(example_count, epoch_count);
    int64_t steps = seen / batch_size + (seen % batch_size != 0);
    return steps > INT32_MAX ? INT32_MAX : (int32_t)steps;
}

bool training_plan_is_valid(const struct training_plan *plan)
{
    bool has_numbers = plan->curve < TRAINING_CURVE_COUNT && plan->example_count >= 0 &&
                       plan->batch_size >= 1 && plan->epoch_count >= 1 && plan->learning_rate > 0 &&
                       isfinite(plan->learning_rate);
    bool has_times = plan->start_ns >= TIME_MIN_NS && plan->step_ns >= TRAINING_STEP_REAL &&
                     (plan->end == TRAINING_END_NONE || plan->end_ns >= TIME_MIN_NS);
    return has_numbers && has_times && plan->end <= TRAINING_END_COMPLETED &&
           plan->total_steps ==
               training_total_steps(plan->example_count, plan->epoch_count, plan->batch_size);
}

int32_t training_epoch_of_step(const struct training_plan *plan, int32_t step)
{
    int64_t pass = curves_pass_of_step(plan, step);
    return pass > plan->epoch_count ? plan->epoch_count : (int32_t)pass;
}

int64_t training_start_time(
    int64_t create_ns, int64_t step_ns, enum training_curve curve, uint64_t noise_seed)
{
    const struct trainer_pace *pace = &trainer_paces[curve];
    int64_t delay_min_ns = 0;
    int64_t delay_max_ns = step_ns / 2 < fixed_delay_max_ns ? step_ns / 2 : fixed_delay_max_ns;
    if (step_ns == TRAINING_STEP_REAL) {
        delay_min_ns = pace->delay_min_ns;
        delay_max_ns = pace->delay_max_ns;
    }
    int64_t delay_ns =
        trainer_draw(delay_min_ns, delay_max_ns, trainer_hash(noise_seed, TRAINER_STREAM_DELAY, 0));
    return trainer_stamp(
        trainer_add(create_ns, delay_ns), trainer_hash(noise_seed, TRAINER_STREAM_START_DIGITS, 0));
}

static int64_t trainer_mean_step(const struct training_plan *plan)
{
    const struct trainer_pace *pace = &trainer_paces[plan->curve];
    int64_t batch = plan->batch_size < PACE_BATCH_MAX ? plan->batch_size : PACE_BATCH_MAX;
    return pace->step_ns + pace->example_ns * batch;
}

static int64_t trainer_lead(const struct training_plan *plan)
{
    const struct trainer_pace *pace = &trainer_paces[plan->curve];
    double unit = hash_to_unit(trainer_hash(plan->noise_seed, TRAINER_STREAM_LEAD, 0));
    double share = pace->lead_share + pace->lead_spread * unit;
    return (int64_t)(share * (double)trainer_mean_step(plan));
}

/*
 * How long the first `count` steps of a block take. Every step takes the shortest time; what is
 * left of the block's fixed length is shared out by exponential weights, so that most steps are
 * short and a few are long, as recorded.
 */
static int64_t trainer_block_part(const struct training_plan *plan, int32_t block, int32_t count)
{
    double mean_ns = (double)trainer_mean_step(plan);
    double shortest_ns = mean_ns * trainer_paces[plan->curve].shortest_share;
    double before = 0;
    double all = 0;
    for (int32_t i = 0; i < PACE_BLOCK_STEPS; i++) {
        int64_t index = (int64_t)block * PACE_BLOCK_STEPS + i;
        double unit = hash_to_unit(trainer_hash(plan->noise_seed, TRAINER_STREAM_PACE, index));
        double weight = fmin(-log1p(-unit), PACE_WEIGHT_MAX);
        all += weight;
        before += i < count ? weight : 0;
    }
    double spare_ns = PACE_BLOCK_STEPS * (mean_ns - shortest_ns);
    return (int64_t)(count * shortest_ns + spare_ns * (all > 0 ? before / all : 0));
}

/* When a step of recorded length ends, without its nanosecond digits. */
static int64_t trainer_real_time(const struct training_plan *plan, int32_t step)
{
    int32_t before = step - 1; /* the lead stands for the first step */
    int32_t block = before / PACE_BLOCK_STEPS;
    int64_t blocks_ns = trainer_multiply(trainer_mean_step(plan) * PACE_BLOCK_STEPS, block);
    int64_t part_ns = trainer_block_part(plan, block, before % PACE_BLOCK_STEPS);
    return trainer_add(
        trainer_add(plan->start_ns, trainer_lead(plan)), trainer_add(blocks_ns, part_ns));
}

/* When a step ends if nothing cuts training short. Rises with every step. */
static int64_t trainer_natural_time(const struct training_plan *plan, int32_t step)
{
    uint64_t hash = trainer_hash(plan->noise_seed, TRAINER_STREAM_STEP_DIGITS, step);
    if (plan->step_ns == TRAINING_STEP_REAL)
        return trainer_stamp(trainer_real_time(plan, step), hash);
    if (plan->step_ns >= NS_PER_US) {
        int64_t elapsed_ns = trainer_multiply(plan->step_ns, step);
        return trainer_stamp(trainer_add(plan->start_ns, elapsed_ns), hash);
    }
    if (plan->step_ns > 0)
        return trainer_after_ticks(plan->start_ns, plan->step_ns * step);
    return trainer_after_ticks(plan->start_ns, step < instant_ticks_max ? step : instant_ticks_max);
}

static int64_t trainer_natural_complete(const struct training_plan *plan)
{
    int64_t min_ns =
        plan->step_ns / 16 < fixed_finish_max_ns / 2 ? plan->step_ns / 16 : fixed_finish_max_ns / 2;
    int64_t max_ns = 2 * min_ns;
    if (plan->step_ns == TRAINING_STEP_REAL) {
        min_ns = trainer_paces[plan->curve].finish_min_ns;
        max_ns = trainer_paces[plan->curve].finish_max_ns;
    }
    uint64_t hash = trainer_hash(plan->noise_seed, TRAINER_STREAM_FINISH, 0);
    int64_t last_ns = trainer_natural_time(plan, plan->total_steps);
    return trainer_ceil(trainer_add(last_ns, trainer_draw(min_ns, max_ns, hash)));
}

/*
 * The moment of a time that has nanosecond digits: these are below what the clock resolves, and
 * what is planned for a microsecond happens at its beginning.
 */
static int64_t trainer_moment(int64_t time_ns)
{
    return time_ns == INT64_MAX ? INT64_MAX : trainer_floor(time_ns);
}

/* When training ends if nothing cuts it short. Instant training does not wait for its ticks. */
static int64_t trainer_natural_end(const struct training_plan *plan)
{
    return plan->step_ns == 0 ? trainer_moment(plan->start_ns) : trainer_natural_complete(plan);
}

/* Cancelling, failing or completing what has ended already changes nothing. */
static bool trainer_is_cut_short(const struct training_plan *plan)
{
    return plan->end != TRAINING_END_NONE && plan->end_ns < trainer_natural_end(plan);
}

static bool trainer_has_happened(const struct training_plan *plan, int32_t step, int64_t now_ns)
{
    int64_t time_ns = plan->step_ns == 0 ? plan->start_ns : trainer_natural_time(plan, step);
    return time_ns != INT64_MAX && trainer_moment(time_ns) <= now_ns;
}

/*
 * Narrows the steps done by now to the two ends of a block of recorded step times. One more may
 * be done than fits into the block, as moments are whole microseconds.
 */
static void trainer_find_block(
    const struct training_plan *plan, int64_t now_ns, int32_t *done, int32_t *open)
{
    /* The years between can be more than fit. */
    int64_t elapsed_ns = 0;
    if (__builtin_sub_overflow(
            now_ns, trainer_add(plan->start_ns, trainer_lead(plan)), &elapsed_ns))
        elapsed_ns = now_ns < plan->start_ns ? INT64_MIN : INT64_MAX;
    int64_t block = elapsed_ns < 0 ? 0 : elapsed_ns / (trainer_mean_step(plan) * PACE_BLOCK_STEPS);
    int64_t first = trainer_multiply(block, PACE_BLOCK_STEPS);
    *done = first < *open ? (int32_t)first : *open;
    if (first < *open - PACE_BLOCK_STEPS - 1)
        *open = (int32_t)first + PACE_BLOCK_STEPS + 1;
}

/* How many steps have happened by now if nothing cut training short; by bisection. */
static int32_t trainer_natural_steps(const struct training_plan *plan, int64_t now_ns)
{
    int32_t done = 0;
    int32_t open = plan->total_steps; /* the answer is in [done, open] */
    if (now_ns < trainer_moment(plan->start_ns))
        return 0;
    if (plan->step_ns == TRAINING_STEP_REAL)
        trainer_find_block(plan, now_ns, &done, &open);
    while (done < open) {
        int32_t middle = open - (open - done) / 2;
        if (trainer_has_happened(plan, middle, now_ns))
            done = middle;
        else
            open = middle - 1;
    }
    return done;
}

/*
 * When a step happens that was still to come when training was forced to complete: a microsecond
 * apart and just before that, or nanoseconds apart if there is no room for this.
 */
static int64_t trainer_forced_time(
    const struct training_plan *plan, int32_t step, int32_t natural_steps)
{
    int64_t last_ns =
        natural_steps > 0 ? trainer_natural_time(plan, natural_steps) : plan->start_ns;
    int64_t forced_count = plan->total_steps - natural_steps;
    int64_t left_count = plan->total_steps - step;
    uint64_t hash = trainer_hash(plan->noise_seed, TRAINER_STREAM_STEP_DIGITS, step);
    if (plan->end_ns > trainer_add(last_ns, (forced_count + 1) * NS_PER_US))
        return trainer_stamp(plan->end_ns - (left_count + 1) * NS_PER_US, hash);
    int64_t ticks = step - natural_steps;
    return trainer_after_ticks(last_ns, ticks < instant_ticks_max ? ticks : instant_ticks_max);
}

/* completeTime of a training that was cut short: end_ns, but never before its last snapshot. */
static int64_t trainer_cut_complete(const struct training_plan *plan, int32_t completed_steps)
{
    int64_t end_ns = trainer_floor(plan->end_ns);
    if (completed_steps == 0)
        return end_ns;
    int64_t last_ns = trainer_ceil(training_snapshot_at(plan, completed_steps).compute_ns);
    return last_ns > end_ns ? last_ns : end_ns;
}

static struct training_progress trainer_cut_progress(const struct training_plan *plan)
{
    bool is_forced = plan->end == TRAINING_END_COMPLETED;
    int32_t completed_steps =
        is_forced ? plan->total_steps : trainer_natural_steps(plan, plan->end_ns);
    return (struct training_progress){
        .completed_steps = completed_steps,
        .is_started = is_forced || trainer_moment(plan->start_ns) <= plan->end_ns,
        .is_ended = true,
        .complete_ns = trainer_cut_complete(plan, completed_steps),
        .next_ns = INT64_MAX,
    };
}

struct training_progress train_at(const struct training_plan *plan, int64_t now_ns)
{
    assert(plan->total_steps >= 1 && plan->batch_size >= 1 && plan->epoch_count >= 1);
    assert(plan->step_ns >= TRAINING_STEP_REAL);
    int64_t start_ns = trainer_moment(plan->start_ns);
    int64_t end_ns = trainer_natural_end(plan);
    bool is_cut_short = trainer_is_cut_short(plan);
    if (is_cut_short && now_ns >= plan->end_ns)
        return trainer_cut_progress(plan);
    struct training_progress progress = {.next_ns = INT64_MAX};
    progress.completed_steps = trainer_natural_steps(plan, now_ns);
    progress.is_started = start_ns <= now_ns;
    progress.is_ended = end_ns != INT64_MAX && end_ns <= now_ns;
    if (progress.is_ended) {
        progress.complete_ns = trainer_natural_complete(plan);
        return progress;
    }
    progress.next_ns = end_ns;
    if (progress.completed_steps < plan->total_steps && plan->step_ns != 0)
        progress.next_ns = trainer_moment(trainer_natural_time(plan, progress.completed_steps + 1));
    if (!progress.is_started)
        progress.next_ns = start_ns;
    if (is_cut_short && plan->end_ns < progress.next_ns)
        progress.next_ns = plan->end_ns;
    return progress;
}

struct training_snapshot training_snapshot_at(const struct training_plan *plan, int32_t step)
{
    assert(step >= 1 && step <= plan->total_steps);
    struct training_snapshot snapshot = {
        .step = step,
        .epoch = training_epoch_of_step(plan, step),
        .mean_loss = (float)curves_loss(plan, step),
    };
    if (plan->end == TRAINING_END_COMPLETED && trainer_is_cut_short(plan)) {
        int32_t natural_steps = trainer_natural_steps(plan, plan->end_ns);
        if (step > natural_steps) {
            snapshot.compute_ns = trainer_forced_time(plan, step, natural_steps);
            return snapshot;
        }
    }
    snapshot.compute_ns = trainer_natural_time(plan, step);
    return snapshot;
}
