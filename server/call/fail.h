/*
 * Error bodies: the one place that makes them (contract 4.1). Handlers use call_fail of call.h.
 */
#ifndef SERVER_CALL_FAIL_H
#define SERVER_CALL_FAIL_H

#include "base/timefmt.h"
#include "server/call/exchange.h"
#include "server/contract/error.h"
#include "server/contract/method.h"
#include "server/json/decode.h"
#include "server/json/write.h"

/* What a quota error tells clients to wait, in its text and in its RetryInfo, when nobody asked for
 * another time: as recorded. */
#define QUOTA_RETRY_NS (41 * NS_PER_SECOND)

struct failure {
    enum error_id error;
    struct text text;                       /* with its arguments filled in */
    const struct status *status;            /* instead of the error's own; NULL: its own */
    const struct method *method;            /* NULL: none was found */
    enum api_version version;               /* of the path */
    const struct decode_problems *problems; /* for DETAILS_BAD_REQUEST */
    int64_t retry_after_ns;                 /* for RetryInfo; 0: none asked for */
    struct text quota_model;                /* for QuotaFailure: "gemini-1.5-flash" */
    struct text permission, resource;       /* for DETAILS_IAM */
    struct text callback;                   /* for JSONP; empty: none */
    bool is_array;                          /* wrapped as a stream's errors are; has no callback */
    bool is_legacy;                         /* $.xgafv=1 adds "errors" */
};

/* How long a client is told to wait when a budget of memory is used up: others are answered soon,
 * and answers are read in an instant, most often. */
#define FAIL_BUSY_RETRY_NS (1 * NS_PER_SECOND)

/* The failure.retry_after_ns of an error that happened; one that is only played (faults) has what
 * its script says. */
int64_t fail_retry_ns(enum error_id error);

/* The error for problems of decoding, of which there are some, and the argument of its text, in
 * their arena. */
enum error_id fail_problems_error(
    const struct decode_problems *problems, struct text *ret_argument);

/* The status that it is answered with. */
const struct status *fail_status(const struct failure *failure);

/* Makes `reply` this error: status, headers that belong to it, and body. */
void fail_reply(const struct failure *failure, enum json_layout layout, struct arena *arena,
    struct reply *reply);

/* The front end's 404: an HTML page that names the path. */
void fail_reply_unknown_route(struct text raw_path, struct reply *reply);

#endif
