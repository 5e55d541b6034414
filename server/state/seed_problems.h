/* What is wrong with a seed, as it is found: texts for people, each with its place. */
#ifndef SERVER_STATE_SEED_PROBLEMS_H
#define SERVER_STATE_SEED_PROBLEMS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

struct seed_problems {
    struct arena *arena; /* the caller's, as are the next two */
    const char *path;    /* of the file, named before each; NULL: it has none */
    size_t max;          /* how many are wanted; what is found after them is not kept */
    size_t count;
    struct text text; /* "path: place[index]: reason", a line each */
};

/* Whether there is no more to look for. */
bool seed_problems_are_enough(const struct seed_problems *problems);

/* Each adds one and gives false: of an item of a list, or of the whole file. */
bool seed_problems_add(
    struct seed_problems *problems, const char *place, size_t index, struct text reason);
bool seed_problems_add_whole(struct seed_problems *problems, const char *reason);

/* The same for what is said of a part of the item, "path: reason": the path goes on from there. */
bool seed_problems_add_part(
    struct seed_problems *problems, const char *place, size_t index, struct text problem);

/* The same for what a check found; true if it found nothing. */
bool seed_problems_pass(
    struct seed_problems *problems, const char *place, size_t index, const char *reason);

#endif
