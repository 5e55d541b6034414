/*
 * One reply of a stub, read from a Stub.Reply message. It is one of these:
 *
 * - text: what the model says; with finishReason: what it had said before it was stopped for that.
 * - finishReason: a candidate without content.
 * - blockReason: the prompt was blocked.
 * - response: the answer as it is, of the method's response type.
 * - error: with `status` or `preset`, `message` and `retryAfter` as of a fault (space/faults.h).
 *
 * Variables may stand in text, error.message and the strings of a response (space/stub_text.h).
 */
#ifndef SERVER_SPACE_STUB_REPLY_H
#define SERVER_SPACE_STUB_REPLY_H

#include <stdbool.h>

#include "base/arena.h"
#include "server/json/message.h"
#include "server/space/answer_block.h"
#include "server/space/fault_answer.h"

enum stub_reply_kind {
    STUB_REPLY_TEXT,  /* and block.finish_reason, unless that is 0 */
    STUB_REPLY_BLOCK, /* without content: one of the two reasons of `block` */
    STUB_REPLY_RESPONSE,
    STUB_REPLY_ERROR
};

struct stub_reply {
    enum stub_reply_kind kind;
    struct text text; /* of a text; the JSON of a response; the message of an error, or empty. All
                         with variables */
    struct answer_block block; /* the reasons; the rest is not set */
    struct fault_answer error; /* of FAULT_STATUS, without the message */
};

/* What depends on the stub that a reply is of. */
struct stub_terms {
    enum message_id response; /* the type of `response` */
    bool is_generating;       /* there may be a text or what blocks it */
    size_t group_count;       /* match_group_count of its match */
};

/*
 * Reads and checks a reply; `path` is where it stands ("replies[1]"). Texts are borrowed from the
 * message; the arena is for the time being. False if it is not valid; `ret_problem` (in the arena)
 * then says "path.field: reason", or what is wrong with the response, with its place.
 */
bool stub_reply_read(const struct message *message, struct text path,
    const struct stub_terms *terms, struct arena *arena, struct stub_reply *ret_reply,
    struct text *ret_problem);

#endif
