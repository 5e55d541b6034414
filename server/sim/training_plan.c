#include "server/sim/training_plan.h"

#include "base/array.h"
#include "base/timefmt.h"

/* By enum training_by. */
static const struct text training_pacing_names[] = {
    [TRAINING_BY_TIME] = TEXT_INIT("time"),
    [TRAINING_BY_HAND] = TEXT_INIT("manual"),
    [TRAINING_BY_POLLS] = TEXT_INIT("polls"),
};

bool training_step_parse(struct text text, int64_t *ret_step_ns)
{
    *ret_step_ns = TRAINING_STEP_REAL;
    return text_equals_ignoring_case(text, TEXT("real")) || duration_parse(text, ret_step_ns);
}

struct text training_step_text(int64_t step_ns, struct arena *arena)
{
    if (step_ns == TRAINING_STEP_REAL)
        return TEXT("real");
    char *text = arena_alloc(arena, TIME_TEXT_MAX);
    return (struct text){text, duration_format(step_ns, text)};
}

bool training_pacing_parse(struct text text, struct training_pacing *ret_pacing)
{
    size_t colon = text_find_byte(text, ':');
    size_t by = text_find_word(
        text_slice(text, 0, colon), training_pacing_names, ARRAY_COUNT(training_pacing_names));
    int64_t polls = 0;
    if (by == ARRAY_COUNT(training_pacing_names))
        return false;
    if (by != TRAINING_BY_POLLS) {
        if (colon != text.len)
            return false;
        *ret_pacing = (struct training_pacing){(enum training_by)by, 0};
        return true;
    }
    if (!text_parse_int64(text_slice(text, colon + 1, text.len), &polls) || polls < 1 ||
        polls > TRAINING_POLLS_MAX)
        return false;
    *ret_pacing = (struct training_pacing){TRAINING_BY_POLLS, (int32_t)polls};
    return true;
}

struct text training_pacing_text(struct training_pacing pacing, struct arena *arena)
{
    struct text name = training_pacing_names[pacing.by];
    if (pacing.by != TRAINING_BY_POLLS)
        return name;
    return arena_printf(arena, "%.*s:%d", TEXT_ARGS(name), (int)pacing.polls);
}
