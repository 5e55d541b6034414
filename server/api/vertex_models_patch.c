/* models.patch of Vertex AI: the names of a version, and which of its checkpoints is the default.
 */
#include "base/array.h"
#include "server/api/handlers.h"
#include "server/api/tuning_access.h"
#include "server/call/update_mask.h"
#include "server/contract/limits.h"
#include "server/sim/unicode.h"
#include "server/state/tuning_registry.h"
#include "server/state/tuning_removal.h"

/* The fields that a patch can change, and the column of each. */
static const struct {
    unsigned field;
    enum store_patch column;
} vertex_patchable[] = {
    {VertexModel_display_name, STORE_PATCH_MODEL_NAME},
    {VertexModel_description, STORE_PATCH_MODEL_TEXT},
    {VertexModel_default_checkpoint_id, STORE_PATCH_DEFAULT_CHECKPOINT},
};

static bool vertex_patch_refuse(struct call *call, struct text field, struct text problem)
{
    struct text arguments[] = {field, problem};
    call_fail_with(call, ERROR_VX_FIELD, ARRAY_COUNT(arguments), arguments);
    return false;
}

/* The columns of one path of the mask; 0: of none. */
static unsigned vertex_patch_columns_of(struct text path)
{
    const struct message_type *type = &message_types[MESSAGE_VertexModel];
    unsigned columns = 0;
    for (size_t i = 0; i < ARRAY_COUNT(vertex_patchable); i++)
        if (text_equals_string(path, "*") ||
            text_equals(type->fields[vertex_patchable[i].field].proto_name, path))
            columns |= vertex_patchable[i].column;
    return columns;
}

/* Without a mask, which SDKs send none of, all that is in the body. False if the call was answered.
 */
static bool vertex_patch_read_mask(
    struct call *call, const struct message *asked, unsigned *ret_columns)
{
    struct text *paths;
    size_t count = update_mask_read(call, &paths);
    *ret_columns = 0;
    for (size_t i = 0; i < ARRAY_COUNT(vertex_patchable); i++)
        if (count == 0 && message_has(asked, vertex_patchable[i].field))
            *ret_columns |= vertex_patchable[i].column;
    for (size_t i = 0; i < count; i++) {
        unsigned columns = vertex_patch_columns_of(paths[i]);
        if (!columns)
            return vertex_patch_refuse(
                call, TEXT("update_mask"), update_mask_problem(call, paths[i]));
        *ret_columns |= columns;
    }
    return true;
}

/* Reads the number of a checkpoint; an empty one is the last. */
static bool vertex_patch_read_checkpoint(
    struct call *call, const struct store_model *job, struct text id, int32_t *ret_checkpoint)
{
    int64_t number = 0;
    if (id.len > 0 &&
        (!text_parse_int64(id, &number) || number < 1 || number > job->checkpoint_count))
        return vertex_patch_refuse(call, TEXT("model.default_checkpoint_id"),
            arena_printf(
                call->arena, "The model has no checkpoint \"%.*s\".", TEXT_ARGS(call_shown(id))));
    *ret_checkpoint = (int32_t)number;
    return true;
}

static bool vertex_patch_check_name(struct call *call, struct text name)
{
    if (name.len == 0)
        return vertex_patch_refuse(call, TEXT("model.display_name"), TEXT("Required."));
    return text_code_points(name) <= TUNING_NAME_CHARACTERS_MAX ||
           vertex_patch_refuse(call, TEXT("model.display_name"),
               arena_printf(call->arena, "The name can be up to %d characters long.",
                   TUNING_NAME_CHARACTERS_MAX));
}

/* A state file must bring it back. */
static bool vertex_patch_check_text(struct call *call, struct text text)
{
    return text.len <= SEED_TEXT_BYTES_MAX ||
           vertex_patch_refuse(call, TEXT("model.description"),
               arena_printf(call->arena, "The description can be up to %d bytes long.",
                   SEED_TEXT_BYTES_MAX));
}

/* A patch on its way to the writer; the call's context. */
struct vertex_patch {
    bool is_newest; /* of a version that no other is newer than */
};

/* The condition of the write: the version may have been deleted meanwhile. */
static bool vertex_patch_holds(const struct store_model *job, void *context)
{
    struct tuning_removal removal;
    (void)context;
    return !tuning_removal_find(job->removed, TUNING_REMOVAL_MODEL, &removal);
}

enum call_state vertex_models_patch(struct call *call)
{
    struct vertex_patch *patch = arena_alloc(call->arena, sizeof(*patch));
    struct message *asked = message_make_child(call->in, UpdateModelRequest_model);
    struct text name = message_text(asked, VertexModel_display_name);
    struct text description = message_text(asked, VertexModel_description);
    struct store_model job;
    unsigned columns;
    if (!tuning_access_find_model(call, &job) || !vertex_patch_read_mask(call, asked, &columns) ||
        ((columns & STORE_PATCH_MODEL_NAME) && !vertex_patch_check_name(call, name)) ||
        !vertex_patch_check_text(call, description))
        return CALL_DONE;
    struct store_write *write = call_new_write(call, STORE_PATCH_MODEL);
    if ((columns & STORE_PATCH_DEFAULT_CHECKPOINT) &&
        !vertex_patch_read_checkpoint(call, &job,
            message_text(asked, VertexModel_default_checkpoint_id),
            &write->model.default_checkpoint))
        return CALL_DONE;
    write->patch = columns;
    write->model.id = job.id;
    write->model.model_name = name;
    write->model.model_text = description;
    write->condition.model_seq = job.seq;
    write->condition.holds = vertex_patch_holds;
    write->ret_model = arena_alloc(call->arena, sizeof(*write->ret_model));
    write->arena = call->arena;
    patch->is_newest = tuning_access_is_newest(call, &job);
    call->context = patch;
    return call_submit(call);
}

void vertex_models_patch_finish(struct call *call)
{
    const struct store_model *job = call->write->ret_model;
    const struct vertex_patch *patch = call->context;
    if (call->write->result != STORE_OK)
        tuning_access_fail(call);
    else
        call_answer(call, tuning_registry_model(job, tuning_access_base(call, job), call->now_ns,
                              patch->is_newest, call->messages, call->arena));
}
