/*
 * Who may do what with a tuned model. Rights come from its permissions: a reader may use it for
 * inference and see it, a writer may also edit and share it, the owner may also delete it and give
 * it away (reference page of tunedModels.permissions). Base models are anybody's.
 */
#ifndef SERVER_API_ACCESS_H
#define SERVER_API_ACCESS_H

#include "server/call/call.h"

struct base_model;

/* What a call needs; each includes those above it. */
enum access { ACCESS_READ, ACCESS_WRITE, ACCESS_OWN };

/*
 * Finds a tuned model, by its id without "tunedModels/", and checks the caller's rights on it.
 * False if the call was answered: 404 if there is no such model, 403 if the rights do not suffice,
 * and as call_fail_store says if the store failed.
 */
bool access_find_model(
    struct call *call, struct text model_id, enum access access, struct store_model *ret_model);

/*
 * The same for a call that needs no more of the model than its seq: a damaged one must still be
 * deleted.
 */
bool access_find_model_row(
    struct call *call, struct text model_id, enum access access, int64_t *ret_model_seq);

/* The second half of access_find_model, for a model that was looked for before, and whose rights
 * were not: false if the call was answered. */
bool access_check_found(
    struct call *call, struct text model_id, enum access access, enum store_result result);

/* The same check for a model that was found otherwise. */
bool access_check(struct call *call, struct text model_id, enum access access);

/*
 * Makes call->write depend on what was found here: that the caller has this right on the write's
 * model (of a create: on its source) still when it is committed, and that this is still the model
 * with this seq (0: that follows from something else of the condition).
 */
void access_set_condition(struct call *call, enum access access, int64_t model_seq);

/* True if call->write came too late for that; then the call is answered as access_find_model would
 * answer it now for this model. */
bool access_answer_late(struct call *call, struct text model_id);

/* False, with the call answered, unless the model, of this base (NULL: it is in no catalogue), is
 * ACTIVE and can be used. */
bool access_check_active(
    struct call *call, const struct store_model *model, const struct base_model *base);

/* The caller's roles on a model, false if the call was answered because the store failed; and
 * whether they give a right. */
bool access_find_roles(struct call *call, struct text model_id, struct store_roles *ret_roles);
bool access_is_allowed(const struct store_roles *roles, enum access access);

/*
 * The base model with this id, without "models/", if it supports a method (NULL: whatever it
 * supports). NULL if the call was answered: unknown, switched off and without the method are one
 * error, which names `method`.
 */
const struct base_model *access_find_base(
    struct call *call, struct text id, const char *supported, const char *method);

/*
 * True if a stub may answer a call of this base model ("models/x"; empty: that is not known)
 * whether or not there is its model, so that this is to be checked last. A fault by which base
 * models are switched off comes before.
 */
bool access_is_open(const struct call *call, struct text base_model);

/* True if the call is to find a base model (NULL: it is in no catalogue) switched off; the answer's
 * header then says who wants that. */
bool access_is_switched_off(struct call *call, const struct base_model *base);

#endif
