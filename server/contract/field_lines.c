#include "server/contract/field_lines.h"

#include <assert.h>

#include "server/contract/limits.h"

void field_lines_begin(struct field_lines *lines, struct arena *arena, struct text request_name)
{
    *lines = (struct field_lines){.arena = arena, .request_name = request_name, .text = TEXT("")};
}

void field_lines_add(struct field_lines *lines, enum error_id id, struct text path,
    size_t argument_count, const struct text *arguments)
{
    enum { EXTRA_MAX = 4 };
    assert(argument_count <= EXTRA_MAX);
    if (lines->count++ >= VIOLATIONS_MAX)
        return;
    struct text all[2 + EXTRA_MAX] = {lines->request_name, path};
    for (size_t i = 0; i < argument_count; i++)
        all[2 + i] = arguments[i];
    struct text line = error_text(lines->arena, id, all, 2 + argument_count);
    lines->text = arena_printf(lines->arena, "%.*s%.*s", TEXT_ARGS(lines->text), TEXT_ARGS(line));
}
