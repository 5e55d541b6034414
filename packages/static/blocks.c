/* Keeps the large blocks that were freed last for those who ask next. musl has each block over
 * 128 KB mapped by the system and unmapped when it is freed: a buffer that grows to a long answer
 * then costs a quarter more than the answer, for pages that come back as zeros.
 *
 * Only build-static links this in, before musl's own malloc, which does the rest. A block lies in
 * one slot or belongs to whoever took it out in one atomic step, so that no lock is needed. */
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* Just over what musl has mapped by itself. */
    BLOCK_BYTES_MIN = 132 * 1024,
    /* Larger ones go back to the system at once, as glibc is told in base/memory.c. */
    BLOCK_BYTES_MAX = 2 * 1024 * 1024,
    /* Two for each of the four workers that there are by default: what is being written, and what
     * it grows into. So at most 16 MiB are held. */
    BLOCKS_MAX = 8,
    /* A block may be so many times what is asked for: the next answer grows in place, and whoever
     * holds a small one does not hold a large one instead. */
    BLOCK_TIMES_MAX = 4
};

/* musl's own, by the names under which its library has them for itself. */
void *__libc_malloc(size_t len);
void *__libc_calloc(size_t count, size_t len);
void *__libc_realloc(void *old, size_t len);
void __libc_free(void *memory);

static _Atomic(void *) blocks[BLOCKS_MAX];

static bool block_is_worth_keeping(size_t len)
{
    return len >= BLOCK_BYTES_MIN && len <= BLOCK_BYTES_MAX;
}

static void block_keep(void *block)
{
    for (int i = 0; i < BLOCKS_MAX; i++) {
        void *none = NULL;
        if (atomic_compare_exchange_strong(&blocks[i], &none, block))
            return;
    }
    __libc_free(block);
}

/* A block that has room for so much, with whatever was in it; NULL if none does. */
static void *block_take(size_t len)
{
    for (int i = 0; i < BLOCKS_MAX; i++) {
        if (!atomic_load_explicit(&blocks[i], memory_order_relaxed))
            continue;
        void *block = atomic_exchange(&blocks[i], NULL);
        if (!block)
            continue;
        size_t room = malloc_usable_size(block);
        if (room >= len && room / BLOCK_TIMES_MAX <= len)
            return block;
        block_keep(block);
    }
    return NULL;
}

void *malloc(size_t len)
{
    void *block = block_is_worth_keeping(len) ? block_take(len) : NULL;
    return block ? block : __libc_malloc(len);
}

/* What the system has just mapped is zero already. */
void *calloc(size_t count, size_t len)
{
    return __libc_calloc(count, len);
}

void free(void *memory)
{
    if (memory && block_is_worth_keeping(malloc_usable_size(memory)))
        block_keep(memory);
    else
        __libc_free(memory);
}

void *realloc(void *old, size_t len)
{
    if (!old)
        return malloc(len);
    if (!block_is_worth_keeping(len))
        return __libc_realloc(old, len);
    size_t room = malloc_usable_size(old);
    if (room >= len && room / BLOCK_TIMES_MAX <= len)
        return old;
    void *block = block_take(len);
    if (!block)
        return __libc_realloc(old, len);
    memcpy(block, old, room < len ? room : len);
    free(old);
    return block;
}

/* As glibc's: gives back all that is kept. */
int malloc_trim(size_t pad);

int malloc_trim(size_t pad)
{
    (void)pad;
    for (int i = 0; i < BLOCKS_MAX; i++)
        __libc_free(atomic_exchange(&blocks[i], NULL));
    return 1;
}
