#include "server/sim/curves.h"

#include <assert.h>
#include <math.h>

#include "base/hash.h"

/* The setting of most recordings: here drive counts plain steps. */
#define REFERENCE_RATE 0.001
#define REFERENCE_BATCH 4.0

/* Bounds of the learning rate over the reference; beyond, nothing changes any more. */
#define RATE_RATIO_MIN 1e-6
#define RATE_RATIO_MAX 1e6

/*
 * The speed of decay saturates with the learning rate: text-bison decays less than twice as fast
 * at 0.02 as at 0.001, while its plateau is twenty times shorter.
 */
#define DECAY_HALF_RATE 0.6
/* The rise of step 2, after one update at full rate, saturates likewise. */
#define OVERSHOOT_HALF_RATE 5.0

/* The initial loss is recorded for batches up to 4 and, far higher, for 16. */
#define INITIAL_GROWTH_BATCH_MIN 4.0
#define INITIAL_GROWTH_BATCH_MAX 16.0

/* Half-widths of uniform relative noise. */
#define DATA_SPREAD 0.02 /* how far data move the whole curve */
#define STEP_SPREAD 0.03 /* per step, the same for every run on the same data */
#define SEED_SPREAD 0.02 /* per step and run */
/* What an unstable learning rate adds to STEP_SPREAD. */
#define UNSTABLE_SPREAD 0.4

/* Widest batch noise: losses of one pass then differ by at most exp(5). */
#define BATCH_NOISE_MAX 2.5
/* Batch noise that an unstable learning rate adds. */
#define UNSTABLE_NOISE 1.5

/* Rounds after which the order of batches shows no pattern. */
enum { ORDER_ROUNDS = 4 };

/* How fast a spike goes away, per pass. */
#define SPIKE_FADE 3.45

/* Below this some losses are the rounding error of a sum that cancelled. */
#define NEAR_ZERO_LOSS 1e-3
#define NEAR_ZERO_NEGATIVE_SHARE 0.01
#define NEAR_ZERO_NEGATIVE_LOSS 1e-6

struct curves_dynamics {
    int32_t first_epoch;   /* the number of the first pass */
    double initial_loss;   /* of step 1, batches up to 4 */
    double initial_growth; /* its relative rise per doubling of the batch from 4 to 16 */
    double overshoot;      /* relative rise of step 2 at a very high learning rate */

    /* Three parts of the task: what is learned at once (the form of the answers), what is left
     * over for long, and the rest, which waits on a plateau and then decays exponentially. */
    double easy_share;
    double easy_length; /* drive in which the easy part shrinks by e */
    double rest_share;
    double rest_length;    /* drive after which the left-over part falls by a power law */
    double plateau_length; /* drive */
    double plateau_bend;   /* how sharply the plateau ends: 2 is gentle */
    double decay_rate;     /* per unit of drive, late, at the reference rate */

    /* Averaging over more examples makes a step count for more, with diminishing returns: drive per
     * step grows with this power of the batch size. */
    double batch_power;

    double batch_noise;  /* of one example, as the half-width of the logarithm of its loss */
    double noise_growth; /* relative, per e-fold of decay: small losses scatter more */

    double unstable_rate; /* learning rate at which half of every update is wasted */

    /* After convergence some optimisers blow up now and then and recover. */
    int spike_count;
    double spike_first; /* passes over the data */
    double spike_period;
    double spike_loss;
};

static const struct curves_dynamics curves_table[TRAINING_CURVE_COUNT] = {
    [TRAINING_CURVE_TEXT_BISON] =
        {
            .first_epoch = 0,
            .initial_loss = 7.3,
            .initial_growth = 0.637,
            .overshoot = 0.35,
            .easy_share = 0.37,
            .easy_length = 15,
            .rest_share = 0.006,
            .rest_length = 60,
            .plateau_length = 49,
            .plateau_bend = 4,
            .decay_rate = 0.129,
            .batch_power = 0.5,
            .batch_noise = 0.64,
            .noise_growth = 0.5,
            .unstable_rate = 0.3,
        },
    [TRAINING_CURVE_GEMINI_1_0_PRO] =
        {
            .first_epoch = 0,
            .initial_loss = 11.5,
            .initial_growth = 0,
            .overshoot = 1.5,
            .easy_share = 0.12,
            .easy_length = 1.3,
            .rest_share = 0.0003,
            .rest_length = 26,
            .plateau_length = 20.8,
            .plateau_bend = 2,
            .decay_rate = 0.288,
            .batch_power = 0.12,
            .batch_noise = 0.6,
            .noise_growth = 0.5,
            .unstable_rate = 0.05,
        },
    [TRAINING_CURVE_GEMINI_1_5_FLASH] =
        {
            .first_epoch = 1,
            .initial_loss = 10.2,
            .initial_growth = 0,
            .overshoot = 0.6,
            .easy_share = 0.03,
            .easy_length = 3,
            .rest_share = 0.001,
            .rest_length = 10,
            .plateau_length = 2.6,
            .plateau_bend = 2,
            .decay_rate = 0.458,
            .batch_power = 0.12,
            .batch_noise = 0.7,
            .noise_growth = 0.5,
            .unstable_rate = 0.02,
            .spike_count = 2,
            .spike_first = 6,
            .spike_period = 2.93,
            .spike_loss = 5.9,
        },
};

