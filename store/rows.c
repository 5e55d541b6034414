#include "store/rows.h"

#include <stddef.h>

void optional_bind(struct query *query, bool has_number, double number)
{
    if (has_number)
        query_bind_real(query, number);
    else
        query_bind_null(query);
}

static bool optional_read(struct query *query, float *ret_number)
{
    bool has_number = !query_is_null(query);
    *ret_number = (float)query_read_real(query);
    return has_number;
}

void model_bind(struct query *query, const struct store_model *model)
{
    query_bind_int64(query, model->seq);
    query_bind_text(query, model->id);
    query_bind_int64(query, model->version);
    query_bind_text(query, model->base_model);
    query_bind_text(query, model->source_model);
    query_bind_text(query, model->display_name);
    query_bind_text(query, model->description);
    optional_bind(query, model->has_temperature, (double)model->temperature);
    optional_bind(query, model->has_top_p, (double)model->top_p);
    if (model->has_top_k)
        query_bind_int64(query, model->top_k);
    else
        query_bind_null(query);
    query_bind_text(query, model->reader_project_numbers);
    query_bind_int64(query, model->create_ns);
    query_bind_int64(query, model->update_ns);
    query_bind_int64(query, model->epoch_count);
    query_bind_int64(query, model->batch_size);
    optional_bind(query, model->has_learning_rate, (double)model->learning_rate);
    optional_bind(
        query, model->has_learning_rate_multiplier, (double)model->learning_rate_multiplier);
    query_bind_int64(query, model->start_ns);
    if (text_is_empty(model->data_set))
        query_bind_null(query);
    else
        query_bind_text(query, model->data_set);
    query_bind_int64(query, model->example_count);
    query_bind_int64(query, model->total_steps);
    query_bind_real(query, model->plan_learning_rate);
    query_bind_int64(query, model->step_ns);
    query_bind_int64(query, (int64_t)model->data_hash);
    query_bind_int64(query, (int64_t)model->noise_seed);
    query_bind_int64(query, model->end);
    query_bind_int64(query, model->end_ns);
    query_bind_int64(query, model->end_code);
    query_bind_text(query, model->end_message);
    query_bind_int64(query, model->fixed_state);
    query_bind_int64(query, model->fixed_complete_ns);
    query_bind_text(query, model->fixed_snapshots);
}

void model_read(struct query *query, struct store_model *ret_model)
{
    struct store_model *model = ret_model;
    model->seq = query_read_int64(query);
    model->id = query_read_text(query);
    model->version = query_read_int32(query);
    model->base_model = query_read_text(query);
    model->source_model = query_read_text(query);
    model->display_name = query_read_text(query);
    model->description = query_read_text(query);
    model->has_temperature = optional_read(query, &model->temperature);
    model->has_top_p = optional_read(query, &model->top_p);
    model->has_top_k = !query_is_null(query);
    model->top_k = query_read_int32(query);
    model->reader_project_numbers = query_read_text(query);
    model->create_ns = query_read_int64(query);
    model->update_ns = query_read_int64(query);
    model->epoch_count = query_read_int32(query);
    model->batch_size = query_read_int32(query);
    model->has_learning_rate = optional_read(query, &model->learning_rate);
    model->has_learning_rate_multiplier = optional_read(query, &model->learning_rate_multiplier);
    model->start_ns = query_read_int64(query);
    model->data_set = query_read_text(query);
    model->example_count = query_read_int32(query);
    model->total_steps = query_read_int32(query);
    model->plan_learning_rate = query_read_real(query);
    model->step_ns = query_read_int64(query);
    model->data_hash = (uint64_t)query_read_int64(query);
    model->noise_seed = (uint64_t)query_read_int64(query);
    model->end = query_read_int32(query);
    model->end_ns = query_read_int64(query);
    model->end_code = query_read_int32(query);
    model->end_message = query_read_text(query);
    model->fixed_state = query_read_int32(query);
    model->fixed_complete_ns = query_read_int64(query);
    model->fixed_snapshots = query_read_text(query);
}

/* Empty texts of a query point to a constant and may stay. */
static void text_keep(struct text *text, struct arena *arena)
{
    if (text->len > 0)
        *text = arena_text(arena, *text);
}

void model_keep(struct store_model *model, struct arena *arena)
{
    struct text *texts[] = {&model->id, &model->base_model, &model->source_model,
        &model->display_name, &model->description, &model->reader_project_numbers, &model->data_set,
        &model->end_message, &model->fixed_snapshots};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        text_keep(texts[i], arena);
}

void operation_bind(struct query *query, const struct store_operation *operation)
{
    query_bind_int64(query, operation->seq);
    query_bind_text(query, operation->model_id);
    query_bind_text(query, operation->id);
    query_bind_text(query, operation->fixed);
}

void operation_read(struct query *query, struct store_operation *ret_operation)
{
    ret_operation->seq = query_read_int64(query);
    ret_operation->model_id = query_read_text(query);
    ret_operation->id = query_read_text(query);
    ret_operation->fixed = query_read_text(query);
}

void operation_keep(struct store_operation *operation, struct arena *arena)
{
    text_keep(&operation->model_id, arena);
    text_keep(&operation->id, arena);
    text_keep(&operation->fixed, arena);
}

void permission_bind(struct query *query, const struct store_permission *permission)
{
    query_bind_int64(query, permission->seq);
    query_bind_text(query, permission->model_id);
    query_bind_text(query, permission->id);
    query_bind_int64(query, permission->grantee_type);
    query_bind_int64(query, permission->role);
    query_bind_text(query, permission->email);
}

void permission_read(struct query *query, struct store_permission *ret_permission)
{
    ret_permission->seq = query_read_int64(query);
    ret_permission->model_id = query_read_text(query);
    ret_permission->id = query_read_text(query);
    ret_permission->grantee_type = query_read_int32(query);
    ret_permission->role = query_read_int32(query);
    ret_permission->email = query_read_text(query);
}

void permission_keep(struct store_permission *permission, struct arena *arena)
{
    text_keep(&permission->model_id, arena);
    text_keep(&permission->id, arena);
    text_keep(&permission->email, arena);
}
