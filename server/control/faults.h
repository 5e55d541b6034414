/*
 * Scripted answers: faults that a test sets, by which clients can be shown a 429, a 503, or any
 * other error of the table.
 */
#ifndef SERVER_CONTROL_FAULTS_H
#define SERVER_CONTROL_FAULTS_H

#include <stdbool.h>

#include "server/api/exchange.h"
#include "server/json/message.h"

struct call;
struct faults;

struct faults *faults_new(void);
void faults_free(struct faults *faults);

/*
 * Adds a copy of a Fault message and gives it an id, which is set in the message. False if it is
 * not valid; `ret_problem` (in the message's arena) then says what is wrong with which field.
 */
bool faults_add(struct faults *faults, struct message *fault, struct text *ret_problem);

/* Fills a ListFaultsResponse with the faults that are left, oldest first. */
void faults_list(struct faults *faults, struct message *answer);

/* Removes one by id, or all if the id is empty. False if there was none of that id. */
bool faults_remove(struct faults *faults, struct text id);

/*
 * Lets the first fault that fits answer the call, or the X-Emulator-Status header of the request.
 * True if the call was answered.
 */
bool faults_apply(struct faults *faults, struct call *call);

#endif
