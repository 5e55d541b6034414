#include "server/api/seed.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/log.h"
#include "server/call/call.h"
#include "server/call/callers.h"
#include "server/state/catalogue.h"
#include "server/api/handlers.h"
#include "server/state/identity.h"
#include "server/api/permissions.h"
#include "server/state/seed_check.h"
#include "server/state/seed_words.h"
#include "server/state/tuned_model.h"
#include "server/contract/limits.h"
#include "server/space/faults.h"

/* A seed is a file for people and tests; this bounds what a wrong path can make us read. */
enum { SEED_FILE_BYTES_MAX = 256 * 1024 * 1024 };

/* A load under way. What outlives it (callers, models) is in the app's arena. */
struct seed {
    struct app *app;
    struct space *space; /* that it is loaded into */
    struct arena *arena;
    const char *path;
    struct message *file;
    struct seed_row *last_row; /* that this load has written; NULL: none */
    struct text message;       /* of the failure */
};

struct seed_row {
    const struct store_write *write;
    struct seed_row *previous;
};

static bool seed_fail(struct seed *seed, const char *place, size_t index, struct text reason)
{
    seed->message =
        arena_printf(seed->arena, "%s: %s[%zu]: %.*s", seed->path, place, index, TEXT_ARGS(reason));
    return false;
}

static bool seed_fail_file(struct seed *seed, const char *reason)
{
    seed->message = arena_printf(seed->arena, "%s: %s", seed->path, reason);
    return false;
}

