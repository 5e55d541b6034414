/*
 * tunedModels.create: checks what was asked, fills in defaults, draws up the training plan, and
 * writes model, data set, operation and the owner's permission at once. Nothing is trained here:
 * how far a training is follows from the plan and the clock.
 */
#include <math.h>

#include "base/hash.h"
#include "base/timefmt.h"
#include "server/api/access.h"
#include "server/state/catalogue.h"
#include "server/api/check.h"
#include "server/api/content.h"
#include "server/api/handlers.h"
#include "server/state/identity.h"
#include "server/api/permissions.h"
#include "server/state/tuned_model.h"
#include "server/sim/examples.h"

/* Defaults of Hyperparameters (comments of its proto): the smaller data sets get the first of each
 * pair. From how many examples on the second applies is published nowhere. */
enum { DEFAULT_EPOCH_COUNT = 5, DEFAULT_BATCH_SIZE = 4, DEFAULT_BATCH_SIZE_LARGE = 16 };
#define DEFAULT_LEARNING_RATE 0.001F
#define DEFAULT_LEARNING_RATE_LARGE 0.0002F
enum { LARGE_DATA_SET_EXAMPLES = 1000 };

/* Texts below name these. */
_Static_assert(EPOCH_COUNT_MAX == 1000000 && BATCH_SIZE_MAX == 1000000, "[1, 1000000]");
_Static_assert(TRAINING_STEPS_MAX == 100000, "100000 steps");

/* One create on its way from request to row. */
struct creation {
    struct call *call;
    const struct message *asked; /* the TunedModel of the body */
    const struct message *task;  /* its TuningTask, or NULL */
    struct field_lines lines;
    const struct base_model *base;
    struct example *examples;
    size_t example_count;
    const char *hint;          /* for a create that succeeds; NULL: none */
    struct store_model *model; /* of the write */
};

/* What the second half of a create needs of the first. */
struct creation_note {
    const char *hint; /* NULL: none */
};

