/*
 * The numbers of a state file: which number each row had, by the name of its resource, and up to
 * which rows, faults, stubs, request ids and draws of the dials were counted. With them an empty
 * space gets lists in the order in which they were, and their page tokens; elsewhere they mean
 * nothing.
 */
#ifndef SERVER_STATE_STATE_NUMBERS_H
#define SERVER_STATE_STATE_NUMBERS_H

#include "server/state/seed_plan.h"

/* Gives the rows of a plan that came after `before` (NULL: all) the numbers of its file, if that
 * has any. False with a problem. */
bool state_numbers_give(struct seed_plan *plan, struct store_write *before);

#endif
