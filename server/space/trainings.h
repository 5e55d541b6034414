/*
 * The trainings of a space that somebody listens to (space/events.h), and how far each was when
 * that was told last. Time moves them, so somebody has to look: trainings_tick does, and tells of
 * all that have moved in one event, and of those that have ended in one more each. There is no
 * thread for it: who listens ticks, and who changes something that moves a training.
 */
#ifndef SERVER_SPACE_TRAININGS_H
#define SERVER_SPACE_TRAININGS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/budget.h"
#include "base/text.h"
#include "server/sim/training_plan.h"
#include "server/space/events.h"

struct training_set;

/* Of a space. All functions may be called from any thread. */
struct trainings {
    pthread_mutex_t mutex; /* events are added under it, so that they come in order */
    struct space_events *events;
    struct budget *budget;    /* TRAININGS_BYTES_MAX, for all spaces */
    struct training_set *set; /* NULL: none was put or looked for since they were forgotten */
    uint64_t round;           /* counts what makes the result of a search void */
    uint64_t set_number;      /* counts the sets that there were */
    int64_t since_ns;         /* emulated: when they were forgotten */
};

void trainings_init(
    struct trainings *trainings, struct space_events *events, struct budget *budget);
void trainings_release(struct trainings *trainings);

/* A model in training; all of it is copied. */
struct training {
    int64_t seq; /* of its row: the order in which they are told */
    struct text id, display_name, base_model;
    struct text job_name; /* of a tuning job, in full; empty: it is a tuned model's */
    const struct training_plan *plan;
    int32_t told_steps; /* that are known of, if it is not there yet; TRAINING_TOLD_SINCE: those
                           that were done when trainings were forgotten last */
};
#define TRAINING_TOLD_SINCE (-1)

/* Adds a training, or has one that is there go on by this plan; to be called while somebody
 * listens. False if there are too many: it will not be told of. */
bool trainings_put(struct trainings *trainings, const struct training *training);

/* A model that has ended, as was told by now: nobody is to find it. While somebody listens. */
void trainings_skip(struct trainings *trainings, int64_t seq);

/* A model is gone. */
void trainings_remove(struct trainings *trainings, struct text id);

/* All of the space is another, or nobody listens any more: those that train now are to be found
 * anew. */
void trainings_forget(struct trainings *trainings);

/*
 * Tells of what has moved, unless that was done too often already. Gives how many monotonic
 * nanoseconds later there will be something to tell, unless something else happens before;
 * INT64_MAX: nobody knows. `is_asked`: somebody has just moved something, and sees to it that this
 * is told at once; else events are as far apart as that none has to wait.
 */
int64_t trainings_tick(struct trainings *trainings, bool is_asked);

/* --- finding those that train already, piece by piece --- */

/* One who looks for them. */
struct training_search {
    int64_t after_seq;   /* behind which row to go on */
    int64_t since_ns;    /* those that trained at this emulated time are looked for */
    uint64_t round;      /* by which it is seen whether something came in between */
    uint64_t set_number; /* and whether they were forgotten */
};

/* True if there are some to be looked for, by the caller: to be ended by trainings_end_search. */
bool trainings_begin_search(struct trainings *trainings, struct training_search *ret_search);

/* What was found behind after_seq up to last_seq, in order; INT64_MAX: up to the end. */
struct training_finding {
    const struct training *trainings;
    size_t count;
    int64_t last_seq;
};

/* Adds those that are not there yet. */
void trainings_end_search(struct trainings *trainings, const struct training_search *search,
    const struct training_finding *finding);

#endif
