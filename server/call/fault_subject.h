/*
 * What a call is about, for the texts of scripted errors: its own ids, its base model, its
 * operation. Private to the faults.
 */
#ifndef SERVER_CALL_FAULT_SUBJECT_H
#define SERVER_CALL_FAULT_SUBJECT_H

#include "server/call/call.h"

/* Stands for a name or an id where the call has none, as that of a list. */
#define FAULT_SUBJECT_NONE TEXT("example")

/* What is known of a call; the body is read and the store asked when a text needs it. */
struct fault_subject {
    struct call *call;
    struct text status_name;  /* of the status that was asked for; empty: the error's own */
    int64_t retry_after_ns;   /* 0: none was asked for */
    enum store_result result; /* store_has_failed: a text that was made cannot be trusted */
};

/* `status_name` may be NULL. Borrows the call, whose query must have been read. */
void fault_subject_init(struct fault_subject *subject, struct call *call, const char *status_name,
    int64_t retry_after_ns);

/* The request as far as it can be read; what is wrong with it does not matter. */
const struct message *fault_subject_request(struct fault_subject *subject);

/* The id of the tuned model that is used: of a create, the one to start from, if any. */
struct text fault_subject_model_id(struct fault_subject *subject);
/* The id of the model of the path; of a create, that which it makes. */
struct text fault_subject_new_id(struct fault_subject *subject);
/* "tunedModels/x" or "models/x": the model of the path. */
struct text fault_subject_resource(struct fault_subject *subject);

/* "models/x": the base model, of a tuned one, too. */
struct text fault_subject_base(struct fault_subject *subject);
/* The model that quota is counted for, as QuotaFailure names it: "gemini-1.5-flash". */
struct text fault_subject_quota_model(struct fault_subject *subject);

/* "tunedModels/x/operations/y": that of the path, else the one that made the model. */
struct text fault_subject_operation(struct fault_subject *subject);
/* The id of the permission of the path. */
struct text fault_subject_permission_id(struct fault_subject *subject);

/* The method as supportedGenerationMethods name it: the verb of the path, a stream's being that of
 * the whole, or create's; else the name of the rpc. */
struct text fault_subject_method(struct fault_subject *subject);

#endif
