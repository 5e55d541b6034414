/*
 * How sure a model was of what it answers: the average of its tokens' log probabilities. There are
 * none here; what is given follows from where the answer came from, and is the same for the same
 * answer.
 */
#ifndef SERVER_SIM_LOGPROBS_H
#define SERVER_SIM_LOGPROBS_H

#include "server/sim/answers.h"

/*
 * Below 0: near it of an answer that was trained, the lower the less the prompt is like an example,
 * and about that of recorded answers where nothing is known of it. Of 15 digits behind the point,
 * at most, as many of the recorded ones are.
 */
double logprobs_average(const struct answer *answer);

#endif
