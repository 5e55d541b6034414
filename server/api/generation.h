/*
 * One generation: a prompt, the model that it goes to, and the answer, before it becomes a whole
 * answer or a stream. Shared by the methods of generate.c.
 */
#ifndef SERVER_API_GENERATION_H
#define SERVER_API_GENERATION_H

#include "server/call/call.h"
#include "server/state/catalogue.h"
#include "server/sim/answers.h"
#include "server/space/answer_block.h"

/* What candidates and usage are made from. */
struct generated {
    struct text text; /* the answer after stop sequences and maxOutputTokens */
    int32_t text_token_count, prompt_token_count;
    enum Candidate_FinishReason finish_reason;
    int32_t candidate_count;
    const struct answer_block *block; /* NULL: the answer is not blocked */
};

struct generation {
    struct call *call;
    const struct message *config; /* GenerationConfig, or NULL */
    struct text subject;          /* "tunedModels/x" or "models/x", as errors name it */
    bool is_tuned;
    struct store_model model;      /* if is_tuned */
    const struct base_model *base; /* NULL: the base is not in the catalogue */

    struct prompt prompt; /* text of the last user content; of a tuned model only */
    struct answer answer; /* its text is in the arena */
    struct generated out;
};

/*
 * Checks a GenerateContentRequest (contract 4.4) and reads prompt and config. False if the call was
 * answered. `subject`, `is_tuned` and `base` must be set.
 */
bool generation_check(struct generation *generation);

/* Adds a line for every bound that the sampling of a GenerationConfig or a GenerateTextRequest does
 * not keep. */
void generation_check_sampling(struct field_lines *lines, const struct message *message);

/*
 * Answers the prompt: from the data set of a tuned model, or with the emulator's sentence for a
 * base model. Sets the answer header. False if the call was answered with an error.
 */
bool generation_run(struct generation *generation);

/* The answer cut at the first stop sequence and after `token_max` tokens (0: no limit). */
void generation_cut(struct generation *generation, const struct message *stops, unsigned stop_field,
    int32_t token_max);

/*
 * Adds to a GenerateContentResponse what a chunk (or the whole) has: `text` as the only part of
 * every candidate; finish reason and ratings if it is the last one.
 */
void generation_add_candidates(
    const struct generated *out, struct message *response, struct text text, bool is_last);

/* Adds what a blocked answer has instead of candidates with content, as its block says. */
void generation_add_blocked(const struct generated *out, struct message *response);

/* Adds usageMetadata; the answer's tokens are counted in the last chunk. */
void generation_add_usage(const struct generated *out, struct message *response, bool is_last);

/* Makes the reply a stream of chunks: server-sent events or a JSON array (contract 3.8). The stream
 * holds the answer's text and nothing of the request. */
enum call_state generation_stream(const struct generation *generation);

#endif
