#include "server/state/state_file.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/map.h"
#include "server/contract/limits.h"
#include "server/json/decode.h"
#include "server/sim/examples.h"
#include "server/space/clock_message.h"
#include "server/space/dials_message.h"
#include "server/space/faults.h"
#include "server/space/stories.h"
#include "server/space/stubs.h"
#include "server/state/catalogue.h"
#include "server/state/job.h"
#include "server/state/permission.h"
#include "server/state/tuned_model.h"
#include "server/state/tuning_job_file.h"

struct state_file {
    struct space *space;
    struct store_reader *reader;
    struct arena *arena;
    struct share *share;
    bool has_room; /* in the share, for what the arena holds */
    struct message *message;
    struct state_file_id *first, **end; /* of all models */
    struct state_file_id *first_job;    /* of all tuning jobs, the oldest first */
    struct map models;                  /* that are encoded, by id */
    struct message *numbers;            /* of the rows that are encoded */
    enum store_result result;
};

struct state_file_id {
    struct text id;
    struct state_file_id *next;
};

/* Has the share be what the arena holds by now, and as much for the JSON, unless both are little.
 * False if there is no room. */
static bool state_file_count(struct state_file *file)
{
    size_t bytes = 2 * file->arena->used_bytes;
    file->has_room =
        file->has_room && (bytes <= ANSWER_FREE_BYTES || share_grow(file->share, bytes));
    return file->has_room;
}

static bool state_file_take_model(
    void *context, const struct store_model *model, const struct store_roles *roles)
{
    (void)roles;
    struct state_file *file = context;
    struct state_file_id *taken = arena_alloc(file->arena, sizeof(*taken));
    *taken = (struct state_file_id){.id = arena_text(file->arena, model->id)};
    *file->end = taken;
    file->end = &taken->next;
    return state_file_count(file);
}

static bool state_file_take_job(
    void *context, const struct store_model *model, const struct store_roles *roles)
{
    (void)roles;
    struct state_file *file = context;
    struct state_file_id *taken = arena_alloc(file->arena, sizeof(*taken));
    *taken = (struct state_file_id){arena_text(file->arena, model->id), file->first_job};
    file->first_job = taken;
    return state_file_count(file);
}

static void state_file_number(struct state_file *file, struct text name, int64_t seq)
{
    message_add_pair(
        file->numbers, StateNumbers_rows, name, arena_printf(file->arena, "%" PRId64, seq));
}

/* Operations that are fixed stand for themselves; that of a training is in its model's job. */
static bool state_file_take_fixed_operation(void *context, const struct store_operation *operation,
    const struct store_model *model, int32_t role)
{
    (void)model;
    (void)role;
    struct state_file *file = context;
    struct decode_problems problems;
    if (!map_find(&file->models, operation->model_id))
        return true;
    state_file_number(file,
        arena_printf(file->arena, "tunedModels/%.*s/operations/%.*s",
            TEXT_ARGS(operation->model_id), TEXT_ARGS(operation->id)),
        operation->seq);
    if (operation->fixed.len == 0)
        return state_file_count(file);
    decode_problems_init(&problems, file->arena);
    decode_body(operation->fixed, message_add_child(file->message, SeedFile_operations), TEXT(""),
        &problems);
    return state_file_count(file);
}

/* The operation of a model's training. */
struct state_file_operation {
    struct text id; /* empty: it was deleted */
    struct arena *arena;
};

static bool state_file_take_own_operation(void *context, const struct store_operation *operation,
    const struct store_model *model, int32_t role)
{
    (void)model;
    (void)role;
    struct state_file_operation *own = context;
    if (operation->fixed.len > 0)
        return true;
    own->id = arena_text(own->arena, operation->id);
    return false;
}

static bool state_file_take_permission(void *context, const struct store_permission *permission)
{
    struct state_file *file = context;
    struct store_permission kept = *permission;
    kept.email = arena_text(file->arena, permission->email);
    struct message *message = permission_message(&kept, VERSION_V1BETA, file->arena);
    message_add_message(file->message, SeedFile_permissions, message);
    state_file_number(file, message_text(message, Permission_name), permission->seq);
    return state_file_count(file);
}

/* Where the examples of a data set go. */
struct state_file_data {
    struct state_file *file;
    struct message *list;
    bool is_damaged;
};

