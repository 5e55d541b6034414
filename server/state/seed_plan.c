#include "server/state/seed_plan.h"

#include <stddef.h>

#include "base/ascii.h"
#include "base/log.h"
#include "server/contract/limits.h"
#include "server/state/identity.h"

void seed_plan_begin(struct seed_plan *plan)
{
    map_init(&plan->models, plan->arena);
    map_init(&plan->operations, plan->arena);
    map_init(&plan->permissions, plan->arena);
    map_init(&plan->permission_counts, plan->arena);
}

/* What the file itself says of who owns its models; whether it is right is seen later. */
static void seed_plan_note_owners(struct seed_plan *plan)
{
    for (size_t i = 0; i < message_count(plan->file, SeedFile_permissions); i++) {
        struct message *permission = message_child_at(plan->file, SeedFile_permissions, i);
        struct text model_id, id;
        if (message_int(permission, Permission_role) == Permission_Role_OWNER &&
            seed_plan_split_child(
                message_text(permission, Permission_name), "permissions", &model_id, &id))
            map_put(&plan->owners, model_id, permission);
    }
}

void seed_plan_open(struct seed_plan *plan, const struct message *file)
{
    plan->file = file;
    map_init(&plan->owners, plan->arena);
    map_init(&plan->jobs, plan->arena);
    seed_plan_note_owners(plan);
    for (size_t i = 0; i < message_count(file, SeedFile_jobs); i++) {
        struct message *job = message_child_at(file, SeedFile_jobs, i);
        map_put(&plan->jobs, message_text(job, Job_name), job);
    }
}

bool seed_plan_is_empty(const struct seed_plan *plan)
{
    const struct store_write *first = plan->batch.first;
    bool is_clear_alone = first && first->kind == STORE_CLEAR_NAMESPACE && !first->next;
    bool is_stored = plan->store && store_last_seq(plan->store, plan->namespace_id) > 0;
    return (!first || is_clear_alone) && !is_stored;
}

bool seed_plan_is_id(struct text id)
{
    return id.len > 0 && id.len <= SEED_ID_BYTES_MAX && text_find_byte(id, '/') == id.len &&
           text_find_byte(id, '\0') == id.len;
}

bool seed_plan_split(struct text name, struct text prefix, struct text *ret_id)
{
    *ret_id = text_slice(name, prefix.len, name.len);
    return text_starts_with(name, prefix) && seed_plan_is_id(*ret_id);
}

bool seed_plan_split_child(
    struct text name, const char *kind, struct text *ret_model_id, struct text *ret_id)
{
    return identity_split_child(name, kind, ret_model_id, ret_id) &&
           seed_plan_is_id(*ret_model_id) && seed_plan_is_id(*ret_id);
}

struct seed_row *seed_plan_new_row(
    struct seed_plan *plan, enum store_write_kind kind, const char *place, size_t index)
{
    struct seed_row *row = arena_alloc(plan->arena, sizeof(*row));
    *row = (struct seed_row){.place = place, .index = index};
    row->write.kind = kind;
    row->write.namespace_id = plan->namespace_id;
    return row;
}

/* What tells one permission of a model from others: its id, and its address. */
static struct text seed_plan_permission_key(
    struct seed_plan *plan, const struct store_permission *permission, bool is_by_email)
{
    struct text name = is_by_email ? permission->email : permission->id;
    char *key = arena_copy(plan->arena, name.len ? name.bytes : "", name.len);
    for (size_t i = 0; is_by_email && i < name.len; i++)
        key[i] = ascii_to_lower(key[i]);
    return arena_printf(plan->arena, "%.*s/%s/%.*s", TEXT_ARGS(permission->model_id),
        is_by_email ? "email" : "id", (int)name.len, key);
}

size_t seed_plan_count_permissions(const struct seed_plan *plan, struct text model_id)
{
    const size_t *count = map_find(&plan->permission_counts, model_id);
    return count ? *count : 0;
}

static void seed_plan_count_permission(struct seed_plan *plan, struct text model_id)
{
    size_t *count = map_find(&plan->permission_counts, model_id);
    if (!count) {
        count = arena_alloc(plan->arena, sizeof(*count));
        map_put(&plan->permission_counts, model_id, count);
    }
    (*count)++;
}

static void seed_plan_note_permission(struct seed_plan *plan, struct store_permission *permission)
{
    if (permission->id.len)
        seed_plan_count_permission(plan, permission->model_id);
    if (permission->id.len)
        map_put(&plan->permissions, seed_plan_permission_key(plan, permission, false), permission);
    if (permission->email.len)
        map_put(&plan->permissions, seed_plan_permission_key(plan, permission, true), permission);
}

static bool seed_plan_has_permission(
    struct seed_plan *plan, const struct store_permission *permission)
{
    return map_find(&plan->permissions, seed_plan_permission_key(plan, permission, false)) ||
           (permission->email.len &&
               map_find(&plan->permissions, seed_plan_permission_key(plan, permission, true)));
}

/* True for a result other than STORE_NOT_FOUND and its like: a row that is damaged is there, and of
 * a database that cannot be read the write will tell. */
static bool seed_plan_is_found(enum store_result result)
{
    return result != STORE_NOT_FOUND && result != STORE_CHILD_NOT_FOUND;
}

