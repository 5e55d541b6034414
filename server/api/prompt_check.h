/* The checks of a GenerateContentRequest (contract 4.4), in the order of the real service:
 * existence was checked before; then fields; then what the model supports. */
#ifndef SERVER_API_PROMPT_CHECK_H
#define SERVER_API_PROMPT_CHECK_H

#include "server/api/generation.h"

/* Checks the request and reads prompt and config. False if the call was answered. The model
 * must have been found. */
bool prompt_check(struct generation *generation);

#endif
