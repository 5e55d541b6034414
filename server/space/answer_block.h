/* An answer of a model that is blocked: what a script may say of a call that generates. */
#ifndef SERVER_SPACE_ANSWER_BLOCK_H
#define SERVER_SPACE_ANSWER_BLOCK_H

#include "base/text.h"
#include "server/contract/message.h"

/* One of the two reasons is set. */
struct answer_block {
    enum Candidate_FinishReason finish_reason; /* of candidates without content */
    enum GenerateContentResponse_PromptFeedback_BlockReason block_reason; /* of the prompt */
    int32_t after_chunks; /* of a stream that come before it */
    struct text answer;   /* X-Emulator-Answer: who says so */
};

/* Set a reason by its name, "SAFETY", unless that is empty. NULL, or "field: reason" of a name that
 * there is not. */
const char *answer_block_read_finish_reason(struct text name, struct answer_block *block);
const char *answer_block_read_block_reason(struct text name, struct answer_block *block);

#endif
