/*
 * The snapshots of a training, as the list that a TuningTask and the metadata of an operation show.
 * What has been written of a list is kept: the next answer only writes what has been added since.
 */
#ifndef SERVER_STATE_TUNING_SNAPSHOTS_H
#define SERVER_STATE_TUNING_SNAPSHOTS_H

#include "base/kept.h"
#include "server/json/message.h"
#include "server/sim/training_plan.h"

/*
 * Sets an unset field of TuningSnapshots to the first `count` of a plan, which are made when they
 * are written. `kept` may be NULL, and must live as long as the message otherwise.
 */
void tuning_snapshots_set(struct message *message, unsigned field, const struct training_plan *plan,
    int32_t count, struct kept *kept);

#endif
