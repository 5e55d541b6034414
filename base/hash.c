#include "base/hash.h"

#include <endian.h>
#include <string.h>

uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t len)
{
    const char *next = bytes;
    /* With the length inside, the zeros that fill up the last word are told from real ones. */
    uint64_t hash = hash_spread(seed + HASH_STEP * ((uint64_t)len + 1));
    while (len > 0) {
        uint64_t word = 0;
        size_t taken = len < sizeof(word) ? len : sizeof(word);
        memcpy(&word, next, taken);
        hash = hash_spread((hash ^ le64toh(word)) + HASH_STEP);
        next += taken;
        len -= taken;
    }
    return hash;
}

uint64_t hash_text(uint64_t seed, struct text text)
{
    return hash_bytes(seed, text.bytes, text.len);
}

enum { CHECKSUM_BLOCK_BYTES = 16 };

/* Takes a block in. Nothing is lost, so that sums which differ before differ after, too. */
static uint64_t hash_checksum_block(uint64_t sum, const char *block)
{
    uint64_t words[2];
    memcpy(words, block, sizeof(words));
    sum = (sum ^ sum >> 32 ^ le64toh(words[0])) * HASH_STEP;
    return (sum ^ le64toh(words[1])) * HASH_STEP;
}

uint64_t hash_checksum(uint64_t seed, const void *bytes, size_t len)
{
    const char *next = bytes;
    uint64_t sum = seed ^ HASH_STEP * ((uint64_t)len + 1);
    char rest[CHECKSUM_BLOCK_BYTES] = {0};
    if (len < sizeof(rest)) {
        if (len > 0)
            memcpy(rest, next, len);
        sum = hash_checksum_block(sum, rest);
        return sum ^ sum >> 32;
    }
    /* The last block may have bytes of the one before it. */
    const char *last = next + len - CHECKSUM_BLOCK_BYTES;
    for (; next < last; next += CHECKSUM_BLOCK_BYTES)
        sum = hash_checksum_block(sum, next);
    sum = hash_checksum_block(sum, last);
    return sum ^ sum >> 32;
}

struct hash_name hash_content(const void *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    /* Two hashes under unrelated seeds; the values mean nothing, but must stay. */
    const uint64_t halves[] = {hash_bytes(UINT64_C(0x74756E656D6F636B), bytes, len),
        hash_bytes(UINT64_C(0xA0761D6478BD642F), bytes, len)};
    struct hash_name name;
    for (size_t i = 0; i < sizeof(name.hex) - 1; i++)
        name.hex[i] = digits[halves[i / 16] >> (60 - 4 * (i % 16)) & 0xF];
    name.hex[sizeof(name.hex) - 1] = '\0';
    return name;
}
