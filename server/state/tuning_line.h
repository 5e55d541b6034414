/*
 * A line of the data that Vertex AI's tuning is given, as an example: in the form of Gemini
 * (`contents`, with a system instruction beside them), in the older one (`messages`), or in that of
 * preference tuning (`contents`, and `completions` with scores).
 *
 * The input is the text of the user's last turn, the output that of the model's, or of the
 * completion with the highest score; what stands before is the context.
 */
#ifndef SERVER_STATE_TUNING_LINE_H
#define SERVER_STATE_TUNING_LINE_H

#include "server/json/decode.h"
#include "server/json/message.h"

struct tuning_line {
    struct text input, output;
    uint64_t context; /* prompt_context_add of what stands before the input */

    int64_t input_tokens;  /* of the system instruction and of all turns that are not the model's */
    int64_t output_tokens; /* of all the model's turns, or completions */
    size_t turn_count;
    const struct message *message; /* a TuningDataLine; messages are contents in it */

    struct text problem; /* what is wrong with it, with its place in the line; empty: nothing */
    bool is_busy;        /* there was no room to read it at this moment: no fault of the line */
};

/*
 * Reads a line of any bytes, without its end. `limits` as of decode_body; what is held of a budget
 * is given back before the return, since the arena is about to be cleared. All that the line has
 * lives in the arena.
 */
void tuning_line_read(struct text text, bool is_preference, const struct decode_limits *limits,
    struct arena *arena, struct tuning_line *ret_line);

#endif
