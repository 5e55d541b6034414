/* An answer from the training examples of a model that is a row of the store. */
#ifndef SERVER_API_GENERATION_EXAMPLES_H
#define SERVER_API_GENERATION_EXAMPLES_H

#include "server/api/generation.h"

/* Answers the prompt from the data set of generation->model, as far as its first `seen` examples go
 * (negative: all). False if the call was answered with an error. */
bool generation_examples_answer(struct generation *generation, int32_t seen);

#endif
