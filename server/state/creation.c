#include "server/state/creation.h"

#include <math.h>

#include "base/hash.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/state/catalogue.h"
#include "server/state/content.h"
#include "server/state/identity.h"
#include "server/state/model_check.h"
#include "server/state/plot.h"
#include "server/state/tuned_model.h"

/* Defaults of Hyperparameters (comments of its proto): the smaller data sets get the first of each
 * pair. From how many examples on the second applies is published nowhere. */
enum { DEFAULT_EPOCH_COUNT = 5, DEFAULT_BATCH_SIZE = 4, DEFAULT_BATCH_SIZE_LARGE = 16 };
#define DEFAULT_LEARNING_RATE 0.001F
#define DEFAULT_LEARNING_RATE_LARGE 0.0002F
enum { LARGE_DATA_SET_EXAMPLES = 1000 };

/* Texts below name these. */
_Static_assert(EPOCH_COUNT_MAX == 1000000 && BATCH_SIZE_MAX == 1000000, "[1, 1000000]");
_Static_assert(TRAINING_STEPS_MAX == 100000, "100000 steps");

/* Gives false. */
static bool creation_fail_with(struct creation *creation, enum error_id error,
    size_t argument_count, const struct text *arguments)
{
    creation->problem.error = error;
    creation->problem.argument_count = argument_count;
    for (size_t i = 0; i < argument_count; i++)
        creation->problem.arguments[i] = arguments[i];
    return false;
}

static bool creation_fail(struct creation *creation, enum error_id error)
{
    return creation_fail_with(creation, error, 0, NULL);
}

static bool creation_fail_lines(struct creation *creation)
{
    return creation_fail_with(creation, ERROR_TM_INVALID, 1, &creation->lines.text);
}

static void creation_check_hyperparameters(struct creation *creation, const struct message *hyper)
{
    int64_t epochs = message_int(hyper, Hyperparameters_epoch_count);
    int64_t batch = message_int(hyper, Hyperparameters_batch_size);
    float rate = message_float(hyper, Hyperparameters_learning_rate);
    float multiplier = message_float(hyper, Hyperparameters_learning_rate_multiplier);
    if (message_has(hyper, Hyperparameters_epoch_count))
        check_range(&creation->lines, ERROR_TM_HYPER_RANGE,
            "tuning_task.hyperparameters.epoch_count", epochs >= 1 && epochs <= EPOCH_COUNT_MAX,
            "in the range [1, 1000000]");
    if (message_has(hyper, Hyperparameters_batch_size))
        check_range(&creation->lines, ERROR_TM_HYPER_RANGE,
            "tuning_task.hyperparameters.batch_size", batch >= 1 && batch <= BATCH_SIZE_MAX,
            "in the range [1, 1000000]");
    if (message_has(hyper, Hyperparameters_learning_rate))
        check_range(&creation->lines, ERROR_TM_HYPER_RANGE,
            "tuning_task.hyperparameters.learning_rate", rate > 0.0F && isfinite(rate),
            "greater than 0");
    if (message_has(hyper, Hyperparameters_learning_rate_multiplier))
        check_range(&creation->lines, ERROR_TM_HYPER_RANGE,
            "tuning_task.hyperparameters.learning_rate_multiplier",
            multiplier > 0.0F && isfinite(multiplier), "greater than 0");
}

/* `list` is the path of the example's list. */
static void creation_check_example(struct creation *creation, const char *list, size_t index,
    bool has_input, struct example example)
{
    struct arena *arena = creation->arena;
    bool is_short = example.input.len <= TRAINING_INPUT_CHARACTERS_MAX &&
                    example.output.len <= TRAINING_OUTPUT_CHARACTERS_MAX;
    if (is_short && has_input && example.output.len)
        return;
    /* No more is reported, and a body may have millions of these. */
    if (creation->lines.count >= VIOLATIONS_MAX)
        return;

    /* Paths cost, so they are made for examples with a problem only. */
    struct text path =
        arena_printf(arena, "tuned_model.tuning_task.training_data.%s[%zu]", list, index);
    if (!has_input)
        field_lines_add(&creation->lines, ERROR_TM_EXAMPLE_INPUT,
            arena_printf(arena, "%.*s.model_input", TEXT_ARGS(path)), 0, NULL);
    check_length(&creation->lines, ERROR_TM_EXAMPLE_LONG,
        arena_printf(arena, "%.*s.text_input", TEXT_ARGS(path)), example.input,
        TRAINING_INPUT_CHARACTERS_MAX);
    struct text output_path = arena_printf(arena, "%.*s.output", TEXT_ARGS(path));
    if (example.output.len == 0)
        field_lines_add(&creation->lines, ERROR_TM_EXAMPLE_OUTPUT, output_path, 0, NULL);
    check_length(&creation->lines, ERROR_TM_EXAMPLE_LONG, output_path, example.output,
        TRAINING_OUTPUT_CHARACTERS_MAX);
}

