/*
 * The door without a socket, for unit tests: an emulator with an empty store in memory, seed 1,
 * steps of 300 ms and a clock that stands still until a test moves it, and a function that sends
 * it one request.
 *
 *     struct loopback loopback;
 *     loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
 *     loopback_send(&loopback, "GET", "/v1beta/tunedModels/x", NULL);
 *     assert_status(&loopback, 404);
 *     assert_json_path(&loopback, "error.status", "NOT_FOUND");
 *     loopback_stop(&loopback);
 */
#ifndef TESTS_LIB_LOOPBACK_H
#define TESTS_LIB_LOOPBACK_H

#include "server/door.h"
#include "tests/lib/unit.h"

/* When the clock of a new loopback stands: 2024-07-20T18:23:29Z. */
#define LOOPBACK_TIME "2024-07-20T18:23:29Z"

/* Readers of the store, for tests that send from several threads. */
enum { LOOPBACK_WORKERS = 2 };

struct loopback {
    struct app app;
    const char *headers[HEADER_COUNT]; /* of the next request; NULL: not sent */

    /* The last answer, until the next request. */
    struct exchange exchange;
    struct buf body;    /* of a paced reply: all its pieces */
    int piece_count;    /* of a paced reply */
    int64_t paced_ns;   /* the gaps between them */
    bool is_broken;     /* it ended without a proper end */
    bool is_stalled;    /* the last piece said that nothing is to come */
    bool is_reset;      /* there was none: the connection is closed */
    int status;         /* HTTP */
    struct text answer; /* the body */
    const char *content_type;
};

void loopback_start(struct loopback *loopback, enum fidelity fidelity, enum auth_mode auth);
/* The same on a database file. False, with nothing to stop, if that is refused. */
bool loopback_start_file(struct loopback *loopback, const char *path);
void loopback_stop(struct loopback *loopback);

/* The space that its requests are about. */
struct space *loopback_space(struct loopback *loopback);

/* Moves the clock forward. */
void loopback_advance(struct loopback *loopback, int64_t duration_ns);

/* A header of the next request only. The value is borrowed until it is sent. */
void loopback_set_header(struct loopback *loopback, enum request_header header, const char *value);

/*
 * Sends a request and keeps the answer. `target` is the path, still encoded, with its query; `body`
 * NULL is none. Host is localhost unless a header says otherwise (a Host of "" is not sent).
 */
void loopback_send(
    struct loopback *loopback, const char *verb, const char *target, const char *body);
/* The same in a namespace; NULL: the header is not sent. */
void loopback_send_in(struct loopback *loopback, const char *name, const char *verb,
    const char *target, const char *body);
/* The same for a body of any bytes. */
void loopback_send_bytes(
    struct loopback *loopback, const char *verb, const char *target, struct text body);

/* Makes a request in an exchange that was initialised, for tests that use door_handle themselves.
 * The strings are borrowed. */
void loopback_fill_request(
    struct request *request, const char *verb, const char *target, struct text body);

/* Both halves of a request, door_handle and door_finish, waiting in between. */
void loopback_handle(struct app *app, int worker, struct exchange *exchange);

/* A header of the last answer, its name in any case; bytes == NULL if it has none. */
struct text loopback_header(const struct loopback *loopback, const char *name);

/*
 * What stands at a path of the last answer's JSON, as new text for the caller to free: strings as
 * they are, everything else as compact JSON; NULL if there is nothing. A path is names and indices
 * joined by dots: "error.details.0.@type"; of a name with dots, such as a URL's, nothing is found.
 */
char *loopback_json(const struct loopback *loopback, const char *path);

/* Assertions about the last answer; each prints the whole body if it fails. */
#define assert_status(loopback, expected)                                                          \
    loopback_assert_status(loopback, expected, __FILE__, __LINE__)
#define assert_body(loopback, expected) loopback_assert_body(loopback, expected, __FILE__, __LINE__)
/* `expected` NULL: there is nothing at the path. */
#define assert_json_path(loopback, path, expected)                                                 \
    loopback_assert_json_path(loopback, path, expected, __FILE__, __LINE__)
/* `expected` NULL: there is no such header. */
#define assert_header(loopback, name, expected)                                                    \
    loopback_assert_header(loopback, name, expected, __FILE__, __LINE__)

void loopback_assert_status(
    const struct loopback *loopback, int expected, const char *file, int line);
void loopback_assert_body(
    const struct loopback *loopback, const char *expected, const char *file, int line);
void loopback_assert_json_path(const struct loopback *loopback, const char *path,
    const char *expected, const char *file, int line);
void loopback_assert_header(const struct loopback *loopback, const char *name, const char *expected,
    const char *file, int line);

#endif
