/*
 * Stubs: canned answers of models, which a test sets. A call that generates, embeds or counts is
 * answered by the stub of the highest priority, and of these by the oldest, that is for it.
 *
 * The fields of a Stub (messages.def):
 *
 * - match: which calls: method, model, caller, body and prompt, as in match.h. Without a method
 *   those that generate text, of tuned and base models; the others have to be named. A stub with a
 *   `response` is only for methods that answer with such a message: without a method, for
 *   generateContent and streamGenerateContent.
 * - reply, or replies: what is answered (stub_reply.h), of several the next each time; afterLast:
 *   then the last is answered again ("repeat", unless said), or the stub is gone ("gone").
 * - scenario: the calls that it is for come while the scenario of that name is in the state that it
 *   `requires`, if it says so, and afterwards the scenario is in the state that it `sets`, if it
 *   says so. All begin in the state "". Finding the stub and setting the state is one step.
 * - times: so many calls are answered, then the stub is gone.
 * - priority: higher ones first; 0 unless said, may be negative.
 * - delay: time before the answer begins; space/delay.h. Drawn from the seed of the space.
 * - pace: when the chunks of a stream come, instead of what the dial says; a header of the call
 *   says more than both.
 * - hits: how many calls it has answered. draws: how many random numbers it has drawn, if any. Both
 *   are told, and taken from state files alone, as is the id.
 */
#ifndef SERVER_SPACE_STUBS_H
#define SERVER_SPACE_STUBS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/budget.h"
#include "server/json/message.h"
#include "server/space/match.h"
#include "server/space/stream_pace.h"
#include "server/space/stub_reply.h"
#include "server/space/stub_text.h"

struct space_events;
struct stubs;

/* All functions may be called from any thread. The budget is of the bytes that all scripts of the
 * process take; NULL: nobody counts them. */
struct stubs *stubs_new(struct budget *budget);
/* NULL is allowed. */
void stubs_free(struct stubs *stubs);

/* Has it told from now on which stubs are added, used and gone. Before others know of it. */
void stubs_tell_to(struct stubs *stubs, struct space_events *events);

/*
 * Adds a copy of a Stub message and gives it an id; the message is then as stubs_list shows it.
 * False if it is not valid; `ret_problem` (in the message's arena) then says what is wrong with
 * which field.
 */
bool stubs_add(struct stubs *stubs, struct message *stub, struct text *ret_problem);

/* The same for one that stubs_list has shown, here or elsewhere: it goes on from there, and keeps
 * its id if that is above all that there were. */
bool stubs_restore(struct stubs *stubs, struct message *stub, struct text *ret_problem);

/* Fills a ListStubsResponse with the stubs that are left, in the order in which they are tried;
 * their `times` say what is left of them. */
void stubs_list(struct stubs *stubs, struct message *answer);

/* Has all of them draw from the beginning: a seed was set. */
void stubs_draw_anew(struct stubs *stubs);

/* Removes one by id; or, if the id is empty, all, and forgets the states of the scenarios. False if
 * there was none of that id. */
bool stubs_remove(struct stubs *stubs, struct text id);

/* The id that was given last; 0: none was. The other has the next ones be higher. */
uint64_t stubs_last_id(struct stubs *stubs);
void stubs_raise_id(struct stubs *stubs, uint64_t last_id);

/* Adds, to a map of texts, the name and state of each scenario that is not in its first state. */
void stubs_list_scenarios(struct stubs *stubs, struct message *message, unsigned field);
/* Puts a scenario in a state, as a state file says. False if there are too many, or either text is
 * too long; `ret_problem` (a literal) says what it is. */
bool stubs_set_scenario(
    struct stubs *stubs, struct text name, struct text state, const char **ret_problem);

/* A copy of those that are left, with their counts and draws, and of the scenarios; NULL if the
 * budget has no room. */
struct stubs *stubs_copy(struct stubs *stubs);

/* Each has then what the other had, scenarios, counts and ids included; of `other` only the caller
 * knows. */
void stubs_swap(struct stubs *stubs, struct stubs *other);

/* True if there are none, so that nothing need be known of a call. One atomic load. */
bool stubs_is_empty(const struct stubs *stubs);

/* What a stub says of a call that it was taken for. */
struct stub_taken {
    uint64_t number;           /* the stub's id */
    struct stub_reply reply;   /* its text is in the arena */
    struct stub_values values; /* for stub_text_expand; all but now_ns are set: prompt and model are
                                  those of the facts, groups lie in the arena */
    int64_t delay_ns;          /* drawn */
    bool has_pace;             /* else the pace of a stream is as without the stub */
    struct stream_pace pace;
};

/*
 * Finds the stub that answers a call of these facts, whose method is one that was found, and counts
 * it: the scenario's state, the place in the replies and what is left of its times move on, also if
 * the call then fails for another reason. `seed` is what delays are drawn from. False if there is
 * none: nothing is changed then. If the steps of the facts are spent (match_is_spent), it is not
 * known which stub it is, or what its groups are, and the call is to be told.
 */
bool stubs_take(struct stubs *stubs, const struct match_facts *facts, uint64_t seed,
    struct arena *arena, struct stub_taken *ret_taken);

/* Told of each stub that is near to a call, and then of all in it that does not fit. The gap is
 * borrowed; its texts live as long as the arena. */
struct stub_near_visitor {
    void (*begin)(void *context, uint64_t number);
    match_visitor *differ;
    void *context;
};

/* Tells of those stubs, up to MATCH_NEAREST_MAX, that come nearest to a call of these facts, the
 * nearest first. One in which all fits would answer the call. */
void stubs_visit_nearest(struct stubs *stubs, const struct match_facts *facts, struct arena *arena,
    const struct stub_near_visitor *visitor);

/*
 * The same as words: "stub 3 (prompt: want contains \"weather\", got \"hello\"); stub 1 (...)", in
 * the arena. Empty if there are none.
 */
struct text stubs_nearest(
    struct stubs *stubs, const struct match_facts *facts, struct arena *arena);

#endif