/* Streams of random numbers, so that no two uses share one. These numbers must never change. */
enum curves_stream {
    CURVES_STREAM_DATA = 1,
    CURVES_STREAM_STEP = 2,
    CURVES_STREAM_SEED = 3,
    CURVES_STREAM_ORDER = 4,
    CURVES_STREAM_NEAR_ZERO = 5
};

static uint64_t curves_hash(uint64_t stream_key, int64_t index)
{
    return hash_mix(stream_key, (uint64_t)index);
}

/* 1 give or take up to `spread`. */
static double curves_factor(double spread, uint64_t hash)
{
    return 1 + spread * (2 * hash_to_unit(hash) - 1);
}

/* Examples per pass; without data a pass is one step. */
static int64_t curves_pass_examples(const struct training_plan *plan)
{
    return plan->example_count > 0 ? plan->example_count : plan->batch_size;
}

int64_t curves_pass_of_step(const struct training_plan *plan, int32_t step)
{
    int64_t examples = curves_pass_examples(plan);
    int64_t seen = (int64_t)step * plan->batch_size;
    if (curves_table[plan->curve].first_epoch == 0)
        return seen / examples;
    return (seen + examples - 1) / examples;
}

static int64_t curves_first_step_of_pass(const struct training_plan *plan, int64_t pass)
{
    int64_t examples = curves_pass_examples(plan);
    if (curves_table[plan->curve].first_epoch == 1)
        return (pass - 1) * examples / plan->batch_size + 1;
    if (pass == 0)
        return 1;
    return (pass * examples + plan->batch_size - 1) / plan->batch_size;
}

static double curves_initial_loss(
    const struct curves_dynamics *dynamics, uint64_t data_key, double batch_size)
{
    double batch = fmin(fmax(batch_size, INITIAL_GROWTH_BATCH_MIN), INITIAL_GROWTH_BATCH_MAX);
    double doublings = log2(batch / INITIAL_GROWTH_BATCH_MIN);
    uint64_t hash = curves_hash(hash_mix(data_key, CURVES_STREAM_DATA), 0);
    return dynamics->initial_loss * (1 + dynamics->initial_growth * doublings) *
           curves_factor(DATA_SPREAD, hash);
}

struct curves curves_prepare(const struct training_plan *plan)
{
    const struct curves_dynamics *dynamics = &curves_table[plan->curve];
    uint64_t base_key = hash_mix(plan->data_hash, (uint64_t)plan->curve);
    uint64_t data_key = hash_mix(base_key, (uint64_t)plan->batch_size);
    double rate = plan->learning_rate / REFERENCE_RATE;
    double excess = plan->learning_rate / dynamics->unstable_rate;
    rate = fmin(fmax(rate, RATE_RATIO_MIN), RATE_RATIO_MAX);
    excess = fmin(excess, RATE_RATIO_MAX);
    double examples = (double)curves_pass_examples(plan);
    double unseen_share = fmax(0, 1 - plan->batch_size / examples);
    double plateau = dynamics->plateau_length / rate;
    double speed = dynamics->decay_rate * (1 + DECAY_HALF_RATE) * rate / (rate + DECAY_HALF_RATE);
    return (struct curves){
        .plan = plan,
        .dynamics = dynamics,
        .rate = rate,
        .batch_scale = pow(plan->batch_size / REFERENCE_BATCH, dynamics->batch_power),
        .instability = excess * excess / (1 + excess * excess),
        .initial_loss = curves_initial_loss(dynamics, data_key, plan->batch_size),
        .plateau = plateau,
        .plateau_decay = speed * plateau,
        .batch_width = sqrt(unseen_share / plan->batch_size),
        .examples = examples,
        .order_key = hash_mix(data_key, CURVES_STREAM_ORDER),
        .step_key = hash_mix(data_key, CURVES_STREAM_STEP),
        .near_zero_key = hash_mix(data_key, CURVES_STREAM_NEAR_ZERO),
        .seed_key = hash_mix(plan->noise_seed, CURVES_STREAM_SEED),
    };
}

/*
 * How many e-folds the main part has decayed: nothing on the plateau, whose length is inverse to
 * the learning rate, then in proportion to the steps.
 */
