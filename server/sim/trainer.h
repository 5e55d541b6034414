/*
 * The simulated trainer: progress and losses as pure functions of a plan and a time. Nothing here
 * keeps state, so nothing can be lost; a plan says what was asked, train_at says how far that is at
 * a given emulated time.
 *
 * Steps, epochs and times follow contract facts recorded from the real service: totalSteps =
 * ceil(examples * epochs / batch); a snapshot per completed step; the loss of step 1 depends on the
 * base model and the data only.
 */
#ifndef SERVER_SIM_TRAINER_H
#define SERVER_SIM_TRAINER_H

#include <stdbool.h>
#include <stdint.h>

#include "server/sim/curves.h"
#include "server/sim/training_plan.h"

struct training_progress {
    int32_t completed_steps;
    bool is_started;       /* start_ns has passed */
    bool is_ended;         /* completed, cancelled or failed */
    enum training_end end; /* how, if not by itself at its last step */
    int64_t complete_ns;   /* completeTime in whole microseconds, if it ended; otherwise 0 */
    int64_t next_ns;       /* when progress changes next by itself; INT64_MAX if it never does */
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

/* False for a valid plan whose moves cannot have happened; takes time for each of these. train_at
 * then says something or other. */
bool training_plan_is_sound(const struct training_plan *plan);

/* Epochs the base model counts from 0 (text-bison, gemini-1.0-pro) or from 1 (gemini-1.5-flash). */
int32_t training_epoch_of_step(const struct training_plan *plan, int32_t step);

/*
 * How far the plan is at now_ns. Never goes back as now_ns grows, nor as moves are added at their
 * time; same in, same out.
 */
struct training_progress train_at(const struct training_plan *plan, int64_t now_ns);

/* True if somebody has the training stand where it is. */
bool training_is_stalled(
    const struct training_plan *plan, const struct training_progress *progress);

/*
 * How many of the examples the steps completed by now_ns have seen: they are taken in their order,
 * batch_size by each step, and from the first on again once all were.
 */
int32_t training_seen_examples(const struct training_plan *plan, int64_t now_ns);

/*
 * The snapshot of one step, 1 to total_steps, in time that does not grow with `step`. Its
 * compute_ns rises with every step and has nanosecond digits. It does not depend on `now`: a step
 * that was once completed always looks the same. Steps that a move has done have compute times just
 * after it, nanoseconds apart; those that had not happened by a TRAINING_END_COMPLETED have theirs
 * at or just before end_ns. What nobody knows yet when it will happen has INT64_MAX.
 */
struct training_snapshot training_snapshot_at(const struct training_plan *plan, int32_t step);

/* What all snapshots of a plan have in common, for who makes many of them. */
struct training_course {
    const struct training_plan *plan;
    struct curves curves;
    int32_t last_timed_step; /* those after it happened when training was forced to complete */
    const float *losses;     /* of the first steps, as far as the caller knows them; or NULL */
    int32_t loss_count;
};

/* Borrows the plan. */
struct training_course training_course_of(const struct training_plan *plan);
/* What training_snapshot_at gives. */
struct training_snapshot training_course_snapshot(
    const struct training_course *course, int32_t step);
/* The losses of `count` steps from `first` on. */
void training_course_losses(
    const struct training_course *course, int32_t first, int32_t count, float *ret_losses);

#endif
