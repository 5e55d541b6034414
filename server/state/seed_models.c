#include "server/state/seed_models.h"

#include "base/log.h"
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

static bool seed_models_fail(struct seed_plan *plan, size_t index, struct text reason)
{
    return seed_problems_add(plan->problems, "tunedModels", index, reason);
}

/* The owner of a model, unless the seed says who it is: then its permission is a row of its own. */
static void seed_models_set_owner(struct seed_plan *plan, struct store_write *write)
{
    write->permission = (struct store_permission){.id = TEXT("")};
    if (map_find(&plan->owners, write->model.id))
        return;
    write->permission = (struct store_permission){.model_id = write->model.id,
        .grantee_type = Permission_GranteeType_USER,
        .role = Permission_Role_OWNER,
        .email = TEXT(CALLERS_OPEN_EMAIL)};
    write->permission.id = identity_permission_id(write->permission.email, plan->arena);
}

/* --- with a state --- */

static bool seed_models_add_fixed(struct seed_plan *plan, struct text id,
    const struct message *asked, const char *place, size_t index)
{
    struct seed_row *row = seed_plan_new_row(plan, STORE_CREATE_MODEL, place, index);
    struct store_write *write = &row->write;
    if (!seed_problems_pass(plan->problems, place, index, seed_check_model(asked)))
        return false;
    write->model.id = id;
    fixed_model_fill(write, asked, plan->arena);
    if (!seed_problems_pass(plan->problems, place, index, seed_check_json(write->model.fixed_task)))
        return false;
    seed_models_set_owner(plan, write);
    return seed_plan_add_row(plan, row);
}

/* Only such a model can be taken as it is. */
static bool seed_models_is_state_known(const struct message *model)
{
    int64_t state = message_int(model, TunedModel_state);
    return state >= TunedModel_State_CREATING && state <= TunedModel_State_FAILED;
}

#define NEEDS_MODEL_NAME "needs a name of the form tunedModels/{id}"

static bool seed_models_fixed(struct seed_plan *plan, const struct message *asked, size_t index)
{
    struct text id;
    if (!seed_models_is_state_known(asked))
        return seed_models_fail(
            plan, index, TEXT("needs a state of CREATING, ACTIVE or FAILED, or none"));
    if (!seed_plan_split(message_text(asked, TunedModel_name), TEXT("tunedModels/"), &id))
        return seed_models_fail(plan, index, TEXT(NEEDS_MODEL_NAME));
    return seed_models_add_fixed(plan, id, asked, "tunedModels", index);
}

bool seed_models_need(struct seed_plan *plan, struct text id, const struct message *known,
    enum TunedModel_State state, const char *place, size_t index)
{
    struct store_model model;
    if (seed_plan_find_model(plan, id, &model) != STORE_NOT_FOUND)
        return true; /* what else is wrong is told when the row is written */
    if (plan->is_closed)
        return seed_problems_add(plan->problems, place, index,
            arena_printf(plan->arena, "is of tunedModels/%.*s, which the file does not hold",
                TEXT_ARGS(id)));
    if (!plan->is_quiet)
        log_write(LOG_WARNING, "%s: %s[%zu]: made tunedModels/%.*s, which the file does not hold",
            plan->problems->path, place, index, TEXT_ARGS(id));
    if (known && seed_models_is_state_known(known))
        return seed_models_add_fixed(plan, id, known, place, index);
    struct message *made = message_new(plan->arena, MESSAGE_TunedModel, VERSION_V1BETA);
    message_set_int(made, TunedModel_state, state);
    return seed_models_add_fixed(plan, id, made, place, index);
}

/* --- with a job --- */

/* A model whose job says how far its training is. */
static bool seed_models_trained(
    struct seed_plan *plan, struct message *asked, const struct message *job, size_t index)
{
    struct text id;
    struct seed_row *row = seed_plan_new_row(plan, STORE_CREATE_MODEL, "tunedModels", index);
    if (!seed_plan_split(message_text(asked, TunedModel_name), TEXT("tunedModels/"), &id))
        return seed_models_fail(plan, index, TEXT(NEEDS_MODEL_NAME));
    if (message_int(asked, TunedModel_state))
        return seed_models_fail(plan, index, TEXT("has a state, and a job"));
    if (!seed_problems_pass(plan->problems, "tunedModels", index, seed_check_model(asked)))
        return false;
    row->write.model.id = id;
    const char *problem = job_fill(&row->write, asked, job, plan->arena);
    if (problem)
        return seed_models_fail(plan, index, arena_printf(plan->arena, "its job: %s", problem));
    if (message_text(job, Job_operation).len && !seed_plan_is_id(row->write.operation.id))
        return seed_models_fail(plan, index, TEXT("its job: operation: must end with an id"));
    seed_models_set_owner(plan, &row->write);
    return seed_plan_add_row(plan, row);
}

/* --- with neither --- */

/* Says which fields of a model that is to be trained cannot be kept, since the service sets them.
 */
