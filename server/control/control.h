/*
 * What the emulator adds to the service: /health, /ready, and the control API under /emulator/v1/.
 */
#ifndef SERVER_CONTROL_CONTROL_H
#define SERVER_CONTROL_CONTROL_H

#include "server/api/app.h"
#include "server/api/exchange.h"

/* True for the paths that are not the emulated service's. */
bool control_is_path(struct text raw_path);

/* Answers a request to one of them; `now_ns` is the emulated time. */
void control_handle(struct app *app, struct exchange *exchange, int64_t now_ns);

#endif
