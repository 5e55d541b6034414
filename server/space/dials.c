#include "server/space/dials.h"

#include "base/hash.h"

/* Keeps these draws apart from the ids and the noise of the same seed. */
#define DIALS_SERIES UINT64_C(0x6469616c73)

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

void dials_take(struct dials *dials, const struct dials *from, unsigned which)
{
    if (which & DIAL_SEED)
        dials->seed = from->seed;
    if (which & DIAL_STEP)
        dials->step_ns = from->step_ns;
    if (which & DIAL_PROGRESS)
        dials->progress = from->progress;
    if (which & DIAL_LATENCY)
        dials->latency = from->latency;
    if (which & DIAL_STREAM_DELAY)
        dials->stream_pace = from->stream_pace;
    if (which & DIAL_NO_MATCH)
        dials->on_no_match = from->on_no_match;
}

void dials_turn(struct guarded_dials *guarded, const struct dials *to, unsigned which)
{
    pthread_mutex_lock(&guarded->mutex);
    dials_take(&guarded->now, to, which);
    if (which & DIAL_SEED)
        guarded->draw_count = 0;
    pthread_mutex_unlock(&guarded->mutex);
}

uint64_t dials_get_drawn(struct guarded_dials *guarded, struct dials *ret_dials)
{
    pthread_mutex_lock(&guarded->mutex);
    *ret_dials = guarded->now;
    uint64_t count = guarded->draw_count;
    pthread_mutex_unlock(&guarded->mutex);
    return count;
}

uint64_t dials_count_draws(struct guarded_dials *guarded)
{
    struct dials dials;
    return dials_get_drawn(guarded, &dials);
}

void dials_skip_draws(struct guarded_dials *guarded, uint64_t count)
{
    pthread_mutex_lock(&guarded->mutex);
    guarded->draw_count = count;
    pthread_mutex_unlock(&guarded->mutex);
}

uint64_t dials_draw(struct guarded_dials *guarded)
{
    pthread_mutex_lock(&guarded->mutex);
    uint64_t series = hash_mix(guarded->now.seed, DIALS_SERIES);
    uint64_t random = hash_mix(series, guarded->draw_count++);
    pthread_mutex_unlock(&guarded->mutex);
    return random;
}

int64_t dials_draw_delay(struct guarded_dials *guarded, const struct delay *delay)
{
    bool is_fixed = delay->kind == DELAY_FIXED;
    return delay_draw(delay, is_fixed ? 0 : dials_draw(guarded));
}
