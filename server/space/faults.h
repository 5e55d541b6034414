/*
 * Scripted answers: faults that a test sets, by which clients can be shown a 429, a 503, or any
 * other error of the table, and broken connections.
 *
 * The fields of a Fault (messages.def):
 *
 * - method: "tunedModels.list"; "*" or nothing is every method. Which others a name means, too, is
 *   said in method_set.h; docs/faults.md lists all.
 * - match: which of these calls: model, caller and body, as in match.h.
 * - status: the name or number of a status ("UNAVAILABLE", 14, 503), or the name of a row of
 *   errors.def ("quota.2025"). A status is answered with the text that the real service has for it,
 *   if one is known.
 * - preset: "overloaded", "quota" or "internal" instead of a status; "retired": the base models
 * that can be tuned are switched off; "safety", "recitation" or "no-content" (STOP without content)
 *   instead of a finishReason.
 * - message: a text instead of the error's own.
 * - retryAfter: the Retry-After header in whole seconds; a RESOURCE_EXHAUSTED with it is the error
 *   that has a RetryInfo, too.
 * - kind: "status" (the default; the four fields above are its own), "reset" (no answer, the
 *   connection is closed), "truncate" (the connection ends within the body), "stall" (the body ends
 *   there, too, and the connection does not), "malformed" (200 and a body that is cut off), "empty"
 *   (200 without a body), "slow" (only the delay; the call goes on), "blocked" (200 without what
 * was asked for, in the recorded shapes). A stream that is cut, and what is blocked, goes on to its
 *   handler, and may yet be an error.
 * - finishReason ("SAFETY", "RECITATION", "OTHER", any that a candidate has): what candidates
 *   without content say; blockReason: what is said of a prompt instead of candidates. One of them
 *   makes the kind "blocked", which is for methods that generate.
 * - afterChunks: so many chunks of a stream come first that is blocked, truncated or stalled; else
 *   one, but none of a blocked prompt and of an answer that stops without content.
 * - delay: time before the answer begins; space/delay.h.
 * - after: so many calls go by first. times: so many are answered, then the fault is gone.
 *   probability: the part of the calls that is answered. Both, and delays, are drawn from the seed
 * of the space: the same seed and the same calls draw the same.
 * - hits: how many calls it has answered or slowed. draws: how many random numbers it has drawn, if
 *   any. Both are told, and taken from state files alone, as is the id.
 */
#ifndef SERVER_SPACE_FAULTS_H
#define SERVER_SPACE_FAULTS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/budget.h"
#include "server/contract/method.h"
#include "server/json/message.h"
#include "server/space/fault_answer.h"
#include "server/space/match.h"

struct space_events;
struct faults;

/* All functions may be called from any thread. The budget is of the bytes that all scripts of the
 * process take; NULL: nobody counts them. */
struct faults *faults_new(struct budget *budget);
/* NULL is allowed. */
void faults_free(struct faults *faults);

/* Has it told from now on which faults are added, used and gone. Before others know of it. */
void faults_tell_to(struct faults *faults, struct space_events *events);

/*
 * Adds a copy of a Fault message and gives it an id; the message is then as faults_list shows it.
 * False if it is not valid; `ret_problem` (in the message's arena) then says what is wrong with
 * which field.
 */
bool faults_add(struct faults *faults, struct message *fault, struct text *ret_problem);

/* The same for one that faults_list has shown, here or elsewhere: it goes on from there, and keeps
 * its id if that is above all that there were. */
bool faults_restore(struct faults *faults, struct message *fault, struct text *ret_problem);

/* Fills a ListFaultsResponse with the faults that are left, oldest first, with every field that has
 * a value, given or not; their `times` and `after` say what is left of them. */
void faults_list(struct faults *faults, struct message *answer);

/* Has all of them draw from the beginning: a seed was set. */
void faults_draw_anew(struct faults *faults);

/* Removes one by id, or all if the id is empty. False if there was none of that id. */
bool faults_remove(struct faults *faults, struct text id);

/* The id that was given last; 0: none was. The other has the next ones be higher. */
uint64_t faults_last_id(struct faults *faults);
void faults_raise_id(struct faults *faults, uint64_t last_id);

/* A copy of those that are left, with their counts and draws; NULL if the budget has no room. */
struct faults *faults_copy(struct faults *faults);

/* Each becomes what the other was, counts and ids included; of `other` only the caller knows. */
void faults_swap(struct faults *faults, struct faults *other);

/* What is known of a call once it is clear which fault answers it. */
struct fault_match {
    struct fault_answer answer; /* its text is in the arena */
    uint64_t number;            /* the fault's id */
    int64_t delay_ns;           /* of the answer; drawn */
    int64_t slow_ns;            /* what faults of the kind "slow" add, also if none answers */
};

/* True if there are none, so that nothing need be known of a call. */
bool faults_is_empty(const struct faults *faults);

/*
 * Finds the first fault that answers a call of these facts, and counts it; those that are only slow
 * are added up on the way. `seed` is what probabilities and delays are drawn from. False if there
 * is none: only slow_ns is set then.
 */
bool faults_match(struct faults *faults, const struct match_facts *facts, uint64_t seed,
    struct arena *arena, struct fault_match *ret_match);

#endif
