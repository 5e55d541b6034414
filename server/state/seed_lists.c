#include "server/state/seed_lists.h"

#include "base/array.h"
#include "server/contract/limits.h"
#include "server/json/write.h"
#include "server/space/clock_message.h"
#include "server/space/dials_message.h"
#include "server/space/faults.h"
#include "server/space/stories.h"
#include "server/space/stubs.h"
#include "server/state/callers.h"
#include "server/state/catalogue.h"
#include "server/state/seed_check.h"
#include "server/state/seed_models.h"
#include "server/state/seed_tuning_jobs.h"
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

/* A fault, a story or a stub; NULL with a problem: its id is no number. */
static struct message *seed_script_at(
    const struct seed_plan *plan, unsigned field, unsigned id, size_t index, struct text *problem)
{
    struct message *script = message_child_at(plan->file, field, index);
    const char *reason = seed_check_number(message_text(script, id));
    if (reason)
        *problem = text_of(reason);
    return reason ? NULL : script;
}

/* Keeps that a script was added, or is told what is wrong with it. */
static bool seed_script_end(struct seed_plan *plan, struct seed_added *added,
    struct message *script, const char *place, size_t index, struct text problem)
{
    if (!script)
        return seed_problems_add_part(plan->problems, place, index, problem);
    added->messages[added->count++] = script;
    return true;
}

static bool seed_fault_add(struct seed_plan *plan, size_t index)
{
    struct text problem = TEXT("");
    struct message *fault = seed_script_at(plan, SeedFile_faults, Fault_id, index, &problem);
    bool is_added = fault && faults_restore(plan->parts->faults, fault, &problem);
    return seed_script_end(
        plan, &plan->added_faults, is_added ? fault : NULL, "faults", index, problem);
}

static bool seed_story_add(struct seed_plan *plan, size_t index)
{
    struct text problem = TEXT("");
    struct message *story = seed_script_at(plan, SeedFile_stories, Story_id, index, &problem);
    bool is_added = story && stories_restore(plan->parts->stories, story, &problem);
    return seed_script_end(
        plan, &plan->added_stories, is_added ? story : NULL, "stories", index, problem);
}

static bool seed_stub_add(struct seed_plan *plan, size_t index)
{
    struct text problem = TEXT("");
    struct message *stub = seed_script_at(plan, SeedFile_stubs, Stub_id, index, &problem);
    bool is_added = stub && stubs_restore(plan->parts->stubs, stub, &problem);
    return seed_script_end(
        plan, &plan->added_stubs, is_added ? stub : NULL, "stubs", index, problem);
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
    {SeedFile_tuning_jobs, false, "tuningJobs", seed_tuning_jobs_add},
    {SeedFile_operations, false, "operations", seed_operation_add},
    {SeedFile_permissions, false, "permissions", seed_permission_add},
    {SeedFile_faults, false, "faults", seed_fault_add},
    {SeedFile_stubs, false, "stubs", seed_stub_add},
};

/* --- what is beside the lists --- */

static bool seed_version_check(struct seed_plan *plan)
{
    const struct message *file = plan->file;
    if (!message_has(file, SeedFile_version) || message_int(file, SeedFile_version) == 1)
        return true;
    return seed_problems_add_whole(
        plan->problems, "has a version that this tunemock does not know; it reads 1");
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

/* After the stubs, which make room for their scenarios. */
static void seed_scenarios_set(struct seed_plan *plan)
{
    for (size_t i = 0; i < message_count(plan->file, SeedFile_scenarios); i++) {
        struct text name, state;
        const char *problem;
        message_pair_at(plan->file, SeedFile_scenarios, i, &name, &state);
        if (!stubs_set_scenario(plan->parts->stubs, name, state, &problem))
            seed_problems_add_whole(
                plan->problems, arena_printf(plan->arena, "scenarios: %s", problem).bytes);
    }
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
    for (size_t i = 0; i < message_count(plan->file, SeedFile_tuning_jobs); i++) {
        struct message *job = message_child_at(plan->file, SeedFile_tuning_jobs, i);
        map_put(&models, message_text(job, SeedTuningJob_name), job);
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

static struct seed_added seed_added_new(const struct seed_plan *plan, unsigned field)
{
    size_t count = message_count(plan->file, field);
    return (struct seed_added){arena_array(plan->arena, count, sizeof(struct message *)), 0};
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
    plan->added_faults = seed_added_new(plan, SeedFile_faults);
    plan->added_stories = seed_added_new(plan, SeedFile_stories);
    plan->added_stubs = seed_added_new(plan, SeedFile_stubs);
    for (size_t i = 0; i < ARRAY_COUNT(seed_lists); i++)
        seed_list_add(plan, i);
    seed_scenarios_set(plan);
    if (is_first && plan->problems->count == count_before)
        state_numbers_give(plan, last_before);
    return plan->problems->count == count_before;
}