static void state_file_take_data(void *context, struct text bytes)
{
    struct state_file_data *data = context;
    struct examples examples;
    data->is_damaged = !examples_open(bytes, &examples) || !examples_are_sound(&examples);
    if (data->is_damaged)
        return;
    for (uint32_t i = 0; i < examples.count && state_file_count(data->file); i++) {
        struct example example = examples_at(&examples, i);
        struct message *message = message_add_child(data->list, TuningExamples_examples);
        message_set_text(
            message, TuningExample_text_input, arena_text(data->file->arena, example.input));
        message_set_text(
            message, TuningExample_output, arena_text(data->file->arena, example.output));
    }
}

static void state_file_add_examples(
    struct state_file *file, const struct store_model *model, struct message *tuned_model)
{
    if (model->data_set.len == 0)
        return;
    struct message *task = message_make_child(tuned_model, TunedModel_tuning_task);
    struct message *training_data = message_make_child(task, TuningTask_training_data);
    struct state_file_data data = {
        .file = file, .list = message_make_child(training_data, Dataset_examples)};
    file->result =
        store_look_at_data_set(file->reader, model->data_set, state_file_take_data, &data);
    if (file->result == STORE_NOT_FOUND || data.is_damaged)
        file->result = STORE_DAMAGED;
}

/* What a create was asked for, without what its job says. */
static void state_file_forget_progress(const struct store_model *model, struct message *tuned_model)
{
    struct message *task = message_child(tuned_model, TunedModel_tuning_task);
    message_clear(tuned_model, TunedModel_state);
    message_set_int(tuned_model, TunedModel_update_time, model->update_ns);
    message_clear(task, TuningTask_start_time);
    message_clear(task, TuningTask_complete_time);
    message_clear(task, TuningTask_snapshots);
}

static void state_file_add_job(struct state_file *file, const struct store_model *model)
{
    struct state_file_operation own = {TEXT(""), file->arena};
    file->result = store_list_operations_of(
        file->reader, file->space->number, model->id, 0, state_file_take_own_operation, &own);
    message_add_message(file->message, SeedFile_jobs, job_message(model, own.id, file->arena));
}

/* All of a model, between the beginning and the end of a read. */
static void state_file_read_model(
    struct state_file *file, struct text id, const struct catalogue *catalogue, int64_t now_ns)
{
    struct store_model *model = arena_alloc(file->arena, sizeof(*model));
    file->result = store_find_model(file->reader, file->space->number, id, file->arena, model);
    if (file->result == STORE_OK && model->kind != STORE_TUNED_MODEL)
        file->result = STORE_NOT_FOUND;
    if (file->result != STORE_OK)
        return;
    struct message *tuned_model = tuned_model_message(model,
        catalogue_find(catalogue, model->base_model), now_ns, VERSION_V1BETA, NULL, file->arena);
    map_put(&file->models, id, model);
    message_add_message(file->message, SeedFile_tuned_models, tuned_model);
    state_file_number(file, message_text(tuned_model, TunedModel_name), model->seq);
    if (!model->fixed_state) {
        state_file_forget_progress(model, tuned_model);
        state_file_add_job(file, model);
    }
    if (file->result == STORE_OK)
        state_file_add_examples(file, model, tuned_model);
    if (file->result == STORE_OK)
        file->result = store_list_permissions(
            file->reader, file->space->number, id, 0, state_file_take_permission, file);
}

static void state_file_add_model(
    struct state_file *file, struct text id, const struct catalogue *catalogue, int64_t now_ns)
{
    file->result = store_read_begin(file->reader);
    if (file->result != STORE_OK)
        return;
    state_file_read_model(file, id, catalogue, now_ns);
    store_read_end(file->reader);
    /* Deleted meanwhile. */
    if (file->result == STORE_NOT_FOUND)
        file->result = STORE_OK;
}

static void state_file_take_job_data(void *context, struct text bytes)
{
    struct state_file_data *data = context;
    struct examples examples;
    data->is_damaged = !examples_open(bytes, &examples) || !examples_are_sound(&examples);
    for (uint32_t i = 0; !data->is_damaged && i < examples.count && state_file_count(data->file);
         i++)
        tuning_job_file_add_example(data->list, &examples, i);
}

