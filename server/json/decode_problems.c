#include "server/json/decode_problems.h"

#include "base/buf.h"
#include "server/contract/limits.h"

void decode_problems_init(struct decode_problems *problems, struct arena *arena)
{
    *problems = (struct decode_problems){.arena = arena};
}

bool decode_problems_any(const struct decode_problems *problems)
{
    return problems->syntax.len > 0 || problems->violation_count > 0 ||
           problems->excess != DECODE_FITS;
}

struct text decode_problems_text(const struct decode_problems *problems)
{
    if (problems->syntax.len)
        return problems->syntax;
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < problems->violation_count; i++) {
        if (i > 0)
            buf_add_byte(&text, '\n');
        buf_add_text(&text, problems->violations[i].description);
    }
    struct text joined = arena_text(problems->arena, buf_text(&text));
    buf_release(&text);
    return joined;
}

void decode_problems_add(
    struct decode_problems *problems, struct text field, struct text description)
{
    if (problems->violation_count == VIOLATIONS_MAX)
        return;
    if (!problems->violations)
        problems->violations =
            arena_array(problems->arena, VIOLATIONS_MAX, sizeof(*problems->violations));
    problems->violations[problems->violation_count++] = (struct violation){
        arena_text(problems->arena, field), arena_text(problems->arena, description)};
}
