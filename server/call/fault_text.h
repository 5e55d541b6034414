/*
 * The texts of scripted errors. What a text speaks of is what the call is about: its own ids, its
 * base model, its operation, the fields of its request; each hole says of what kind it is
 * (contract/errors.def). Private to the faults.
 */
#ifndef SERVER_CALL_FAULT_TEXT_H
#define SERVER_CALL_FAULT_TEXT_H

#include "server/call/call.h"

/* What is known of a call; the body is read and the store asked when a hole needs it. */
struct fault_subject {
    struct call *call;
    struct text status_name; /* of the status that was asked for; empty: the error's own */
    int64_t retry_after_ns;  /* 0: none was asked for */
    struct message *request; /* with the body; NULL: not read yet */
};

/* `status_name` may be NULL. Borrows the call, whose query must have been read. */
void fault_subject_init(struct fault_subject *subject, struct call *call, const char *status_name,
    int64_t retry_after_ns);

/* The error's text, filled in, in the call's arena. */
struct text fault_text(struct fault_subject *subject, enum error_id error);

/* The model that quota is counted for, as QuotaFailure names it: "gemini-1.5-flash". */
struct text fault_subject_quota_model(struct fault_subject *subject);

#endif
