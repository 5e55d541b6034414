/*
 * How losses fall: the other half of the simulated trainer (trainer.h has progress and times).
 *
 * The model is one of training dynamics, with a few named numbers per base model; it holds no
 * recorded points. Progress is measured in "drive": steps, scaled by learning rate and batch size
 * to the setting that most recordings have (0.001 and 4).
 */
#ifndef SERVER_SIM_CURVES_H
#define SERVER_SIM_CURVES_H

#include <stdint.h>

#include "server/sim/training_plan.h"

/*
 * The pass over the data that a step belongs to, as its base model counts, not yet clipped to
 * epoch_count. A plan without examples makes one pass per step.
 */
int64_t curves_pass_of_step(const struct training_plan *plan, int32_t step);

struct curves_dynamics;

/* What all losses of a plan have in common. */
struct curves {
    const struct training_plan *plan;
    const struct curves_dynamics *dynamics;
    double rate;          /* learning rate over the reference */
    double batch_scale;   /* drive per step */
    double instability;   /* 0 to 1: share of every update that is wasted */
    double initial_loss;  /* of step 1 */
    double plateau;       /* how long the main part waits, in drive ... */
    double plateau_decay; /* ... and by how many e-folds it would decay in so long */
    double batch_width;   /* of batch noise per width of one example */
    double examples;      /* per pass */
    uint64_t order_key, step_key, near_zero_key, seed_key;
};

/* Borrows the plan. */
struct curves curves_prepare(const struct training_plan *plan);

/*
 * The loss of one step, from 1 on; always finite. It depends on curve, example_count, batch_size,
 * learning_rate and data_hash, and by a few percent on noise_seed (step 1 not at all); epoch_count
 * and times have no part in it. Now and then it is a tiny negative number once training has
 * converged, as recorded.
 */
double curves_loss(const struct curves *curves, int32_t step);

#endif