/* All of a tuning job, between the beginning and the end of a read. */
static void state_file_read_job(struct state_file *file, struct text id)
{
    struct store_model job;
    file->result = store_find_model(file->reader, file->space->number, id, file->arena, &job);
    if (file->result != STORE_OK)
        return;
    struct message *message = tuning_job_file_message(&job, file->arena);
    struct state_file_data data = {.file = file, .list = message};
    message_add_message(file->message, SeedFile_tuning_jobs, message);
    message_add_message(file->message, SeedFile_jobs, job_message(&job, TEXT(""), file->arena));
    state_file_number(file, message_text(message, SeedTuningJob_name), job.seq);
    if (job.data_set.len > 0)
        file->result =
            store_look_at_data_set(file->reader, job.data_set, state_file_take_job_data, &data);
    if (file->result == STORE_NOT_FOUND || data.is_damaged)
        file->result = STORE_DAMAGED;
}

static void state_file_add_tuning_job(struct state_file *file, struct text id)
{
    file->result = store_read_begin(file->reader);
    if (file->result != STORE_OK)
        return;
    state_file_read_job(file, id);
    store_read_end(file->reader);
    /* Of a namespace that was cleared meanwhile. */
    if (file->result == STORE_NOT_FOUND)
        file->result = STORE_OK;
}

static void state_file_find_models(struct state_file *file)
{
    struct store_list list = {.namespace_id = file->space->number, .of = STORE_LIST_ALL};
    file->result = store_read_begin(file->reader);
    if (file->result != STORE_OK)
        return;
    file->result = store_list_models(file->reader, &list, state_file_take_model, file);
    list.kind = STORE_TUNING_JOB;
    if (file->result == STORE_OK)
        file->result = store_list_models(file->reader, &list, state_file_take_job, file);
    store_read_end(file->reader);
}

/* After the models: an operation brings its model along, so that of one that is not there, since
 * it was deleted or is new, is left out. */
static void state_file_add_operations(struct state_file *file, struct text only_model)
{
    struct store_list list = {.namespace_id = file->space->number, .of = STORE_LIST_ALL};
    if (file->result != STORE_OK || !file->has_room)
        return;
    file->result = store_read_begin(file->reader);
    if (file->result != STORE_OK)
        return;
    file->result = only_model.len > 0 ? store_list_operations_of(file->reader, list.namespace_id,
                                            only_model, 0, state_file_take_fixed_operation, file)
                                      : store_list_operations(file->reader, &list,
                                            state_file_take_fixed_operation, file);
    store_read_end(file->reader);
}

static void state_file_add_clock(struct state_file *file, int64_t now_ns)
{
    struct clock_view view = clock_look(&file->space->clock);
    view.now_ns = now_ns;
    clock_message_fill(message_make_child(file->message, SeedFile_clock), &view);
}

/* A space in which nothing was counted needs none. */
static void state_file_add_numbers(struct state_file *file, struct store *store)
{
    struct message *numbers = file->numbers;
    struct space *space = file->space;
    const struct {
        unsigned field;
        int64_t number;
    } last[] = {
        {StateNumbers_last_row, store_last_seq(store, space->number)},
        {StateNumbers_last_fault, (int64_t)faults_last_id(space->faults)},
        {StateNumbers_last_request, (int64_t)atomic_load(&space->last_request_id)},
        {StateNumbers_last_draw, (int64_t)dials_count_draws(&space->dials)},
        {StateNumbers_last_stub, (int64_t)stubs_last_id(space->stubs)},
    };
    bool is_any = false;
    for (size_t i = 0; i < ARRAY_COUNT(last); i++) {
        if (last[i].number > 0)
            message_set_int(numbers, last[i].field, last[i].number);
        is_any = is_any || last[i].number > 0;
    }
    if (is_any)
        message_set_message(file->message, SeedFile_numbers, numbers);
}

static void state_file_add_config(struct state_file *file)
{
    struct dials dials = dials_get(&file->space->dials);
    dials_message_fill(message_make_child(file->message, SeedFile_config), &dials);
}

static void state_file_add_faults(struct state_file *file)
{
    struct message *answer = message_new(file->arena, MESSAGE_ListFaultsResponse, VERSION_V1BETA);
    faults_list(file->space->faults, answer);
    for (size_t i = 0; i < message_count(answer, ListFaultsResponse_faults); i++)
        message_add_message(
            file->message, SeedFile_faults, message_child_at(answer, ListFaultsResponse_faults, i));
}

static void state_file_add_stories(struct state_file *file)
{
    struct message *answer = message_new(file->arena, MESSAGE_ListStoriesResponse, VERSION_V1BETA);
    stories_list(file->space->stories, answer);
    for (size_t i = 0; i < message_count(answer, ListStoriesResponse_stories); i++)
        message_add_message(file->message, SeedFile_stories,
            message_child_at(answer, ListStoriesResponse_stories, i));
}

