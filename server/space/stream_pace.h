/*
 * When the chunks of a stream come. A struct of zeroes is no delay at all.
 */
#ifndef SERVER_SPACE_STREAM_PACE_H
#define SERVER_SPACE_STREAM_PACE_H

#include "server/space/delay.h"

/* Plain data: copied and compared freely. */
struct stream_pace {
    struct delay first_token;    /* before the first chunk */
    struct delay between_tokens; /* before each of the others */
    bool has_parts;              /* it is written as two delays, even if the first is none */
};

/*
 * Reads a Pace message: either the fields of a Delay, which is the one between chunks, or
 * firstToken and betweenTokens, of which one may be missing and is no delay; NULL is no delay.
 * False if it is not valid; `ret_problem` (in the arena) then says "path: reason" or
 * "path.field: reason".
 */
bool stream_pace_read(const struct message *message, struct text path, struct arena *arena,
    struct stream_pace *ret_pace, struct text *ret_problem);

/* The same from the text of an option or header: what delay_parse takes, or the JSON of a Pace
 * ({"firstToken":"300ms","betweenTokens":"40ms"}). The problem has no path. */
bool stream_pace_parse(
    struct text text, struct arena *arena, struct stream_pace *ret_pace, struct text *ret_problem);

/* True if nothing of it is drawn. */
bool stream_pace_is_fixed(const struct stream_pace *pace);

/* Sets an empty Pace message to what stream_pace_read reads back, in the form that was read. */
void stream_pace_write(const struct stream_pace *pace, struct message *message);

#endif
