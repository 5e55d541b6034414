/*
 * New connections that have not sent enough to tell what they speak. They wait here, where they
 * cost a descriptor and a few bytes, instead of with a worker. All wait equally long, so the order
 * of arrival is the order of the deadlines.
 */
#ifndef SERVER_HTTP_PARKING_H
#define SERVER_HTTP_PARKING_H

#include <stdint.h>

#include "server/contract/limits.h"

enum { PARKING_NO_PLACE = -1 };

struct parking_place {
    int descriptor;
    int64_t deadline_ns;
    int newer; /* neighbours in the order of arrival; of an empty place `newer` is the next empty */
    int older;
};

struct parking {
    struct parking_place places[PARKING_PLACES_MAX];
    int count;         /* of parked connections */
    int touched_count; /* places from here on were never used, and their memory never touched */
    int empty;
    int oldest; /* PARKING_NO_PLACE: nobody is parked */
    int newest;
};

/* Zeroed memory is enough but for what this sets. */
void parking_init(struct parking *parking);

/* Takes a place; PARKING_PLACES_MAX are too many. */
int parking_add(struct parking *parking, int descriptor, int64_t deadline_ns);

/* Empties a place and returns the descriptor that was in it. */
int parking_remove(struct parking *parking, int place);

#endif
