/*
 * The simulated trainer: progress and losses as pure functions of a plan and a time. Nothing here
 * keeps state, so nothing can be lost or moved by polling; a plan says what was asked, train_at
 * says how far that is at a given emulated time.
 *
 * Steps, epochs and times follow contract facts recorded from the real service: totalSteps =
 * ceil(examples * epochs / batch); a snapshot per completed step; the loss of step 1 depends on the
 * base model and the data only.
 */
#ifndef SERVER_SIM_TRAINER_H
#define SERVER_SIM_TRAINER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* How a family of base models learns, counts epochs, and how long its steps took. */
enum training_curve {
    TRAINING_CURVE_TEXT_BISON,
    TRAINING_CURVE_GEMINI_1_0_PRO,
    TRAINING_CURVE_GEMINI_1_5_FLASH,
    TRAINING_CURVE_COUNT
};

/* Names as in the base-model catalogue: "text-bison", "gemini-1.0-pro", "gemini-1.5-flash". */
bool training_curve_parse(struct text name, enum training_curve *ret_curve);
const char *training_curve_name(enum training_curve curve);

/* step_ns of a plan whose steps take as long as the recorded ones of its base model. */
#define TRAINING_STEP_REAL INT64_C(-1)

enum training_end {
    TRAINING_END_NONE,      /* runs to its last step */
    TRAINING_END_CANCELLED, /* stopped at end_ns by operations.cancel */
    TRAINING_END_FAILED,    /* stopped at end_ns with an error */
    TRAINING_END_COMPLETED  /* forced to completion at end_ns; the remaining steps happen then */
};

struct training_plan {
    enum training_curve curve;
    int32_t example_count; /* 0 if created without training data */
    int32_t batch_size;    /* at least 1 */
    int32_t epoch_count;   /* at least 1 */
    double learning_rate;  /* above 0; multiplier already applied */
    int32_t total_steps;   /* training_total_steps of the above */
    int64_t start_ns;      /* startTime: planned microseconds plus 1 to 999 ns */
    int64_t step_ns;     /* emulated time of a step; 0: all steps at start; or TRAINING_STEP_REAL */
    uint64_t data_hash;  /* of the examples; 0 without */
    uint64_t noise_seed; /* of this model */
    enum training_end end;
    int64_t end_ns; /* when `end` happened; only if end is not TRAINING_END_NONE */
};

struct training_progress {
    int32_t completed_steps;
    bool is_started;     /* start_ns has passed */
    bool is_ended;       /* completed, cancelled or failed */
    int64_t complete_ns; /* completeTime in whole microseconds, if it ended; otherwise 0 */
    int64_t next_ns;     /* when progress changes next by itself; INT64_MAX if it never does */
};

struct training_snapshot {
    int32_t step; /* from 1 */
    int32_t epoch;
    float mean_loss;
    int64_t compute_ns;
};

/*
 * ceil(examples * epochs / batch), the fit of all recorded runs; epochs if there are no examples.
 * Capped at INT32_MAX.
 */
int32_t training_total_steps(int64_t example_count, int32_t epoch_count, int32_t batch_size);

/*
 * False for a plan that train_at was not made for: a number out of its range, or totals that do not
 * follow from the rest. Of the times only the lower bound is checked: arithmetic stops at the upper
 * one. Those who read a plan from somewhere must ask; the others below lean on it.
 */
bool training_plan_is_valid(const struct training_plan *plan);

/* Epochs the base model counts from 0 (text-bison, gemini-1.0-pro) or from 1 (gemini-1.5-flash). */
int32_t training_epoch_of_step(const struct training_plan *plan, int32_t step);

/* startTime of a model created at create_ns, from its noise: 0.08 to 2.1 s later if step_ns is
 * TRAINING_STEP_REAL; otherwise a short moment that never exceeds one step; 0 extra if step_ns is
 * 0 (nanoseconds excepted). Sub-microsecond digits are 1 to 999. */
int64_t training_start_time(
    int64_t create_ns, int64_t step_ns, enum training_curve curve, uint64_t noise_seed);

/* How far the plan is at now_ns. Never goes back as now_ns grows; same in, same out. */
struct training_progress train_at(const struct training_plan *plan, int64_t now_ns);

/*
 * The snapshot of one step, 1 to total_steps, in time that does not grow with `step`. Its
 * compute_ns rises with every step and has nanosecond digits. It does not depend on `now`: a step
 * that was once completed always looks the same, except that after TRAINING_END_COMPLETED the
 * steps that had not happened by end_ns have compute times at or just before end_ns.
 */
struct training_snapshot training_snapshot_at(const struct training_plan *plan, int32_t step);

#endif
