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
 * The text up to its first credential, as it was sent: what follows the "=" (or, for names of
 * headers, the ":") behind a name that means one. Names count by their end (key, token, secret,
 * password, ...: so access_token and x-goog-api-key do), in any case, and percent-encoded up to
 * REDACT_LEVELS_MAX times; what is encoded more often is cut off. So is what follows "//" if it has
 * a user and a password. The scratch memory is in `arena`.
 */
struct text redact_credentials(struct text text, struct arena *arena);

enum { REDACT_LEVELS_MAX = 4 };

#endif
