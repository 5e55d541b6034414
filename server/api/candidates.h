/*
 * What the answer to a prompt has in a GenerateContentResponse, whole or in chunks: candidates, or
 * what stands for those that are blocked, and usage.
 */
#ifndef SERVER_API_CANDIDATES_H
#define SERVER_API_CANDIDATES_H

#include "server/json/message.h"
#include "server/json/write.h"
#include "server/space/answer_block.h"

/* What they are made from. */
struct generated {
    struct text text; /* the answer after stop sequences and maxOutputTokens */
    int32_t text_token_count, prompt_token_count;
    enum Candidate_FinishReason finish_reason;
    int32_t candidate_count;
    const struct answer_block *block; /* NULL: the answer is not blocked */
};

/*
 * Adds what a chunk (or the whole) has: `text` as the only part of every candidate; finish reason
 * and ratings if it is the last one.
 */
void candidates_add(
    const struct generated *out, struct message *response, struct text text, bool is_last);

/* Adds what a blocked answer has instead of candidates with content, as its block says. */
void candidates_add_blocked(const struct generated *out, struct message *response);

/*
 * The usual answer to generateContent needs no message: one candidate, a text that is not blocked
 * and ends by itself, in the default layout. Written by its template it is, byte for byte, what
 * candidates_add and candidates_add_usage would give.
 */
bool candidates_are_usual(const struct generated *out, const struct json_style *style);
void candidates_write_usual(const struct generated *out, struct buf *answer);

/* Adds usageMetadata; the answer's tokens are counted in the last chunk. */
void candidates_add_usage(const struct generated *out, struct message *response, bool is_last);

#endif
