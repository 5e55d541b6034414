/*
 * What of a request may be shown. In the log no query is; but clients put credentials into the path
 * and the method, too, by mistake: "/v1beta/models&key=...", a query that was percent-encoded once
 * or twice, a space that is missing behind the method.
 */
#ifndef SERVER_CALL_REDACT_H
#define SERVER_CALL_REDACT_H

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

/* What stands for what is not shown, in texts of which the rest is. */
#define REDACT_MARK "REDACTED"

/*
 * A query with REDACT_MARK for each value of a name of credentials, and for what in another value
 * redact_credentials would not show. Page tokens are none. Borrowed if there is nothing to hide,
 * else in the arena.
 */
struct text redact_query(struct text raw_query, struct arena *arena);

/* What redact_query hides, as it was meant: decoded. At most `max`; gives how many, in the arena.
 */
size_t redact_query_secrets(
    struct text raw_query, struct arena *arena, struct text *ret_secrets, size_t max);

/*
 * A text with REDACT_MARK for each of these secrets. Those below REDACT_SECRET_BYTES_MIN are left:
 * they could be any word. Borrowed if there is nothing to hide, else in the arena.
 */
struct text redact_secrets(
    struct text text, const struct text *secrets, size_t secret_count, struct arena *arena);

/* The same for what begins as Google's keys and tokens do and is long enough to be one. */
struct text redact_keys(struct text text, struct arena *arena);

enum { REDACT_SECRET_BYTES_MIN = 8 };

#endif