static bool seed_read_file(struct seed *seed, struct buf *out)
{
    /* Opening a pipe must not wait for a writer. */
    int descriptor = open(seed->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    if (descriptor < 0 || fstat(descriptor, &status) != 0) {
        int error = errno;
        if (descriptor >= 0)
            close(descriptor);
        return seed_fail_file(seed, strerror(error));
    }
    bool is_good = S_ISREG(status.st_mode) && status.st_size <= SEED_FILE_BYTES_MAX;
    char block[16384];
    ssize_t got = 1;
    /* A file may grow while it is read, and one of the system's says that it has no size. */
    while (is_good && got > 0) {
        got = read(descriptor, block, sizeof(block));
        if (got > 0)
            buf_add(out, block, (size_t)got);
        is_good = out->len <= SEED_FILE_BYTES_MAX;
    }
    close(descriptor);
    if (!is_good || got < 0)
        return seed_fail_file(seed, "is no regular file of at most 256 MiB that can be read");
    return true;
}

static bool seed_decode(struct seed *seed, struct text text)
{
    /* A request may have no body; a file without content is one that could not be written. */
    if (text_is_empty(text_trim(text)))
        return seed_fail_file(seed, "is empty");
    static const struct decode_limits limits = {
        .values_max = SEED_VALUES_MAX, .bytes_max = SIZE_MAX, .budget = NULL};
    struct decode_problems problems;
    decode_problems_init(&problems, seed->arena);
    problems.limits = &limits;
    seed->file = message_new(seed->arena, MESSAGE_SeedFile, VERSION_V1BETA);
    decode_body(text, seed->file, TEXT(""), &problems);
    if (problems.excess == DECODE_TOO_MANY_VALUES)
        return seed_fail_file(seed,
            arena_printf(seed->arena, "has more than %d JSON values (objects, lists and scalars)",
                (int)SEED_VALUES_MAX)
                .bytes);
    if (decode_problems_any(&problems)) {
        const char *place = problems.syntax.len
                                ? arena_printf(seed->arena, ":%zu", problems.syntax_line).bytes
                                : "";
        seed->message = arena_printf(seed->arena, "%s%s: %.*s", seed->path, place,
            TEXT_ARGS(seed_words_of_decoding(&problems, text, seed->arena)));
        return false;
    }
    int64_t version = message_int(seed->file, SeedFile_version);
    if (message_has(seed->file, SeedFile_version) && version != 1)
        return seed_fail_file(seed, "has a version that this tunemock does not know; it reads 1");
    if (message_count(seed->file, SeedFile_stubs) > 0)
        return seed_fail_file(seed, "has stubs, which this version of tunemock does not serve");
    return true;
}

/* The same for what a check found; true if it found nothing. */
static bool seed_pass(struct seed *seed, const char *place, size_t index, const char *problem)
{
    return !problem || seed_fail(seed, place, index, text_of(problem));
}

/* "prefixes/{id}" gives id; false if the name is not of this form. */
static bool name_id(struct text name, struct text prefix, struct text *ret_id)
{
    *ret_id = text_slice(name, prefix.len, name.len);
    return text_starts_with(name, prefix) && ret_id->len > 0 && ret_id->len <= SEED_ID_BYTES_MAX &&
           text_find_byte(*ret_id, '/') == ret_id->len;
}

/* "tunedModels/{model}/{kind}/{id}" gives both ids. */
static bool name_child_ids(
    struct text name, const char *kind, struct text *ret_model_id, struct text *ret_id)
{
    return identity_split_child(name, kind, ret_model_id, ret_id) && ret_model_id->len &&
           ret_id->len && ret_model_id->len <= SEED_ID_BYTES_MAX &&
           ret_id->len <= SEED_ID_BYTES_MAX;
}

static struct text message_as_json(const struct message *message, struct arena *arena)
{
    struct json_style style = {.layout = JSON_COMPACT};
    struct buf json = BUF_INIT;
    json_write(&json, message, &style);
    struct text text = arena_text(arena, buf_text(&json));
    buf_release(&json);
    return text;
}

/* A text below names it. */
_Static_assert(PERMISSIONS_MAX == 1000, "1000 permissions");

/* Writes, and takes a row that is there already for good news. */
static bool seed_write(
    struct seed *seed, struct store_write *write, const char *place, size_t index)
{
    write->namespace_id = seed->space->number;
    enum store_result result = store_write_and_wait(seed->app->store, write);
    if (result == STORE_EXISTS)
        log_write(LOG_INFO, "%s: %s[%zu] is in the database already and was left alone", seed->path,
            place, index);
    if (result == STORE_OK) {
        struct seed_row *row = arena_alloc(seed->arena, sizeof(*row));
        *row = (struct seed_row){write, seed->last_row};
        seed->last_row = row;
    }
    if (result == STORE_OK || result == STORE_EXISTS)
        return true;
    if (result == STORE_REFUSED) /* of a permission only */
        return seed_fail(seed, place, index, TEXT("is more than the 1000 permissions of a model"));
    return seed_fail(seed, place, index, TEXT("cannot be written to the database; see the log"));
}

/* Takes back what was written, last row first: a file that is mended after a failure must not find
 * its old rows in the database, since those would be left alone. */
static void seed_undo(const struct seed *seed)
{
    static const enum store_write_kind opposite[] = {
        [STORE_CREATE_MODEL] = STORE_DELETE_MODEL,
        [STORE_CREATE_OPERATION] = STORE_DELETE_OPERATION,
        [STORE_CREATE_PERMISSION] = STORE_DELETE_PERMISSION,
    };
    for (const struct seed_row *row = seed->last_row; row; row = row->previous) {
        struct store_write undo = *row->write;
        undo.kind = opposite[row->write->kind];
        undo.condition = (struct store_condition){.model_seq = undo.model.seq};
        store_write_and_wait(seed->app->store, &undo);
    }
}

/* A task as the store keeps it; of its own fields only the training data goes elsewhere. */
static struct text fixed_task(struct message *task, struct arena *arena)
{
    message_clear(task, TuningTask_training_data);
    return message_as_json(task, arena);
}

static int64_t fixed_time(const struct message *message, unsigned field)
{
    return message_has(message, field) ? message_int(message, field) : STORE_NO_TIME;
}

static void fixed_fill_task(struct store_write *write, struct message *task, struct arena *arena)
{
    struct store_model *model = &write->model;
    const struct message *hyper = message_child(task, TuningTask_hyperparameters);
    const struct message *data = message_child(task, TuningTask_training_data);
    const struct message *list = data ? message_child(data, Dataset_examples) : NULL;
    size_t count = list ? message_count(list, TuningExamples_examples) : 0;
    model->start_ns = fixed_time(task, TuningTask_start_time);
    model->fixed_complete_ns = fixed_time(task, TuningTask_complete_time);
    model->fixed_task = fixed_task(task, arena);
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
    tuned_model_set_data_set(write, examples, count, arena);
}

static void fixed_fill(struct store_write *write, const struct message *asked, struct arena *arena)
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
    model->display_name = message_text(asked, TunedModel_display_name);
    model->description = message_text(asked, TunedModel_description);
    tuned_model_set_sampling(model, asked, NULL);
    model->reader_project_numbers = tuned_model_project_numbers(asked, arena);
    model->create_ns = fixed_time(asked, TunedModel_create_time);
    model->update_ns = fixed_time(asked, TunedModel_update_time);
    if (task)
        fixed_fill_task(write, task, arena);
}

