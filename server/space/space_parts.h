/*
 * All of a space but its rows in the store, apart from it: what it began with, what is to come in
 * its place, or a copy that is kept.
 */
#ifndef SERVER_SPACE_SPACE_PARTS_H
#define SERVER_SPACE_SPACE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "server/space/dials.h"

struct faults;
struct stories;
struct stubs;

/* What a space begins with. */
struct space_settings {
    struct clock_setting clock;
    struct dials dials;
    size_t journal_max; /* entries of its journal; 0: it has none */
};

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

void space_parts_release(struct space_parts *parts);

/*
 * Copies parts. What of the scripts does not change is shared, uses that are not settled count for
 * none. False, with nothing to release, if the budget of scripts has no room. From any thread.
 */
bool space_parts_copy(const struct space_parts *parts, struct space_parts *ret_copy);

#endif
