#include "server/state/tuning_creation.h"

#include <float.h>
#include <inttypes.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/sim/instant.h"
#include "server/sim/trainer.h"
#include "server/sim/unicode.h"
#include "server/state/plot.h"
#include "server/state/tuned_model.h"
#include "server/state/tuning_job.h"
#include "server/state/tuning_versions.h"
#include "server/state/vertex_number.h"

/*
 * What the real service takes for epochs and batches follows from the data and is published
 * nowhere ("auto-adjusted", its page on hyperparameters): these are our own, by size.
 */
enum {
    TUNING_LARGE_EXAMPLES = 1000,
    TUNING_EPOCHS = 5,
    TUNING_EPOCHS_LARGE = 3,
    TUNING_BATCH = 4,
    TUNING_BATCH_LARGE = 16,
    /* A job waits for so many steps until it runs; of recorded step times, as the recorded job. */
    TUNING_QUEUE_STEPS = 2,
    TUNING_QUEUE_REAL_SECONDS = 23
};
#define TUNING_RATE 0.001
#define TUNING_RATE_LARGE 0.0002

static bool tuning_creation_fail(struct tuning_creation *creation, enum error_id error,
    size_t count, const struct text *arguments)
{
    creation->problem = (struct tuning_problem){.error = error, .argument_count = count};
    for (size_t i = 0; i < count; i++)
        creation->problem.arguments[i] = arguments[i];
    return false;
}

bool tuning_creation_refuse(struct tuning_creation *creation, const char *path, struct text problem)
{
    struct text arguments[] = {
        arena_printf(creation->arena, "tuning_job%s%s", *path ? "." : "", path), problem};
    return tuning_creation_fail(creation, ERROR_VX_FIELD, 2, arguments);
}

static bool tuning_creation_require(struct tuning_creation *creation, const char *path)
{
    return tuning_creation_refuse(creation, path, TEXT("Required field is not set."));
}

/* --- what both kinds of specs have --- */

struct tuning_hyper {
    int64_t epoch_count, batch_size; /* 0: not given, as below */
    double rate_multiplier, rate;
    int64_t adapter;
};

static const char *tuning_spec_path(const struct tuning_creation *creation, const char *field)
{
    return arena_printf(creation->arena, "%s.%s",
        creation->is_preference ? "preference_optimization_spec" : "supervised_tuning_spec", field)
        .bytes;
}

static struct tuning_hyper tuning_creation_hyper(const struct tuning_creation *creation)
{
    const struct message *hyper = message_child(
        creation->spec, creation->is_preference ? PreferenceOptimizationSpec_hyper_parameters
                                                : SupervisedTuningSpec_hyper_parameters);
    if (!hyper)
        return (struct tuning_hyper){0};
    if (creation->is_preference)
        return (struct tuning_hyper){
            .epoch_count = message_int(hyper, PreferenceOptimizationHyperParameters_epoch_count),
            .rate_multiplier = message_double(
                hyper, PreferenceOptimizationHyperParameters_learning_rate_multiplier),
            .adapter = message_int(hyper, PreferenceOptimizationHyperParameters_adapter_size)};
    return (struct tuning_hyper){
        .epoch_count = message_int(hyper, SupervisedHyperParameters_epoch_count),
        .batch_size = message_int(hyper, SupervisedHyperParameters_batch_size),
        .rate_multiplier =
            message_double(hyper, SupervisedHyperParameters_learning_rate_multiplier),
        .rate = message_double(hyper, SupervisedHyperParameters_learning_rate),
        .adapter = message_int(hyper, SupervisedHyperParameters_adapter_size)};
}

static bool tuning_creation_exports_last_only(const struct tuning_creation *creation)
{
    return message_bool(creation->spec, creation->is_preference
                                            ? PreferenceOptimizationSpec_export_last_checkpoint_only
                                            : SupervisedTuningSpec_export_last_checkpoint_only);
}

