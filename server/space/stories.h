/*
 * Stories: what is to become of trainings that do not exist yet. The oldest that fits is written
 * into a model when it is created.
 *
 * The fields of a Story (messages.def):
 *
 * - match: which models, by id ("x" of tunedModels/x), displayName and baseModel; {} is every one.
 * - failAtStep: so many steps are done, then the training fails with `error`, whose code is a
 *   number or name of google.rpc.Code and whose message may be any text.
 * - stallAtStep: so many steps are done, then it stands still.
 * - stepTime: how long each step takes.
 * - times: for so many models, then the story is gone; for any number without.
 *
 * A story whose step a model does not have is none for that model.
 */
#ifndef SERVER_SPACE_STORIES_H
#define SERVER_SPACE_STORIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/budget.h"
#include "server/json/message.h"
#include "server/space/match.h"

struct stories;

/* All functions may be called from any thread. The budget is of the bytes that all scripts of the
 * process take; NULL: nobody counts them. */
struct stories *stories_new(struct budget *budget);
/* NULL is allowed. */
void stories_free(struct stories *stories);

/*
 * Adds a copy of a Story message and gives it an id; the message is then as stories_list shows it.
 * False if it is not valid; `ret_problem` (in the message's arena) then says what is wrong with
 * which field.
 */
bool stories_add(struct stories *stories, struct message *story, struct text *ret_problem);

/* The same for one that stories_list has shown, here or elsewhere: it keeps its id if that is above
 * all that there were. */
bool stories_restore(struct stories *stories, struct message *story, struct text *ret_problem);

/* Fills a ListStoriesResponse with the stories that are left, oldest first; their `times` say what
 * is left of them. */
void stories_list(struct stories *stories, struct message *answer);

/* Removes one by id, or all if the id is empty. False if there was none of that id. */
bool stories_remove(struct stories *stories, struct text id);

/* A copy of those that are left, as if models that are not made yet were not to be; NULL if the
 * budget has no room. */
struct stories *stories_copy(struct stories *stories);

/* Each has then what the other had; of `other` nobody else may know. */
void stories_swap(struct stories *stories, struct stories *other);

/* What a story makes of a training. */
struct story_plot {
    uint64_t number; /* the story's id; 0: there is none */
    bool has_fail_step, has_stall_step, has_step_time;
    int32_t fail_step; /* with code and message, which is in the arena */
    int32_t stall_step;
    int32_t code; /* gRPC */
    struct text message;
    int64_t step_ns; /* as in struct training_plan */
    /* An older one that would fit, but whose step the model does not have; 0: none. */
    uint64_t missed_number;
    int32_t missed_step;
};

/*
 * The plot of the oldest story that fits a model of these facts and so many steps. It is the
 * model's from now on: stories_settle must be called once it is clear if there is such a model.
 */
struct story_plot stories_take(struct stories *stories, const struct match_facts *facts,
    int32_t total_steps, struct arena *arena);

/* Ends a take; one of a model that was not made counts for nothing. 0: there was no story. */
void stories_settle(struct stories *stories, uint64_t number, bool is_made);

#endif
