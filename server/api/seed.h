/*
 * Seed files: what an emulator knows when it starts. JSON in the API's own resources:
 * {"version":1,"tunedModels":[],"operations":[],"permissions":[],"models":[],"callers":[],
 * "faults":[]}. A tuned model with a `state` is taken as it is and never advances; one without is a
 * create. The model of an operation or permission is made if it is not there. What the database has
 * already is left alone.
 */
#ifndef SERVER_API_SEED_H
#define SERVER_API_SEED_H

#include "server/call/app.h"

/*
 * Loads a file into a space. False if it cannot be read or holds anything that is not valid;
 * `ret_message` (in the app's arena) then names file, place and reason, and the store is as it was;
 * callers, base models and faults are not taken back, since the start ends there.
 */
bool seed_load(struct app *app, struct space *space, const char *path, struct text *ret_message);

#endif
