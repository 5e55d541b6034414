#include "base/budget.h"

#include <assert.h>

void budget_init(struct budget *budget, size_t max)
{
    atomic_init(&budget->used, 0);
    budget->max = max;
}

bool budget_take(struct budget *budget, size_t amount)
{
    size_t used = atomic_load_explicit(&budget->used, memory_order_relaxed);
    do {
        if (amount > budget->max || used > budget->max - amount)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(
        &budget->used, &used, used + amount, memory_order_relaxed, memory_order_relaxed));
    return true;
}

void budget_give(struct budget *budget, size_t amount)
{
    size_t before = atomic_fetch_sub_explicit(&budget->used, amount, memory_order_relaxed);
    assert(before >= amount);
}

size_t budget_used(const struct budget *budget)
{
    return atomic_load_explicit(&budget->used, memory_order_relaxed);
}

bool share_grow(struct share *share, size_t amount)
{
    if (!share->budget || amount <= share->taken)
        return !share->is_refused;
    if (share->is_refused || !budget_take(share->budget, amount - share->taken)) {
        share->is_refused = true;
        return false;
    }
    share->taken = amount;
    return true;
}

void share_shrink(struct share *share, size_t amount)
{
    if (amount >= share->taken)
        return;
    budget_give(share->budget, share->taken - amount);
    share->taken = amount;
}

void share_release(struct share *share)
{
    share_shrink(share, 0);
    share->is_refused = false;
}