/* --- checks --- */

/* The ways of tuning that are not emulated. */
static const struct {
    unsigned field;
    const char *name;
} tuning_other_specs[] = {
    {TuningJob_distillation_spec, "distillationSpec"},
    {TuningJob_partner_model_tuning_spec, "partnerModelTuningSpec"},
    {TuningJob_veo_tuning_spec, "veoTuningSpec"},
    {TuningJob_reinforcement_tuning_spec, "reinforcementTuningSpec"},
    {TuningJob_full_fine_tuning_spec, "fullFineTuningSpec"},
};

static bool tuning_creation_check_spec(struct tuning_creation *creation)
{
    const struct message *asked = creation->asked;
    for (size_t i = 0; i < ARRAY_COUNT(tuning_other_specs); i++) {
        struct text name = text_of(tuning_other_specs[i].name);
        if (message_has(asked, tuning_other_specs[i].field))
            return tuning_creation_fail(creation, ERROR_VX_TUNING, 1, &name);
    }
    creation->spec = message_child(asked, TuningJob_supervised_tuning_spec);
    creation->is_preference = !creation->spec;
    if (creation->is_preference)
        creation->spec = message_child(asked, TuningJob_preference_optimization_spec);
    if (!creation->spec)
        return tuning_creation_require(creation, "supervised_tuning_spec");
    creation->training_uri = message_text(
        creation->spec, creation->is_preference ? PreferenceOptimizationSpec_training_dataset_uri
                                                : SupervisedTuningSpec_training_dataset_uri);
    creation->validation_uri = message_text(
        creation->spec, creation->is_preference ? PreferenceOptimizationSpec_validation_dataset_uri
                                                : SupervisedTuningSpec_validation_dataset_uri);
    return creation->training_uri.len > 0 ||
           tuning_creation_require(creation, tuning_spec_path(creation, "training_dataset_uri"));
}

static bool tuning_creation_check_range(
    struct tuning_creation *creation, const char *field, bool is_good, struct text problem)
{
    return is_good || tuning_creation_refuse(creation,
                          tuning_spec_path(creation,
                              arena_printf(creation->arena, "hyper_parameters.%s", field).bytes),
                          problem);
}

static bool tuning_creation_check_hyper(struct tuning_creation *creation)
{
    struct tuning_hyper hyper = tuning_creation_hyper(creation);
    /* The row has floats, and the plan their product. */
    bool is_rate_good = hyper.rate_multiplier >= 0 && hyper.rate_multiplier <= FLT_MAX;
    bool is_own_rate_good = hyper.rate >= 0 && hyper.rate <= FLT_MAX;
    return tuning_creation_check_range(creation, "epoch_count",
               hyper.epoch_count >= 0 && hyper.epoch_count <= EPOCH_COUNT_MAX,
               arena_printf(
                   creation->arena, "The value must be in the range [1, %d].", EPOCH_COUNT_MAX)) &&
           tuning_creation_check_range(creation, "learning_rate_multiplier", is_rate_good,
               TEXT("The value must be a number above 0, and one that a float can be.")) &&
           tuning_creation_check_range(creation, "batch_size",
               hyper.batch_size >= 0 && hyper.batch_size <= BATCH_SIZE_MAX,
               arena_printf(
                   creation->arena, "The value must be in the range [1, %d].", BATCH_SIZE_MAX)) &&
           tuning_creation_check_range(creation, "learning_rate", is_own_rate_good,
               TEXT("The value must be a number above 0, and one that a float can be."));
}

/* Lower case, digits, '_' and '-', of any script. */
static bool tuning_label_is_good(struct text label, struct arena *arena)
{
    size_t count = 0;
    for (size_t offset = 0; offset < label.len; count++) {
        uint32_t point = unicode_next(label, &offset);
        if (point != '-' && point != '_' && !unicode_is_word(point))
            return false;
    }
    return count <= TUNING_LABEL_CHARACTERS_MAX &&
           text_equals(unicode_change_case(label, UNICODE_TO_LOWER, arena), label);
}

