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

#endif