/* True if the seed itself says who owns the model. */
static bool seed_has_owner(const struct seed *seed, struct text model_id)
{
    for (size_t i = 0; i < message_count(seed->file, SeedFile_permissions); i++) {
        const struct message *permission = message_child_at(seed->file, SeedFile_permissions, i);
        struct text owner_model_id, id;
        if (name_child_ids(
                message_text(permission, Permission_name), "permissions", &owner_model_id, &id) &&
            text_equals(owner_model_id, model_id) &&
            message_int(permission, Permission_role) == Permission_Role_OWNER)
            return true;
    }
    return false;
}

/* The owner of a model, unless the seed says who it is: then its permission is written later. */
static void seed_set_owner(struct seed *seed, struct store_write *write)
{
    write->permission = (struct store_permission){.id = TEXT("")};
    if (seed_has_owner(seed, write->model.id))
        return;
    write->permission = (struct store_permission){.model_id = write->model.id,
        .grantee_type = Permission_GranteeType_USER,
        .role = Permission_Role_OWNER,
        .email = TEXT(CALLERS_OPEN_EMAIL)};
    write->permission.id = identity_permission_id(write->permission.email, seed->arena);
}

static bool seed_write_fixed(
    struct seed *seed, struct text id, const struct message *asked, const char *place, size_t index)
{
    struct store_write *write = arena_alloc(seed->arena, sizeof(*write));
    if (!seed_pass(seed, place, index, seed_check_model(asked)))
        return false;
    write->kind = STORE_CREATE_MODEL;
    write->model.id = id;
    fixed_fill(write, asked, seed->arena);
    if (!seed_pass(seed, place, index, seed_check_json(write->model.fixed_task)))
        return false;
    seed_set_owner(seed, write);
    return seed_write(seed, write, place, index);
}

/* Only such a model can be taken as it is. */
static bool is_state_known(const struct message *model)
{
    int64_t state = message_int(model, TunedModel_state);
    return state >= TunedModel_State_CREATING && state <= TunedModel_State_FAILED;
}

#define NEEDS_MODEL_NAME "needs a name of the form tunedModels/{id}"

static bool seed_fixed_model(struct seed *seed, const struct message *asked, size_t index)
{
    struct text id;
    if (!is_state_known(asked))
        return seed_fail(seed, "tunedModels", index,
            TEXT("needs a state of CREATING, ACTIVE or FAILED, or none"));
    if (!name_id(message_text(asked, TunedModel_name), TEXT("tunedModels/"), &id))
        return seed_fail(seed, "tunedModels", index, TEXT(NEEDS_MODEL_NAME));
    return seed_write_fixed(seed, id, asked, "tunedModels", index);
}

/*
 * Makes the model that an operation or a permission belongs to, if there is none: `known` is what
 * is said of it; if that is NULL or has no state, the model has its name and `state` only. So a
 * recorded operation can be seeded without its model.
 */
static bool seed_make_model(struct seed *seed, struct text id, const struct message *known,
    enum TunedModel_State state, const char *place, size_t index)
{
    struct store_model model;
    struct store_reader *reader = store_get_reader(seed->app->store, 0);
    enum store_result found = store_read_begin(reader);
    if (found == STORE_OK) {
        found = store_find_model(reader, seed->space->number, id, seed->arena, &model);
        store_read_end(reader);
    }
    if (found != STORE_NOT_FOUND)
        return true; /* what else is wrong is told when the row is written */
    log_write(LOG_WARNING, "%s: %s[%zu]: made tunedModels/%.*s, which the file does not hold",
        seed->path, place, index, TEXT_ARGS(id));
    if (known && is_state_known(known))
        return seed_write_fixed(seed, id, known, place, index);
    struct message *made = message_new(seed->arena, MESSAGE_TunedModel, VERSION_V1BETA);
    message_set_int(made, TunedModel_state, state);
    return seed_write_fixed(seed, id, made, place, index);
}

/* Says which fields of a model that is to be trained cannot be kept, since the service sets them.
 */
static void seed_warn_of_output(
    const struct seed *seed, const struct message *message, size_t index)
{
    for (unsigned i = 0; i < message->type->field_count; i++) {
        const struct field *field = &message->type->fields[i];
        bool is_lost = field->flags & FIELD_OUTPUT_ONLY && message_has(message, i) &&
                       !(message_is(message, MESSAGE_TunedModel) && i == TunedModel_name);
        if (is_lost)
            log_write(LOG_WARNING,
                "%s: tunedModels[%zu]: %.*s is not kept: a model without a state is created at the "
                "start; with a state it is taken as it is",
                seed->path, index, TEXT_ARGS(field->json_name));
    }
}

