/*
 * How long the steps of a training take that goes on by itself: as recorded, or each as long as the
 * others. trainer.h says what becomes of that once it is stopped, moved or ended.
 */
#ifndef SERVER_SIM_STEP_TIMES_H
#define SERVER_SIM_STEP_TIMES_H

#include <stdint.h>

#include "server/sim/training_plan.h"

/* When a step, from 1, ends if nothing ever touched the training. Rises with every step. */
int64_t step_time(const struct training_plan *plan, int32_t step);

/* From the last step to completion. */
int64_t step_times_finish(const struct training_plan *plan);

/* From which the nanosecond digits of a step's time are drawn. */
uint64_t step_times_digits(const struct training_plan *plan, int32_t step);

/*
 * Narrows the steps done by now, of a plan with recorded step times, to the two ends of a block of
 * these; both were bounds before. One more may be done than fits into the block, as moments are
 * whole microseconds.
 */
void step_times_narrow(
    const struct training_plan *plan, int64_t now_ns, int32_t *done, int32_t *open);

#endif
