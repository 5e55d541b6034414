#include "server/state/tuned_model_view.h"

#include "server/state/training_view.h"
#include "server/state/tuned_model.h"

static void view_fill_training(const struct training_view *training, struct message *view)
{
    message_set_int(view, TunedModelView_completed_steps, training->completed_steps);
    message_set_int(view, TunedModelView_total_steps, training->total_steps);
    message_set_bool(view, TunedModelView_is_stalled, training->is_stalled);
    message_set_float(view, TunedModelView_learning_rate, training->learning_rate);
    if (training->end_ns != INT64_MAX)
        message_set_int(view, TunedModelView_end_time, training->end_ns);
    if (training->completed_steps > 0) {
        message_set_int(view, TunedModelView_epoch, training->epoch);
        message_set_float(view, TunedModelView_mean_loss, training->mean_loss);
    }
    message_set_text_if(view, TunedModelView_error, training->error);
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
    if (!model->fixed_state) {
        struct training_view training = training_view_at(model, base, now_ns);
        view_fill_training(&training, view);
    }
    return view;
}
