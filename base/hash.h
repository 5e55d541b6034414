/*
 * Hashing for identifiers, content addresses and repeatable noise. Not for secrets. The results
 * are part of what users see (ids, losses) and of what --db files hold, so they must never change.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#include "base/text.h"

/* 2^64 divided by the golden ratio: an odd number without pattern, to keep zeros from staying. */
#define HASH_STEP UINT64_C(0x9E3779B97F4A7C15)

/*
 * Spreads every bit over all others, and loses nothing (it can be inverted). The constants are
 * those of the splitmix64 generator.
 */
static inline uint64_t hash_spread(uint64_t bits)
{
    bits = (bits ^ (bits >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    bits = (bits ^ (bits >> 27)) * UINT64_C(0x94D049BB133111EB);
    return bits ^ (bits >> 31);
}

/* Mixes two numbers: hash(seed, counter) gives the series from which ids and noise are drawn. */
static inline uint64_t hash_mix(uint64_t seed, uint64_t number)
{
    /* The seed is spread first, or neighbouring seeds would give the same series, shifted. */
    return hash_spread(hash_spread(seed + HASH_STEP) + HASH_STEP * (number + 1));
}

/* A number in [0, 1) with 53 random bits. */
static inline double hash_to_unit(uint64_t hash)
{
    return (double)(hash >> 11) * 0x1p-53;
}

/* A 64-bit hash of bytes under a seed; the same on every machine. */
uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t len);
uint64_t hash_text(uint64_t seed, struct text text);
/*
 * A sum by which damage is found: several times faster than hash_bytes, and weaker. It misses one
 * change in 2^64.
 */
uint64_t hash_checksum(uint64_t seed, const void *bytes, size_t len);

/* A 128-bit content address as 32 lower-case hexadecimal digits. */
struct hash_name {
    char hex[33];
};
struct hash_name hash_content(const void *bytes, size_t len);

#endif
