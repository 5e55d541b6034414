/*
 * A bound on what all threads together hold of something: bytes, most often. What was taken must be
 * given back, in whatever pieces. All functions may be called from any thread and never wait.
 */
#ifndef BASE_BUDGET_H
#define BASE_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct budget {
    atomic_size_t used;
    size_t max;
};

void budget_init(struct budget *budget, size_t max);

/* Takes `amount`. False, with nothing taken, if more than `max` would then be in use. */
bool budget_take(struct budget *budget, size_t amount);

/* Gives back what was taken; more than that is a bug. */
void budget_give(struct budget *budget, size_t amount);

/* What is in use at this moment. */
size_t budget_used(const struct budget *budget);

/*
 * What one holder has taken of a budget, for holders that learn bit by bit how much they need. Zero
 * bytes are a share that nothing bounds. Belongs to one thread at a time.
 */
struct share {
    struct budget *budget; /* NULL: unbounded, nothing is counted */
    size_t taken;
    bool is_refused; /* a growth was refused; stays so until the release */
};

/* Takes what is missing to `amount`. False, with nothing more taken, if the budget has not enough
 * left, and from then on. */
bool share_grow(struct share *share, size_t amount);

/* Gives back what is taken beyond `amount`. */
void share_shrink(struct share *share, size_t amount);

/* Gives back all; the share is as new. */
void share_release(struct share *share);

#endif
