/* The functions of <string.h> that a request calls most, sixteen bytes at a time: musl's go byte by
 * byte or by instructions that start slowly, and cost a list of models half as much again as
 * glibc's. Only build-static links them in, before musl's own. They do what the C standard says.
 *
 * Searches read whole aligned blocks, which may begin before the text and end behind it, but never
 * leave the page that a byte of the text is in. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { BLOCK_BYTES = 16 };

/* At any address, and of whatever type the bytes are. */
typedef uint8_t block __attribute__((vector_size(BLOCK_BYTES), aligned(1), may_alias));
typedef uint64_t eight __attribute__((aligned(1), may_alias));
typedef uint32_t four __attribute__((aligned(1), may_alias));
typedef uint16_t two __attribute__((aligned(1), may_alias));

/* BLOCK_MASK_BITS bits a byte of the block, the first byte's lowest, set where it is not 0. */
#if defined(__SSE2__)
#include <emmintrin.h>

enum { BLOCK_MASK_BITS = 1 };
#define BLOCK_MASK_ALL 0xffffu

static inline uint64_t block_mask(block equal)
{
    return (uint32_t)_mm_movemask_epi8((__m128i)equal);
}
#elif defined(__ARM_NEON)
#include <arm_neon.h>

enum { BLOCK_MASK_BITS = 4 };
#define BLOCK_MASK_ALL UINT64_MAX

static inline uint64_t block_mask(block equal)
{
    uint8x8_t halves = vshrn_n_u16(vreinterpretq_u16_u8((uint8x16_t)equal), 4);
    return vget_lane_u64(vreinterpret_u64_u8(halves), 0);
}
#endif

static inline block block_at(const void *bytes)
{
    return *(const block *)bytes;
}

static inline block block_of(int byte)
{
    return (block){0} + (uint8_t)byte;
}

/* Which of its bytes is the first that the mask, which is not 0, names. */
static inline size_t block_first(uint64_t mask)
{
    return (size_t)__builtin_ctzll(mask) / BLOCK_MASK_BITS;
}

static inline const uint8_t *block_holding(const void *bytes)
{
    return (const uint8_t *)((uintptr_t)bytes & ~(uintptr_t)(BLOCK_BYTES - 1));
}

/* How many bits of the mask of block_holding(bytes) are of bytes before them. */
static inline unsigned block_before(const void *bytes)
{
    return (unsigned)((uintptr_t)bytes & (BLOCK_BYTES - 1)) * BLOCK_MASK_BITS;
}

void *memchr(const void *bytes, int wanted, size_t len)
{
    if (len == 0)
        return NULL;
    const uint8_t *start = bytes;
    const uint8_t *at = block_holding(bytes);
    uint64_t mask = block_mask((block)(block_at(at) == block_of(wanted)));
    mask = mask >> block_before(bytes) << block_before(bytes);
    while (mask == 0) {
        at += BLOCK_BYTES;
        if ((uintptr_t)(at - start) >= len && at > start)
            return NULL;
        mask = block_mask((block)(block_at(at) == block_of(wanted)));
    }
    at += block_first(mask);
    return (size_t)(at - start) < len ? (void *)(uintptr_t)at : NULL;
}

size_t strlen(const char *text)
{
    const uint8_t *at = block_holding(text);
    uint64_t mask = block_mask((block)(block_at(at) == block_of(0))) >> block_before(text);
    if (mask != 0)
        return block_first(mask);
    do {
        at += BLOCK_BYTES;
        mask = block_mask((block)(block_at(at) == block_of(0)));
    } while (mask == 0);
    return (size_t)((const char *)at - text) + block_first(mask);
}

static inline uint64_t found_or_ended(const uint8_t *at, int wanted)
{
    block bytes = block_at(at);
    return block_mask((block)(bytes == block_of(0)) | (block)(bytes == block_of(wanted)));
}

/* The name by which musl itself calls it. */
char *__strchrnul(const char *text, int wanted);

char *__strchrnul(const char *text, int wanted)
{
    const uint8_t *at = block_holding(text);
    uint64_t mask = found_or_ended(at, wanted) >> block_before(text);
    if (mask != 0)
        return (char *)(uintptr_t)text + block_first(mask);
    do {
        at += BLOCK_BYTES;
        mask = found_or_ended(at, wanted);
    } while (mask == 0);
    return (char *)(uintptr_t)at + block_first(mask);
}

char *strchrnul(const char *text, int wanted)
{
    return __strchrnul(text, wanted);
}

static inline int order_of(uint64_t left, uint64_t right)
{
    return (left > right) - (left < right);
}

static int memcmp_few(const uint8_t *left, const uint8_t *right, size_t len)
{
    if (len >= 8) {
        int order = order_of(
            __builtin_bswap64(*(const eight *)left), __builtin_bswap64(*(const eight *)right));
        size_t rest = len - 8;
        return order ? order
                     : order_of(__builtin_bswap64(*(const eight *)(left + rest)),
                           __builtin_bswap64(*(const eight *)(right + rest)));
    }
    if (len >= 4) {
        int order = order_of(
            __builtin_bswap32(*(const four *)left), __builtin_bswap32(*(const four *)right));
        size_t rest = len - 4;
        return order ? order
                     : order_of(__builtin_bswap32(*(const four *)(left + rest)),
                           __builtin_bswap32(*(const four *)(right + rest)));
    }
    for (size_t i = 0; i < len; i++)
        if (left[i] != right[i])
            return left[i] - right[i];
    return 0;
}

