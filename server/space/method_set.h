/*
 * Which calls the name of a method is for. A fault, a stub or a question to the journal says the
 * name, and means what a client of that name would send: calls of tuned models, too, for a method
 * of models that both have ("models.generateContent"), operations under a model and at the top
 * level alike, and the paths that only some SDKs use ("models/tunedModels/x").
 */
#ifndef SERVER_SPACE_METHOD_SET_H
#define SERVER_SPACE_METHOD_SET_H

#include "base/arena.h"
#include "base/text.h"
#include "server/contract/method.h"

/* A set of methods, a bit for each of enum method_id. */
__extension__ typedef unsigned __int128 method_set;
_Static_assert(METHOD_EMULATED_COUNT <= 128, "a bit for each");

/*
 * The methods that `name` means: the name of one, or the end of one from a dot on
 * ("operations.cancel"); all for "*" and the empty name. None if there is no such; `ret_problem`
 * (in the arena) then names `path`, and the nearest names.
 */
method_set method_set_find(
    struct text path, struct text name, struct arena *arena, struct text *ret_problem);

/* As method_set_find, of calls that are told by method_set_stands_for: the name of a path that only
 * some SDKs use means what the path stands for. */
method_set method_set_find_told(
    struct text path, struct text name, struct arena *arena, struct text *ret_problem);

/* The method by which a call is told to journal and stubs: that of "tunedModels/x" for a path such
 * as "models/tunedModels/x", else its own. */
int method_set_stands_for(int id);

/* One method. */
method_set method_set_of(int id);

/* The first method of a set, which is not empty. */
int method_set_first(method_set set);

/* Those that answer with generated text. */
method_set method_set_generating(void);

#endif
