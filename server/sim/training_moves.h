/*
 * The moves of a training: when somebody put it from the step that it had come to, to another. They
 * are kept as bytes, as the store has them, and read where they lie: there are mostly none.
 */
#ifndef SERVER_SIM_TRAINING_MOVES_H
#define SERVER_SIM_TRAINING_MOVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

/* From at_ns on it goes on from to_step. Both steps are one where it stood still until then. */
struct training_move {
    int64_t at_ns;
    int32_t from_step, to_step;
};

/* 16 bytes each, and all are read with their model in every answer: more than a test makes at
 * different times. */
enum { TRAINING_MOVES_MAX = 1000 };

/* False if no moves have so many bytes. Whether they can have happened says
 * training_plan_is_sound; those who read others lose no more than the sense. */
bool training_moves_fit(struct text moves);

size_t training_moves_count(struct text moves);

/* The move with this index, from 0. Its time is at least TIME_MIN_NS, its steps may be anything. */
struct training_move training_moves_at(struct text moves, size_t index);

/* How many of the moves were made by now. */
size_t training_moves_until(struct text moves, int64_t now_ns);

/* The first `count` of these moves, and one more, in the arena. */
struct text training_moves_add(
    struct text moves, size_t count, struct training_move move, struct arena *arena);

#endif
