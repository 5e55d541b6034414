#include "server/state/tuning_job_file.h"

#include <inttypes.h>

#include "base/array.h"
#include "server/contract/limits.h"
#include "server/state/seed_check.h"
#include "server/state/tuned_model.h"
#include "server/state/tuning_job.h"
#include "server/state/vertex_number.h"

#define TUNING_JOB_FILE_MODELS TEXT("/models/")

struct message *tuning_job_file_message(const struct store_model *job, struct arena *arena)
{
    struct message *message = message_new(arena, MESSAGE_SeedTuningJob, VERSION_V1BETA);
    message_set_text(message, SeedTuningJob_name, tuning_job_name(job, arena));
    message_set_message(
        message, SeedTuningJob_tuning_job, tuning_job_asked(job, VERSION_V1BETA, arena));
    message_set_text_if(message, SeedTuningJob_tuning_data_stats, job->statistics);
    message_set_text(message, SeedTuningJob_base_model, job->base_model);
    message_set_text_if(message, SeedTuningJob_display_name, job->display_name);
    message_set_int(message, SeedTuningJob_create_time, job->create_ns);
    message_set_int(message, SeedTuningJob_update_time, job->update_ns);
    message_set_int(message, SeedTuningJob_epoch_count, job->epoch_count);
    message_set_int(message, SeedTuningJob_batch_size, job->batch_size);
    message_set_float(
        message, SeedTuningJob_learning_rate_multiplier, job->learning_rate_multiplier);
    message_set_text(message, SeedTuningJob_model, tuning_job_model_name(job, true, arena));
    message_set_text_if(message, SeedTuningJob_parent, job->parent);
    message_set_int(message, SeedTuningJob_checkpoint_count, job->checkpoint_count);
    if (job->default_checkpoint)
        message_set_int(message, SeedTuningJob_default_checkpoint, job->default_checkpoint);
    message_set_text_if(message, SeedTuningJob_model_display_name, job->model_name);
    message_set_text_if(message, SeedTuningJob_model_description, job->model_text);
    message_set_text_if(message, SeedTuningJob_removed, job->removed);
    return message;
}

void tuning_job_file_add_example(
    struct message *message, const struct examples *examples, uint32_t index)
{
    struct arena *arena = message->arena;
    struct example example = examples_at(examples, index);
    struct message *added = message_add_child(message, SeedTuningJob_examples);
    message_set_text(added, SeedTuningJob_Example_text_input, arena_text(arena, example.input));
    message_set_text(added, SeedTuningJob_Example_output, arena_text(arena, example.output));
    if (examples->has_contexts)
        message_set_text(added, SeedTuningJob_Example_context,
            arena_printf(arena, "%" PRIu64, examples_context_at(examples, index)));
}

const char *tuning_job_file_read_examples(
    const struct message *asked, struct arena *arena, struct tuning_job_file_examples *ret_examples)
{
    size_t count = message_count(asked, SeedTuningJob_examples);
    *ret_examples = (struct tuning_job_file_examples){
        .examples = arena_array(arena, count, sizeof(*ret_examples->examples)), .count = count};
    uint64_t *contexts = arena_array(arena, count, sizeof(*contexts));
    for (size_t i = 0; i < count; i++) {
        const struct message *example = message_child_at(asked, SeedTuningJob_examples, i);
        struct text context = message_text(example, SeedTuningJob_Example_context);
        ret_examples->examples[i] =
            (struct example){message_text(example, SeedTuningJob_Example_text_input),
                message_text(example, SeedTuningJob_Example_output)};
        contexts[i] = 0;
        if (context.len && !text_parse_uint64(context, &contexts[i]))
            return "examples: a context must be a number";
        if (contexts[i])
            ret_examples->contexts = contexts;
    }
    return NULL;
}

bool tuning_job_file_read_name(struct text name, struct store_model *job, struct arena *arena)
{
    enum { PROJECTS, PROJECT, LOCATIONS, LOCATION, JOBS, NUMBER, COUNT };
    struct text parts[COUNT], rest = name;
    struct vertex_number number;
    for (int i = 0; i < COUNT; i++)
        parts[i] = rest.bytes ? text_split(&rest, '/') : TEXT("");
    bool is_good = !rest.bytes && text_equals_string(parts[PROJECTS], "projects") &&
                   text_equals_string(parts[LOCATIONS], "locations") &&
                   text_equals_string(parts[JOBS], "tuningJobs") && parts[PROJECT].len > 0 &&
                   parts[PROJECT].len <= SEED_ID_BYTES_MAX && parts[LOCATION].len > 0 &&
                   parts[LOCATION].len <= SEED_ID_BYTES_MAX &&
                   vertex_number_parse(parts[NUMBER], &number) && number.kind == VERTEX_JOB;
    if (!is_good)
        return false;
    job->project = parts[PROJECT];
    job->location = parts[LOCATION];
    job->id = tuning_job_row_id(number.job, arena);
    return true;
}

