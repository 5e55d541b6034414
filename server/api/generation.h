/*
 * One generation: a prompt, the model that it goes to, and the answer, before it becomes candidates
 * (candidates.h), as a whole or as a stream (answer_stream.h). What generateContent and
 * generateText share. Models of all kinds take the same steps; what a step is for each kind its
 * struct generation_kind says (generation_kinds.h).
 */
#ifndef SERVER_API_GENERATION_H
#define SERVER_API_GENERATION_H

#include "server/api/candidates.h"
#include "server/call/call.h"
#include "server/sim/answers.h"
#include "server/state/catalogue.h"

struct generation;

/* What kinds of models differ in. Functions give false if the call was answered. */
struct generation_kind {
    const struct candidates_flavour *flavour;
    bool is_of_examples;  /* it answers from a data set, and looks for the prompt there */
    bool is_text_only;    /* it takes texts alone, short ones, and few of the features */
    bool is_of_vertex_ai; /* its words are those of Vertex AI, and it reads gs:// */
    /*
     * Finds the model of the path: sets subject, base, and what `answer` needs. A stub answers
     * whether or not there is such a model, so if is_model_open, the last check is left to
     * check_model.
     */
    bool (*find)(struct generation *generation);
    bool (*check_model)(struct generation *generation);
    /* Checks what depends on the state of the model, and that it has the method; NULL: nothing. */
    bool (*check_state)(struct generation *generation, const char *method);
    /* Sets `answer`. */
    bool (*answer)(struct generation *generation);
    /* Sets what of `out` only this kind has; NULL: nothing. */
    void (*describe)(struct generation *generation);
};

struct generation {
    struct call *call;
    const struct generation_kind *kind;
    const struct message *config;  /* GenerationConfig, or NULL */
    struct text subject;           /* "tunedModels/x" or "models/x", as errors name it */
    bool is_model_open;            /* whether there is such a model is checked last */
    enum store_result found;       /* of a model that is a row; what was read of it */
    struct store_model model;      /* if it was found */
    const struct base_model *base; /* NULL: it is not in the catalogue, or not looked for yet */

    struct prompt prompt; /* text of the last user content; of a tuned model only */
    struct answer answer; /* its text is in the arena */
    struct text stub;     /* X-Emulator-Answer of the stub that gave the answer; empty: none did */
    bool is_whole;        /* the stub gave a text and said how it ends, so nothing cuts it */
    const struct message *response; /* the stub gave the whole answer, or the only chunk; NULL: it
                                       is made of `out` */
    struct generated out;
};

/* The first step: finds the model of the path. False if the call was answered. */
bool generation_find(struct generation *generation);

/* After the request was checked: has a stub answer the prompt, if one does. False if the call was
 * answered, by a stub, too. */
bool generation_ask_stub(struct generation *generation);

/*
 * Checks what depends on the state of the model, which comes after the checks of fields, and that
 * the model has the method: a tuned model has those that its base has. What a stub has answered
 * needs no model. False if the call was answered.
 */
bool generation_check_ready(struct generation *generation, const char *method);

/*
 * Answers the prompt, unless a stub did: from the data set of a tuned model, or with the emulator's
 * sentence for a base model. Sets the answer header. False if the call was answered with an error.
 */
bool generation_run(struct generation *generation);

/* The answer cut at the first stop sequence and after `token_max` tokens (0: no limit). */
void generation_cut(struct generation *generation, const struct message *stops, unsigned stop_field,
    int32_t token_max);

#endif