static bool tuning_creation_check_labels(struct tuning_creation *creation)
{
    size_t count = message_count(creation->asked, TuningJob_labels);
    if (count > TUNING_LABELS_MAX)
        return tuning_creation_refuse(creation, "labels",
            arena_printf(creation->arena, "There must be at most %d labels.", TUNING_LABELS_MAX));
    for (size_t i = 0; i < count; i++) {
        struct text key, value;
        message_pair_at(creation->asked, TuningJob_labels, i, &key, &value);
        bool is_good = key.len > 0 && tuning_label_is_good(key, creation->arena) &&
                       tuning_label_is_good(value, creation->arena);
        if (!is_good)
            return tuning_creation_refuse(creation, "labels",
                arena_printf(creation->arena,
                    "Label keys and values can be no longer than %d characters, can only contain "
                    "lowercase letters, numeric characters, underscores and dashes.",
                    TUNING_LABEL_CHARACTERS_MAX));
    }
    return true;
}

static bool tuning_creation_check_name(struct tuning_creation *creation)
{
    struct text name = message_text(creation->asked, TuningJob_tuned_model_display_name);
    return text_code_points(name) <= TUNING_NAME_CHARACTERS_MAX ||
           tuning_creation_refuse(creation, "tuned_model_display_name",
               arena_printf(creation->arena, "The name can be up to %d characters long.",
                   TUNING_NAME_CHARACTERS_MAX));
}

struct text tuning_creation_parent_name(const struct tuning_creation *creation)
{
    const struct message *continued = message_child(creation->asked, TuningJob_pre_tuned_model);
    return continued ? message_text(continued, PreTunedModel_tuned_model_name) : TEXT("");
}

struct text tuning_creation_checkpoint(const struct tuning_creation *creation)
{
    const struct message *continued = message_child(creation->asked, TuningJob_pre_tuned_model);
    return continued ? message_text(continued, PreTunedModel_checkpoint_id) : TEXT("");
}

static bool tuning_creation_check_source(struct tuning_creation *creation)
{
    bool is_continued = message_has(creation->asked, TuningJob_pre_tuned_model);
    if (is_continued)
        return tuning_creation_parent_name(creation).len > 0 ||
               tuning_creation_require(creation, "pre_tuned_model.tuned_model_name");
    return message_text(creation->asked, TuningJob_base_model).len > 0 ||
           tuning_creation_require(creation, "base_model");
}

bool tuning_creation_check(struct tuning_creation *creation)
{
    return tuning_creation_check_spec(creation) && tuning_creation_check_source(creation) &&
           tuning_creation_check_name(creation) && tuning_creation_check_labels(creation) &&
           tuning_creation_check_hyper(creation);
}

/* --- the base model --- */

/* How many parameters a size stands for, by its number. */
static const int tuning_adapters[] = {
    [SupervisedHyperParameters_AdapterSize_ADAPTER_SIZE_UNSPECIFIED] = 0,
    [SupervisedHyperParameters_AdapterSize_ADAPTER_SIZE_ONE] = 1,
    [SupervisedHyperParameters_AdapterSize_ADAPTER_SIZE_FOUR] = 4,
    [SupervisedHyperParameters_AdapterSize_ADAPTER_SIZE_EIGHT] = 8,
    [SupervisedHyperParameters_AdapterSize_ADAPTER_SIZE_SIXTEEN] = 16,
    [SupervisedHyperParameters_AdapterSize_ADAPTER_SIZE_THIRTY_TWO] = 32,
    [SupervisedHyperParameters_AdapterSize_ADAPTER_SIZE_TWO] = 2,
};

