/*
 * Calls that overtake each other, in an order that a test chooses. While the store's writer is
 * kept, calls pass their checks and queue their writes, and none sees what another does; then all
 * are written in the order in which they were sent, and answered.
 *
 *     race_start(&race, AUTH_OPEN);                    loopback and store as in loopback.h
 *     race_keep(&race);
 *     race_send(&race, NULL, "DELETE", "/v1beta/tunedModels/x", NULL);
 *     race_send(&race, NULL, "PATCH", "/v1beta/tunedModels/x", "{\"description\": \"d\"}");
 *     race_let_go(&race);
 *     assert_race(&race, 1, 404, "does not exist");
 *     race_stop(&race);
 */
#ifndef TESTS_LIB_RACE_H
#define TESTS_LIB_RACE_H

#include <semaphore.h>

#include "tests/lib/loopback.h"

enum { RACE_CALLS_MAX = 40 };

struct race {
    struct loopback loopback; /* for calls before, after, and (reads) while the writer is kept */
    struct store_write gate;
    sem_t is_kept, is_open;
    struct exchange exchanges[RACE_CALLS_MAX];
    int call_count; /* since the writer was kept */
};

void race_start(struct race *race, enum auth_mode auth);
void race_stop(struct race *race);

/* Keeps the writer before its next commit; the answers of the calls before are forgotten. */
void race_keep(struct race *race);

/* A call with this bearer token (NULL: none) that has to come as far as queueing its write. */
void race_send(
    struct race *race, const char *token, const char *verb, const char *target, const char *body);

/* Lets the writer go, and answers the calls in turn once all are written. */
void race_let_go(struct race *race);

/* assert_race(race, index, status, part): the answer of a call, by its place among those sent, and
 * what stands in its body (NULL: anything). */
#define assert_race(race, ...) race_assert(race, __VA_ARGS__, __FILE__, __LINE__)
void race_assert(
    const struct race *race, int index, int status, const char *part, const char *file, int line);

#endif
