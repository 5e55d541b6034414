#include "server/space/stories.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "server/contract/error.h"
#include "server/contract/limits.h"
#include "server/sim/training_plan.h"

/* `times_left` of a story that stays. */
#define STORY_FOR_EVER INT64_C(-1)

struct story {
    struct story *next;
    struct arena arena;
    struct message *message; /* as it was set */
    struct match *match;
    struct story_plot plot; /* its text is in the arena */
    int64_t times_left;     /* 0: it is gone, unless one of those below gives back what it took */
    int64_t taken_count;    /* takes that are not settled */
};

struct stories {
    pthread_mutex_t mutex; /* guards all below */
    struct story *first;
    uint64_t last_number;
    size_t count;
};

struct stories *stories_new(void)
{
    struct stories *stories = memory_alloc_zeroed(1, sizeof(*stories));
    pthread_mutex_init(&stories->mutex, NULL);
    return stories;
}

static void story_free(struct story *story)
{
    arena_release(&story->arena);
    free(story);
}

/* Takes the story that `link` leads to out of the list. The mutex is held. */
static void stories_unlink(struct stories *stories, struct story **link)
{
    struct story *story = *link;
    *link = story->next;
    stories->count--;
    story_free(story);
}

void stories_free(struct stories *stories)
{
    if (!stories)
        return;
    while (stories->first)
        stories_unlink(stories, &stories->first);
    pthread_mutex_destroy(&stories->mutex);
    free(stories);
}

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

static const char *story_read_times(struct story *story)
{
    story->times_left = STORY_FOR_EVER;
    if (!message_has(story->message, Story_times))
        return NULL;
    story->times_left = message_int(story->message, Story_times);
    return story->times_left < 1 ? "times: must be at least 1" : NULL;
}

static bool story_read(struct story *story, struct arena *arena, struct text *ret_problem)
{
    const char *problem = story_read_plot(story->message, &story->plot);
    if (!problem)
        problem = story_read_times(story);
    if (problem) {
        *ret_problem = text_of(problem);
        return false;
    }
    struct text match_problem;
    story->match = match_compile(message_child(story->message, Story_match), MATCH_FIELDS_STORY,
        TEXT("match"), &story->arena, &match_problem);
    if (!story->match)
        *ret_problem = arena_text(arena, match_problem);
    return story->match != NULL;
}

/* Sets what is always shown, and what is left. The mutex is held, if the story is listed. */
static void story_show(const struct story *story, struct message *message)
{
    char digits[TEXT_INT64_BYTES];
    struct arena *arena = message->arena;
    message_set_text(
        message, Story_id, arena_text(arena, text_of_int64((int64_t)story->plot.number, digits)));
    message_make_child(message, Story_match);
    if (story->times_left != STORY_FOR_EVER)
        message_set_int(message, Story_times, story->times_left);
    if (!story->plot.has_fail_step)
        return;
    struct message *error = message_make_child(message, Story_error);
    if (!message_has(error, Story_Error_code))
        message_set_text(error, Story_Error_code, text_of(status_find(story->plot.code)->name));
    message_set_text(error, Story_Error_message, arena_text(arena, story->plot.message));
}

/* --- the list --- */

/* NULL, or why there is no room for one more. The mutex is held. */
static const char *stories_check_room(const struct stories *stories, const struct story *added)
{
    size_t states = match_size(added->match);
    if (stories->count == STORIES_MAX)
        return "There are 1000 stories, which is the most: delete some.";
    if (states == 0)
        return NULL;
    for (const struct story *story = stories->first; story; story = story->next)
        states += match_size(story->match);
    return states > STORIES_REGEX_STATES_MAX
               ? "match: all regular expressions together are too large: delete some stories"
               : NULL;
}
_Static_assert(STORIES_MAX == 1000, "named in the text");

/* Links the story as the last, and gives it a number unless its own is above all others. NULL, or
 * why it cannot be. */
static const char *stories_append(
    struct stories *stories, struct story *story, struct message *ret_shown)
{
    pthread_mutex_lock(&stories->mutex);
    const char *problem = stories_check_room(stories, story);
    if (!problem) {
        struct story **link = &stories->first;
        while (*link)
            link = &(*link)->next;
        *link = story;
        stories->count++;
        if (story->plot.number <= stories->last_number)
            story->plot.number = stories->last_number + 1;
        stories->last_number = story->plot.number;
        story_show(story, ret_shown);
    }
    pthread_mutex_unlock(&stories->mutex);
    return problem;
}

