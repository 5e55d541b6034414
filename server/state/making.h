/*
 * How a space that is new comes to what its seeds say: on the writer's thread and in memory of its
 * own, whoever asked for it. Calls wait meanwhile, without a thread (space_set_ready).
 */
#ifndef SERVER_STATE_MAKING_H
#define SERVER_STATE_MAKING_H

#include "server/state/change.h"

/* Begins it; `source` needs no arena, and has a space that is begun and not ready. */
void making_start(const struct change_source *source, struct store *store);

#endif