/* Runs the handler of tunedModels.create, as if the model had come over the wire. */
static bool seed_created_model(struct seed *seed, struct message *asked, size_t index)
{
    struct app *app = seed->app;
    struct text name = message_text(asked, TunedModel_name), id = TEXT("");
    if (name.len && !name_id(name, TEXT("tunedModels/"), &id))
        return seed_fail(seed, "tunedModels", index, TEXT(NEEDS_MODEL_NAME));
    if (text_is_empty(message_text(asked, TunedModel_base_model)) &&
        !message_child(asked, TunedModel_tuned_model_source))
        return seed_fail(seed, "tunedModels", index,
            TEXT("needs a baseModel to be trained from, such as "
                 "models/gemini-1.5-flash-001-tuning, or a state to be taken as it is"));
    seed_warn_of_output(seed, asked, index);
    if (message_child(asked, TunedModel_tuning_task))
        seed_warn_of_output(seed, message_child(asked, TunedModel_tuning_task), index);
    struct exchange exchange;
    exchange_init(&exchange);
    struct call call = {.app = app,
        .space = seed->space,
        .arena = seed->arena,
        .request = &exchange.request,
        .reply = &exchange.reply,
        .reader = store_get_reader(app->store, 0),
        .now_ns = clock_now_ns(&seed->space->clock),
        .method = &methods[METHOD_TUNED_MODELS_CREATE],
        .method_id = METHOD_TUNED_MODELS_CREATE,
        .version = VERSION_V1BETA,
        .messages = VERSION_V1BETA,
        .caller = {.owns_all = true, .email = TEXT(CALLERS_OPEN_EMAIL)}};
    call.in = message_new(seed->arena, MESSAGE_CreateTunedModelRequest, VERSION_V1BETA);
    message_set_message(call.in, CreateTunedModelRequest_tuned_model, asked);
    message_set_text_if(call.in, CreateTunedModelRequest_tuned_model_id, id);

    bool is_good = store_read_begin(call.reader) == STORE_OK;
    enum call_state state = is_good ? tuned_models_create(&call) : CALL_DONE;
    if (is_good)
        store_read_end(call.reader);
    if (state == CALL_PENDING) {
        seed_set_owner(seed, call.write);
        is_good = seed_write(seed, call.write, "tunedModels", index);
    } else {
        is_good = seed_fail(seed, "tunedModels", index,
            seed_words_of_create(buf_text(&exchange.reply.body), seed->arena));
    }
    exchange_release(&exchange);
    return is_good;
}

static bool seed_tuned_model(struct seed *seed, size_t index)
{
    struct message *asked = message_child_at(seed->file, SeedFile_tuned_models, index);
    return message_int(asked, TunedModel_state) ? seed_fixed_model(seed, asked, index)
                                                : seed_created_model(seed, asked, index);
}

static bool seed_operation(struct seed *seed, size_t index)
{
    const struct message *asked = message_child_at(seed->file, SeedFile_operations, index);
    struct store_write *write = arena_alloc(seed->arena, sizeof(*write));
    write->kind = STORE_CREATE_OPERATION;
    if (!name_child_ids(message_text(asked, Operation_name), "operations",
            &write->operation.model_id, &write->operation.id))
        return seed_fail(seed, "operations", index,
            TEXT("needs a name of the form tunedModels/{id}/operations/{id}"));
    write->operation.fixed = message_as_json(asked, seed->arena);
    if (!seed_pass(seed, "operations", index, seed_check_json(write->operation.fixed)))
        return false;

    const struct message *response = message_child(asked, Operation_response);
    if (response && response->type != &message_types[MESSAGE_TunedModel])
        response = NULL;
    enum TunedModel_State state = !message_bool(asked, Operation_done)  ? TunedModel_State_CREATING
                                  : message_has(asked, Operation_error) ? TunedModel_State_FAILED
                                                                        : TunedModel_State_ACTIVE;
    if (!seed_make_model(seed, write->operation.model_id, response, state, "operations", index))
        return false;
    return seed_write(seed, write, "operations", index);
}

