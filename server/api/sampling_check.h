/* The bounds of the parameters of sampling. */
#ifndef SERVER_API_SAMPLING_CHECK_H
#define SERVER_API_SAMPLING_CHECK_H

#include "server/call/call.h"

/* Adds a line for every bound that the sampling of a GenerationConfig or a GenerateTextRequest does
 * not keep. */
void sampling_check(struct field_lines *lines, const struct message *message);

#endif
