/*
 * What a seed's problems are called: for people, who know the file and no requests, and without
 * secrets.
 */
#ifndef SERVER_STATE_SEED_WORDS_H
#define SERVER_STATE_SEED_WORDS_H

#include "server/json/decode.h"

/*
 * The problems of a seed without the credentials of its callers, which are shown to more people
 * than the file is: no excerpt of a file that may have some, no value or name that stands in one.
 * In the arena, or in that of the problems.
 */
struct text seed_words_of_decoding(
    const struct decode_problems *problems, struct text file, struct arena *arena);

/* The text of the error with which a create is refused, in the words of a seed; in the arena. */
struct text seed_words_of_create(struct text error, struct arena *arena);

#endif
