/*
 * A wait: a request that is set aside until something happens. It has one owner, who begins it and
 * goes on behind it, and one end, by whoever comes first: a commit, a timer, an event, or who gives
 * it up. Those who come later are told so and leave it alone.
 *
 *   idle -> begun      the owner, before it tells those who may end it
 *   begun -> ended     the first of these, on any thread, which then calls wake once
 *   ended -> arrived   the owner's thread, when wake has told it
 *   arrived -> idle    the owner, which goes on
 *
 * Who may end a wait keeps a pointer to it. Before the next begin the owner has each of them forget
 * it (pace_disarm, watches_remove), which the one that ended it has done already.
 */
#ifndef BASE_WAIT_H
#define BASE_WAIT_H

#include <stdatomic.h>
#include <stdbool.h>

enum wait_state { WAIT_IDLE, WAIT_BEGUN, WAIT_ENDED, WAIT_ARRIVED, WAIT_STATE_COUNT };

enum wait_cause {
    WAIT_COMMIT, /* a write was committed, or has failed */
    WAIT_TIME,   /* the time has come */
    WAIT_EVENT,  /* what is watched has changed */
    WAIT_CUT     /* the client or the server is going */
};

struct wait {
    _Atomic(enum wait_state) state; /* zero: idle */
    enum wait_cause cause;          /* of the end, once ended */
    /* Tells the owner's thread, which calls wait_arrive; on the thread of who has ended it. */
    void (*wake)(struct wait *wait);
};

void wait_begin(struct wait *wait);

/* Ends it; false if another did before. Whoever gets true calls wait_wake soon, without a lock that
 * the owner may want. */
bool wait_end(struct wait *wait, enum wait_cause cause);
void wait_wake(struct wait *wait);

void wait_arrive(struct wait *wait);

/* For the owner: whether it may go on, and then, once, why. */
bool wait_is_over(const struct wait *wait);
enum wait_cause wait_take(struct wait *wait);

#endif