static int64_t state_file_stub_number(const struct message *stub)
{
    int64_t number = 0;
    text_parse_int64(message_text(stub, Stub_id), &number);
    return number;
}

static int state_file_compare_stubs(const void *left, const void *right)
{
    int64_t a = state_file_stub_number(*(struct message *const *)left);
    int64_t b = state_file_stub_number(*(struct message *const *)right);
    return (a > b) - (a < b);
}

/* By age, since each keeps its id only behind those before; they are listed by priority. */
static void state_file_add_stubs(struct state_file *file)
{
    struct message *answer = message_new(file->arena, MESSAGE_ListStubsResponse, VERSION_V1BETA);
    stubs_list(file->space->stubs, answer);
    size_t count = message_count(answer, ListStubsResponse_stubs);
    struct message **stubs = arena_array(file->arena, count, sizeof(struct message *));
    for (size_t i = 0; i < count; i++)
        stubs[i] = message_child_at(answer, ListStubsResponse_stubs, i);
    if (count > 0)
        qsort(stubs, count, sizeof(struct message *), state_file_compare_stubs);
    for (size_t i = 0; i < count; i++)
        message_add_message(file->message, SeedFile_stubs, stubs[i]);
    stubs_list_scenarios(file->space->stubs, file->message, SeedFile_scenarios);
}

static struct state_file state_file_begin(
    struct space *space, struct store_reader *reader, struct share *share, struct arena *arena)
{
    struct state_file file = {.space = space,
        .reader = reader,
        .arena = arena,
        .share = share,
        .has_room = true,
        .message = message_new(arena, MESSAGE_SeedFile, VERSION_V1BETA),
        .numbers = message_new(arena, MESSAGE_StateNumbers, VERSION_V1BETA)};
    map_init(&file.models, arena);
    message_set_int(file.message, SeedFile_version, 1);
    return file;
}

static struct message *state_file_end(struct state_file *file, enum store_result *ret_result)
{
    *ret_result = file->result;
    return file->result == STORE_OK && state_file_count(file) ? file->message : NULL;
}

struct message *state_file_encode(struct space *space, struct store *store,
    struct store_reader *reader, const struct catalogue *catalogue, int64_t now_ns,
    struct share *share, struct arena *arena, enum store_result *ret_result)
{
    struct state_file file = state_file_begin(space, reader, share, arena);
    file.end = &file.first;
    state_file_find_models(&file);
    for (const struct state_file_id *at = file.first;
         at && file.result == STORE_OK && state_file_count(&file); at = at->next)
        state_file_add_model(&file, at->id, catalogue, now_ns);
    state_file_add_operations(&file, TEXT(""));
    for (const struct state_file_id *at = file.first_job;
         at && file.result == STORE_OK && state_file_count(&file); at = at->next)
        state_file_add_tuning_job(&file, at->id);
    state_file_add_faults(&file);
    state_file_add_stories(&file);
    state_file_add_stubs(&file);
    state_file_add_clock(&file, now_ns);
    state_file_add_config(&file);
    state_file_add_numbers(&file, store);
    int64_t counter = store_last_counter(store, space->number);
    if (counter > 0)
        message_set_int(file.message, SeedFile_counter, counter);
    return state_file_end(&file, ret_result);
}

struct message *state_file_encode_model(struct space *space, struct store_reader *reader,
    const struct catalogue *catalogue, struct text id, int64_t now_ns, struct share *share,
    struct arena *arena, enum store_result *ret_result)
{
    struct state_file file = state_file_begin(space, reader, share, arena);
    state_file_add_model(&file, id, catalogue, now_ns);
    state_file_add_operations(&file, id);
    if (file.result == STORE_OK && message_count(file.message, SeedFile_tuned_models) == 0)
        file.result = STORE_NOT_FOUND;
    return state_file_end(&file, ret_result);
}

struct message *state_file_encode_tuning_job(struct space *space, struct store_reader *reader,
    struct text id, struct share *share, struct arena *arena, enum store_result *ret_result)
{
    struct state_file file = state_file_begin(space, reader, share, arena);
    state_file_add_tuning_job(&file, id);
    if (file.result == STORE_OK && message_count(file.message, SeedFile_tuning_jobs) == 0)
        file.result = STORE_NOT_FOUND;
    return state_file_end(&file, ret_result);
}
