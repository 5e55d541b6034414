/*
 * Seed files: what an emulator knows when it starts. JSON in the API's own resources:
 * {"version":1,"tunedModels":[],"operations":[],"permissions":[],"models":[],"callers":[],
 * "faults":[]}. A tuned model with a `state` is taken as it is and never advances; one without is a
 * create. The model of an operation or permission is made if it is not there. What the database has
 * already is left alone.
 */
#ifndef SERVER_STATE_SEED_H
#define SERVER_STATE_SEED_H

#include "base/arena.h"
#include "server/contract/version.h"
#include "server/space/space.h"
#include "store/store.h"

struct callers;
struct catalogue;
struct kept_seeds;

/* What a file is loaded into. */
struct seed_target {
    struct store *store;
    struct space *space;
    enum fidelity fidelity;
    const struct catalogue *catalogue;
    const struct callers *callers;
    struct kept_seeds *kept; /* gets the bytes */
};

/* What takes the place of the target's own. */
struct seed_gain {
    struct catalogue *catalogue;
    struct callers *callers;
};

/*
 * Loads a file, all of it or nothing. False if it cannot be read or holds anything that is not
 * valid; `ret_message` (in the arena) then names file, place and reason, and everything is as it
 * was. No memory stays but that of the gain.
 */
bool seed_load(const struct seed_target *target, const char *path, struct seed_gain *ret_gain,
    struct arena *arena, struct text *ret_message);

#endif
