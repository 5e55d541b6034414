#include "server/state/seed.h"

#include <stddef.h>

#include "base/array.h"
#include "base/ascii.h"
#include "base/log.h"
#include "base/map.h"
#include "server/contract/limits.h"
#include "server/json/decode.h"
#include "server/json/write.h"
#include "server/space/faults.h"
#include "server/state/callers.h"
#include "server/state/catalogue.h"
#include "server/state/creation.h"
#include "server/state/fixed_model.h"
#include "server/state/identity.h"
#include "server/state/job.h"
#include "server/state/seed_check.h"
#include "server/state/seed_file.h"
#include "server/state/seed_words.h"
#include "server/state/tuned_model.h"

/* A row that the file asks for. */
struct seed_row {
    struct store_write write; /* of the batch */
    const char *place;        /* in the file, with the index */
    size_t index;
};

/* A load under way. All of it is let go at its end, but for what was gained. */
struct seed {
    const struct seed_target *target;
    struct arena arena;
    const char *path;
    int64_t now_ns;
    struct dials dials; /* of the space */
    struct message *file;
    struct store_batch batch; /* of rows */
    struct map models;        /* of these rows, by id: their store_model */
    struct map permissions;   /* of these rows, by seed_permission_key */
    struct map owners;        /* what the file says of owners, by the model's id: a Permission */
    struct map jobs;          /* of the file, by name: a message */
    struct seed_gain gain;    /* with what the file adds */
    struct message **faults;  /* that were added */
    size_t fault_count;
    struct text message; /* of the failure */
};

static bool seed_fail(struct seed *seed, const char *place, size_t index, struct text reason)
{
    seed->message = arena_printf(
        &seed->arena, "%s: %s[%zu]: %.*s", seed->path, place, index, TEXT_ARGS(reason));
    return false;
}

static bool seed_fail_file(struct seed *seed, const char *reason)
{
    seed->message = arena_printf(&seed->arena, "%s: %s", seed->path, reason);
    return false;
}

/* The same for what a check found; true if it found nothing. */
static bool seed_pass(struct seed *seed, const char *place, size_t index, const char *problem)
{
    return !problem || seed_fail(seed, place, index, text_of(problem));
}

/* No path names an id with a slash or a NUL, and keys are made of ids. */
static bool seed_is_id(struct text id)
{
    return id.len > 0 && id.len <= SEED_ID_BYTES_MAX && text_find_byte(id, '/') == id.len &&
           text_find_byte(id, '\0') == id.len;
}

/* "prefixes/{id}" gives id; false if the name is not of this form. */
static bool seed_name_id(struct text name, struct text prefix, struct text *ret_id)
{
    *ret_id = text_slice(name, prefix.len, name.len);
    return text_starts_with(name, prefix) && seed_is_id(*ret_id);
}

/* "tunedModels/{model}/{kind}/{id}" gives both ids. */
static bool seed_name_child_ids(
    struct text name, const char *kind, struct text *ret_model_id, struct text *ret_id)
{
    return identity_split_child(name, kind, ret_model_id, ret_id) && seed_is_id(*ret_model_id) &&
           seed_is_id(*ret_id);
}

/* --- rows --- */

static struct seed_row *seed_new_row(
    struct seed *seed, enum store_write_kind kind, const char *place, size_t index)
{
    struct seed_row *row = arena_alloc(&seed->arena, sizeof(*row));
    *row = (struct seed_row){.place = place, .index = index};
    row->write.kind = kind;
    row->write.namespace_id = seed->target->space->number;
    return row;
}

/* What tells one permission of a model from others: its id, and its address. */
static struct text seed_permission_key(
    struct seed *seed, const struct store_permission *permission, bool is_by_email)
{
    struct text name = is_by_email ? permission->email : permission->id;
    char *key = arena_copy(&seed->arena, name.len ? name.bytes : "", name.len);
    for (size_t i = 0; is_by_email && i < name.len; i++)
        key[i] = ascii_to_lower(key[i]);
    return arena_printf(&seed->arena, "%.*s/%s/%.*s", TEXT_ARGS(permission->model_id),
        is_by_email ? "email" : "id", (int)name.len, key);
}

