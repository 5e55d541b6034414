/*
 * An arena: memory that is handed out piece by piece and given back all at once. Every request
 * has one; nothing allocated from it is freed singly, and nothing of it outlives the request.
 *
 * Allocation cannot fail: when the system has no memory, the process ends with a message
 * (fatal_out_of_memory). What a client can make an arena hold is bounded by the limits in
 * server/contract/limits.h.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/text.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first; NULL until the first allocation */
    size_t used_bytes;          /* handed out since the last clear, padding included */
};

/* Makes `arena` empty. Allocates nothing. */
void arena_init(struct arena *arena);

/* Makes `arena` empty, with a first block (about 1 KiB) that malloc has at hand: for one that is
 * released soon and mostly holds less. */
void arena_init_brief(struct arena *arena);

/* Forgets all that was handed out; keeps the first block (8 KiB) for the next request. */
void arena_clear(struct arena *arena);

/* A place in an arena's time. */
struct arena_mark {
    struct arena_block *block;
    size_t block_used_bytes;
    size_t used_bytes;
};

/* What is handed out from now on can be forgotten alone. */
struct arena_mark arena_mark(const struct arena *arena);

/* Forgets all that was handed out since the mark, which must be of this arena and younger than its
 * last clear. */
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* Frees everything; the arena may be used again as if after arena_init. */
void arena_release(struct arena *arena);

/* What its blocks take in memory, but for large ones what of them was used: pages that nobody has
 * touched take nothing. */
size_t arena_held_bytes(const struct arena *arena);

/* Returns `size_bytes` zeroed bytes, aligned for any type. `size_bytes` may be 0. */
void *arena_alloc(struct arena *arena, size_t size_bytes);

/* Returns `count` zeroed elements of `size_bytes`; ends the process if the product overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size_bytes);

/* Copies `len` bytes and adds a NUL that does not count. */
char *arena_copy(struct arena *arena, const void *bytes, size_t len);

/* Copies a text; the copy is followed by a NUL that does not count in its length. */
struct text arena_text(struct arena *arena, struct text text);

/* Both texts, one behind the other: as arena_printf would print them, at a tenth of the cost. */
struct text arena_joined(struct arena *arena, struct text first, struct text second);

/* The text itself if it has at most `len_max` bytes; else a copy of its first ones, which takes no
 * character apart, with "..." behind them. */
struct text arena_shortened(struct arena *arena, struct text text, size_t len_max);

/* printf into the arena. The result is NUL-terminated. */
struct text arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
