/*
 * The base models: which exist, which can be tuned, and how each learns. Read from
 * fixtures/base_models.json (embedded) and extended by seeds.
 *
 * A model is decoded when it is first asked for, by whichever thread does so: most runs
 * ask for one or two of them, and to decode all took a quarter of a start's instructions.
 */
#ifndef SERVER_STATE_CATALOGUE_H
#define SERVER_STATE_CATALOGUE_H

#include "base/arena.h"
#include "server/json/message.h"
#include "server/sim/step_times.h"

struct base_model {
    struct message *model; /* a Model */
    enum training_curve curve;
    bool is_retired;           /* the real service of spring 2025 had switched it off */
    bool is_later;             /* it is not one of those that strict has of spring 2025 */
    bool is_unlisted;          /* models.list never showed it */
    bool has_large_embeddings; /* of EMBED_DIMENSIONS_MAX */
    bool is_published;         /* Vertex AI has it, too */
    int adapter_max;           /* largest adapter that Vertex AI tunes it with; 0: it does not */
};

struct catalogue;

/* The embedded models. That they can be decoded a test shows. */
struct catalogue *catalogue_new(void);
/* With all that it gave. NULL is allowed. */
void catalogue_free(struct catalogue *catalogue);

/* A copy, to which some are to be added. What answers requests is never changed, but replaced
 * whole. */
struct catalogue *catalogue_copy(const struct catalogue *source);

/* Adds a Model, or replaces the one of the same name. Vertex AI has it, too, and tunes it. Copies
 * the message. */
void catalogue_add(struct catalogue *catalogue, struct message *model, enum training_curve curve);

/* By its full name, "models/gemini-1.5-flash-001-tuning"; NULL if there is none. */
const struct base_model *catalogue_find(const struct catalogue *catalogue, struct text name);

/* The same by a name of Vertex AI: "gemini-2.5-flash", or this behind "publishers/google/models/",
 * "google/" or "models/", whatever project stands before. */
const struct base_model *catalogue_find_published(
    const struct catalogue *catalogue, struct text name, struct arena *arena);

size_t catalogue_count(const struct catalogue *catalogue);
const struct base_model *catalogue_at(const struct catalogue *catalogue, size_t index);

/* True if the emulated service has the model: strict has those of spring 2025. */
bool base_model_is_there(const struct base_model *base_model, enum fidelity fidelity);
/* True if supportedGenerationMethods names the method, "createTunedModel". */
bool base_model_supports(const struct base_model *base_model, const char *method);
/* True if it can be tuned; the name of that method changed with the eras. */
bool base_model_is_tunable(const struct base_model *base_model);
/* "gemini-2.5-flash": its name without "models/". */
struct text base_model_id(const struct base_model *base_model);
/* The ids of the models that Vertex AI publishes and tunes, joined by ", ", in the arena. */
struct text catalogue_published_tunable_ids(const struct catalogue *catalogue, struct arena *arena);
/* The names of the listed models that can be tuned, joined by ", ", in the arena. */
struct text catalogue_tunable_names(
    const struct catalogue *catalogue, enum fidelity fidelity, struct arena *arena);

#endif
