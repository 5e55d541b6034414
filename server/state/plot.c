#include "server/state/plot.h"

#include "server/sim/training_plan.h"

struct story_plot plot_take(
    struct stories *stories, const struct store_model *model, struct arena *arena)
{
    const struct match_facts facts = {.method = MATCH_NO_METHOD,
        .id = model->id,
        .display_name = model->display_name,
        .base_model = model->base_model};
    return stories_take(stories, &facts, model->total_steps, arena);
}

void plot_tell(const struct story_plot *plot, struct store_model *model)
{
    if (plot->has_step_time)
        model->step_ns = plot->step_ns;
    model->has_stall_step = plot->has_stall_step;
    model->stall_step = plot->stall_step;
    if (!plot->has_fail_step)
        return;
    model->end = TRAINING_END_FAILED;
    model->has_end_step = true;
    model->end_step = plot->fail_step;
    model->end_code = plot->code;
    model->end_message = plot->message;
}
