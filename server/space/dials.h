/*
 * What a test may turn while it runs, of one space. A call takes a copy when it begins and looks at
 * that alone: whatever is turned meanwhile, one request sees one set.
 */
#ifndef SERVER_SPACE_DIALS_H
#define SERVER_SPACE_DIALS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/sim/training_plan.h"
#include "server/space/stream_pace.h"

/* What a call that is to be generated for gets if no stub answers it. */
enum no_match {
    NO_MATCH_ANSWER, /* what it would without stubs */
    NO_MATCH_ERROR   /* a 404 that says which stubs were nearest */
};

struct dials {
    uint64_t seed;                   /* ids, noise and whatever else is drawn come from it */
    int64_t step_ns;                 /* as in struct training_plan; of models made from now on */
    struct training_pacing progress; /* of these, too */
    struct delay latency;            /* before every answer of a method of the service */
    struct stream_pace stream_pace;  /* of the chunks of a stream */
    enum no_match on_no_match;
};

/* The dials of a space, which any thread may read and turn. */
struct guarded_dials {
    pthread_mutex_t mutex;
    struct dials now;
    uint64_t draw_count; /* since the seed was turned */
};

void dials_init(struct guarded_dials *guarded, const struct dials *dials);
void dials_release(struct guarded_dials *guarded);

/* A copy. */
struct dials dials_get(struct guarded_dials *guarded);

/* Which of them; a set is bits. */
enum dial {
    DIAL_SEED = 1 << 0,
    DIAL_STEP = 1 << 1,
    DIAL_PROGRESS = 1 << 2,
    DIAL_LATENCY = 1 << 3,
    DIAL_STREAM_DELAY = 1 << 4,
    DIAL_NO_MATCH = 1 << 5
};
#define DIALS_ALL (2 * DIAL_NO_MATCH - 1)

/* Copies `which` of them. */
void dials_take(struct dials *dials, const struct dials *from, unsigned which);

/* Turns `which` of them to what they are in `to`, all at once, and leaves the others alone. A seed
 * that is turned, be it to what it was, begins its draws anew. */
void dials_turn(struct guarded_dials *guarded, const struct dials *to, unsigned which);

/* How many draws there were since the seed was turned, and to have had so many. */
uint64_t dials_count_draws(struct guarded_dials *guarded);
/* The same with a copy of the dials of that moment. */
uint64_t dials_get_drawn(struct guarded_dials *guarded, struct dials *ret_dials);
void dials_skip_draws(struct guarded_dials *guarded, uint64_t count);

/* Random bits: after the seed was turned the same ones in the same order. */
uint64_t dials_draw(struct guarded_dials *guarded);

/* The length of a delay, drawn if it has not always the same. */
int64_t dials_draw_delay(struct guarded_dials *guarded, const struct delay *delay);

#endif
