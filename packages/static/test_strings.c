/* Compares the functions of strings.c, which are compiled under other names, with the C library's
 * own, also where the bytes begin behind or end before a page that may not be touched. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE_BYTES = 65536, ROOM_BYTES = 9000, ROUNDS = 60000 };

void *own_memchr(const void *bytes, int wanted, size_t len);
size_t own_strlen(const char *text);
char *own_strchrnul(const char *text, int wanted);
int own_memcmp(const void *left, const void *right, size_t len);
void *own_memmove(void *to, const void *from, size_t len);
void *own_memcpy(void *restrict to, const void *restrict from, size_t len);
void *own_memset(void *bytes, int byte, size_t len);

static void must(int is_right, const char *what, int round, size_t len)
{
    if (is_right)
        return;
    printf("%s is wrong in round %d, with %zu bytes\n", what, round, len);
    exit(1);
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static unsigned char theirs[ROOM_BYTES], ours[ROOM_BYTES], other[ROOM_BYTES];

/* Of the other processors musl's own are taken. */
#if defined(__x86_64__)
static void check_copies(int round, size_t len)
{
    size_t from = (size_t)rand() % 40, to = (size_t)rand() % 40;
    for (size_t i = 0; i < ROOM_BYTES; i++)
        theirs[i] = ours[i] = (unsigned char)(i * 7 + (size_t)round);
    memmove(theirs + to, theirs + from, len);
    must(own_memmove(ours + to, ours + from, len) == ours + to, "memmove's result", round, len);
    must(memcmp(theirs, ours, ROOM_BYTES) == 0, "memmove", round, len);
    memcpy(other, theirs, ROOM_BYTES);
    memcpy(theirs + to, other + from, len);
    own_memcpy(ours + to, other + from, len);
    must(memcmp(theirs, ours, ROOM_BYTES) == 0, "memcpy", round, len);
    memset(theirs + to, round, len);
    own_memset(ours + to, round, len);
    must(memcmp(theirs, ours, ROOM_BYTES) == 0, "memset", round, len);
}
#endif

static void check_searches(unsigned char *bytes, int round, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (unsigned char)(rand() % 100 < 97 ? 1 + i % 200 : rand() % 4);
    for (int wanted = 0; wanted < 4; wanted++)
        must(own_memchr(bytes, wanted, len) == memchr(bytes, wanted, len), "memchr", round, len);
    memcpy(other, bytes, len);
    if (len > 0 && round % 3)
        other[(size_t)rand() % len] ^= (unsigned char)(1 + round % 250);
    must(sign(own_memcmp(bytes, other, len)) == sign(memcmp(bytes, other, len)), "memcmp", round,
        len);
    if (len == 0)
        return;
    bytes[len - 1] = 0;
    const char *text = (const char *)bytes;
    must(own_strlen(text) == strlen(text), "strlen", round, len);
    for (int wanted = 0; wanted < 4; wanted++)
        must(own_strchrnul(text, wanted) == strchrnul(text, wanted), "strchrnul", round, len);
}

int main(void)
{
    unsigned char *pages =
        mmap(NULL, 3 * PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char *start = pages + PAGE_BYTES, *end = start + PAGE_BYTES;
    if (pages == MAP_FAILED || mprotect(start, PAGE_BYTES, PROT_READ | PROT_WRITE) != 0)
        return 2;
    for (int round = 0; round < ROUNDS; round++) {
        size_t len = (size_t)rand() % (round % 16 ? 150 : 4500);
#if defined(__x86_64__)
        check_copies(round, len);
#endif
        check_searches(round % 2 ? end - len : start + (size_t)rand() % 20, round, len);
    }
    return 0;
}
