#include "base/memory.h"

#include <malloc.h>
#include <stdint.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/output.h"
#include "base/timefmt.h"

enum {
    /* What each thread may keep of what it has freed last: the data set of 10,000 short examples,
     * which each answer from it reads anew. Pages that come back from the system cost three times
     * what reading does. */
    MEMORY_KEPT_BYTES = 2 * 1024 * 1024
};

/* How long the last words wait for a reader of stderr. */
#define MEMORY_LAST_WORDS_NS (100 * NS_PER_MS)

/* Which allocation is to fail, and how many were counted; both rest at 0 outside of tests. */
static atomic_ulong memory_fail_nth;
static atomic_ulong memory_count;

/* Counting is left to the armed state: a counter shared by all threads would slow each of them. */
static bool memory_must_fail(void)
{
    unsigned long nth = atomic_load_explicit(&memory_fail_nth, memory_order_relaxed);
    if (nth == 0)
        return false;
    return atomic_fetch_add(&memory_count, 1) + 1 == nth;
}

void *memory_alloc(size_t size_bytes)
{
    void *memory = memory_must_fail() ? NULL : malloc(size_bytes ? size_bytes : 1);
    if (!memory)
        fatal_out_of_memory();
    return memory;
}

void *memory_alloc_zeroed(size_t count, size_t size_bytes)
{
    bool is_empty = count == 0 || size_bytes == 0;
    void *memory = NULL;
    if (!memory_must_fail())
        memory = is_empty ? calloc(1, 1) : calloc(count, size_bytes);
    if (!memory)
        fatal_out_of_memory();
    return memory;
}

void *memory_grow(void *old, size_t size_bytes)
{
    void *memory = memory_must_fail() ? NULL : realloc(old, size_bytes ? size_bytes : 1);
    if (!memory)
        fatal_out_of_memory();
    return memory;
}

char *memory_copy_text(const char *text)
{
    size_t size_bytes = strlen(text) + 1;
    return memcpy(memory_alloc(size_bytes), text, size_bytes);
}

size_t memory_limit_bytes(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return SIZE_MAX;
    return (size_t)limit.rlim_cur;
}

void memory_set_up(void)
{
#ifdef __GLIBC__
    if (memory_limit_bytes() != SIZE_MAX)
        mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, MEMORY_LARGE_BYTES);
    mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT_BYTES);
#endif
}

/* glibc has it, and so has the static program (packages/static/blocks.c); other C libraries keep
 * nothing to speak of. */
int malloc_trim(size_t pad_bytes) __attribute__((weak));

void memory_give_back(void)
{
    if (malloc_trim)
        malloc_trim(0);
}

_Noreturn void fatal_out_of_memory(void)
{
    /* Nothing can be done if even this fails or nobody reads it; the abort still tells. */
    output_write_until(STDERR_FILENO, TEXT("tunemock: out of memory\n"),
        clock_monotonic_ns() + MEMORY_LAST_WORDS_NS);
    abort();
}

unsigned long memory_fail_at(unsigned long nth)
{
    atomic_store(&memory_fail_nth, 0);
    unsigned long count = atomic_exchange(&memory_count, 0);
    atomic_store(&memory_fail_nth, nth);
    return count;
}
