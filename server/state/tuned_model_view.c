#include "server/state/tuned_model_view.h"

#include "server/sim/trainer.h"
#include "server/state/tuned_model.h"

static void view_fill_training(const struct store_model *model, const struct base_model *base,
    int64_t now_ns, struct message *view)
{
    struct training_plan plan = tuned_model_plan(model, base);
    struct training_progress progress = train_at(&plan, now_ns);
    int32_t steps = progress.completed_steps;
    int64_t end_ns = tuned_model_end_ns(model, base);
    message_set_int(view, TunedModelView_completed_steps, steps);
    message_set_int(view, TunedModelView_total_steps, plan.total_steps);
    message_set_bool(view, TunedModelView_is_stalled, training_is_stalled(&plan, &progress));
    message_set_float(view, TunedModelView_learning_rate, (float)plan.learning_rate);
    if (end_ns != INT64_MAX)
        message_set_int(view, TunedModelView_end_time, end_ns);
    if (steps > 0) {
        struct training_snapshot snapshot = training_snapshot_at(&plan, steps);
        message_set_int(view, TunedModelView_epoch, snapshot.epoch);
        message_set_float(view, TunedModelView_mean_loss, snapshot.mean_loss);
    }
    if (progress.is_ended && progress.end == TRAINING_END_FAILED)
        message_set_text(view, TunedModelView_error, model->end_message);
}

struct message *tuned_model_view(const struct store_model *model, const struct base_model *base,
    int64_t now_ns, struct arena *arena)
{
    struct message *view = message_new(arena, MESSAGE_TunedModelView, VERSION_V1BETA);
    message_set_text(
        view, TunedModelView_name, arena_joined(arena, TEXT("tunedModels/"), model->id));
    message_set_text(view, TunedModelView_display_name, model->display_name);
    message_set_text(view, TunedModelView_base_model, model->base_model);
    message_set_int(view, TunedModelView_state, tuned_model_state(model, base, now_ns));
    if (model->create_ns != STORE_NO_TIME)
        message_set_int(view, TunedModelView_create_time, model->create_ns);
    if (model->start_ns != STORE_NO_TIME)
        message_set_int(view, TunedModelView_start_time, model->start_ns);
    if (model->epoch_count)
        message_set_int(view, TunedModelView_epoch_count, model->epoch_count);
    if (model->batch_size)
        message_set_int(view, TunedModelView_batch_size, model->batch_size);
    message_set_int(view, TunedModelView_example_count, model->example_count);
    if (!model->fixed_state)
        view_fill_training(model, base, now_ns, view);
    return view;
}
