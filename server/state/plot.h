/* The story of a training that is about to be created, and what it says in its row. */
#ifndef SERVER_STATE_PLOT_H
#define SERVER_STATE_PLOT_H

#include "base/arena.h"
#include "server/space/stories.h"
#include "store/store.h"

/* Takes the story of the model (space/stories.h), whose id and total steps are there. */
struct story_plot plot_take(
    struct stories *stories, const struct store_model *model, struct arena *arena);

/* Writes what the story says into the model, whose step time is the usual one so far. */
void plot_tell(const struct story_plot *plot, struct store_model *model);

#endif
