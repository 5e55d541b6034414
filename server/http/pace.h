/*
 * Pacing: one thread that wakes suspended requests when the next part of their answer is due. Runs
 * on the monotonic clock, so that it does not stand still with a frozen emulation.
 */
#ifndef SERVER_HTTP_PACE_H
#define SERVER_HTTP_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pace;

/*
 * One waiting request. Owned by whoever arms it, and untouched by them from then until `fire` was
 * called.
 */
struct pace_timer {
    void (*fire)(struct pace_timer *timer); /* on the pacing thread, once per arming */
    int descriptor;                         /* the client's socket, to see whether it has left */
    bool is_cut; /* set before firing: do not wait again, the client or the server is going */

    int64_t due_ns; /* the rest is the pacer's */
    int64_t armed_ns;
    struct pace_timer *next;
};

/* NULL if the thread cannot be started. Signals that main waits for must be blocked before. */
struct pace *pace_start(void);
/* No timer may be armed. */
void pace_stop(struct pace *pace);

/*
 * Fires the timer once, `delay_ns` from now or up to PACE_TICK_NS later: waking several requests at
 * once is cheaper. Waits of a client that has left are cut short (see PACE_LEFT_NS in pace.c).
 */
void pace_arm(struct pace *pace, struct pace_timer *timer, int64_t delay_ns);

/* Cuts the wait of a timer short whose descriptor is about to be closed. One that has fired stays
 * as it is. */
void pace_give_up(struct pace *pace, struct pace_timer *timer);

/* Cuts all waits short, those that come later, too. */
void pace_cut_all(struct pace *pace);

#endif
