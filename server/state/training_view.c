#include "server/state/training_view.h"

#include "server/sim/trainer.h"
#include "server/state/tuned_model.h"

struct training_view training_view_at(
    const struct store_model *model, const struct base_model *base, int64_t now_ns)
{
    struct training_plan plan = tuned_model_plan(model, base);
    struct training_progress progress = train_at(&plan, now_ns);
    bool has_failed = progress.is_ended && progress.end == TRAINING_END_FAILED;
    struct training_view view = {.completed_steps = progress.completed_steps,
        .total_steps = plan.total_steps,
        .is_stalled = training_is_stalled(&plan, &progress),
        .learning_rate = (float)plan.learning_rate,
        .end_ns = tuned_model_end_ns(model, base),
        .error = has_failed ? model->end_message : TEXT("")};
    if (view.completed_steps > 0) {
        struct training_snapshot snapshot = training_snapshot_at(&plan, view.completed_steps);
        view.epoch = snapshot.epoch;
        view.mean_loss = snapshot.mean_loss;
    }
    return view;
}
