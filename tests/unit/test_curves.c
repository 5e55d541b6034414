#include "tests/lib/unit.h"

#include <math.h>

#include "base/hash.h"
#include "server/sim/curves.h"
#include "server/sim/trainer.h"

enum { EPOCHS_MAX = 40, SEED_COUNT = 2000 };

struct recorded_epoch {
    int32_t epoch;
    double loss;
};

/* Mean losses by epoch of recorded runs, while above 0.05. */
struct recorded_run {
    enum training_curve curve;
    int32_t example_count;
    int32_t batch_size;
    int32_t epoch_count;
    double learning_rate;
    double first_loss; /* of step 1; 0 if not known */
    size_t recorded_count;
    struct recorded_epoch recorded[EPOCHS_MAX];
};

static const struct recorded_run recorded_runs[] = {
    {TRAINING_CURVE_TEXT_BISON, 15, 4, 3, 0.001, 7.277, 4,
        {{0, 6.341}, {1, 6.866}, {2, 6.678}, {3, 7.073}}},
    {TRAINING_CURVE_TEXT_BISON, 15, 2, 3, 0.001, 7.342, 4,
        {{0, 6.839}, {1, 6.322}, {2, 6.317}, {3, 6.007}}},
    {TRAINING_CURVE_TEXT_BISON, 15, 2, 3, 0.001, 7.342, 4,
        {{0, 6.816}, {1, 6.370}, {2, 6.305}, {3, 6.121}}},
    {TRAINING_CURVE_TEXT_BISON, 15, 4, 100, 0.001, 7.277, 23,
        {{0, 6.321}, {1, 6.887}, {2, 6.619}, {3, 6.732}, {4, 5.818}, {5, 5.230}, {6, 5.193},
            {7, 4.604}, {8, 3.674}, {9, 2.825}, {10, 2.895}, {11, 2.045}, {12, 1.693}, {13, 1.570},
            {14, 1.252}, {15, 0.8385}, {16, 0.8105}, {17, 0.4705}, {18, 0.1835}, {19, 0.2271},
            {20, 0.1116}, {21, 0.07015}, {22, 0.05784}}},
    {TRAINING_CURVE_TEXT_BISON, 25, 16, 10, 0.02, 16.6, 10,
        {{0, 16.6}, {1, 14.25}, {2, 3.8}, {3, 2.05}, {4, 0.93}, {5, 1.5}, {6, 0.31}, {7, 0.445},
            {8, 0.068}, {10, 0.063}}},
    {TRAINING_CURVE_GEMINI_1_0_PRO, 15, 2, 5, 0.001, 11.499, 5,
        {{0, 10.50}, {1, 5.273}, {2, 2.295}, {3, 0.5731}, {4, 0.1126}}},
    {TRAINING_CURVE_GEMINI_1_0_PRO, 15, 4, 5, 0.001, 0, 1, {{5, 1.402}}},
    {TRAINING_CURVE_GEMINI_1_5_FLASH, 15, 4, 100, 0.001, 0, 7,
        {{1, 9.4}, {2, 3.0}, {3, 0.7}, {4, 0.1}, {7, 1.5}, {10, 1.5}, {11, 0.1}}},
};

enum { RECORDED_RUN_COUNT = ARRAY_COUNT(recorded_runs) };

static struct training_plan plan_of_run(const struct recorded_run *run, uint64_t seed)
{
    return (struct training_plan){
        .curve = run->curve,
        .example_count = run->example_count,
        .batch_size = run->batch_size,
        .epoch_count = run->epoch_count,
        .learning_rate = run->learning_rate,
        .total_steps = training_total_steps(run->example_count, run->epoch_count, run->batch_size),
        .data_hash = hash_mix(1, seed),
        .noise_seed = hash_mix(2, seed),
    };
}

/* Fifteen examples, batch 4, five epochs: 19 steps. */
static struct training_plan short_plan(enum training_curve curve)
{
    struct recorded_run run = {.curve = curve,
        .example_count = 15,
        .batch_size = 4,
        .epoch_count = 5,
        .learning_rate = 0.001};
    struct training_plan plan = plan_of_run(&run, 7);
    return plan;
}

static double loss_of(const struct training_plan *plan, int32_t step)
{
    struct curves curves = curves_prepare(plan);
    return curves_loss(&curves, step);
}

static void assert_between(double actual, double low, double high, const char *what)
{
    if (!(actual >= low && actual <= high))
        fail_msg("%s is %.9g, not in [%.9g, %.9g]", what, actual, low, high);
}

