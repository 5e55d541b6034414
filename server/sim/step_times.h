/*
 * How long the steps of a training take that goes on by itself: as recorded, or each as long as the
 * others. trainer.h says what becomes of that once it is stopped, moved or ended.
 */
#ifndef SERVER_SIM_STEP_TIMES_H
#define SERVER_SIM_STEP_TIMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "server/sim/training_plan.h"

/* Names as in the base-model catalogue: "text-bison", "gemini-1.0-pro", "gemini-1.5-flash". */
bool training_curve_parse(struct text name, enum training_curve *ret_curve);
const char *training_curve_name(enum training_curve curve);

/* startTime of a model created at create_ns, from its noise: 0.08 to 2.1 s later if step_ns is
 * TRAINING_STEP_REAL; otherwise a short moment that never exceeds one step; 0 extra if step_ns is
 * 0 (nanoseconds excepted). Sub-microsecond digits are 1 to 999. */
int64_t training_start_time(
    int64_t create_ns, int64_t step_ns, enum training_curve curve, uint64_t noise_seed);

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
