/* The dials as the control API and state files have them: a Config of messages.def. */
#ifndef SERVER_SPACE_DIALS_MESSAGE_H
#define SERVER_SPACE_DIALS_MESSAGE_H

#include "base/arena.h"
#include "server/json/message.h"
#include "server/space/dials.h"

/*
 * Reads which dials a Config turns, and to what. False, with the field and what is allowed in
 * `ret_problem` (in the arena), if a value is none.
 */
bool dials_message_read(const struct message *message, struct arena *arena, struct dials *ret_to,
    unsigned *ret_which, struct text *ret_problem);

/* Fills in a Config: all of its fields. Texts are in the message's arena. */
void dials_message_fill(struct message *message, const struct dials *dials);

#endif
