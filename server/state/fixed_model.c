#include "server/state/fixed_model.h"

#include "server/json/write.h"
#include "server/state/tuned_model.h"

/* A task as the store keeps it; of its own fields only the training data goes elsewhere. */
static struct text fixed_model_task(struct message *task, struct arena *arena)
{
    message_clear(task, TuningTask_training_data);
    return json_text(task, arena);
}

static int64_t fixed_model_time(const struct message *message, unsigned field)
{
    return message_has(message, field) ? message_int(message, field) : STORE_NO_TIME;
}

static void fixed_model_fill_task(
    struct store_write *write, struct message *task, struct arena *arena)
{
    struct store_model *model = &write->model;
    const struct message *hyper = message_child(task, TuningTask_hyperparameters);
    const struct message *data = message_child(task, TuningTask_training_data);
    const struct message *list = data ? message_child(data, Dataset_examples) : NULL;
    size_t count = list ? message_count(list, TuningExamples_examples) : 0;
    model->start_ns = fixed_model_time(task, TuningTask_start_time);
    model->fixed_complete_ns = fixed_model_time(task, TuningTask_complete_time);
    model->fixed_task = fixed_model_task(task, arena);
    if (hyper) {
        model->epoch_count = (int32_t)message_int(hyper, Hyperparameters_epoch_count);
        model->batch_size = (int32_t)message_int(hyper, Hyperparameters_batch_size);
        model->has_learning_rate = message_has(hyper, Hyperparameters_learning_rate);
        model->learning_rate = message_float(hyper, Hyperparameters_learning_rate);
        model->has_learning_rate_multiplier =
            message_has(hyper, Hyperparameters_learning_rate_multiplier);
        model->learning_rate_multiplier =
            message_float(hyper, Hyperparameters_learning_rate_multiplier);
    }
    if (count == 0)
        return;
    struct example *examples = arena_array(arena, count, sizeof(*examples));
    for (size_t i = 0; i < count; i++) {
        const struct message *example = message_child_at(list, TuningExamples_examples, i);
        examples[i] = (struct example){message_text(example, TuningExample_text_input),
            message_text(example, TuningExample_output)};
    }
    tuned_model_set_data_set(write, examples, NULL, count, arena);
}

void fixed_model_fill(struct store_write *write, const struct message *asked, struct arena *arena)
{
    struct store_model *model = &write->model;
    const struct message *source = message_child(asked, TunedModel_tuned_model_source);
    struct message *task = message_child(asked, TunedModel_tuning_task);
    model->version = (int32_t)asked->version;
    model->fixed_state = (int32_t)message_int(asked, TunedModel_state);
    model->base_model = message_text(asked, TunedModel_base_model);
    if (source) {
        model->source_model = message_text(source, TunedModelSource_tuned_model);
        model->base_model = message_text(source, TunedModelSource_base_model);
    }
    tuned_model_set_settable(model, asked, NULL, arena);
    model->create_ns = fixed_model_time(asked, TunedModel_create_time);
    model->update_ns = fixed_model_time(asked, TunedModel_update_time);
    if (task)
        fixed_model_fill_task(write, task, arena);
}
