#include "store/rows.h"

#include <string.h>

#include "base/array.h"
#include "store/facts.h"

/* Empty texts of a query point to a constant and may stay. */
static struct text row_read_text(struct query *query, struct arena *arena)
{
    struct text text = query_read_text(query);
    return arena && text.len > 0 ? arena_text(arena, text) : text;
}

bool model_read(struct query *query, struct arena *arena, struct store_model *ret_model)
{
    ret_model->seq = query_read_int64(query);
    ret_model->id = row_read_text(query, arena);
    if (facts_decode(row_read_text(query, arena), ret_model))
        return true;
    query->code = SQLITE_CORRUPT;
    return false;
}

struct store_model store_copy_model(const struct store_model *model, struct arena *arena)
{
    struct store_model copy = *model;
    struct text *const texts[] = {&copy.id, &copy.base_model, &copy.source_model,
        &copy.display_name, &copy.description, &copy.reader_project_numbers, &copy.data_set,
        &copy.end_message, &copy.fixed_task};
    size_t total_bytes = 0;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        total_bytes += texts[i]->len;
    /* All of them in one piece. */
    char *bytes = arena_alloc(arena, total_bytes);
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        if (texts[i]->len == 0)
            continue;
        texts[i]->bytes = memcpy(bytes, texts[i]->bytes, texts[i]->len);
        bytes += texts[i]->len;
    }
    return copy;
}

void operation_read(struct query *query, struct arena *arena, struct store_operation *ret_operation)
{
    ret_operation->seq = query_read_int64(query);
    ret_operation->model_id = row_read_text(query, arena);
    ret_operation->id = row_read_text(query, arena);
    ret_operation->fixed = row_read_text(query, arena);
}

void permission_read(
    struct query *query, struct arena *arena, struct store_permission *ret_permission)
{
    ret_permission->seq = query_read_int64(query);
    ret_permission->model_id = row_read_text(query, arena);
    ret_permission->id = row_read_text(query, arena);
    ret_permission->grantee_type = query_read_int32(query);
    ret_permission->role = query_read_int32(query);
    ret_permission->email = row_read_text(query, arena);
}