int memcmp(const void *left_bytes, const void *right_bytes, size_t len)
{
    const uint8_t *left = left_bytes, *right = right_bytes;
    if (len < BLOCK_BYTES)
        return memcmp_few(left, right, len);
    /* The last block may begin in the one before it. */
    for (size_t i = 0;; i = len - i > 2 * BLOCK_BYTES ? i + BLOCK_BYTES : len - BLOCK_BYTES) {
        uint64_t differs =
            block_mask((block)(block_at(left + i) == block_at(right + i))) ^ BLOCK_MASK_ALL;
        if (differs != 0) {
            i += block_first(differs);
            return left[i] - right[i];
        }
        if (i == len - BLOCK_BYTES)
            return 0;
    }
}

/* musl has these in assembly for the other processors. */
#if defined(__x86_64__)

/* From here on the processor's own instruction is faster, which takes some thirty cycles to start.
 */
enum { STRING_INSTRUCTION_BYTES = 2048 };

/* What is copied may overlap: all is read before any is written. */
static inline void copy_few(uint8_t *to, const uint8_t *from, size_t len)
{
    if (len >= 8) {
        uint64_t first = *(const eight *)from, last = *(const eight *)(from + len - 8);
        *(eight *)to = first;
        *(eight *)(to + len - 8) = last;
    } else if (len >= 4) {
        uint32_t first = *(const four *)from, last = *(const four *)(from + len - 4);
        *(four *)to = first;
        *(four *)(to + len - 4) = last;
    } else if (len >= 2) {
        uint16_t first = *(const two *)from, last = *(const two *)(from + len - 2);
        *(two *)to = first;
        *(two *)(to + len - 2) = last;
    } else if (len == 1) {
        *to = *from;
    }
}

static inline void copy_blocks(uint8_t *to, const uint8_t *from, size_t len)
{
    block first = block_at(from), last = block_at(from + len - BLOCK_BYTES);
    if (len > 2 * BLOCK_BYTES) {
        block second = block_at(from + BLOCK_BYTES);
        block second_last = block_at(from + len - 2 * BLOCK_BYTES);
        *(block *)(to + BLOCK_BYTES) = second;
        *(block *)(to + len - 2 * BLOCK_BYTES) = second_last;
    }
    *(block *)to = first;
    *(block *)(to + len - BLOCK_BYTES) = last;
}

/* Also where `to` overlaps what lies behind it: the last blocks are read before any is written. */
static inline void copy_forward(uint8_t *to, const uint8_t *from, size_t len)
{
    block last = block_at(from + len - BLOCK_BYTES);
    block second_last = block_at(from + len - 2 * BLOCK_BYTES);
    for (size_t i = 0; i < len - 2 * BLOCK_BYTES; i += 2 * BLOCK_BYTES) {
        block first = block_at(from + i), second = block_at(from + i + BLOCK_BYTES);
        *(block *)(to + i) = first;
        *(block *)(to + i + BLOCK_BYTES) = second;
    }
    *(block *)(to + len - 2 * BLOCK_BYTES) = second_last;
    *(block *)(to + len - BLOCK_BYTES) = last;
}

static inline void copy_backward(uint8_t *to, const uint8_t *from, size_t len)
{
    block first = block_at(from), second = block_at(from + BLOCK_BYTES);
    for (size_t i = len; i > 2 * BLOCK_BYTES; i -= 2 * BLOCK_BYTES) {
        block last = block_at(from + i - BLOCK_BYTES);
        block second_last = block_at(from + i - 2 * BLOCK_BYTES);
        *(block *)(to + i - BLOCK_BYTES) = last;
        *(block *)(to + i - 2 * BLOCK_BYTES) = second_last;
    }
    *(block *)(to + BLOCK_BYTES) = second;
    *(block *)to = first;
}

void *memmove(void *to, const void *from, size_t len)
{
    if (len < BLOCK_BYTES)
        copy_few(to, from, len);
    else if (len <= 4 * BLOCK_BYTES)
        copy_blocks(to, from, len);
    else if ((uintptr_t)to - (uintptr_t)from < len)
        copy_backward(to, from, len);
    else
        copy_forward(to, from, len);
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
    if (len < BLOCK_BYTES) {
        copy_few(to, from, len);
    } else if (len <= 4 * BLOCK_BYTES) {
        copy_blocks(to, from, len);
    } else if (len < STRING_INSTRUCTION_BYTES) {
        copy_forward(to, from, len);
    } else {
        void *end = to;
        __asm__ volatile("rep movsb" : "+D"(end), "+S"(from), "+c"(len) : : "memory");
    }
    return to;
}

void *memset(void *bytes, int byte, size_t len)
{
    uint8_t *to = bytes;
    uint64_t pattern = (uint8_t)byte * UINT64_C(0x0101010101010101);
    if (len >= STRING_INSTRUCTION_BYTES) {
        void *end = bytes;
        __asm__ volatile("rep stosb" : "+D"(end), "+c"(len) : "a"(byte) : "memory");
    } else if (len >= BLOCK_BYTES) {
        block filled = block_of(byte);
        for (size_t i = 0; i < len - BLOCK_BYTES; i += BLOCK_BYTES)
            *(block *)(to + i) = filled;
        *(block *)(to + len - BLOCK_BYTES) = filled;
    } else if (len >= 8) {
        *(eight *)to = pattern;
        *(eight *)(to + len - 8) = pattern;
    } else if (len >= 4) {
        *(four *)to = (uint32_t)pattern;
        *(four *)(to + len - 4) = (uint32_t)pattern;
    } else {
        for (size_t i = 0; i < len; i++)
            to[i] = (uint8_t)byte;
    }
    return bytes;
}

#endif