static double curves_decay(const struct curves *curves, double batch_steps)
{
    double bend = curves->dynamics->plateau_bend;
    double bent = pow(batch_steps / curves->plateau, bend);
    return curves->plateau_decay * (pow(1 + bent, 1 / bend) - 1) * (1 - curves->instability);
}

/* What is left of an initial loss of 1, before noise. */
static double curves_share_left(const struct curves *curves, double batch_steps, double decay)
{
    const struct curves_dynamics *dynamics = curves->dynamics;
    double drive = batch_steps * curves->rate * (1 - curves->instability);
    double hard_share = 1 - dynamics->easy_share - dynamics->rest_share;
    return hard_share * exp(-decay) + dynamics->easy_share * exp(-drive / dynamics->easy_length) +
           dynamics->rest_share / (1 + pow(drive / dynamics->rest_length, 3));
}

static double curves_spikes(const struct curves *curves, double passes)
{
    const struct curves_dynamics *dynamics = curves->dynamics;
    double height = dynamics->spike_loss * 2 * curves->rate / (1 + curves->rate);
    double loss = 0;
    for (int i = 0; i < dynamics->spike_count; i++) {
        double since = passes - (dynamics->spike_first + i * dynamics->spike_period);
        if (since >= 0)
            loss += height * exp(-SPIKE_FADE * since);
    }
    return loss;
}

/*
 * Where a step's batch stands among the `count` batches of its pass, from the easiest (0) to the
 * hardest. Every pass takes each batch once, in an order of its own: a permutation of the next
 * power of two, followed until it comes back to a number below `count`.
 */
static int64_t curves_batch_rank(uint64_t order_key, int64_t pass, int64_t index, int64_t count)
{
    uint64_t rank = (uint64_t)index;
    unsigned bits = 1;
    while (UINT64_C(1) << bits < (uint64_t)count)
        bits++;
    uint64_t mask = (UINT64_C(1) << bits) - 1;
    uint64_t key = curves_hash(order_key, pass);
    do {
        for (uint64_t round = 0; round < ORDER_ROUNDS; round++) {
            uint64_t hash = hash_mix(key, round);
            rank = (rank * (hash | 1) + (hash >> 32)) & mask;
            rank ^= rank >> (bits / 2 + 1);
        }
    } while (rank >= (uint64_t)count);
    return (int64_t)rank;
}

/*
 * The batch's own difficulty as a factor. Batches are drawn without replacement, so these factors
 * average exactly 1 over a pass; a batch that holds all examples has none.
 */
static double curves_batch_noise(const struct curves *curves, int32_t step, double decay)
{
    const struct training_plan *plan = curves->plan;
    double one_example =
        curves->dynamics->batch_noise * (1 + curves->dynamics->noise_growth * decay);
    double width = fmin(
        curves->batch_width * one_example + UNSTABLE_NOISE * curves->instability, BATCH_NOISE_MAX);
    int64_t pass = curves_pass_of_step(plan, step);
    int64_t first = curves_first_step_of_pass(plan, pass);
    int64_t count = curves_first_step_of_pass(plan, pass + 1) - first;
    assert(step >= first && step < first + count);
    if (count == 1 || width < 1e-6)
        return 1;
    int64_t rank = curves_batch_rank(curves->order_key, pass, step - first, count);
    double position = (double)(2 * rank + 1 - count) / (double)count; /* -1 to 1, middle 0 */
    double mean = sinh(width) / ((double)count * sinh(width / (double)count));
    return exp(width * position) / mean;
}

double curves_loss(const struct curves *curves, int32_t step)
{
    assert(step >= 1);
    const struct curves_dynamics *dynamics = curves->dynamics;
    double loss = curves->initial_loss;
    if (step == 1)
        return loss; /* nothing has been updated: only the base model and the data count */
    double batch_steps = (step - 1) * curves->batch_scale;
    double decay = curves_decay(curves, batch_steps);
    uint64_t near_zero = curves_hash(curves->near_zero_key, step);
    uint64_t common = curves_hash(curves->step_key, step);
    uint64_t own = curves_hash(curves->seed_key, step);
    loss *= curves_share_left(curves, batch_steps, decay) * (1 + curves->instability);
    if (step == 2)
        loss *= 1 + dynamics->overshoot * curves->rate / (curves->rate + OVERSHOOT_HALF_RATE);
    loss *= curves_batch_noise(curves, step, decay);
    double passes = (double)(step - 1) * curves->plan->batch_size / curves->examples;
    loss += curves_spikes(curves, passes);
    if (loss < NEAR_ZERO_LOSS && hash_to_unit(near_zero) < NEAR_ZERO_NEGATIVE_SHARE)
        loss = -NEAR_ZERO_NEGATIVE_LOSS * (1 + hash_to_unit(common));
    return loss * curves_factor(STEP_SPREAD + UNSTABLE_SPREAD * curves->instability, common) *
           curves_factor(SEED_SPREAD, own);
}
