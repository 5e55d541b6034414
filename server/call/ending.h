/* Ends the training of a model before its time. */
#ifndef SERVER_CALL_ENDING_H
#define SERVER_CALL_ENDING_H

#include "server/call/call.h"
#include "server/sim/training_plan.h"

/* True if the model still trains at the time of the call; one that is taken as it is does not. */
bool ending_is_possible(const struct call *call, const struct store_model *model);

/*
 * Makes call->write the end of the training of model.id, with code and message of the error if it
 * has one. What it ends with is taken at the commit: a time that no read which missed the end was
 * later than, so that steps which were seen stay. STORE_REFUSED if it has ended until then.
 */
void ending_write(struct call *call, const struct store_model *model, enum training_end end,
    int32_t code, struct text message);

#endif
