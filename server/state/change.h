/*
 * A change of all of a space at once: back to what it began with, or to what a state file says. It
 * is a batch of the store, whose rows the writer's thread makes and which takes the rest of the
 * space along: whoever reads sees what was before, or what comes after.
 */
#ifndef SERVER_STATE_CHANGE_H
#define SERVER_STATE_CHANGE_H

#include "server/state/kept_seeds.h"
#include "server/state/seed_plan.h"

/* What a space is changed with; all of it lives as long as the change. */
struct change_source {
    struct arena *arena; /* the change's alone from when it is submitted until it is done */
    struct space *space;
    enum fidelity fidelity;
    struct catalogue *catalogue;
    const struct kept_seeds *seeds; /* NULL: none */
    const struct message *file;     /* a SeedFile, after the seeds; NULL: none */
    bool keeps_requests;            /* the journal stays */
    bool keeps_rows;                /* only what is not in the store is changed */
    bool ends_snapshots;            /* those of the space go, too */
    bool is_first;                  /* the space begins with it: it is ready then, or has failed */
};

struct change {
    struct store_batch batch; /* to be submitted; the first member */
    struct change_source source;
    struct seed_problems problems;
    struct space_parts parts;
    struct seed_plan plan;
};

/* In the arena of the source. With is_first it has a reference to the space until it is settled. */
struct change *change_new(const struct change_source *source);

/* Once the batch is done, what was wrong with the seeds or the file, a line each; empty if the
 * store or nothing failed. */
struct text change_problem(struct change *change);

#endif
