/*
 * The fields of a request that the texts of scripted errors speak of, and what is said of them.
 * Private to the faults.
 */
#ifndef SERVER_CALL_FAULT_FIELD_H
#define SERVER_CALL_FAULT_FIELD_H

#include "server/call/fault_subject.h"

/* The path of the field that a kind of argument means in this request: of several the first that
 * the request has, else the first; requests that have no such field have their first one. */
struct text fault_field_path(struct fault_subject *subject, enum error_argument argument);
/* What is said of that field; `otherwise` if it is said of no field of this request. */
struct text fault_field_said(
    struct fault_subject *subject, enum error_argument argument, struct text otherwise);

/* The name of the request's first field that is a message, or that is none, if it has both. */
struct text fault_field_name(const struct fault_subject *subject, bool is_message);
/* The full name of the type of the first field that is a message; without one, of the request. */
struct text fault_field_type(const struct fault_subject *subject);

#endif
