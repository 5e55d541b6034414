/*
 * Hashing for identifiers, content addresses and repeatable noise. Not for secrets. The results
 * are part of what users see (ids, losses) and of what --db files hold, so they must never change.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#include "base/text.h"

/* A 64-bit hash of bytes under a seed; the same on every machine. */
uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t len);
uint64_t hash_text(uint64_t seed, struct text text);
/* Mixes two numbers: hash(seed, counter) gives the series from which ids and noise are drawn. */
uint64_t hash_mix(uint64_t seed, uint64_t number);
/*
 * A sum by which damage is found: several times faster than hash_bytes, and weaker. It misses one
 * change in 2^64.
 */
uint64_t hash_checksum(uint64_t seed, const void *bytes, size_t len);
/* A number in [0, 1) with 53 random bits. */
double hash_to_unit(uint64_t hash);

/* A 128-bit content address as 32 lower-case hexadecimal digits. */
struct hash_name {
    char hex[33];
};
struct hash_name hash_content(const void *bytes, size_t len);

#endif
