/* How far a training is, and when it will end, as the emulator itself sees it. */
#ifndef SERVER_STATE_TRAINING_VIEW_H
#define SERVER_STATE_TRAINING_VIEW_H

#include "store/store.h"

struct base_model;

struct training_view {
    int32_t completed_steps, total_steps;
    bool is_stalled;
    float learning_rate;
    int64_t end_ns; /* INT64_MAX: nobody knows */
    int32_t epoch;  /* of the last step, as its loss: 0 before the first */
    float mean_loss;
    struct text error; /* empty, unless it failed */
};

/* Of a model or a job that is simulated; `base` as in tuned_model.h. */
struct training_view training_view_at(
    const struct store_model *model, const struct base_model *base, int64_t now_ns);

#endif
