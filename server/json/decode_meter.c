#include "server/json/decode_meter.h"

#include "server/contract/limits.h"

/* What is taken from the budget at a time: steps that are few, and small beside the budget. */
enum { METER_STEP_BYTES = 256 * 1024 };

void decode_meter_init(
    struct decode_meter *meter, struct decode_problems *problems, const struct arena *tree)
{
    *meter = (struct decode_meter){
        .problems = problems, .tree = tree, .outside_bytes = problems->arena->used_bytes};
}

size_t decode_meter_cost(const struct decode_meter *meter)
{
    return meter->problems->arena->used_bytes + meter->tree->used_bytes - meter->outside_bytes;
}

/* What is to be taken from the budget for a cost. */
static size_t meter_share(size_t cost_bytes)
{
    if (cost_bytes <= BODY_DECODED_FREE_BYTES)
        return 0;
    return (cost_bytes + METER_STEP_BYTES - 1) / METER_STEP_BYTES * METER_STEP_BYTES;
}

bool decode_meter_afford(struct decode_meter *meter, size_t cost_bytes)
{
    struct decode_problems *problems = meter->problems;
    const struct decode_limits *limits = problems->limits;
    if (!limits || cost_bytes <= meter->checked_bytes)
        return true;
    size_t share = meter_share(cost_bytes);
    if (cost_bytes > limits->bytes_max)
        problems->excess = DECODE_TOO_LARGE;
    else if (limits->budget && share > problems->held_bytes &&
             !budget_take(limits->budget, share - problems->held_bytes))
        problems->excess = DECODE_NO_ROOM;
    if (problems->excess != DECODE_FITS)
        return false;
    if (limits->budget && share > problems->held_bytes)
        problems->held_bytes = share;
    meter->checked_bytes = share > 0 ? share : BODY_DECODED_FREE_BYTES;
    return true;
}

void decode_meter_settle(const struct decode_meter *meter)
{
    struct decode_problems *problems = meter->problems;
    size_t share = meter_share(decode_meter_cost(meter));
    if (share < problems->held_bytes) {
        budget_give(problems->limits->budget, problems->held_bytes - share);
        problems->held_bytes = share;
    }
}