bool stories_restore(struct stories *stories, struct message *message, struct text *ret_problem)
{
    int64_t number;
    struct story *story = memory_alloc_zeroed(1, sizeof(*story));
    arena_init(&story->arena);
    story->message = message_clone(&story->arena, message);
    if (text_parse_int64(message_text(message, Story_id), &number) && number > 0)
        story->plot.number = (uint64_t)number;
    bool is_read = story_read(story, message->arena, ret_problem);
    const char *problem = is_read ? stories_append(stories, story, message) : NULL;
    if (problem)
        *ret_problem = text_of(problem);
    if (!is_read || problem)
        story_free(story);
    return is_read && !problem;
}

bool stories_add(struct stories *stories, struct message *message, struct text *ret_problem)
{
    message_clear(message, Story_id);
    return stories_restore(stories, message, ret_problem);
}

void stories_list(struct stories *stories, struct message *answer)
{
    pthread_mutex_lock(&stories->mutex);
    message_expect_items(answer, ListStoriesResponse_stories, stories->count);
    for (const struct story *story = stories->first; story; story = story->next) {
        if (story->times_left == 0)
            continue;
        struct message *message = message_clone(answer->arena, story->message);
        story_show(story, message);
        message_add_message(answer, ListStoriesResponse_stories, message);
    }
    pthread_mutex_unlock(&stories->mutex);
}

bool stories_remove(struct stories *stories, struct text id)
{
    bool is_found = false;
    pthread_mutex_lock(&stories->mutex);
    struct story **link = &stories->first;
    while (*link) {
        char digits[TEXT_INT64_BYTES];
        struct text own = text_of_int64((int64_t)(*link)->plot.number, digits);
        if (text_is_empty(id) || text_equals(own, id)) {
            is_found = is_found || (*link)->times_left != 0;
            stories_unlink(stories, link);
        } else {
            link = &(*link)->next;
        }
    }
    pthread_mutex_unlock(&stories->mutex);
    return is_found;
}

void stories_swap(struct stories *stories, struct stories *other)
{
    pthread_mutex_lock(&stories->mutex);
    struct stories held = *stories;
    stories->first = other->first;
    stories->last_number = other->last_number;
    stories->count = other->count;
    other->first = held.first;
    other->last_number = held.last_number;
    other->count = held.count;
    pthread_mutex_unlock(&stories->mutex);
}

/* --- telling --- */

static int32_t story_step(const struct story_plot *plot)
{
    return plot->has_fail_step ? plot->fail_step : plot->stall_step;
}

struct story_plot stories_take(struct stories *stories, const struct match_facts *facts,
    int32_t total_steps, struct arena *arena)
{
    struct story_plot plot = {.number = 0};
    pthread_mutex_lock(&stories->mutex);
    for (struct story *story = stories->first; story && !plot.number; story = story->next) {
        if (story->times_left == 0 || !match_holds(story->match, facts))
            continue;
        if (story_step(&story->plot) > total_steps) {
            plot.missed_number = story->plot.number;
            plot.missed_step = story_step(&story->plot);
            continue;
        }
        struct story_plot missed = plot;
        plot = story->plot;
        plot.message = arena_text(arena, plot.message);
        plot.missed_number = missed.missed_number;
        plot.missed_step = missed.missed_step;
        story->taken_count++;
        if (story->times_left != STORY_FOR_EVER)
            story->times_left--;
    }
    pthread_mutex_unlock(&stories->mutex);
    return plot;
}

void stories_settle(struct stories *stories, uint64_t number, bool is_made)
{
    if (number == 0)
        return;
    pthread_mutex_lock(&stories->mutex);
    struct story **link = &stories->first;
    while (*link && (*link)->plot.number != number)
        link = &(*link)->next;
    struct story *story = *link;
    /* It may have been removed, and another have its number after a reset. */
    if (story && story->taken_count > 0) {
        story->taken_count--;
        if (!is_made && story->times_left != STORY_FOR_EVER)
            story->times_left++;
        if (story->times_left == 0 && story->taken_count == 0)
            stories_unlink(stories, link);
    }
    pthread_mutex_unlock(&stories->mutex);
}