static bool seed_permission(struct seed *seed, size_t index)
{
    const struct message *asked = message_child_at(seed->file, SeedFile_permissions, index);
    struct store_write *write = arena_alloc(seed->arena, sizeof(*write));
    struct store_permission *permission = &write->permission;
    write->kind = STORE_CREATE_PERMISSION;
    write->permissions_max = PERMISSIONS_MAX;
    if (!name_child_ids(message_text(asked, Permission_name), "permissions", &permission->model_id,
            &permission->id))
        return seed_fail(seed, "permissions", index,
            TEXT("needs a name of the form tunedModels/{id}/permissions/{id}"));
    permission->grantee_type = (int32_t)message_int(asked, Permission_grantee_type);
    permission->role = (int32_t)message_int(asked, Permission_role);
    permission->email = message_text(asked, Permission_email_address);
    if (!seed_pass(seed, "permissions", index, seed_check_email(permission->email)))
        return false;
    if (permission->role < Permission_Role_OWNER || permission->role > Permission_Role_READER)
        return seed_fail(
            seed, "permissions", index, TEXT("needs a role of OWNER, WRITER or READER"));
    if (!seed_make_model(
            seed, permission->model_id, NULL, TunedModel_State_ACTIVE, "permissions", index))
        return false;
    return seed_write(seed, write, "permissions", index);
}

static bool seed_model(struct seed *seed, size_t index)
{
    struct message *asked = message_child_at(seed->file, SeedFile_models, index);
    struct text name = message_text(asked, Model_name), id;
    struct base_model base_model = {.model = asked, .curve = TRAINING_CURVE_GEMINI_1_5_FLASH};
    if (!name_id(name, TEXT("models/"), &id))
        return seed_fail(seed, "models", index, TEXT("needs a name of the form models/{id}"));
    if (!seed_pass(seed, "models", index, seed_check_json(message_as_json(asked, seed->arena))))
        return false;
    for (int curve = 0; curve < TRAINING_CURVE_COUNT; curve++)
        if (text_starts_with(id, text_of(training_curve_name((enum training_curve)curve))))
            base_model.curve = (enum training_curve)curve;
    catalogue_add(seed->app->catalogue, &base_model);
    return true;
}

static bool seed_caller(struct seed *seed, size_t index)
{
    const struct message *asked = message_child_at(seed->file, SeedFile_callers, index);
    struct text key = message_text(asked, Caller_key), token = message_text(asked, Caller_token);
    struct text email = message_text(asked, Caller_email);
    if (text_is_empty(email) || text_is_empty(key) == text_is_empty(token))
        return seed_fail(seed, "callers", index, TEXT("needs an email, and either key or token"));
    if (!seed_pass(seed, "callers", index, seed_check_email(email)) ||
        !seed_pass(seed, "callers", index, seed_check_credential(key)) ||
        !seed_pass(seed, "callers", index, seed_check_credential(token)))
        return false;
    callers_add(seed->app->callers, key, token, email);
    return true;
}

static bool seed_fault(struct seed *seed, size_t index)
{
    struct text problem;
    struct message *fault = message_child_at(seed->file, SeedFile_faults, index);
    return faults_add(seed->space->faults, fault, &problem) ||
           seed_fail(seed, "faults", index, problem);
}

/* The lists of a seed in the order in which they are loaded. */
static const struct {
    unsigned field;
    bool (*load)(struct seed *seed, size_t index);
} seed_lists[] = {
    {SeedFile_callers, seed_caller},
    {SeedFile_models, seed_model},
    {SeedFile_tuned_models, seed_tuned_model},
    {SeedFile_operations, seed_operation},
    {SeedFile_permissions, seed_permission},
    {SeedFile_faults, seed_fault},
};

static bool seed_check_all_names(struct seed *seed)
{
    const char *place = NULL;
    size_t index = 0;
    const char *problem = seed_check_names(seed->file, seed->arena, &place, &index);
    return seed_pass(seed, place, index, problem);
}

static bool seed_load_lists(struct seed *seed)
{
    for (size_t i = 0; i < ARRAY_COUNT(seed_lists); i++)
        for (size_t j = 0; j < message_count(seed->file, seed_lists[i].field); j++)
            if (!seed_lists[i].load(seed, j))
                return false;
    return true;
}

bool seed_load(struct app *app, struct space *space, const char *path, struct text *ret_message)
{
    struct seed seed = {.app = app, .space = space, .arena = &app->arena, .path = path};
    struct buf bytes = BUF_INIT;
    bool is_good = seed_read_file(&seed, &bytes) && seed_decode(&seed, buf_text(&bytes)) &&
                   seed_check_all_names(&seed) && seed_load_lists(&seed);
    buf_release(&bytes);
    if (!is_good)
        seed_undo(&seed);
    *ret_message = seed.message;
    return is_good;
}
