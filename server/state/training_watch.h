/* The trainings of a space that are told of (space/trainings.h), as the store has them. */
#ifndef SERVER_STATE_TRAINING_WATCH_H
#define SERVER_STATE_TRAINING_WATCH_H

#include "server/space/space.h"
#include "store/store.h"

struct catalogue;

/* A model was made or changed and is no fixed one: its training is told of from here on, beyond the
 * steps that are `told` (struct training). False if there are too many. While somebody listens. */
bool training_watch_put(struct space *space, const struct catalogue *catalogue,
    const struct store_model *model, int32_t told_steps);

/* Somebody is about to listen: if nobody does by now, what is known is of long ago. */
void training_watch_begin(struct space *space);

/*
 * For who listens: tells how far trainings are, if that is to be told now, and gives after how many
 * monotonic nanoseconds it is to be called again, unless something happens before; INT64_MAX:
 * nobody knows. By one thread at a time for a space, and not between store_read_begin and
 * store_read_end.
 */
int64_t training_watch_tick(
    struct space *space, const struct catalogue *catalogue, struct store_reader *reader);

#endif
