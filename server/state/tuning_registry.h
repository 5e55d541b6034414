/*
 * What a tuning job leaves behind, as clients of Vertex AI see it: the version of a model in the
 * registry, the endpoints to which its checkpoints are deployed, and the operations that deleted
 * these. All follow from the job's row; who asks has looked that they are there.
 */
#ifndef SERVER_STATE_TUNING_REGISTRY_H
#define SERVER_STATE_TUNING_REGISTRY_H

#include "server/json/message.h"
#include "store/store.h"

struct base_model;

/* The Model, in the arena. `is_newest`: no version of it is newer. */
struct message *tuning_registry_model(const struct store_model *job, const struct base_model *base,
    int64_t now_ns, bool is_newest, enum api_version version, struct arena *arena);

/* The Endpoint of a checkpoint, in the arena. */
struct message *tuning_registry_endpoint(const struct store_model *job,
    const struct base_model *base, int64_t now_ns, uint32_t checkpoint, enum api_version version,
    struct arena *arena);

/* The Operation that deleted a part of what the job made (tuning_removal.h), in the arena. NULL:
 * there is none, or it was deleted, too. `version` is that of the call, whose types an Any names.
 */
struct message *tuning_registry_operation(
    const struct store_model *job, uint32_t part, enum api_version version, struct arena *arena);

#endif
