#include "server/state/tuned_model.h"

#include <assert.h>

#include "base/hash.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/json/decode.h"
#include "server/sim/instant.h"
#include "server/state/catalogue.h"
#include "server/state/kept_key.h"
#include "server/state/tuning_snapshots.h"

/* A base model that is not in the catalogue, as when an earlier start had other seeds, learns like
 * the last one. */
struct training_plan tuned_model_plan(
    const struct store_model *model, const struct base_model *base)
{
    return (struct training_plan){
        .curve = base ? base->curve : TRAINING_CURVE_GEMINI_1_5_FLASH,
        .example_count = model->example_count,
        .batch_size = model->batch_size,
        .epoch_count = model->epoch_count,
        .learning_rate = model->plan_learning_rate,
        .total_steps = model->total_steps,
        .start_ns = model->start_ns,
        .step_ns = model->step_ns,
        .data_hash = model->data_hash,
        .noise_seed = model->noise_seed,
        .end = (enum training_end)model->end,
        .end_ns = model->end_ns,
        .has_end_step = model->has_end_step,
        .end_step = model->end_step,
        .pacing = {(enum training_by)model->pacing, model->polls},
        .has_stall_step = model->has_stall_step,
        .stall_step = model->stall_step,
        .looks = model->looks,
        .moves = model->moves,
    };
}

/* When the training begins that an order is for: a tuning job that is moved while it waits does so
 * at once. */
static int64_t tuned_model_order_start_ns(
    const struct store_model *model, enum training_order_kind kind, int64_t now_ns)
{
    bool is_moved = kind == TRAINING_COMPLETE || kind == TRAINING_ADVANCE;
    if (model->kind != (int32_t)STORE_TUNING_JOB || !is_moved || now_ns >= model->start_ns)
        return model->start_ns;
    return instant_floor(now_ns) + model->start_ns - instant_floor(model->start_ns);
}

enum training_answer tuned_model_follow(const struct store_model *model,
    const struct base_model *base, const struct tuned_model_order *order, int64_t now_ns,
    struct store_model *ret_changed, struct arena *arena)
{
    struct training_plan plan = tuned_model_plan(model, base);
    plan.start_ns = tuned_model_order_start_ns(model, order->training.kind, now_ns);
    enum training_answer answer = training_order_follow(&plan, &order->training, now_ns, arena);
    if (answer != TRAINING_OBEYS)
        return answer;
    ret_changed->start_ns = plan.start_ns;
    bool is_end = order->training.kind == TRAINING_CANCEL || order->training.kind == TRAINING_FAIL;
    ret_changed->end = (int32_t)plan.end;
    ret_changed->end_ns = plan.end_ns;
    ret_changed->has_end_step = plan.has_end_step;
    ret_changed->end_step = plan.end_step;
    ret_changed->end_code = is_end ? order->code : model->end_code;
    ret_changed->end_message = is_end ? order->message : model->end_message;
    ret_changed->has_stall_step = plan.has_stall_step;
    ret_changed->stall_step = plan.stall_step;
    ret_changed->looks = plan.looks;
    ret_changed->moves = plan.moves;
    if (plan.end == TRAINING_END_COMPLETED) {
        ret_changed->end_code = 0;
        ret_changed->end_message = TEXT("");
    }
    return TRAINING_OBEYS;
}

/* The store has the bounds of these numbers without knowing the enums. */
_Static_assert(STORE_VERSION_MAX == (int)VERSION_COUNT - 1, "enum api_version");
_Static_assert(STORE_END_MAX == (int)TRAINING_END_COMPLETED, "enum training_end");
_Static_assert(STORE_PACING_MAX == (int)TRAINING_BY_POLLS, "enum training_by");
_Static_assert(STORE_FIXED_STATE_MAX == (int)TunedModel_State_FAILED, "TunedModel.State");
_Static_assert(STORE_GRANTEE_TYPE_MAX == (int)Permission_GranteeType_EVERYONE, "GranteeType");
_Static_assert(STORE_ROLE_MAX == (int)Permission_Role_READER, "Permission.Role");

static const char *tuned_model_task_problem(const struct store_model *model)
{
    struct arena arena;
    struct decode_problems problems;
    arena_init(&arena);
    decode_problems_init(&problems, &arena);
    decode_body(model->fixed_task, message_new(&arena, MESSAGE_TuningTask, VERSION_V1BETA),
        TEXT(""), &problems);
    bool is_good = !decode_problems_any(&problems);
    arena_release(&arena);
    return is_good ? NULL : "its tuning task is no JSON of one";
}

