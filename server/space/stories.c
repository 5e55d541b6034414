#include "server/space/stories.h"

#include <stdlib.h>

#include "base/memory.h"
#include "server/contract/error.h"
#include "server/contract/limits.h"
#include "server/sim/training_plan.h"
#include "server/space/script_list.h"

struct story {
    struct script_item item;
    struct story_plot plot; /* without numbers; its text is the message's */
};

struct stories {
    struct script_list list;
};

/* --- reading; each gives NULL, or what is wrong --- */

static const char *story_read_error(const struct message *error, struct story_plot *plot)
{
    const struct status *status = status_find(STATUS_INTERNAL);
    plot->message = TEXT("The training failed.");
    if (error && message_has(error, Story_Error_code))
        status = status_parse_code(message_text(error, Story_Error_code));
    if (error && message_has(error, Story_Error_message))
        plot->message = message_text(error, Story_Error_message);
    if (!status)
        return "error.code: must be a code of google.rpc.Code but OK, by its number or its name";
    plot->code = status->number;
    return text_code_points(plot->message) > JOB_MESSAGE_CHARACTERS_MAX
               ? "error.message: must have at most 4096 characters"
               : NULL;
}
_Static_assert(JOB_MESSAGE_CHARACTERS_MAX == 4096, "named in the text");

static bool story_read_step(const struct message *message, unsigned field, int32_t *ret_step)
{
    *ret_step = (int32_t)message_int(message, field);
    return *ret_step >= 0 && *ret_step <= TRAINING_STEPS_MAX;
}
_Static_assert(TRAINING_STEPS_MAX == 100000, "named in texts");

static const char *story_read_plot(const struct message *message, struct story_plot *plot)
{
    plot->has_fail_step = message_has(message, Story_fail_at_step);
    plot->has_stall_step = message_has(message, Story_stall_at_step);
    plot->has_step_time = message_has(message, Story_step_time);
    if (plot->has_fail_step && plot->has_stall_step)
        return "stallAtStep: cannot be together with failAtStep";
    if (!plot->has_fail_step && !plot->has_stall_step && !plot->has_step_time)
        return "failAtStep: needed, or stallAtStep, or stepTime";
    if (!story_read_step(message, Story_fail_at_step, &plot->fail_step))
        return "failAtStep: must be from 0 to 100000";
    if (!story_read_step(message, Story_stall_at_step, &plot->stall_step))
        return "stallAtStep: must be from 0 to 100000";
    if (plot->has_step_time &&
        !training_step_parse(message_text(message, Story_step_time), &plot->step_ns))
        return "stepTime: must be a duration such as 300ms, 0, or real";
    const struct message *error = message_child(message, Story_error);
    if (error && !plot->has_fail_step)
        return "error: needs failAtStep";
    return plot->has_fail_step ? story_read_error(error, plot) : NULL;
}

static bool story_read(struct script_item *item, struct arena *arena, struct text *ret_problem)
{
    struct story *story = (struct story *)item;
    const char *problem = story_read_plot(item->message, &story->plot);
    (void)arena;
    if (problem)
        *ret_problem = text_of(problem);
    return !problem;
}

static void story_show(const struct script_item *item, struct message *message)
{
    const struct story *story = (const struct story *)item;
    if (!story->plot.has_fail_step)
        return;
    struct message *error = message_make_child(message, Story_error);
    if (!message_has(error, Story_Error_code))
        message_set_text(error, Story_Error_code, text_of(status_find(story->plot.code)->name));
    message_set_text(error, Story_Error_message, arena_text(message->arena, story->plot.message));
}

/* --- the list --- */

static const struct script_kind story_script = {.plural = "stories",
    .item_bytes = sizeof(struct story),
    .count_max = STORIES_MAX,
    .bytes_max = STORIES_BYTES_MAX,
    .regex_states_max = STORIES_REGEX_STATES_MAX,
    .match_fields = MATCH_FIELDS_STORY,
    .id = Story_id,
    .times = Story_times,
    .match = Story_match,
    .hits = SCRIPT_NO_FIELD,
    .draws = SCRIPT_NO_FIELD,
    .list = ListStoriesResponse_stories,
    .read = story_read,
    .show = story_show};

struct stories *stories_new(struct budget *budget)
{
    struct stories *stories = memory_alloc_zeroed(1, sizeof(*stories));
    script_list_init(&stories->list, &story_script, budget);
    return stories;
}

void stories_free(struct stories *stories)
{
    if (!stories)
        return;
    script_list_release(&stories->list);
    free(stories);
}

bool stories_add(struct stories *stories, struct message *story, struct text *ret_problem)
{
    return script_list_add(&stories->list, story, ret_problem);
}

bool stories_restore(struct stories *stories, struct message *story, struct text *ret_problem)
{
    return script_list_restore(&stories->list, story, ret_problem);
}

void stories_list(struct stories *stories, struct message *answer)
{
    script_list_fill(&stories->list, answer);
}

bool stories_remove(struct stories *stories, struct text id)
{
    return script_list_remove(&stories->list, id);
}

struct stories *stories_copy(struct stories *stories)
{
    struct stories *copy = stories_new(stories->list.budget);
    script_list_open_view(&stories->list);
    bool has_room = script_list_copy(&stories->list, &copy->list);
    script_list_close_view(&stories->list);
    if (has_room)
        return copy;
    stories_free(copy);
    return NULL;
}

void stories_swap(struct stories *stories, struct stories *other)
{
    script_list_swap(&stories->list, &other->list);
}

/* --- telling --- */

static int32_t story_step(const struct story_plot *plot)
{
    return plot->has_fail_step ? plot->fail_step : plot->stall_step;
}

/* A model that looks for its story. */
struct story_search {
    int32_t total_steps;
    struct arena *arena;
    struct story_plot plot;
};

static bool story_take(void *context, struct script_item *item)
{
    struct story_search *search = context;
    const struct story_plot *plot = &((struct story *)item)->plot;
    struct story_plot before = search->plot;
    if (story_step(plot) > search->total_steps) {
        search->plot.missed_number = item->number;
        search->plot.missed_step = story_step(plot);
        return false;
    }
    search->plot = *plot;
    search->plot.number = item->number;
    search->plot.message = arena_text(search->arena, plot->message);
    search->plot.missed_number = before.missed_number;
    search->plot.missed_step = before.missed_step;
    script_item_hold(item);
    return true;
}

struct story_plot stories_take(struct stories *stories, const struct match_facts *facts,
    int32_t total_steps, struct arena *arena)
{
    struct story_search search = {.total_steps = total_steps, .arena = arena};
    if (!script_list_is_empty(&stories->list))
        script_list_take(&stories->list, facts, arena, story_take, &search);
    return search.plot;
}

void stories_settle(struct stories *stories, uint64_t number, bool is_made)
{
    if (number != 0)
        script_list_settle(&stories->list, number, is_made);
}
