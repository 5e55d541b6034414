/* What was asked of the simulated trainer: all that progress (trainer.h) and losses (curves.h) are
 * functions of. */
#ifndef SERVER_SIM_TRAINING_PLAN_H
#define SERVER_SIM_TRAINING_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

/* How a family of base models learns, counts epochs, and how long its steps took. */
enum training_curve {
    TRAINING_CURVE_TEXT_BISON,
    TRAINING_CURVE_GEMINI_1_0_PRO,
    TRAINING_CURVE_GEMINI_1_5_FLASH,
    TRAINING_CURVE_COUNT
};

/* step_ns of a plan whose steps take as long as the recorded ones of its base model. */
#define TRAINING_STEP_REAL INT64_C(-1)

/* What moves a training on. */
enum training_by {
    TRAINING_BY_TIME, /* each step takes step_ns */
    TRAINING_BY_HAND, /* nothing, until somebody asks for it */
    TRAINING_BY_POLLS /* each look at it; the last of `polls` looks shows its end */
};

struct training_pacing {
    enum training_by by;
    int32_t polls; /* 1 to TRAINING_POLLS_MAX; of other paces 0 */
};

/* As many as steps: more looks than a model can have steps would show the same ones twice. */
enum { TRAINING_POLLS_MAX = 100000 };

enum training_end {
    TRAINING_END_NONE,      /* runs to its last step */
    TRAINING_END_CANCELLED, /* stopped at end_ns by operations.cancel */
    TRAINING_END_FAILED,    /* stopped with an error: at end_ns, or by itself after end_step */
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
    int64_t end_ns;    /* when `end` happened; only of an end without a step */
    bool has_end_step; /* TRAINING_END_FAILED only: it happens by itself once ... */
    int32_t end_step;  /* ... so many steps are done */

    struct training_pacing pacing;
    bool has_stall_step; /* until it is resumed, it goes ... */
    int32_t stall_step;  /* ... no further than this */
    int32_t looks;       /* at a TRAINING_BY_POLLS, that counted */
    struct text moves;   /* training_moves.h */
};

/* The time of a step as people write it: a duration, or "real" in any mix of capitals. False
 * if it is neither. */
bool training_step_parse(struct text text, int64_t *ret_step_ns);
/* The same way back, in the arena. */
struct text training_step_text(int64_t step_ns, struct arena *arena);

/* What moves a training on, as people write it: "time", "manual" or "polls:N", in any mix of
 * capitals. False if it is none of these. */
bool training_pacing_parse(struct text text, struct training_pacing *ret_pacing);
/* The same way back, in the arena. */
struct text training_pacing_text(struct training_pacing pacing, struct arena *arena);

#endif