static void check_hyperparameters(struct creation *creation, const struct message *hyper)
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
static void check_example(struct creation *creation, const char *list, size_t index, bool has_input,
    struct example example)
{
    struct arena *arena = creation->call->arena;
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

static const struct message *asked_data(const struct creation *creation)
{
    return creation->task ? message_child(creation->task, TuningTask_training_data) : NULL;
}

static const struct message *asked_examples(const struct creation *creation)
{
    const struct message *data = asked_data(creation);
    return data ? message_child(data, Dataset_examples) : NULL;
}

/*
 * The conversations of the latest schema, beside the examples or among them; NULL if there are
 * none. Their form is not checked: what can be read of it counts, within the bounds of a body.
 * False if the call was answered.
 */
static bool read_asked_conversations(
    const struct creation *creation, const struct message **ret_conversations)
{
    struct call *call = creation->call;
    struct arena *arena = call->arena;
    const struct message *data = asked_data(creation), *examples = asked_examples(creation);
    struct text json = data ? message_text(data, Dataset_multiturn_examples) : TEXT("");
    if (text_is_empty(json) && examples)
        json = message_text(examples, TuningExamples_multiturn_examples);
    *ret_conversations = NULL;
    if (text_is_empty(json))
        return true;
    struct message *conversations =
        message_new(arena, MESSAGE_TuningMultiturnExamples, VERSION_LATEST);
    struct decode_problems problems;
    decode_problems_init(&problems, arena);
    problems.limits = &call->app->body_limits;
    if (json.bytes[0] == '[')
        json = arena_printf(arena, "{\"examples\":%.*s}", TEXT_ARGS(json));
    decode_body(json, conversations, TEXT(""), &problems);
    call_hold_decoded(call, &problems);
    if (problems.excess != DECODE_FITS) {
        call_fail_problems(call, &problems);
        return false;
    }
    *ret_conversations = conversations;
    return true;
}

/* The last turn of the model and that of the user before it. False if there are no two such. */
static bool read_conversation(
    struct creation *creation, const struct message *conversation, struct example *ret_example)
{
    bool has_output = false;
    for (size_t i = message_count(conversation, TuningMultiturnExample_contents); i > 0; i--) {
        const struct message *content =
            message_child_at(conversation, TuningMultiturnExample_contents, i - 1);
        bool is_model = text_equals_string(message_text(content, Content_role), "model");
        struct text text = content_text(content, creation->call->arena);
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

static void read_conversations(struct creation *creation, const struct message *conversations)
{
    const char *list = "multiturn_examples.examples";
    size_t before = creation->example_count;
    size_t count = message_count(conversations, TuningMultiturnExamples_examples);
    for (size_t i = 0; i < count; i++) {
        struct example *example = &creation->examples[creation->example_count];
        if (!read_conversation(creation,
                message_child_at(conversations, TuningMultiturnExamples_examples, i), example))
            continue;
        check_example(creation, list, i, true, *example);
        creation->example_count++;
    }
    creation->hint = creation->example_count > before
                         ? "multiturnExamples: the last turns of user and model are taken as a "
                           "pair, earlier turns and the system instruction are ignored"
                         : "multiturnExamples are ignored: none has a turn of the user that the "
                           "model answers";
}

/* False if the call was answered. */
static bool read_examples(struct creation *creation)
{
    const char *list = "examples.examples";
    const struct message *examples = asked_examples(creation);
    const struct message *conversations;
    if (!read_asked_conversations(creation, &conversations))
        return false;
    size_t count = examples ? message_count(examples, TuningExamples_examples) : 0;
    size_t conversation_count =
        conversations ? message_count(conversations, TuningMultiturnExamples_examples) : 0;
    check_count(&creation->lines, "tuning_task.training_data.examples.examples",
        count + conversation_count, TRAINING_EXAMPLES_MAX);
    if (count + conversation_count > TRAINING_EXAMPLES_MAX)
        return true;
    creation->examples =
        arena_array(creation->call->arena, count + conversation_count, sizeof(*creation->examples));
    for (size_t i = 0; i < count; i++) {
        const struct message *asked = message_child_at(examples, TuningExamples_examples, i);
        struct example example = {message_text(asked, TuningExample_text_input),
            message_text(asked, TuningExample_output)};
        check_example(creation, list, i, message_has(asked, TuningExample_text_input), example);
        creation->examples[i] = example;
    }
    creation->example_count = count;
    if (conversations)
        read_conversations(creation, conversations);
    return true;
}

/*
 * Finds the tuned model to start from, and its base. What the source says about the base is output
 * only, and ignored. False if the call was answered.
 */
static bool find_source(
    struct creation *creation, const struct message *source, struct text *ret_base_name)
{
    struct call *call = creation->call;
    struct text name = message_text(source, TunedModelSource_tuned_model);
    struct text prefix = TEXT("tunedModels/");
    struct store_model parent;
    if (text_is_empty(name)) {
        struct text reason = TEXT("tuned_model");
        field_lines_add(&creation->lines, ERROR_TM_REQUIRED,
            TEXT("tuned_model.tuned_model_source.tuned_model"), 1, &reason);
        field_lines_fail(&creation->lines);
        return false;
    }
    call->ids[0] = text_starts_with(name, prefix) ? text_slice(name, prefix.len, name.len) : name;
    if (!access_find_model(call, ACCESS_READ, &parent) || !access_check_active(call, &parent))
        return false;
    /* A model that is ACTIVE stays so: what has ended ends no second time. */
    call->write->source_id = call->ids[0];
    access_set_condition(call, ACCESS_READ, parent.seq);
    creation->model->source_model =
        arena_printf(call->arena, "tunedModels/%.*s", TEXT_ARGS(call->ids[0]));
    *ret_base_name = parent.base_model;
    return true;
}

/* Who asks for a base that cannot be tuned is told which can, but for strict, and if any can. */
static void fail_base(struct call *call, struct text base_name)
{
    enum fidelity fidelity = call->app->settings.fidelity;
    call_fail_with(call, ERROR_TM_BASE_INVALID, 2,
        (struct text[]){base_name, text_of(api_version_name(call->version))});
    if (fidelity == FIDELITY_STRICT || call->retirement.len)
        return;
    struct text names = catalogue_tunable_names(call->app->catalogue, fidelity, call->arena);
    call_hint_text(
        call, arena_printf(call->arena, "base models that can be tuned: %.*s", TEXT_ARGS(names)));
}

/* Finds the base model, directly or through the tuned model to start from. */
static bool find_base(struct creation *creation)
{
    struct call *call = creation->call;
    struct store_model *model = creation->model;
    bool is_strict = call->app->settings.fidelity == FIDELITY_STRICT;
    struct text base_name = message_text(creation->asked, TunedModel_base_model);
    const struct message *source = message_child(creation->asked, TunedModel_tuned_model_source);
    if (source && !find_source(creation, source, &base_name))
        return false;
    if (text_is_empty(base_name)) {
        call_fail(call, ERROR_TM_BASE_MISSING);
        return false;
    }
    creation->base = catalogue_find(call->app->catalogue, base_name);
    if (source && is_strict && creation->base &&
        creation->base->curve == TRAINING_CURVE_GEMINI_1_5_FLASH) {
        call_fail_text(call, ERROR_TM_RETUNE, base_name);
        return false;
    }
    bool is_tunable = creation->base &&
                      base_model_is_there(creation->base, call->app->settings.fidelity) &&
                      base_model_is_tunable(creation->base);
    if (!is_tunable || access_is_switched_off(call, creation->base)) {
        fail_base(call, base_name);
        return false;
    }
    model->base_model = base_name;
    return true;
}

static void fill_hyperparameters(struct creation *creation, const struct message *hyper)
{
    struct store_model *model = creation->model;
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

/* Ids, times and the plan: all that is drawn from seed, counter and clock. */
static void fill_identity(struct creation *creation)
{
    struct call *call = creation->call;
    struct store_write *write = call->write;
    struct store_model *model = creation->model;
    write->counter_used = store_next_counter(call->app->store);
    uint64_t random = hash_mix(call->space->settings.seed, (uint64_t)write->counter_used);
    struct text asked_id = message_text(call->in, CreateTunedModelRequest_tuned_model_id);

    bool is_strict = call->app->settings.fidelity == FIDELITY_STRICT;
    size_t suffix_max = is_strict ? TUNED_MODEL_ID_LENGTH_MAX : ID_SUFFIX_LENGTH;

    model->id = asked_id;
    if (text_is_empty(asked_id))
        model->id = identity_tuned_model_id(
            call->arena, model->display_name, suffix_max, hash_mix(random, 1));
    write->operation.model_id = model->id;
    write->operation.id = identity_random(call->arena, hash_mix(random, 2), ID_SUFFIX_LENGTH);
    model->noise_seed = hash_mix(random, 3);

    int64_t now_us_ns = call->now_ns - call->now_ns % NS_PER_US;
    model->create_ns = model->update_ns = now_us_ns;
    model->step_ns = call->space->settings.step_ns;
    model->start_ns =
        training_start_time(now_us_ns, model->step_ns, creation->base->curve, model->noise_seed);

    write->permission = (struct store_permission){.model_id = model->id,
        .grantee_type = Permission_GranteeType_USER,
        .role = Permission_Role_OWNER,
        .email = call->caller.email};
    permission_id_of_email(call->caller.email, call->arena, &write->permission.id);
}

/* An id that is empty is none. False if the call was answered. */
static bool check_names(struct creation *creation)
{
    struct call *call = creation->call;
    struct text id = message_text(call->in, CreateTunedModelRequest_tuned_model_id);
    struct text display_name = message_text(creation->asked, TunedModel_display_name);
    bool is_strict = call->app->settings.fidelity == FIDELITY_STRICT;
    if (is_strict && text_is_empty(id) && text_is_empty(display_name)) {
        call_fail(call, ERROR_TM_NAMELESS);
        return false;
    }
    if (text_is_empty(id) || identity_is_tuned_model_id(id))
        return true;
    call_fail(call, ERROR_TM_ID_FORMAT);
    return false;
}

/* The checks that name fields. False if the call was answered. */
static bool check_request(struct creation *creation)
{
    struct call *call = creation->call;
    const struct message *hyper =
        creation->task ? message_child(creation->task, TuningTask_hyperparameters) : NULL;
    if (!check_names(creation))
        return false;
    field_lines_init(&creation->lines, call);
    check_settable_fields(&creation->lines, creation->asked);
    if (hyper)
        check_hyperparameters(creation, hyper);
    if (!read_examples(creation))
        return false;
    if (creation->lines.count) {
        field_lines_fail(&creation->lines);
        return false;
    }
    if (creation->example_count)
        return true;
    if (call->app->settings.fidelity == FIDELITY_STRICT || asked_examples(creation)) {
        call_fail(call, ERROR_TM_EXAMPLES_EMPTY);
        return false;
    }
    return true;
}

enum call_state tuned_models_create(struct call *call)
{
    struct store_write *write = call_new_write(call, STORE_CREATE_MODEL);
    struct creation creation = {.call = call,
        .asked = message_make_child(call->in, CreateTunedModelRequest_tuned_model),
        .model = &write->model};
    creation.task = message_child(creation.asked, TunedModel_tuning_task);
    if (!check_request(&creation) || !find_base(&creation))
        return CALL_DONE;
    struct creation_note *note = arena_alloc(call->arena, sizeof(*note));
    note->hint = creation.hint;
    call->context = note;
    call_end_read(call);

    struct store_model *model = &write->model;
    model->version = (int32_t)(call->version == VERSION_V1 ? VERSION_V1BETA : call->version);
    model->display_name = message_text(creation.asked, TunedModel_display_name);
    model->description = message_text(creation.asked, TunedModel_description);
    model->reader_project_numbers = tuned_model_project_numbers(creation.asked, call->arena);
    fill_hyperparameters(
        &creation, creation.task ? message_child(creation.task, TuningTask_hyperparameters) : NULL);
    model->total_steps = training_total_steps(
        (int64_t)creation.example_count, model->epoch_count, model->batch_size);
    if (model->total_steps > TRAINING_STEPS_MAX) {
        check_range(&creation.lines, ERROR_TM_HYPER_RANGE,
            "tuning_task.hyperparameters.epoch_count", false,
            "such that examples times epochs by batch size is at most 100000 steps");
        return field_lines_fail(&creation.lines);
    }
    tuned_model_set_sampling(model, creation.asked, creation.base->model);
    /* It waits with the call for the write. */
    if (!call_hold_bytes(call, examples_encoded_bytes(creation.examples, creation.example_count)))
        return CALL_DONE;
    tuned_model_set_data_set(write, creation.examples, creation.example_count, call->arena);
    fill_identity(&creation);
    return call_submit(call);
}

void tuned_models_create_finish(struct call *call)
{
    const struct store_write *write = call->write;
    if (write->result == STORE_EXISTS)
        call_fail_text(call, ERROR_TM_EXISTS, write->model.id);
    if (write->result == STORE_EXISTS || access_answer_late(call))
        return;
    const struct creation_note *note = call->context;
    if (note->hint)
        call_hint(call, note->hint);
    if (write->model.example_count == 0)
        call_hint(call,
            "created without trainingData: the model has nothing to answer from; google-genai "
            "from 1.28 (JavaScript) and other current SDKs drop it, so send it with curl or an "
            "older SDK");
    call_answer(call, tuned_model_operation(&write->model, write->operation.id,
                          call->app->catalogue, call->now_ns, true, call->arena));
}
