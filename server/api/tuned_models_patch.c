/* tunedModels.patch: which fields, what they are set to, and what the answer shows of them. */
#include "base/array.h"
#include "server/api/access.h"
#include "server/api/handlers.h"
#include "server/call/update_mask.h"
#include "server/state/catalogue.h"
#include "server/state/model_check.h"
#include "server/state/tuned_model.h"

/* The fields that a patch can change, and the column of each. */
static const struct {
    unsigned field;
    enum store_patch column;
} patchable[] = {
    {TunedModel_display_name, STORE_PATCH_DISPLAY_NAME},
    {TunedModel_description, STORE_PATCH_DESCRIPTION},
    {TunedModel_temperature, STORE_PATCH_TEMPERATURE},
    {TunedModel_top_p, STORE_PATCH_TOP_P},
    {TunedModel_top_k, STORE_PATCH_TOP_K},
    {TunedModel_reader_project_numbers, STORE_PATCH_READER_PROJECT_NUMBERS},
};
enum { PATCHABLE_COUNT = ARRAY_COUNT(patchable) };

/* Fields of TunedModel as bits. */
static uint64_t patch_all(void)
{
    uint64_t fields = 0;
    for (size_t i = 0; i < PATCHABLE_COUNT; i++)
        fields |= UINT64_C(1) << patchable[i].field;
    return fields;
}

/* The columns of those fields that a patch can change. */
static unsigned patch_columns_of(uint64_t fields)
{
    unsigned columns = 0;
    for (size_t i = 0; i < PATCHABLE_COUNT; i++)
        if (fields & UINT64_C(1) << patchable[i].field)
            columns |= patchable[i].column;
    return columns;
}

/* The fields that one path of the mask names; 0 if it names none, or a part of one. */
static uint64_t patch_fields_of(struct text path)
{
    const struct message_type *type = &message_types[MESSAGE_TunedModel];
    if (text_equals_string(path, "*"))
        return patch_all();
    for (unsigned i = 0; i < type->field_count; i++)
        if (text_equals(type->fields[i].proto_name, path))
            return UINT64_C(1) << i;
    return 0;
}

/* True if only the server sets what a path names. It is ignored in masks as it is in bodies. */
static bool patch_is_output_only(const struct call *call, struct text path)
{
    const struct message_type *type = &message_types[MESSAGE_TunedModel];
    while (type && path.bytes) {
        const struct field *field = message_type_find(type, call->messages, text_split(&path, '.'));
        if (!field || field->flags & FIELD_OUTPUT_ONLY)
            return field != NULL;
        type = field->kind == FIELD_MESSAGE ? &message_types[field->type] : NULL;
    }
    return false;
}

/* Without a mask every settable field of the body counts. */
static uint64_t patch_fields_present(const struct message *asked)
{
    uint64_t fields = 0;
    for (size_t i = 0; i < PATCHABLE_COUNT; i++)
        if (message_has(asked, patchable[i].field))
            fields |= UINT64_C(1) << patchable[i].field;
    return fields;
}

/* Which fields to set, with output-only ones that are not. False if the call was answered. */
static bool patch_read_mask(struct call *call, const struct message *asked, uint64_t *ret_fields)
{
    struct text *paths;
    size_t count = update_mask_read(call, &paths);
    bool is_required =
        call->app->settings.fidelity == FIDELITY_STRICT && call->version == VERSION_V1BETA3;
    if (count == 0 && !is_required) {
        *ret_fields = patch_fields_present(asked);
        return true;
    }
    *ret_fields = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t fields = patch_fields_of(paths[i]);
        if (!(fields & patch_all()) && !patch_is_output_only(call, paths[i])) {
            update_mask_fail(call, paths[i]);
            return false;
        }
        *ret_fields |= fields;
    }
    if (count == 0) {
        update_mask_fail(call, TEXT(""));
        return false;
    }
    return true;
}

/* Clears all fields but these. */
static void patch_keep(struct message *message, uint64_t fields)
{
    for (unsigned field = 0; field < TunedModel_FIELD_COUNT; field++)
        if (!(fields & UINT64_C(1) << field))
            message_clear(message, field);
}

/* The new values. A sampling parameter that is cleared falls back to that of the base model. */
static void patch_fill(struct call *call, const struct message *asked,
    const struct store_model *old, const struct base_model *base)
{
    struct store_model *model = &call->write->model;
    model->id = old->id;
    tuned_model_set_settable(model, asked, base ? base->model : NULL, call->arena);
}

/* The fields that the answer has: with a mask the masked ones only, as recorded, else all. */
static uint64_t patch_shown_fields(struct call *call)
{
    struct text *paths;
    size_t count = update_mask_read(call, &paths);
    uint64_t fields = count == 0 ? UINT64_MAX : 0;
    for (size_t i = 0; i < count; i++)
        fields |= text_equals_string(paths[i], "*") ? UINT64_MAX : patch_fields_of(paths[i]);
    return fields;
}

/* Nothing is to be changed if its answer finds no room. */
static bool patch_reserve_answer(struct call *call, const struct store_model *old,
    const struct base_model *base, const struct store_model *patch)
{
    if (patch_shown_fields(call) != UINT64_MAX)
        return true;
    struct store_model changed = *old;
    changed.display_name.len += patch->display_name.len;
    changed.description.len += patch->description.len;
    changed.reader_project_numbers.len += patch->reader_project_numbers.len;
    return call_reserve_answer(call, tuned_model_json_bytes(&changed, base, call->now_ns));
}

enum call_state tuned_models_patch(struct call *call)
{
    struct message *asked = message_make_child(call->in, UpdateTunedModelRequest_tuned_model);
    struct store_model model;
    uint64_t fields;
    if (!access_find_model(call, call->ids[0], ACCESS_WRITE, &model) ||
        !patch_read_mask(call, asked, &fields))
        return CALL_DONE;
    /* SDKs send the whole resource back: what the mask does not name is not even looked at. */
    patch_keep(asked, fields);
    struct field_lines lines;
    call_begin_lines(call, &lines);
    check_settable_fields(&lines, asked);
    if (lines.count)
        return call_fail_lines(call, &lines);
    struct store_write *write = call_new_write(call, STORE_PATCH_MODEL);
    access_set_condition(call, ACCESS_WRITE, model.seq);
    write->ret_model = arena_alloc(call->arena, sizeof(*write->ret_model));
    write->arena = call->arena; /* the writer's alone until the second half */
    write->patch = patch_columns_of(fields);
    const struct base_model *base = catalogue_find(call->app->catalogue, model.base_model);
    patch_fill(call, asked, &model, base);
    return patch_reserve_answer(call, &model, base, &write->model) ? call_submit(call) : CALL_DONE;
}

void tuned_models_patch_finish(struct call *call)
{
    if (access_answer_late(call, call->ids[0]))
        return;
    call_end_read(call);
    const struct store_model *model = call->write->ret_model;
    struct message *message =
        tuned_model_message(model, catalogue_find(call->app->catalogue, model->base_model),
            call->now_ns, call->messages, call->kept, call->arena);
    patch_keep(message, patch_shown_fields(call));
    call_answer(call, message);
}
