/*
 * What of a request may be shown. The query never is; but clients put credentials into the path and
 * the method, too, by mistake: "/v1beta/models&key=...", a query that was percent-encoded once or
 * twice, a space that is missing behind the method.
 */
#ifndef SERVER_HTTP_REDACT_H
#define SERVER_HTTP_REDACT_H

#include "base/arena.h"
#include "base/text.h"

/*
 * The text up to its first credential, as it was sent. That is what follows
 * - an "=": no path has one, so it is of a query that went astray, and no query is shown;
 * - the ":" behind a name of credentials, of a header or in JSON. Names count by their end (key,
 *   token, secret, password, ...: so access_token and x-goog-api-key do), in any case. A verb of
 *   the API may stand there, as in "tunedModels/my-key:generateContent";
 * - the word Bearer or Basic and a blank;
 * - a "//" before a user's name, or the ":" behind one;
 * or what begins as Google's keys and tokens do. All of it percent-encoded up to REDACT_LEVELS_MAX
 * times; what is encoded more often is cut off. The scratch memory is in `arena`.
 */
struct text redact_credentials(struct text text, struct arena *arena);

enum { REDACT_LEVELS_MAX = 4 };

#endif
