#include "server/state/seed_lists.h"

#include "base/array.h"
#include "server/contract/limits.h"
#include "server/json/write.h"
#include "server/space/clock_message.h"
#include "server/space/dials_message.h"
#include "server/space/faults.h"
#include "server/space/stories.h"
#include "server/state/callers.h"
#include "server/state/catalogue.h"
#include "server/state/seed_check.h"
#include "server/state/seed_models.h"
#include "server/state/state_numbers.h"

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
    return seed_plan_add_row(plan, row);
}

/* A text below names it. */
_Static_assert(PERMISSIONS_MAX == 1000, "1000 permissions");

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
    /* Where there is a store it knows those of the database, too. */
    if (!plan->store && seed_plan_count_permissions(plan, permission->model_id) >= PERMISSIONS_MAX)
        return seed_problems_add(plan->problems, "permissions", index,
            TEXT("is more than the 1000 permissions of a model"));
    return seed_plan_add_row(plan, row);
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
    if (!seed_problems_pass(
            plan->problems, "faults", index, seed_check_number(message_text(fault, Fault_id))))
        return false;
    if (!faults_restore(plan->parts->faults, fault, &problem))
        return seed_problems_add(plan->problems, "faults", index, problem);
    plan->added_faults[plan->added_fault_count++] = fault;
    return true;
}

static bool seed_story_add(struct seed_plan *plan, size_t index)
{
    struct text problem;
    struct message *story = message_child_at(plan->file, SeedFile_stories, index);
    if (!seed_problems_pass(
            plan->problems, "stories", index, seed_check_number(message_text(story, Story_id))))
        return false;
    if (!stories_restore(plan->parts->stories, story, &problem))
        return seed_problems_add(plan->problems, "stories", index, problem);
    plan->added_stories[plan->added_story_count++] = story;
    return true;
}

/* The lists of a seed in the order in which they are read. */
static const struct {
    unsigned field;
    bool is_process_wide;
    const char *name;
    bool (*add)(struct seed_plan *plan, size_t index);
} seed_lists[] = {
    {SeedFile_callers, true, "callers", seed_caller_add},
    {SeedFile_models, true, "models", seed_base_model_add},
    {SeedFile_stories, false, "stories", seed_story_add},
    {SeedFile_tuned_models, false, "tunedModels", seed_models_add},
    {SeedFile_operations, false, "operations", seed_operation_add},
    {SeedFile_permissions, false, "permissions", seed_permission_add},
    {SeedFile_faults, false, "faults", seed_fault_add},
};

/* --- what is beside the lists --- */

static bool seed_version_check(struct seed_plan *plan)
{
    const struct message *file = plan->file;
    if (message_has(file, SeedFile_version) && message_int(file, SeedFile_version) != 1)
        return seed_problems_add_whole(
            plan->problems, "has a version that this tunemock does not know; it reads 1");
    return message_count(file, SeedFile_stubs) == 0 ||
           seed_problems_add_whole(
               plan->problems, "has stubs, which this version of tunemock does not serve");
}

/* A time that is not given is that at which the space began. */
static bool seed_clock_read(struct seed_plan *plan)
{
    const struct message *message = message_child(plan->file, SeedFile_clock);
    struct clock_setting *setting = &plan->parts->settings.clock;
    struct clock_change change;
    struct text problem;
    if (!message)
        return true;
    if (!clock_message_read(message, &change, &problem))
        return seed_problems_add_whole(
            plan->problems, arena_printf(plan->arena, "clock: %.*s", TEXT_ARGS(problem)).bytes);
    if (change.has_mode)
        setting->mode = change.mode;
    if (change.has_rate)
        setting->rate = change.rate;
    else if (setting->mode == CLOCK_MODE_RATE && !clock_rate_is_good(setting->rate))
        setting->rate = 1;
    if (change.has_time) {
        setting->has_start = true;
        setting->start_ns = change.time_ns;
    }
    plan->now_ns = setting->has_start ? setting->start_ns : clock_system_ns();
    plan->has_clock = true;
    return true;
}

static bool seed_config_read(struct seed_plan *plan)
{
    const struct message *message = message_child(plan->file, SeedFile_config);
    struct dials dials;
    unsigned which;
    struct text problem;
    if (!message)
        return true;
    if (!dials_message_read(message, plan->arena, &dials, &which, &problem))
        return seed_problems_add_whole(
            plan->problems, arena_printf(plan->arena, "config: %.*s", TEXT_ARGS(problem)).bytes);
    dials_take(&plan->parts->settings.dials, &dials, which);
    return true;
}

static bool seed_lists_check_names(struct seed_plan *plan)
{
    return seed_check_names(plan->file, plan->problems);
}

/* A job is read with its model, which the file must hold. */
static bool seed_lists_check_jobs(struct seed_plan *plan)
{
    struct map models;
    bool is_good = true;
    map_init(&models, plan->arena);
    for (size_t i = 0; i < message_count(plan->file, SeedFile_tuned_models); i++) {
        struct message *model = message_child_at(plan->file, SeedFile_tuned_models, i);
        map_put(&models, message_text(model, TunedModel_name), model);
    }
    for (size_t i = 0; i < message_count(plan->file, SeedFile_jobs); i++) {
        struct text name = message_text(message_child_at(plan->file, SeedFile_jobs, i), Job_name);
        if (!name.len || !map_find(&models, name))
            is_good = seed_problems_add(plan->problems, "jobs", i,
                arena_printf(plan->arena, "is of \"%.*s\", a model that the file does not hold",
                    TEXT_ARGS(name)));
    }
    return is_good;
}

static bool seed_counter_read(struct seed_plan *plan)
{
    return seed_plan_raise_counter(plan, message_int(plan->file, SeedFile_counter));
}

/* Adds the items of a list until there are problems enough. */
static void seed_list_add(struct seed_plan *plan, size_t list)
{
    size_t count = message_count(plan->file, seed_lists[list].field);
    if (count > 0 && seed_lists[list].is_process_wide && plan->is_closed)
        seed_problems_add_whole(plan->problems,
            arena_printf(plan->arena, "%s: can only come from --data", seed_lists[list].name)
                .bytes);
    if (seed_lists[list].is_process_wide && !plan->callers)
        return;
    for (size_t i = 0; i < count && !seed_problems_are_enough(plan->problems); i++)
        seed_lists[list].add(plan, i);
}

bool seed_lists_add(struct seed_plan *plan, const struct message *file)
{
    static bool (*const checks[])(struct seed_plan * plan) = {seed_version_check,
        seed_lists_check_names, seed_lists_check_jobs, seed_counter_read, seed_clock_read,
        seed_config_read};
    size_t count_before = plan->problems->count;
    struct store_write *last_before = plan->batch.last;
    bool is_first = seed_plan_is_empty(plan);
    seed_plan_open(plan, file);
    for (size_t i = 0; i < ARRAY_COUNT(checks); i++)
        if (!checks[i](plan) && seed_problems_are_enough(plan->problems))
            return false;
    plan->added_fault_count = plan->added_story_count = 0;
    plan->added_faults =
        arena_array(plan->arena, message_count(file, SeedFile_faults), sizeof(struct message *));
    plan->added_stories =
        arena_array(plan->arena, message_count(file, SeedFile_stories), sizeof(struct message *));
    for (size_t i = 0; i < ARRAY_COUNT(seed_lists); i++)
        seed_list_add(plan, i);
    if (is_first && plan->problems->count == count_before)
        state_numbers_give(plan, last_before);
    return plan->problems->count == count_before;
}
