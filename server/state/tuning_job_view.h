/* A tuning job as the emulator itself sees it, as tuned_model_view.h has tuned models. */
#ifndef SERVER_STATE_TUNING_JOB_VIEW_H
#define SERVER_STATE_TUNING_JOB_VIEW_H

#include "server/json/message.h"
#include "store/store.h"

struct base_model;

/* The TuningJobView at this time, in the arena, without its resource and snapshots; `base` as in
 * tuning_job.h. */
struct message *tuning_job_view(const struct store_model *job, const struct base_model *base,
    int64_t now_ns, struct arena *arena);

#endif