static const struct message *creation_asked_data(const struct creation *creation)
{
    return creation->task ? message_child(creation->task, TuningTask_training_data) : NULL;
}

static const struct message *creation_asked_examples(const struct creation *creation)
{
    const struct message *data = creation_asked_data(creation);
    return data ? message_child(data, Dataset_examples) : NULL;
}

/*
 * The conversations of the latest schema, beside the examples or among them; NULL if there are
 * none. Their form is not checked: what can be read of it counts, within the bounds of a body.
 * False if it is over these.
 */
static bool creation_read_asked_conversations(
    struct creation *creation, const struct message **ret_conversations)
{
    struct arena *arena = creation->arena;
    const struct message *data = creation_asked_data(creation),
                         *examples = creation_asked_examples(creation);
    struct text json = data ? message_text(data, Dataset_multiturn_examples) : TEXT("");
    if (text_is_empty(json) && examples)
        json = message_text(examples, TuningExamples_multiturn_examples);
    *ret_conversations = NULL;
    if (text_is_empty(json))
        return true;
    struct message *conversations =
        message_new(arena, MESSAGE_TuningMultiturnExamples, VERSION_LATEST);
    struct decode_problems *problems = &creation->decoded;
    decode_problems_init(problems, arena);
    problems->limits = creation->limits;
    creation->is_decoded = true;
    if (json.bytes[0] == '[')
        json = arena_printf(arena, "{\"examples\":%.*s}", TEXT_ARGS(json));
    decode_body(json, conversations, TEXT(""), problems);
    *ret_conversations = conversations;
    return problems->excess == DECODE_FITS;
}

/* The last turn of the model and that of the user before it. False if there are no two such. */
static bool creation_read_conversation(
    struct creation *creation, const struct message *conversation, struct example *ret_example)
{
    bool has_output = false;
    for (size_t i = message_count(conversation, TuningMultiturnExample_contents); i > 0; i--) {
        const struct message *content =
            message_child_at(conversation, TuningMultiturnExample_contents, i - 1);
        bool is_model = text_equals_string(message_text(content, Content_role), "model");
        struct text text = content_text(content, creation->arena);
        if (is_model && !has_output)
            ret_example->output = text;
        else if (!is_model && has_output) {
            ret_example->input = text;
            return true;
        }
        has_output = has_output || is_model;
    }
    return false;
}

static void creation_read_conversations(
    struct creation *creation, const struct message *conversations)
{
    const char *list = "multiturn_examples.examples";
    size_t before = creation->example_count;
    size_t count = message_count(conversations, TuningMultiturnExamples_examples);
    for (size_t i = 0; i < count; i++) {
        struct example *example = &creation->examples[creation->example_count];
        if (!creation_read_conversation(creation,
                message_child_at(conversations, TuningMultiturnExamples_examples, i), example))
            continue;
        creation_check_example(creation, list, i, true, *example);
        creation->example_count++;
    }
    creation->hint = creation->example_count > before
                         ? "multiturnExamples: the last turns of user and model are taken as a "
                           "pair, earlier turns and the system instruction are ignored"
                         : "multiturnExamples are ignored: none has a turn of the user that the "
                           "model answers";
}

/* False if what was read is over its bounds. */
static bool creation_read_examples(struct creation *creation)
{
    const char *list = "examples.examples";
    const struct message *examples = creation_asked_examples(creation);
    const struct message *conversations;
    if (!creation_read_asked_conversations(creation, &conversations))
        return false;
    size_t count = examples ? message_count(examples, TuningExamples_examples) : 0;
    size_t conversation_count =
        conversations ? message_count(conversations, TuningMultiturnExamples_examples) : 0;
    check_count(&creation->lines, "tuning_task.training_data.examples.examples",
        count + conversation_count, TRAINING_EXAMPLES_MAX);
    if (count + conversation_count > TRAINING_EXAMPLES_MAX)
        return true;
    creation->examples =
        arena_array(creation->arena, count + conversation_count, sizeof(*creation->examples));
    for (size_t i = 0; i < count; i++) {
        const struct message *asked = message_child_at(examples, TuningExamples_examples, i);
        struct example example = {message_text(asked, TuningExample_text_input),
            message_text(asked, TuningExample_output)};
        creation_check_example(
            creation, list, i, message_has(asked, TuningExample_text_input), example);
        creation->examples[i] = example;
    }
    creation->example_count = count;
    if (conversations)
        creation_read_conversations(creation, conversations);
    return true;
}

