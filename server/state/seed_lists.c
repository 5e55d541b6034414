#include "server/state/seed_lists.h"

#include "base/array.h"
#include "server/contract/limits.h"
#include "server/json/write.h"
#include "server/space/faults.h"
#include "server/state/callers.h"
#include "server/state/catalogue.h"
#include "server/state/seed_check.h"
#include "server/state/seed_models.h"

static bool seed_operation_add(struct seed_plan *plan, size_t index)
{
    const struct message *asked = message_child_at(plan->file, SeedFile_operations, index);
    struct seed_row *row = seed_plan_new_row(plan, STORE_CREATE_OPERATION, "operations", index);
    struct store_operation *operation = &row->write.operation;
    if (!seed_plan_split_child(message_text(asked, Operation_name), "operations",
            &operation->model_id, &operation->id))
        return seed_problems_add(plan->problems, "operations", index,
            TEXT("needs a name of the form tunedModels/{id}/operations/{id}"));
    operation->fixed = json_text(asked, plan->arena);
    if (!seed_problems_pass(plan->problems, "operations", index, seed_check_json(operation->fixed)))
        return false;

    const struct message *response = message_child(asked, Operation_response);
    if (response && response->type != &message_types[MESSAGE_TunedModel])
        response = NULL;
    enum TunedModel_State state = !message_bool(asked, Operation_done)  ? TunedModel_State_CREATING
                                  : message_has(asked, Operation_error) ? TunedModel_State_FAILED
                                                                        : TunedModel_State_ACTIVE;
    if (!seed_models_need(plan, operation->model_id, response, state, "operations", index))
        return false;
    seed_plan_add_row(plan, row);
    return true;
}

static bool seed_permission_add(struct seed_plan *plan, size_t index)
{
    const struct message *asked = message_child_at(plan->file, SeedFile_permissions, index);
    struct seed_row *row = seed_plan_new_row(plan, STORE_CREATE_PERMISSION, "permissions", index);
    struct store_permission *permission = &row->write.permission;
    row->write.permissions_max = PERMISSIONS_MAX;
    if (!seed_plan_split_child(message_text(asked, Permission_name), "permissions",
            &permission->model_id, &permission->id))
        return seed_problems_add(plan->problems, "permissions", index,
            TEXT("needs a name of the form tunedModels/{id}/permissions/{id}"));
    permission->grantee_type = (int32_t)message_int(asked, Permission_grantee_type);
    permission->role = (int32_t)message_int(asked, Permission_role);
    permission->email = message_text(asked, Permission_email_address);
    if (!seed_problems_pass(
            plan->problems, "permissions", index, seed_check_email(permission->email)))
        return false;
    if (permission->role < Permission_Role_OWNER || permission->role > Permission_Role_READER)
        return seed_problems_add(
            plan->problems, "permissions", index, TEXT("needs a role of OWNER, WRITER or READER"));
    if (!seed_models_need(
            plan, permission->model_id, NULL, TunedModel_State_ACTIVE, "permissions", index))
        return false;
    seed_plan_add_row(plan, row);
    return true;
}

static bool seed_base_model_add(struct seed_plan *plan, size_t index)
{
    struct message *asked = message_child_at(plan->file, SeedFile_models, index);
    struct text name = message_text(asked, Model_name), id;
    enum training_curve curve = TRAINING_CURVE_GEMINI_1_5_FLASH;
    if (!seed_plan_split(name, TEXT("models/"), &id))
        return seed_problems_add(
            plan->problems, "models", index, TEXT("needs a name of the form models/{id}"));
    if (!seed_problems_pass(
            plan->problems, "models", index, seed_check_json(json_text(asked, plan->arena))))
        return false;
    for (int i = 0; i < TRAINING_CURVE_COUNT; i++)
        if (text_starts_with(id, text_of(training_curve_name((enum training_curve)i))))
            curve = (enum training_curve)i;
    catalogue_add(plan->catalogue, asked, curve);
    return true;
}

static bool seed_caller_add(struct seed_plan *plan, size_t index)
{
    const struct message *asked = message_child_at(plan->file, SeedFile_callers, index);
    struct text key = message_text(asked, Caller_key), token = message_text(asked, Caller_token);
    struct text email = message_text(asked, Caller_email);
    if (text_is_empty(email) || text_is_empty(key) == text_is_empty(token))
        return seed_problems_add(
            plan->problems, "callers", index, TEXT("needs an email, and either key or token"));
    if (!seed_problems_pass(plan->problems, "callers", index, seed_check_email(email)) ||
        !seed_problems_pass(plan->problems, "callers", index, seed_check_credential(key)) ||
        !seed_problems_pass(plan->problems, "callers", index, seed_check_credential(token)))
        return false;
    callers_add(plan->callers, key, token, email);
    return true;
}

static bool seed_fault_add(struct seed_plan *plan, size_t index)
{
    struct text problem;
    struct message *fault = message_child_at(plan->file, SeedFile_faults, index);
    if (!faults_restore(plan->faults, fault, &problem))
        return seed_problems_add(plan->problems, "faults", index, problem);
    plan->added_faults[plan->added_fault_count++] = fault;
    return true;
}

/* The lists of a seed in the order in which they are read. */
static const struct {
    unsigned field;
    bool (*add)(struct seed_plan *plan, size_t index);
} seed_lists[] = {
    {SeedFile_callers, seed_caller_add},
    {SeedFile_models, seed_base_model_add},
    {SeedFile_tuned_models, seed_models_add},
    {SeedFile_operations, seed_operation_add},
    {SeedFile_permissions, seed_permission_add},
    {SeedFile_faults, seed_fault_add},
};

static bool seed_lists_check_names(struct seed_plan *plan)
{
    const char *place = NULL;
    size_t index = 0;
    const char *problem = seed_check_names(plan->file, plan->arena, &place, &index);
    return seed_problems_pass(plan->problems, place, index, problem);
}

/* A job is read with its model, which the file must hold. */
static bool seed_lists_check_jobs(struct seed_plan *plan)
{
    size_t found_count = 0;
    for (size_t i = 0; i < message_count(plan->file, SeedFile_tuned_models); i++) {
        const struct message *model = message_child_at(plan->file, SeedFile_tuned_models, i);
        found_count += map_find(&plan->jobs, message_text(model, TunedModel_name)) != NULL;
    }
    return found_count == message_count(plan->file, SeedFile_jobs) ||
           seed_problems_add_whole(plan->problems, "has a job of a model that it does not hold");
}

bool seed_lists_add(struct seed_plan *plan, const struct message *file)
{
    seed_plan_open(plan, file);
    if (!seed_lists_check_names(plan) || !seed_lists_check_jobs(plan))
        return false;
    if (!seed_plan_raise_counter(plan, message_int(file, SeedFile_counter)))
        return false;
    plan->added_faults =
        arena_array(plan->arena, message_count(file, SeedFile_faults), sizeof(*plan->added_faults));
    for (size_t i = 0; i < ARRAY_COUNT(seed_lists); i++)
        for (size_t j = 0; j < message_count(file, seed_lists[i].field); j++)
            if (!seed_lists[i].add(plan, j))
                return false;
    return true;
}