static void seed_note_permission(struct seed *seed, struct store_permission *permission)
{
    if (permission->id.len)
        map_put(&seed->permissions, seed_permission_key(seed, permission, false), permission);
    if (permission->email.len)
        map_put(&seed->permissions, seed_permission_key(seed, permission, true), permission);
}

static void seed_add_row(struct seed *seed, struct seed_row *row)
{
    struct store_write *write = &row->write;
    if (write->kind == STORE_CREATE_MODEL)
        map_put(&seed->models, write->model.id, &write->model);
    if (write->kind != STORE_CREATE_OPERATION)
        seed_note_permission(seed, &write->permission);
    store_batch_add(&seed->batch, write);
}

/* --- what is there already --- */

/* True for a result other than STORE_NOT_FOUND and its like: a row that is damaged is there, and of
 * a database that cannot be read the write will tell. */
static bool seed_is_found(enum store_result result)
{
    return result != STORE_NOT_FOUND && result != STORE_CHILD_NOT_FOUND;
}

static bool seed_is_stored_permission(
    struct seed *seed, struct store_reader *reader, const struct store_permission *permission)
{
    int64_t number = seed->target->space->number;
    struct store_permission found;
    struct store_roles roles = {0, 0};
    if (seed_is_found(store_find_permission(
            reader, number, permission->model_id, permission->id, &seed->arena, &found)))
        return true;
    return permission->email.len > 0 &&
           store_find_roles(reader, number, permission->model_id, permission->email, &roles) ==
               STORE_OK &&
           roles.caller != 0;
}

static bool seed_is_stored_row(
    struct seed *seed, struct store_reader *reader, const struct store_write *write)
{
    int64_t number = seed->target->space->number;
    struct store_model model;
    struct store_operation operation;
    if (write->kind == STORE_CREATE_MODEL)
        return seed_is_found(
            store_find_model(reader, number, write->model.id, &seed->arena, &model));
    if (write->kind == STORE_CREATE_OPERATION)
        return seed_is_found(store_find_operation(reader, number, write->operation.model_id,
            write->operation.id, &seed->arena, &operation));
    return seed_is_stored_permission(seed, reader, &write->permission);
}

/* True, with a line in the log, if the database or the file has such a row already: it is left
 * alone. */
static bool seed_is_there(struct seed *seed, const struct seed_row *row)
{
    const struct store_permission *permission = &row->write.permission;
    struct store_reader *reader = store_get_reader(seed->target->store, 0);
    bool is_there =
        row->write.kind == STORE_CREATE_PERMISSION &&
        (map_find(&seed->permissions, seed_permission_key(seed, permission, false)) ||
            (permission->email.len &&
                map_find(&seed->permissions, seed_permission_key(seed, permission, true))));
    if (!is_there && store_read_begin(reader) == STORE_OK) {
        is_there = seed_is_stored_row(seed, reader, &row->write);
        store_read_end(reader);
    }
    if (is_there)
        log_write(LOG_INFO, "%s: %s[%zu] is in the database already and was left alone", seed->path,
            row->place, row->index);
    return is_there;
}

static void seed_add_new_row(struct seed *seed, struct seed_row *row)
{
    if (!seed_is_there(seed, row))
        seed_add_row(seed, row);
}

/* Finds a model of the file, or of the database; its texts live as long as the load. */
static enum store_result seed_find_model(
    struct seed *seed, struct text id, struct store_model *ret_model)
{
    const struct store_model *own = map_find(&seed->models, id);
    if (own) {
        *ret_model = *own;
        return STORE_OK;
    }
    struct store_reader *reader = store_get_reader(seed->target->store, 0);
    enum store_result result = store_read_begin(reader);
    if (result != STORE_OK)
        return result;
    result = store_find_model(reader, seed->target->space->number, id, &seed->arena, ret_model);
    store_read_end(reader);
    return result;
}

/* --- models --- */

/* What the seed itself says of who owns its models; whether it is right is seen later. */
static void seed_note_owners(struct seed *seed)
{
    for (size_t i = 0; i < message_count(seed->file, SeedFile_permissions); i++) {
        struct message *permission = message_child_at(seed->file, SeedFile_permissions, i);
        struct text model_id, id;
        if (message_int(permission, Permission_role) == Permission_Role_OWNER &&
            seed_name_child_ids(
                message_text(permission, Permission_name), "permissions", &model_id, &id))
            map_put(&seed->owners, model_id, permission);
    }
}