static bool creation_check_names(struct creation *creation)
{
    struct text display_name = message_text(creation->asked, TunedModel_display_name);
    bool is_strict = creation->fidelity == FIDELITY_STRICT;
    /* An id that is empty is none. */
    if (is_strict && text_is_empty(creation->id) && text_is_empty(display_name))
        return creation_fail(creation, ERROR_TM_NAMELESS);
    return text_is_empty(creation->id) || identity_is_tuned_model_id(creation->id) ||
           creation_fail(creation, ERROR_TM_ID_FORMAT);
}

bool creation_check(struct creation *creation)
{
    creation->task = message_child(creation->asked, TunedModel_tuning_task);
    field_lines_begin(&creation->lines, creation->arena, TEXT("CreateTunedModelRequest"));
    const struct message *hyper =
        creation->task ? message_child(creation->task, TuningTask_hyperparameters) : NULL;
    if (!creation_check_names(creation))
        return false;
    check_settable_fields(&creation->lines, creation->asked);
    if (hyper)
        creation_check_hyperparameters(creation, hyper);
    if (!creation_read_examples(creation))
        return false;
    if (creation->lines.count)
        return creation_fail_lines(creation);
    bool is_empty_good =
        creation->fidelity == FIDELITY_COMPAT && !creation_asked_examples(creation);
    return creation->example_count > 0 || is_empty_good ||
           creation_fail(creation, ERROR_TM_EXAMPLES_EMPTY);
}

bool creation_source_id(struct creation *creation, struct text *ret_id)
{
    const struct message *source = message_child(creation->asked, TunedModel_tuned_model_source);
    struct text name = source ? message_text(source, TunedModelSource_tuned_model) : TEXT("");
    struct text prefix = TEXT("tunedModels/");
    *ret_id = text_starts_with(name, prefix) ? text_slice(name, prefix.len, name.len) : name;
    if (!source || name.len)
        return true;
    struct text reason = TEXT("tuned_model");
    field_lines_add(&creation->lines, ERROR_TM_REQUIRED,
        TEXT("tuned_model.tuned_model_source.tuned_model"), 1, &reason);
    return creation_fail_lines(creation);
}

void creation_refuse_base(struct creation *creation)
{
    creation_fail_with(creation, ERROR_TM_BASE_INVALID, 2,
        (struct text[]){
            creation->write->model.base_model, text_of(api_version_name(creation->version))});
}

bool creation_find_base(struct creation *creation, const struct creation_source *source)
{
    struct store_model *model = &creation->write->model;
    bool is_strict = creation->fidelity == FIDELITY_STRICT;
    /* What the source says about the base is output only, and ignored. */
    struct text name =
        source ? source->model.base_model : message_text(creation->asked, TunedModel_base_model);
    if (text_is_empty(name))
        return creation_fail(creation, ERROR_TM_BASE_MISSING);
    const struct base_model *base =
        source ? source->base : catalogue_find(creation->catalogue, name);
    if (source && is_strict && base && base->curve == TRAINING_CURVE_GEMINI_1_5_FLASH)
        return creation_fail_with(creation, ERROR_TM_RETUNE, 1, &name);
    model->base_model = name;
    if (source)
        model->source_model =
            arena_printf(creation->arena, "tunedModels/%.*s", TEXT_ARGS(source->model.id));
    if (base && base_model_is_there(base, creation->fidelity) && base_model_is_tunable(base)) {
        creation->base = base;
        return true;
    }
    creation_refuse_base(creation);
    return false;
}

