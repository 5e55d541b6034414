#include "server/space/dials.h"

void dials_init(struct guarded_dials *guarded, const struct dials *dials)
{
    *guarded = (struct guarded_dials){.mutex = PTHREAD_MUTEX_INITIALIZER, .now = *dials};
}

void dials_release(struct guarded_dials *guarded)
{
    pthread_mutex_destroy(&guarded->mutex);
}

struct dials dials_get(struct guarded_dials *guarded)
{
    pthread_mutex_lock(&guarded->mutex);
    struct dials dials = guarded->now;
    pthread_mutex_unlock(&guarded->mutex);
    return dials;
}

void dials_turn(struct guarded_dials *guarded, const struct dials *to, unsigned which)
{
    struct dials *now = &guarded->now;
    pthread_mutex_lock(&guarded->mutex);
    if (which & DIAL_SEED)
        now->seed = to->seed;
    if (which & DIAL_STEP)
        now->step_ns = to->step_ns;
    if (which & DIAL_PROGRESS)
        now->progress = to->progress;
    if (which & DIAL_LATENCY)
        now->latency_ns = to->latency_ns;
    if (which & DIAL_STREAM_DELAY)
        now->stream_delay_ns = to->stream_delay_ns;
    if (which & DIAL_ON_NO_MATCH)
        now->on_no_match = to->on_no_match;
    pthread_mutex_unlock(&guarded->mutex);
}
