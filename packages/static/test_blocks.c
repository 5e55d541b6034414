/* Has threads take, grow and free blocks from blocks.c, which is compiled under other names and
 * stands on the C library's malloc: each holds what its owner wrote, and no two are the same. */
#include <pthread.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    THREADS = 4,
    HELD = 6,
    ROUNDS = 4000,
    LARGE_BYTES = 132 * 1024,
    HUGE_BYTES = 2 * 1024 * 1024
};

void *own_malloc(size_t len);
void *own_calloc(size_t count, size_t len);
void *own_realloc(void *old, size_t len);
void own_free(void *memory);
int own_malloc_trim(size_t pad);

/* What blocks.c calls for all that it does not keep. */
void *below_malloc(size_t len)
{
    return malloc(len);
}

void *below_calloc(size_t count, size_t len)
{
    return calloc(count, len);
}

void *below_realloc(void *old, size_t len)
{
    return realloc(old, len);
}

void below_free(void *memory)
{
    free(memory);
}

struct held {
    unsigned char *bytes;
    size_t len;
    unsigned char mark;
};

static void fail(const char *what, size_t len)
{
    printf("%s, with %zu bytes\n", what, len);
    exit(1);
}

/* Every page, and both ends. */
static void held_mark(struct held *held, unsigned char mark)
{
    held->mark = mark;
    for (size_t i = 0; i < held->len; i += 509)
        held->bytes[i] = mark;
    held->bytes[held->len - 1] = mark;
}

static void held_check(const struct held *held, size_t len)
{
    for (size_t i = 0; i < len; i += 509)
        if (held->bytes[i] != held->mark)
            fail("a block has another's bytes", held->len);
}

static size_t random_len(unsigned *seed)
{
    switch (rand_r(seed) % 4) {
    case 0:
        return 1 + (size_t)rand_r(seed) % 1000;
    case 1:
        return HUGE_BYTES - 2000 + (size_t)rand_r(seed) % 4000;
    default:
        return LARGE_BYTES - 1000 + (size_t)rand_r(seed) % 600000;
    }
}

static void held_renew(struct held *held, unsigned *seed)
{
    size_t len = random_len(seed);
    held_check(held, held->len);
    if (rand_r(seed) % 2) {
        held->bytes = own_realloc(held->bytes, len);
        held_check(held, len < held->len ? len : held->len);
    } else {
        own_free(held->bytes);
        held->bytes = rand_r(seed) % 8 ? own_malloc(len) : own_calloc(1, len);
    }
    held->len = len;
    held_mark(held, (unsigned char)rand_r(seed));
}

static void *run(void *number)
{
    unsigned seed = (unsigned)(uintptr_t)number;
    struct held all[HELD] = {0};
    for (int round = 0; round < ROUNDS; round++) {
        held_renew(&all[rand_r(&seed) % HELD], &seed);
        if (round % 512 == 0)
            own_malloc_trim(0);
    }
    for (int i = 0; i < HELD; i++)
        own_free(all[i].bytes);
    return NULL;
}

static void check_alone(void)
{
    unsigned char *block = own_malloc(400000);
    memset(block, 7, 400000);
    own_free(block);
    if (own_malloc(400000) != block)
        fail("a block that was just freed is not taken again", 400000);
    if (own_realloc(block, 200000) != block || own_realloc(block, 399000) != block)
        fail("a block that has the room moves", 399000);
    own_free(block);
    unsigned char *zeroed = own_calloc(4, 100000);
    for (size_t i = 0; i < 400000; i++)
        if (zeroed[i])
            fail("calloc gives what was used", 400000);
    own_free(zeroed);
    own_malloc_trim(0);
    own_free(NULL);
}

int main(void)
{
    pthread_t threads[THREADS];
    check_alone();
    for (uintptr_t i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, run, (void *)(i + 1)))
            return 2;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    own_malloc_trim(0);
    return 0;
}