const char *tuned_model_problem(const struct store_model *model, bool is_deep)
{
    if (model->fixed_state)
        return is_deep && model->fixed_task.len ? tuned_model_task_problem(model) : NULL;
    struct training_plan plan = tuned_model_plan(model, NULL);
    bool is_in_limits = model->epoch_count <= EPOCH_COUNT_MAX &&
                        model->batch_size <= BATCH_SIZE_MAX &&
                        model->total_steps <= TRAINING_STEPS_MAX;
    if (!is_in_limits || !training_plan_is_valid(&plan))
        return "its training plan cannot be one";
    return is_deep && !training_plan_is_sound(&plan) ? "its training was moved as none can be"
                                                     : NULL;
}

enum {
    /* Longer texts would drive out all others, and take little longer to make than to copy. */
    KEPT_MODEL_BYTES_MAX = 64 * 1024,
    SNAPSHOT_BYTES = 192 /* of one as text: 155 at most as yet */
};

/* Everything about a model at one moment that its messages need. */
struct moment {
    struct message_source source;
    const struct store_model *model;
    struct training_plan plan;
    struct training_progress progress;
    enum TunedModel_State state;
    struct kept *kept; /* of texts */
    struct arena *arena;
    struct text key; /* of the text that was looked for last */
};

static struct moment moment_at(const struct store_model *model, const struct base_model *base,
    int64_t now_ns, struct arena *arena)
{
    struct moment moment = {.model = model, .arena = arena};
    if (model->fixed_state) {
        moment.state = (enum TunedModel_State)model->fixed_state;
        moment.progress.next_ns = INT64_MAX;
        return moment;
    }
    moment.plan = tuned_model_plan(model, base);
    moment.progress = train_at(&moment.plan, now_ns);
    moment.state = !moment.progress.is_ended                    ? TunedModel_State_CREATING
                   : moment.progress.end == TRAINING_END_FAILED ? TunedModel_State_FAILED
                                                                : TunedModel_State_ACTIVE;
    return moment;
}

int64_t tuned_model_end_ns(const struct store_model *model, const struct base_model *base)
{
    if (model->fixed_state)
        return INT64_MAX;
    struct training_plan plan = tuned_model_plan(model, base);
    struct training_progress last = train_at(&plan, TIME_MAX_NS);
    return last.is_ended ? last.complete_ns : INT64_MAX;
}

enum TunedModel_State tuned_model_state(
    const struct store_model *model, const struct base_model *base, int64_t now_ns)
{
    return moment_at(model, base, now_ns, NULL).state;
}

int32_t tuned_model_seen_examples(
    const struct store_model *model, const struct base_model *base, int64_t now_ns)
{
    if (model->fixed_state || model->end != (int32_t)TRAINING_END_CANCELLED)
        return model->example_count;
    struct training_plan plan = tuned_model_plan(model, base);
    return training_seen_examples(&plan, now_ns);
}

static void moment_fill_hyperparameters(const struct moment *moment, struct message *task)
{
    const struct store_model *model = moment->model;
    bool has_any = model->epoch_count || model->batch_size || model->has_learning_rate ||
                   model->has_learning_rate_multiplier;
    if (!has_any)
        return;
    struct message *hyper = message_make_child(task, TuningTask_hyperparameters);
    if (model->epoch_count)
        message_set_int(hyper, Hyperparameters_epoch_count, model->epoch_count);
    if (model->batch_size)
        message_set_int(hyper, Hyperparameters_batch_size, model->batch_size);
    if (model->has_learning_rate)
        message_set_float(hyper, Hyperparameters_learning_rate, model->learning_rate);
    if (model->has_learning_rate_multiplier)
        message_set_float(
            hyper, Hyperparameters_learning_rate_multiplier, model->learning_rate_multiplier);
}

static void moment_fill_task(const struct moment *moment, struct message *task)
{
    const struct store_model *model = moment->model;
    int64_t complete_ns = model->fixed_state                         ? model->fixed_complete_ns
                          : moment->state == TunedModel_State_ACTIVE ? moment->progress.complete_ns
                                                                     : STORE_NO_TIME;
    /* A job that was ended before its start never started. */
    bool is_never = moment->progress.is_ended && !moment->progress.is_started;
    if (model->start_ns != STORE_NO_TIME && !is_never)
        message_set_int(task, TuningTask_start_time, model->start_ns);
    if (complete_ns != STORE_NO_TIME)
        message_set_int(task, TuningTask_complete_time, complete_ns);
    tuning_snapshots_set(
        task, TuningTask_snapshots, &moment->plan, moment->progress.completed_steps, moment->kept);
    moment_fill_hyperparameters(moment, task);
    if (model->fixed_state && !text_equals_string(model->fixed_task, "{}")) {
        /* What a seed gave is shown as it was, zeros and empty messages included. */
        struct decode_problems problems;
        decode_problems_init(&problems, moment->arena);
        decode_body(model->fixed_task, task, TEXT(""), &problems);
    }
}