/* The owner of a model, unless the seed says who it is: then its permission is a row of its own. */
static void seed_set_owner(struct seed *seed, struct store_write *write)
{
    write->permission = (struct store_permission){.id = TEXT("")};
    if (map_find(&seed->owners, write->model.id))
        return;
    write->permission = (struct store_permission){.model_id = write->model.id,
        .grantee_type = Permission_GranteeType_USER,
        .role = Permission_Role_OWNER,
        .email = TEXT(CALLERS_OPEN_EMAIL)};
    write->permission.id = identity_permission_id(write->permission.email, &seed->arena);
}

static bool seed_add_fixed(
    struct seed *seed, struct text id, const struct message *asked, const char *place, size_t index)
{
    struct seed_row *row = seed_new_row(seed, STORE_CREATE_MODEL, place, index);
    struct store_write *write = &row->write;
    if (!seed_pass(seed, place, index, seed_check_model(asked)))
        return false;
    write->model.id = id;
    fixed_model_fill(write, asked, &seed->arena);
    if (!seed_pass(seed, place, index, seed_check_json(write->model.fixed_task)))
        return false;
    seed_set_owner(seed, write);
    seed_add_new_row(seed, row);
    return true;
}

/* Only such a model can be taken as it is. */
static bool seed_is_state_known(const struct message *model)
{
    int64_t state = message_int(model, TunedModel_state);
    return state >= TunedModel_State_CREATING && state <= TunedModel_State_FAILED;
}

#define NEEDS_MODEL_NAME "needs a name of the form tunedModels/{id}"

