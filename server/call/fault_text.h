/*
 * The texts of scripted errors. What a text speaks of is what the call is about: its own ids, its
 * base model, its operation, the fields of its request; each hole says of what kind it is
 * (contract/errors.def). Private to the faults.
 */
#ifndef SERVER_CALL_FAULT_TEXT_H
#define SERVER_CALL_FAULT_TEXT_H

#include "server/call/fault_subject.h"

/* The error's text, filled in, in the call's arena. */
struct text fault_text(struct fault_subject *subject, enum error_id error);

#endif