static void moment_fill_source(const struct moment *moment, struct message *message)
{
    const struct store_model *model = moment->model;
    if (text_is_empty(model->source_model)) {
        message_set_text_if(message, TunedModel_base_model, model->base_model);
        return;
    }
    struct message *source = message_make_child(message, TunedModel_tuned_model_source);
    message_set_text(source, TunedModelSource_tuned_model, model->source_model);
    message_set_text_if(source, TunedModelSource_base_model, model->base_model);
}

static void moment_fill_project_numbers(const struct moment *moment, struct message *message)
{
    struct text rest = moment->model->reader_project_numbers;
    while (rest.bytes && rest.len) {
        int64_t number;
        if (text_parse_int64(text_split(&rest, ','), &number))
            message_add_int(message, TunedModel_reader_project_numbers, number);
    }
}

static struct message *moment_make(const struct moment *moment, enum api_version version)
{
    const struct store_model *model = moment->model;
    struct message *message = message_new(moment->arena, MESSAGE_TunedModel, version);
    int64_t update_ns = moment->progress.is_ended ? moment->progress.complete_ns : model->update_ns;

    message_set_text(
        message, TunedModel_name, arena_joined(moment->arena, TEXT("tunedModels/"), model->id));
    moment_fill_source(moment, message);
    message_set_text_if(message, TunedModel_display_name, model->display_name);
    message_set_text_if(message, TunedModel_description, model->description);
    message_set_int(message, TunedModel_state, moment->state);
    if (model->create_ns != STORE_NO_TIME)
        message_set_int(message, TunedModel_create_time, model->create_ns);
    if (update_ns != STORE_NO_TIME)
        message_set_int(message, TunedModel_update_time, update_ns);
    /* A seed may have a model without a task; it is empty text then. */
    if (!model->fixed_state || model->fixed_task.len)
        moment_fill_task(moment, message_make_child(message, TunedModel_tuning_task));
    if (model->has_temperature)
        message_set_float(message, TunedModel_temperature, model->temperature);
    if (model->has_top_p)
        message_set_float(message, TunedModel_top_p, model->top_p);
    if (model->has_top_k)
        message_set_int(message, TunedModel_top_k, model->top_k);
    moment_fill_project_numbers(moment, message);
    return message;
}

/* All that the text of a model follows from but for its progress. */
static struct text moment_key(const struct moment *moment, uint64_t place)
{
    const struct store_model *model = moment->model;
    struct kept_key key;
    kept_key_begin(&key, KEPT_TUNED_MODEL);
    kept_key_add(&key, place);
    kept_key_add_text(&key, model->id);
    kept_key_add_text(&key, model->base_model);
    kept_key_add_text(&key, model->source_model);
    kept_key_add_text(&key, model->display_name);
    kept_key_add_text(&key, model->description);
    kept_key_add_text(&key, model->reader_project_numbers);
    kept_key_add_text(&key, model->fixed_task);
    kept_key_add(&key, model->has_temperature);
    kept_key_add_double(&key, (double)model->temperature);
    kept_key_add(&key, model->has_top_p);
    kept_key_add_double(&key, (double)model->top_p);
    kept_key_add(&key, model->has_top_k);
    kept_key_add_int(&key, model->top_k);
    kept_key_add_int(&key, model->create_ns);
    kept_key_add_int(&key, model->update_ns);
    kept_key_add_int(&key, model->start_ns);
    kept_key_add_int(&key, model->epoch_count);
    kept_key_add_int(&key, model->batch_size);
    kept_key_add(&key, model->has_learning_rate);
    kept_key_add_double(&key, (double)model->learning_rate);
    kept_key_add(&key, model->has_learning_rate_multiplier);
    kept_key_add_double(&key, (double)model->learning_rate_multiplier);
    kept_key_add_int(&key, model->fixed_state);
    kept_key_add_int(&key, model->fixed_complete_ns);
    kept_key_add_plan(&key, &moment->plan);
    return kept_key_end(&key, moment->arena);
}

