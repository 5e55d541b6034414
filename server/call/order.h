/* What is asked of the training of a model, as a write: to end, to fail, to stand still, to go on.
 */
#ifndef SERVER_CALL_ORDER_H
#define SERVER_CALL_ORDER_H

#include "server/call/call.h"
#include "server/state/tuned_model.h"

/* True if the model still trains at the time of the call; one that is taken as it is does not. */
bool order_is_possible(const struct call *call, const struct store_model *model);

/*
 * Makes call->write what becomes of the training of model.id. That is decided at the commit, for a
 * time that no read which missed the change was later than, so that what was seen stays:
 * STORE_REFUSED if it is not possible then. The write gives the whole model in its ret_model.
 */
void order_write(
    struct call *call, const struct store_model *model, const struct tuned_model_order *order);

/* The same for a look at a model that looks move, whose rights were checked. False if nobody is to
 * write anything: it is not moved so, or trains no more. */
bool order_write_look(struct call *call, const struct store_model *model);

/*
 * Of a call whose write was one of these: how it was decided, and when. A write that was refused
 * before that has no time of its own, and gets one by which that can be seen.
 */
enum training_answer order_answer(const struct call *call);
int64_t order_time(const struct call *call);

#endif