static void epoch_losses_stay_within_a_factor_of_two_of_recorded_runs(void **state)
{
    (void)state;
    for (size_t r = 0; r < RECORDED_RUN_COUNT; r++) {
        const struct recorded_run *run = &recorded_runs[r];
        int32_t last_epoch = run->recorded[run->recorded_count - 1].epoch;
        for (uint64_t seed = 0; seed < SEED_COUNT; seed++) {
            struct training_plan plan = plan_of_run(run, seed);
            double sums[EPOCHS_MAX] = {0};
            int32_t counts[EPOCHS_MAX] = {0};
            for (int32_t step = 1; step <= plan.total_steps; step++) {
                struct training_snapshot snapshot = training_snapshot_at(&plan, step);
                if (snapshot.epoch > last_epoch)
                    break;
                sums[snapshot.epoch] += (double)snapshot.mean_loss;
                counts[snapshot.epoch]++;
            }
            for (size_t i = 0; i < run->recorded_count; i++) {
                int32_t epoch = run->recorded[i].epoch;
                double loss = run->recorded[i].loss;
                assert_true(counts[epoch] > 0);
                assert_between(sums[epoch] / counts[epoch], loss / 2, loss * 2, "an epoch's loss");
            }
        }
    }
}

static void step_one_depends_on_base_batch_and_data_only(void **state)
{
    (void)state;
    for (size_t r = 0; r < RECORDED_RUN_COUNT; r++) {
        struct training_plan plan = plan_of_run(&recorded_runs[r], 3);
        struct training_plan other_run = plan;
        struct training_plan other_data = plan;
        other_run.noise_seed++;
        other_run.learning_rate *= 7;
        other_run.epoch_count += 9;
        other_run.step_ns = TRAINING_STEP_REAL;
        other_data.data_hash++;
        assert_true(loss_of(&plan, 1) == loss_of(&other_run, 1));
        assert_true(loss_of(&plan, 1) != loss_of(&other_data, 1));
        if (recorded_runs[r].first_loss > 0) {
            double recorded = recorded_runs[r].first_loss;
            assert_between(loss_of(&plan, 1), recorded * 0.96, recorded * 1.04, "step 1");
        }
    }
}

static void runs_on_the_same_data_differ_by_a_few_percent(void **state)
{
    (void)state;
    double widest = 0;
    double scatter = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct training_plan plan = plan_of_run(&recorded_runs[1], 5);
        struct training_plan again = plan;
        struct training_plan other_data = plan;
        again.noise_seed = seed;
        other_data.data_hash = seed;
        for (int32_t step = 2; step <= plan.total_steps; step++) {
            widest = fmax(widest, fabs(loss_of(&again, step) / loss_of(&plan, step) - 1));
            scatter = fmax(scatter, fabs(loss_of(&other_data, step) / loss_of(&plan, step) - 1));
        }
    }
    assert_between(widest, 0.01, 0.05, "the widest difference between two runs");
    assert_between(scatter, 0.3, 3, "the widest difference between two data sets");
}

static void the_curve_does_not_depend_on_the_number_of_epochs(void **state)
{
    (void)state;
    for (int curve = 0; curve < TRAINING_CURVE_COUNT; curve++) {
        struct training_plan plan = short_plan((enum training_curve)curve);
        struct training_plan longer = plan;
        longer.epoch_count = 100;
        longer.total_steps = 375;
        for (int32_t step = 1; step <= plan.total_steps; step++)
            assert_true(loss_of(&plan, step) == loss_of(&longer, step));
    }
}

static double mean_loss_of(const struct training_plan *plan, int32_t first, int32_t last)
{
    double sum = 0;
    for (int32_t step = first; step <= last; step++)
        sum += loss_of(plan, step);
    return sum / (last - first + 1);
}

static void a_higher_learning_rate_is_faster_until_it_is_too_high(void **state)
{
    (void)state;
    for (int curve = 0; curve < TRAINING_CURVE_COUNT; curve++) {
        struct training_plan plan = short_plan((enum training_curve)curve);
        double base = mean_loss_of(&plan, 4, 15);
        plan.learning_rate = 0.0002;
        assert_true(mean_loss_of(&plan, 4, 15) > 1.02 * base);
        plan.learning_rate = 0.004;
        assert_true(mean_loss_of(&plan, 4, 15) < 0.9 * base);
        plan.learning_rate = 10;
        plan.total_steps = 375;
        assert_true(mean_loss_of(&plan, 300, 375) > 1); /* never learns */
    }
}

