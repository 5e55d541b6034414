/*
 * What was deleted of all that a tuning job made, and when: the model version, and endpoints. The
 * job itself stays, and so do the operations of these deletions. A text of the job's row: entries
 * "part@time", joined by commas; one whose operation was deleted, too, ends with a minus.
 */
#ifndef SERVER_STATE_TUNING_REMOVAL_H
#define SERVER_STATE_TUNING_REMOVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

/* Parts: the model version, and behind it the endpoints by their checkpoints. */
enum { TUNING_REMOVAL_MODEL = 0, TUNING_REMOVAL_ENDPOINTS = 1 };

struct tuning_removal {
    int64_t at_ns;
    bool is_forgotten; /* its operation was deleted */
};

/* False if that part is still there. */
bool tuning_removal_find(struct text removed, uint32_t part, struct tuning_removal *ret_removal);

/* With one part more, which is not in it yet. */
struct text tuning_removal_add(
    struct text removed, uint32_t part, int64_t at_ns, struct arena *arena);

/* With the operation of a part deleted, which is in it. */
struct text tuning_removal_forget(struct text removed, uint32_t part, struct arena *arena);

#endif
