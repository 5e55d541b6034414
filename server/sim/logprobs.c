#include "server/sim/logprobs.h"

#include <math.h>

#include "base/hash.h"

#define LOGPROBS_SEED UINT64_C(0x6c6f6770726f6273)
/* A decimal of so many places is its own shortest text. */
#define LOGPROBS_UNITS 1e15

/* What average is likely, from `sure` to `unsure`. */
struct logprobs_range {
    double sure, unsure;
};

static struct logprobs_range logprobs_range_of(const struct answer *answer)
{
    switch (answer->source) {
    case ANSWER_FROM_EXAMPLE:
    case ANSWER_FROM_RULE:
        return (struct logprobs_range){0.0004, 0.03};
    case ANSWER_FROM_NEAREST:
        return (struct logprobs_range){0.02, 0.06 + (1.0 - answer->score) * 0.5};
    case ANSWER_FROM_FALLBACK:
        return (struct logprobs_range){0.6, 1.4};
    case ANSWER_FROM_BASE:
        break;
    }
    return (struct logprobs_range){0.1, 0.6};
}

double logprobs_average(const struct answer *answer)
{
    struct logprobs_range range = logprobs_range_of(answer);
    double share = hash_to_unit(hash_checksum(LOGPROBS_SEED, answer->text.bytes, answer->text.len));
    double size = range.sure + share * (range.unsure - range.sure);
    return -round(size * LOGPROBS_UNITS) / LOGPROBS_UNITS;
}