/* "projects/.../models/{number}@{version}", or nothing: the first version of a model of its own. */
static bool tuning_job_file_read_model(struct store_model *job, struct text name)
{
    struct vertex_number number = {.job = tuning_job_number(job)};
    int64_t version = 1;
    size_t at = name.len;
    while (at > 0 && !text_starts_with(text_slice(name, at, name.len), TUNING_JOB_FILE_MODELS))
        at--;
    struct text digits = text_slice(name, at + TUNING_JOB_FILE_MODELS.len, name.len);
    size_t sign = text_find_byte(digits, '@');
    if (name.len && (!vertex_number_parse(text_slice(digits, 0, sign), &number) ||
                        number.kind != VERTEX_MODEL ||
                        !text_parse_int64(text_slice(digits, sign + 1, digits.len), &version)))
        return false;
    job->model_number = number.job;
    job->model_version = version > 0 && version <= INT32_MAX ? (int32_t)version : 0;
    return true;
}

static const char *tuning_job_file_check_texts(const struct message *asked)
{
    static const unsigned fields[] = {SeedTuningJob_base_model, SeedTuningJob_display_name,
        SeedTuningJob_parent, SeedTuningJob_model_display_name, SeedTuningJob_model_description,
        SeedTuningJob_removed};
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
        if (message_text(asked, fields[i]).len > SEED_TEXT_BYTES_MAX)
            return "has a text of more than 1 MiB";
    return seed_check_json(message_text(asked, SeedTuningJob_tuning_data_stats));
}

const char *tuning_job_file_fill(
    struct store_write *write, const struct message *asked, struct arena *arena)
{
    struct store_model *job = &write->model;
    const struct message *tuning_job = message_child(asked, SeedTuningJob_tuning_job);
    struct tuning_job_file_examples data;
    if (!tuning_job)
        return "needs a tuningJob";
    if (!message_has(asked, SeedTuningJob_create_time) ||
        !message_has(asked, SeedTuningJob_update_time))
        return "needs createTime and updateTime";
    const char *problem = tuning_job_file_check_texts(asked);
    if (!problem)
        problem = tuning_job_file_read_examples(asked, arena, &data);
    if (!problem && !tuning_job_file_read_model(job, message_text(asked, SeedTuningJob_model)))
        problem = "model: must be of the form projects/{project}/locations/{location}/models/"
                  "{number}@{version}";
    if (problem)
        return problem;
    job->kind = STORE_TUNING_JOB;
    job->job = tuning_job_asked_text(tuning_job, arena);
    job->statistics = message_text(asked, SeedTuningJob_tuning_data_stats);
    job->base_model = message_text(asked, SeedTuningJob_base_model);
    job->display_name = message_text(asked, SeedTuningJob_display_name);
    job->description = message_text(tuning_job, TuningJob_description);
    job->create_ns = message_int(asked, SeedTuningJob_create_time);
    job->update_ns = message_int(asked, SeedTuningJob_update_time);
    job->epoch_count = (int32_t)message_int(asked, SeedTuningJob_epoch_count);
    job->batch_size = (int32_t)message_int(asked, SeedTuningJob_batch_size);
    job->has_learning_rate_multiplier = true;
    job->learning_rate_multiplier = message_float(asked, SeedTuningJob_learning_rate_multiplier);
    job->parent = message_text(asked, SeedTuningJob_parent);
    job->checkpoint_count = (int32_t)message_int(asked, SeedTuningJob_checkpoint_count);
    job->default_checkpoint = (int32_t)message_int(asked, SeedTuningJob_default_checkpoint);
    job->model_name = message_text(asked, SeedTuningJob_model_display_name);
    job->model_text = message_text(asked, SeedTuningJob_model_description);
    job->removed = message_text(asked, SeedTuningJob_removed);
    tuned_model_set_data_set(write, data.examples, data.contexts, data.count, arena);
    return seed_check_json(job->job);
}
