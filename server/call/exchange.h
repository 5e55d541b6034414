/*
 * One request and its answer, as bytes: what passes through the door between sockets
 * (server/http/) and meaning (server/api/, server/control/). No socket and no libmicrohttpd type is
 * in sight here, so tests and fuzzers knock at the same door as curl does.
 */
#ifndef SERVER_CALL_EXCHANGE_H
#define SERVER_CALL_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/budget.h"
#include "base/buf.h"
#include "base/text.h"
#include "base/wait.h"
#include "server/space/journal.h"

/* The request headers that mean something to the emulator; http/ passes on these and no others. */
enum request_header {
    HEADER_AUTHORIZATION,
    HEADER_X_GOOG_API_KEY,
    HEADER_X_GOOG_FIELDMASK,
    HEADER_X_GOOG_API_CLIENT,
    HEADER_METADATA_FLAVOR,
    HEADER_X_HTTP_METHOD_OVERRIDE,
    HEADER_CONTENT_TYPE,
    HEADER_CONTENT_ENCODING,
    HEADER_ACCEPT_ENCODING,
    HEADER_IF_NONE_MATCH,
    HEADER_ORIGIN,
    HEADER_HOST,
    HEADER_SEC_FETCH_SITE,
    HEADER_ACCESS_CONTROL_REQUEST_METHOD,
    HEADER_ACCESS_CONTROL_REQUEST_HEADERS,
    HEADER_X_EMULATOR_STATUS,
    HEADER_X_EMULATOR_TOKEN,
    HEADER_X_EMULATOR_LATENCY,
    HEADER_X_EMULATOR_STREAM_DELAY,
    HEADER_X_EMULATOR_NAMESPACE,
    HEADER_X_REQUEST_ID,
    HEADER_LAST_EVENT_ID,
    HEADER_COUNT
};

struct request {
    struct text verb;     /* "GET", as sent */
    struct text raw_path; /* still percent-encoded, without the query */
    /* As much of both as has no credentials; bytes == NULL: that is not known yet. */
    struct text shown_verb, shown_path;
    struct text raw_query;             /* without '?'; empty if there is none */
    struct text headers[HEADER_COUNT]; /* bytes == NULL: not sent */
    bool has_two_origins;              /* of which `headers` has the first */
    bool has_two_sites;                /* the same of Sec-Fetch-Site */
    bool has_two_namespaces;           /* and of X-Emulator-Namespace, unless both are the same */
    struct text body;
    bool is_body_too_large; /* it was over the bound and thrown away; `body` is empty */
    const char *malformed;  /* what is wrong with the request as HTTP; NULL: nothing. It is refused,
                               whatever else it says */

    int64_t started_ns;  /* monotonic: when it began to come; 0: that is not known */
    int64_t received_ns; /* the system's time at that moment; 0 as well */

    /* What reading the body has taken from a budget, until the exchange is over. */
    struct budget *decoded_budget;
    size_t decoded_bytes;
};

/* More than all headers of strict and a hint for each feature that no model has. */
enum { REPLY_HEADERS_MAX = 40 };

struct reply_header {
    const char *name; /* a literal */
    struct text value;
};

/* What a paced reply does after a call of its generator. */
struct reply_piece {
    bool is_last;
    bool is_broken; /* end the connection here without a proper end (a fault) */
    /* Nothing is to come (a fault): the gap is cut short, and the connection ended, when the server
     * begins to stop. */
    bool is_stalled;
    /* It is a stream of what happens: what `listen` begins can end the gap, and the stream ends
     * here, properly, when the server begins to stop. */
    bool is_waiting;
    int64_t gap_ns; /* monotonic time until the next call is due; 0: at once */
};

/* Appends the next piece to `out` (which comes in empty). Runs on the connection's thread. */
typedef struct reply_piece reply_generator(void *state, struct buf *out);

/* Of all JSON, whole or in a stream's array. */
#define CONTENT_TYPE_JSON "application/json; charset=UTF-8"

/* What a client may call a request: room for a UUID, a trace, a test's name. */
enum { REQUEST_ID_BYTES_MAX = 128 };

struct reply {
    int status;               /* HTTP */
    const char *content_type; /* a literal; NULL: no body type header */
    struct reply_header headers[REPLY_HEADERS_MAX];
    int header_count;
    struct buf body;           /* a whole reply */
    reply_generator *generate; /* a paced reply: called until is_last; NULL for a whole one */
    void *generate_state;      /* in the reply's own arena */
    /* Of generators that wait for something. The wait of a gap has begun: something may end it. */
    void (*listen)(void *state, struct wait *wait);
    /* Nothing more is asked of the generator; called once. NULL: there is no need to tell. */
    void (*end)(void *state);
    struct arena arena; /* what must outlive the request: what generators need */
    struct share share; /* of the app's budget, as much as body and arena hold */
    struct share stall; /* 1 of those that the app has, if the reply is stalled */
    int64_t delay_ns;   /* monotonic time to wait before the reply begins */
    bool is_reset;      /* close the connection without any answer (a fault) */
    char
        request_id[REQUEST_ID_BYTES_MAX]; /* for the log, which comes last of all, and the answer */
    size_t request_id_len;                /* 0: it has none */
};

struct record_stream;
struct space;

/* Where the journal has an exchange whose answer is not over; see call/record.h. */
struct record_note {
    struct journal_place place;
    struct space *space;
    struct record_stream *stream; /* NULL: the answer is none, or has not begun */
    struct journal_entry *told;   /* what was asked, if somebody wants to be told of it */
    bool is_open;
};

struct exchange {
    struct space *space; /* that it is about, with a reference; NULL: that is not known yet */
    struct arena arena;  /* of the request, and of the answer until it is made; the next two have
                            the rest */
    struct request request;
    struct reply reply;
    struct record_note note;
    void *state;      /* the door's, until the reply is complete */
    struct wait wait; /* of an exchange that the door cannot answer yet (door.h); its wake is set by
                         who knocks */
    int64_t watch_ns; /* monotonic time until the next look is due, if nothing happens before */
    int64_t ended_ns; /* the system's, when it was over; 0: it is not, or that is not known */
};

void exchange_init(struct exchange *exchange);
/* Gives back what reading the body has taken from its budget: the arena is about to be cleared. */
void exchange_give_back(struct exchange *exchange);
/* Gives back the reference to its space: nothing that was made of it looks there any more. */
void exchange_leave_space(struct exchange *exchange);
/* Frees all memory, and leaves the space; the exchange may be initialised again. */
void exchange_release(struct exchange *exchange);

/*
 * Begins and ends the body of a JSON answer and says its type. With a callback (JSONP,
 * contract 3.4) the answer is a script that calls it; an empty one is none.
 */
void reply_begin_json(struct reply *reply, struct text callback);
void reply_end_json(struct reply *reply, struct text callback);

/* Copies the headers' values into the reply's arena: they then outlive the request. */
void reply_keep_headers(struct reply *reply);

/* Tells a generator that wants to know that it is not asked any more. */
void reply_end(struct reply *reply);

/* Ends the generator, frees body and arena, gives the share back, and makes the reply a whole one
 * that is empty but for its headers. */
void reply_release(struct reply *reply);

/* Gives it its id, which is copied, for the log; the copy; and adds that as X-Request-Id. */
void reply_set_request_id(struct reply *reply, struct text id);
struct text reply_request_id(const struct reply *reply);
void reply_show_request_id(struct reply *reply);

/* Adds a response header; more than REPLY_HEADERS_MAX is a bug. The value is borrowed. */
void reply_add_header(struct reply *reply, const char *name, struct text value);

#endif