/* The progress of a plan as a number: the rest of it follows from these. */
static int64_t moment_progress_number(const struct moment *moment)
{
    const struct training_progress *progress = &moment->progress;
    return (int64_t)progress->completed_steps << 8 | (int64_t)progress->end << 2 |
           (int64_t)progress->is_ended << 1 | (int64_t)progress->is_started;
}

static struct moment *moment_of(struct message_source *source)
{
    return (struct moment *)(void *)source;
}

/* The text of a training that has ended grows no more: it is kept whole, and the snapshots in it
 * need not be kept beside it. */
static struct message *moment_source_make(struct message_source *source, enum api_version version)
{
    struct moment moment = *moment_of(source);
    if (moment.progress.is_ended &&
        moment.progress.completed_steps < KEPT_MODEL_BYTES_MAX / SNAPSHOT_BYTES)
        moment.kept = NULL;
    return moment_make(&moment, version);
}

/* The text of a state that has passed is replaced, not kept beside the others. */
static struct text moment_source_find(struct message_source *source, uint64_t place)
{
    struct moment *moment = moment_of(source);
    moment->key = moment_key(moment, place);
    struct kept_value value = kept_find(moment->kept, moment->key);
    return value.number == moment_progress_number(moment) ? value.bytes : TEXT("");
}

static void moment_source_keep(struct message_source *source, struct text text)
{
    struct moment *moment = moment_of(source);
    if (text.len <= KEPT_MODEL_BYTES_MAX)
        kept_put(
            moment->kept, moment->key, (struct kept_value){text, moment_progress_number(moment)});
}

static struct message *moment_message(const struct moment *moment, enum api_version version)
{
    if (!moment->kept || moment->model->fixed_task.len > KEPT_MODEL_BYTES_MAX)
        return moment_make(moment, version);
    struct moment *source = arena_alloc(moment->arena, sizeof(*source));
    *source = *moment;
    source->source =
        (struct message_source){moment_source_make, moment_source_find, moment_source_keep};
    return message_new_made(moment->arena, MESSAGE_TunedModel, version, &source->source);
}

struct message *tuned_model_message(const struct store_model *model, const struct base_model *base,
    int64_t now_ns, enum api_version version, struct kept *kept, struct arena *arena)
{
    struct moment moment = moment_at(model, base, now_ns, arena);
    moment.kept = kept;
    return moment_make(&moment, version);
}

struct message *tuned_model_shown(const struct store_model *model, const struct base_model *base,
    int64_t now_ns, enum api_version version, struct kept *kept, struct arena *arena,
    int64_t *ret_next_ns)
{
    struct moment moment = moment_at(model, base, now_ns, arena);
    moment.kept = kept;
    if (ret_next_ns)
        *ret_next_ns = moment.progress.next_ns;
    return moment_message(&moment, version);
}

size_t tuned_model_json_bytes(
    const struct store_model *model, const struct base_model *base, int64_t now_ns)
{
    enum {
        /* A byte of text may be escaped; a number of a project has its own line. */
        TEXT_FACTOR = 6,
        NUMBERS_FACTOR = 10,
        TASK_FACTOR = 10,
        REST_BYTES = 2048
    };
    struct training_progress progress = moment_at(model, base, now_ns, NULL).progress;
    size_t texts_bytes = model->id.len + model->base_model.len + model->source_model.len +
                         model->display_name.len + model->description.len;
    return REST_BYTES + (size_t)progress.completed_steps * SNAPSHOT_BYTES +
           TEXT_FACTOR * texts_bytes + NUMBERS_FACTOR * model->reader_project_numbers.len +
           TASK_FACTOR * model->fixed_task.len;
}

static void moment_fill_result(
    const struct moment *moment, struct message *operation, enum api_version version)
{
    const struct store_model *model = moment->model;
    message_set_bool(operation, Operation_done, true);
    enum training_end end = moment->progress.end;
    if (end != TRAINING_END_CANCELLED && end != TRAINING_END_FAILED) {
        message_set_message(operation, Operation_response, moment_message(moment, version));
        return;
    }
    struct message *error = message_make_child(operation, Operation_error);
    message_set_int(error, Status_code, model->end_code);
    message_set_text_if(error, Status_message, model->end_message);
}

