/* Of several things that are not as wanted, the few that were nearest to it, and how that is said:
 * requests that a test has asked for, stubs that a call was not for. */
#ifndef SERVER_SPACE_MATCH_NEAREST_H
#define SERVER_SPACE_MATCH_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"
#include "server/space/match.h"

/* So many are shown. */
enum { MATCH_NEAREST_MAX = 3 };

struct match_near {
    const void *what;
    struct match_distance distance;
    bool is_out_of_turn; /* what it is, is one thing, but when it comes is another */
};

struct match_nearest {
    struct match_near
        items[MATCH_NEAREST_MAX]; /* nearest first; of those as near, the first added */
    size_t count;
};

/* Adds it, unless there are enough that are nearer. To be out of its turn is one difference more,
 * and less of one than any field. */
void match_nearest_add(struct match_nearest *nearest, const struct match_near *near);

#endif
