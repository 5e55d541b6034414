/*
 * Pacing: one thread that wakes suspended requests when the next part of their answer is due. Runs
 * on the monotonic clock, so that it does not stand still with a frozen emulation.
 */
#ifndef SERVER_HTTP_PACE_H
#define SERVER_HTTP_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wait.h"

struct pace;

/* What a timer does when the server begins to stop. */
enum pace_kind {
    PACE_ANSWER, /* goes on until all are cut: an answer is under way */
    PACE_WATCH   /* is cut at once: nothing may ever happen */
};

/* One waiting request. Owned by whoever arms it; the pacer's from then until the wait is over, and
 * it was disarmed if something else ended that. */
struct pace_timer {
    struct wait *wait;
    int descriptor; /* the client's socket, to see whether it has left */
    enum pace_kind kind;

    bool is_armed; /* the rest is the pacer's */
    bool is_cut;
    int64_t due_ns;
    int64_t armed_ns;
    size_t at; /* its place among the armed ones */
    struct pace_timer *next;
};

/* NULL if the thread cannot be started. Signals that main waits for must be blocked before. */
struct pace *pace_start(void);
/* No timer may be armed. */
void pace_stop(struct pace *pace);

/*
 * Ends the timer's wait, which has begun, `delay_ns` from now or up to PACE_TICK_NS later: waking
 * several requests at once is cheaper. Waits of a client that has left are cut short (see
 * PACE_LEFT_NS in pace.c).
 */
void pace_arm(struct pace *pace, struct pace_timer *timer, int64_t delay_ns);

/* Forgets the timer, whose wait is over. It need not be armed. */
void pace_disarm(struct pace *pace, struct pace_timer *timer);

/* Cuts the wait of a timer short whose descriptor is about to be closed. One that is not armed
 * stays as it is. */
void pace_give_up(struct pace *pace, struct pace_timer *timer);

/* Cuts all waits of PACE_WATCH short, those that come later, too. */
void pace_cut_watches(struct pace *pace);

/* Cuts all waits short, those that come later, too. */
void pace_cut_all(struct pace *pace);

#endif