static bool seed_plan_is_stored_permission(
    struct seed_plan *plan, struct store_reader *reader, const struct store_permission *permission)
{
    int64_t number = plan->namespace_id;
    struct store_permission found;
    struct store_roles roles = {0, 0};
    if (seed_plan_is_found(store_find_permission(
            reader, number, permission->model_id, permission->id, plan->arena, &found)))
        return true;
    return permission->email.len > 0 &&
           store_find_roles(reader, number, permission->model_id, permission->email, &roles) ==
               STORE_OK &&
           roles.caller != 0;
}

static bool seed_plan_is_stored(
    struct seed_plan *plan, struct store_reader *reader, const struct store_write *write)
{
    int64_t number = plan->namespace_id;
    struct store_model model;
    struct store_operation operation;
    if (write->kind == STORE_CREATE_MODEL)
        return seed_plan_is_found(
            store_find_model(reader, number, write->model.id, plan->arena, &model));
    if (write->kind == STORE_CREATE_OPERATION)
        return seed_plan_is_found(store_find_operation(reader, number, write->operation.model_id,
            write->operation.id, plan->arena, &operation));
    return seed_plan_is_stored_permission(plan, reader, &write->permission);
}

static struct text seed_plan_operation_key(
    struct seed_plan *plan, const struct store_operation *operation)
{
    return arena_printf(
        plan->arena, "%.*s/%.*s", TEXT_ARGS(operation->model_id), TEXT_ARGS(operation->id));
}

/* Whether a row of the plan is this one. */
static bool seed_plan_is_planned(struct seed_plan *plan, const struct store_write *write)
{
    if (write->kind == STORE_CREATE_MODEL)
        return map_find(&plan->models, write->model.id) != NULL;
    if (write->kind == STORE_CREATE_OPERATION)
        return map_find(&plan->operations, seed_plan_operation_key(plan, &write->operation)) !=
               NULL;
    return seed_plan_has_permission(plan, &write->permission);
}

static bool seed_plan_has_row(struct seed_plan *plan, const struct seed_row *row)
{
    if (seed_plan_is_planned(plan, &row->write) || !plan->store)
        return seed_plan_is_planned(plan, &row->write);
    struct store_reader *reader = store_get_reader(plan->store, 0);
    if (store_read_begin(reader) != STORE_OK)
        return false;
    bool is_there = seed_plan_is_stored(plan, reader, &row->write);
    store_read_end(reader);
    return is_there;
}

/* Has later rows find it. */
static void seed_plan_note_row(struct seed_plan *plan, struct store_write *write)
{
    if (write->kind == STORE_CREATE_MODEL)
        map_put(&plan->models, write->model.id, &write->model);
    if (write->operation.id.len)
        map_put(
            &plan->operations, seed_plan_operation_key(plan, &write->operation), &write->operation);
    if (write->kind != STORE_CREATE_OPERATION)
        seed_plan_note_permission(plan, &write->permission);
}

bool seed_plan_add_row(struct seed_plan *plan, struct seed_row *row)
{
    if (!seed_plan_has_row(plan, row)) {
        seed_plan_note_row(plan, &row->write);
        store_batch_add(&plan->batch, &row->write);
        return true;
    }
    if (plan->is_closed)
        return seed_problems_add(plan->problems, row->place, row->index,
            row->write.kind == STORE_CREATE_PERMISSION
                ? TEXT("the file has a permission of this id or address already")
                : TEXT("the file has it already"));
    if (!plan->is_quiet)
        log_write(LOG_INFO, "%s: %s[%zu] is in the database already and was left alone",
            plan->problems->path, row->place, row->index);
    return true;
}

enum store_result seed_plan_find_model(
    struct seed_plan *plan, struct text id, struct store_model *ret_model)
{
    const struct store_model *own = map_find(&plan->models, id);
    if (own) {
        *ret_model = *own;
        return STORE_OK;
    }
    if (!plan->store)
        return STORE_NOT_FOUND;
    struct store_reader *reader = store_get_reader(plan->store, 0);
    enum store_result result = store_read_begin(reader);
    if (result != STORE_OK)
        return result;
    result = store_find_model(reader, plan->namespace_id, id, plan->arena, ret_model);
    store_read_end(reader);
    return result;
}

bool seed_plan_raise_counter(struct seed_plan *plan, int64_t counter)
{
    if (counter < 0 || counter > SEED_COUNTER_MAX)
        return seed_problems_add_whole(
            plan->problems, "has a counter that is not from 0 to 1000000000");
    if (plan->store)
        store_raise_counter(plan->store, plan->namespace_id, counter);
    else if (plan->counter < counter)
        plan->counter = counter;
    return true;
}
_Static_assert(SEED_COUNTER_MAX == 1000000000, "1000000000");

void seed_plan_keep_counter(struct seed_plan *plan)
{
    struct store_write *last = plan->batch.last;
    int64_t counter = message_int(plan->file, SeedFile_counter);
    if (last && last->counter_used < counter)
        last->counter_used = counter;
}

int64_t seed_plan_next_counter(struct seed_plan *plan)
{
    return plan->store ? store_next_counter(plan->store, plan->namespace_id) : ++plan->counter;
}

const struct seed_row *seed_plan_find_failed(const struct seed_plan *plan)
{
    for (const struct store_write *write = plan->batch.first; write; write = write->next)
        if (write->result != STORE_NOT_WRITTEN && write->result != STORE_OK)
            return (const struct seed_row *)(const void *)write;
    return NULL;
}
_Static_assert(offsetof(struct seed_row, write) == 0, "a row is where its write is");
