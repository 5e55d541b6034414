/*
 * One generation: a prompt, the model that it goes to, and the answer, before it becomes candidates
 * (candidates.h), as a whole or as a stream (answer_stream.h). What generateContent and
 * generateText share.
 */
#ifndef SERVER_API_GENERATION_H
#define SERVER_API_GENERATION_H

#include "server/api/candidates.h"
#include "server/call/call.h"
#include "server/sim/answers.h"
#include "server/state/catalogue.h"

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

/* Finds the tuned model of the path, and its base. False if the call was answered. */
bool generation_find_tuned(struct generation *generation);

/*
 * Checks what depends on the state of the tuned model, which comes after the checks of fields, and
 * that its base has the method: a tuned model has those that its base has. False if the call was
 * answered.
 */
bool generation_check_ready(struct generation *generation, const char *method);

/*
 * Answers the prompt: from the data set of a tuned model, or with the emulator's sentence for a
 * base model. Sets the answer header. False if the call was answered with an error.
 */
bool generation_run(struct generation *generation);

/* The answer cut at the first stop sequence and after `token_max` tokens (0: no limit). */
void generation_cut(struct generation *generation, const struct message *stops, unsigned stop_field,
    int32_t token_max);

#endif