static void seed_models_warn_of_output(
    const struct seed_plan *plan, const struct message *message, size_t index)
{
    for (unsigned i = 0; i < message->type->field_count; i++) {
        const struct field *field = &message->type->fields[i];
        bool is_lost = field->flags & FIELD_OUTPUT_ONLY && message_has(message, i) &&
                       !(message_is(message, MESSAGE_TunedModel) && i == TunedModel_name);
        if (is_lost && !plan->is_quiet)
            log_write(LOG_WARNING,
                "%s: tunedModels[%zu]: %.*s is not kept: a model without a state is created at the "
                "start; with a state it is taken as it is",
                plan->problems->path, index, TEXT_ARGS(field->json_name));
    }
}

static bool seed_models_fail_creation(struct seed_plan *plan, size_t index, enum error_id error,
    const struct text *arguments, size_t argument_count)
{
    struct text text = error_text(plan->arena, error, arguments, argument_count);
    return seed_models_fail(plan, index, seed_words_of_create(text, plan->arena));
}

static bool seed_models_fail_problem(
    struct seed_plan *plan, size_t index, const struct creation *creation)
{
    const struct creation_problem *problem = &creation->problem;
    return seed_models_fail_creation(
        plan, index, problem->error, problem->arguments, problem->argument_count);
}

/* Finds the tuned model that another starts from; it must be ready. False with a problem. */
static bool seed_models_find_source(
    struct seed_plan *plan, struct text id, size_t index, struct creation_source *ret_source)
{
    enum store_result result = seed_plan_find_model(plan, id, &ret_source->model);
    if (result == STORE_NOT_FOUND)
        return seed_models_fail_creation(plan, index, ERROR_TM_MISSING, &id, 1);
    if (result != STORE_OK)
        return seed_models_fail(plan, index, TEXT("cannot be read from the database; see the log"));
    ret_source->base = catalogue_find(plan->catalogue, ret_source->model.base_model);
    enum TunedModel_State state =
        tuned_model_state(&ret_source->model, ret_source->base, plan->now_ns);
    struct text arguments[] = {
        id, enum_type_find_number(&enum_types[ENUM_TunedModel_State], state)->name};
    return state == TunedModel_State_ACTIVE ||
           seed_models_fail_creation(plan, index, ERROR_TM_NOT_READY, arguments, 2);
}

/* Makes the creation's write, as the handler of create does. */
static bool seed_models_create(struct seed_plan *plan, struct creation *creation, size_t index)
{
    struct text source_id;
    struct creation_source source;
    if (!creation_check(creation) || !creation_source_id(creation, &source_id))
        return seed_models_fail_problem(plan, index, creation);
    bool has_source = source_id.len > 0;
    if (has_source && !seed_models_find_source(plan, source_id, index, &source))
        return false;
    if (!creation_find_base(creation, has_source ? &source : NULL) || !creation_plan(creation))
        return seed_models_fail_problem(plan, index, creation);
    const struct dials *dials = &plan->parts->settings.dials;
    creation_draw(creation, dials, seed_plan_next_counter(plan));
    creation_take_story(creation, plan->parts->stories);
    stories_settle(plan->parts->stories, creation->plot.number, true);
    creation_finish(creation, dials, plan->now_ns, TEXT(CALLERS_OPEN_EMAIL));
    return true;
}

static bool seed_models_created(struct seed_plan *plan, struct message *asked, size_t index)
{
    struct text name = message_text(asked, TunedModel_name), id = TEXT("");
    if (name.len && !seed_plan_split(name, TEXT("tunedModels/"), &id))
        return seed_models_fail(plan, index, TEXT(NEEDS_MODEL_NAME));
    if (text_is_empty(message_text(asked, TunedModel_base_model)) &&
        !message_child(asked, TunedModel_tuned_model_source))
        return seed_models_fail(plan, index,
            TEXT("needs a baseModel to be trained from, such as "
                 "models/gemini-1.5-flash-001-tuning, or a state to be taken as it is"));
    seed_models_warn_of_output(plan, asked, index);
    if (message_child(asked, TunedModel_tuning_task))
        seed_models_warn_of_output(plan, message_child(asked, TunedModel_tuning_task), index);
    struct seed_row *row = seed_plan_new_row(plan, STORE_CREATE_MODEL, "tunedModels", index);
    struct creation creation = {
        .arena = plan->arena,
        .asked = asked,
        .id = id,
        .version = VERSION_V1BETA,
        .fidelity = plan->fidelity,
        .catalogue = plan->catalogue,
        .limits = &seed_file_limits,
        .write = &row->write,
    };
    if (!seed_models_create(plan, &creation, index))
        return false;
    seed_models_set_owner(plan, &row->write);
    return seed_plan_add_row(plan, row);
}

bool seed_models_add(struct seed_plan *plan, size_t index)
{
    struct message *asked = message_child_at(plan->file, SeedFile_tuned_models, index);
    const struct message *job = map_find(&plan->jobs, message_text(asked, TunedModel_name));
    if (job)
        return seed_models_trained(plan, asked, job, index);
    return message_int(asked, TunedModel_state) ? seed_models_fixed(plan, asked, index)
                                                : seed_models_created(plan, asked, index);
}
