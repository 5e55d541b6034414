/* The clock as the control API and state files have it: a Clock of messages.def. */
#ifndef SERVER_SPACE_CLOCK_MESSAGE_H
#define SERVER_SPACE_CLOCK_MESSAGE_H

#include "base/clock.h"
#include "server/json/message.h"

/*
 * What a Clock asks for. A rate without a mode is the mode "rate"; with another mode it can only be
 * 1, as it is shown there. False, with what is allowed in `ret_problem`, if a value is none.
 */
bool clock_message_read(
    const struct message *message, struct clock_change *ret_change, struct text *ret_problem);

/* Fills in a Clock. */
void clock_message_fill(struct message *message, const struct clock_view *view);

#endif