static bool tuning_creation_continue(
    struct tuning_creation *creation, const struct tuning_parent *parent)
{
    struct store_model *model = &creation->write->model;
    const struct store_model *job = &parent->job;
    struct text parent_name = job->model_name.len ? job->model_name : job->display_name;
    struct text name = message_text(creation->asked, TuningJob_tuned_model_display_name);
    creation->is_version = text_is_empty(name) || text_equals(name, parent_name);
    if (text_is_empty(name))
        model->display_name = parent_name;
    model->parent = arena_printf(creation->arena, "%.*s#%" PRIu32,
        TEXT_ARGS(tuning_job_model_name(job, true, creation->arena)), parent->checkpoint);
    if (!creation->is_version)
        return true;
    model->model_number = job->model_number;
    model->model_version = parent->last_version + 1;
    creation->attempt = parent->attempt + 1;
    return creation->attempt <= TUNING_VERSIONS_MAX ||
           tuning_creation_refuse(creation, "pre_tuned_model.tuned_model_name",
               arena_printf(creation->arena,
                   "A model has at most %d versions here; with a name of its own a new one begins.",
                   TUNING_VERSIONS_MAX));
}

bool tuning_creation_find_base(struct tuning_creation *creation, const struct tuning_parent *parent)
{
    struct store_model *model = &creation->write->model;
    struct text name =
        parent ? parent->job.base_model : message_text(creation->asked, TuningJob_base_model);
    const struct base_model *base =
        catalogue_find_published(creation->catalogue, name, creation->arena);
    bool is_there = base && base->adapter_max > 0 &&
                    (base->is_published || creation->fidelity == FIDELITY_COMPAT);
    if (!is_there)
        return tuning_creation_fail(creation, ERROR_VX_BASE, 1, &name);
    int64_t adapter = tuning_creation_hyper(creation).adapter;
    bool is_adapter_good = adapter >= 0 && adapter < (int64_t)ARRAY_COUNT(tuning_adapters) &&
                           tuning_adapters[adapter] <= base->adapter_max;
    if (!is_adapter_good)
        return tuning_creation_fail(creation, ERROR_VX_ADAPTER, 0, NULL);
    creation->base = base;
    model->base_model = message_text(base->model, Model_name);
    model->display_name = message_text(creation->asked, TuningJob_tuned_model_display_name);
    model->model_version = 1;
    return !parent || tuning_creation_continue(creation, parent);
}

/* --- the plan --- */

static void tuning_creation_fill_hyper(struct tuning_creation *creation)
{
    struct store_model *model = &creation->write->model;
    struct tuning_hyper hyper = tuning_creation_hyper(creation);
    bool is_large = creation->data.count >= TUNING_LARGE_EXAMPLES;
    double rate = hyper.rate > 0 ? hyper.rate : is_large ? TUNING_RATE_LARGE : TUNING_RATE;
    double multiplier = hyper.rate_multiplier > 0 ? hyper.rate_multiplier : 1;
    model->epoch_count = hyper.epoch_count ? (int32_t)hyper.epoch_count
                         : is_large        ? TUNING_EPOCHS_LARGE
                                           : TUNING_EPOCHS;
    model->batch_size = hyper.batch_size ? (int32_t)hyper.batch_size
                        : is_large       ? TUNING_BATCH_LARGE
                                         : TUNING_BATCH;
    model->has_learning_rate_multiplier = true;
    model->learning_rate_multiplier = (float)multiplier;
    model->plan_learning_rate = rate * multiplier;
}

/* It is read for each answer that shows the job, and a state file must bring it back. */
static bool tuning_creation_check_size(struct tuning_creation *creation, struct text json)
{
    return json.len <= SEED_JSON_BYTES_MAX ||
           tuning_creation_refuse(creation, "",
               arena_printf(creation->arena, "The job must have at most %d bytes of JSON.",
                   SEED_JSON_BYTES_MAX));
}

