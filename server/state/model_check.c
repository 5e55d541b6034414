#include "server/state/model_check.h"

#include "server/contract/limits.h"

static struct text check_path(struct field_lines *lines, const char *path)
{
    return arena_printf(lines->arena, "tuned_model.%s", path);
}

void check_length(
    struct field_lines *lines, enum error_id id, struct text path, struct text text, size_t max)
{
    /* There are never more code points than bytes, so most texts need no count. */
    if (text.len <= max)
        return;
    size_t count = text_code_points(text);
    if (count <= max)
        return;
    struct arena *arena = lines->arena;
    struct text arguments[] = {arena_printf(arena, "%zu", max), arena_printf(arena, "%zu", count)};
    field_lines_add(lines, id, path, 2, arguments);
}

void check_count(struct field_lines *lines, const char *path, size_t count, size_t max)
{
    if (count <= max)
        return;
    struct arena *arena = lines->arena;
    struct text arguments[] = {arena_printf(arena, "%zu", max), arena_printf(arena, "%zu", count)};
    field_lines_add(lines, ERROR_TM_MANY, check_path(lines, path), 2, arguments);
}

void check_range(struct field_lines *lines, enum error_id id, const char *path, bool is_good,
    const char *allowed)
{
    if (is_good)
        return;
    struct text argument = text_of(allowed);
    field_lines_add(lines, id, check_path(lines, path), 1, &argument);
}

void check_settable_fields(struct field_lines *lines, const struct message *tuned_model)
{
    float temperature = message_float(tuned_model, TunedModel_temperature);
    float top_p = message_float(tuned_model, TunedModel_top_p);
    check_length(lines, ERROR_TM_DISPLAY_NAME_LONG, check_path(lines, "display_name"),
        message_text(tuned_model, TunedModel_display_name), DISPLAY_NAME_CHARACTERS_MAX);
    check_length(lines, ERROR_TM_DISPLAY_NAME_LONG, check_path(lines, "description"),
        message_text(tuned_model, TunedModel_description), DESCRIPTION_CHARACTERS_MAX);
    check_range(lines, ERROR_TM_TEMPERATURE, "temperature",
        temperature >= 0.0F && temperature <= 1.0F, "[0.0, 1.0]");
    check_range(lines, ERROR_TM_TEMPERATURE, "top_p", top_p >= 0.0F && top_p <= 1.0F, "[0.0, 1.0]");
    check_range(lines, ERROR_TM_HYPER_RANGE, "top_k",
        message_int(tuned_model, TunedModel_top_k) >= 0, "at least 0");
    check_count(lines, "reader_project_numbers",
        message_count(tuned_model, TunedModel_reader_project_numbers), READER_PROJECT_NUMBERS_MAX);
}
