/*
 * Which calls a fault is for. A fault is set by the name of a method, and meets what a client of
 * that name would send: calls of tuned models, too, for a method of models that both have
 * ("models.generateContent"), operations under a model and at the top level alike, and the paths
 * that only some SDKs use ("models/tunedModels/x"). Private to the faults.
 */
#ifndef SERVER_SPACE_FAULT_METHOD_H
#define SERVER_SPACE_FAULT_METHOD_H

#include "base/arena.h"
#include "base/text.h"
#include "server/contract/method.h"

/* A set of methods, a bit for each of enum method_id. */
typedef uint64_t fault_methods;
_Static_assert(METHOD_EMULATED_COUNT <= 64, "a bit for each");

/*
 * The methods that `name` means: the name of one, or the end of one from a dot on
 * ("operations.cancel"); all for "*" and the empty name. None if there is no such; `ret_problem`
 * (in the arena) then names the nearest.
 */
fault_methods fault_method_find(struct text name, struct arena *arena, struct text *ret_problem);

/* One method. */
fault_methods fault_method_bit(int id);

/* Those that answer with generated text. */
fault_methods fault_method_generating(void);

#endif
