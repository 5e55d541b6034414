/* Gives a call the canned answer that is set for it (space/stubs.h). */
#ifndef SERVER_CALL_STUB_CALL_H
#define SERVER_CALL_STUB_CALL_H

#include "server/call/call.h"
#include "server/sim/prompt.h"
#include "server/space/answer_block.h"

/* True if a stub may answer the call, or it matters that none does: unless a fault has it blocked.
 */
bool stub_call_is_possible(const struct call *call);

enum stub_call_result {
    STUB_CALL_NONE,     /* no stub is for the call */
    STUB_CALL_ANSWERED, /* the call was answered */
    STUB_CALL_SAYS      /* the handler is to make an answer of what the stub says */
};

/* What a stub says in the place of a model; all of it is in the call's arena. */
struct stub_said {
    struct text name;              /* "stub:1", for X-Emulator-Answer */
    const struct message *message; /* the answer, or a stream's only chunk; NULL: it is a text */
    struct text text;
    const struct answer_block *block; /* what the text ends with in a stream, and what stands for
                                         it if there is none; NULL: it ends as any text does */
    enum Candidate_FinishReason finish_reason; /* of a text that is given as it is, whatever would
                                                  cut it; 0: what cuts an answer may cut it */
};

/*
 * After the request was checked, and before it matters whether there is its model: finds the stub
 * for a call that generates, whose prompt the user's last content is, and counts it. Errors are
 * answered here. The delay of the stub is the reply's, and its pace the call's.
 */
enum stub_call_result stub_call_take(struct call *call, struct stub_said *ret_said);

/* The same for other methods, which answer with a message or an error. True if the call was
 * answered. */
bool stub_call_answer(struct call *call);

#endif