static void creation_fill_hyperparameters(struct creation *creation, const struct message *hyper)
{
    struct store_model *model = &creation->write->model;
    bool is_large = creation->example_count >= LARGE_DATA_SET_EXAMPLES;
    float default_rate = is_large ? DEFAULT_LEARNING_RATE_LARGE : DEFAULT_LEARNING_RATE;
    model->epoch_count = DEFAULT_EPOCH_COUNT;
    model->batch_size = is_large ? DEFAULT_BATCH_SIZE_LARGE : DEFAULT_BATCH_SIZE;
    if (hyper && message_has(hyper, Hyperparameters_epoch_count))
        model->epoch_count = (int32_t)message_int(hyper, Hyperparameters_epoch_count);
    if (hyper && message_has(hyper, Hyperparameters_batch_size))
        model->batch_size = (int32_t)message_int(hyper, Hyperparameters_batch_size);
    if (hyper && message_has(hyper, Hyperparameters_learning_rate_multiplier)) {
        model->has_learning_rate_multiplier = true;
        model->learning_rate_multiplier =
            message_float(hyper, Hyperparameters_learning_rate_multiplier);
        model->plan_learning_rate = (double)model->learning_rate_multiplier * (double)default_rate;
        return;
    }
    model->has_learning_rate = true;
    model->learning_rate = hyper && message_has(hyper, Hyperparameters_learning_rate)
                               ? message_float(hyper, Hyperparameters_learning_rate)
                               : default_rate;
    model->plan_learning_rate = (double)model->learning_rate;
}

bool creation_plan(struct creation *creation)
{
    struct store_model *model = &creation->write->model;
    enum api_version version = creation->version;
    model->version = (int32_t)(version == VERSION_V1 ? VERSION_V1BETA : version);
    tuned_model_set_settable(model, creation->asked, creation->base->model, creation->arena);
    creation_fill_hyperparameters(creation,
        creation->task ? message_child(creation->task, TuningTask_hyperparameters) : NULL);
    model->total_steps = training_total_steps(
        (int64_t)creation->example_count, model->epoch_count, model->batch_size);
    if (model->total_steps <= TRAINING_STEPS_MAX)
        return true;
    check_range(&creation->lines, ERROR_TM_HYPER_RANGE, "tuning_task.hyperparameters.epoch_count",
        false, "such that examples times epochs by batch size is at most 100000 steps");
    return creation_fail_lines(creation);
}

size_t creation_data_bytes(const struct creation *creation)
{
    return examples_encoded_bytes(creation->examples, NULL, creation->example_count);
}

void creation_draw(struct creation *creation, const struct dials *dials, int64_t counter)
{
    struct store_model *model = &creation->write->model;
    bool is_strict = creation->fidelity == FIDELITY_STRICT;
    size_t suffix_max = is_strict ? TUNED_MODEL_ID_LENGTH_MAX : ID_SUFFIX_LENGTH;
    creation->random = hash_mix(dials->seed, (uint64_t)counter);
    creation->write->counter_used = counter;
    model->id = creation->id;
    creation->is_drawn = text_is_empty(model->id);
    if (creation->is_drawn)
        model->id = identity_tuned_model_id(
            creation->arena, model->display_name, suffix_max, hash_mix(creation->random, 1));
}

void creation_take_story(struct creation *creation, struct stories *stories)
{
    creation->plot = plot_take(stories, &creation->write->model, creation->arena);
}

/* All that is random, or goes by what is, but for the model's id. */
static void creation_use_draw(struct creation *creation)
{
    struct store_write *write = creation->write;
    struct store_model *model = &write->model;
    uint64_t random = creation->random;
    write->operation.model_id = model->id;
    write->operation.id = identity_random(creation->arena, hash_mix(random, 2), ID_SUFFIX_LENGTH);
    write->permission.model_id = model->id;
    model->noise_seed = hash_mix(random, 3);
    /* What time does not move need not wait for it to begin. */
    int64_t delay_step_ns = model->pacing == TRAINING_BY_TIME ? model->step_ns : 0;
    model->start_ns = training_start_time(
        model->create_ns, delay_step_ns, creation->base->curve, model->noise_seed);
}

void creation_finish(
    struct creation *creation, const struct dials *dials, int64_t now_ns, struct text owner_email)
{
    struct arena *arena = creation->arena;
    struct store_write *write = creation->write;
    struct store_model *model = &write->model;
    tuned_model_set_data_set(write, creation->examples, NULL, creation->example_count, arena);
    model->create_ns = model->update_ns = now_ns - now_ns % NS_PER_US;
    model->step_ns = dials->step_ns;
    plot_tell(&creation->plot, model);
    model->pacing = (int32_t)dials->progress.by;
    model->polls = dials->progress.polls;
    write->permission = (struct store_permission){.id = identity_permission_id(owner_email, arena),
        .grantee_type = Permission_GranteeType_USER,
        .role = Permission_Role_OWNER,
        .email = owner_email};
    creation_use_draw(creation);
}

void creation_redraw(struct creation *creation, const struct dials *dials, int64_t counter)
{
    creation_draw(creation, dials, counter);
    creation_use_draw(creation);
}
