/* Private to the decoder: what a body costs while it is read, and whether it may. */
#ifndef SERVER_JSON_DECODE_METER_H
#define SERVER_JSON_DECODE_METER_H

#include "server/json/decode_problems.h"

struct decode_meter {
    struct decode_problems *problems; /* with the limits, and what is held of the budget */
    const struct arena *tree;
    size_t outside_bytes; /* of the problems' arena: what was in it before */
    size_t checked_bytes; /* what it may cost until the limits are asked again */
};

/* Begins with what is in the problems' arena. */
void decode_meter_init(
    struct decode_meter *meter, struct decode_problems *problems, const struct arena *tree);

/* What both arenas have taken since then. */
size_t decode_meter_cost(const struct decode_meter *meter);

/* Sees to it that the body may cost so much in all. False, with the excess, if it may not. */
bool decode_meter_afford(struct decode_meter *meter, size_t cost_bytes);

/* The tree is gone: gives back to the budget what is not held for the message. */
void decode_meter_settle(const struct decode_meter *meter);

#endif
