/*
 * All of a space but its rows in the store, apart from it: what it began with, what is to come in
 * its place, or a copy that is kept.
 */
#ifndef SERVER_SPACE_SPACE_PARTS_H
#define SERVER_SPACE_SPACE_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "server/space/space.h"

/* Why a space is another one as a whole. */
enum space_change { SPACE_RESET, SPACE_IMPORTED, SPACE_RESTORED };

struct space_parts {
    enum space_change change; /* that they come with */
    struct space_settings settings;
    struct faults *faults; /* these are the parts' own */
    struct stories *stories;
    struct stubs *stubs;
    bool keeps_requests;        /* the journal is no part */
    uint64_t last_entry_number; /* but where its numbers go on */
    uint64_t last_request_id, last_control_id;
    uint64_t draw_count; /* of the dials */
};

/* Those that a space began with; space_parts_release frees them. */
struct space_parts space_parts_at_start(const struct space *space);
void space_parts_release(struct space_parts *parts);

/*
 * Copies those that a space has, whose clock goes on from this moment where they are put in place;
 * or copies parts. What of the scripts does not change is shared, uses that are not settled count
 * for none. False, with nothing to release, if the budget of scripts has no room. From any thread.
 */
bool space_parts_take(struct space *space, struct space_parts *ret_parts);
bool space_parts_copy(const struct space_parts *parts, struct space_parts *ret_copy);

/*
 * Puts all parts in place of those of a space, which the caller then has, and tells all who wait.
 * Whoever takes the epoch first and then looks at any of it knows by the epoch afterwards whether
 * all that he saw was of one. From any thread, but from one at a time.
 */
void space_parts_put(struct space *space, struct space_parts *parts);

#endif
