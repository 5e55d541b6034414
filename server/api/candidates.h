/*
 * What the answer to a prompt has in the response of a service, whole or in chunks: candidates, or
 * what stands for those that are blocked, and usage. Each service words it in its own flavour.
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

    /* What Vertex AI alone says. */
    struct text model_version, response_id;
    int64_t create_ns;
    double avg_logprobs; /* 0: it is not said, as in streams */
};

/* What differs in the usual answers of a service. */
enum candidates_value {
    CANDIDATES_NOTHING, /* the answer ends */
    CANDIDATES_TEXT,
    CANDIDATES_PROMPT_TOKENS,
    CANDIDATES_ANSWER_TOKENS,
    CANDIDATES_ALL_TOKENS,
    CANDIDATES_AVG_LOGPROBS,
    CANDIDATES_MODEL_VERSION,
    CANDIDATES_CREATE_TIME,
    CANDIDATES_RESPONSE_ID
};

/* What is the same in all of them, and the value behind it. */
struct candidates_piece {
    struct text text;
    enum candidates_value value;
};

/* All pieces of a service together have no more bytes. */
enum { CANDIDATES_PIECES_BYTES_MAX = 1024 };

/* How a service writes its response. */
struct candidates_flavour {
    /* Adds what a chunk (or the whole) has: `text` as the only part of every candidate; finish
     * reason and what goes with it if it is the last one. */
    void (*add)(
        const struct generated *out, struct message *response, struct text text, bool is_last);
    /* Adds what a blocked answer has instead of candidates with content, as its block says. */
    void (*add_blocked)(const struct generated *out, struct message *response);
    /* Adds usageMetadata, and what follows it; the answer's tokens are counted in the last chunk.
     */
    void (*add_usage)(const struct generated *out, struct message *response, bool is_last);
    /*
     * The usual answer to generateContent, which needs no message: one candidate, a text that is
     * not blocked and ends by itself, in the default layout. The pieces of which it is made are,
     * byte for byte, what `add` and `add_usage` give.
     */
    const struct candidates_piece *usual;
};

/* That of the Gemini API. */
extern const struct candidates_flavour gemini_candidates;

bool candidates_are_usual(const struct generated *out, const struct json_style *style);
void candidates_write_usual(
    const struct candidates_flavour *flavour, const struct generated *out, struct buf *answer);

#endif
