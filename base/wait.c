#include "base/wait.h"

#include <assert.h>

/* From which state which others are reached; anything else is a bug of ours. */
static const bool wait_steps[WAIT_STATE_COUNT][WAIT_STATE_COUNT] = {
    [WAIT_IDLE] = {[WAIT_BEGUN] = true},
    [WAIT_BEGUN] = {[WAIT_ENDED] = true},
    [WAIT_ENDED] = {[WAIT_ARRIVED] = true},
    [WAIT_ARRIVED] = {[WAIT_IDLE] = true},
};

/* A step that nobody else can take at the same time. */
static void wait_step(struct wait *wait, enum wait_state to)
{
    enum wait_state from = atomic_exchange(&wait->state, to);
    assert(wait_steps[from][to]);
    (void)from;
}

void wait_begin(struct wait *wait)
{
    wait_step(wait, WAIT_BEGUN);
}

bool wait_end(struct wait *wait, enum wait_cause cause)
{
    enum wait_state begun = WAIT_BEGUN;
    if (!atomic_compare_exchange_strong(&wait->state, &begun, WAIT_ENDED))
        return false;
    wait->cause = cause; /* read behind wake, which orders it */
    return true;
}

void wait_wake(struct wait *wait)
{
    assert(atomic_load(&wait->state) == WAIT_ENDED);
    wait->wake(wait);
}

void wait_arrive(struct wait *wait)
{
    wait_step(wait, WAIT_ARRIVED);
}

bool wait_is_over(const struct wait *wait)
{
    return atomic_load_explicit(&wait->state, memory_order_relaxed) == WAIT_ARRIVED;
}

enum wait_cause wait_take(struct wait *wait)
{
    enum wait_cause cause = wait->cause;
    wait_step(wait, WAIT_IDLE);
    return cause;
}