struct message *tuned_model_operation(const struct store_model *model, struct text operation_id,
    const struct base_model *base, int64_t now_ns, bool is_first, struct kept *kept,
    struct arena *arena)
{
    struct moment moment = moment_at(model, base, now_ns, arena);
    moment.kept = kept;
    enum api_version version = (enum api_version)model->version;
    struct message *operation = message_new(arena, MESSAGE_Operation, version);
    struct message *metadata = message_new(arena, MESSAGE_CreateTunedModelMetadata, version);
    int32_t completed = moment.progress.completed_steps;

    struct text model_name = arena_joined(arena, TEXT("tunedModels/"), model->id);
    message_set_text(operation, Operation_name,
        arena_joined(arena, arena_joined(arena, model_name, TEXT("/operations/")), operation_id));
    message_set_int(metadata, CreateTunedModelMetadata_total_steps, model->total_steps);
    if (!is_first) {
        message_set_int(metadata, CreateTunedModelMetadata_completed_steps, completed);
        float percent =
            model->total_steps > 0 ? 100.0F * (float)completed / (float)model->total_steps : 0.0F;
        message_set_float(metadata, CreateTunedModelMetadata_completed_percent, percent);
        tuning_snapshots_set(
            metadata, CreateTunedModelMetadata_snapshots, &moment.plan, completed, kept);
    }
    message_set_text(metadata, CreateTunedModelMetadata_tuned_model, model_name);
    message_set_message(operation, Operation_metadata, metadata);
    if (!is_first && moment.progress.is_ended)
        moment_fill_result(&moment, operation, version);
    return operation;
}

/* Project numbers as the store keeps them: decimal, joined by commas. */
static struct text tuned_model_project_numbers(
    const struct message *tuned_model, struct arena *arena)
{
    struct buf joined = BUF_INIT;
    size_t count = message_count(tuned_model, TunedModel_reader_project_numbers);
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_add_byte(&joined, ',');
        buf_add_int64(&joined, message_int_at(tuned_model, TunedModel_reader_project_numbers, i));
    }
    struct text text = arena_text(arena, buf_text(&joined));
    buf_release(&joined);
    return text;
}

/* The message that has a parameter: what was asked, else the base model, else NULL. */
static const struct message *tuned_model_sampling_source(
    const struct message *asked, unsigned field, const struct message *base, unsigned base_field)
{
    if (message_has(asked, field))
        return asked;
    return base && message_has(base, base_field) ? base : NULL;
}

static void tuned_model_set_sampling(
    struct store_model *model, const struct message *asked, const struct message *base)
{
    const struct message *from =
        tuned_model_sampling_source(asked, TunedModel_temperature, base, Model_temperature);
    model->has_temperature = from != NULL;
    model->temperature =
        from ? message_float(from, from == asked ? TunedModel_temperature : Model_temperature) : 0;
    from = tuned_model_sampling_source(asked, TunedModel_top_p, base, Model_top_p);
    model->has_top_p = from != NULL;
    model->top_p = from ? message_float(from, from == asked ? TunedModel_top_p : Model_top_p) : 0;
    /* topK is printed even where the base model has none (recorded for gemini-1.0-pro-001). */
    from = tuned_model_sampling_source(asked, TunedModel_top_k, base, Model_top_k);
    model->has_top_k = from || base;
    model->top_k =
        from ? (int32_t)message_int(from, from == asked ? TunedModel_top_k : Model_top_k) : 0;
}

void tuned_model_set_data_set(struct store_write *write, const struct example *examples,
    const uint64_t *contexts, size_t example_count, struct arena *arena)
{
    write->model.example_count = (int32_t)example_count;
    if (example_count == 0)
        return;
    struct buf bytes = BUF_INIT;
    examples_encode_in_contexts(&bytes, examples, contexts, example_count);
    write->data_set_bytes = arena_text(arena, buf_text(&bytes));
    buf_release(&bytes);
    struct hash_name name = hash_content(write->data_set_bytes.bytes, write->data_set_bytes.len);
    write->model.data_set = arena_text(arena, text_of(name.hex));
    struct examples encoded;
    bool is_open = examples_open(write->data_set_bytes, &encoded);
    assert(is_open);
    write->model.data_hash = examples_hash(&encoded);
}

void tuned_model_set_settable(struct store_model *model, const struct message *asked,
    const struct message *base, struct arena *arena)
{
    model->display_name = message_text(asked, TunedModel_display_name);
    model->description = message_text(asked, TunedModel_description);
    model->reader_project_numbers = tuned_model_project_numbers(asked, arena);
    tuned_model_set_sampling(model, asked, base);
}
