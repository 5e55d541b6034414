#include "server/state/state_file.h"

#include "base/map.h"
#include "server/json/decode.h"
#include "server/sim/examples.h"
#include "server/space/faults.h"
#include "server/state/catalogue.h"
#include "server/state/job.h"
#include "server/state/tuned_model.h"

struct state_file {
    const struct space *space;
    struct store_reader *reader;
    struct arena *arena;
    struct share *share;
    bool has_room; /* in the share, for what the arena holds */
    struct message *message;
    struct state_file_model *first, **end;
    struct map operations; /* by model id: the id of the operation that is not fixed */
    enum store_result result;
};

/* A model that is to be encoded; what the store lends is copied. */
struct state_file_model {
    struct store_model model;
    struct state_file_model *next;
};

/* Has the share be what the arena holds by now. False if there is no room. */
static bool state_file_count(struct state_file *file)
{
    file->has_room = file->has_room && share_grow(file->share, file->arena->used_bytes);
    return file->has_room;
}

static bool state_file_take_model(
    void *context, const struct store_model *model, const struct store_roles *roles)
{
    (void)roles;
    struct state_file *file = context;
    struct state_file_model *taken = arena_alloc(file->arena, sizeof(*taken));
    *taken = (struct state_file_model){.model = store_copy_model(model, file->arena)};
    *file->end = taken;
    file->end = &taken->next;
    return state_file_count(file);
}

/* One that is fixed stands for itself, any other in its model's job. */
static bool state_file_take_operation(void *context, const struct store_operation *operation,
    const struct store_model *model, int32_t role)
{
    (void)model;
    (void)role;
    struct state_file *file = context;
    if (operation->fixed.len == 0) {
        struct text *id = arena_alloc(file->arena, sizeof(*id));
        *id = arena_text(file->arena, operation->id);
        map_put(&file->operations, arena_text(file->arena, operation->model_id), id);
        return state_file_count(file);
    }
    struct decode_problems problems;
    decode_problems_init(&problems, file->arena);
    decode_body(operation->fixed, message_add_child(file->message, SeedFile_operations), TEXT(""),
        &problems);
    return state_file_count(file);
}

static bool state_file_take_permission(void *context, const struct store_permission *permission)
{
    struct state_file *file = context;
    struct message *message = message_add_child(file->message, SeedFile_permissions);
    message_set_text(message, Permission_name,
        arena_printf(file->arena, "tunedModels/%.*s/permissions/%.*s",
            TEXT_ARGS(permission->model_id), TEXT_ARGS(permission->id)));
    if (permission->grantee_type)
        message_set_int(message, Permission_grantee_type, permission->grantee_type);
    if (permission->email.len)
        message_set_text(
            message, Permission_email_address, arena_text(file->arena, permission->email));
    message_set_int(message, Permission_role, permission->role);
    return state_file_count(file);
}

/* Where the examples of a data set go. */
struct state_file_data {
    struct message *list;
    struct arena *arena;
};

static void state_file_take_data(void *context, struct text bytes)
{
    const struct state_file_data *data = context;
    struct examples examples;
    if (!examples_open(bytes, &examples))
        return;
    for (uint32_t i = 0; i < examples.count; i++) {
        struct example example = examples_at(&examples, i);
        struct message *message = message_add_child(data->list, TuningExamples_examples);
        message_set_text(message, TuningExample_text_input, arena_text(data->arena, example.input));
        message_set_text(message, TuningExample_output, arena_text(data->arena, example.output));
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
        message_make_child(training_data, Dataset_examples), file->arena};
    file->result =
        store_look_at_data_set(file->reader, model->data_set, state_file_take_data, &data);
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

static void state_file_add_model(struct state_file *file, const struct store_model *model,
    const struct base_model *base, int64_t now_ns)
{
    struct message *tuned_model =
        tuned_model_message(model, base, now_ns, VERSION_V1BETA, file->arena);
    if (!model->fixed_state) {
        const struct text *operation = map_find(&file->operations, model->id);
        state_file_forget_progress(model, tuned_model);
        message_add_message(file->message, SeedFile_jobs,
            job_message(model, operation ? *operation : TEXT(""), file->arena));
    }
    message_add_message(file->message, SeedFile_tuned_models, tuned_model);
    file->result = store_read_begin(file->reader);
    if (file->result != STORE_OK)
        return;
    state_file_add_examples(file, model, tuned_model);
    if (file->result == STORE_OK)
        file->result = store_list_permissions(
            file->reader, file->space->number, model->id, 0, state_file_take_permission, file);
    store_read_end(file->reader);
    /* Deleted meanwhile. */
    if (file->result == STORE_NOT_FOUND)
        file->result = STORE_OK;
}

/* Finds all models and operations. */
static void state_file_find(struct state_file *file)
{
    struct store_list list = {.namespace_id = file->space->number, .of = STORE_LIST_ALL};
    file->result = store_read_begin(file->reader);
    if (file->result != STORE_OK)
        return;
    file->result = store_list_models(file->reader, &list, state_file_take_model, file);
    if (file->result == STORE_OK)
        file->result = store_list_operations(file->reader, &list, state_file_take_operation, file);
    store_read_end(file->reader);
}

static void state_file_add_faults(struct state_file *file)
{
    struct message *answer = message_new(file->arena, MESSAGE_ListFaultsResponse, VERSION_V1BETA);
    faults_list(file->space->faults, answer);
    for (size_t i = 0; i < message_count(answer, ListFaultsResponse_faults); i++)
        message_add_message(
            file->message, SeedFile_faults, message_child_at(answer, ListFaultsResponse_faults, i));
}

struct message *state_file_encode(const struct space *space, struct store *store,
    struct store_reader *reader, const struct catalogue *catalogue, int64_t now_ns,
    struct share *share, struct arena *arena, enum store_result *ret_result)
{
    struct state_file file = {.space = space,
        .reader = reader,
        .arena = arena,
        .share = share,
        .has_room = true,
        .message = message_new(arena, MESSAGE_SeedFile, VERSION_V1BETA)};
    file.end = &file.first;
    map_init(&file.operations, arena);
    message_set_int(file.message, SeedFile_version, 1);
    state_file_find(&file);
    for (const struct state_file_model *at = file.first;
         at && file.result == STORE_OK && state_file_count(&file); at = at->next)
        state_file_add_model(
            &file, &at->model, catalogue_find(catalogue, at->model.base_model), now_ns);
    state_file_add_faults(&file);
    int64_t counter = store_last_counter(store, space->number);
    if (counter > 0)
        message_set_int(file.message, SeedFile_counter, counter);
    *ret_result = file.result;
    return file.result == STORE_OK && state_file_count(&file) ? file.message : NULL;
}
