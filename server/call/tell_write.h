/* What those who listen to a space (space/events.h) are told of a write that a call has made. */
#ifndef SERVER_CALL_TELL_WRITE_H
#define SERVER_CALL_TELL_WRITE_H

#include "server/call/call.h"

/* The write was committed, and its call is not answered yet. On the writer's thread, so that events
 * come in the order of the commits. */
void tell_write(struct call *call, const struct store_write *write);

/* The model that a write is about, if it may change what can be seen of it; empty: of none. */
struct text tell_write_changed(const struct store_write *write);

/* For the write of a delete: what is to be told of the model, whose row will be gone. Does nothing
 * unless somebody listens. While the call reads. */
void tell_write_keep_model(struct call *call, struct store_write *write);

#endif