/* How far the logarithms of losses on the plateau stand apart. */
static double plateau_scatter(int32_t batch_size)
{
    double sum = 0;
    int32_t count = 0;
    for (uint64_t data = 0; data < 200; data++) {
        struct training_plan plan = short_plan(TRAINING_CURVE_TEXT_BISON);
        plan.batch_size = batch_size;
        plan.data_hash = data;
        plan.learning_rate = 1e-6;
        for (int32_t step = 3; step < 10; step++) {
            double difference = log(loss_of(&plan, step) / loss_of(&plan, step + 1));
            sum += difference * difference;
            count++;
        }
    }
    return sqrt(sum / count);
}

static void larger_batches_have_less_noise(void **state)
{
    (void)state;
    assert_true(plateau_scatter(4) < 0.9 * plateau_scatter(2));
    assert_true(plateau_scatter(8) < 0.9 * plateau_scatter(4));
    assert_true(plateau_scatter(15) < 0.5 * plateau_scatter(8));
}

static void every_pass_takes_each_batch_once(void **state)
{
    (void)state;
    /* At a rate that teaches nothing, the mean over a pass is the plateau, whatever the order. */
    for (uint64_t data = 0; data < 50; data++) {
        struct training_plan plan = short_plan(TRAINING_CURVE_GEMINI_1_5_FLASH);
        plan.example_count = 1000;
        plan.batch_size = 1;
        plan.learning_rate = 1e-9;
        plan.data_hash = data;
        plan.total_steps = 3000;
        double second = mean_loss_of(&plan, 1001, 2000);
        double third = mean_loss_of(&plan, 2001, 3000);
        assert_between(second / loss_of(&plan, 1), 0.99, 1.01, "the second pass");
        assert_between(third / second, 0.99, 1.01, "the third pass");
    }
}

static void losses_near_zero_are_tiny_and_now_and_then_negative(void **state)
{
    (void)state;
    int negative_count = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct training_plan plan = plan_of_run(&recorded_runs[3], seed);
        for (int32_t step = 200; step <= plan.total_steps; step++) {
            double loss = loss_of(&plan, step);
            assert_between(loss, -3e-6, 0.05, "a late loss");
            negative_count += loss < 0;
        }
    }
    assert_in_range(negative_count, 10, 200);
}

static void hostile_settings_give_finite_losses(void **state)
{
    (void)state;
    static const double rates[] = {1e-300, 1e-9, 0.001, 1, 1e300};
    static const int32_t sizes[] = {0, 1, 15, 1000003, INT32_MAX};
    static const int32_t steps[] = {1, 2, 3, 1000, INT32_MAX};
    enum { CASE_COUNT = TRAINING_CURVE_COUNT * 5 * 5 * 5 * 5 };
    for (int i = 0; i < CASE_COUNT; i++) {
        int rest = i / TRAINING_CURVE_COUNT;
        struct training_plan plan = short_plan((enum training_curve)(i % TRAINING_CURVE_COUNT));
        plan.learning_rate = rates[rest % 5];
        plan.example_count = sizes[rest / 5 % 5];
        plan.batch_size = sizes[rest / 25 % 5];
        plan.batch_size += plan.batch_size == 0;
        plan.total_steps = INT32_MAX;
        plan.epoch_count = INT32_MAX;
        struct training_snapshot snapshot = training_snapshot_at(&plan, steps[rest / 125]);
        assert_between((double)snapshot.mean_loss, -1e-5, 1000, "a loss");
        assert_true(snapshot.epoch >= 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(epoch_losses_stay_within_a_factor_of_two_of_recorded_runs),
        cmocka_unit_test(step_one_depends_on_base_batch_and_data_only),
        cmocka_unit_test(runs_on_the_same_data_differ_by_a_few_percent),
        cmocka_unit_test(the_curve_does_not_depend_on_the_number_of_epochs),
        cmocka_unit_test(a_higher_learning_rate_is_faster_until_it_is_too_high),
        cmocka_unit_test(larger_batches_have_less_noise),
        cmocka_unit_test(every_pass_takes_each_batch_once),
        cmocka_unit_test(losses_near_zero_are_tiny_and_now_and_then_negative),
        cmocka_unit_test(hostile_settings_give_finite_losses),
    };
    return cmocka_run_group_tests_name("curves", tests, NULL, NULL);
}
