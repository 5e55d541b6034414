#include "server/handlers.h"

#include "server/api/handlers.h"
#include "server/control/handlers.h"

const struct method_handlers method_handlers[METHOD_COUNT] = {
#define HANDLER(id, handle, finish) [METHOD_##id] = {handle, finish},
#include "server/handlers.def"
};

/* A row for each method, and (or the compiler would warn of it) no method twice. */
enum {
    HANDLER_COUNT = 0
#define HANDLER(id, handle, finish) +1
#include "server/handlers.def"
};
_Static_assert(
    HANDLER_COUNT == (int)METHOD_COUNT, "every row of methods.def has one of handlers.def");
