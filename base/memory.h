/*
 * Allocation that cannot fail: when memory is out, the process says so on stderr and aborts.
 * All heap memory of the project that is not a library's own comes from here, so that a test can
 * make the Nth allocation fail.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

enum {
    /* Blocks from this size on are mapped by themselves and go back to the system as soon as they
     * are freed (see memory_set_up). An ordinary request meets none of the system calls that this
     * costs. */
    MEMORY_LARGE_BYTES = 4 * 1024 * 1024
};

/* Like malloc, calloc, realloc and strdup, but never NULL. Free the result with free(). */
void *memory_alloc(size_t size_bytes);
void *memory_alloc_zeroed(size_t count, size_t size_bytes);
void *memory_grow(void *old, size_t size_bytes);
char *memory_copy_text(const char *text);

/*
 * Has the C library return large blocks to the system as soon as they are freed. Left alone, it
 * learns from each to keep more. Where address space is limited (ulimit -v), it also has all
 * threads share one heap: each one's own would take 64 MiB of it. To be called once, at the start
 * of the process.
 */
void memory_set_up(void);

/* What the process may have of address space (ulimit -v); SIZE_MAX if that is not limited. */
size_t memory_limit_bytes(void);

/* Gives memory that was freed back to the system, where the C library would keep it for later.
 * Takes a millisecond or more, in which other threads may have to wait: not for the middle of a
 * load. */
void memory_give_back(void);

/* Writes "tunemock: out of memory" to stderr and aborts. */
_Noreturn void fatal_out_of_memory(void);

/*
 * For tests: the Nth allocation from now on fails (1 is the next one); 0 switches it off. Returns
 * the number of allocations made since the last call; none are counted while it is off, so that a
 * server pays one load each (ULONG_MAX counts and never fails). This state is the process's: an
 * exception to "no globals", since every allocation would have to be handed it.
 */
unsigned long memory_fail_at(unsigned long nth);

#endif
