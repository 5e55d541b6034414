/*
 * Plays the steps of a case of tests/http/cases/ against a loopback. A step is
 *
 *   advance        moves the clock first, "3s"; such cases are run here only
 *   method, path   of the request; a step without method only moves the clock
 *   headers        of the request, an object
 *   body           its text, or JSON; or bodyFile, a path
 *   status         HTTP
 *   expect         the body: its whole text, or JSON of which every member must be there and equal:
 *                  lists have the same length, null means that there is no such member, and "*"
 *                  that there is one; or expectFile, a path
 *   contains       texts that the body has, in this order
 *   expectHeaders  an object of values, or lists of values, or null
 *   error          names of errors.def, whose texts must be in the body and whose HTTP code must be
 *                  the status
 *   save           {"variable": "path.of.0.member"} of the answer: {variable} stands for it in
 * later steps; saved ones and {x*3} for xxx may stand in any text
 */
#ifndef TESTS_LIB_PLAYER_H
#define TESTS_LIB_PLAYER_H

#include <cjson/cJSON.h>

#include "server/contract/error.h"
#include "server/contract/method.h"
#include "tests/lib/loopback.h"

enum { PLAYER_VARIABLES_MAX = 32, PLAYER_FILE_BYTES_MAX = 1 << 20 };

/* What all players together have reached. */
struct player_reach {
    bool is_called[FIDELITY_STRICT + 1][VERSION_COUNT][METHOD_COUNT];
    bool is_seen[ERROR_COUNT];
};

struct player_variable {
    char *name, *value;
};

/* A request as it was sent; its answer may borrow from it. */
struct player_sent {
    char *target, *body, *headers[HEADER_COUNT];
};

struct player {
    struct player_reach *reach;
    enum fidelity fidelity;
    struct player_sent sent;
    struct loopback loopback;
    struct player_variable variables[PLAYER_VARIABLES_MAX];
    size_t variable_count;
    int step; /* from 1 */
};

/* Starts an emulator; {version} in texts stands for `version`. */
void player_start(struct player *player, struct player_reach *reach, enum fidelity fidelity,
    enum auth_mode auth, const char *version);
void player_stop(struct player *player);

/* Plays one step; the test fails with the step and the answer if anything is not as expected. */
void player_play_step(struct player *player, const cJSON *step);

/* The member of an object, or NULL; and its string, or NULL. */
const cJSON *player_member(const cJSON *object, const char *name);
const char *player_string_member(const cJSON *object, const char *name);

/* A file of at most PLAYER_FILE_BYTES_MAX bytes as new text. */
char *player_read_file(const char *path);

#endif
