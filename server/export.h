/* --export-on-exit: the state of the default space as a file, once nobody asks any more. */
#ifndef SERVER_EXPORT_H
#define SERVER_EXPORT_H

#include "server/call/app.h"

/*
 * Writes the state file to `path`, under another name that is then changed, so that nobody reads
 * half of it; what was there stays until then. False with a message in `ret_message` (in the app's
 * arena) if that fails; nothing is left behind.
 */
bool export_state(struct app *app, const char *path, struct text *ret_message);

#endif
