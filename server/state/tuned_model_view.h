/* A tuned model as the emulator itself sees it: how far its training is, and when it will end. */
#ifndef SERVER_STATE_TUNED_MODEL_VIEW_H
#define SERVER_STATE_TUNED_MODEL_VIEW_H

#include "server/json/message.h"
#include "store/store.h"

struct base_model;

/* The TunedModelView at this time, in the arena, without its tuned_model; `base` as in
 * tuned_model.h. */
struct message *tuned_model_view(const struct store_model *model, const struct base_model *base,
    int64_t now_ns, struct arena *arena);

#endif
