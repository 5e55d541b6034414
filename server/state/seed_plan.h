/*
 * What a seed asks for, as it is gathered: rows that become a batch of writes, and what goes beside
 * them. Nothing of it is there before the batch is committed.
 */
#ifndef SERVER_STATE_SEED_PLAN_H
#define SERVER_STATE_SEED_PLAN_H

#include "base/map.h"
#include "server/contract/version.h"
#include "server/json/message.h"
#include "server/space/space.h"
#include "server/state/seed_problems.h"
#include "store/store.h"

struct callers;
struct catalogue;
struct faults;

/* A row that a file asks for. */
struct seed_row {
    struct store_write write; /* of the batch */
    const char *place;        /* in the file, with the index */
    size_t index;
};

/* What a file has added to the parts that are not in the store. */
struct seed_added {
    struct message **messages; /* as they were added, with their ids */
    size_t count;
};

struct seed_plan {
    /* The caller's. */
    struct arena *arena;
    struct seed_problems *problems;
    struct store *store;  /* what it has already is left alone; NULL: it has nothing */
    int64_t namespace_id; /* of the rows */
    enum fidelity fidelity;
    /* The base models, and what gets new ones and credentials; without callers (NULL) it gets
     * neither, since they are of the process. */
    struct catalogue *catalogue;
    struct callers *callers;
    struct space_parts *parts; /* get what is not in the store */
    int64_t now_ns;            /* the time of the space */
    bool is_closed; /* a file has all that it speaks of: no model is made, no row left alone */
    bool is_quiet;  /* the log is not told what was made, or left */

    /* What was gathered. */
    struct store_batch batch;     /* of rows */
    struct map models;            /* of these rows, by id: their store_model */
    struct map operations;        /* by the names of both: their store_operation */
    struct map permissions;       /* by what tells them from others */
    struct map permission_counts; /* of these rows, by the model's id: a size_t */
    int64_t counter;              /* that was drawn last, where there is no store */
    bool has_clock;               /* the parts' was set */

    /* Of the file that is being read. */
    const struct message *file; /* a SeedFile */
    struct map owners;          /* what it says of owners, by the model's id: a Permission */
    struct map jobs;            /* by name: a Job */
    struct seed_added added_faults, added_stories, added_stubs;
};

/* Begins to gather; the caller has set what is his. */
void seed_plan_begin(struct seed_plan *plan);

/* Begins with a file. */
void seed_plan_open(struct seed_plan *plan, const struct message *file);

/* "prefixes/{id}" gives id; false if the name is not of this form. */
bool seed_plan_split(struct text name, struct text prefix, struct text *ret_id);
/* "tunedModels/{model}/{kind}/{id}" gives both ids. */
bool seed_plan_split_child(
    struct text name, const char *kind, struct text *ret_model_id, struct text *ret_id);
/* No path names an id with a slash or a NUL, and keys are made of ids. */
bool seed_plan_is_id(struct text id);

/* Whether there is no row yet, and was none in the database. */
bool seed_plan_is_empty(const struct seed_plan *plan);

/* A row of the file, to be filled in and given to the next. */
struct seed_row *seed_plan_new_row(
    struct seed_plan *plan, enum store_write_kind kind, const char *place, size_t index);

/* Adds it, unless the database or the plan has such a row already: it is then left alone, with a
 * line in the log, or, of a closed file, a problem: false. */
bool seed_plan_add_row(struct seed_plan *plan, struct seed_row *row);

/* How many permissions of a model are planned. */
size_t seed_plan_count_permissions(const struct seed_plan *plan, struct text model_id);

/* Finds a model of the plan, or of the database; its texts live as long as the plan. */
enum store_result seed_plan_find_model(
    struct seed_plan *plan, struct text id, struct store_model *ret_model);

/* What a state file says was drawn already is not drawn again. False with a problem. */
bool seed_plan_raise_counter(struct seed_plan *plan, int64_t counter);
/* A number for the ids and the noise of a create. */
int64_t seed_plan_next_counter(struct seed_plan *plan);

/* Has the last row carry what its file counts from, if it has drawn nothing behind that. */
void seed_plan_keep_counter(struct seed_plan *plan);

/* The row whose write is the one that failed; NULL if none did, but all could not be committed. */
const struct seed_row *seed_plan_find_failed(const struct seed_plan *plan);

#endif
