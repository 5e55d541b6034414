/*
 * A create of a tuned model, from what is asked to what the store writes: checks, defaults, the
 * training plan, ids and times. It knows no call: the handler of create and the loading of seeds
 * take the same steps, in this order, and say in their own words what is wrong.
 */
#ifndef SERVER_STATE_CREATION_H
#define SERVER_STATE_CREATION_H

#include "server/contract/field_lines.h"
#include "server/json/decode.h"
#include "server/json/message.h"
#include "server/sim/examples.h"
#include "server/space/dials.h"
#include "server/space/stories.h"
#include "store/store.h"

struct base_model;
struct catalogue;

/* Why there is no model. */
struct creation_problem {
    enum error_id error;
    struct text arguments[2];
    size_t argument_count;
};

/* The tuned model to start from, and its base, by which its state was looked at. */
struct creation_source {
    struct store_model model;
    const struct base_model *base; /* NULL: it is in no catalogue */
};

struct creation {
    /* What is asked; the caller's. */
    struct arena *arena;
    const struct message *asked; /* a TunedModel */
    struct text id;              /* of the model; empty: it gets one */
    enum api_version version;    /* of the call */
    enum fidelity fidelity;
    const struct catalogue *catalogue;
    const struct decode_limits *limits; /* for what is read of it a second time */
    struct store_write *write;          /* zeroed; what it is made into */

    /* What follows from it. */
    uint64_t random;            /* creation_draw's */
    bool is_drawn;              /* the model's id follows from it */
    struct story_plot plot;     /* creation_take_story's */
    const struct message *task; /* its TuningTask, or NULL */
    struct field_lines lines;
    const struct base_model *base;
    struct example *examples;
    size_t example_count;
    struct decode_problems decoded; /* of what was read a second time: what that holds */
    bool is_decoded;                /* something was */
    const char *hint;               /* for who has succeeded; NULL: none */
    struct creation_problem problem;
};

/* Checks names, fields and examples; false with a problem. What exceeds the limits is in `decoded`,
 * and is the problem then, whatever else there is (decoded.excess). */
bool creation_check(struct creation *creation);

/* The id of the tuned model to start from, in `ret_id`; empty if it starts from a base model. False
 * with a problem: a source is named, but which is not said. */
bool creation_source_id(struct creation *creation, struct text *ret_id);

/*
 * Finds the base model that is named, or takes that of the source (NULL: there is none). False with
 * a problem; one that cannot be tuned is ERROR_TM_BASE_INVALID.
 */
bool creation_find_base(struct creation *creation, const struct creation_source *source);

/* Makes ERROR_TM_BASE_INVALID the problem. */
void creation_refuse_base(struct creation *creation);

/* Fills in the task, the plan and what clients may set. False with a problem. */
bool creation_plan(struct creation *creation);

/* How many bytes the examples take that creation_finish encodes. */
size_t creation_data_bytes(const struct creation *creation);

/* Draws the model's id, if it was given none, and whatever else is random from a number
 * (store_next_counter). May be called again: such an id may be there already. */
void creation_draw(struct creation *creation, const struct dials *dials, int64_t counter);

/* Takes the story of the model (space/stories.h), once its id is drawn. */
void creation_take_story(struct creation *creation, struct stories *stories);

/*
 * Encodes the examples and fills in ids, times and noise: all that follows from dials, draw, story
 * and clock. `owner_email` gets the owner's permission.
 */
void creation_finish(
    struct creation *creation, const struct dials *dials, int64_t now_ns, struct text owner_email);

/* Draws anew what is random, after creation_finish: another model has the id by now. The story
 * stays. */
void creation_redraw(struct creation *creation, const struct dials *dials, int64_t counter);

#endif
