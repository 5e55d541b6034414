/*
 * A create of a tuning job, from the TuningJob that is asked for to what the store writes: checks,
 * defaults, the training plan, numbers and times. As creation.h of tuned models it knows no call:
 * the handler of create and the loading of seeds take the same steps, in this order.
 */
#ifndef SERVER_STATE_TUNING_CREATION_H
#define SERVER_STATE_TUNING_CREATION_H

#include "server/contract/error.h"
#include "server/json/message.h"
#include "server/sim/examples.h"
#include "server/space/dials.h"
#include "server/space/stories.h"
#include "server/state/catalogue.h"
#include "store/store.h"

/* Why there is no job. */
struct tuning_problem {
    enum error_id error;
    struct text arguments[2];
    size_t argument_count;
};

/* What a job is trained on: of the caller, who reads the files. */
struct tuning_examples {
    const struct example *examples;
    const uint64_t *contexts; /* of each; NULL: none has any */
    size_t count;
    struct text statistics; /* JSON of a TuningDataStats, or empty */
    struct text problem;    /* for which the job fails once it would run; empty: none */
};

/* The model version that a job continues, and what its own has to be: see tuning_versions.h. */
struct tuning_parent {
    struct store_model job; /* that made it */
    uint32_t checkpoint;
    int32_t attempt;      /* how many jobs have made, or tried to make, a version of the model */
    int32_t last_version; /* that one of these has made or may make yet */
};

struct tuning_creation {
    /* What is asked; the caller's. */
    struct arena *arena;
    const struct message *asked; /* a TuningJob */
    struct text project, location;
    enum api_version version; /* of the call */
    enum fidelity fidelity;
    const struct catalogue *catalogue;
    struct store_write *write; /* zeroed; what it is made into */
    struct tuning_examples data;

    /* What follows from it. */
    const struct message *spec; /* how it tunes: */
    bool is_preference;         /* a PreferenceOptimizationSpec, not a SupervisedTuningSpec */
    struct text training_uri, validation_uri; /* the latter empty: none */
    const struct base_model *base;
    bool is_version; /* of the parent's model, not of one of its own: */
    int32_t attempt; /* the number of this one at that */
    uint64_t random; /* tuning_creation_draw's */
    struct story_plot plot;
    struct text hint; /* for who has succeeded; empty: none */
    struct tuning_problem problem;
};

/* Checks the fields of the job. False with a problem. */
bool tuning_creation_check(struct tuning_creation *creation);

/* The name and the checkpoint of the model to continue, if there is one; empty texts: there is
 * none, or the default checkpoint. */
struct text tuning_creation_parent_name(const struct tuning_creation *creation);
struct text tuning_creation_checkpoint(const struct tuning_creation *creation);

/* Makes the problem that a field has a value that cannot be. `path` is below the job. Gives
 * false. */
bool tuning_creation_refuse(
    struct tuning_creation *creation, const char *path, struct text problem);

/* Finds the base model that is named, or takes the parent's (NULL: there is none), and checks what
 * depends on it. False with a problem. */
bool tuning_creation_find_base(
    struct tuning_creation *creation, const struct tuning_parent *parent);

/* Fills in the plan, once the data is there. False with a problem. */
bool tuning_creation_plan(struct tuning_creation *creation);

/* Draws the number of the job, and with it all names, from a counter. May be called again, as a
 * number may be taken: a version of a parent's model then becomes the next. */
void tuning_creation_draw(
    struct tuning_creation *creation, const struct dials *dials, int64_t counter);

/* Takes the story of the job, once it is drawn. */
void tuning_creation_take_story(struct tuning_creation *creation, struct stories *stories);

/* Encodes the data and fills in the rest: all that follows from dials, draw, story and clock. */
void tuning_creation_finish(
    struct tuning_creation *creation, const struct dials *dials, int64_t now_ns);

/* Draws anew after tuning_creation_finish: another job has the number by now. */
void tuning_creation_redraw(
    struct tuning_creation *creation, const struct dials *dials, int64_t counter);

#endif
