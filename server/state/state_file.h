/*
 * What a space holds, as a state file: a seed (state/seed.h) that brings another one to the same,
 * with the trainings as far as they are. Callers and base models stay with the process. In lists of
 * all operations those that a seed gave come last then.
 */
#ifndef SERVER_STATE_STATE_FILE_H
#define SERVER_STATE_STATE_FILE_H

#include "base/budget.h"
#include "server/json/message.h"
#include "server/space/space.h"
#include "store/store.h"

struct catalogue;

/*
 * The SeedFile of a space at this time, in the arena, whose bytes the share counts. NULL if the
 * store failed, with why in `ret_result`, or, with STORE_OK, if the share has no room. Takes reads
 * of its own, between which others may write: what is made of one model is of one moment, the whole
 * need not be.
 */
struct message *state_file_encode(struct space *space, struct store *store,
    struct store_reader *reader, const struct catalogue *catalogue, int64_t now_ns,
    struct share *share, struct arena *arena, enum store_result *ret_result);

/* The same of one model alone, and of nothing that is not of it: a seed that brings it elsewhere.
 * STORE_NOT_FOUND: there is none. */
struct message *state_file_encode_model(struct space *space, struct store_reader *reader,
    const struct catalogue *catalogue, struct text id, int64_t now_ns, struct share *share,
    struct arena *arena, enum store_result *ret_result);

/* The same of one tuning job, by the id of its row. */
struct message *state_file_encode_tuning_job(struct space *space, struct store_reader *reader,
    struct text id, struct share *share, struct arena *arena, enum store_result *ret_result);

#endif
