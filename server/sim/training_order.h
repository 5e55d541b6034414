/*
 * What somebody asks of a training that goes on: what becomes of its plan. Pure as train_at: the
 * plan as it was, the order and the time give the plan as it will be, and nothing that was to be
 * seen by then changes.
 */
#ifndef SERVER_SIM_TRAINING_ORDER_H
#define SERVER_SIM_TRAINING_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "server/sim/training_plan.h"

enum training_order_kind {
    TRAINING_CANCEL,
    TRAINING_COMPLETE,
    TRAINING_FAIL,    /* once `step` steps are done; now if they are, or none is given */
    TRAINING_STALL,   /* likewise; another step than before lets it go on to that */
    TRAINING_RESUME,  /* of one that is not stalled changes nothing */
    TRAINING_ADVANCE, /* by `step` steps, but not beyond a stall; the last step ends it */
    TRAINING_LOOK     /* of a TRAINING_BY_POLLS; one that stands stalled is looked at in vain */
};

struct training_order {
    enum training_order_kind kind;
    bool has_step;
    int32_t step;
};

enum training_answer {
    TRAINING_OBEYS,
    TRAINING_HAS_ENDED,      /* by then; nothing changes */
    TRAINING_MOVED_TOO_OFTEN /* TRAINING_MOVES_MAX times while time moves it, too; likewise */
};

/* The moves of the plan, if there are more, are in the arena. */
enum training_answer training_order_follow(struct training_plan *plan,
    const struct training_order *order, int64_t now_ns, struct arena *arena);

#endif
