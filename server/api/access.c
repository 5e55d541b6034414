#include "server/api/access.h"

#include "server/call/stub_call.h"
#include "server/state/catalogue.h"
#include "server/state/tuned_model.h"

/* The lowest role that gives each right. The lower a role's number, the more it may. */
static const int32_t access_needs[] = {
    [ACCESS_READ] = Permission_Role_READER,
    [ACCESS_WRITE] = Permission_Role_WRITER,
    [ACCESS_OWN] = Permission_Role_OWNER,
};

/* True if a role gives a right; 0 is no role. */
static bool access_role_allows(int32_t role, enum access access)
{
    return role >= Permission_Role_OWNER && role <= access_needs[access];
}

bool access_is_allowed(const struct store_roles *roles, enum access access)
{
    return access_role_allows(roles->caller, access) || access_role_allows(roles->everyone, access);
}

bool access_find_roles(struct call *call, struct text model_id, struct store_roles *ret_roles)
{
    enum store_result result = store_find_roles(
        call->reader, call->space->number, model_id, call->caller.email, ret_roles);
    if (result != STORE_OK)
        call_fail_store(call, result);
    else if (call->caller.owns_all)
        ret_roles->caller = Permission_Role_OWNER;
    return result == STORE_OK;
}

bool access_check(struct call *call, struct text model_id, enum access access)
{
    struct store_roles roles;
    if (call->caller.owns_all)
        return true;
    if (!access_find_roles(call, model_id, &roles))
        return false;
    if (access_is_allowed(&roles, access))
        return true;
    call_fail_text(call, ERROR_TM_FORBIDDEN, model_id);
    return false;
}

bool access_check_found(
    struct call *call, struct text model_id, enum access access, enum store_result result)
{
    if (result == STORE_OK)
        return access_check(call, model_id, access);
    if (result == STORE_NOT_FOUND)
        call_fail_text(call, ERROR_TM_MISSING, model_id);
    else
        call_fail_store(call, result);
    return false;
}

bool access_find_model(
    struct call *call, struct text model_id, enum access access, struct store_model *ret_model)
{
    return access_check_found(call, model_id, access,
        store_find_tuned_model(
            call->reader, call->space->number, model_id, call->arena, ret_model));
}

bool access_find_model_row(
    struct call *call, struct text model_id, enum access access, int64_t *ret_model_seq)
{
    struct store_model model = {.seq = 0};
    enum store_result result =
        store_find_tuned_model(call->reader, call->space->number, model_id, call->arena, &model);
    *ret_model_seq = model.seq;
    return access_check_found(call, model_id, access, result == STORE_DAMAGED ? STORE_OK : result);
}

void access_set_condition(struct call *call, enum access access, int64_t model_seq)
{
    struct store_condition *condition = &call->write->condition;
    condition->model_seq = model_seq;
    if (call->caller.owns_all)
        return;
    condition->role = access_needs[access];
    condition->email = call->caller.email;
}

bool access_answer_late(struct call *call, struct text model_id)
{
    enum store_result result = call->write->result;
    if (result == STORE_NOT_FOUND)
        call_fail_text(call, ERROR_TM_MISSING, model_id);
    else if (result == STORE_FORBIDDEN)
        call_fail_text(call, ERROR_TM_FORBIDDEN, model_id);
    return result == STORE_NOT_FOUND || result == STORE_FORBIDDEN;
}

bool access_check_active(
    struct call *call, const struct store_model *model, const struct base_model *base)
{
    enum TunedModel_State state = tuned_model_state(model, base, call->now_ns);
    if (state == TunedModel_State_ACTIVE)
        return true;
    struct text arguments[] = {
        model->id, enum_type_find_number(&enum_types[ENUM_TunedModel_State], state)->name};
    call_fail_with(call, ERROR_TM_NOT_READY, 2, arguments);
    return false;
}

static bool access_is_retired(const struct call *call, const struct base_model *base)
{
    return !text_is_empty(call->retirement) && (!base || base_model_is_tunable(base));
}

bool access_is_open(const struct call *call, struct text base_model)
{
    if (!stub_call_is_possible(call))
        return false;
    return text_is_empty(call->retirement) ||
           !access_is_retired(call, catalogue_find(call->app->catalogue, base_model));
}

bool access_is_switched_off(struct call *call, const struct base_model *base)
{
    if (!access_is_retired(call, base))
        return false;
    reply_add_header(call->reply, "X-Emulator-Answer", call->retirement);
    return true;
}

const struct base_model *access_find_base(
    struct call *call, struct text id, const char *supported, const char *method)
{
    struct text name = arena_joined(call->arena, TEXT("models/"), id);
    if (!call_check_model_name(call))
        return NULL;
    const struct base_model *base = catalogue_find(call->app->catalogue, name);
    if (base && base_model_is_there(base, call->app->settings.fidelity) &&
        (!supported || base_model_supports(base, supported)) && !access_is_switched_off(call, base))
        return base;
    call_fail_unsupported(call, name, method);
    return NULL;
}
