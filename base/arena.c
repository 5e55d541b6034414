#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
    /* Enough for most requests; this is also what an idle arena holds. */
    ARENA_FIRST_BLOCK_BYTES = 8 * 1024,
    /* Like all capacities a multiple of ARENA_ALIGNMENT.
     * With the block's head below the 1032 bytes up to which glibc has free pieces at hand. */
    ARENA_BRIEF_BLOCK_BYTES = 960,
    /* Blocks double up to this, which stays below the size that malloc maps and unmaps each time.
     */
    ARENA_BLOCK_MAX_BYTES = 64 * 1024,
    /* An arena that holds so much goes on in blocks that malloc maps, and so gives back to the
     * system, whatever else lies in the heap by then. */
    ARENA_LARGE_BYTES = 1024 * 1024,
    ARENA_LARGE_BLOCK_BYTES = MEMORY_LARGE_BYTES,
    ARENA_ALIGNMENT = _Alignof(max_align_t)
};

struct arena_block {
    struct arena_block *next; /* the one before it in time */
    size_t capacity_bytes;
    size_t used_bytes;
    _Alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *arena)
{
    *arena = (struct arena){NULL, 0};
}

void arena_clear(struct arena *arena)
{
    struct arena_block *kept = NULL;
    struct arena_block *block = arena->blocks;
    while (block) {
        struct arena_block *next = block->next;
        /* Only the first block has this size; a bigger one is not worth holding while idle. */
        if (!next && block->capacity_bytes == ARENA_FIRST_BLOCK_BYTES) {
            block->used_bytes = 0;
            kept = block;
        } else {
            free(block);
        }
        block = next;
    }
    *arena = (struct arena){kept, 0};
}

struct arena_mark arena_mark(const struct arena *arena)
{
    const struct arena_block *block = arena->blocks;
    return (struct arena_mark){arena->blocks, block ? block->used_bytes : 0, arena->used_bytes};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    if (!mark.block) {
        arena_clear(arena);
        return;
    }
    while (arena->blocks != mark.block) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->next;
        free(block);
    }
    arena->blocks->used_bytes = mark.block_used_bytes;
    arena->used_bytes = mark.used_bytes;
}

void arena_release(struct arena *arena)
{
    arena_clear(arena);
    free(arena->blocks);
    arena_init(arena);
}

size_t arena_held_bytes(const struct arena *arena)
{
    size_t bytes = 0;
    for (const struct arena_block *block = arena->blocks; block; block = block->next)
        bytes += sizeof(*block) + (block->capacity_bytes >= ARENA_LARGE_BLOCK_BYTES
                                          ? block->used_bytes
                                          : block->capacity_bytes);
    return bytes;
}

static size_t arena_padded(size_t size_bytes)
{
    return (size_bytes + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
}

static void arena_push_block(struct arena *arena, size_t capacity)
{
    struct arena_block *block = memory_alloc(sizeof(*block) + capacity);
    block->next = arena->blocks;
    block->capacity_bytes = capacity;
    block->used_bytes = 0;
    arena->blocks = block;
}

void arena_init_brief(struct arena *arena)
{
    arena_init(arena);
    arena_push_block(arena, ARENA_BRIEF_BLOCK_BYTES);
}

/* Puts a block with at least `size_bytes` of room in front. */
static struct arena_block *arena_add_block(struct arena *arena, size_t size_bytes)
{
    if (size_bytes > PTRDIFF_MAX - sizeof(struct arena_block) - ARENA_ALIGNMENT)
        fatal_out_of_memory();
    size_t capacity = arena->blocks ? 2 * arena->blocks->capacity_bytes : 0;
    if (capacity < ARENA_FIRST_BLOCK_BYTES)
        capacity = ARENA_FIRST_BLOCK_BYTES;
    if (capacity > ARENA_BLOCK_MAX_BYTES)
        capacity = ARENA_BLOCK_MAX_BYTES;
    if (arena->used_bytes >= ARENA_LARGE_BYTES)
        capacity = ARENA_LARGE_BLOCK_BYTES;
    if (capacity < size_bytes)
        capacity = arena_padded(size_bytes);
    arena_push_block(arena, capacity);
    return arena->blocks;
}

/* Hands out aligned bytes that hold whatever was there before. */
static void *arena_take(struct arena *arena, size_t size_bytes)
{
    struct arena_block *block = arena->blocks;
    /* Both numbers are padded, so that there is room for the padding, too. */
    if (!block || size_bytes > block->capacity_bytes - block->used_bytes)
        block = arena_add_block(arena, size_bytes);
    size_t padded = arena_padded(size_bytes);
    void *memory = block->bytes + block->used_bytes;
    block->used_bytes += padded;
    arena->used_bytes += padded;
    return memory;
}

void *arena_alloc(struct arena *arena, size_t size_bytes)
{
    return memset(arena_take(arena, size_bytes), 0, size_bytes);
}

void *arena_array(struct arena *arena, size_t count, size_t size_bytes)
{
    size_t total_bytes;
    if (__builtin_mul_overflow(count, size_bytes, &total_bytes))
        fatal_out_of_memory();
    return arena_alloc(arena, total_bytes);
}

char *arena_copy(struct arena *arena, const void *bytes, size_t len)
{
    if (len == SIZE_MAX)
        fatal_out_of_memory();
    char *copy = arena_take(arena, len + 1);
    if (len > 0)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

struct text arena_text(struct arena *arena, struct text text)
{
    return (struct text){arena_copy(arena, text.bytes, text.len), text.len};
}

struct text arena_joined(struct arena *arena, struct text first, struct text second)
{
    if (first.len > SIZE_MAX / 2 || second.len > SIZE_MAX / 2 - 1)
        fatal_out_of_memory();
    size_t len = first.len + second.len;
    char *bytes = arena_take(arena, len + 1);
    if (first.len > 0)
        memcpy(bytes, first.bytes, first.len);
    if (second.len > 0)
        memcpy(bytes + first.len, second.bytes, second.len);
    bytes[len] = '\0';
    return (struct text){bytes, len};
}

struct text arena_shortened(struct arena *arena, struct text text, size_t len_max)
{
    if (text.len <= len_max)
        return text;
    size_t len = text_boundary(text, len_max);
    char *bytes = arena_take(arena, len + sizeof("..."));
    memcpy(bytes, text.bytes, len);
    memcpy(bytes + len, "...", sizeof("..."));
    return (struct text){bytes, len + sizeof("...") - 1};
}

struct text arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    /* The first try goes where the result will lie, so that it need not be printed twice. */
    struct arena_block *block = arena->blocks;
    size_t room = block ? block->capacity_bytes - block->used_bytes : 0;
    char *try = room ? block->bytes + block->used_bytes : NULL;
    int printed = vsnprintf(try, room, format, args);
    va_end(args);
    assert(printed >= 0);
    size_t len = (size_t)printed;
    char *bytes = arena_take(arena, len + 1);
    if (len >= room)
        vsnprintf(bytes, len + 1, format, again);
    va_end(again);
    return (struct text){bytes, len};
}
