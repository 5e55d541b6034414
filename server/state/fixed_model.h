/* A tuned model that is taken as it is: one of a seed that has a state. It never advances. */
#ifndef SERVER_STATE_FIXED_MODEL_H
#define SERVER_STATE_FIXED_MODEL_H

#include "server/json/message.h"
#include "store/store.h"

/* Fills all of a STORE_CREATE_MODEL but id, operation and permission with what the TunedModel says,
 * its examples, too. Clears the training data of the message. */
void fixed_model_fill(struct store_write *write, const struct message *asked, struct arena *arena);

#endif
