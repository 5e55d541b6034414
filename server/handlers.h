/* The handlers of all methods, one pair for each row of methods.def; see handlers.def. */
#ifndef SERVER_HANDLERS_H
#define SERVER_HANDLERS_H

#include "server/call/call.h"

struct method_handlers {
    call_handler *handle;
    call_finisher *finish; /* NULL if the handler never returns CALL_PENDING */
};

/* By enum method_id. */
extern const struct method_handlers method_handlers[METHOD_COUNT];

#endif
