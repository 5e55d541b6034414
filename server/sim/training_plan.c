#include "server/sim/training_plan.h"

#include "base/timefmt.h"

bool training_step_parse(struct text text, int64_t *ret_step_ns)
{
    *ret_step_ns = TRAINING_STEP_REAL;
    return text_equals_string(text, "real") || duration_parse(text, ret_step_ns);
}

struct text training_step_text(int64_t step_ns, struct arena *arena)
{
    if (step_ns == TRAINING_STEP_REAL)
        return TEXT("real");
    char *text = arena_alloc(arena, TIME_TEXT_MAX);
    return (struct text){text, duration_format(step_ns, text)};
}