bool tuning_creation_plan(struct tuning_creation *creation)
{
    struct store_model *model = &creation->write->model;
    model->kind = STORE_TUNING_JOB;
    model->version = (int32_t)creation->version;
    model->project = creation->project;
    model->location = creation->location;
    model->description = message_text(creation->asked, TuningJob_description);
    model->job = tuning_job_asked_text(creation->asked, creation->arena);
    model->statistics = creation->data.statistics;
    if (!tuning_creation_check_size(creation, model->job))
        return false;
    tuning_creation_fill_hyper(creation);
    int32_t checkpoints =
        model->epoch_count < TUNING_CHECKPOINTS_MAX ? model->epoch_count : TUNING_CHECKPOINTS_MAX;
    model->checkpoint_count = tuning_creation_exports_last_only(creation) ? 0 : checkpoints;
    model->total_steps =
        training_total_steps((int64_t)creation->data.count, model->epoch_count, model->batch_size);
    return tuning_creation_check_range(creation, "epoch_count",
        model->total_steps <= TRAINING_STEPS_MAX,
        arena_printf(creation->arena,
            "Examples times epochs by batch size must be at most %d steps.", TRAINING_STEPS_MAX));
}

void tuning_creation_draw(
    struct tuning_creation *creation, const struct dials *dials, int64_t counter)
{
    struct store_model *model = &creation->write->model;
    creation->random = hash_mix(dials->seed, (uint64_t)counter);
    creation->write->counter_used = counter;
    uint64_t number = creation->is_version
                          ? tuning_versions_job(model->model_number, creation->attempt)
                          : vertex_number_draw(hash_mix(creation->random, 1));
    if (!creation->is_version)
        model->model_number = number;
    model->id = tuning_job_row_id(number, creation->arena);
}

void tuning_creation_take_story(struct tuning_creation *creation, struct stories *stories)
{
    creation->plot = plot_take(stories, &creation->write->model, creation->arena);
}

/* When the job begins to run. What time does not move need not wait. */
static int64_t tuning_creation_start_ns(const struct store_model *model, enum training_curve curve)
{
    int64_t step_ns = model->pacing == TRAINING_BY_TIME ? model->step_ns : 0;
    int64_t queue_ns = step_ns == TRAINING_STEP_REAL
                           ? TUNING_QUEUE_REAL_SECONDS * NS_PER_SECOND
                           : instant_multiply(step_ns, TUNING_QUEUE_STEPS);
    return training_start_time(
        instant_add(model->create_ns, queue_ns), 0, curve, model->noise_seed);
}

static void tuning_creation_use_draw(struct tuning_creation *creation)
{
    struct store_model *model = &creation->write->model;
    model->noise_seed = hash_mix(creation->random, 3);
    model->start_ns = tuning_creation_start_ns(model, creation->base->curve);
}

void tuning_creation_finish(
    struct tuning_creation *creation, const struct dials *dials, int64_t now_ns)
{
    struct store_model *model = &creation->write->model;
    const struct tuning_examples *data = &creation->data;
    tuned_model_set_data_set(
        creation->write, data->examples, data->contexts, data->count, creation->arena);
    model->create_ns = model->update_ns = now_ns - now_ns % NS_PER_US;
    model->step_ns = dials->step_ns;
    plot_tell(&creation->plot, model);
    if (data->problem.len) {
        model->end = TRAINING_END_FAILED;
        model->has_end_step = true;
        model->end_step = 0;
        model->end_code = STATUS_INVALID_ARGUMENT;
        model->end_message = data->problem;
    }
    model->pacing = (int32_t)dials->progress.by;
    model->polls = dials->progress.polls;
    tuning_creation_use_draw(creation);
}

void tuning_creation_redraw(
    struct tuning_creation *creation, const struct dials *dials, int64_t counter)
{
    if (creation->is_version) {
        creation->attempt++;
        creation->write->model.model_version++;
    }
    tuning_creation_draw(creation, dials, counter);
    tuning_creation_use_draw(creation);
}