static bool seed_fixed_model(struct seed *seed, const struct message *asked, size_t index)
{
    struct text id;
    if (!seed_is_state_known(asked))
        return seed_fail(seed, "tunedModels", index,
            TEXT("needs a state of CREATING, ACTIVE or FAILED, or none"));
    if (!seed_name_id(message_text(asked, TunedModel_name), TEXT("tunedModels/"), &id))
        return seed_fail(seed, "tunedModels", index, TEXT(NEEDS_MODEL_NAME));
    return seed_add_fixed(seed, id, asked, "tunedModels", index);
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
    if (seed_find_model(seed, id, &model) != STORE_NOT_FOUND)
        return true; /* what else is wrong is told when the row is written */
    log_write(LOG_WARNING, "%s: %s[%zu]: made tunedModels/%.*s, which the file does not hold",
        seed->path, place, index, TEXT_ARGS(id));
    if (known && seed_is_state_known(known))
        return seed_add_fixed(seed, id, known, place, index);
    struct message *made = message_new(&seed->arena, MESSAGE_TunedModel, VERSION_V1BETA);
    message_set_int(made, TunedModel_state, state);
    return seed_add_fixed(seed, id, made, place, index);
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

static bool seed_fail_creation(struct seed *seed, size_t index, enum error_id error,
    const struct text *arguments, size_t argument_count)
{
    struct text text = error_text(&seed->arena, error, arguments, argument_count);
    return seed_fail(seed, "tunedModels", index, seed_words_of_create(text, &seed->arena));
}

static bool seed_fail_problem(struct seed *seed, size_t index, const struct creation *creation)
{
    const struct creation_problem *problem = &creation->problem;
    return seed_fail_creation(
        seed, index, problem->error, problem->arguments, problem->argument_count);
}

/* Finds the tuned model that another starts from; it must be ready. False with a message. */
static bool seed_find_source(
    struct seed *seed, struct text id, size_t index, struct creation_source *ret_source)
{
    enum store_result result = seed_find_model(seed, id, &ret_source->model);
    if (result == STORE_NOT_FOUND)
        return seed_fail_creation(seed, index, ERROR_TM_MISSING, &id, 1);
    if (result != STORE_OK)
        return seed_fail(
            seed, "tunedModels", index, TEXT("cannot be read from the database; see the log"));
    ret_source->base = catalogue_find(seed->gain.catalogue, ret_source->model.base_model);
    enum TunedModel_State state =
        tuned_model_state(&ret_source->model, ret_source->base, seed->now_ns);
    struct text arguments[] = {
        id, enum_type_find_number(&enum_types[ENUM_TunedModel_State], state)->name};
    return state == TunedModel_State_ACTIVE ||
           seed_fail_creation(seed, index, ERROR_TM_NOT_READY, arguments, 2);
}

/* Makes the creation's write, as the handler of create does. */
static bool seed_create(struct seed *seed, struct creation *creation, size_t index)
{
    struct text source_id;
    struct creation_source source;
    if (!creation_check(creation) || !creation_source_id(creation, &source_id))
        return seed_fail_problem(seed, index, creation);
    bool has_source = source_id.len > 0;
    if (has_source && !seed_find_source(seed, source_id, index, &source))
        return false;
    if (!creation_find_base(creation, has_source ? &source : NULL) || !creation_plan(creation))
        return seed_fail_problem(seed, index, creation);
    creation_finish(creation, &seed->dials,
        store_next_counter(seed->target->store, seed->target->space->number), seed->now_ns,
        TEXT(CALLERS_OPEN_EMAIL));
    return true;
}

/* A model whose job says how far its training is. */
static bool seed_trained_model(
    struct seed *seed, struct message *asked, const struct message *job, size_t index)
{
    struct text id;
    struct seed_row *row = seed_new_row(seed, STORE_CREATE_MODEL, "tunedModels", index);
    if (!seed_name_id(message_text(asked, TunedModel_name), TEXT("tunedModels/"), &id))
        return seed_fail(seed, "tunedModels", index, TEXT(NEEDS_MODEL_NAME));
    if (message_int(asked, TunedModel_state))
        return seed_fail(seed, "tunedModels", index, TEXT("has a state, and a job"));
    if (!seed_pass(seed, "tunedModels", index, seed_check_model(asked)))
        return false;
    row->write.model.id = id;
    const char *problem = job_fill(&row->write, asked, job, &seed->arena);
    if (problem)
        return seed_fail(
            seed, "tunedModels", index, arena_printf(&seed->arena, "its job: %s", problem));
    if (message_text(job, Job_operation).len && !seed_is_id(row->write.operation.id))
        return seed_fail(
            seed, "tunedModels", index, TEXT("its job: operation: must end with an id"));
    seed_set_owner(seed, &row->write);
    seed_add_new_row(seed, row);
    return true;
}

static bool seed_created_model(struct seed *seed, struct message *asked, size_t index)
{
    struct text name = message_text(asked, TunedModel_name), id = TEXT("");
    if (name.len && !seed_name_id(name, TEXT("tunedModels/"), &id))
        return seed_fail(seed, "tunedModels", index, TEXT(NEEDS_MODEL_NAME));
    if (text_is_empty(message_text(asked, TunedModel_base_model)) &&
        !message_child(asked, TunedModel_tuned_model_source))
        return seed_fail(seed, "tunedModels", index,
            TEXT("needs a baseModel to be trained from, such as "
                 "models/gemini-1.5-flash-001-tuning, or a state to be taken as it is"));
    seed_warn_of_output(seed, asked, index);
    if (message_child(asked, TunedModel_tuning_task))
        seed_warn_of_output(seed, message_child(asked, TunedModel_tuning_task), index);
    struct seed_row *row = seed_new_row(seed, STORE_CREATE_MODEL, "tunedModels", index);
    struct creation creation = {
        .arena = &seed->arena,
        .asked = asked,
        .id = id,
        .version = VERSION_V1BETA,
        .fidelity = seed->target->fidelity,
        .catalogue = seed->gain.catalogue,
        .limits = &seed_file_limits,
        .write = &row->write,
    };
    if (!seed_create(seed, &creation, index))
        return false;
    seed_set_owner(seed, &row->write);
    seed_add_new_row(seed, row);
    return true;
}

static bool seed_tuned_model(struct seed *seed, size_t index)
{
    struct message *asked = message_child_at(seed->file, SeedFile_tuned_models, index);
    const struct message *job = map_find(&seed->jobs, message_text(asked, TunedModel_name));
    if (job)
        return seed_trained_model(seed, asked, job, index);
    return message_int(asked, TunedModel_state) ? seed_fixed_model(seed, asked, index)
                                                : seed_created_model(seed, asked, index);
}

/* --- the other lists --- */

static bool seed_operation(struct seed *seed, size_t index)
{
    const struct message *asked = message_child_at(seed->file, SeedFile_operations, index);
    struct seed_row *row = seed_new_row(seed, STORE_CREATE_OPERATION, "operations", index);
    struct store_operation *operation = &row->write.operation;
    if (!seed_name_child_ids(message_text(asked, Operation_name), "operations",
            &operation->model_id, &operation->id))
        return seed_fail(seed, "operations", index,
            TEXT("needs a name of the form tunedModels/{id}/operations/{id}"));
    operation->fixed = json_text(asked, &seed->arena);
    if (!seed_pass(seed, "operations", index, seed_check_json(operation->fixed)))
        return false;

    const struct message *response = message_child(asked, Operation_response);
    if (response && response->type != &message_types[MESSAGE_TunedModel])
        response = NULL;
    enum TunedModel_State state = !message_bool(asked, Operation_done)  ? TunedModel_State_CREATING
                                  : message_has(asked, Operation_error) ? TunedModel_State_FAILED
                                                                        : TunedModel_State_ACTIVE;
    if (!seed_make_model(seed, operation->model_id, response, state, "operations", index))
        return false;
    seed_add_new_row(seed, row);
    return true;
}

static bool seed_permission(struct seed *seed, size_t index)
{
    const struct message *asked = message_child_at(seed->file, SeedFile_permissions, index);
    struct seed_row *row = seed_new_row(seed, STORE_CREATE_PERMISSION, "permissions", index);
    struct store_permission *permission = &row->write.permission;
    row->write.permissions_max = PERMISSIONS_MAX;
    if (!seed_name_child_ids(message_text(asked, Permission_name), "permissions",
            &permission->model_id, &permission->id))
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
    seed_add_new_row(seed, row);
    return true;
}

static bool seed_model(struct seed *seed, size_t index)
{
    struct message *asked = message_child_at(seed->file, SeedFile_models, index);
    struct text name = message_text(asked, Model_name), id;
    enum training_curve curve = TRAINING_CURVE_GEMINI_1_5_FLASH;
    if (!seed_name_id(name, TEXT("models/"), &id))
        return seed_fail(seed, "models", index, TEXT("needs a name of the form models/{id}"));
    if (!seed_pass(seed, "models", index, seed_check_json(json_text(asked, &seed->arena))))
        return false;
    for (int i = 0; i < TRAINING_CURVE_COUNT; i++)
        if (text_starts_with(id, text_of(training_curve_name((enum training_curve)i))))
            curve = (enum training_curve)i;
    catalogue_add(seed->gain.catalogue, asked, curve);
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
    callers_add(seed->gain.callers, key, token, email);
    return true;
}

static bool seed_fault(struct seed *seed, size_t index)
{
    struct text problem;
    struct message *fault = message_child_at(seed->file, SeedFile_faults, index);
    if (!faults_add(seed->target->space->faults, fault, &problem))
        return seed_fail(seed, "faults", index, problem);
    seed->faults[seed->fault_count++] = fault;
    return true;
}

/* --- all of it --- */

/* The lists of a seed in the order in which they are read. */
static const struct {
    unsigned field;
    bool (*read)(struct seed *seed, size_t index);
} seed_lists[] = {
    {SeedFile_callers, seed_caller},
    {SeedFile_models, seed_model},
    {SeedFile_tuned_models, seed_tuned_model},
    {SeedFile_operations, seed_operation},
    {SeedFile_permissions, seed_permission},
    {SeedFile_faults, seed_fault},
};

static bool seed_read_file(struct seed *seed)
{
    struct seed_file file = {.path = seed->path, .arena = &seed->arena};
    bool is_good = seed_file_read(&file);
    seed->file = file.message;
    seed->message = file.problem;
    return is_good;
}

static bool seed_check_all_names(struct seed *seed)
{
    const char *place = NULL;
    size_t index = 0;
    const char *problem = seed_check_names(seed->file, &seed->arena, &place, &index);
    return seed_pass(seed, place, index, problem);
}

/* A job is read with its model, which the file must hold. */
static bool seed_read_jobs(struct seed *seed)
{
    for (size_t i = 0; i < message_count(seed->file, SeedFile_jobs); i++) {
        struct message *job = message_child_at(seed->file, SeedFile_jobs, i);
        map_put(&seed->jobs, message_text(job, Job_name), job);
    }
    size_t found_count = 0;
    for (size_t i = 0; i < message_count(seed->file, SeedFile_tuned_models); i++) {
        const struct message *model = message_child_at(seed->file, SeedFile_tuned_models, i);
        found_count += map_find(&seed->jobs, message_text(model, TunedModel_name)) != NULL;
    }
    return found_count == message_count(seed->file, SeedFile_jobs) ||
           seed_fail_file(seed, "has a job of a model that it does not hold");
}

static bool seed_read_lists(struct seed *seed)
{
    seed->faults = arena_array(
        &seed->arena, message_count(seed->file, SeedFile_faults), sizeof(struct message *));
    seed_note_owners(seed);
    for (size_t i = 0; i < ARRAY_COUNT(seed_lists); i++)
        for (size_t j = 0; j < message_count(seed->file, seed_lists[i].field); j++)
            if (!seed_lists[i].read(seed, j))
                return false;
    return true;
}

/* A text below names it. */
_Static_assert(PERMISSIONS_MAX == 1000, "1000 permissions");

/* The row whose write is the one that failed; NULL if none did, but all could not be committed. */
static const struct seed_row *seed_find_failed(const struct seed *seed)
{
    for (const struct store_write *write = seed->batch.first; write; write = write->next)
        if (write->result != STORE_NOT_WRITTEN && write->result != STORE_OK)
            return (const struct seed_row *)(const void *)write;
    return NULL;
}
_Static_assert(offsetof(struct seed_row, write) == 0, "a row is where its write is");

/* What a state file says was drawn already is not drawn again, by its own rows neither. */
static bool seed_read_counter(struct seed *seed)
{
    int64_t counter = message_int(seed->file, SeedFile_counter);
    if (counter < 0 || counter > SEED_COUNTER_MAX)
        return seed_fail_file(seed, "has a counter that is not from 0 to 1000000000");
    store_raise_counter(seed->target->store, seed->target->space->number, counter);
    return true;
}
_Static_assert(SEED_COUNTER_MAX == 1000000000, "1000000000");

/* The last row carries what its file counts from, if it has drawn nothing behind that. */
static void seed_keep_counter(struct seed *seed)
{
    struct store_write *last = seed->batch.last;
    int64_t counter = message_int(seed->file, SeedFile_counter);
    if (last && last->counter_used < counter)
        last->counter_used = counter;
}

static bool seed_commit(struct seed *seed)
{
    seed_keep_counter(seed);
    if (!seed->batch.first || store_batch_and_wait(seed->target->store, &seed->batch) == STORE_OK)
        return true;
    const struct seed_row *row = seed_find_failed(seed);
    if (!row)
        return seed_fail_file(seed, "cannot be written to the database; see the log");
    if (row->write.result == STORE_REFUSED) /* of a permission only */
        return seed_fail(
            seed, row->place, row->index, TEXT("is more than the 1000 permissions of a model"));
    return seed_fail(
        seed, row->place, row->index, TEXT("cannot be written to the database; see the log"));
}

/* Lets go of what a load that has failed would have added. */
static void seed_abandon(struct seed *seed)
{
    for (size_t i = 0; i < seed->fault_count; i++)
        faults_remove(seed->target->space->faults, message_text(seed->faults[i], Fault_id));
    catalogue_free(seed->gain.catalogue);
    callers_free(seed->gain.callers);
}

bool seed_load(const struct seed_target *target, const char *path, struct seed_gain *ret_gain,
    struct arena *arena, struct text *ret_message)
{
    struct seed seed = {.target = target,
        .path = path,
        .now_ns = clock_now_ns(&target->space->clock),
        .dials = dials_get(&target->space->dials),
        .gain = {catalogue_copy(target->catalogue), callers_copy(target->callers)}};
    arena_init(&seed.arena);
    map_init(&seed.models, &seed.arena);
    map_init(&seed.permissions, &seed.arena);
    map_init(&seed.jobs, &seed.arena);
    map_init(&seed.owners, &seed.arena);
    bool is_good = seed_read_file(&seed) && seed_check_all_names(&seed) && seed_read_jobs(&seed) &&
                   seed_read_counter(&seed) && seed_read_lists(&seed) && seed_commit(&seed);
    if (is_good)
        *ret_gain = seed.gain;
    else
        seed_abandon(&seed);
    *ret_message = arena_text(arena, seed.message);
    arena_release(&seed.arena);
    return is_good;
}
