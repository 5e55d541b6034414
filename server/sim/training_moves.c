#include "server/sim/training_moves.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "base/timefmt.h"

/* A time (8), and two steps (4 each), little-endian. */
enum { MOVE_FROM_OFFSET = 8, MOVE_TO_OFFSET = 12, MOVE_BYTES = 16 };

bool training_moves_fit(struct text moves)
{
    return moves.len % MOVE_BYTES == 0 && moves.len / MOVE_BYTES <= TRAINING_MOVES_MAX;
}

size_t training_moves_count(struct text moves)
{
    return moves.len / MOVE_BYTES;
}

struct training_move training_moves_at(struct text moves, size_t index)
{
    assert(index < training_moves_count(moves));
    const char *bytes = moves.bytes + index * MOVE_BYTES;
    uint64_t at;
    uint32_t from, to;
    memcpy(&at, bytes, sizeof(at));
    memcpy(&from, bytes + MOVE_FROM_OFFSET, sizeof(from));
    memcpy(&to, bytes + MOVE_TO_OFFSET, sizeof(to));
    int64_t at_ns = (int64_t)le64toh(at);
    return (struct training_move){
        at_ns > TIME_MIN_NS ? at_ns : TIME_MIN_NS, (int32_t)le32toh(from), (int32_t)le32toh(to)};
}

size_t training_moves_until(struct text moves, int64_t now_ns)
{
    size_t done = 0, open = training_moves_count(moves);
    while (done < open) {
        size_t middle = done + (open - done) / 2;
        if (training_moves_at(moves, middle).at_ns <= now_ns)
            done = middle + 1;
        else
            open = middle;
    }
    return done;
}

struct text training_moves_add(
    struct text moves, size_t count, struct training_move move, struct arena *arena)
{
    assert(count <= training_moves_count(moves) && count < TRAINING_MOVES_MAX);
    size_t old_len = count * MOVE_BYTES;
    char *bytes = arena_alloc(arena, old_len + MOVE_BYTES);
    uint64_t at = htole64((uint64_t)move.at_ns);
    uint32_t from = htole32((uint32_t)move.from_step), to = htole32((uint32_t)move.to_step);
    if (old_len > 0)
        memcpy(bytes, moves.bytes, old_len);
    memcpy(bytes + old_len, &at, sizeof(at));
    memcpy(bytes + old_len + MOVE_FROM_OFFSET, &from, sizeof(from));
    memcpy(bytes + old_len + MOVE_TO_OFFSET, &to, sizeof(to));
    return (struct text){bytes, old_len + MOVE_BYTES};
}
