/* The scenarios of stubs: a state for each name, which begins as "". */
#ifndef SERVER_SPACE_SCENARIOS_H
#define SERVER_SPACE_SCENARIOS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/budget.h"
#include "base/text.h"
#include "server/json/message.h"

struct scenario;

struct scenarios {
    struct budget *budget; /* bytes of many of them together; NULL: nobody counts them */
    pthread_mutex_t mutex; /* guards all below */
    struct scenario *first;
    size_t count;
};

void scenarios_init(struct scenarios *scenarios, struct budget *budget);
void scenarios_release(struct scenarios *scenarios);

/* All below may be called from any thread. Names and states have at most STUB_SCENARIO_BYTES_MAX
 * bytes (limits.h) each. */

/* Makes sure that there is one of this name. False: there are STUB_SCENARIOS_MAX others, or there
 * is no room in the budget. */
bool scenarios_add(struct scenarios *scenarios, struct text name);

/* Puts it in a state. False if there is no room for one of this name. */
bool scenarios_set(struct scenarios *scenarios, struct text name, struct text state);

/* Its state, in the arena. */
struct text scenarios_state(struct scenarios *scenarios, struct text name, struct arena *arena);

/* True if it is in the state `requires`, or that is none (bytes == NULL); it is then in the state
 * `sets`, unless that is none. */
bool scenarios_move(
    struct scenarios *scenarios, struct text name, struct text requires, struct text sets);

/* Forgets all of them. */
void scenarios_clear(struct scenarios *scenarios);

/* Adds the names and states of those that are not in the state "" to a map of texts. */
void scenarios_list(struct scenarios *scenarios, struct message *message, unsigned field);

/* Has one that is empty, of the same budget, have the same. False if the budget has no room. */
bool scenarios_copy(struct scenarios *scenarios, struct scenarios *ret_copy);

/* Each has then what the other had; of `other` only the caller knows. Both are of one
 * budget. */
void scenarios_swap(struct scenarios *scenarios, struct scenarios *other);

#endif
