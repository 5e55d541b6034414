/*
 * The web page at "/": files that are part of the binary. What the page shows it asks of the
 * control API and of the service, as any client does.
 */
#ifndef SERVER_UI_UI_H
#define SERVER_UI_UI_H

#include "server/call/call.h"

/* True if the request is for the page: of a file that is there or not, or to read "/". Who does
 * something else to "/" is a client of the service that has lost its path. Never in a binary that
 * was made without the page. */
bool ui_is_asked(const struct request *request);

/*
 * Answers such a request: the file, compressed for those who take that; 304 for those who
 * have it; 404 if there is none, as where the service has no method; 405 unless it is GET or HEAD.
 */
void ui_answer(struct call *call);

#endif
