#include "server/state/tuning_job_view.h"

#include "server/state/training_view.h"
#include "server/state/tuning_job.h"

static void job_view_fill_training(const struct training_view *training, struct message *view)
{
    message_set_int(view, TuningJobView_completed_steps, training->completed_steps);
    message_set_int(view, TuningJobView_total_steps, training->total_steps);
    message_set_bool(view, TuningJobView_is_stalled, training->is_stalled);
    message_set_float(view, TuningJobView_learning_rate, training->learning_rate);
    if (training->end_ns != INT64_MAX)
        message_set_int(view, TuningJobView_end_time, training->end_ns);
    if (training->completed_steps > 0) {
        message_set_int(view, TuningJobView_epoch, training->epoch);
        message_set_float(view, TuningJobView_mean_loss, training->mean_loss);
    }
    message_set_text_if(view, TuningJobView_error, training->error);
}

struct message *tuning_job_view(const struct store_model *job, const struct base_model *base,
    int64_t now_ns, struct arena *arena)
{
    struct message *view = message_new(arena, MESSAGE_TuningJobView, VERSION_V1BETA);
    int64_t start_ns = tuning_job_start_ns(job, base, now_ns);
    message_set_text(view, TuningJobView_name, tuning_job_name(job, arena));
    message_set_text(view, TuningJobView_display_name, job->display_name);
    message_set_text(view, TuningJobView_base_model, job->base_model);
    message_set_int(view, TuningJobView_state, tuning_job_state(job, base, now_ns));
    if (job->create_ns != STORE_NO_TIME)
        message_set_int(view, TuningJobView_create_time, job->create_ns);
    if (start_ns != STORE_NO_TIME)
        message_set_int(view, TuningJobView_start_time, start_ns);
    if (job->epoch_count)
        message_set_int(view, TuningJobView_epoch_count, job->epoch_count);
    if (job->batch_size)
        message_set_int(view, TuningJobView_batch_size, job->batch_size);
    message_set_int(view, TuningJobView_example_count, job->example_count);
    struct training_view training = training_view_at(job, base, now_ns);
    job_view_fill_training(&training, view);
    return view;
}
